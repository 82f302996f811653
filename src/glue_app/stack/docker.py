"""The Docker engine: the services of docker-compose.yml as containers, what they keep on named volumes."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from glue_app.containers.engine import DockerEngine as Docker
from glue_app.emulator.state.saves import Manifest, Saves
from glue_app.settings import Settings
from glue_app.stack import env_file
from glue_app.stack.compose import DATABASES, GLUE, LOCALSTACK, POSTGRES, STATE, Compose, ComposeError
from glue_app.stack.emulator_health import judge_emulator
from glue_app.stack.errors import NotRunningError, SaveFailedError
from glue_app.stack.exchange import IN, Exchange, Journal, remove
from glue_app.stack.http_json import get_json
from glue_app.stack.kept_state import KeptState
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord

_KEPT = ("saves", "s3")


class DockerEngine:
    """Starts, judges and ends the containers of one state folder. LocalStack brings its state back itself
    (glue_app/emulator/state/start.py), also when the Docker engine starts it again.
    """

    name = "docker"

    def __init__(self, settings: Settings, docker: Docker, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._layout = StateLayout(settings.state)
        self._compose = Compose(docker, settings, say)
        self._state = KeptState(settings, say)
        self._exchange = Exchange(self._layout)
        self._say = say

    def up(self) -> StackRecord:
        """See `Engine`."""
        record = self._up()
        self._forget_copy(record)
        return record

    def _up(self) -> StackRecord:
        """Run the stack: the one that is there, mended if need be; else the saved one; else a new one."""
        running = StackRecord.read(self._layout.record)
        if running and running.glue_version != self._settings.glue_version:
            self.down()  # with a save: compose would make the containers anew
        (self._settings.state / "terraform").mkdir(parents=True, exist_ok=True)
        timeout = str(self._settings.start_timeout_s)
        self._compose.follow("up", "--detach", "--build", "--wait", "--wait-timeout", timeout)
        record = StackRecord(
            self.name,
            self._generation(),
            self._settings.edge_port,
            0,
            self._compose.stub_port,
            glue_version=self._settings.glue_version,
        )
        record.write(self._layout.record)
        return record

    def down(self) -> int:
        """See `Engine`."""
        if not self._settings.keep_state:
            return self.forget()
        record = StackRecord.read(self._layout.record)
        if record and self._emulator_lives(record):
            self._state.save_before_the_end(record)
        return self._end()

    def forget(self) -> int:
        """See `Engine`."""
        ended = self._end("--volumes")
        for folder in (self._settings.state / "terraform").glob("docker-*"):
            shutil.rmtree(folder, ignore_errors=True)
        remove([self._layout.port])
        self._compose.forget_addresses()
        return ended

    def leave(self) -> None:
        """See `Engine`."""
        self._end()
        left = self._exchange.place_to_leave()
        self._unload(left)
        if Saves(left).all():
            self._say(f"what was kept lies in {left} until `make clean`")
        else:
            remove([left])
        self.forget()

    def save(self, record: StackRecord, reason: str) -> None:
        """Have the running stack save itself now. Raise SaveFailedError."""
        if self._settings.keep_state:
            self._state.save(record, reason)

    def copy(self, record: StackRecord, folder: Path) -> Manifest:
        """See `Engine`. It is made on the volume and copied out."""
        inside = f"{STATE}/copy-{secrets.token_hex(4)}"
        try:
            self._state.ask_for_copy(record, inside)
            self._compose.run("cp", f"{LOCALSTACK}:{inside}", str(folder))
        finally:
            self._compose.run("exec", "-T", LOCALSTACK, "rm", "-rf", inside)
        return Saves(folder).all()[0].manifest

    def replace_by(self, folder: Path) -> StackRecord:
        """See `Engine`. A copy of what was there lies aside until the new one runs."""
        journal = Journal(self.name, Saves(folder).all()[0].manifest.generation)
        self._state.require_kept()
        self.down()
        try:
            journal = self._set_aside(journal)
            self._load(folder)
            record = self._up()
            if record.generation != journal.generation:
                raise SaveFailedError("what the snapshot holds can't be brought back")
        except BaseException:
            self._undo()
            raise
        self._exchange.finish(journal)
        return record

    def settle(self) -> None:
        """See `Engine`."""
        self._exchange.settle(self._emulator_lives, self._undo, self._say)

    def _emulator_lives(self, record: StackRecord) -> bool:
        return self.health(record).get(LOCALSTACK) == "healthy"

    def _set_aside(self, journal: Journal) -> Journal:
        """Copy what the volumes hold: they are not touched before all of it lies on the disk."""
        self._exchange.begin_copy(journal)
        self._unload(self._layout.replaced)
        return self._exchange.copied(journal)

    def _undo(self) -> None:
        """Put the volumes back. What lies aside stays there until the stack has run again (`up`)."""
        journal = Journal.read(self._layout)
        if journal is None:
            return
        if journal.phase == IN:
            self._say(f"putting the stack back, which lies in {self._layout.replaced}")
            self._end()
            self._load(self._layout.replaced)  # where this fails the journal says so to the next command
            self._exchange.put_back()
        else:
            self._exchange.drop_copy()
        self._say("the stack is as it was: `make up` brings it back")

    def _forget_copy(self, record: StackRecord) -> None:
        """Remove the copy of a stack that was put back, once that stack has run."""
        aside = Saves(self._layout.replaced).all()
        if aside and aside[0].manifest.generation == record.generation:
            remove([self._layout.replaced])

    def versions(self) -> dict[str, str]:
        """See `Engine`. The image tells it."""
        program = (
            "import json, sys; from glue_app.emulator.state.saves import current_versions; "
            "print(json.dumps(current_versions(sys.argv[1])))"
        )
        python = "/opt/code/localstack/.venv/bin/python"
        shown = self._compose.run(
            *("run", "--rm", "--no-deps", "-T", "--entrypoint", python, LOCALSTACK, "-c", program),
            self._settings.endpoint,
        )
        found: dict[str, str] = json.loads(shown.splitlines()[-1])
        return found

    def health(self, record: StackRecord) -> dict[str, str]:
        """See `Engine`."""
        found = dict.fromkeys((LOCALSTACK, POSTGRES, GLUE, "bedrock-stub"), "ended")
        try:
            found |= {name: state or "running" for name, state in self._compose.services()}
        except ComposeError as error:
            return dict.fromkeys(found, error.problem)
        if found[LOCALSTACK] in ("healthy", "starting", "unhealthy"):
            found[LOCALSTACK] = judge_emulator(record, *get_json(f"{record.endpoint}/_glue-app/health"))
        return found

    def egress_guard(self, record: StackRecord) -> str:
        """See `Engine`."""
        return "the containers' internal network"

    def logs(self, service: str, run: str, follow: bool, lines: int) -> None:
        """See `Engine`."""
        if run:
            self._run_log(run)
            return
        names = {"runner": GLUE, "stub": "bedrock-stub"}
        wanted = [names.get(service, service)] if service else []
        options = ["--tail", str(lines), *(["--follow"] if follow else []), *wanted]
        subprocess.run(self._compose.command("logs", *options), env=self._compose.environment(), check=False)

    # ------------------------------------------------------------------ inside
    def _run_log(self, run: str) -> None:
        script = (
            'cd runner/runs && f=$( [ "$0" = last ] && ls -t | head -1 || echo "$0" ) && '
            'for log in "$f"/*.log; do [ -s "$log" ] && { echo "==> $log <=="; cat "$log"; }; done; true'
        )
        print(self._compose.run("exec", "-T", GLUE, "bash", "-c", script, run))

    def _generation(self) -> str:
        status, body = get_json(f"{self._settings.endpoint}/_glue-app/health")
        if status not in (200, 503) or not isinstance(body, dict):
            raise NotRunningError
        return str(body["generation"])

    def _end(self, *options: str) -> int:
        there = len(list(self._compose.services()))
        self._compose.follow("down", "--remove-orphans", *options)
        self._layout.record.unlink(missing_ok=True)
        env_file.withdraw(self._layout)
        return there

    def _unload(self, folder: Path) -> None:
        """Copy what the volumes hold into a folder, as a copy has it."""
        folder.mkdir(parents=True)
        self._compose.run("create")
        for name in _KEPT:
            self._copy_out(f"{LOCALSTACK}:{STATE}/{name}", folder / name)
        self._copy_out(f"{POSTGRES}:{DATABASES}", folder / "rds")

    def _copy_out(self, source: str, target: Path) -> None:
        try:
            self._compose.run("cp", source, str(target))
        except ComposeError as error:
            if "Could not find" not in error.problem and "no such file" not in error.problem.lower():
                raise

    def _load(self, folder: Path) -> None:
        """Make new volumes with this in them."""
        self._compose.run("down", "--volumes")
        self._compose.run("create")
        for name in _KEPT:
            if (folder / name).is_dir():
                self._compose.run("cp", str(folder / name), f"{LOCALSTACK}:{STATE}/")
        databases = sorted((folder / "rds").glob("[!.]*"))
        for entry in databases:  # each by itself: the folder stays postgres's own
            self._compose.run("cp", str(entry), f"{POSTGRES}:{DATABASES}/")
