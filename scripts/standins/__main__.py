"""`python -m scripts.standins ensure [4.0|5.0]`: prepare the images, say which they are."""

from __future__ import annotations

import argparse
import os
import sys

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.layout import tools_dir
from glue_app.cli import entry
from glue_app.containers import images
from glue_app.containers.errors import NoEngineError
from scripts.standins import prepare
from scripts.standins.borrowed import borrowed, started, with_compose
from scripts.standins.daemon import Daemon, why_not


def main(argv: list[str] | None = None) -> int:
    """0 when it was done."""
    parser = argparse.ArgumentParser(prog="standins", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    ensure = commands.add_parser("ensure", help="have the stack's images: present, pulled or stand-ins")
    ensure.add_argument("glue", nargs="*", choices=["4.0", "5.0"], help="Glue versions; default: 4.0")
    ensure.add_argument("--replace", action="store_true", help="try to pull what a stand-in is there for")
    commands.add_parser("start", help="an engine of ours that stays, where none is; prints how to reach it")
    commands.add_parser("stop", help="end that engine")
    arguments = parser.parse_args(argv)
    work = {"ensure": _ensure, "start": _start, "stop": _stop}[arguments.command]
    return entry.run(f"standins {arguments.command}", lambda _: work(arguments))


def _ensure(arguments: argparse.Namespace) -> int:
    versions = arguments.glue or ["4.0"]
    names = dict.fromkeys(name for version in versions for name in images.names_for(version))
    with borrowed(print) as engine:
        prepare.ensure(engine, names, print, replace_stand_ins=arguments.replace)
    return 0


def _start(_: argparse.Namespace) -> int:
    console = Console()
    reason = why_not()
    if reason:
        raise NoEngineError(reason)
    daemon = started(tools_dir(), console, kept=True)
    engine = with_compose(daemon.environment, tools_dir(), console)
    print(f"export DOCKER_HOST={engine.environment['DOCKER_HOST']}")
    print(f"# compose {engine.compose_version}: {' '.join(engine.compose)}")
    return 0


def _stop(_: argparse.Namespace) -> int:
    daemon = Daemon.running()
    if daemon:
        daemon.stop()
    print("ended" if daemon else "none runs", file=sys.stderr)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
