"""What the job says of an object of its own that somebody has broken."""

from __future__ import annotations

import pytest

from pipeline.errors import BrokenObjectError
from pipeline.storage import Storage
from tests.support.fake_s3 import FakeS3

BODIES = {
    b"": "is empty",
    b" \n": "is empty",
    b"{": "is no JSON, Expecting",
    b"[]": "is no JSON object but list",
    b"null": "is no JSON object but NoneType",
    b"{\xff": "is no UTF-8, invalid start byte at byte 1",
}


@pytest.mark.parametrize(("body", "why"), BODIES.items(), ids=range(len(BODIES)))
@pytest.mark.parametrize(
    ("key", "way"),
    [
        ("locks/orders.json", "delete it while no execution of the dataset runs"),
        ("pending/orders/uploads/a.json", "upload the file again"),
        ("sources/orders/d.json", "the source version is processed again"),
        ("loads/orders.json", "Gold is loaded once more"),
        ("quality/orders.json", "it is written anew"),
        ("positions/orders.json", "bring its last good version back"),
    ],
)
def test_a_broken_object_is_named_with_the_way_out(body: bytes, why: str, key: str, way: str) -> None:
    """One line, whatever of the pipeline's own objects it is; no error of the JSON parser gets out."""
    with pytest.raises(BrokenObjectError) as raised:
        Storage(FakeS3({("silver", key): body})).json("silver", key)
    said = str(raised.value)
    assert said.startswith(f"s3://silver/{key} {why}")
    assert way in said
    assert "\n" not in said


def test_an_object_that_is_not_there_is_none() -> None:
    assert Storage(FakeS3()).json("silver", "locks/orders.json") is None


def test_a_contract_that_is_no_utf8_is_named() -> None:
    """As an editor on Windows saves it."""
    objects = {("assets", "datasets/orders.yaml"): "title: 受注".encode("cp932")}
    with pytest.raises(BrokenObjectError, match=r"s3://assets/datasets/orders.yaml is no UTF-8"):
        Storage(FakeS3(objects)).text("assets", "datasets/orders.yaml")
