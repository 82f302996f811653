"""`python -m glue_app.stack up|start|down|status|apply|diag-on|diag|diag-off|logs|psql|env|clean`."""

from __future__ import annotations

import argparse
import sys

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.cli import entry
from glue_app.settings import Settings
from glue_app.stack import psql
from glue_app.stack.commands import Commands


def main(argv: list[str] | None = None) -> int:
    """0 when the command did what it should."""
    options = _parser().parse_args(argv)
    return entry.run(options.command, lambda settings: _run(options, settings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "start", "down", "status", "apply", "env", "diag", "diag-on", "diag-off"):
        commands.add_parser(name)
    log = commands.add_parser("logs")
    log.add_argument("--service", default="", help="localstack, runner, stub, terraform; default: all")
    log.add_argument("--run", default="", help="id of a job run, or `last`")
    log.add_argument("--follow", default="", help="1: go on printing")
    prompt = commands.add_parser("psql")
    prompt.add_argument("--role", default="", help="bi_reader; default: the administrator")
    prompt.add_argument("--sql", default="", help="run this and end; default: a prompt")
    prompt.add_argument("arguments", nargs="*", help="passed on to psql")
    commands.add_parser("clean").add_argument("--tools", default="", help="1: the toolchains too")
    return parser


def _run(options: argparse.Namespace, settings: Settings) -> int:
    commands = Commands(settings, Toolchain.load(settings.tools, settings.glue_version), _say)
    if options.command == "logs":
        commands.logs(options.service, options.run, options.follow == "1")
        return 0
    if options.command == "status":
        return 0 if commands.status() else 1
    if options.command == "psql":
        endpoint, outputs = commands.running().endpoint, commands.outputs()
        arguments = (["-c", options.sql] if options.sql else []) + options.arguments
        return psql.connect(endpoint, outputs, arguments, options.role or psql.ADMINISTRATOR)
    if options.command == "clean":
        commands.clean(tools=options.tools == "1")
        return 0
    getattr(commands, options.command.replace("-", "_"))()
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
