"""A stack that ends, in order or not, comes back as it was saved."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.rds.postgres import processes as database_servers
from glue_app.emulator.rds.postgres.home import ServerHome
from tests.integration.rds.db_instance import Instance
from tests.integration.state.conftest import BUCKET, GOLD, JOB, add, folder, names, restorable
from tests.integration.state.kept_stack import KeptStack
from tests.support.polling import wait_for

pytestmark = pytest.mark.timeout(300)


def run_state(stack: KeptStack, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.client("glue").get_job_run(JobName=JOB, RunId=run_id)["JobRun"]
    return found


def versions(stack: KeptStack) -> list[bytes]:
    s3 = stack.client("s3")
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="a.csv")["Versions"]
    return [
        s3.get_object(Bucket=BUCKET, Key="a.csv", VersionId=one["VersionId"])["Body"].read() for one in listed
    ]


def test_a_killed_stack_comes_back_as_it_was_saved(kept: KeptStack, gold: Instance) -> None:
    """The job run that was going on has failed and says why; what the database committed since is there."""
    run_id = kept.client("glue").start_job_run(JobName=JOB)["JobRunId"]
    wait_for("the run to go on", lambda: run_state(kept, run_id)["JobRunState"] == "RUNNING", 60)
    endpoint = gold.described["Endpoint"]
    answer = kept.save("before the crash")
    add(kept, "second")
    kept.client("s3").delete_object(Bucket=BUCKET, Key="a.csv")

    kept.localstack.kill()
    brought = kept.bring_back()

    assert brought.manifest.name >= answer["save"]
    ended = run_state(kept, run_id)
    assert (ended["JobRunState"], ended["ErrorMessage"]) == (
        "FAILED",
        "The stack stopped while this run was going on",
    )
    assert gold.described["DBInstanceStatus"] == "available"
    assert gold.described["Endpoint"] == endpoint
    assert names(kept) == ["first", "second"]
    assert versions(kept) == [b"new", b"old"]
    assert kept.health()["rds"] == kept.health()["state"] == "up"


def test_changes_are_saved_without_being_asked_for(kept: KeptStack) -> None:
    """20 s later at the latest. (What the database does by itself is saved first.)"""
    restorable(kept)
    kept.save()
    kept.client("s3").put_object(Bucket=BUCKET, Key="later.csv", Body=b"x")
    before = max(save.manifest.name for save in kept.saves.all())

    wait_for("a save", lambda: max(save.manifest.name for save in kept.saves.all()) > before, 60)
    kept.localstack.kill()
    kept.bring_back()

    assert kept.client("s3").get_object(Bucket=BUCKET, Key="later.csv")["Body"].read() == b"x"


def test_a_password_rotated_after_the_save_is_the_saved_one_again(kept: KeptStack, gold: Instance) -> None:
    """The secret says which password works, whatever the database files say."""
    kept.save("before the rotation")
    save = kept.newest()
    old = gold.secret["password"]
    gold.modify(RotateMasterUserPassword=True)
    assert gold.secret["password"] != old

    kept.localstack.kill()
    kept.bring_back(save)

    assert gold.secret["password"] == old
    assert gold.described["MasterUserSecret"]["SecretStatus"] == "active"
    assert "first" in names(kept)


def test_a_database_that_was_deleted_after_the_save_is_there_again(kept: KeptStack, gold: Instance) -> None:
    """Its files stay as long as a kept save names it."""
    kept.save("before the deletion")
    save = kept.newest()
    kept.client("rds").delete_db_instance(DBInstanceIdentifier=GOLD, SkipFinalSnapshot=True)
    gold.wait_until_gone()

    kept.localstack.kill()
    kept.bring_back(save)

    assert "first" in names(kept)


def test_a_stopped_database_stays_stopped(kept: KeptStack, gold: Instance) -> None:
    kept.client("rds").stop_db_instance(DBInstanceIdentifier=GOLD)
    gold.wait("stopped")
    kept.save("stopped")

    kept.localstack.kill()
    kept.bring_back()

    assert gold.described["DBInstanceStatus"] == "stopped"
    kept.client("rds").start_db_instance(DBInstanceIdentifier=GOLD)
    gold.wait()
    assert "first" in names(kept)


def test_a_machine_that_was_started_again_has_lost_its_temporary_files(
    kept: KeptStack, gold: Instance
) -> None:
    """The folder of the socket is made again where it was one of them."""
    home = kept.state / "rds" / gold.described["DbiResourceId"]
    kept.save("before the machine ended")
    kept.localstack.kill()
    database_servers.end_left_behind(kept.state)
    shutil.rmtree((home / "socket").resolve())

    kept.bring_back()

    assert "first" in names(kept)


def test_a_failover_that_was_cut_short_is_brought_to_its_end(kept: KeptStack, gold: Instance) -> None:
    """The stack is killed in the middle of it; what was acknowledged is there, and a standby again."""
    gold.modify(MultiAZ=True)
    home = ServerHome(kept.state / "rds" / gold.described["DbiResourceId"])
    kept.save("before the failover")
    add(kept, "third")
    kept.client("rds").reboot_db_instance(DBInstanceIdentifier=GOLD, ForceFailover=True)
    wait_for("the failover to be at work", lambda: (home.data / "standby.signal").exists(), 60)

    kept.localstack.kill()
    kept.bring_back()

    assert gold.described["DBInstanceStatus"] == "available"
    assert "third" in names(kept)
    wait_for("the standby to be in sync", lambda: home.standby.in_sync, 60)
    gold.modify(MultiAZ=False)


def test_database_files_that_are_gone_are_a_failed_instance(kept: KeptStack, gold: Instance) -> None:
    """With a message that says where they should be; the rest of the stack comes back."""
    home = kept.state / "rds" / gold.described["DbiResourceId"]
    aside = kept.state / "aside"
    kept.save("before the loss")
    save = kept.newest()
    kept.localstack.kill()
    database_servers.end_left_behind(kept.state)
    home.rename(aside)
    home.symlink_to(kept.state / "nowhere")

    kept.bring_back(save)

    assert gold.described["DBInstanceStatus"] == "failed"
    assert "gold" in kept.health()["rds"]
    assert f"should lie in {kept.state / 'nowhere'} and are gone" in kept.localstack.tail(2000)
    kept.localstack.kill()
    home.unlink()
    aside.rename(home)
    kept.bring_back(save)
    assert "first" in names(kept)


def test_the_files_of_a_deleted_database_go_with_the_last_save_that_names_it(kept: KeptStack) -> None:
    kept.client("rds").create_db_instance(
        DBInstanceIdentifier="short", Engine="postgres", EngineVersion="15.8", AllocatedStorage=20,
        DBInstanceClass="db.t4g.medium", MasterUsername="postgres_admin", MasterUserPassword="first-Passw0rd",
    )  # fmt: skip
    short = Instance("short", kept.client, lambda: kept.state / "rds" / "ca.pem")
    home = kept.state / "rds" / short.wait()["DbiResourceId"]
    kept.save("with it")
    kept.client("rds").delete_db_instance(DBInstanceIdentifier="short", SkipFinalSnapshot=True)
    short.wait_until_gone()
    assert home.exists()

    kept.save("without it")
    kept.save("without it")

    assert not home.exists()


@pytest.fixture
def copy(kept: KeptStack) -> Iterator[Path]:
    """A snapshot of the stack, in a folder of its own."""
    where = folder()
    status, answer = kept.post("snapshot", {"folder": str(where / "copy")})
    assert status == 200, answer
    yield where / "copy"
    shutil.rmtree(where, ignore_errors=True)


def test_a_snapshot_is_all_that_a_new_state_folder_needs(kept: KeptStack, copy: Path) -> None:
    """What came after it is not in it: neither in S3 nor in the database."""
    add(kept, "younger than the snapshot")
    kept.client("s3").put_object(Bucket=BUCKET, Key="younger.csv", Body=b"x")
    before = names(kept)
    kept.localstack.stop()
    other = KeptStack(folder(), like=kept)
    try:
        shutil.copytree(copy, other.state, dirs_exist_ok=True)
        other.runner.start()
        begun = datetime.datetime.now(datetime.timezone.utc)
        other.bring_back()

        earliest = restorable(other)
        assert earliest > begun, "backups begin anew where the archived log is not there"
        snapshots = other.client("rds").describe_db_snapshots(DBInstanceIdentifier=GOLD)["DBSnapshots"]
        assert {one["Status"] for one in snapshots} == {"available"}
        assert names(other) == [name for name in before if name != "younger than the snapshot"]
        assert b"old" in versions(other)
        listed = other.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
        assert "younger.csv" not in [one["Key"] for one in listed]
    finally:
        other.remove()
    kept.bring_back()
    assert names(kept) == before


def test_a_save_that_cannot_be_brought_back_ends_the_process(kept: KeptStack) -> None:
    """With one line that says what it is, as the log's last; nothing is served."""
    kept.save("sound")
    save = kept.newest()
    kept.localstack.kill()
    victim = save.folder / "room-glue.pickle"
    sound = victim.read_bytes()
    try:
        victim.write_bytes(sound[:-1])
        with pytest.raises(RuntimeError, match="ended at start"):
            kept.bring_back(save)
        assert kept.localstack.tail(1).startswith(f"glue-app: {save.folder} cannot be brought back")
        assert f"room-glue.pickle has {len(sound) - 1} bytes" in kept.localstack.tail(1)
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", kept.edge_port)):
            pass
    finally:
        victim.write_bytes(sound)
    kept.bring_back(save)


def test_after_the_last_save_nothing_changes_any_more(kept: KeptStack) -> None:
    """`make down`: nothing is younger than what comes back."""
    kept.save("make down", hold=True)
    with pytest.raises(Exception, match="the stack is being stopped"):
        kept.client("s3").put_object(Bucket=BUCKET, Key="too-late.csv", Body=b"x")
    newest = kept.newest()

    kept.localstack.stop()

    assert newest.manifest.reason == "make down"
    assert kept.newest() == newest
    assert not list(database_servers.left_behind(kept.state))
    kept.bring_back()
    assert "first" in names(kept)
    assert os.listdir(kept.state / "saves")
