"""Commands on data that is there, on the running stack or on AWS: process it anew, see how good it is."""

from __future__ import annotations

from typing import Annotated, NoReturn

from typer import Option, Typer

from glue_app.cli import host
from glue_app.cli.words import say
from glue_app.settings import Settings

app = Typer()
_PANEL = "Operate it"

_Dataset = Annotated[str, Option(help="The dataset's name.", show_default=False)]
_Outputs = Annotated[
    str,
    Option(
        help="A file that `terraform output -json` has written: work on that deployment, with your own "
        "credentials. Without it, on the running stack.",
        show_default=False,
    ),
]
_Key = Annotated[
    str,
    Option(
        help="Whose rows: a value of the column. Better in the environment, where `ps` does not show it.",
        envvar="KEY",
        show_default=False,
    ),
]
_Column = Annotated[str, Option(help="The column; without it, that of the record key.", show_default=False)]
_Yes = Annotated[bool, Option("--yes", help="Do it without asking.")]


def run(name: str, work: host.Work) -> NoReturn:
    """Do it in the host environment; what AWS or a table refuses is one line."""

    def told(settings: Settings) -> int | None:
        from glue_app.operations.refusals import in_a_line

        with in_a_line():
            return work(settings)

    host.run(name, told)


@app.command(rich_help_panel=_PANEL)
def reprocess(
    dataset: _Dataset = "",
    since: Annotated[
        str, Option(help="Only uploads since then: a date, or a date and time; UTC.", show_default=False)
    ] = "",
    quarantined: Annotated[
        bool,
        Option("--quarantined", help="Only uploads with rows in quarantine, or that went not through."),
    ] = False,
    model: Annotated[
        bool, Option("--model", help="Only uploads that another model or prompt answered than would now.")
    ] = False,
    force: Annotated[
        bool, Option("--force", help="Those too that went through under the contract and the model of now.")
    ] = False,
    yes: _Yes = False,
    outputs: _Outputs = "",
) -> None:
    """Send uploads through the pipeline again, in order: after a fix of a contract, a model or a bug."""

    def work(settings: Settings) -> int:
        from glue_app.operations.deployment import Deployment
        from glue_app.operations.plan import Choice
        from glue_app.operations.reprocess import reprocess as process

        choice = Choice.of(since, quarantined, model, force)
        return process(Deployment.of(settings, outputs), dataset, choice, yes, say)

    run("reprocess", work)


@app.command(rich_help_panel=_PANEL)
def quality(
    dataset: _Dataset = "",
    last: Annotated[str, Option(help="How many uploads to show; 30 without it.", show_default=False)] = "",
    outputs: _Outputs = "",
) -> None:
    """How good the uploads were: rows, refused ones and why, how fresh; a table and the trend."""

    def work(settings: Settings) -> int:
        from rich.console import Console

        from glue_app.operations.deployment import Deployment
        from glue_app.operations.quality import how_many
        from glue_app.operations.quality import quality as show

        number = how_many(last)
        return show(Deployment.of(settings, outputs), dataset, number, Console())

    run("quality", work)


@app.command(rich_help_panel=_PANEL)
def find(
    dataset: _Dataset = "",
    key: _Key = "",
    column: _Column = "",
    outputs: _Outputs = "",
) -> None:
    """Where the rows of one person are: in Bronze by version and line, in Silver, aside, in quarantine."""

    def work(settings: Settings) -> int:
        from glue_app.operations.deployment import Deployment
        from glue_app.operations.person import find as look

        return look(Deployment.of(settings, outputs), dataset, key, column, say)

    run("find", work)


@app.command(rich_help_panel=_PANEL)
def forget(
    dataset: _Dataset = "", key: _Key = "", column: _Column = "", yes: _Yes = False, outputs: _Outputs = ""
) -> None:
    """Remove the rows of one person from every layer, its history too, and certify it."""

    def work(settings: Settings) -> int:
        from glue_app.operations.deployment import Deployment
        from glue_app.operations.forget import forget as remove

        return remove(Deployment.of(settings, outputs), dataset, key, column, yes, say)

    run("forget", work)
