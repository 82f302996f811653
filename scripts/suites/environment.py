"""The environment of the tests: a stack of their own, which never touches the developer's."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from glue_app import glue_versions
from glue_app.bootstrap.layout import python_path
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import ports

_PREFERRED_PORTS = {"4.0": 4596, "5.0": 4597}  # a version's saved stack stays of use beside the other's
_ON_DOCKER = 4616


@dataclass(frozen=True)
class TestsStack:
    """A state folder and a port, one a version of Glue."""

    toolchain: Toolchain
    settings: Settings

    @cached_property
    def edge_port(self) -> int:
        """One for all stages, if possible for the next run too: a snapshot fits its own endpoint only."""
        return _free(_PREFERRED_PORTS[self.settings.glue_version])

    @property
    def state(self) -> Path:
        """That of another version or port is no use to this one."""
        version = self.settings.glue_version
        name = "test" if version == glue_versions.DEFAULT else f"test-{version}"
        preferred = self.edge_port == _PREFERRED_PORTS[version]
        return self.settings.state / (name if preferred else f"{name}-{self.edge_port}")

    def embedded(self) -> dict[str, str]:
        """Return the tests' environment, of the embedded engine, whatever runs on the machine."""
        return self._variables("embedded", self.edge_port, self.state, start_timeout=600)

    def job(self) -> dict[str, str]:
        """Return the same for Glue's Python, with the modules that the job brings along before Glue's own."""
        return self.embedded() | {
            "PYTHONPATH": python_path(self.toolchain.job_modules),
            "JAVA_HOME": self.toolchain.java_home,
        }

    def docker(self) -> dict[str, str]:
        """Of the Docker engine; how it is reached is not in it."""
        env = self._variables("docker", _free(_ON_DOCKER), self._docker_state, start_timeout=300)
        return env | {"GLUE_APP_SUITE": self.containers_of}

    @property
    def containers_of(self) -> str:
        """The label of every container that the tests of this checkout make, whatever its project."""
        return str(self._docker_state)

    @property
    def _docker_state(self) -> Path:
        return self.settings.state / "test-docker"

    def _variables(self, engine: str, port: int, state: Path, start_timeout: int) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
        return env | {
            "ENGINE": engine,
            "EDGE_PORT": str(port),
            "GLUE_VERSION": self.settings.glue_version,
            "GLUE_APP_STATE": str(state),
            "GLUE_APP_START_TIMEOUT": str(start_timeout),  # of what hangs; a machine under load is slow
            "GLUE_APP_SNAPSHOTS": str(state / "snapshots"),
            "TF_CLI_CONFIG_FILE": self.toolchain.terraform_rc,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": python_path(),
        }


def _free(preferred: int) -> int:
    return preferred if ports.is_free(preferred) else ports.free_port()
