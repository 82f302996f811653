"""Finds a Docker engine that answers, and compose v2 to go with it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glue_app.bootstrap.layout import tools_dir
from glue_app.bootstrap.process import output
from glue_app.containers import compose
from glue_app.containers.errors import NoEngineError

_ANSWER_S = 20
_VERSION = re.compile(r"^\d+\.\d+\.\d+\S*$", re.MULTILINE)


@dataclass(frozen=True)
class DockerEngine:
    """An engine that answered. `docker` and `compose` begin a command; run it with `environment`."""

    docker: list[str]
    compose: list[str]
    version: str
    compose_version: str
    environment: dict[str, str]

    def __str__(self) -> str:
        where = self.environment.get("DOCKER_HOST")
        return f"Docker {self.version}, compose {self.compose_version}" + (f", {where}" if where else "")


def find(environment: Mapping[str, str] = os.environ, tools: Path | None = None) -> DockerEngine | None:
    """Return the engine that `environment` (DOCKER_HOST, the user's Docker context) leads to, or None."""
    try:
        return reach(environment, tools)
    except NoEngineError:
        return None


def reach(environment: Mapping[str, str] = os.environ, tools: Path | None = None) -> DockerEngine:
    """Do the same, but raise NoEngineError, which says what is missing."""
    docker, version = answering(environment)
    found = compose.find(docker, environment, tools or tools_dir())
    if not found:
        raise NoEngineError(
            f"Docker {version} answers, but compose v2 is not there",
            "install Docker's compose plugin (apt-get install docker-compose-plugin, Docker Desktop has it)",
        )
    return DockerEngine([docker], found.command, version, found.version, dict(environment))


def answering(environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """(docker, version of the engine that answers it). Raise NoEngineError, which says why none does."""
    docker = shutil.which("docker", path=environment.get("PATH"))
    if not docker:
        raise NoEngineError("there is no program `docker` on PATH")
    # warnings may stand before or after it
    printed = output([docker, "info", "--format", "{{.ServerVersion}}"], _ANSWER_S, environment)
    version = _VERSION.search(printed or "")
    if not version:
        where = environment.get("DOCKER_HOST") or "the user's Docker context"
        raise NoEngineError(f"`docker info` gets no answer ({where})")
    return docker, version.group()
