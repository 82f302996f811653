"""`python3 -m glue_app.cli.setup`: what runs before the host environment is there, on any Python from 3.8 on.

It makes that environment; with `doctor` it says how the machine stands. `scripts/with-host` starts it.
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
    parser = argparse.ArgumentParser(prog="setup", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("prepare", "doctor"), default="prepare")
    options = parser.parse_args()
    return entry.run("bootstrap", lambda _: doctor() if options.command == "doctor" else _prepare())


def _prepare() -> int:
    prepare(Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
