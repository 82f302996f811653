"""RDS's pages: `MaxRecords` and `Marker`. How pages are cut is in emulator/service."""

from __future__ import annotations

from typing import Any

import pytest

from glue_app.emulator.rds.api import paging
from glue_app.emulator.rds.exceptions import InvalidParameterValue


def test_pages_follow_their_marker() -> None:
    items = list(range(45))
    seen: list[int] = []
    marker: dict[str, Any] = {}
    while True:
        answer = paging.page(items, {"MaxRecords": 20, **marker}, "Items")
        seen += answer["Items"]
        if "Marker" not in answer:
            break
        marker = {"Marker": answer["Marker"]}

    assert seen == items


@pytest.mark.parametrize("request_", [{"MaxRecords": 5}, {"Marker": "!"}])
def test_a_wrong_page(request_: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterValue):
        paging.page([], request_, "Items")
