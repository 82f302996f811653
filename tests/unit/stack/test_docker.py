"""The Docker engine: which compose commands a stack's life is made of, and what is never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glue_app.emulator.state.manifest import FILE
from glue_app.emulator.state.saves import Manifest
from glue_app.settings import Settings
from glue_app.stack import docker, kept_state
from glue_app.stack.compose import ComposeError
from glue_app.stack.docker import DockerEngine
from glue_app.stack.errors import NotRunningError, SaveFailedError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.fake_compose import FakeCompose

RUNS = {
    "localstack": "running (healthy)",
    "postgres": "running (healthy)",
    "glue": "running (healthy)",
    "bedrock_stub": "running (healthy)",
}


class Endpoint:
    """LocalStack's, as the engine sees it: what it answers, and what it was asked to do."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {"generation": "docker-g1", "services": {"rds": "up", "stub": "up"}}
        self.posts: list[tuple[str, Any]] = []
        self.answer: tuple[int, Any] = (200, {"save": "00000001"})

    def get(self, url: str) -> tuple[int, Any]:
        assert url == "http://127.0.0.1:4999/_glue-app/health"
        return self.status, self.body

    def post(self, url: str, body: Any) -> tuple[int, Any]:
        self.posts.append((url.rpartition("/")[2], body))
        return self.answer


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    made = Endpoint()
    monkeypatch.setattr(docker, "get_json", made.get)
    monkeypatch.setattr(kept_state, "post_json", made.post)
    return made


@pytest.fixture
def engine(fake: FakeCompose, settings: Settings, said: list[str], endpoint: Endpoint) -> DockerEngine:
    return DockerEngine(settings, fake.engine, said.append)


@pytest.fixture
def layout(settings: Settings) -> StateLayout:
    return StateLayout(settings.state)


@pytest.fixture
def record(layout: StateLayout) -> StackRecord:
    """Of a stack that was started, with the file for the developer's shell."""
    made = StackRecord("docker", "docker-g1", 4999, 0, 41000)
    made.write(layout.record)
    layout.env_file.write_text("export …")
    return made


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """The folder that `copy` made of a stack of generation docker-g7."""
    folder = tmp_path / "snapshot"
    for name in ("saves/00000007", "s3/ab", "rds/db-A/data", "rds/.host"):
        (folder / name).mkdir(parents=True)
    manifest = Manifest("00000007", "docker-g7", "t", "copy", {}, [], {}, {})
    (folder / "saves" / "00000007" / FILE).write_text(manifest.text())
    return folder


# ---------------------------------------------------------------- up
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


# ---------------------------------------------------------------- down
def test_down_saves_and_keeps_the_volumes(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, layout: StateLayout, record: StackRecord
) -> None:
    fake.runs(**RUNS)

    assert engine.down() == 4
    assert endpoint.posts == [("save", {"reason": "make down", "hold": True})]
    assert fake.commands == ["down --remove-orphans"]
    assert not layout.record.exists()
    assert not layout.env_file.exists()


def test_a_save_that_fails_does_not_keep_the_stack_up(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, said: list[str], record: StackRecord
) -> None:
    fake.runs(**RUNS)
    endpoint.answer = (409, {"error": "terraform is at work"})

    engine.down()

    assert said == ["the stack could not be saved: terraform is at work; `make up` takes the save before"]
    assert fake.commands == ["down --remove-orphans"]


def test_a_stack_that_is_not_healthy_is_not_asked_to_save(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, record: StackRecord
) -> None:
    fake.runs(localstack="exited 137")

    assert engine.down() == 1
    assert endpoint.posts == []


def test_down_of_nothing_ends_nothing(engine: DockerEngine) -> None:
    assert engine.down() == 0


def test_down_where_nothing_is_kept_takes_the_volumes_too(
    fake: FakeCompose, settings: Settings, said: list[str], endpoint: Endpoint, record: StackRecord
) -> None:
    fake.runs(**RUNS)

    DockerEngine(replace(settings, keep_state=False), fake.engine, said.append).down()

    assert fake.commands == ["down --remove-orphans --volumes"]
    assert endpoint.posts == []


def test_forgetting_leaves_what_the_other_engine_keeps(
    engine: DockerEngine, fake: FakeCompose, settings: Settings, layout: StateLayout, record: StackRecord
) -> None:
    """One state folder serves both."""
    engine.up()
    for name in ("docker-g1", "20261127-g1", "data"):
        (settings.state / "terraform" / name).mkdir(parents=True)

    engine.forget()

    assert fake.commands[-1] == "down --remove-orphans --volumes"
    assert sorted(path.name for path in (settings.state / "terraform").iterdir()) == ["20261127-g1", "data"]
    assert not layout.record.exists()
    assert not (settings.state / "run" / "published.json").exists()


def test_saving_is_asked_for_only_where_something_is_kept(
    engine: DockerEngine,
    fake: FakeCompose,
    settings: Settings,
    said: list[str],
    endpoint: Endpoint,
    record: StackRecord,
) -> None:
    DockerEngine(replace(settings, keep_state=False), fake.engine, said.append).save(record, "applied")
    assert endpoint.posts == []

    engine.save(record, "applied")
    assert endpoint.posts == [("save", {"reason": "applied", "hold": False})]


# ---------------------------------------------------------------- health
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


# ---------------------------------------------------------------- looking at it
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


# ---------------------------------------------------------------- copies
def test_a_copy_is_made_on_the_volume_and_taken_out(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, record: StackRecord, snapshot: Path
) -> None:
    manifest = engine.copy(record, snapshot)

    inside = endpoint.posts[0][1]["folder"]
    assert manifest.generation == "docker-g7"
    assert inside.startswith("/var/lib/glue-app/copy-")
    assert fake.commands == [f"cp localstack:{inside} {snapshot}", f"exec -T localstack rm -rf {inside}"]


def test_a_copy_that_fails_leaves_nothing_on_the_volume(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, record: StackRecord, tmp_path: Path
) -> None:
    endpoint.answer = (503, {"error": "requests do not end"})

    with pytest.raises(SaveFailedError, match="requests do not end"):
        engine.copy(record, tmp_path / "copy")

    assert fake.commands == [f"exec -T localstack rm -rf {endpoint.posts[0][1]['folder']}"]


def test_a_copy_takes_the_stacks_place(
    engine: DockerEngine, fake: FakeCompose, endpoint: Endpoint, layout: StateLayout, snapshot: Path
) -> None:
    """Its databases one by one: the folder above them is postgres's own, with the channel in it."""
    endpoint.body = {"generation": "docker-g7", "services": {}}

    record = engine.replace_by(snapshot)

    new = fake.commands[fake.commands.index("down --volumes") :]
    assert new == [
        "down --volumes",
        "create",
        f"cp {snapshot}/saves localstack:/var/lib/glue-app/",
        f"cp {snapshot}/s3 localstack:/var/lib/glue-app/",
        f"cp {snapshot}/rds/db-A postgres:/var/lib/postgresql/data/",
        "up --detach --build --wait --wait-timeout 120",
    ]
    assert record.generation == "docker-g7"
    assert not (layout.root / "replaced").exists()


@pytest.mark.parametrize("fails", ["it comes as another life", "it does not start", "it cannot be copied in"])
def test_a_copy_that_cannot_be_brought_back_leaves_the_stack_as_it_was(
    engine: DockerEngine,
    fake: FakeCompose,
    layout: StateLayout,
    snapshot: Path,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    fails: str,
) -> None:
    if fails == "it does not start":
        fake.ends_with("up", 1)
    if fails == "it cannot be copied in":
        real, broken = engine._load, [True]
        monkeypatch.setattr(
            engine, "_load", lambda folder: fail() if broken and broken.pop() else real(folder)
        )

    def fail() -> None:
        raise ComposeError("cp", "no space left on device", layout.log("compose"))

    with pytest.raises((SaveFailedError, ComposeError)):
        engine.replace_by(snapshot)

    aside = layout.root / "replaced"
    assert fake.commands[-5:] == [
        "down --volumes",
        "create",
        f"cp {aside}/saves localstack:/var/lib/glue-app/",
        f"cp {aside}/s3 localstack:/var/lib/glue-app/",
        f"cp {aside}/rds/copied postgres:/var/lib/postgresql/data/",
    ]
    assert said[-1] == "the stack is as it was: `make up` brings it back"


@pytest.mark.parametrize("fails", ["Ctrl-C", "no space left"])
def test_a_stack_that_could_not_be_put_back_is_not_thrown_away(
    engine: DockerEngine,
    fake: FakeCompose,
    layout: StateLayout,
    snapshot: Path,
    monkeypatch: pytest.MonkeyPatch,
    fails: str,
) -> None:
    """`finally` removes what lies aside, though the volumes are gone or half full.
    Ctrl-C while the new stack starts, or a full disk, and nothing of the old one is left.
    """

    def interrupted() -> StackRecord:
        raise KeyboardInterrupt

    if fails == "Ctrl-C":
        monkeypatch.setattr(engine, "_up", interrupted)
    else:
        fake.refuses_to_copy_in()

    with suppress(KeyboardInterrupt, ComposeError):
        engine.replace_by(snapshot)

    aside = layout.root / "replaced"
    put_back = f"cp {aside}/saves localstack:/var/lib/glue-app/" in fake.commands and fails == "Ctrl-C"
    assert put_back or (aside / "saves" / "copied").exists()
