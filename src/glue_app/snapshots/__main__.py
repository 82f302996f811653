"""`python -m glue_app.snapshots create|restore|list|diff`: what the Makefile calls."""

from __future__ import annotations

import argparse
import sys

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.settings import Settings
from glue_app.snapshots.commands import SnapshotCommands
from glue_app.stack.commands import Commands


def main(argv: list[str] | None = None) -> int:
    """0 when the command did what it should."""
    options = _parser().parse_args(argv)
    return entry.run(options.command, lambda settings: _run(options, settings))


def _run(options: argparse.Namespace, settings: Settings) -> int:
    stack = Commands(settings, Toolchain.load(settings.tools, settings.glue_version), _say)
    commands = SnapshotCommands(settings, stack, _say)
    if options.command == "create":
        commands.create(options.name)
    elif options.command == "restore":
        commands.restore(options.name, trust=options.trust == "1")
    elif options.command == "diff":
        commands.diff(options.before, options.after)
    else:
        commands.list()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="snapshots", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("create").add_argument("--name", default="", help="how to call it")
    restore = commands.add_parser("restore")
    restore.add_argument("--name", default="", help="a snapshot's name, or the path of its file")
    restore.add_argument("--trust", default="", help="1: load a file that somebody else made")
    compare = commands.add_parser("diff")
    compare.add_argument("--before", default="", help="a snapshot")
    compare.add_argument("--after", default="", help="another one; default: the running stack")
    commands.add_parser("list")
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
