"""An answer of the gateway's own, before LocalStack knows which service is meant, that botocore can read."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape


def refuse(request: Any, response: Any, status: int, code: str, message: str) -> None:
    """In JSON for the services that say so in a header, else in XML; REST-JSON reads code from a header."""
    response.status_code = status
    response.headers["x-amzn-errortype"] = code
    if "x-amz-target" in request.headers:
        response.data = json.dumps({"__type": code, "message": message})
        response.headers["Content-Type"] = "application/x-amz-json-1.1"
        return
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    response.data = f"<ErrorResponse>{error}</ErrorResponse>"
    response.headers["Content-Type"] = "application/xml"
