"""The commands on a stack, as the command line, snapshots, the end-to-end run and tests call them.

This is their table of contents: how each is done lies in the modules it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from glue_app.bootstrap import session_manager_plugin
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.emulator.state.saves import Manifest
from glue_app.settings import Settings
from glue_app.stack import diagnosis, env_file, psql, removal, starting, status
from glue_app.stack.context import StackContext
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform import INFRA
from glue_app.stack.words import PARTS, short

_LOG_LINES = 40


class Commands:
    """The commands on the stack of one state folder. Each raises StackError where it fails."""

    def __init__(
        self, settings: Settings, toolchain: Toolchain, say: Callable[[str], None], infra: Path = INFRA
    ) -> None:
        self._context = StackContext(settings, toolchain, say, infra)
        self._say = say

    # ------------------------------------------------------------------ start and end
    def up(self) -> None:
        """Have a running stack with everything applied; keep what is there already."""
        with self._context.exclusive():
            starting.package_job(self._context)
            record = starting.start(self._context)
            starting.apply_if_changed(self._context, record)
        starting.greet(self._context, record)

    def start(self) -> None:
        """Start the processes, apply nothing."""
        with self._context.exclusive():
            record = starting.start(self._context)
        starting.greet(self._context, record)

    def apply(self) -> None:
        """Bring the running stack's resources to what `infra/` and `glue/` say now."""
        with self._context.exclusive():
            starting.apply_to_running(self._context)

    def down(self) -> None:
        """Save the stack and end it; `up` brings it back."""
        with self._context.exclusive():
            self._context.require_own_engine()
            ended = self._context.engine.down()
        parts = PARTS[self._context.engine.name]
        self._say(f"down: {ended} {parts} ended" if ended else "down: nothing was running")

    def forget(self) -> None:
        """End the stack and remove what it kept: `up` begins anew. Logs and snapshots stay."""
        removal.forget(self._context)

    def clean(self, tools: bool) -> None:
        """Do as `forget`, and empty the state folder and `glue/dist`; with `tools` the tools too."""
        removal.clean(self._context, tools)

    # ------------------------------------------------------------------ the diagnostic instance
    def diag_on(self) -> None:
        """Make the diagnostic instance with all it needs, and print how to reach Gold through it."""
        with self._context.exclusive():
            self._apply_variables(diagnosis.ON)
        self.diag()

    def diag_off(self) -> None:
        """Remove the diagnostic instance. Raise ChangesLeftError where an apply would change more."""
        with self._context.exclusive():
            self._apply_variables(diagnosis.OFF)
            self._say("looking whether anything is left to change …")
            if changes := self.pending_changes():
                raise diagnosis.ChangesLeftError(changes)
        self._say("diag-off: the instance, its role, group and endpoints are gone; nothing is left to change")

    def diag(self) -> None:
        """Print how to reach Gold through the diagnostic instance. Raise NotOnError."""
        record = self.running()
        outputs = self.outputs()
        plugin = session_manager_plugin.find(self._context.settings.tools)
        user = psql.secret_of(record.endpoint, outputs)["username"]
        self._say(diagnosis.procedure(outputs, user, short(self._context.layout.env_file), plugin))

    def _apply_variables(self, variables: dict[str, str]) -> None:
        record = starting.apply_to_running(self._context, variables)
        env_file.write(self._context.settings, self._context.toolchain, record)

    # ------------------------------------------------------------------ look
    def status(self) -> bool:
        """Print how the stack stands. Return True when it is whole."""
        return status.report(self._context)

    def logs(self, service: str, run: str, follow: bool) -> None:
        """Print what was logged."""
        self._context.engine.logs(service, run, follow, _LOG_LINES)

    def env(self) -> None:
        """Write `.state/env.sh`."""
        env_file.write(self._context.settings, self._context.toolchain, self.running())
        self._say(f"wrote {short(self._context.layout.env_file)}: source it")

    def running(self) -> StackRecord:
        """Return the running stack's record. Raise NotRunningError."""
        return self._context.running()

    def outputs(self) -> dict[str, object]:
        """Return Terraform's outputs, name → value."""
        return self._context.terraform(self.running()).outputs()

    def pending_changes(self) -> str:
        """Return what an apply would change, in Terraform's words; "" when the stack is as `infra/` says."""
        return self._context.terraform(self.running()).pending_changes()

    def inputs(self) -> str:
        """Return the digest of all that an apply reads."""
        starting.package_job(self._context)
        version = self._context.settings.glue_version
        record = StackRecord(self._context.engine.name, "", 0, 0, 0, glue_version=version)
        return self._context.terraform(record).inputs()

    def versions(self) -> dict[str, str]:
        """Return what a save must have been written with to be brought back by this engine."""
        return self._context.engine.versions()

    # ------------------------------------------------------------------ data out and in
    def save(self, reason: str) -> None:
        """Save the running stack now, whatever it would do by itself."""
        self._context.engine.save(self.running(), reason)

    def copy_of_running(self, folder: Path) -> Manifest:
        """Write everything that the running stack holds to `folder`, which is not there yet."""
        with self._context.exclusive():
            return self._context.engine.copy(self.running(), folder)

    def replace_by(self, folder: Path) -> None:
        """Put the stack of such a copy in the place of the one there is, which stays when that fails."""
        with self._context.exclusive():
            record = self._context.engine.replace_by(folder)
            starting.write_down(self._context, record)
        starting.greet(self._context, record)
