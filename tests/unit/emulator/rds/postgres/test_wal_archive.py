"""The archived log: PostgreSQL's commands, what a killed server leaves, and what is removed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from glue_app.emulator.rds.postgres import wal_archive
from glue_app.emulator.rds.postgres.local_host import LocalHost
from glue_app.emulator.rds.postgres.wal_archive import WalArchive

US = LocalHost(None, None, "us")
SEGMENT = "00000001000000000000000A"


@pytest.fixture
def archive(tmp_path: Path) -> WalArchive:
    """In a folder whose name a shell and PostgreSQL would both take for something else."""
    made = WalArchive(tmp_path / "it's 100%f", "db-ABC")
    made.begin(US)
    return made


def run(command: str, path: Path, name: str = SEGMENT) -> int:
    """As PostgreSQL does it: `%p` and `%f` are replaced, `%%` is a percent sign."""
    words = {"%p": str(path), "%f": name, "%%": "%"}
    said = "".join(words.get(part, part) for part in _parts(command))
    return subprocess.run(["sh", "-c", said], check=False).returncode


def _parts(command: str) -> list[str]:
    parts, rest = [], command
    while rest:
        length = 2 if rest[0] == "%" else 1
        parts.append(rest[:length])
        rest = rest[length:]
    return parts


def test_a_segment_is_archived_and_comes_back(archive: WalArchive, tmp_path: Path) -> None:
    """Its empty rest needs no room."""
    segment, restored = tmp_path / SEGMENT, tmp_path / "restored"
    segment.write_bytes(b"log" + bytes(1_000_000))

    assert run(archive.archive_command, segment) == 0
    assert archive.holds(SEGMENT)
    assert (archive.wal / SEGMENT).stat().st_blocks * 512 < 100_000
    assert run(archive.restore_command, restored) == 0
    assert restored.read_bytes() == segment.read_bytes()
    assert run(archive.restore_command, restored, "0" * 24) != 0
    assert {path.name for path in archive.wal.iterdir()} == {"begun", SEGMENT}


def test_a_segment_is_archived_once(archive: WalArchive, tmp_path: Path) -> None:
    """Again after a crash is well; another one under the same name is not, and changes nothing."""
    segment, other = tmp_path / "one", tmp_path / "other"
    segment.write_bytes(b"log")
    other.write_bytes(b"another log")
    assert run(archive.archive_command, segment) == 0

    assert run(archive.archive_command, segment) == 0
    assert run(archive.archive_command, other) != 0
    assert (archive.wal / SEGMENT).read_bytes() == b"log"


def test_what_a_killed_server_left_half_copied_does_no_harm(archive: WalArchive, tmp_path: Path) -> None:
    segment = tmp_path / "one"
    segment.write_bytes(b"log")
    (archive.wal / f"{SEGMENT}.part.123").write_bytes(b"l")

    assert run(archive.archive_command, segment) == 0
    assert (archive.wal / SEGMENT).read_bytes() == b"log"


def test_only_the_log_before_all_base_backups_is_removed(archive: WalArchive) -> None:
    """Whichever timeline it is of; the files that tell of timelines stay."""
    names = [
        "000000010000000000000009", "000000020000000000000009", "000000010000000000000009.partial",
        SEGMENT, "00000002000000000000000A", "00000002000000000000000B", "00000002.history",
    ]  # fmt: skip
    for name in names:
        (archive.wal / name).touch()

    archive.prune(["00000002000000000000000B", SEGMENT])

    assert {path.name for path in archive.wal.iterdir()} == {"begun", *names[3:]}


def test_an_archive_goes_on_where_it_is_and_begins_anew_where_it_is_gone(archive: WalArchive) -> None:
    """So that nothing is restored from a base backup whose log is another archive's."""
    begun = archive.begun_at
    (archive.wal / SEGMENT).touch()

    archive.begin(US)
    assert archive.begun_at == begun
    assert archive.holds(SEGMENT)

    shutil.rmtree(archive.folder)
    assert archive.begun_at is None
    archive.begin(US)
    assert begun is not None
    assert archive.begun_at is not None
    assert archive.begun_at > begun
    assert not archive.holds(SEGMENT)


def test_an_archive_that_was_cut_short_while_it_was_made_begins_anew(archive: WalArchive) -> None:
    (archive.wal / "begun").unlink()
    (archive.wal / SEGMENT).touch()

    archive.begin(US)

    assert not archive.holds(SEGMENT)


def test_where_the_servers_user_can_not_reach_it_it_lies_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing left behind in the end."""
    monkeypatch.setattr(LocalHost, "can_reach", lambda *_: False)
    archive = WalArchive(tmp_path, "db-ABC")

    archive.begin(US)
    elsewhere = archive.wal
    assert elsewhere.is_dir()
    assert tmp_path not in elsewhere.parents
    archive.remove()

    assert not elsewhere.exists()
    assert not archive.folder.exists()


def test_a_base_backup_tells_where_its_log_begins(tmp_path: Path) -> None:
    label = "START WAL LOCATION: 0/A000028 (file 00000001000000000000000A)\nCHECKPOINT LOCATION: 0/A000060\n"
    (tmp_path / "backup_label").write_text(label)

    assert wal_archive.first_segment(tmp_path) == SEGMENT
    assert wal_archive.first_segment(tmp_path / "none") is None
