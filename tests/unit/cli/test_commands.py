"""The command `glue-app`: what it is given arrives as it was typed, and it ends as every command does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from glue_app.bootstrap.layout import ROOT
from glue_app.cli import app, operations, pipeline, reach, snapshots, stack
from glue_app.e2e import proof
from glue_app.settings import Settings
from glue_app.stack import psql

TEXTS = ["select $$a$$ || $1", "-x", "--tools", "two  spaces ", "line one\nline two", "顧客の声 2026 年 .csv"]


class Recorded:
    """Stands for the commands of the stack and of snapshots: notes each call."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object, **named: object) -> Any:
            self.calls.append((name, *arguments, *named.values()))
            return self if name == "running" else {} if name == "outputs" else None

        return call

    endpoint = "http://127.0.0.1:1"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    recorded = Recorded()
    for room in (stack, snapshots):
        monkeypatch.setattr(room, "commands", lambda _: recorded)
    monkeypatch.setattr(proof, "prove", lambda _, *given: recorded.calls.append(("prove", *given)) or 0)
    monkeypatch.setattr(proof, "send", lambda _, *given: recorded.calls.append(("send", *given)) or 0)
    monkeypatch.setattr(psql, "connect", lambda *given: recorded.calls.append(("connect", *given[2:])) or 0)
    return recorded


def names() -> set[str]:
    """Those of all commands."""
    return set(get_command(app.app).commands)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- arguments
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    ("command", "options", "call"),
    [
        ("run", ["--csv", "--dataset"], lambda text: ("send", text, text)),
        ("snapshot", ["--name"], lambda text: ("create", text)),
        ("restore", ["--name"], lambda text: ("restore", text, False)),
        ("snapshot-diff", ["--before", "--after"], lambda text: ("diff", text, text)),
        ("logs", ["--service", "--run"], lambda text: ("logs", text, text, False)),
        ("psql", ["--role", "--sql"], lambda text: ("connect", ["-c", text], text)),
    ],
)
def test_it_arrives_as_it_was_typed(
    done: Recorded, command: str, options: list[str], call: Callable[[str], object], text: str
) -> None:
    assert app.main([command, *(f"{option}={text}" for option in options)]) == 0
    assert done.calls[-1] == call(text)


def test_what_is_empty_was_not_given(done: Recorded) -> None:
    """As make gives it."""
    assert app.main(["psql", "--role=", "--sql="]) == 0
    assert done.calls[-1] == ("connect", [], "administrator")


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["restore", "--name=x", "--trust"], ("restore", "x", True)),
        (["logs", "--follow"], ("logs", "", "", True)),
        (["clean", "--tools"], ("clean", True)),
        (["clean"], ("clean", False)),
        (["psql", "--", "-f", "x.sql"], ("connect", ["-f", "x.sql"], "administrator")),
        (["diag-on"], ("diag_on",)),
        (["up"], ("up",)),
    ],
)
def test_switches_and_the_rest(done: Recorded, arguments: list[str], call: object) -> None:
    assert app.main(arguments) == 0
    assert done.calls[-1] == call


def test_the_proof_starts_the_stack_first(done: Recorded) -> None:
    assert app.main(["e2e", "--csv=a.csv"]) == 0
    assert done.calls == [("up",), ("prove", "a.csv", "")]


# ---------------------------------------------------------------- how it ends
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["loks"], "glue-app: No such command 'loks'. Did you mean 'logs'? (see glue-app --help)"),
        (["clean", "--tool"], "glue-app clean: No such option: --tool Did you mean --tools? (see "),
        (["logs", "--follow=1"], "glue-app: Option '--follow' does not take a value. (see "),
        (["up", "now"], "glue-app up: Got unexpected extra argument (now) (see glue-app up --help)"),
    ],
)
def test_what_cannot_be_understood_is_one_line_and_2(
    arguments: list[str], said: str, done: Recorded, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.main(arguments) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith(said)
    assert done.calls == []


def test_ctrl_c_is_one_line_and_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Settings) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stack, "commands", interrupted)
    assert app.main(["up"]) == 130
    assert capsys.readouterr().err == "\nup interrupted; run it again and it goes on\n"


def test_a_status_that_is_not_whole_is_1(done: Recorded) -> None:
    assert app.main(["status"]) == 1


# ---------------------------------------------------------------- one vocabulary
def test_a_target_of_make_and_a_command_have_one_name() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    rule = re.compile(r"^([a-z0-9-]+):.*\n\t@\$\(host\) glue_app\.cli ([a-z0-9-]+)", re.MULTILINE)
    calls = dict(rule.findall(text))
    assert calls == {name: name for name in names() - {"doctor"}}  # make doctor sets nothing up
    assert "glue_app." not in re.sub(r"glue_app\.cli ", "", text)


@pytest.mark.parametrize(
    "room", [stack, pipeline, operations, reach, snapshots], ids=lambda room: str(room.__name__)
)
def test_every_command_and_option_says_what_it_is_for(room: Any) -> None:
    for command in room.app.registered_commands:
        assert command.callback.__doc__
        assert command.rich_help_panel
        for option in command.callback.__annotations__.values():
            shared = ("_Column", "_Csv", "_Dataset", "_Key", "_Outputs", "_Yes")
            assert option == "None" or "help=" in option or option in shared, option


def test_help_needs_no_host_environment_and_touches_nothing(tmp_path: Path) -> None:
    """Of any command: none of the packages that the bootstrap installs is imported."""
    block = "import sys; sys.modules['localstack'] = sys.modules['boto3'] = sys.modules['psycopg'] = None; "
    script = f"{block}from glue_app.cli import app; [app.main([name, '--help']) for name in sys.argv[1:]]"
    command = [sys.executable, "-c", script, *sorted(names())]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert [name for name in names() if f"Usage: glue-app {name} " not in done.stdout] == [], done.stderr
    assert list(tmp_path.iterdir()) == []
