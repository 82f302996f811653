"""A stack on a disk that is really full: a small file system of its own, which only root may mount."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.state.kept_stack import KeptStack

pytestmark = pytest.mark.timeout(300)

MEBIBYTE = 1 << 20
SIZE = 96 * MEBIBYTE


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="glue-app-"))
    mounted = None
    if os.geteuid() == 0 and shutil.which("mount"):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", str(folder)]
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if not mounted:
        folder.rmdir()
        pytest.skip("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def stack(small_disk: Path) -> Iterator[KeptStack]:
    running = KeptStack(small_disk / "state")
    try:
        running.localstack.start()
        yield running
    finally:
        running.stop()


def fill(file: Path) -> None:
    """To the last byte."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))
    assert shutil.disk_usage(file).free == 0


def upload(s3: Any, keys: list[str]) -> None:
    """Objects until one is refused."""
    while True:
        s3.put_object(Bucket="full", Key=f"{len(keys)}", Body=bytes(8 * MEBIBYTE))
        keys.append(f"{len(keys)}")


def test_a_full_disk_is_told_and_deleted_objects_make_room(stack: KeptStack) -> None:
    """Uploads and saves fail and say why, requests are served, and after a deletion saves work again."""
    s3 = stack.client("s3")
    s3.create_bucket(Bucket="full")
    stack.save("before")
    keys: list[str] = []
    with pytest.raises(ClientError, match="InsufficientStorage") as refused:
        upload(s3, keys)
    assert "no room is left on the disk of" in str(refused.value)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 507
    fill(stack.state / "ballast")

    status, answer = stack.post("save", {"reason": "full"})

    assert status == 507, answer
    told = (
        rf"no room is left on the disk of {stack.state} \(0\.\d MB of 100\.7 MB free\); the stack's own data"
    )
    assert re.match(told, answer["error"]), answer
    assert " there: s3 " in answer["error"]
    assert "\n" not in answer["error"]
    assert s3.get_object(Bucket="full", Key=keys[0])["Body"].read(1) == b"\0"

    for key in keys:
        s3.delete_object(Bucket="full", Key=key)
    for blob in (stack.state / "s3").glob("??/*"):
        os.utime(blob, (time.time() - 120,) * 2)  # what is a minute old may be swept
    stack.save("after")
    assert stack.newest().manifest.reason == "after"
    stack.save("an automatic save before the deletion may have named the objects: now none does")
    assert shutil.disk_usage(stack.state).free > (len(keys) - 1) * 8 * MEBIBYTE
