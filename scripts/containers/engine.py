"""placeholder until the helper's"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class DockerEngine:
    docker: list[str]
    compose: list[str]
    version: str
    environment: dict[str, str] = field(default_factory=dict)


def find(tools: Path | None = None) -> DockerEngine | None:
    if subprocess.run(["docker", "info"], capture_output=True).returncode:
        return None
    env = {n: os.environ[n] for n in ("DOCKER_HOST",) if n in os.environ}
    return DockerEngine(["docker"], [os.environ.get("TMP_COMPOSE", "docker-compose")], "x", env)
