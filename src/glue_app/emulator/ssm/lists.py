"""Systems Manager's lists that moto has: their pages are cut here, as AWS sizes them.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localstack.aws.api import RequestContext

from glue_app.emulator.host.moto_pages import whole
from glue_app.emulator.host.service import Handler, moto

from .exceptions import InvalidNextToken
from .paging import page

#: operation → the field of its answer, the size of a page that nobody sized, the largest size. The size that
#: nobody gave is verified for the first two alone
_PAGED = {
    "DescribeParameters": ("Parameters", 50, 50),
    "GetParametersByPath": ("Parameters", 10, 10),
    "GetParameterHistory": ("Parameters", 50, 50),
    "ListDocuments": ("DocumentIdentifiers", 10, 50),
}


def handlers() -> dict[str, Handler]:
    """Operation → who answers it."""
    paged = {operation: _paged(*how) for operation, how in _PAGED.items()}
    return paged | {"DescribeDocumentPermission": _one_page}


def _paged(field: str, default: int, most: int) -> Handler:
    def answer(context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        found = whole(context, request, field)
        return page(found, request, field, default=default, least=1, most=most)

    return answer


def _one_page(context: RequestContext, request: Mapping[str, Any]) -> Any:
    if request.get("NextToken"):
        raise InvalidNextToken
    return moto(context, request)
