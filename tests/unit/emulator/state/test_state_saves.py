"""Which saves are brought back, and which are passed over with which words."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from glue_app.disk import durable
from glue_app.emulator.state.manifest import FILE, FORMAT
from glue_app.emulator.state.saver import Saver
from glue_app.emulator.state.saves import (
    Manifest,
    SaveDamagedError,
    SaveIncompatibleError,
    Saves,
    blob_path,
    current_versions,
)
from tests.unit.emulator.state.fake_host import VERSIONS, FakeHost

BLOB = "ab" + "0" * 30


@pytest.fixture
def saves(state: Path, saver: Saver, host: FakeHost, terraform: Path) -> Saves:
    """Two saves, of which the newer one has a blob."""
    saver.save("first")
    host.put_blob(BLOB)
    saver.save("second")
    return Saves(state)


def newest(saves: Saves) -> str | None:
    found = saves.newest_sound(VERSIONS)
    return found.manifest.reason if found else None


def test_the_newest_is_taken(saves: Saves) -> None:
    assert newest(saves) == "second"
    assert saves.problems == []
    assert [save.manifest.name for save in saves.all()] == ["00000002", "00000001"]


def test_a_manifest_says_what_was_saved(saves: Saves) -> None:
    manifest = saves.all()[0].manifest

    assert manifest.generation == "g1"
    assert manifest.services == ["s3", "rds"]
    assert manifest.blobs == {BLOB: 4}
    assert manifest.terraform == {"serial": 7, "lineage": "abc"}
    assert manifest.inventory == {"s3": {"bucket": "digest"}}
    assert set(manifest.files) == {"store.pickle", "terraform/terraform.tfstate", "terraform/applied"}
    assert manifest.bytes == sum((saves.folder / "00000002" / name).stat().st_size for name in manifest.files)


@pytest.mark.parametrize("name", ["store.pickle", "terraform/terraform.tfstate", FILE])
def test_one_changed_byte_is_found(saves: Saves, name: str) -> None:
    """In whichever file; then the save before is taken."""
    file = saves.folder / "00000002" / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    assert newest(saves) == "first"
    assert len(saves.problems) == 1
    assert "save 00000002: " in saves.problems[0]
    assert "take the one before or begin anew" in saves.problems[0]


def test_a_manifest_that_reads_well_and_was_changed_is_found(saves: Saves) -> None:
    """By its digest of itself: it says which digests the other files have."""
    file = saves.folder / "00000002" / FILE
    file.write_text(file.read_text().replace('"generation": "g1"', '"generation": "g7"'))

    with pytest.raises(SaveDamagedError, match=r"manifest\.json is not what was written"):
        saves.verify(saves.folder / "00000002")


@pytest.mark.parametrize("name", ["store.pickle", "terraform/applied", FILE])
def test_a_missing_file_is_found(saves: Saves, name: str) -> None:
    (saves.folder / "00000002" / name).unlink()

    with pytest.raises(SaveDamagedError, match="is missing") as raised:
        saves.verify(saves.folder / "00000002")

    assert raised.value.file.name == Path(name).name
    assert newest(saves) == "first"


def test_a_shortened_file_is_found(saves: Saves) -> None:
    (saves.folder / "00000002" / "store.pickle").write_text("o")

    with pytest.raises(SaveDamagedError, match="has 1 bytes instead of 3"):
        saves.verify(saves.folder / "00000002")


def test_a_missing_or_shortened_blob_is_damage_too(saves: Saves, state: Path) -> None:
    blob_path(state, BLOB).write_bytes(b"dat")
    with pytest.raises(SaveDamagedError, match="has 3 bytes instead of 4"):
        saves.verify(saves.folder / "00000002")

    blob_path(state, BLOB).unlink()
    with pytest.raises(SaveDamagedError, match="is missing"):
        saves.verify(saves.folder / "00000002")
    assert newest(saves) == "first"


def test_another_minor_version_of_python_cannot_read_it(saves: Saves) -> None:
    wanted = {**VERSIONS, "python": "3.12"}

    assert saves.newest_sound(wanted) is None
    assert len(saves.problems) == 2
    with pytest.raises(SaveIncompatibleError, match=r"with python 3\.13, here is 3\.12") as raised:
        saves.verify(saves.folder / "00000001", wanted)
    assert (raised.value.what, raised.value.wanted, raised.value.found) == ("python", "3.12", "3.13")


def test_a_newer_format_is_incompatible_and_not_damaged(
    saves: Saves, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its other fields are."""
    folder = saves.folder / "00000002"
    (folder / FILE).write_text(replace(Manifest.read(folder), format=FORMAT + 1).text())

    with pytest.raises(SaveIncompatibleError, match="format 2, here is 1"):
        saves.verify(folder)
    assert newest(saves) == "first"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', "\x00"])
def test_what_is_no_manifest_is_damage(saves: Saves, text: str) -> None:
    (saves.folder / "00000002" / FILE).write_text(text)

    assert newest(saves) == "first"


def test_a_save_that_is_being_written_is_none(saves: Saves) -> None:
    """And the next one doesn't take its number; at the next start it is removed."""
    part = saves.begin()
    (part / "store.pickle").write_text("half")

    assert newest(saves) == "second"
    assert saves.begin().name == "00000004.part"

    saves.remove_parts()
    assert sorted(path.name for path in saves.folder.iterdir()) == ["00000001", "00000002"]


def test_the_manifest_is_written_last_and_all_is_on_the_disk_before_the_renaming(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a power failure leaves the whole save or none."""
    synced: list[str] = []
    real = durable.sync

    def sync(path: Path) -> None:
        synced.append(str(path.relative_to(state)))
        real(path)

    monkeypatch.setattr(durable, "sync", sync)
    saves = Saves(state)
    part = saves.begin()
    (part / "terraform").mkdir()
    (part / "terraform" / "applied").write_text("x")
    (part / "a.pickle").write_text("x")
    manifest = Manifest("00000001", "g", "t", "r", VERSIONS, [], {}, {})

    saved = saves.publish(part, manifest)

    inside = "saves/00000001.part"
    assert set(synced[:3]) == {f"{inside}/{n}" for n in ("a.pickle", "terraform", "terraform/applied")}
    assert synced[3:] == [f"{inside}/{FILE}", inside, "saves"]
    assert saved.folder == state / "saves" / "00000001"
    assert json.loads((saved.folder / FILE).read_text())["reason"] == "r"


def test_pruning_keeps_the_newest(saves: Saves, saver: Saver) -> None:
    saver.save("third")

    assert [save.manifest.reason for save in saves.all()] == ["third", "second"]
    saves.prune(keep=1)
    assert [path.name for path in saves.folder.iterdir()] == ["00000003"]


def test_a_pruning_that_is_killed_leaves_no_half_save(saves: Saves, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_args, **_options: None)  # killed before it

    saves.prune(keep=1)

    assert saves.all()[0].manifest.reason == "second"
    assert len(saves.all()) == 1
    assert saves.problems == []


def test_a_folder_without_saves_has_none(tmp_path: Path) -> None:
    saves = Saves(tmp_path / "nothing")

    assert saves.newest_sound(VERSIONS) is None
    assert saves.all() == []


def test_versions_are_those_that_run() -> None:
    found = current_versions("http://127.0.0.1:4566")

    assert set(found) == {"glue_app", "localstack", "moto", "models", "engine", "python", "endpoint"}
    assert found["localstack"] == "4.14.0"
    assert set(current_versions()) == {"glue_app", "localstack", "moto", "models", "engine", "python"}
