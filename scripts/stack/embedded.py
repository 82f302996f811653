"""The embedded engine: LocalStack, the Glue runner and the Bedrock stub as processes of this machine."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from scripts.bootstrap.layout import ROOT
from scripts.bootstrap.stamps import write_atomically
from scripts.bootstrap.toolchain import Toolchain
from scripts.settings import Settings
from scripts.stack import ports, processes
from scripts.stack.errors import PortTakenError, ServiceFailedError
from scripts.stack.http_get import get_json
from scripts.stack.layout import StateLayout
from scripts.stack.processes import Process
from scripts.stack.record import StackRecord, new_generation
from scripts.stack.services import LOCALSTACK, RUNNER, STUB, Service, services


def _judge_emulator(record: StackRecord, status: int, body: Any) -> str:
    """`healthy` when this life of the emulator answers and the services that keep resources are up.

    Its answer (emulator/host/health.py): `{"generation": "…", "services": {"rds": "up", "stub": "down: …"}}`.
    The runner and the stub keep none; they are judged, and mended, by themselves.
    """
    if status not in (200, 503) or not isinstance(body, dict):
        return f"answers {status} for /_glue-app/health" if status else "doesn't answer"
    if body.get("generation") != record.generation:
        return f"is of another life of the stack: {body.get('generation')}"
    down = [
        f"{name} {state}"
        for name, state in body.get("services", {}).items()
        if state != "up" and name not in (RUNNER, STUB)
    ]
    return "; ".join(down) or "healthy"


class EmbeddedEngine:
    """Starts, judges and ends the processes of one state folder."""

    name = "embedded"

    def __init__(self, settings: Settings, toolchain: Toolchain, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._toolchain = toolchain
        self._layout = StateLayout(settings.state)
        self._say = say

    def up(self) -> StackRecord:
        """The running stack: the one that is there, mended if need be, else a new one."""
        record = StackRecord.read(self._layout.record)
        if record and self._emulator_lives(record) and record.edge_port == self._settings.edge_port:
            self._mend(record)
            return record
        self.down()
        return self._start()

    def down(self) -> int:
        """End every process of this state folder and forget what lived in the emulator; how many ended."""
        record = StackRecord.read(self._layout.record)
        ours = list(record.processes.values()) if record else []
        there = [process for process in ours if process.alive]
        # LocalStack first and with time: it stops the database servers in order
        processes.end(there, grace_s=15)
        leftovers = processes.of_stack(self._settings.state)
        processes.end(leftovers, grace_s=5)
        self._layout.record.unlink(missing_ok=True)
        self._layout.env_file.unlink(missing_ok=True)
        for path in self._layout.of_a_generation():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        return len(there) + len(leftovers)

    def health(self, record: StackRecord) -> dict[str, str]:
        """Service → `healthy`, or what is wrong with it."""
        found = {}
        for service in services(self._settings, self._toolchain, record):
            process = record.processes.get(service.name)
            if process is None or not process.alive:
                found[service.name] = "ended"
            else:
                found[service.name] = self._ask(service, record)
        return found

    def _ask(self, service: Service, record: StackRecord) -> str:
        status, _ = get_json(service.health)
        if status != 200:
            return f"answers {status}" if status else "doesn't answer"
        if service.name != LOCALSTACK:
            return "healthy"
        return _judge_emulator(record, *get_json(f"{record.endpoint}/_glue-app/health"))

    def _emulator_lives(self, record: StackRecord) -> bool:
        """Its process, and with it every resource that Terraform made. A database that died isn't mended."""
        state = self.health(record)
        if state[LOCALSTACK] == "healthy":
            return True
        self._say(f"the stack of {record.generation} is gone: LocalStack {state[LOCALSTACK]}")
        return False

    def _mend(self, record: StackRecord) -> None:
        """Start the processes that keep no resources again, at the same ports."""
        state = self.health(record)
        broken = [s for s in services(self._settings, self._toolchain, record) if state[s.name] != "healthy"]
        for service in broken:
            self._say(f"{service.name} {state[service.name]}: starting it again")
            if service.name in record.processes:
                processes.end([record.processes[service.name]])
        self._launch(record, broken)

    def _start(self) -> StackRecord:
        port = self._settings.edge_port
        if not ports.is_free(port):
            raise PortTakenError(port, ports.holder(port))
        record = StackRecord(self.name, new_generation(), port, ports.free_port(), ports.free_port())
        self._settings.state.mkdir(parents=True, exist_ok=True)
        write_atomically(self._layout.token, secrets.token_urlsafe(32), mode=0o600)
        try:
            self._launch(record, services(self._settings, self._toolchain, record))
        except ServiceFailedError:
            self.down()  # half a stack is of no use; the logs stay
            raise
        return record

    def _launch(self, record: StackRecord, wanted: list[Service]) -> None:
        started = time.monotonic()
        running = []
        for service in wanted:
            log = self._layout.log(service.name)
            child = processes.spawn(service.command, service.environment, ROOT, log)
            running.append((service, child))
            process = Process.of(child.pid)
            if process is None:
                raise ServiceFailedError(service.name, "ended at once", log)
            record.processes[service.name] = process
            record.write(self._layout.record)  # at once: a kill from here on leaves no unknown process
        deadline = started + self._settings.start_timeout_s
        for service, child in running:
            self._wait_for(service, child, record, deadline)
            self._say(f"{service.name} ready after {time.monotonic() - started:.1f} s, port {service.port}")

    def _wait_for(
        self, service: Service, child: subprocess.Popen[bytes], record: StackRecord, deadline: float
    ) -> None:
        log = self._layout.log(service.name)
        state = "doesn't answer"
        while time.monotonic() < deadline:
            if child.poll() is not None:
                with suppress(OSError):
                    last = log.read_text(errors="replace").strip().splitlines()[-1:]
                    raise ServiceFailedError(
                        service.name, f"ended with {child.returncode}: {''.join(last)}", log
                    )
            state = self._ask(service, record)
            if state == "healthy":
                return
            time.sleep(0.1)
        raise ServiceFailedError(service.name, f"{state} after {self._settings.start_timeout_s} s", log)
