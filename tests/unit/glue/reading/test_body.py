"""The bytes of a source object over S3, whatever happens to the connection."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from pipeline.errors import EventError, ObjectMissingError, ObjectRefusedError
from pipeline.reading import S3Body
from pipeline.source import SourceObject
from tests.support.fake_s3 import FakeS3

SOURCE = SourceObject("bronze", "bronze/orders/1月 a b.csv", "v1")


class Flaky(FakeS3):
    """Each stream breaks after ``good`` bytes, ``times`` times."""

    good = 3
    times = 2

    def get_object(self, **request: Any) -> dict[str, Any]:
        answer = super().get_object(**request)
        if self.times:
            self.times -= 1
            answer["Body"] = _Breaking(answer["Body"].read(), self.good, ReadTimeoutError(endpoint_url="s3"))
        return answer


class _Breaking:
    def __init__(self, content: bytes, good: int, error: Exception | None) -> None:
        self.content, self.good, self.error = content, good, error

    def iter_chunks(self, size: int) -> Any:
        yield self.content[: self.good]
        if self.error:
            raise self.error


def body(s3: Any) -> S3Body:
    return S3Body(SOURCE, client=lambda: s3, wait=lambda seconds: None)


def test_a_broken_stream_goes_on_where_it_stopped() -> None:
    """Every byte once."""
    s3 = Flaky({("bronze", SOURCE.key): b"0123456789"})
    assert b"".join(body(s3).chunks()) == b"0123456789"
    assert len(s3.log) == 3


def test_a_stream_that_breaks_without_end_is_given_up() -> None:
    """With the object's name in one line."""
    s3 = Flaky({("bronze", SOURCE.key): b"0123456789"})
    s3.good, s3.times = 0, 99
    with pytest.raises(ObjectRefusedError, match=r"1月 a b.csv\?versionId=v1: S3 answered ReadTimeoutError"):
        list(body(s3).chunks())


def test_an_object_shorter_than_announced_is_no_success() -> None:
    """A connection closed early must not look like the end of the file."""

    class Short(FakeS3):
        def get_object(self, **request: Any) -> dict[str, Any]:
            return {"Body": _Breaking(b"", 0, None), "ContentLength": 5}

    with pytest.raises(ObjectRefusedError, match="0 of 5 bytes"):
        list(body(Short()).chunks())


def test_an_empty_object_has_no_bytes() -> None:
    """And asks for no range, which S3 would refuse."""
    assert list(body(FakeS3({("bronze", SOURCE.key): b""})).chunks()) == []


def test_what_s3_refuses_is_not_asked_again() -> None:
    """A missing object and a denied one have errors of their own."""
    s3 = FakeS3()
    with pytest.raises(ObjectMissingError, match="is not there"):
        list(body(s3).chunks())
    assert len(s3.log) == 1

    class Denied(FakeS3):
        def get_object(self, **request: Any) -> dict[str, Any]:
            self.log.append("GetObject")
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, "GetObject")

    denied = Denied()
    with pytest.raises(ObjectRefusedError, match="S3 answered AccessDenied: Access Denied"):
        list(body(denied).chunks())
    assert len(denied.log) == 1


def test_a_source_version_comes_from_the_event_as_it_is() -> None:
    """Keys are raw in EventBridge's events; the digest tells versions apart."""
    event = {
        "detail": {"bucket": {"name": "b"}, "object": {"key": "bronze/x/売上 1+2%20.csv", "version-id": "v"}}
    }
    source = SourceObject.from_event(event)
    assert source.uri == "s3://b/bronze/x/売上 1+2%20.csv?versionId=v"
    assert source.digest != SourceObject("b", source.key, "w").digest
    with pytest.raises(EventError, match=r"detail\.object\.version-id"):
        SourceObject.from_event({"detail": {"bucket": {"name": "b"}, "object": {"key": "k"}}})
