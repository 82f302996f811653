"""Commands on the pipeline: send a file through it, prove it, change it, read its logs."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Option, Typer

from glue_app.cli import stack
from glue_app.cli.host import code_of, run
from glue_app.settings import Settings

app = Typer()
_PANEL = "The pipeline"

_Csv = Annotated[
    str, Option(help="The file to send; `e2e` takes the dataset's sample without it.", show_default=False)
]
_Dataset = Annotated[
    str,
    Option(
        help="What the file is: a name of glue/datasets, or a contract of your own, a YAML file. "
        "`e2e` takes customer_feedback without it.",
        show_default=False,
    ),
]


@app.command(rich_help_panel=_PANEL)
def e2e(csv: _Csv = "", dataset: _Dataset = "") -> None:
    """Prove the pipeline from CSV to Gold; starts the stack where it does not run."""
    if code := code_of("up", lambda settings: stack.commands(settings).up()):
        raise typer.Exit(code)

    def prove(settings: Settings) -> int:
        from glue_app.e2e import proof

        return proof.prove(settings, csv, dataset)

    run("e2e", prove)


@app.command("run", rich_help_panel=_PANEL)
def run_(csv: _Csv = "", dataset: _Dataset = "") -> None:
    """Send a CSV through the running stack."""

    def send(settings: Settings) -> int:
        from glue_app.e2e import proof

        return proof.send(settings, csv, dataset)

    run("run", send)


@app.command(rich_help_panel=_PANEL)
def apply() -> None:
    """Bring the running stack to what infra/ and glue/ say now."""
    run("apply", lambda settings: stack.commands(settings).apply())


@app.command(rich_help_panel=_PANEL)
def logs(
    service: Annotated[
        str, Option(help="localstack, runner, stub or terraform; without it, the last lines of each.")
    ] = "",
    run_: Annotated[
        str, Option("--run", help="The log of one Glue job run: its id, or `last` for the newest.")
    ] = "",
    follow: Annotated[bool, Option("--follow", help="Go on printing what is logged, until Ctrl-C.")] = False,
) -> None:
    """What was logged: by a process of the stack, or by a job run."""
    run("logs", lambda settings: stack.commands(settings).logs(service, run_, follow))


@app.command(rich_help_panel=_PANEL)
def package() -> None:
    """Build glue/dist, which Terraform uploads: the job's package and its wheels."""

    def build(settings: Settings) -> None:
        from glue_app import package

        package.show(settings)

    run("package", build)
