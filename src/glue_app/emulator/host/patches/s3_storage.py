"""LocalStack's S3 keeps data where a restart cannot find it, in a folder that all LocalStacks share.

Unpatched, an object is in memory or in a file without a name under /tmp/localstack-s3-storage, whatever
FILESYSTEM_ROOT says; deleting a bucket in one stack removes the folder of another's bucket of that name,
whose next upload above 512 KiB fails. Here it is an immutable file in the stack's state folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.services.s3.provider import S3Provider

from glue_app.emulator.host.state.object_store import BlobStore

from .patch import Patch, replace


def _with_blobs(original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Any, storage_backend: Any = None) -> None:
        original(self, storage_backend or BlobStore())

    return init


def apply() -> None:
    replace(S3Provider, "__init__", _with_blobs)


PATCH = Patch("s3-storage", "an object's data outlives the process, and no other stack can remove it", apply)
