"""Saving: what happens under the closed gate, what after it, and what is left when it fails."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from glue_app.emulator.service.registration import register
from glue_app.emulator.state.saver import Saver, SnapshotFolderError, TerraformAtWorkError
from glue_app.emulator.state.saves import Saves, blob_path
from tests.unit.emulator.state.fake_host import VERSIONS, FakeHost, GateTimeoutError

BLOB, OTHER = "ab" + "0" * 30, "cd" + "0" * 30
CHANGED = RuntimeError("dictionary changed size during iteration")


class FakeDatabases:
    """One instance, which a copy gets a file of."""

    def __init__(self, host: FakeHost) -> None:
        self.host = host
        self.instances = {"db-1": {"identifier": "gold", "status": "available"}}
        self.swept: list[set[str]] = []

    def described(self) -> dict[str, dict[str, str]]:
        assert self.host.held
        return dict(self.instances)

    def copy_to(self, folder: Path) -> None:
        assert self.host.held
        for name in self.instances:
            (folder / name).mkdir()

    def sweep(self, keep: Collection[str]) -> None:
        self.swept.append(set(keep))

    def wait_until_started(self, timeout_s: float) -> None:
        pass


@pytest.fixture
def instances(host: FakeHost) -> FakeDatabases:
    made = FakeDatabases(host)
    register("rds", files=made)
    return made


def reasons(state: Path) -> list[str]:
    return [save.manifest.reason for save in Saves(state).all()]


def test_a_save_answers_what_it_is(state: Path, saver: Saver) -> None:
    answer = saver.save("asked")

    assert answer["save"] == "00000001"
    assert answer["bytes"] == 3
    assert answer["seconds"] >= answer["held_seconds"] >= 0
    assert Saves(state).newest_sound(VERSIONS) is not None


def test_leftovers_of_a_killed_emulator_are_removed(state: Path, host: FakeHost) -> None:
    (state / "saves" / "00000007.part").mkdir(parents=True)

    Saver(state, "g1", VERSIONS, host.as_host()).save("asked")

    assert [path.name for path in (state / "saves").iterdir()] == ["00000001"]


def test_with_hold_the_gate_is_closed_in_the_moment_of_the_save(saver: Saver, host: FakeHost) -> None:
    saver.save("make down", hold=True)

    assert host.closed == "the stack is being stopped"
    assert saver.held_for_good


def test_without_hold_it_opens_again(saver: Saver, host: FakeHost) -> None:
    saver.save("asked")

    assert not host.closed
    assert not saver.held_for_good


def test_requests_that_do_not_end_leave_no_trace(state: Path, saver: Saver, host: FakeHost) -> None:
    host.busy = True

    with pytest.raises(GateTimeoutError):
        saver.save("asked")

    assert list((state / "saves").iterdir()) == []


def test_a_dictionary_that_changes_meanwhile_is_read_again(state: Path, saver: Saver, host: FakeHost) -> None:
    """Threads of the emulator go on while the gate is closed."""
    host.failures = [CHANGED, CHANGED]

    saver.save("asked")

    assert Saves(state).newest_sound(VERSIONS) is not None


@pytest.mark.parametrize("errors", [[CHANGED] * 3, [RuntimeError("cannot pickle")]])
def test_another_error_or_the_third_is_told(
    state: Path, saver: Saver, host: FakeHost, errors: list[Exception]
) -> None:
    host.failures = list(errors)

    with pytest.raises(RuntimeError, match=str(errors[0])):
        saver.save("asked")

    assert host.failures == []
    assert list((state / "saves").iterdir()) == []


def test_a_change_during_the_save_is_not_taken_for_saved(saver: Saver, host: FakeHost) -> None:
    """By a thread: it may be in the save or not."""
    runs = {"jr_1": "RUNNING"}
    register("glue", activity=lambda: tuple(runs.items()))
    host.while_held = lambda: runs.update(jr_1="SUCCEEDED")

    saver.save("asked")

    assert saver.mark() != saver.saved
    host.while_held = lambda: None
    saver.save("asked")
    assert saver.mark() == saver.saved


def test_what_no_kept_save_needs_is_removed(saver: Saver, host: FakeHost, instances: FakeDatabases) -> None:
    """Objects and databases that were deleted stay as long as a save that may come back has them."""
    host.put_blob(BLOB)
    saver.save("with both")
    host.blobs.clear()
    instances.instances = {}
    saver.save("without")
    assert (host.swept[-1], instances.swept[-1]) == ({BLOB}, {"db-1"})

    saver.save("without")
    assert (host.swept[-1], instances.swept[-1]) == (set(), set())


def test_a_save_whose_object_lost_its_data_fails(state: Path, saver: Saver, host: FakeHost) -> None:
    host.blobs.add(BLOB)

    with pytest.raises(FileNotFoundError, match=BLOB):
        saver.save("asked")

    assert list((state / "saves").iterdir()) == []


# ---------------------------------------------------------------- Terraform
def test_an_automatic_save_is_not_made_while_terraform_is_at_work(
    state: Path, saver: Saver, terraform: Path
) -> None:
    """Judged under the closed gate: it may have begun a moment ago."""
    (terraform / "applying").touch()

    with pytest.raises(TerraformAtWorkError, match="Terraform is at work"):
        saver.save("automatic", automatic=True)
    assert reasons(state) == []

    saver.save("make down")
    assert reasons(state) == ["make down"]


def test_terraforms_state_is_of_the_same_moment(
    state: Path, saver: Saver, host: FakeHost, terraform: Path
) -> None:
    """It is copied before the gate opens, and what says that an apply goes on is not."""
    (terraform / "applying").touch()
    (terraform / "terraform.tfstate.backup").touch()
    held: list[bool] = []
    host.while_held = lambda: held.append(host.held)

    saver.save("make down")

    (found,) = Saves(state).all()
    assert held == [True]
    assert sorted(p.name for p in (found.folder / "terraform").iterdir()) == ["applied", "terraform.tfstate"]


# ---------------------------------------------------------------- snapshots
def test_a_snapshot_is_a_state_folder_of_its_own(
    state: Path, saver: Saver, host: FakeHost, instances: FakeDatabases, terraform: Path, tmp_path: Path
) -> None:
    """Complete when everything else is gone."""
    host.put_blob(BLOB, b"data")
    host.put_blob(OTHER, b"")
    folder = tmp_path / "copy"

    answer = saver.snapshot(folder)
    blob_path(state, BLOB).unlink()

    found = Saves(folder).newest_sound(VERSIONS)
    assert found is not None
    assert found.manifest.name == answer["save"]
    assert blob_path(folder, BLOB).read_bytes() == b"data"
    assert (folder / "rds" / "db-1").is_dir()
    assert found.manifest.databases == {"db-1": {"identifier": "gold", "status": "available"}}
    assert not (state / "saves").exists()


def test_a_snapshot_that_fails_leaves_no_folder(saver: Saver, host: FakeHost, tmp_path: Path) -> None:
    host.busy = True

    with pytest.raises(GateTimeoutError):
        saver.snapshot(tmp_path / "copy")

    assert not (tmp_path / "copy").exists()


def test_a_snapshot_is_refused_where_there_is_something_already(saver: Saver, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("text")

    for folder in (tmp_path / "mine", tmp_path, Path("relative")):
        with pytest.raises(SnapshotFolderError, match="give an absolute path that is not there yet"):
            saver.snapshot(folder)

    assert (tmp_path / "mine").read_text() == "text"


def test_a_snapshot_is_refused_while_terraform_is_at_work(
    saver: Saver, terraform: Path, tmp_path: Path
) -> None:
    (terraform / "applying").touch()

    with pytest.raises(TerraformAtWorkError):
        saver.snapshot(tmp_path / "copy")

    assert not (tmp_path / "copy").exists()
