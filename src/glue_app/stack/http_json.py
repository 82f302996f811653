"""Small requests to the stack's own processes."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit


def get_json(url: str, timeout_s: float = 5.0) -> tuple[int, Any]:
    """(status, body); status 0 when nobody answers. A body that is no JSON comes as None."""
    return _request("GET", url, None, timeout_s)


def post_json(url: str, body: Any, timeout_s: float = 60.0) -> tuple[int, Any]:
    """Do the same for a POST of `body` as JSON."""
    return _request("POST", url, json.dumps(body), timeout_s)


def _request(method: str, url: str, body: str | None, timeout_s: float) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request(method, parts.path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()
    try:
        return answer.status, json.loads(text)
    except ValueError:
        return answer.status, None
