"""`python3 -m glue_app.bootstrap`: set the machine up, or with `doctor` say how it stands.

`scripts/with-host` starts it by whatever Python 3.8 or later is there: the command `glue-app` needs packages.
"""

from __future__ import annotations

import argparse
import sys

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.doctor import doctor
from glue_app.bootstrap.runner import prepare
from glue_app.cli import entry


def main() -> int:
    """0 when everything is there."""
    parser = argparse.ArgumentParser(prog="bootstrap", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("prepare", "doctor"), default="prepare")
    options = parser.parse_args()
    return entry.run("bootstrap", lambda _: doctor() if options.command == "doctor" else _prepare())


def _prepare() -> int:
    prepare(Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
