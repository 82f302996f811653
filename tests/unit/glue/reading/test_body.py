"""The bytes of a source object over S3, whatever happens to the connection."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from pipeline.errors import EventError, ObjectMissingError, ObjectRefusedError
from pipeline.reading import S3Body
from pipeline.reading.body import onwards
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


class Ranges(Flaky):
    """Keeps what was asked for."""

    def __init__(self, objects: dict[tuple[str, str], bytes]) -> None:
        super().__init__(objects)
        self.requests: list[dict[str, Any]] = []

    def get_object(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        return super().get_object(**request)


class _Breaking:
    def __init__(self, content: bytes, good: int, error: Exception | None) -> None:
        self.content, self.good, self.error = content, good, error

    def iter_chunks(self, size: int) -> Any:
        yield self.content[: self.good]
        if self.error:
            raise self.error


def body(s3: Any, size: int = 10) -> S3Body:
    return S3Body(SOURCE, size, client=lambda: s3, wait=lambda seconds: None)


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
        list(body(Short(), 5).chunks())


def test_an_object_of_another_size_than_announced_is_no_success() -> None:
    """Rows would be lost, or come twice; in a range as in the whole object."""
    s3 = FakeS3({("bronze", SOURCE.key): b"0123456789"})
    with pytest.raises(ObjectRefusedError, match="10 bytes instead of 11 from byte 0 on"):
        list(body(s3, 11).chunks())
    with pytest.raises(ObjectRefusedError, match="10 bytes instead of 9 from byte 0 on"):
        list(body(s3, 9).chunks())
    with pytest.raises(ObjectRefusedError, match="6 bytes instead of 8 from byte 4 on"):
        list(body(s3, 12).chunks(4))


def test_an_empty_object_has_no_bytes() -> None:
    """And is not asked for: S3 would refuse any range of it."""
    s3 = FakeS3({("bronze", SOURCE.key): b""})
    assert list(body(s3, 0).chunks()) == s3.log == []


@pytest.mark.parametrize(("start", "end"), [(0, 10), (0, 3), (3, 7), (7, None), (9, 99), (10, 12)])
def test_a_part_comes_by_a_range_of_the_version(start: int, end: int | None) -> None:
    """Broken streams included: each byte of the part once, and no other byte is asked for."""
    s3 = Ranges({("bronze", SOURCE.key): b"0123456789"})
    s3.good = 2
    assert b"".join(body(s3).chunks(start, end)) == b"0123456789"[start:end]
    assert all(request["VersionId"] == "v1" for request in s3.requests)
    asked = [request.get("Range") for request in s3.requests]
    last = min(end or 10, 10) - 1
    if (start, last) == (0, 9):
        assert asked[0] is None
    elif start <= last:
        assert asked[0] == f"bytes={start}-{last}"
    else:
        assert asked == []


def test_a_server_that_does_not_know_ranges_is_found_out() -> None:
    """It sends the whole object, whose beginning would be read again and again."""

    class Ignorant(FakeS3):
        def get_object(self, *, Range: str = "", **request: Any) -> dict[str, Any]:  # noqa: N803
            return super().get_object(**request)

    with pytest.raises(ObjectRefusedError, match="10 bytes instead of 4 from byte 2 on"):
        list(body(Ignorant({("bronze", SOURCE.key): b"0123456789"})).chunks(2, 6))


def test_what_lies_behind_a_part_is_asked_for_when_it_is_needed() -> None:
    """A record may go on far beyond a range; mostly it does not."""
    content = bytes(5 << 20)
    s3 = Ranges({("bronze", SOURCE.key): content})
    s3.times = 0
    stream = onwards(body(s3, len(content)), 1 << 20, 2 << 20)
    next(stream)
    assert len(s3.requests) == 1
    assert (1 << 20) + sum(map(len, stream)) + (1 << 20) == len(content)
    asked = [request["Range"] for request in s3.requests]
    assert asked[0] == f"bytes={1 << 20}-{(2 << 20) + (64 << 10) - 1}"
    assert len(asked) == 4


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
