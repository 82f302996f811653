"""The Docker engine: which compose commands start a stack, and how it is looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_app.settings import Settings
from glue_app.stack.compose import ComposeError
from glue_app.stack.docker import DockerEngine
from glue_app.stack.errors import NotRunningError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.fake_compose import FakeCompose
from tests.unit.stack.fake_endpoint import RUNS, Endpoint


def test_up_waits_until_all_are_healthy_and_writes_down_which_life_it_is(
    engine: DockerEngine, fake: FakeCompose, layout: StateLayout, settings: Settings
) -> None:
    record = engine.up()

    assert fake.commands == ["up --detach --build --wait --wait-timeout 120"]
    assert (record.engine, record.generation, record.edge_port) == ("docker", "docker-g1", 4999)
    assert str(record.stub_port) == fake.environment["GLUE_APP_STUB_PORT"]
    assert StackRecord.read(layout.record) == record
    assert (settings.state / "terraform").is_dir()  # else the Docker engine makes it, as root's


def test_up_that_fails_leaves_no_record(engine: DockerEngine, fake: FakeCompose, layout: StateLayout) -> None:
    fake.complains("up", "container glue-1 is unhealthy\n")
    fake.ends_with("up", 1)

    with pytest.raises(ComposeError, match="container glue-1 is unhealthy"):
        engine.up()
    assert not layout.record.exists()


def test_up_believes_only_an_endpoint_that_answers(
    engine: DockerEngine, endpoint: Endpoint, layout: StateLayout
) -> None:
    endpoint.status, endpoint.body = 0, None

    with pytest.raises(NotRunningError):
        engine.up()
    assert not layout.record.exists()


def test_a_whole_stack_is_healthy(engine: DockerEngine, fake: FakeCompose, record: StackRecord) -> None:
    fake.runs(**RUNS)

    assert engine.health(record) == dict.fromkeys(
        ("localstack", "postgres", "glue", "bedrock-stub"), "healthy"
    )


def test_what_is_wrong_is_said_of_each(engine: DockerEngine, fake: FakeCompose, record: StackRecord) -> None:
    fake.runs(localstack="exited 137", postgres="running (unhealthy)", glue="running")

    assert engine.health(record) == {
        "localstack": "exited (137)",
        "postgres": "unhealthy",
        "glue": "running",
        "bedrock-stub": "ended",
    }


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (0, None, "doesn't answer"),
        (500, None, "answers 500 for /_glue-app/health"),
        (200, {"generation": "docker-g2", "services": {}}, "is of another life of the stack: docker-g2"),
        (
            503,
            {
                "generation": "docker-g1",
                "services": {"rds": "up", "state": "down: disk full", "stub": "down"},
            },
            "state down: disk full; stub down",
        ),
    ],
)
def test_localstack_is_judged_by_its_own_answer(
    engine: DockerEngine,
    fake: FakeCompose,
    endpoint: Endpoint,
    record: StackRecord,
    status: int,
    body: Any,
    expected: str,
) -> None:
    fake.runs(**RUNS)
    endpoint.status, endpoint.body = status, body

    assert engine.health(record)["localstack"] == expected


def test_a_docker_engine_that_does_not_answer_is_the_reason_for_all(
    engine: DockerEngine, fake: FakeCompose, record: StackRecord
) -> None:
    fake.complains("ps", "Cannot connect to the Docker daemon\n")
    fake.ends_with("ps", 1)

    assert set(engine.health(record).values()) == {
        "docker compose ps: Cannot connect to the Docker daemon"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("service", "follow", "expected"),
    [
        ("", False, "logs --tail 40"),
        ("localstack", True, "logs --tail 40 --follow localstack"),
        ("runner", False, "logs --tail 40 glue"),
        ("stub", False, "logs --tail 40 bedrock-stub"),
    ],
)
def test_logs_are_asked_for_by_either_engines_names(
    engine: DockerEngine, fake: FakeCompose, service: str, follow: bool, expected: str
) -> None:
    engine.logs(service, "", follow, 40)

    assert fake.commands == [expected]


def test_a_runs_log_is_printed(
    engine: DockerEngine, fake: FakeCompose, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.says("exec", "==> jr_1/stdout.log <==\nhello\n")

    engine.logs("", "jr_1", False, 40)

    assert "hello" in capsys.readouterr().out
    assert fake.calls[0][-1] == "jr_1"  # an argument of the shell, no part of its program
    assert "jr_1" not in fake.calls[0][-2]


def test_versions_are_the_images_own(engine: DockerEngine, fake: FakeCompose) -> None:
    """The last line: whatever Python or compose says before."""
    versions = {"localstack": "4.14.0", "python": "3.13"}
    fake.says("run", f"a warning\n{json.dumps(versions)}\n")

    assert engine.versions() == versions
    assert fake.calls[0][-1] == "http://127.0.0.1:4999"
