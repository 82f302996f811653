from __future__ import annotations

from tests.support.docker_fixtures import docker, engine

__all__ = ["docker", "engine"]
