"""`docker compose` for one state folder: a project of its own, the variables of docker-compose.yml."""

from __future__ import annotations

import hashlib
import ipaddress
import itertools
import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.stamps import write_atomically
from glue_app.containers import images
from glue_app.containers.engine import DockerEngine
from glue_app.settings import Settings
from glue_app.stack import ports
from glue_app.stack.errors import StackError
from glue_app.stack.layout import StateLayout
from glue_app.stack.services import inherited

LOCALSTACK, POSTGRES, GLUE, STUB = "localstack", "postgres", "glue", "bedrock-stub"
STATE, DATABASES = "/var/lib/glue-app", "/var/lib/postgresql/data"
"""Where the volumes lie in the containers."""

_PUBLISHED = 4  # DB instances that the postgres container has ports for
_TRIES = 64  # addresses of the network
_RUNNER_HOMES = {"4.0": "/home/glue_user/workspace", "5.0": "/home/hadoop/workspace"}
_TOLD = ("Pulling", "Pulled", "Building", "Built", "Healthy", "Error", "error", "failed")


class ComposeError(StackError):
    """A compose command failed."""

    def __init__(self, command: str, said: str, log: Path) -> None:
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
        super().__init__(f"docker compose {command}: {last.strip()}", f"make logs   ({log})")


class Compose:
    """Runs compose for the stack of one state folder."""

    def __init__(self, engine: DockerEngine, settings: Settings, say: Callable[[str], None]) -> None:
        self._engine = engine
        self._settings = settings
        self._layout = StateLayout(settings.state)
        self._say = say
        self.project = "glue-app-" + hashlib.sha256(str(settings.state).encode()).hexdigest()[:8]
        self.log = self._layout.log("compose")

    def run(self, *arguments: str) -> str:
        """Run a compose command and return its output. Raise ComposeError."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            self._note(done.stderr)
            raise ComposeError(" ".join(arguments[:1]), done.stderr or done.stdout, self.log)
        return done.stdout

    def docker(self, *arguments: str) -> str:
        """Run a docker command and return its output. Raise ComposeError."""
        command = [*self._engine.docker, *arguments]
        done = subprocess.run(
            command, env=os.environ | self._engine.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise ComposeError(" ".join(arguments[:1]), done.stderr, self.log)
        return done.stdout

    def follow(self, *arguments: str) -> None:
        """Run it and say what happens as it happens. Raise ComposeError."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        said: list[str] = []
        with subprocess.Popen(
            self.command(*arguments),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as child:
            for line in child.stdout or ():
                said.append(line)
                if any(word in line for word in _TOLD):
                    self._say(f"  {line.strip()}")
        self._note("".join(said))
        if child.returncode:
            raise ComposeError(" ".join(arguments[:1]), "".join(said[-20:]), self.log)

    def command(self, *arguments: str) -> list[str]:
        """Return the whole command line, for those who run it themselves with `environment`."""
        files = ["--project-name", self.project, "--file", str(ROOT / "docker-compose.yml")]
        return [*self._engine.compose, *files, "--progress", "plain", *arguments]

    def services(self) -> Iterator[tuple[str, str]]:
        """Yield each service with a container, and its health (`healthy`, `starting`, `exited (137)`, …)."""
        for line in self.run("ps", "--all", "--format", "json").splitlines():
            shown = json.loads(line)
            for one in shown if isinstance(shown, list) else [shown]:  # older versions: one list
                state = str(one["State"])
                ended = f"{state} ({one.get('ExitCode')})" if state == "exited" else state
                yield str(one["Service"]), str(one.get("Health") or "") if state == "running" else ended

    def environment(self) -> dict[str, str]:
        """Return the variables of docker-compose.yml, and what compose itself needs."""
        settings = self._settings
        version, published = settings.glue_version, self._published()
        # the engine's address, and nothing of the developer's shell that compose or a container could read
        base = inherited(os.environ) | _of_docker(self._engine.environment)
        addresses = {f"GLUE_APP_RDS_{n}": address for n, address in enumerate(published["rds"], start=1)}
        return {
            **base,
            **addresses,
            "EDGE_PORT": str(settings.edge_port),
            "GLUE_APP_STUB_PORT": str(published["stub"]),
            "GLUE_APP_TERRAFORM": str(settings.state / "terraform"),
            "GLUE_APP_GLUE_VERSION": version,
            "GLUE_APP_GLUE_IMAGE": images.reference(f"glue-{version}"),
            "GLUE_APP_RUNNER_HOME": _RUNNER_HOMES[version],
            "GLUE_APP_JARS": str(settings.tools / "jars" / version),
            "GLUE_APP_KEEP_STATE": "1" if settings.keep_state else "0",
            "GLUE_APP_DEBUG": "1" if settings.debug else "0",
            "RUNNER_WARM_JVMS": "2" if settings.warm_jvm else "0",
            "GLUE_APP_SUITE": os.environ.get("GLUE_APP_SUITE", ""),
        }

    # ------------------------------------------------------------------ what is published
    @property
    def stub_port(self) -> int:
        """The port of the Bedrock stub on 127.0.0.1."""
        return int(self._published()["stub"])

    def forget_addresses(self) -> None:
        """Forget the addresses that were published: the next stack may have others."""
        self._published_file.unlink(missing_ok=True)

    @property
    def _published_file(self) -> Path:
        return self._layout.root / "run" / "published.json"

    def _published(self) -> dict[str, Any]:
        """`rds`: `address:port` of each DB instance there may be. The same until `forget_addresses`."""
        try:
            kept: dict[str, Any] = json.loads(self._published_file.read_text(encoding="utf-8"))
            if len(kept["rds"]) != _PUBLISHED or not kept["stub"]:
                raise ValueError
        except (OSError, ValueError, KeyError, TypeError):
            kept = {"rds": _free_addresses(self._settings.rds_network), "stub": ports.free_port()}
            self._published_file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._published_file, json.dumps(kept))
        return kept

    def _note(self, text: str) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log:
            log.write(text)


def _of_docker(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("DOCKER_")}


def _free_addresses(network: ipaddress.IPv4Network) -> list[str]:
    """Return the lowest addresses with port 5432 free; where there is only 127.0.0.1, free ports of it."""
    candidates = (str(address) for address in itertools.islice(network.hosts(), _TRIES))
    free = (f"{address}:5432" for address in candidates if ports.is_free(5432, address))
    found = list(itertools.islice(free, _PUBLISHED))
    return [*found, *(f"127.0.0.1:{port}" for port in ports.free_ports(_PUBLISHED - len(found)))]
