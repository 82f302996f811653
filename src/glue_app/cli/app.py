"""The console command `glue-app`: its rooms, and how it ends."""

from __future__ import annotations

import sys
from typing import Annotated

import click
from typer import Context, Option, Typer, echo

from glue_app.cli import operations, pipeline, reach, snapshots, stack
from glue_app.errors import BAD_SETTING, INTERRUPTED

NAME = "glue-app"

app = Typer(name=NAME, add_completion=False, context_settings={"help_option_names": ["-h", "--help"]})
for room in (stack, pipeline, operations, reach, snapshots):
    app.registered_commands += room.app.registered_commands


@app.callback(invoke_without_command=True)
def glue_app(
    context: Context,
    version: Annotated[bool, Option("--version", help="Print the version and end.")] = False,
) -> None:
    """A data platform on AWS, offline: LocalStack, Glue with Spark, Bedrock and PostgreSQL on this machine.

    `glue-app up` starts it, `glue-app e2e` proves it, `glue-app down` ends it; .state keeps it.

    Settings are environment variables, as in: EDGE_PORT=4570 glue-app up

    ENGINE (docker, embedded), GLUE_VERSION (4.0, 5.0), EDGE_PORT, GLUE_APP_STATE (a folder) are the first.
    """
    if version:
        from importlib.metadata import version as version_of

        echo(version_of(NAME))
    elif context.invoked_subcommand is None:
        echo(context.get_help())


def main(arguments: list[str] | None = None) -> int:
    """Run a command line. Return 2 for what can't be understood, with one line; 130 after Ctrl-C."""
    try:
        return app(arguments, prog_name=NAME, standalone_mode=False) or 0
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else NAME
        print(f"{command}: {error.format_message()} (see {command} --help)", file=sys.stderr)
        return BAD_SETTING
    except click.Abort:
        return INTERRUPTED
