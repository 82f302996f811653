"""S3's data as immutable files: `<state>/s3/ab/<uuid>`, a new one for each write, named by its S3 object.

So the metadata is the index: whoever has the S3 objects of a moment has the data of that moment, and a save
needs only their names. Removing an object removes nothing; `sweep` deletes blobs that nobody names.
The events of CloudWatch Logs lie here as well, named by their streams (log_chunks.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from localstack.services.s3.models import s3_stores

from glue_app.disk import durable
from glue_app.emulator.settings import settings
from glue_app.errors import OneLineError

from . import log_chunks

#: an upload in progress has no name in the store yet
YOUNG_S = 60.0

#: the attribute of an S3Object or S3Part that names its blob
NAME = "_blob"

_synced: set[str] = set()
_syncing = threading.Lock()


class MissingBlobsError(OneLineError):
    """S3 objects or log streams name blobs that are not there; `names` says which."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        super().__init__(
            f"{len(names)} files of S3 objects or log streams are not there, among them {min(names)}"
        )


def root() -> Path:
    """Return the folder of all blobs."""
    return settings().state / "s3"


def path_of(name: str) -> Path:
    return root() / name[:2] / name


def blobs_in_use() -> set[str]:
    """Return the blobs that the live stores name: versions and parts of uploads in progress included."""
    objects = {
        name for _account, _region, store in list(s3_stores.iter_stores()) for name in named(store.buckets)
    }
    return objects | log_chunks.blobs_of(log_chunks.live())


def named(buckets: Mapping[str, Any]) -> Iterator[str]:
    """Yield the blobs that these S3 buckets name."""
    for bucket in list(buckets.values()):
        objects: list[Any] = list(bucket.objects.values(with_versions=True))
        for upload in list(bucket.multiparts.values()):
            objects += [upload.object, *list(upload.parts.values())]
        for each in objects:
            if name := getattr(each, NAME, None):
                yield name


def sweep(keep: set[str]) -> int:
    """Delete the blobs that neither the live stores nor `keep` name; returns how many.

    One that was written less than a minute ago stays: its upload may still be going on.
    """
    deleted = 0
    youngest = time.time() - YOUNG_S
    candidates = [path for path in root().glob("??/*") if path.name not in keep]
    in_use = blobs_in_use()  # after the listing: what is uploaded from now on is not in it
    for path in candidates:
        if path.name in in_use:
            continue
        try:
            if path.stat().st_mtime > youngest:
                continue
            path.unlink()
        except FileNotFoundError:
            continue
        _synced.discard(path.name)
        deleted += 1
    return deleted


def sync(names: Iterable[str]) -> None:
    """Have the operating system write these blobs to disk; those written before cost nothing.

    Raises MissingBlobsError.
    """
    with _syncing:
        new = set(names) - _synced
        check(new)
        for name in new:
            durable.sync(path_of(name))
        for folder in {path_of(name).parent for name in new}:
            durable.sync(folder)
        if new:
            durable.sync(root())
        _synced.update(new)


def check(names: Iterable[str]) -> None:
    """Raise MissingBlobsError where one of them is not there."""
    if missing := frozenset(name for name in names if not path_of(name).is_file()):
        raise MissingBlobsError(missing)
