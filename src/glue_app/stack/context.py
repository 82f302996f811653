"""One stack's state folder: its engine, its lock, and what a command on it refuses.

Every command begins here. What the commands do lies in the modules beside: starting, status, removal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from glue_app.bootstrap import owned
from glue_app.bootstrap.stamps import exclusive, write_atomically
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack import privacy
from glue_app.stack.engine import Engine, choose
from glue_app.stack.errors import NotRunningError, OtherGlueVersionError, OtherPortError, StackError
from glue_app.stack.exchange import Journal
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord
from glue_app.stack.terraform import INFRA, Terraform


class StackContext:
    """The state folder that the settings name."""

    def __init__(
        self, settings: Settings, toolchain: Toolchain, say: Callable[[str], None], infra: Path = INFRA
    ) -> None:
        """Raise NotOursError where one of the folders is somebody else's."""
        self.settings = settings
        self.toolchain = toolchain
        self.say = say
        self.infra = infra
        self.layout = StateLayout(settings.state)
        owned.require(settings.state, owned.STATE)
        owned.require(settings.tools, owned.TOOLS)
        self.engine: Engine = choose(settings, toolchain, say)

    def engine_of(self, state: Path) -> Engine:
        """Return the engine of another state folder."""
        return choose(replace(self.settings, state=state), self.toolchain, self.say)

    def record(self) -> StackRecord | None:
        """Return what was written down when the stack was started, whether or not it still runs."""
        return StackRecord.read(self.layout.record)

    def running(self) -> StackRecord:
        """Return the running stack's record. Raise NotRunningError."""
        record = self.record()
        if record is None or self.engine.health(record).get("localstack") != "healthy":
            raise NotRunningError
        return record

    def terraform(self, record: StackRecord, variables: Mapping[str, str] | None = None) -> Terraform:
        """Return Terraform for this stack. variables: TF_VAR_…, before all others."""
        return Terraform(self.settings, self.toolchain, record, self.say, self.infra, variables)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Let one command work at a time, on a stack that is one: settle an interrupted restore first."""
        owned.claim(self.settings.state, owned.STATE)
        privacy.close(self.layout)
        on_wait = "another command works on this stack: waiting for it"
        with privacy.private_files(), exclusive(self.layout.lock, on_wait, self.say):
            journal = Journal.read(self.layout)
            if journal and journal.engine != self.engine.name:
                raise StackError(
                    f"a restore of the engine {journal.engine} was interrupted: let it be settled first",
                    f"make up ENGINE={journal.engine}",
                )
            if journal:
                self.engine.settle()
            yield

    # ------------------------------------------------------------------ refusals
    def require_own_version(self, record: StackRecord) -> None:
        """Raise OtherGlueVersionError where the stack runs another version than the settings ask for."""
        if record.glue_version != self.settings.glue_version:
            raise OtherGlueVersionError(record.glue_version, self.settings.glue_version)

    def require_own_engine(self) -> None:
        """Raise StackError where a stack of the other engine runs here."""
        running = self.record()
        if running and running.engine != self.engine.name:
            raise StackError(
                f"a stack of the engine {running.engine} runs here: end it first (what it keeps stays)",
                f"make down ENGINE={running.engine}",
            )

    def require_own_port(self) -> None:
        """Raise OtherPortError: nothing that was saved at another port could be brought back at this one."""
        running = self.record()
        kept = running.edge_port if running else self.settings.edge_port
        with suppress(OSError, ValueError):
            kept = int(self.layout.port.read_text(encoding="ascii"))
        if kept != self.settings.edge_port:
            raise OtherPortError(self.settings.state, kept, self.settings.edge_port)

    def note_port(self, record: StackRecord) -> None:
        """Write down the port that this folder's stack is one of."""
        write_atomically(self.layout.port, f"{record.edge_port}\n")
