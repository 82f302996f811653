"""`python3 -m scripts.bootstrap`: set the machine up, or with `doctor` say how it stands."""

from __future__ import annotations

import argparse
import sys

from scripts.bootstrap.console import Console
from scripts.bootstrap.doctor import doctor
from scripts.bootstrap.errors import BootstrapError
from scripts.bootstrap.glue_versions import UnknownGlueVersionError
from scripts.bootstrap.runner import prepare


def main() -> int:
    """0 when everything is there."""
    parser = argparse.ArgumentParser(prog="bootstrap", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("prepare", "doctor"), default="prepare")
    options = parser.parse_args()
    try:
        if options.command == "doctor":
            return doctor()
        prepare(Console())
    except (BootstrapError, UnknownGlueVersionError) as e:
        print(f"\nbootstrap failed: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbootstrap interrupted; run it again and it goes on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
