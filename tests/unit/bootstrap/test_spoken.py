"""An installed glue-app has no Makefile: what it tells its user to do can be done."""

from __future__ import annotations

import re

import pytest

from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.spoken import COMMANDS, OPTIONS, SWITCHES, spoken


@pytest.mark.parametrize(
    ("written", "installed"),
    [
        (
            "no stack is running here; `make up` starts one",
            "no stack is running here; `glue-app up` starts one",
        ),
        ("make up EDGE_PORT=4576 GLUE_APP_STATE=.s", "EDGE_PORT=4576 GLUE_APP_STATE=.s glue-app up"),
        ("make logs SERVICE=runner   (/x.log)", "glue-app logs --service runner   (/x.log)"),
        ("make restore NAME=x TRUST=1", "glue-app restore --name x --trust"),
        ("`make clean TOOLS=1` (all)", "`glue-app clean --tools` (all)"),
        ("make restore GLUE_APP_KEEP_STATE=1 NAME=…", "GLUE_APP_KEEP_STATE=1 glue-app restore --name …"),
        ("make run CSV=… DATASET=… · make diag-off", "glue-app run --csv … --dataset … · glue-app diag-off"),
        ("make snapshot NAME=x", "glue-app snapshot --name x"),
        ("make reprocess DATASET=x FORCE=1 YES=1", "glue-app reprocess --dataset x --force --yes"),
        (
            "make find DATASET=x, make quality LAST=30",
            "glue-app find --dataset x, glue-app quality --last 30",
        ),
        ("YES=1 does it; NO_YES=1, YES=10", "--yes does it; NO_YES=1, YES=10"),
        ("make snapshots", "glue-app snapshots"),
        ("say what: CSV=path and DATASET=name, or", "say what: --csv path and --dataset name, or"),
        ("make room: `make clean` (it)", "make room: `glue-app clean` (it)"),
        ("make one, make upright, remake up-to-date", "make one, make upright, remake up-to-date"),
        ("export SQL_NAME=x $NAME=y", "export SQL_NAME=x $NAME=y"),
    ],
)
def test_commands_are_named_as_they_are_called(written: str, installed: str) -> None:
    assert spoken(written, in_clone=False) == installed
    assert spoken(written, in_clone=True) == written


def test_every_command_and_variable_of_the_makefile_is_known() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {*re.findall(r"^([a-z0-9-]+):.*\n\t@.*glue_app\.cli ", text, re.MULTILINE), "doctor"} == set(
        COMMANDS
    )
    calls = "\n".join(re.findall(r"glue_app\.cli .*", text))
    assert set(re.findall(r"\$\$([A-Z]+)|call flag,([A-Z]+)", calls)) == {
        *((name, "") for name in OPTIONS),
        *(("", name) for name in SWITCHES),
    }
    for name, option in OPTIONS.items():
        assert f'{option}="$${name}"' in text
    for name, switch in SWITCHES.items():
        assert f"$(call flag,{name},{switch})" in text
