"""Every error that is shown to people says what is wrong and what to do, in one way."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from glue_app.bootstrap import errors as bootstrap
from glue_app.bootstrap import owned
from glue_app.containers import errors as containers
from glue_app.e2e import errors as e2e
from glue_app.errors import GlueAppError
from glue_app.snapshots import errors as snapshots
from glue_app.stack import compose, diagnosis, exchange
from glue_app.stack import errors as stack

MODULES = (bootstrap, owned, containers, stack, compose, diagnosis, exchange, snapshots, e2e)


def test_an_error_shows_its_problem_and_below_it_the_remedy() -> None:
    error = GlueAppError("no Terraform", "brew install terraform")
    assert (error.problem, error.remedy) == ("no Terraform", "brew install terraform")
    assert str(error) == "no Terraform\nfix: brew install terraform"


def test_an_error_without_a_remedy_shows_its_problem_alone() -> None:
    assert str(GlueAppError("no room")) == "no room"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_errors_of_every_room_have_the_one_base(module: object) -> None:
    """What ends a command finds problem, remedy and exit code on each of them."""
    of_its_own = [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == getattr(module, "__name__", "")
    ]
    assert of_its_own
    assert [kind.__name__ for kind in of_its_own if not issubclass(kind, GlueAppError)] == []


def test_a_remedy_of_the_bootstrap_keeps_its_lines_and_names_the_log() -> None:
    error = bootstrap.BootstrapError("uv ended with 1", "try this\nor that", Path("uv.log"))
    assert str(error) == "uv ended with 1\n  fix: try this\n       or that\n  log: uv.log"
