"""A stack is one of its port: what is kept of it holds that port's URLs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import context as stack_context
from glue_app.stack import env_file
from glue_app.stack.commands import Commands
from glue_app.stack.errors import OtherPortError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord


class Engine:
    """Notes what it is asked to do."""

    name = "embedded"

    def __init__(self) -> None:
        self.done: list[str] = []
        self.settings: Any = None

    def up(self) -> StackRecord:
        self.done.append("up")
        return StackRecord(self.name, "g1", self.settings.edge_port, 1, 2)

    def replace_by(self, _folder: Any) -> StackRecord:
        return self.up()

    def forget(self) -> None:
        self.done.append("forget")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()

    def choose(settings: Settings, *_: Any) -> Engine:
        made.settings = settings
        return made

    monkeypatch.setattr(stack_context, "choose", choose)
    monkeypatch.setattr(env_file, "write", lambda *_: None)
    return made


def commands(settings: Settings, port: int) -> Commands:
    return Commands(replace(settings, engine="embedded", edge_port=port), Toolchain(), lambda _: None)


@pytest.mark.parametrize("begun_by", ["start", "replace_by"])
def test_another_port_is_refused_before_anything_is_touched(
    engine: Engine, settings: Settings, begun_by: str
) -> None:
    """It would begin anew, and the kept stack would have to make room for an empty one."""
    first = commands(settings, 4900)
    first.start() if begun_by == "start" else first.replace_by(settings.state / "copy")
    engine.done.clear()

    with pytest.raises(
        OtherPortError, match="holds the stack of port 4900, EDGE_PORT asks for 4901"
    ) as caught:
        commands(settings, 4901).start()

    assert "make up EDGE_PORT=4900" in caught.value.remedy
    assert engine.done == []
    commands(settings, 4900).start()
    assert engine.done == ["up"]


def test_a_running_stack_of_before_there_was_a_note_is_not_moved_either(
    engine: Engine, settings: Settings
) -> None:
    layout = StateLayout(settings.state)
    commands(settings, 4900).start()
    layout.port.unlink()
    StackRecord("embedded", "g1", 4900, 1, 2).write(layout.record)

    with pytest.raises(OtherPortError):
        commands(settings, 4901).start()


def test_a_stack_that_is_forgotten_has_no_port(settings: Settings) -> None:
    layout = StateLayout(settings.state)

    assert layout.port in layout.of_a_generation()
