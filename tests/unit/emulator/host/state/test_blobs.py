"""S3's data as immutable files."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.s3.models import (
    S3Bucket,
    S3Multipart,
    S3Object,
    S3Part,
    VersionedKeyStore,
    s3_stores,
)

from glue_app.emulator.host.state import blobs
from glue_app.emulator.host.state.object_store import BlobStore

BUCKET = "bucket"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobStore:
    monkeypatch.setattr(blobs, "settings", lambda: SimpleNamespace(state=tmp_path))
    return BlobStore()


@pytest.fixture
def bucket() -> Any:
    """A versioned bucket in the live store, gone after the test."""
    made = S3Bucket(BUCKET, "000000000000", "us-east-1", owner={"ID": "o"}, acl={})
    made.objects = VersionedKeyStore()
    s3_stores["000000000000"]["us-east-1"].buckets[BUCKET] = made
    yield made
    s3_stores.reset()


def put(store: BlobStore, s3_object: Any, data: bytes) -> str:
    with store.open(BUCKET, s3_object, mode="w") as written:
        written.write(io.BytesIO(data))
    name: str = getattr(s3_object, blobs.NAME)
    return name


def read(store: BlobStore, s3_object: Any) -> bytes:
    with store.open(BUCKET, s3_object) as data:
        return b"".join(data)


def age(name: str) -> None:
    """Make the blob two minutes old."""
    then = time.time() - 120
    os.utime(blobs.path_of(name), (then, then))


def test_what_is_written_is_read_and_described(store: BlobStore) -> None:
    s3_object = S3Object("k", checksum_algorithm="SHA256")

    with store.open(BUCKET, s3_object, mode="w") as written:
        assert written.write(io.BytesIO(b"data")) == 4
        checksum, etag = written.checksum, written.etag

    assert read(store, s3_object) == b"data"
    assert (s3_object.size, s3_object.etag) == (4, hashlib.md5(b"data", usedforsecurity=False).hexdigest())
    assert etag == s3_object.etag
    assert checksum == base64.b64encode(hashlib.sha256(b"data").digest()).decode()
    with store.open(BUCKET, s3_object) as again:
        assert (again.checksum, again.etag) == (checksum, etag)
        assert again.last_modified == s3_object.internal_last_modified
        assert again.read() == b"data", "describing it does not move the position"


def test_nothing_written_reads_as_nothing(store: BlobStore) -> None:
    s3_object = S3Object("k")
    assert read(store, s3_object) == b""
    with store.open(BUCKET, s3_object, mode="w") as written:
        written.write(None)
    assert (read(store, s3_object), s3_object.size) == (b"", 0)


def test_another_write_is_another_file(store: BlobStore) -> None:
    """A save that names the first has its data; a reader in the middle of it goes on."""
    s3_object = S3Object("k")
    first = put(store, s3_object, b"old")
    reader = store.open(BUCKET, s3_object)

    second = put(store, s3_object, b"new")

    assert first != second
    assert blobs.path_of(first).read_bytes() == b"old"
    assert b"".join(reader) == b"old"
    assert read(store, s3_object) == b"new"


def test_the_data_is_there_as_soon_as_the_object_names_it(store: BlobStore) -> None:
    """The provider puts the object into its bucket before it closes the data."""
    s3_object = S3Object("k")
    with store.open(BUCKET, s3_object, mode="w") as written:
        written.write(io.BytesIO(b"data"))
        assert read(store, s3_object) == b"data"
        with store.open(BUCKET, s3_object) as part:
            written.seek(0, 2)
            written.append(part)
        assert read(store, s3_object) == b"datadata"


def test_a_reader_cannot_write(store: BlobStore) -> None:
    s3_object = S3Object("k")
    put(store, s3_object, b"data")
    with store.open(BUCKET, s3_object) as data:
        for attempt in (lambda: data.write(io.BytesIO(b"x")), lambda: data.append(data), data.truncate):
            with pytest.raises(io.UnsupportedOperation):
                attempt()
    assert read(store, s3_object) == b"data"


def test_a_range_is_read(store: BlobStore) -> None:
    s3_object = S3Object("k")
    put(store, s3_object, b"0123456789")
    with store.open(BUCKET, s3_object) as data:
        data.seek(3)
        assert data.read(4) == b"3456"


def test_a_copy_shares_the_data(store: BlobStore) -> None:
    source, copy = S3Object("k"), S3Object("copy")
    name = put(store, source, b"data")
    age(name)

    with store.copy(BUCKET, source, BUCKET, copy) as copied:
        assert copied.etag == source.etag

    assert (getattr(copy, blobs.NAME), copy.size, read(store, copy)) == (name, 4, b"data")
    assert blobs.sweep(set()) == 0, "a copy in progress keeps it young"


def test_a_multipart_upload_is_put_together(store: BlobStore) -> None:
    upload = S3Multipart("k")
    multipart = store.get_multipart(BUCKET, upload)
    parts = [S3Part(number) for number in (1, 2)]
    for part, data in zip(parts, (b"one", b"two"), strict=True):
        with multipart.open(part, mode="w") as written:
            written.write(io.BytesIO(data))

    store.get_multipart(BUCKET, upload).complete_multipart(parts)

    assert (read(store, upload.object), upload.object.size) == (b"onetwo", 6)


def test_blobs_in_use_are_those_of_versions_and_of_uploads_in_progress(store: BlobStore, bucket: Any) -> None:
    versions = [S3Object("k", version_id=version) for version in ("1", "2")]
    names = [put(store, version, b"x") for version in versions]
    for version in versions:
        bucket.objects.set("k", version)
    upload = S3Multipart("k2")
    part = S3Part(1)
    with store.get_multipart(BUCKET, upload).open(part, mode="w") as written:
        written.write(io.BytesIO(b"part"))
    upload.parts["1"] = part
    bucket.multiparts[upload.id] = upload

    assert blobs.blobs_in_use() == {*names, getattr(part, blobs.NAME)}


def test_a_sweep_deletes_only_what_nobody_names(store: BlobStore, bucket: Any) -> None:
    """Neither the live store nor a save, and not what was written a moment ago."""
    live = S3Object("k", version_id="1")
    in_use, saved, garbage, young = (
        put(store, each, b"x") for each in (live, S3Object("a"), S3Object("b"), S3Object("c"))
    )
    bucket.objects.set("k", live)
    for name in (in_use, saved, garbage):
        age(name)

    assert blobs.sweep({saved}) == 1

    assert {path.name for path in blobs.root().glob("??/*")} == {in_use, saved, young}


def test_removing_an_object_leaves_its_data_to_the_sweep(store: BlobStore) -> None:
    s3_object = S3Object("k")
    name = put(store, s3_object, b"data")

    store.remove(BUCKET, s3_object)
    store.delete_bucket(BUCKET)

    assert blobs.path_of(name).read_bytes() == b"data"


def test_a_blob_is_forced_to_disk_once(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    name = put(store, S3Object("k"), b"data")
    forced: list[Path] = []
    monkeypatch.setattr(blobs.durable, "sync", forced.append)
    path = blobs.path_of(name)

    blobs.sync({name})
    blobs.sync({name})

    assert forced == [path, path.parent, blobs.root()]


def test_a_blob_that_is_not_there_is_told(store: BlobStore) -> None:
    with pytest.raises(
        blobs.MissingBlobsError, match="1 files of S3 objects or log streams are not there"
    ) as raised:
        blobs.sync({"f" * 32})
    assert raised.value.names == {"f" * 32}
