"""Commands that reach what the stack holds: from a shell, from psql, through Session Manager."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option, Typer

from glue_app.bootstrap import session_manager_plugin as plugin
from glue_app.cli import stack
from glue_app.cli.host import run
from glue_app.settings import Settings

app = Typer()
_PANEL = "Reach it"


@app.command(rich_help_panel=_PANEL)
def env() -> None:
    """Write .state/env.sh, which points aws, boto3 and terraform at the stack."""
    run("env", lambda settings: stack.commands(settings).env())


@app.command(rich_help_panel=_PANEL)
def psql(
    role: Annotated[str, Option(help="Who to be: administrator, or bi_reader, who may read only.")] = "",
    sql: Annotated[str, Option(help="Run this statement and end; without it, a prompt.")] = "",
    arguments: Annotated[
        list[str] | None, Argument(help="More, for psql itself; after `--`.", show_default=False)
    ] = None,
) -> None:
    """A prompt on Gold, the PostgreSQL database."""

    def connect(settings: Settings) -> int:
        from glue_app.stack import psql as prompt

        commands = stack.commands(settings)
        endpoint, outputs = commands.running().endpoint, commands.outputs()
        more = (["-c", sql] if sql else []) + (arguments or [])
        return prompt.connect(endpoint, outputs, more, role or prompt.ADMINISTRATOR)

    run("psql", connect)


@app.command(rich_help_panel=_PANEL)
def diag_on() -> None:
    """The diagnostic instance: Gold through AWS Session Manager, as on AWS."""
    run("diag-on", lambda settings: stack.commands(settings).diag_on())


@app.command(rich_help_panel=_PANEL)
def diag() -> None:
    """The exact commands for that: session, password, psql."""
    run("diag", lambda settings: stack.commands(settings).diag())


@app.command(rich_help_panel=_PANEL)
def diag_off() -> None:
    """Without the diagnostic instance again; nothing must be left to change."""
    run("diag-off", lambda settings: stack.commands(settings).diag_off())


@app.command(rich_help_panel=_PANEL)
def session_manager_plugin() -> None:
    """Get AWS's plugin for `aws ssm start-session`, where it is missing."""
    run(plugin.NAME, lambda settings: plugin.have(settings.tools))
