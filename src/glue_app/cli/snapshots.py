"""Commands on snapshots: the whole stack in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option, Typer

from glue_app.cli import stack
from glue_app.cli.host import run
from glue_app.cli.words import say
from glue_app.settings import Settings

if TYPE_CHECKING:
    from glue_app.snapshots.commands import SnapshotCommands

app = Typer()
_PANEL = "Snapshots"


def commands(settings: Settings) -> SnapshotCommands:
    """Return the commands on snapshots, which need the packages of the host environment."""
    from glue_app.snapshots.commands import SnapshotCommands

    return SnapshotCommands(settings, stack.commands(settings), say)


@app.command(rich_help_panel=_PANEL)
def snapshot(
    name: Annotated[str, Option(help="How to call it; without it, by the time.", show_default=False)] = "",
) -> None:
    """The whole running stack in one file of .snapshots."""
    run("snapshot", lambda settings: commands(settings).create(name))


@app.command(rich_help_panel=_PANEL)
def restore(
    name: Annotated[
        str, Option(help="The snapshot's name, or the path of its file.", show_default=False)
    ] = "",
    trust: Annotated[
        bool, Option("--trust", help="Load a file that was made elsewhere. It can run any code here.")
    ] = False,
) -> None:
    """Replace the stack by a snapshot."""
    run("restore", lambda settings: commands(settings).restore(name, trust=trust))


@app.command(rich_help_panel=_PANEL)
def snapshots() -> None:
    """What there is: size, age, what is in it."""
    run("snapshots", lambda settings: commands(settings).list())


@app.command(rich_help_panel=_PANEL)
def snapshot_diff(
    before: Annotated[str, Option(help="A snapshot.", show_default=False)] = "",
    after: Annotated[
        str, Option(help="Another one; without it, the running stack.", show_default=False)
    ] = "",
) -> None:
    """What was added, changed and removed between two snapshots."""
    run("snapshot-diff", lambda settings: commands(settings).diff(before, after))
