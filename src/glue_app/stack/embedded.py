"""The embedded engine: LocalStack, the Glue runner and the Bedrock stub as processes of this machine."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.stamps import write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.state.generations import new_generation
from glue_app.emulator.state.saves import Manifest, Saves, current_versions
from glue_app.settings import Settings
from glue_app.stack import env_file, logs, ports, privacy, processes
from glue_app.stack.emulator_health import judge_emulator
from glue_app.stack.errors import PortTakenError, SaveFailedError, ServiceFailedError
from glue_app.stack.exchange import Exchange, Journal, remove
from glue_app.stack.http_json import get_json
from glue_app.stack.kept_state import KeptState
from glue_app.stack.layout import StateLayout
from glue_app.stack.processes import Process
from glue_app.stack.record import StackRecord
from glue_app.stack.services import LOCALSTACK, RUNNER, STUB, Service, services


class EmbeddedEngine:
    """Starts, judges and ends the processes of one state folder."""

    name = "embedded"

    def __init__(self, settings: Settings, toolchain: Toolchain, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._toolchain = toolchain
        self._layout = StateLayout(settings.state)
        self._say = say
        self._state = KeptState(settings, say)
        self._exchange = Exchange(self._layout)

    def up(self) -> StackRecord:
        """See `Engine`. Take the stack that is there, mended if need be, else the saved one, or a new one."""
        record = StackRecord.read(self._layout.record)
        if record and self._emulator_lives(record):
            if record.glue_version == self._settings.glue_version:
                self._mend(record)
                return record
            self.down()
        self._end()
        return self._bring_back() or self._start_anew()

    def down(self) -> int:
        """Save the stack and end every process of this state folder; how many ended."""
        record = StackRecord.read(self._layout.record)
        if record is None or not self._settings.keep_state:
            return self.forget() if not self._settings.keep_state else self._end()
        emulator = record.processes.get(LOCALSTACK)  # none: killed while it was being started
        if emulator is not None and emulator.alive:
            self._state.save_before_the_end(record)
        return self._end()

    def forget(self) -> int:
        """End every process of this state folder and remove all that was kept; how many ended."""
        ended = self._end()
        remove(self._layout.of_a_generation())
        return ended

    def leave(self) -> None:
        """See `Engine`."""
        self._end()
        left = self._exchange.leave_behind()
        if left is not None:
            self._say(f"what was kept lies in {left} until `make clean`")
        self.forget()

    def save(self, record: StackRecord, reason: str) -> None:
        """Have the running stack save itself now. Raise SaveFailedError."""
        if self._settings.keep_state:
            self._state.save(record, reason)

    def copy(self, record: StackRecord, folder: Path) -> Manifest:
        """See `Engine`."""
        return self._state.copy(record, folder)

    def versions(self) -> dict[str, str]:
        """See `Engine`."""
        return current_versions(self._settings.endpoint)

    def logs(self, service: str, run: str, follow: bool, lines: int) -> None:
        """See `Engine`."""
        logs.show(self._layout, service, run, follow, lines)

    def replace_by(self, folder: Path) -> StackRecord:
        """See `Engine`. What was there lies aside until the new one runs."""
        journal = Journal(self.name, Saves(folder).all()[0].manifest.generation)
        self._state.require_kept()
        self.down()
        try:
            journal = self._exchange.begin(journal)
            self._state.adopt(folder)
            record = self._bring_back()
            if record is None:
                raise SaveFailedError("what the snapshot holds can't be brought back")
        except BaseException:
            self._undo()
            raise
        self._exchange.finish(journal)
        return record

    def settle(self) -> None:
        """See `Engine`."""
        self._exchange.settle(self._emulator_lives, self._undo, self._say)

    def _undo(self) -> None:
        """Put back what lies aside; where that fails it goes on lying there, and the journal says so."""
        journal = Journal.read(self._layout)
        if journal is not None:
            self._end()
            self._exchange.undo(journal)
            self._say("the stack is as it was: `make up` brings it back")

    def _bring_back(self) -> StackRecord | None:
        """Start the newest saved stack that can be started; None when there is none.

        Raise ServiceFailedError where the fault is not the save's own: it did not answer in time, say.
        """
        if not self._settings.keep_state:
            return None
        for save in self._state.sound_saves():
            self._state.lay_out(save)
            try:
                record = self._start(save.manifest.generation, restore=save.folder)
            except ServiceFailedError as error:
                if error.code is None or error.code <= 0:  # too slow, or killed: the next try may do
                    raise
                self._say(f"{save} can't be brought back ({error.problem}): the one before is tried")
                continue
            self._say(f"brought back: {save}")
            return record
        return None

    def _start_anew(self) -> StackRecord:
        """Start a new stack; what could not be brought back is set aside."""
        left = self._exchange.leave_behind() if self._settings.keep_state else None
        if left is not None:
            self._say(f"what could not be brought back lies in {left} until `make clean`")
        self.forget()
        return self._start(new_generation())

    def _end(self) -> int:
        """End every process of this state folder; how many ended. What they kept stays."""
        record = StackRecord.read(self._layout.record)
        ours = list(record.processes.values()) if record else []
        there = [process for process in ours if process.alive]
        # LocalStack first and with time: it stops the database servers in order
        processes.end(there, grace_s=15)
        leftovers = processes.end_stack(self._settings.state)
        self._layout.record.unlink(missing_ok=True)
        env_file.withdraw(self._layout)
        remove(self._layout.of_a_life())
        return len(there) + leftovers

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

    def egress_guard(self, record: StackRecord) -> str:
        """See `Engine`."""
        _, health = get_json(f"{record.runner_url}/healthz")
        return str(health.get("egress_guard", "unknown")) if isinstance(health, dict) else "unknown"

    def _ask(self, service: Service, record: StackRecord) -> str:
        status, _ = get_json(service.health)
        if status != 200:
            return f"answers {status}" if status else "doesn't answer"
        if service.name != LOCALSTACK:
            return "healthy"
        # the runner and the stub keep no resources: they are judged, and mended, by themselves
        answer = get_json(f"{record.endpoint}/_glue-app/health")
        return judge_emulator(record, *answer, apart=(RUNNER, STUB))

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

    def _start(self, generation: str, restore: Path | None = None) -> StackRecord:
        """Raise PortTakenError, ServiceFailedError; then nothing is left running."""
        port = self._settings.edge_port
        if not ports.is_free(port):
            raise PortTakenError(port, ports.holder(port))
        record = StackRecord(self.name, generation, port, ports.free_port(), ports.free_port())
        record.glue_version = self._settings.glue_version
        privacy.close(self._layout)
        write_atomically(self._layout.token, secrets.token_urlsafe(32), mode=0o600)
        try:
            self._launch(record, services(self._settings, self._toolchain, record, restore))
        except ServiceFailedError:
            self._end()  # half a stack is of no use; the logs stay
            raise
        return record

    def _launch(self, record: StackRecord, wanted: list[Service]) -> None:
        started = time.monotonic()
        running = []
        for service in wanted:
            log = self._layout.log(service.name)
            service.prepare()
            child = processes.spawn(service.command, service.environment, ROOT, log, privacy.umask())
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
                    problem = f"ended with {child.returncode}: {''.join(last)}"
                    raise ServiceFailedError(service.name, problem, log, child.returncode)
            state = self._ask(service, record)
            if state == "healthy":
                return
            time.sleep(0.1)
        raise ServiceFailedError(service.name, f"{state} after {self._settings.start_timeout_s} s", log)
