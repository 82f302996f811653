"""moto's lists, whole: it has no pages, or has them with tokens that anybody can make up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localstack.aws.api import RequestContext

from .service import moto

_PAGING = ("MaxResults", "NextToken")


def whole(context: RequestContext, request: Mapping[str, Any], field: str) -> list[Any]:
    """All that moto has in `field` of its answers to this request, whichever page was asked for."""
    asked = {name: value for name, value in request.items() if name not in _PAGING}
    found: list[Any] = []
    token: str | None = None
    while True:
        answer = moto(context, asked | ({"NextToken": token} if token else {}))
        found += answer.get(field) or []
        token = answer.get("NextToken")
        if not token:
            return found
