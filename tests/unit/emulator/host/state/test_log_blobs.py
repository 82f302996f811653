"""CloudWatch Logs' events as blobs: a save holds the newest ones and names the rest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto.logs.models import LogsBackend, LogStream

from emulator.host.state import blobs, log_blobs, log_chunks, pickling

GROUP = "/aws-glue/jobs/output"
LINE = 1000
MANY = 20_000


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LogsBackend:
    """With one group; its process has no other."""
    monkeypatch.setattr(blobs, "settings", lambda: SimpleNamespace(state=tmp_path))
    made = LogsBackend("us-east-1", "000000000000")
    made.create_log_group(GROUP, {})
    monkeypatch.setattr(log_chunks, "logs_backends", {"000000000000": {"us-east-1": made}})
    return made


@pytest.fixture
def stream(backend: LogsBackend) -> Callable[[str], LogStream]:
    """Streams by name, made when they are first asked for."""

    def of(name: str) -> LogStream:
        streams = backend.groups[GROUP].streams
        if name not in streams:
            backend.create_log_stream(GROUP, name)
        return streams[name]

    return of


def write(stream: LogStream, lines: int, text: str = "x") -> None:
    had = len(stream.events)
    stream.put_log_events(
        [
            {"timestamp": had + number, "message": f"{had + number} ".ljust(LINE, text)}
            for number in range(lines)
        ]
    )


def messages(stream: LogStream) -> list[str]:
    return [event["message"] for event in stream.filter_log_events(0, 0, "")]


def save(backend: LogsBackend) -> bytes:
    log_blobs.seal()
    return pickling.dumps(backend, {})


def restored(data: bytes) -> LogsBackend:
    backend: LogsBackend = pickling.loads(data, {})
    log_blobs.fill({"000000000000": {"us-east-1": backend}})
    return backend


def blobs_on_disk() -> set[str]:
    return {path.name for path in blobs.root().glob("??/*")}


def test_a_save_is_small_whatever_was_logged(backend: LogsBackend, stream: Any) -> None:
    """And the next one writes what is new, no more."""
    write(stream("long"), MANY)
    first = save(backend)
    on_disk = blobs_on_disk()
    assert len(first) < 2 * log_blobs.SIZE
    assert len(on_disk) == MANY * LINE // log_blobs.SIZE

    write(stream("long"), 10)
    second = save(backend)

    assert len(second) < 2 * log_blobs.SIZE
    assert blobs_on_disk() == on_disk
    assert messages(restored(second).groups[GROUP].streams["long"]) == messages(stream("long"))


def test_what_is_restored_reads_as_before(backend: LogsBackend, stream: Any) -> None:
    """Text of any kind, in order, with ids, times and sizes; it can be written to and saved again."""
    write(stream("a"), 1500, "語")
    stream("a").put_log_events([{"timestamp": 1, "message": "\N{GRINNING FACE}\n\0\ud800"}])
    write(stream("b"), 3)
    data = save(backend)
    write(stream("a"), 1)  # younger than the save

    back = restored(data)
    for name in ("a", "b"):
        events = [event.__dict__ for event in back.groups[GROUP].streams[name].events]
        assert events == [event.__dict__ for event in stream(name).events[: len(events)]]
    assert len(back.groups[GROUP].streams["a"].events) == 1501
    assert back.groups[GROUP].streams["a"].to_describe_dict()["storedBytes"] > 0

    again = restored(pickling.dumps(back, {}))
    assert messages(again.groups[GROUP].streams["a"]) == messages(back.groups[GROUP].streams["a"])


def test_many_short_streams_share_a_blob(backend: LogsBackend, stream: Any) -> None:
    """Each job run has streams of its own, most of them short."""
    for number in range(300):
        write(stream(f"run-{number}"), 10)

    data = save(backend)

    assert len(blobs_on_disk()) == 2
    assert len(data) < 2 * log_blobs.SIZE
    back = restored(data).groups[GROUP].streams
    assert all(messages(back[f"run-{number}"]) == messages(stream(f"run-{number}")) for number in range(300))


def test_the_blobs_of_a_deleted_stream_go_when_no_save_names_them(
    backend: LogsBackend, stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(stream("a"), 1500)
    write(stream("b"), 1500)
    save(backend)
    kept = log_chunks.blobs_of([stream("a"), stream("b")])
    assert kept == blobs_on_disk() <= blobs.blobs_in_use()
    monkeypatch.setattr(blobs, "YOUNG_S", -1)

    backend.delete_log_stream(GROUP, "a")
    assert blobs.sweep(keep=kept) == 0
    assert blobs.sweep(keep=set()) == 1

    assert blobs_on_disk() == log_chunks.blobs_of([stream("b")])


def test_a_save_of_before_there_were_blobs_is_read(backend: LogsBackend, stream: Any) -> None:
    write(stream("old"), 3)
    stream("old").__dict__.pop("_chunks", None)

    back = restored(pickling.dumps(backend, {}))

    assert messages(back.groups[GROUP].streams["old"]) == messages(stream("old"))


def test_a_full_disk_leaves_nothing_behind_and_nothing_out(
    backend: LogsBackend, stream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(stream("a"), 2500)
    room, write_text = [1], Path.write_text

    def full(self: Path, text: str, *options: Any) -> int:
        if not room.pop() if room else True:
            write_text(self, text[:100], *options)
            raise OSError(28, "No space left on device")
        return write_text(self, text, *options)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        log_blobs.seal()
    assert blobs_on_disk() == log_chunks.blobs_of([stream("a")])
    assert len(blobs_on_disk()) == 1
    monkeypatch.setattr(Path, "write_text", write_text)

    assert messages(restored(save(backend)).groups[GROUP].streams["a"]) == messages(stream("a"))
