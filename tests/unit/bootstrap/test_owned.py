"""Folders that the commands make bear a marker; what lies in any other is the user's and is never touched."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import pytest

from glue_app import package
from glue_app.bootstrap import owned, runner
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.owned import DIST, MARKER, SNAPSHOTS, STATE, TOOLS, Kind, NotOursError
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.snapshots.store import SnapshotStore
from glue_app.stack.commands import Commands
from glue_app.stack.layout import StateLayout

KINDS = pytest.mark.parametrize("kind", [STATE, TOOLS, SNAPSHOTS, DIST], ids=lambda kind: kind.name)


def tree(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of the user's, with names in it that are ours, too."""
    folder = tmp_path / "Documents"
    for name in ("thesis.txt", "logs/diary.txt", "saves/game", "python/script.py", "test1/a", "wheels/b"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    return folder


# ---------------------------------------------------------------- one folder
@KINDS
def test_a_folder_of_the_users_is_refused_and_nothing_in_it_touched(theirs: Path, kind: Kind) -> None:
    before = tree(theirs)
    for use in (owned.require, owned.claim, owned.clear):
        with pytest.raises(
            NotOursError, match=r"was not made by glue-app, and holds logs, python, saves and 3"
        ):
            use(theirs, kind)
    assert tree(theirs) == before


@KINDS
def test_one_that_we_made_goes_and_one_of_the_users_that_was_empty_stays(tmp_path: Path, kind: Kind) -> None:
    made, lent = tmp_path / "a" / "made", tmp_path / "lent"
    lent.mkdir()
    for folder in (made, lent):
        owned.claim(folder, kind)
        owned.claim(folder, kind)
        (folder / kind.entries[0].replace("*", "x")).touch()
        assert owned.clear(folder, kind) == []
    assert not made.exists()
    assert list(lent.iterdir()) == []


@KINDS
def test_what_others_put_into_ours_stays_there(tmp_path: Path, kind: Kind) -> None:
    """The folder goes on being ours."""
    folder = tmp_path / "made"
    owned.claim(folder, kind)
    (folder / "thesis.txt").write_text("theirs")
    (folder / kind.entries[0].replace("*", "x")).mkdir()
    assert owned.clear(folder, kind) == ["thesis.txt"]
    assert sorted(path.name for path in folder.iterdir()) == [MARKER, "thesis.txt"]
    owned.require(folder, kind)


def test_one_kind_of_folder_is_not_another(tmp_path: Path) -> None:
    """GLUE_APP_STATE=.tools."""
    owned.claim(tmp_path / "tools", TOOLS)
    with pytest.raises(NotOursError, match="folder of tools, not of state"):
        owned.claim(tmp_path / "tools", STATE)


@KINDS
def test_the_checkouts_own_folder_of_before_there_were_markers_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """And no other, whatever it looks like."""
    monkeypatch.setattr(owned, "ROOT", tmp_path / "checkout")
    old, other = tmp_path / "checkout" / kind.default, tmp_path / "elsewhere" / kind.default
    for folder in (old, other):
        for name in ("run/stack.json", "saves/00000004/manifest.json", "stamps/a.json", "pipeline.zip"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        (folder / "x.snapshot.tar.gz").touch()
    before = tree(other)

    owned.claim(old, kind)
    assert (old / MARKER).is_file()
    with pytest.raises(NotOursError) as refused:
        owned.claim(other, kind)
    assert tree(other) == before

    (other / MARKER).write_text(f'{{"kind": "{kind.name}"}}')
    assert f"echo '{(other / MARKER).read_text()}' > {other / MARKER}" in refused.value.remedy
    owned.claim(other, kind)


def test_files_that_only_look_like_ours_stay(tmp_path: Path) -> None:
    """Names next to ours, and what somebody has put into a folder of the same name."""
    names = {".glue-app.yml", ".glue-app-secret", "bin/mine", "aws/sso", "big.part", "env.sh.mine"}
    state = tmp_path / "state"
    owned.claim(state, STATE)
    for name in names | {"bin/terraform", "aws/credentials", "restore.part", "env.sh"}:
        (state / name).parent.mkdir(exist_ok=True)
        (state / name).touch()

    assert owned.clear(state, STATE) == [
        ".glue-app-secret",
        ".glue-app.yml",
        "aws",
        "big.part",
        "bin",
        "env.sh.mine",
    ]

    assert {str(path.relative_to(state)) for path in state.rglob("*") if path.is_file()} == names | {MARKER}
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / ".glue-app.yml").touch()
    with pytest.raises(NotOursError):
        owned.require(tmp_path / "theirs", STATE)


def test_one_whose_marker_was_not_finished_is_ours_all_the_same(tmp_path: Path) -> None:
    """The disk was full, or the command killed, before anything else was in it."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / f"{MARKER}.123").touch()
    owned.claim(tmp_path / "state", STATE)
    assert owned.clear(tmp_path / "state", STATE) == []


def test_a_folder_of_the_systems_is_no_old_one_of_ours(tmp_path: Path) -> None:
    """/var has run/lock and logs, as a state folder does."""
    for name in ("run/lock", "logs/a", "lib/b"):
        (tmp_path / "var" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "var" / name).touch()
    with pytest.raises(NotOursError):
        owned.require(tmp_path / "var", STATE)


def test_symbolic_links_go_and_what_they_lead_to_stays(tmp_path: Path, theirs: Path) -> None:
    """An entry that is a link, a link deeper inside, and the folder itself."""
    before, place = tree(theirs), tmp_path / "place"
    place.mkdir()
    link = tmp_path / "link"
    link.symlink_to(place)
    owned.claim(link, STATE)
    (link / "logs").symlink_to(theirs)
    (link / "run").mkdir()
    (link / "run" / "deeper").symlink_to(theirs)
    assert owned.clear(link, STATE) == []
    assert tree(theirs) == before
    assert list(place.iterdir()) == []


def test_snapshots_are_spared_wherever_they_lie(tmp_path: Path) -> None:
    state = tmp_path / "state"
    owned.claim(state, STATE)
    (state / "logs" / "mine").mkdir(parents=True)
    (state / "run").mkdir()
    assert owned.clear(state, STATE, keep=[state / "logs" / "mine"]) == ["logs"]
    assert not (state / "run").exists()


# ---------------------------------------------------------------- the commands
@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    options = {name: tmp_path / name for name in ("state", "tools", "snapshots")}
    return Settings(engine="embedded", edge_port=4999, **options)


def commands(settings: Settings, said: Callable[[str], None] = print) -> Commands:
    return Commands(settings, Toolchain(), said)


@pytest.mark.parametrize("setting", ["state", "tools"])
def test_every_command_refuses_a_folder_of_the_users(settings: Settings, theirs: Path, setting: str) -> None:
    before = tree(theirs)
    with pytest.raises(NotOursError, match="nothing in it was touched"):
        commands(Settings(**{**settings.__dict__, setting: theirs}))
    assert tree(theirs) == before


def test_the_bootstrap_refuses_tools_in_a_folder_of_the_users(theirs: Path) -> None:
    before = tree(theirs)
    with pytest.raises(NotOursError, match="GLUE_APP_TOOLS"):
        runner.prepare(Console(quiet=True), theirs, [])
    assert tree(theirs) == before


def test_no_snapshot_is_written_among_the_users_files(theirs: Path) -> None:
    with pytest.raises(NotOursError, match="GLUE_APP_SNAPSHOTS"):
        SnapshotStore(theirs).new("x")


def test_nothing_is_packed_into_a_folder_of_the_users(tmp_path: Path) -> None:
    (tmp_path / "glue" / "dist").mkdir(parents=True)
    (tmp_path / "glue" / "dist" / "mine").touch()
    with pytest.raises(NotOursError):
        package.build(tmp_path / "wheels", "4.0", tmp_path / "glue")


def test_clean_takes_what_is_ours_and_nothing_else(
    settings: Settings, theirs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The tests' stacks with it; not a folder of the user's that is called like one, nor snapshots."""
    monkeypatch.setattr(package, "DIST", tmp_path / "dist")
    mine = commands(settings)
    for state in (settings.state, settings.state / "test", settings.state / "test-5.0"):
        owned.claim(state, STATE)
        (state / "logs").mkdir()
    owned.claim(settings.state / "test" / "snapshots", SNAPSHOTS)
    owned.claim(tmp_path / "dist", DIST)
    theirs.rename(settings.state / "testament")
    before = tree(settings.state / "testament")
    mine.clean(tools=False)
    assert sorted(path.name for path in settings.state.iterdir()) == [MARKER, "testament"]
    assert tree(settings.state / "testament") == before
    assert not (tmp_path / "dist").exists()


def test_clean_of_tools_that_are_not_ours_touches_nothing_at_all(settings: Settings, theirs: Path) -> None:
    owned.claim(settings.state, STATE)
    (settings.state / "logs").mkdir()
    mine = commands(settings)
    theirs.rename(settings.tools)
    with pytest.raises(NotOursError):
        mine.clean(tools=True)
    assert (settings.state / "logs").exists()


def test_all_that_the_layout_names_in_a_state_folder_is_ours(tmp_path: Path) -> None:
    """What a stack comes to keep, `make clean` takes away."""
    layout = StateLayout(tmp_path)
    named = {
        getattr(layout, name).relative_to(tmp_path).as_posix()
        for name, value in vars(StateLayout).items()
        if isinstance(value, property) and isinstance(getattr(layout, name), Path)
    }
    ours = owned.STATE.entries
    left = {
        path
        for path in named - {"."}
        if not any(fnmatch(path, entry) or path.startswith(f"{entry}/") for entry in ours)
    }
    assert left <= {"snapshots", "bin", "aws"}
