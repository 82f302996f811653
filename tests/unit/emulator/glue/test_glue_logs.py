"""Bytes of a process to CloudWatch Logs events."""

from __future__ import annotations

from typing import Any

from glue_app.emulator.glue.logs import LogStream, batches, split_line


class Exceptions:
    class ResourceAlreadyExistsException(Exception):  # noqa: N818  (boto3's name)
        pass


class FakeLogs:
    """Remembers the messages; groups and streams exist already."""

    exceptions = Exceptions

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.created: list[str] = []

    def create_log_group(self, **names: str) -> None:
        self.created.append(names["logGroupName"])
        raise Exceptions.ResourceAlreadyExistsException

    def create_log_stream(self, **names: str) -> None:
        self.created.append(names["logStreamName"])

    def put_log_events(self, *, logEvents: list[dict[str, Any]], **_: Any) -> None:  # noqa: N803
        self.messages += [event["message"] for event in logEvents]


def test_lines_arrive_whole_however_the_bytes_are_cut() -> None:
    logs = FakeLogs()
    stream = LogStream(logs, "group", "jr_1")
    text = "first\nzweite Zeile äöü 日本語\r\n\n  \nlast".encode()
    for i in range(len(text)):
        stream.write(text[i : i + 1])
    assert logs.messages == ["first", "zweite Zeile äöü 日本語"]
    stream.close()
    stream.close()
    assert logs.messages[2:] == ["last"]
    assert logs.created == ["group", "jr_1"]


def test_a_silent_run_has_no_stream() -> None:
    logs = FakeLogs()
    stream = LogStream(logs, "group", "jr_1")
    stream.write(b"")
    stream.close()
    assert logs.created == []


def test_a_line_longer_than_an_event_is_cut_and_nothing_is_lost() -> None:
    line = b"x" * (600 * 1024)
    pieces = split_line(line)
    assert len(pieces) == 3
    assert "".join(pieces).encode() == line


def test_batches_stay_within_what_put_log_events_takes() -> None:
    many = list(batches(["a"] * 25_000))
    assert [len(batch) for batch in many] == [10_000, 10_000, 5_000]
    big = list(batches(["x" * 200_000] * 11))
    assert sum(len(batch) for batch in big) == 11
    assert all(sum(len(m) + 26 for m in batch) <= 1_048_576 for batch in big)
