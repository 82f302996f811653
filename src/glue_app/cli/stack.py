"""Commands on the stack: start, look, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option, Typer

from glue_app.bootstrap import doctor as prerequisites
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.cli.host import run
from glue_app.cli.words import say
from glue_app.settings import Settings

if TYPE_CHECKING:
    from glue_app.stack.commands import Commands

app = Typer()
_PANEL = "The stack"


def commands(settings: Settings) -> Commands:
    """Return the commands on the stack, which need the packages of the host environment."""
    from glue_app.stack.commands import Commands

    return Commands(settings, Toolchain.load(settings.tools, settings.glue_version), say)


@app.command(rich_help_panel=_PANEL)
def up() -> None:
    """Start everything and apply infra/ (keeps what runs already)."""
    run("up", lambda settings: commands(settings).up())


@app.command(rich_help_panel=_PANEL)
def start() -> None:
    """Start the processes only, apply nothing (for terraform by hand)."""
    run("start", lambda settings: commands(settings).start())


@app.command(rich_help_panel=_PANEL)
def down() -> None:
    """Save the stack and end it; `up` brings it back."""
    run("down", lambda settings: commands(settings).down())


@app.command(rich_help_panel=_PANEL)
def status() -> None:
    """What runs, how it is, what is applied. Ends with 1 where the stack is not whole."""
    run("status", lambda settings: 0 if commands(settings).status() else 1)


@app.command(rich_help_panel=_PANEL)
def doctor() -> None:
    """Every prerequisite: found, missing, how to fix. Looks only."""
    raise typer.Exit(entry.run("doctor", lambda _: prerequisites.doctor()))


@app.command(rich_help_panel=_PANEL)
def clean(
    tools: Annotated[
        bool, Option("--tools", help="The tools and environments too: the next command gets them anew.")
    ] = False,
) -> None:
    """End the stack, remove .state and glue/dist. Snapshots stay."""
    run("clean", lambda settings: commands(settings).clean(tools))
