"""The state of the Systems Manager room: plain dataclasses, one store an account and region, all picklable.

No token is kept here, only its digest; connections are the data channels' (glue_app.emulator.ssm.channels).
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Hashable
from dataclasses import dataclass, field

from glue_app.emulator.service.clock import now
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.service.stores import Stores

HISTORY_KEPT = 500  # ended sessions remembered per store; AWS keeps them for 30 days


class SessionStatus(str, enum.Enum):
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Session.html"""

    CONNECTED = "Connected"
    CONNECTING = "Connecting"
    DISCONNECTED = "Disconnected"
    TERMINATED = "Terminated"
    TERMINATING = "Terminating"
    FAILED = "Failed"

    @property
    def active(self) -> bool:
        """Whether DescribeSessions shows it as Active, else in the History."""
        return self not in (SessionStatus.TERMINATED, SessionStatus.FAILED)


@dataclass
class Session:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Session.html

    properties: the document's, parameters filled in. token_digest: SHA-256 of the token that opens the data
    channel once; None when it was used. Durations are in minutes, as in the preferences.
    """

    session_id: str
    target: str
    document_name: str
    session_type: str
    properties: dict[str, str]
    owner: str
    scope: Scope
    token_digest: str | None = field(repr=False)
    idle_timeout: int
    max_duration: int | None = None
    kms_key_id: str | None = None
    reason: str | None = None
    status: SessionStatus = SessionStatus.CONNECTING
    details: str = ""
    start_date: datetime.datetime = field(default_factory=now)
    end_date: datetime.datetime | None = None

    def end(self, status: SessionStatus) -> None:
        """Once is enough, more does no harm."""
        if self.status.active:
            self.status, self.end_date, self.token_digest = status, now(), None


@dataclass
class ManagedInstance:
    """An instance whose agent has registered."""

    instance_id: str
    registration_date: datetime.datetime = field(default_factory=now)
    last_ping: datetime.datetime = field(default_factory=now)


@dataclass
class SsmStore:
    """What one account has in one region."""

    sessions: dict[str, Session] = field(default_factory=dict)  # in the order they started
    instances: dict[str, ManagedInstance] = field(default_factory=dict)

    def add(self, session: Session) -> None:
        """Add a session and forget the oldest ended ones beyond HISTORY_KEPT."""
        self.sessions[session.session_id] = session
        ended = [one.session_id for one in self.sessions.values() if not one.status.active]
        for session_id in ended[: max(0, len(ended) - HISTORY_KEPT)]:
            del self.sessions[session_id]


class SsmStores(Stores[SsmStore]):
    """The stores of all accounts and regions."""

    def __init__(self) -> None:
        super().__init__(SsmStore)

    def all_sessions(self) -> list[Session]:
        """List the sessions of every account."""
        with self.lock:
            return [one for _, store in self.items() for one in store.sessions.values()]

    def find(self, session_id: str) -> Session | None:
        """Find a session of any account: a data channel says no more than its id."""
        return next((one for one in self.all_sessions() if one.session_id == session_id), None)

    def fingerprint(self) -> Hashable:
        """Return a value that differs when a session has begun, ended or changed its status."""
        return tuple((one.session_id, one.status) for one in self.all_sessions())
