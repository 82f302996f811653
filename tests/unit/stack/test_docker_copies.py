"""The Docker engine copies a stack and puts one in its place: nothing is ever lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from glue_app.emulator.state.manifest import FILE
from glue_app.emulator.state.saves import Manifest
from glue_app.stack.compose import ComposeError
from glue_app.stack.docker import DockerEngine
from glue_app.stack.errors import SaveFailedError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from tests.unit.stack.fake_compose import FakeCompose
from tests.unit.stack.fake_endpoint import Endpoint


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """The folder that `copy` made of a stack of generation docker-g7."""
    folder = tmp_path / "snapshot"
    for name in ("saves/00000007", "s3/ab", "rds/db-A/data", "rds/.host"):
        (folder / name).mkdir(parents=True)
    manifest = Manifest("00000007", "docker-g7", "t", "copy", {}, [], {}, {})
    (folder / "saves" / "00000007" / FILE).write_text(manifest.text())
    return folder


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
