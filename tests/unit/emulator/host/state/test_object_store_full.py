"""S3's data on a disk that is full: a clear error, and no half of an object."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.aws.api import CommonServiceException
from localstack.services.s3.models import S3Object

from glue_app.emulator.host.state import blobs
from glue_app.emulator.host.state.object_store import BlobStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    monkeypatch.setattr(blobs, "settings", lambda: SimpleNamespace(state=tmp_path))
    return BlobStore()


class FullFile:
    """A file whose disk takes `room` writes; what it has buffered finds no room when it is closed either."""

    def __init__(self, file: Any, room: int) -> None:
        self._file, self._room = file, room

    def write(self, data: bytes) -> int:
        if self._room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._room -= 1
        return int(self._file.write(data))

    def close(self) -> None:
        self._file.close()
        raise OSError(errno.ENOSPC, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def files() -> list[Path]:
    return [path for path in blobs.root().rglob("*") if path.is_file()]


def put(data: Any) -> None:
    data.write(io.BytesIO(b"x" * 1024 * 1024))


def append(data: Any) -> None:
    data.append(io.BytesIO(b"x" * 1024 * 1024))


@pytest.mark.parametrize("write", [put, append])
@pytest.mark.parametrize("room", [0, 2])
def test_a_write_without_room_leaves_nothing(
    store: BlobStore, write: Callable[[Any], None], room: int
) -> None:
    """507 with the disk's name: AWS has no such error, and its 503 and 500 would be tried again."""
    made = S3Object("k")

    with store.open("bucket", made, mode="w") as data:
        data._file = FullFile(data._file, room)
        with pytest.raises(CommonServiceException) as raised:
            write(data)

    assert (raised.value.status_code, raised.value.code) == (507, "InsufficientStorage")
    assert f"no room is left on the disk of {blobs.root()}" in raised.value.message
    assert files() == []
    assert getattr(made, blobs.NAME, None) is None


def test_another_error_leaves_nothing_either(store: BlobStore) -> None:
    """A client that breaks off in the middle of its upload."""

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionResetError("gone")
            return super().read(size)

    with pytest.raises(ConnectionResetError), store.open("bucket", S3Object("k"), mode="w") as data:
        data.write(Broken(b"x" * 1024 * 1024))

    assert files() == []


def test_a_file_that_cannot_be_made_is_told(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)

    with pytest.raises(CommonServiceException, match="no room is left"):
        store.open("bucket", S3Object("k"), mode="w")


def test_an_object_that_is_there_stays_when_its_replacement_finds_no_room(store: BlobStore) -> None:
    """Each version has a file of its own."""
    old, new = S3Object("k"), S3Object("k")
    with store.open("bucket", old, mode="w") as data:
        data.write(io.BytesIO(b"old"))

    with store.open("bucket", new, mode="w") as data:
        data._file = FullFile(data._file, 0)
        with pytest.raises(CommonServiceException):
            put(data)

    with store.open("bucket", old) as data:
        assert data.read() == b"old"
