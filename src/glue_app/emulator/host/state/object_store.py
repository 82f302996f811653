"""LocalStack's interface of an S3 object store, over immutable blobs (blobs.py)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import time
import uuid
from collections.abc import Iterator
from typing import Any, Literal

from localstack.aws.api import CommonServiceException
from localstack.services.s3.constants import S3_CHUNK_SIZE
from localstack.services.s3.storage.core import (
    LimitedStream,
    S3ObjectStore,
    S3StoredMultipart,
    S3StoredObject,
)
from localstack.services.s3.utils import get_s3_checksum

from glue_app.disk.space import is_full, no_room

from . import blobs

Mode = Literal["r", "w"]


class BlobObject(S3StoredObject):  # type: ignore[misc]  # LocalStack carries no types
    """The open data of one S3Object or S3Part. A reader has a file of its own, so no lock is needed.

    The S3 object takes the name of a new blob when a write has ended, so a reader never sees half of one.
    """

    def __init__(self, s3_object: Any, mode: Mode = "r") -> None:
        super().__init__(s3_object, mode)
        self.closed = False
        self.size = 0
        self._checksum: str | None = None
        self._etag: str | None = None
        self._file: Any
        if mode == "w":
            self._name = uuid.uuid4().hex
            path = blobs.path_of(self._name)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = path.open("x+b")
            except OSError as error:
                raise _told(error) from error
        elif name := getattr(s3_object, blobs.NAME, None):
            self._file = blobs.path_of(name).open("rb")
        else:
            self._file = io.BytesIO()  # nothing was written to it

    def read(self, s: int = -1) -> bytes:
        data: bytes = self._file.read(s)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        position: int = self._file.seek(offset, whence)
        return position

    def truncate(self, size: int | None = None) -> int:
        self._writable()
        length: int = self._file.truncate(size)
        self._written()
        return length

    def write(self, stream: Any) -> int:
        """Make `stream` the data; returns its size in bytes and gives the S3 object its size and ETag."""
        self._writable()
        with self._whole_or_nothing():
            return self._write(stream)

    def _write(self, stream: Any) -> int:
        self._file.seek(0)
        self._file.truncate()
        etag = hashlib.md5(usedforsecurity=False)
        checksum = self._new_checksum()
        source = io.BytesIO() if stream is None else stream
        while data := source.read(S3_CHUNK_SIZE):
            self._file.write(data)
            etag.update(data)
            if checksum:
                checksum.update(data)
        self.size = self.s3_object.size = self._file.tell()
        self._etag = self.s3_object.etag = etag.hexdigest()
        self._checksum = _base64(checksum) if checksum else None
        self._written()
        self._file.seek(0)
        return self.size

    def append(self, part: Any) -> int:
        """Add a part's data at the end; returns how many bytes it has."""
        self._writable()
        length = 0
        with self._whole_or_nothing():
            while data := part.read(S3_CHUNK_SIZE):
                self._file.write(data)
                length += len(data)
            self._file.flush()
        self.size += length
        self.s3_object.size = self.size
        self._written()
        return length

    def close(self) -> None:
        if self.closed:
            return
        if self._mode == "w" and getattr(self.s3_object, blobs.NAME, None) != self._name:
            self._written()
        self._file.close()
        self.closed = True

    @property
    def last_modified(self) -> int:
        modified: int = getattr(self.s3_object, "internal_last_modified", 0)
        return modified

    @property
    def checksum(self) -> str | None:
        """Of the whole data, by the S3 object's algorithm; None where it has none."""
        if self._checksum is None and (checksum := self._new_checksum()):
            self._digest(checksum)
            self._checksum = _base64(checksum)
        return self._checksum

    @property
    def etag(self) -> str:
        """The MD5 of the whole data."""
        if self._etag is None:
            digest = hashlib.md5(usedforsecurity=False)
            self._digest(digest)
            self._etag = digest.hexdigest()
        return self._etag

    def __iter__(self) -> Iterator[bytes]:
        while data := self.read(S3_CHUNK_SIZE):
            yield data

    def _new_checksum(self) -> Any:
        algorithm = self.s3_object.checksum_algorithm
        return get_s3_checksum(algorithm) if algorithm else None

    def _digest(self, digest: Any) -> None:
        position = self._file.tell()
        self._file.seek(0)
        for data in self:
            digest.update(data)
        self._file.seek(position)

    @contextlib.contextmanager
    def _whole_or_nothing(self) -> Iterator[None]:
        """Leave no file of a write that fails: the S3 object would be named after half of its data."""
        try:
            yield
        except BaseException as error:
            self.closed = True
            with contextlib.suppress(OSError):  # what is still buffered finds no room either
                self._file.close()
            with contextlib.suppress(OSError):
                blobs.path_of(self._name).unlink(missing_ok=True)
            if getattr(self.s3_object, blobs.NAME, None) == self._name:
                delattr(self.s3_object, blobs.NAME)
            if isinstance(error, OSError):
                raise _told(error) from error
            raise

    def _writable(self) -> None:
        if self._mode != "w":
            raise io.UnsupportedOperation("the S3 object is open for reading")

    def _written(self) -> None:
        self._file.flush()
        self.s3_object.internal_last_modified = time.time_ns()
        setattr(self.s3_object, blobs.NAME, self._name)


class BlobMultipart(S3StoredMultipart):  # type: ignore[misc]
    """An upload in progress; each part is a blob."""

    def open(self, s3_part: Any, mode: Mode = "r") -> BlobObject:
        return BlobObject(s3_part, mode)

    def remove_part(self, s3_part: Any) -> None:
        """Nothing: the sweep does."""

    def complete_multipart(self, parts: list[Any]) -> None:
        with self._s3_store.open(self.bucket, self.s3_multipart.object, mode="w") as whole:
            for s3_part in parts:
                with self.open(s3_part) as part:
                    whole.append(part)

    def copy_from_object(
        self, s3_part: Any, src_bucket: str, src_s3_object: Any, range_data: Any | None
    ) -> None:
        with (
            self._s3_store.open(src_bucket, src_s3_object) as source,
            self.open(s3_part, mode="w") as part,
        ):
            part.write(LimitedStream(source, range_data=range_data) if range_data else source)
            if s3_part.checksum_algorithm:
                s3_part.checksum_value = part.checksum

    def close(self) -> None:
        """Nothing is kept open."""


class BlobStore(S3ObjectStore):  # type: ignore[misc]
    """All of S3's data. Bucket and key play no part in where it lies."""

    def __init__(self) -> None:
        self.root_directory = str(blobs.root())
        blobs.root().mkdir(parents=True, exist_ok=True)

    def open(self, bucket: str, s3_object: Any, mode: Mode = "r") -> BlobObject:
        return BlobObject(s3_object, mode)

    def remove(self, bucket: str, s3_object: Any) -> None:
        """Nothing: a save may name the blob; the sweep removes it once none does."""

    def copy(self, src_bucket: str, src_object: Any, dest_bucket: str, dest_object: Any) -> BlobObject:
        """Copy an object; the copy shares the blob."""
        name = getattr(src_object, blobs.NAME, None)
        if name:
            # young again: the source may be deleted, and swept, before the copy is in the store
            os.utime(blobs.path_of(name))
        setattr(dest_object, blobs.NAME, name)
        dest_object.size = src_object.size
        dest_object.internal_last_modified = time.time_ns()
        return BlobObject(dest_object)

    def get_multipart(self, bucket: str, s3_multipart: Any) -> BlobMultipart:
        return BlobMultipart(self, bucket, s3_multipart)

    def remove_multipart(self, bucket: str, s3_multipart: Any) -> None:
        """Nothing: the sweep does."""


def _told(error: OSError) -> Exception:
    """507 for a full disk, which AWS doesn't have: SDKs try a 500 or 503 again, and that is of no use."""
    if not is_full(error):
        return error
    message = f"The data could not be stored: {no_room(blobs.root())}"
    told: Exception = CommonServiceException("InsufficientStorage", message, status_code=507)
    return told


def _base64(digest: Any) -> str:
    return base64.b64encode(digest.digest()).decode()
