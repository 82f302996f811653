"""The patch s3_storage: S3's data lies in the stack's own state folder, in files."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.services.s3 import provider
from localstack.services.s3.models import S3Object
from localstack.services.s3.provider import S3Provider

from glue_app.emulator.host.patches import s3_storage
from glue_app.emulator.host.patches.patch import original
from glue_app.emulator.host.state import blobs


def made_by(init: Any) -> Any:
    """A provider's storage."""
    made = object.__new__(S3Provider)
    init(made)
    return made._storage_backend


def stored(storage: Any) -> None:
    storage.create_bucket("bucket")
    with storage.open("bucket", S3Object("k"), mode="w") as data:
        data.write(io.BytesIO(b"data"))


def test_localstack_still_keeps_it_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or in files without a name, under one folder of the machine, whatever FILESYSTEM_ROOT says."""
    assert provider.DEFAULT_S3_TMP_DIR == "/tmp/localstack-s3-storage"
    monkeypatch.setattr(provider, "DEFAULT_S3_TMP_DIR", str(tmp_path))

    stored(made_by(original(S3Provider, "__init__")))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_localstack_still_removes_the_folder_of_another_stacks_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "DEFAULT_S3_TMP_DIR", str(tmp_path))
    mine, others = (made_by(original(S3Provider, "__init__")) for _ in range(2))
    stored(mine)
    stored(others)

    others.delete_bucket("bucket")

    large = io.BytesIO(b"x" * 600 * 1024)
    with pytest.raises(FileNotFoundError), mine.open("bucket", S3Object("large"), mode="w") as data:
        data.write(large)


def test_data_is_a_file_below_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s3_storage.apply()
    monkeypatch.setattr(blobs, "settings", lambda: SimpleNamespace(state=tmp_path))

    stored(made_by(S3Provider.__init__))

    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.read_bytes() == b"data"
    assert file == tmp_path / "s3" / file.name[:2] / file.name
