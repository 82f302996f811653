"""How messages name a command: `make up` in a clone, `glue-app up` where glue-app was installed.

They are written as in a clone, where a setting stands behind a target: `make up EDGE_PORT=4570`. Standard
library, Python 3.8.
"""

from __future__ import annotations

import re

from glue_app.bootstrap.layout import IN_CLONE

OPTIONS = {
    "A": "--before",
    "B": "--after",
    "COLUMN": "--column",
    "CSV": "--csv",
    "DATASET": "--dataset",
    "LAST": "--last",
    "NAME": "--name",
    "OUTPUTS": "--outputs",
    "ROLE": "--role",
    "RUN": "--run",
    "SERVICE": "--service",
    "SINCE": "--since",
    "SQL": "--sql",
}
SWITCHES = {
    "FOLLOW": "--follow",
    "FORCE": "--force",
    "MODEL": "--model",
    "QUARANTINED": "--quarantined",
    "TOOLS": "--tools",
    "TRUST": "--trust",
    "YES": "--yes",
}
COMMANDS = (
    *(
        "up",
        "start",
        "down",
        "status",
        "doctor",
        "clean",
        "snapshot",
        "restore",
        "snapshots",
        "snapshot-diff",
    ),
    *("e2e", "run", "apply", "logs", "package", "env", "psql", "diag-on", "diag", "diag-off"),
    *("reprocess", "quality", "find", "forget", "session-manager-plugin"),
)
"""The targets of make that are commands of glue-app, too; these have make's variables as options."""

_VALUE = r"[^\s`;,)]+"
_CALL = re.compile(rf"\bmake ({'|'.join(COMMANDS)})(?![\w-])((?: [A-Z][A-Z0-9_]*={_VALUE})*)")
_ALONE = re.compile(rf"(?<![\w$])({'|'.join(OPTIONS)})=({_VALUE})")
_SWITCHED = re.compile(rf"(?<![\w$])({'|'.join(SWITCHES)})=1\b")


def spoken(text: str, in_clone: bool = IN_CLONE) -> str:
    """Return the message as this user calls the commands."""
    if in_clone:
        return text
    return _SWITCHED.sub(lambda found: SWITCHES[found[1]], _ALONE.sub(_option, _CALL.sub(_call, text)))


def _call(found: re.Match[str]) -> str:
    settings, options = [], []
    for word in found[2].split():
        name, _, value = word.partition("=")
        if name in OPTIONS:
            options.append(f"{OPTIONS[name]} {value}")
        elif name in SWITCHES:
            options.append(SWITCHES[name])
        else:
            settings.append(word)
    return " ".join([*settings, "glue-app", found[1], *options])


def _option(found: re.Match[str]) -> str:
    return f"{OPTIONS[found[1]]} {found[2]}"
