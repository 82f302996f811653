"""A save names the blobs that hold log events, and has only the newest events itself."""

from __future__ import annotations

import errno
import importlib
import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.logs import provider as _provider  # its patches of moto
from moto.logs.models import LogStream, logs_backends

from glue_app.emulator.host.state import blobs, log_blobs, log_chunks
from glue_app.emulator.host.state.capture import capture, restore
from glue_app.emulator.host.state.containers import Container
from glue_app.emulator.service import registration

assert _provider
module = importlib.import_module("glue_app.emulator.host.state.capture")  # its name is the function's as well
SIZE = 1000


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's backend, the only container that is saved; blobs of 1,000 characters."""
    monkeypatch.setattr(blobs, "settings", lambda: SimpleNamespace(state=tmp_path))
    monkeypatch.setattr(log_blobs, "SIZE", SIZE)
    monkeypatch.setattr(registration, "_registered", {})
    monkeypatch.setattr(module, "require", lambda _services: None)
    monkeypatch.setattr(module, "containers", lambda: [Container("moto-logs", logs_backends)])
    monkeypatch.setattr(module, "everything", lambda _kept: {})
    monkeypatch.setattr(module.alarms, "save_metrics", lambda _to: None)
    monkeypatch.setattr(module, "repairs", SimpleNamespace(save=dict, repair=lambda _saved: None))
    logs_backends.clear()
    yield logs_backends["000000000000"]["us-east-1"]
    logs_backends.clear()


def stream(name: str, group: str = "/g") -> LogStream:
    backend = logs_backends["000000000000"]["us-east-1"]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    backend.create_log_stream(group, name)
    return backend.groups[group].streams[name]


def put(to: LogStream, count: int, length: int = 50) -> None:
    """Events whose timestamps and texts are all different."""
    first = len(to.events)
    to.put_log_events(
        [
            {"timestamp": 5000 - n, "message": f"{n:08d}声\ud800" + "x" * (length - 10)}
            for n in range(first, first + count)
        ]
    )


def save(folder: Path) -> int:
    """As the saver does; returns the bytes of the save's own files."""
    module.prepare()
    folder.mkdir()
    capture(folder)
    return sum(path.stat().st_size for path in folder.iterdir())


def bring_back(folder: Path) -> Any:
    """In place of what there is, as in a new process."""
    logs_backends.clear()
    restore(folder, [])
    return logs_backends["000000000000"]["us-east-1"]


def answers(backend: Any) -> list[Any]:
    """What the API says of all streams, in pages as well."""
    found: list[Any] = [group.to_describe_dict() for group in backend.groups.values()]
    for group in backend.groups.values():
        token: Any = None
        for name in group.streams:
            for _page in range(4):
                page = group.get_log_events(name, 0, 0, 30, token, True)
                token = page[2]
                found.append(page)
            token = None
        found.append(group.filter_log_events(group.name, [], 10, 4990, 70, None, "", True))
        found.append(group.filter_log_events(group.name, [], 0, 0, 70, None, "00000007", True))
        found.append(group.describe_log_streams(False, group.name, "", "LogStreamName", 50))
    return found


def written() -> dict[str, int]:
    return {path.name: path.stat().st_size for path in blobs.root().glob("??/*")}


def age() -> None:
    """Make the blobs two minutes old."""
    for path in blobs.root().glob("??/*"):
        os.utime(path, (time.time() - 120,) * 2)


def test_a_save_is_no_larger_for_the_events_that_were_written_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In bytes: 200 times the events, and the save holds less than two blobs' worth more."""
    monkeypatch.setattr(log_blobs, "SIZE", 20 * SIZE)
    events = stream("s")
    put(events, 20)
    small = save(tmp_path / "1")
    put(events, 4000)

    assert save(tmp_path / "2") < small + 40 * SIZE


def test_the_next_save_writes_only_the_new_events(tmp_path: Path) -> None:
    events = stream("s")
    put(events, 2000)
    save(tmp_path / "1")
    before = written()
    put(events, 40)

    save(tmp_path / "2")

    after = written()
    assert before.items() <= after.items()
    added = sum(after.values()) - sum(before.values())
    assert 0 < added < 10 * SIZE
    save(tmp_path / "3")
    assert written() == after


def test_short_streams_share_a_blob(tmp_path: Path) -> None:
    """Each job run has streams of its own: the saves would hold all their events for ever."""
    for number in range(100):
        put(stream(f"run-{number}"), 3)

    save(tmp_path / "1")

    unwritten = sum(len(event.message) for each in log_chunks.live() for event in log_chunks.unwritten(each))
    assert unwritten < SIZE
    assert len(written()) <= 100 * 3 * 50 / SIZE


def test_everything_is_answered_as_before(tmp_path: Path, logs: Any) -> None:
    """Pages, filters, descriptions, retention; with several saves, of long and short streams."""
    long, short = stream("long"), stream("short")
    logs.put_retention_policy("/g", 7)
    for number in range(3):
        put(long, 100)
        put(short, 7)
        save(tmp_path / str(number))
    put(long, 1)
    save(tmp_path / "last")
    before = answers(logs)

    restored = bring_back(tmp_path / "last")

    assert answers(restored) == before
    assert restored.groups["/g"].to_describe_dict()["retentionInDays"] == 7
    assert restored.groups["/g"].streams["long"].log_group is restored.groups["/g"]
    put(restored.groups["/g"].streams["long"], 100)
    after = answers(restored)
    save(tmp_path / "again")
    assert answers(bring_back(tmp_path / "again")) == after


def test_an_older_save_has_nothing_of_what_came_later(tmp_path: Path, logs: Any) -> None:
    events = stream("s")
    put(events, 30)
    save(tmp_path / "1")
    before = answers(logs)
    put(events, 500)
    put(stream("later"), 30)
    save(tmp_path / "2")

    assert answers(bring_back(tmp_path / "1")) == before


def test_events_that_come_between_are_in_the_save(tmp_path: Path, logs: Any) -> None:
    """Requests go on until the gate is held."""
    events = stream("s")
    put(events, 50)
    module.prepare()
    put(events, 50)
    before = answers(logs)
    (tmp_path / "1").mkdir()
    capture(tmp_path / "1")

    assert answers(bring_back(tmp_path / "1")) == before


def test_a_save_of_before_there_were_blobs_is_read(tmp_path: Path, logs: Any) -> None:
    put(stream("s"), 100)
    before = answers(logs)
    (tmp_path / "old").mkdir()
    capture(tmp_path / "old")
    plain = pickle.dumps(Container("moto-logs", logs_backends).to_plain(), protocol=5)
    (tmp_path / "old" / "moto-logs.pickle").write_bytes(plain)

    assert answers(bring_back(tmp_path / "old")) == before
    save(tmp_path / "new")
    assert answers(bring_back(tmp_path / "new")) == before


def test_a_sweep_frees_what_neither_a_stream_nor_a_save_names(tmp_path: Path, logs: Any) -> None:
    put(stream("kept"), 100)
    put(stream("gone"), 100)
    module.prepare()
    (tmp_path / "1").mkdir()
    saved = set(capture(tmp_path / "1").blobs)
    age()
    logs.delete_log_stream("/g", "gone")

    assert blobs.sweep(saved) == 0, "a save names them"
    live = log_chunks.blobs_of(log_chunks.live())
    assert saved - live
    assert blobs.sweep(set()) == len(saved - live)
    assert set(written()) == live


def test_what_a_killed_save_wrote_is_swept_and_the_save_before_is_whole(tmp_path: Path, logs: Any) -> None:
    """The next process knows nothing of the blobs that it wrote."""
    put(stream("s"), 100)
    module.prepare()
    (tmp_path / "1").mkdir()
    saved = set(capture(tmp_path / "1").blobs)
    before = answers(logs)
    put(logs.groups["/g"].streams["s"], 100)
    module.prepare()
    (blobs.root() / "ab").mkdir(exist_ok=True)
    (blobs.root() / "ab" / ("ab" * 16)).write_bytes(b"[[[1, 2,")  # cut off in the middle

    restored = bring_back(tmp_path / "1")
    age()
    assert blobs.sweep(saved) > 0

    assert answers(restored) == before
    assert set(written()) == saved
    assert answers(bring_back(tmp_path / "1")) == before


def test_a_missing_blob_is_told_before_anything_is_changed(tmp_path: Path, logs: Any) -> None:
    put(stream("s"), 100)
    save(tmp_path / "1")
    before = answers(logs)
    name = min(written())
    blobs.path_of(name).unlink()

    with pytest.raises(blobs.MissingBlobsError, match="log streams"):
        restore(tmp_path / "1", [])

    assert answers(logs) == before


def test_a_full_disk_leaves_no_half_blob_and_loses_nothing(
    tmp_path: Path, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save fails; the next one, with room, writes what that one could not."""
    put(stream("s"), 100)
    before = answers(logs)
    write = Path.write_text

    def half(path: Path, text: str, encoding: str) -> int:
        write(path, text[: len(text) // 2], encoding)
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as full:
        full.setattr(Path, "write_text", half)
        with pytest.raises(OSError, match="No space"):
            module.prepare()
    assert written() == {}

    save(tmp_path / "1")
    assert answers(bring_back(tmp_path / "1")) == before
