"""The sessions there are: started, resumed, terminated, described.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.ssm.documents import SessionDocument
from glue_app.emulator.ssm.exceptions import DoesNotExistException, InvalidFilterKey, ValidationException
from glue_app.emulator.ssm.models import Session, SessionStatus, SsmStore, SsmStores
from glue_app.emulator.ssm.preferences import Preferences


class Sessions:
    """Changes of the stores; no connection is touched here."""

    def __init__(self, stores: SsmStores) -> None:
        self._stores = stores

    def start(
        self,
        scope: Scope,
        request: Mapping[str, Any],
        document: SessionDocument,
        preferences: Preferences,
        owner: str,
    ) -> tuple[Session, str]:
        """Add a session; return it and the token that opens its data channel. Raises InvalidParameters."""
        token = secrets.token_urlsafe(96)
        session = Session(
            session_id=f"{_user_of(owner)}-{secrets.token_hex(9)[:17]}",
            target=request["Target"],
            document_name=document.name,
            session_type=document.session_type,
            properties=document.filled_in(request.get("Parameters") or {}),
            owner=owner,
            scope=scope,
            token_digest=_digest(token),
            idle_timeout=preferences.idle_timeout,
            max_duration=preferences.max_duration,
            kms_key_id=preferences.kms_key_id,
            reason=request.get("Reason"),
        )
        with self._stores.lock:
            self._stores.of(scope).add(session)
        return session, token

    def resume(self, scope: Scope, session_id: str) -> str | None:
        """Return a new token, the one before counts no longer; None where the session has ended.

        Raises DoesNotExistException.
        """
        with self._stores.lock:
            session = self.get(scope, session_id)
            if not session.status.active:
                return None
            token = secrets.token_urlsafe(96)
            session.token_digest = _digest(token)
            return token

    def claim(self, session_id: str, token: str) -> Session | None:
        """Return the session that this token opens, once; None where it opens none."""
        with self._stores.lock:
            session = self._stores.find(session_id)
            if session is None or session.token_digest is None:
                return None
            if not hmac.compare_digest(session.token_digest, _digest(token)):
                return None
            session.token_digest = None
            session.status = SessionStatus.CONNECTED
            return session

    def get(self, scope: Scope, session_id: str) -> Session:
        """Return a session. Raises DoesNotExistException."""
        with self._stores.lock:
            try:
                return self._stores.of(scope).sessions[session_id]
            except KeyError as error:
                raise DoesNotExistException(session_id) from error

    def disconnected(self, session: Session) -> None:
        """Its client has gone, and may come back."""
        with self._stores.lock:
            if session.status.active:
                session.status = SessionStatus.DISCONNECTED

    def end(self, session: Session) -> None:
        with self._stores.lock:
            session.end(SessionStatus.TERMINATED)

    def end_all(self) -> None:
        """After a restart of the emulator no session has a data channel."""
        with self._stores.lock:
            for session in self._stores.all_sessions():
                session.end(SessionStatus.TERMINATED)

    def describe(self, scope: Scope, request: Mapping[str, Any]) -> list[dict[str, Any]]:
        """AWS's Session structures in the wanted state, the newest first. Raises InvalidFilterKey."""
        with self._stores.lock:
            found = _in_state(self._stores.of(scope), request["State"])
            for wanted in request.get("Filters") or ():
                matches = _filter(wanted["key"], wanted["value"])
                found = [session for session in found if matches(session)]
            return [_shape(session) for session in found]


def _in_state(store: SsmStore, state: str) -> Sequence[Session]:
    return [one for one in reversed(store.sessions.values()) if one.status.active == (state == "Active")]


def _filter(key: str, value: str) -> Callable[[Session], bool]:
    """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SessionFilter.html"""
    if key in ("InvokedAfter", "InvokedBefore"):
        limit = _date(value)
        return lambda one: one.start_date > limit if key == "InvokedAfter" else one.start_date < limit
    values: dict[str, Callable[[Session], str]] = {
        "Target": lambda one: one.target,
        "Owner": lambda one: one.owner,
        "Status": lambda one: one.status.value,
        "SessionId": lambda one: one.session_id,
        "AccessType": lambda one: "Standard",
    }
    if key not in values:
        raise InvalidFilterKey(key)
    return lambda one: values[key](one) == value


def _date(value: str) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(value)
    except ValueError as error:
        raise ValidationException(f"{value} is no date in ISO 8601 format.") from error
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


def _shape(session: Session) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "SessionId": session.session_id,
        "Target": session.target,
        "Status": session.status.value,
        "StartDate": session.start_date,
        "EndDate": session.end_date,
        "DocumentName": session.document_name,
        "Owner": session.owner,
        "Reason": session.reason,
        "OutputUrl": {},
        "MaxSessionDuration": str(session.max_duration) if session.max_duration else None,
        "AccessType": "Standard",
    }
    return {name: value for name, value in shape.items() if value is not None}


def _user_of(owner: str) -> str:
    """Return what a session's id begins with: the last part of the owner's ARN (`root`, a user's name)."""
    return owner.rpartition(":")[2].rpartition("/")[2]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
