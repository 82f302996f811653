"""Containers that an interrupted suite left: the Docker engine would start them again, whenever it starts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from glue_app.containers.engine import DockerEngine

LABEL = "glue-app.suite"
"""What docker-compose.yml gives to each container of a stack: its GLUE_APP_SUITE, empty but in tests."""

_PROJECT = "com.docker.compose.project"


@contextmanager
def removed(engine: DockerEngine, suite: str, say: Callable[[str], None]) -> Iterator[None]:
    """Remove what earlier tests of `suite` left, and afterwards what these leave, also when interrupted."""
    _remove(engine, suite, say)
    try:
        yield
    finally:
        _remove(engine, suite, say)


def _remove(engine: DockerEngine, suite: str, say: Callable[[str], None]) -> None:
    """Whole projects: their containers, volumes and networks. Of a container that goes by itself, nothing."""
    shown = _docker(
        engine,
        "ps",
        "--all",
        "--filter",
        f"label={LABEL}={suite}",
        "--format",
        f'{{{{.Label "{_PROJECT}"}}}}',
    )
    for project in sorted(set(shown) - {""}):
        say(f"Docker: removing {project}, which interrupted tests left")
        of_project = ("--quiet", "--filter", f"label={_PROJECT}={project}")
        for kind, ids, remove in (
            ("container", ("container", "ls", "--all", *of_project), ("rm", "--force", "--volumes")),
            ("volume", ("volume", "ls", *of_project), ("rm", "--force")),
            ("network", ("network", "ls", *of_project), ("rm",)),
        ):
            found = _docker(engine, *ids)
            if found:
                _docker(engine, kind, *remove, *found)


def _docker(engine: DockerEngine, *arguments: str) -> list[str]:
    """Lines of what it prints; none where it fails: what can't be removed now is there the next time."""
    done = subprocess.run(
        [*engine.docker, *arguments],
        env=engine.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines() if done.returncode == 0 else []
