"""A snapshot's file is there whole or not at all, says who made it, and no byte of it can change unseen."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from glue_app.snapshots import archive, signing
from glue_app.snapshots.archive import Contents
from glue_app.snapshots.errors import SnapshotDamagedError, SnapshotError
from glue_app.snapshots.store import SnapshotStore

CONTENT = {
    "saves/00000001/iam.pickle": b"pickled",
    "rds/db-1/data/PG_VERSION": b"15\n",
    "s3/ab/abc": b"\0" * 5000,
}


@pytest.fixture(autouse=True)
def _own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    folder = tmp_path / "stack"
    for name, data in CONTENT.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "rds/db-1/data/pg_notify").mkdir()
    (folder / "rds/db-1/data").chmod(0o700)
    files, folders = archive.describe(folder)
    file = tmp_path / f"x{archive.SUFFIX}"
    archive.write(
        file, Contents("x", "2026-11-27T00:00:00+00:00", "g1", {"python": "3.13"}, {}, files, folders), folder
    )
    return file


def test_what_comes_out_is_what_went_in(written: Path, tmp_path: Path) -> None:
    contents = archive.extract(written, tmp_path / "out")
    assert contents.generation == "g1"
    assert {name: (tmp_path / "out" / name).read_bytes() for name in CONTENT} == CONTENT
    assert (tmp_path / "out/rds/db-1/data/pg_notify").is_dir()
    assert (tmp_path / "out/rds/db-1/data").stat().st_mode & 0o777 == 0o700


def test_it_knows_its_own(written: Path) -> None:
    assert archive.read_contents(written)[1]


def test_another_users_is_not_ours(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "other"))
    assert not archive.read_contents(written)[1]
    signing.sign(b"makes the other user's key")
    assert not archive.read_contents(written)[1]


def test_contents_that_were_changed_are_not_ours(written: Path) -> None:
    repack(written, {"snapshot.json": lambda text: text.replace(b'"g1"', b'"g2"')})
    assert not archive.read_contents(written)[1]


def test_only_its_owner_may_read_it(written: Path) -> None:
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_changed_file_is_damage(written: Path, tmp_path: Path) -> None:
    repack(written, {"saves/00000001/iam.pickle": lambda data: data[:-1] + b"D"})
    with pytest.raises(SnapshotDamagedError, match=r"iam\.pickle is not what was written"):
        archive.extract(written, tmp_path / "out")


def test_a_missing_file_is_damage(written: Path, tmp_path: Path) -> None:
    repack(written, {"s3/ab/abc": lambda _: None})
    with pytest.raises(SnapshotDamagedError, match="s3/ab/abc is missing"):
        archive.extract(written, tmp_path / "out")


def test_a_file_that_is_not_declared_is_damage(written: Path, tmp_path: Path) -> None:
    repack(written, {}, extra={"../../evil": b"x"})
    with pytest.raises(SnapshotDamagedError, match="doesn't declare"):
        archive.extract(written, tmp_path / "out")
    assert not (tmp_path.parent / "evil").exists()


@pytest.mark.parametrize("cut", [0, 1, 20, 200])
def test_a_file_cut_short_is_damage(written: Path, tmp_path: Path, cut: int) -> None:
    written.write_bytes(written.read_bytes()[:cut])
    with pytest.raises(SnapshotDamagedError):
        archive.extract(written, tmp_path / "out")


def test_another_format_is_refused(written: Path) -> None:
    def newer(text: bytes) -> bytes:
        return json.dumps(json.loads(text) | {"format": 99}).encode()

    repack(written, {"snapshot.json": newer})
    with pytest.raises(SnapshotDamagedError, match="format 99"):
        archive.read_contents(written)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / f"y{archive.SUFFIX}"
    file.write_bytes(gzip.compress(b"hello" * 500))
    with pytest.raises(SnapshotDamagedError):
        archive.read_contents(file)


def repack(
    file: Path,
    changes: dict[str, Callable[[bytes], bytes | None]],
    extra: dict[str, bytes] | None = None,
) -> None:
    """The same archive with some members changed, or left out where the change gives None."""
    with tarfile.open(file, "r:gz") as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as tar:
        for name, data in (members | (extra or {})).items():
            new = changes[name](data) if name in changes else data
            if new is not None:
                member = tarfile.TarInfo(name)
                member.size = len(new)
                tar.addfile(member, io.BytesIO(new))


def test_a_snapshot_is_not_replaced_by_another_of_its_name(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.new("before").write_text("kept")

    with pytest.raises(SnapshotError, match="'before', which stays: take another name"):
        store.new("before")

    assert store.find("before").read_text() == "kept"
