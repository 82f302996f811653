"""Small GET requests to the stack's own processes."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit


def get_json(url: str, timeout_s: float = 5.0) -> tuple[int, Any]:
    """(status, body); status 0 when nobody answers. A body that is no JSON comes as None."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()
    try:
        return answer.status, json.loads(body)
    except ValueError:
        return answer.status, None
