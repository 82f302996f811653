"""What `make up`, `start`, `down`, `apply`, `status`, `env`, `diag` and `clean` do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from glue_app import package
from glue_app.bootstrap import owned, session_manager_plugin, trust
from glue_app.bootstrap.stamps import exclusive, is_held, write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.state.saves import Manifest
from glue_app.settings import Settings
from glue_app.stack import diagnosis, env_file, gold_authority, privacy, psql
from glue_app.stack.engine import Engine, choose
from glue_app.stack.errors import (
    NotRunningError,
    OtherGlueVersionError,
    OtherPortError,
    StackError,
    TerraformFailedError,
)
from glue_app.stack.exchange import Journal, entries_of
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from glue_app.stack.spark_training import Training
from glue_app.stack.terraform import INFRA, Terraform

_LOG_LINES = 40
_PARTS = {"embedded": "processes", "docker": "containers"}


class Commands:
    """The commands on the stack of one state folder."""

    def __init__(
        self, settings: Settings, toolchain: Toolchain, say: Callable[[str], None], infra: Path = INFRA
    ) -> None:
        self._settings = settings
        self._toolchain = toolchain
        self._say = say
        self._infra = infra
        self._layout = StateLayout(settings.state)
        owned.require(settings.state, owned.STATE)
        owned.require(settings.tools, owned.TOOLS)
        self._engine: Engine = choose(settings, toolchain, say)

    def up(self) -> None:
        """A running stack with everything applied; what is there already is kept."""
        with self._exclusive():
            self._package()
            record = self._start()
            self._apply(record, always=False)
        self._greet(record)

    def start(self) -> None:
        """The processes only."""
        with self._exclusive():
            record = self._start()
        self._greet(record)

    def apply(self) -> None:
        """Bring the running stack's resources to what `infra/` and `glue/` say now."""
        with self._exclusive():
            record = self.running()
            self._require_own_version(record)
            self._package()
            self._apply(record, always=True)

    def diag_on(self) -> None:
        """The diagnostic instance with all it needs, and the commands that reach Gold through it."""
        with self._exclusive():
            self._apply_variables(diagnosis.ON)
        self.diag()

    def diag_off(self) -> None:
        """Without the diagnostic instance again. Raises StackError where an apply would change more."""
        with self._exclusive():
            self._apply_variables(diagnosis.OFF)
            self._say("looking whether anything is left to change …")
            if changes := self.pending_changes():
                raise diagnosis.ChangesLeftError(changes)
        self._say("diag-off: the instance, its role, group and endpoints are gone; nothing is left to change")

    def diag(self) -> None:
        """Print how to reach Gold through the diagnostic instance."""
        record = self.running()
        outputs = self.outputs()
        plugin = session_manager_plugin.find(self._settings.tools)
        user = psql.secret_of(record.endpoint, outputs)["username"]
        self._say(diagnosis.procedure(outputs, user, _short(self._layout.env_file), plugin))

    def down(self) -> None:
        """Save the stack and end it; `up` brings it back."""
        with self._exclusive():
            self._require_own_engine()
            ended = self._engine.down()
        self._say(
            f"down: {ended} {_PARTS[self._engine.name]} ended" if ended else "down: nothing was running"
        )

    def versions(self) -> dict[str, str]:
        """What a save must have been written with to be brought back by this engine."""
        return self._engine.versions()

    def logs(self, service: str, run: str, follow: bool) -> None:
        """Print what was logged."""
        self._engine.logs(service, run, follow, _LOG_LINES)

    def inputs(self) -> str:
        """Digest of all that an apply reads."""
        self._package()
        record = StackRecord(self._engine.name, "", 0, 0, 0, glue_version=self._settings.glue_version)
        return self._terraform(record).inputs()

    def pending_changes(self) -> str:
        """What an apply would change, in Terraform's words; empty when the stack is as `infra/` says."""
        return self._terraform(self.running()).pending_changes()

    def save(self, reason: str) -> None:
        """Save the running stack now, whatever it would do by itself. Raises StackError."""
        self._engine.save(self.running(), reason)

    def copy_of_running(self, folder: Path) -> Manifest:
        """Everything that the running stack holds, in `folder` (not there yet). Raises StackError."""
        with self._exclusive():
            return self._engine.copy(self.running(), folder)

    def replace_by(self, folder: Path) -> None:
        """The stack of such a copy in the place of the one there is, which stays when that fails."""
        with self._exclusive():
            record = self._engine.replace_by(folder)
            self._note_port(record)
            gold_authority.fetch(record, self._layout)
            env_file.write(self._settings, self._toolchain, record)
        self._greet(record)

    def forget(self) -> None:
        """End the stack and remove what it kept: `up` begins anew. Logs and snapshots stay."""
        with self._exclusive():
            self._require_own_engine()
            self._engine.forget()

    def clean(self, tools: bool) -> None:
        """`forget`, and remove what we put into the state folder and `glue/dist`, if asked for the tools too.

        Raises NotOursError before anything is touched.
        """
        kinds = {self._settings.state: owned.STATE, package.DIST: owned.DIST}
        kinds |= {self._settings.tools: owned.TOOLS} if tools else {}
        for folder, kind in kinds.items():
            owned.require(folder, kind)
        self.forget()
        for nested in self._nested():
            choose(_at(self._settings, nested), self._toolchain, self._say).forget()
            for folder, kind in ((nested / "snapshots", owned.SNAPSHOTS), (nested, owned.STATE)):
                owned.clear(folder, kind, keep=[self._settings.snapshots])
        for folder, kind in kinds.items():
            left = owned.clear(folder, kind, keep=[self._settings.snapshots])
            self._say(f"removed {folder}" if not left else f"emptied {folder}; not ours: {', '.join(left)}")

    def _nested(self) -> Iterator[Path]:
        """The stacks that `make test` and `make bench` make for themselves, in this one's folder."""
        for pattern in ("test*", "bench-*"):
            for folder in sorted(self._settings.state.glob(pattern)):
                with suppress(owned.NotOursError):
                    owned.require(folder, owned.STATE)
                    owned.require(folder / "snapshots", owned.SNAPSHOTS)
                    if folder.is_dir() and not folder.is_symlink():
                        yield folder

    def status(self) -> bool:
        """Print how the stack stands; True when it is whole."""
        record = StackRecord.read(self._layout.record)
        if Journal.read(self._layout):
            self._say("a restore was interrupted; `make up` finishes or undoes it")
        if record is None:
            self._say("no stack is running here; `make up` starts one")
            return False
        health = self._engine.health(record)
        self._say(
            f"engine {record.engine}, Glue {record.glue_version}, generation {record.generation}, "
            f"endpoint {record.endpoint}"
        )
        for name, state in health.items():
            process = record.processes.get(name)
            self._say(f"  {name:<14}{state:<24}{f'pid {process.pid}' if process else ''}".rstrip())
        self._say(f"  {'egress guard':<14}{self._engine.egress_guard(record)}")
        terraform = self._terraform(record)
        applied = terraform.is_applied(terraform.inputs())
        words = (
            "applied"
            if applied
            else "an apply is running"
            if terraform.interrupted and is_held(self._layout.lock)
            else "apply was interrupted"
            if terraform.interrupted
            else "not applied, or changed since"
        )
        self._say(f"  {'terraform':<14}{words}")
        if left := entries_of(self._layout.left_behind):
            self._say(f"stacks that could not be brought back: {len(left)}, in {self._layout.left_behind}")
        return all(state == "healthy" for state in health.values())

    def env(self) -> None:
        """Write `.state/env.sh`."""
        env_file.write(self._settings, self._toolchain, self.running())
        self._say(f"wrote {_short(self._layout.env_file)}: source it")

    def running(self) -> StackRecord:
        """The running stack's record. Raises NotRunningError."""
        record = StackRecord.read(self._layout.record)
        if record is None or self._engine.health(record).get("localstack") != "healthy":
            raise NotRunningError
        return record

    def outputs(self) -> dict[str, object]:
        """Terraform's outputs."""
        return self._terraform(self.running()).outputs()

    # ------------------------------------------------------------------ steps
    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """One command at a time, on a stack that is one: an interrupted restore is settled first."""
        owned.claim(self._settings.state, owned.STATE)
        privacy.close(self._layout)
        on_wait = "another command works on this stack: waiting for it"
        with privacy.private_files(), exclusive(self._layout.lock, on_wait, self._say):
            journal = Journal.read(self._layout)
            if journal and journal.engine != self._engine.name:
                raise StackError(
                    f"a restore of the engine {journal.engine} was interrupted: let it be settled first",
                    f"make up ENGINE={journal.engine}",
                )
            if journal:
                self._engine.settle()
            yield

    def _apply_variables(self, variables: Mapping[str, str]) -> None:
        """Apply the running stack with these variables, whatever it was applied with."""
        record = self.running()
        self._require_own_version(record)
        self._package()
        self._apply(record, always=True, variables=variables)
        env_file.write(self._settings, self._toolchain, record)

    def _require_own_version(self, record: StackRecord) -> None:
        if record.glue_version != self._settings.glue_version:
            raise OtherGlueVersionError(record.glue_version, self._settings.glue_version)

    def _package(self) -> None:
        package.build(Path(self._toolchain.wheels), self._toolchain.glue_version)

    def _require_own_engine(self) -> None:
        running = StackRecord.read(self._layout.record)
        if running and running.engine != self._engine.name:
            raise StackError(
                f"a stack of the engine {running.engine} runs here: end it first (what it keeps stays)",
                f"make down ENGINE={running.engine}",
            )

    def _require_own_port(self) -> None:
        """Raises OtherPortError: nothing that was saved at another port could be brought back at this one."""
        running = StackRecord.read(self._layout.record)
        kept = running.edge_port if running else self._settings.edge_port
        with suppress(OSError, ValueError):
            kept = int(self._layout.port.read_text(encoding="ascii"))
        if kept != self._settings.edge_port:
            raise OtherPortError(self._settings.state, kept, self._settings.edge_port)

    def _note_port(self, record: StackRecord) -> None:
        write_atomically(self._layout.port, f"{record.edge_port}\n")

    def _start(self) -> StackRecord:
        self._require_own_engine()
        self._require_own_port()
        record = self._engine.up()
        self._note_port(record)
        gold_authority.fetch(record, self._layout)
        env_file.write(self._settings, self._toolchain, record)
        return record

    def _apply(self, record: StackRecord, always: bool, variables: Mapping[str, str] | None = None) -> None:
        terraform = self._terraform(record, variables)
        inputs = terraform.inputs()
        if not always and terraform.is_applied(inputs):
            self._say("nothing changed since the last apply (`make apply` looks all the same)")
            return
        resumed = terraform.interrupted
        training = Training(self._settings, self._toolchain, record)
        training.begin()
        try:
            terraform.apply()
        except TerraformFailedError as error:
            if not resumed:
                raise
            # killed between making a resource and writing it down, terraform can't know of it
            self._say(f"the interrupted apply can't be continued ({error.summary}): beginning anew")
            training.abandon()
            self._engine.leave()
            record.__dict__.update(self._start().__dict__)
            self._terraform(record, variables).apply()
        finally:
            training.finish(self._say)
        self._engine.save(record, "applied")

    def _terraform(self, record: StackRecord, variables: Mapping[str, str] | None = None) -> Terraform:
        return Terraform(self._settings, self._toolchain, record, self._say, self._infra, variables)

    def _greet(self, record: StackRecord) -> None:
        env = _short(self._layout.env_file)
        self._say(
            f"up: engine {record.engine} (ENGINE=… to choose another), Glue {record.glue_version} "
            f"(GLUE_VERSION=…), endpoint {record.endpoint}"
        )
        self._say(f"    talk to it:  . {env}   (AWS_ENDPOINT_URL, keys and region for aws, boto3, terraform)")
        self._say(
            "    next:        make e2e · make run CSV=… DATASET=… · make status · make logs · make psql"
        )
        self._say(f"    {trust.warning(_PARTS[record.engine])}")


def _at(settings: Settings, state: Path) -> Settings:
    return Settings(**{**settings.__dict__, "state": state})


def _short(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(os.getcwd()))
    return str(path)
