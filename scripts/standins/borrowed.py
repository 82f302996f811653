"""An engine for tests: the one that is there, else one of our own for as long as it is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.layout import tools_dir
from glue_app.bootstrap.stamps import exclusive
from glue_app.containers import compose, engine
from glue_app.containers.engine import DockerEngine
from glue_app.containers.errors import NoEngineError
from scripts.standins import daemon, get_compose
from scripts.standins.daemon import Daemon


@contextmanager
def borrowed(say: Callable[[str], None], tools: Path | None = None) -> Iterator[DockerEngine]:
    """Lend an engine with compose v2, and end what was started for it, by pid.

    Raises NoEngineError where none can be had.
    """
    folder = tools or tools_dir()
    console = Console(to=say)
    if _answers(dict(os.environ)):
        found = with_compose(dict(os.environ), folder, console)
        say(f"Docker engine: the one that is there ({found})")
        yield found
        return
    reason = daemon.why_not()
    if reason:
        raise NoEngineError(reason)
    lock = daemon.run_folder().with_suffix(".lock")
    with exclusive(lock, "another command uses our Docker engine: waiting for it", say):
        ours = started(folder, console)
        try:
            found = with_compose(ours.environment, folder, console)
            say(f"Docker engine: started for this ({found})")
            yield found
        finally:
            if not ours.kept:
                (Daemon.running() or ours).stop()  # a test may have started it again
                say("Docker engine: ended")


def started(tools: Path, console: Console, kept: bool = False) -> Daemon:
    """Ours: one that still runs, else a new one. Raises NoEngineError."""
    running = Daemon.running()
    if running and _answers(running.environment):
        return running
    if running:
        running.stop()
    return daemon.start(tools, console, kept)


def with_compose(environment: dict[str, str], tools: Path, console: Console) -> DockerEngine:
    """Return the engine with a compose v2, which is got where there is none. Raises NoEngineError."""
    docker, version = engine.answering(environment)
    if not compose.find(docker, environment, tools):
        try:
            get_compose.get(tools, console)
        except BootstrapError as e:
            raise NoEngineError(f"Docker {version} answers, but {e.problem}") from e
    return engine.reach(environment, tools)


def _answers(environment: dict[str, str]) -> bool:
    try:
        engine.answering(environment)
    except NoEngineError:
        return False
    return True
