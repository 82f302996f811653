"""JVMs are kept for the next runs: as many as the setting says, for the kind of run seen last."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glue_app.runner import warm_jvm
from glue_app.runner.settings import Settings
from glue_app.runner.warm_jvm import Kind, WarmJvms
from tests.support.polling import wait_for

DELTA = {"--datalake-formats": "delta"}
HERE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_REGION": "eu-west-1"}
# stands for `python -m glue_runner.standby`: is ready at once and ends with its stdin
STANDBY = """\
#!{python}
import json, os, sys
launch = json.loads(sys.stdin.readline())
with open(launch["ready"] + ".part", "w") as file:
    json.dump({{"pid": os.getpid()}}, file)
os.rename(launch["ready"] + ".part", launch["ready"])
os.unlink(launch["making"])
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_jvm, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(warm_jvm, "_QUIET_SECONDS", 0.05)


@pytest.fixture
def make_warm(tmp_path: Path) -> Iterator[Callable[..., WarmJvms]]:
    made: list[WarmJvms] = []

    def make(script: str = STANDBY, **options: int) -> WarmJvms:
        python = tmp_path / "python"
        python.write_text(script.format(python=sys.executable))
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        settings = Settings(
            0, "token-of-the-tests", tmp_path / "home", python=str(python), **{"warm_jvms": 1, **options}
        )
        made.append(WarmJvms(settings))
        return made[-1]

    yield make
    for warm in made:
        warm.close()


def ready_in(offers: Path, number: int = 1) -> list[Path]:
    def ready() -> list[Path] | None:
        found = sorted(offers.glob("*.json"))
        return found if len(found) == number else None

    return wait_for(f"{number} in {offers}", ready)


def pids(offers: Path, number: int = 1) -> set[int]:
    return {int(json.loads(ready.read_text())["pid"]) for ready in ready_in(offers, number)}


def pid_in(offers: Path) -> int:
    (pid,) = pids(offers)
    return pid


def ended(pid: int) -> Callable[[], bool]:
    def check() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    return check


def taken(offers: Path, run_dir: Path) -> Path:
    """What a run does (job_site/glue_runner/warm_jvm.py)."""
    run_dir.mkdir(parents=True)
    ready_in(offers)[0].rename(run_dir / "warm-jvm.json")
    return run_dir


def test_it_is_made_for_the_kind_of_run_that_was_asked_for(make_warm: Callable[..., WarmJvms]) -> None:
    ready = make_warm().keep_ready_for(DELTA, HERE)
    assert ready is not None
    assert not ended(pid_in(ready))()


def test_without_the_setting_there_is_none(make_warm: Callable[..., WarmJvms]) -> None:
    assert make_warm(warm_jvms=0).keep_ready_for(DELTA, HERE) is None


def test_it_ends_with_the_run_that_took_it_and_the_next_one_is_made(
    make_warm: Callable[..., WarmJvms], tmp_path: Path
) -> None:
    warm = make_warm()
    ready = warm.keep_ready_for(DELTA, HERE)
    assert ready is not None
    first = pid_in(ready)
    warm.run_began()
    run_dir = taken(ready, tmp_path / "run")
    assert not ended(first)()
    warm.run_ended(run_dir)
    wait_for("the JVM to end with its run", ended(first))
    assert pid_in(ready) != first


def test_a_run_that_took_none_leaves_it(make_warm: Callable[..., WarmJvms], tmp_path: Path) -> None:
    warm = make_warm()
    ready = warm.keep_ready_for(DELTA, HERE)
    assert ready is not None
    first = pid_in(ready)
    warm.run_began()
    warm.run_ended(tmp_path / "run")
    assert not ended(first)()
    assert pid_in(ready) == first


def test_the_next_one_is_made_when_no_run_needs_the_processor(
    make_warm: Callable[..., WarmJvms], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warm = make_warm()
    offers = warm.keep_ready_for(DELTA, HERE)
    assert offers is not None
    first = pid_in(offers)
    monkeypatch.setattr(warm_jvm, "_QUIET_SECONDS", 0.3)
    warm.run_began()
    warm.run_ended(taken(offers, tmp_path / "silver"))
    warm.run_began()  # the step that follows
    time.sleep(0.6)  # twice as long as it would take: that nothing happens can't be polled
    assert not list(offers.iterdir())
    warm.run_ended(tmp_path / "gold")
    assert pid_in(offers) != first


def test_one_of_another_kind_waits_for_the_run_that_has_the_last_one(
    make_warm: Callable[..., WarmJvms], tmp_path: Path
) -> None:
    warm = make_warm()
    ready = warm.keep_ready_for(DELTA, HERE)
    assert ready is not None
    first = pid_in(ready)
    warm.run_began()
    run_dir = taken(ready, tmp_path / "run")
    other = warm.keep_ready_for({}, HERE)
    assert other is not None
    time.sleep(0.3)  # many times as long as it would take: that nothing happens can't be polled
    assert not ended(first)()
    assert not list(other.iterdir())
    warm.run_ended(run_dir)
    pid_in(other)
    assert ended(first)()


def test_as_many_are_kept_as_the_setting_says_made_one_after_the_other(
    make_warm: Callable[..., WarmJvms], tmp_path: Path
) -> None:
    warm = make_warm(warm_jvms=2)
    offers = warm.keep_ready_for(DELTA, HERE)
    assert offers is not None
    both = pids(offers, 2)
    assert len(both) == 2
    warm.run_began()
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    ready_in(offers, 2)[0].rename(run_dir / "warm-jvm.json")
    left = pid_in(offers)
    warm.run_ended(run_dir)
    assert left in pids(offers, 2)


def test_another_kind_replaces_it(make_warm: Callable[..., WarmJvms]) -> None:
    warm = make_warm()
    ready = warm.keep_ready_for(DELTA, HERE)
    assert ready is not None
    first = pid_in(ready)
    other = warm.keep_ready_for(DELTA | {"--conf": "spark.driver.memory=2g"}, HERE)
    assert other is not None
    assert other != ready
    pid_in(other)
    wait_for("the first JVM to end", ended(first))
    assert not list(ready.iterdir())


def test_one_that_dies_is_not_made_again_until_it_is_asked_for(
    make_warm: Callable[..., WarmJvms], tmp_path: Path
) -> None:
    warm = make_warm(
        "#!/bin/sh\necho once >> {python}.count; exit 3\n".replace("{python}", str(tmp_path / "n"))
    )
    warm.keep_ready_for(DELTA, HERE)
    count = tmp_path / "n.count"
    wait_for("its start", count.exists)
    time.sleep(0.3)  # as above
    assert count.read_text() == "once\n"
    warm.keep_ready_for(DELTA, HERE)
    wait_for("the second try", lambda: count.read_text() == "once\n" * 2)


def test_close_ends_it(make_warm: Callable[..., WarmJvms]) -> None:
    warm = make_warm()
    ready = warm.keep_ready_for(DELTA, HERE)
    assert ready is not None
    pid = pid_in(ready)
    warm.close()
    wait_for("the JVM to end with the runner", ended(pid))


def test_runs_are_of_a_kind_when_their_jvms_would_start_alike() -> None:
    one = Kind.of(DELTA | {"--step": "silver"}, HERE | {"AWS_SESSION_TOKEN": "a"})
    same = Kind.of(DELTA | {"--step": "gold"}, HERE | {"AWS_SESSION_TOKEN": "b"})
    assert one is not None
    assert one == same == Kind.of(DELTA | {"--conf": "spark.sql.shuffle.partitions=3"}, HERE)
    assert one != Kind.of({}, HERE)
    assert one != Kind.of(DELTA | {"--conf": "spark.driver.memory=2g"}, HERE)
    assert one != Kind.of(DELTA, HERE | {"AWS_ENDPOINT_URL": "http://127.0.0.1:4570"})
    assert Kind.of({"--conf": "nonsense"}, HERE) is None
    assert Kind.of(DELTA | {"--extra-jars": "s3://b/a.jar"}, HERE) is None
