"""The store of sessions: tokens, states, history."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from glue_app.emulator.service.scope import Scope
from glue_app.emulator.ssm import models
from glue_app.emulator.ssm.documents import SessionDocument
from glue_app.emulator.ssm.exceptions import (
    DoesNotExistException,
    InvalidFilterKey,
    InvalidNextToken,
    ValidationException,
)
from glue_app.emulator.ssm.models import Session, SsmStores
from glue_app.emulator.ssm.paging import page
from glue_app.emulator.ssm.preferences import Preferences
from glue_app.emulator.ssm.sessions import Sessions

SCOPE, OTHER = Scope("000000000000", "us-east-1"), Scope("111111111111", "us-east-1")


@pytest.fixture
def stores() -> SsmStores:
    return SsmStores()


@pytest.fixture
def sessions(stores: SsmStores) -> Sessions:
    return Sessions(stores)


def start(sessions: Sessions, owner: str = "arn:aws:iam::000000000000:user/jane") -> tuple[Session, str]:
    return sessions.start(SCOPE, {"Target": "i-1"}, SessionDocument("doc", "Port"), Preferences(), owner)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("arn:aws:iam::000000000000:root", "root"),
        ("arn:aws:iam::000000000000:user/team/jane", "jane"),
        ("arn:aws:sts::000000000000:assumed-role/admin/jane.roe", "jane.roe"),
    ],
)
def test_a_sessions_id_begins_with_its_users_name(sessions: Sessions, owner: str, name: str) -> None:
    session, _token = start(sessions, owner)
    assert session.session_id.rpartition("-")[0] == name
    assert len(session.session_id.rpartition("-")[2]) == 17


def test_a_token_opens_its_own_session_once(sessions: Sessions) -> None:
    (first, token), (second, _other) = start(sessions), start(sessions)
    assert sessions.claim(second.session_id, token) is None
    assert sessions.claim("nobody-1", token) is None
    assert sessions.claim(first.session_id, token) is first
    assert sessions.claim(first.session_id, token) is None


def test_a_resumed_session_has_another_token(sessions: Sessions) -> None:
    session, token = start(sessions)
    new = sessions.resume(SCOPE, session.session_id)
    assert new
    assert sessions.claim(session.session_id, token) is None
    assert sessions.claim(session.session_id, new) is session


def test_an_ended_session_is_not_resumed(sessions: Sessions) -> None:
    session, token = start(sessions)
    sessions.end(session)
    ended = session.end_date
    sessions.end(session)
    assert session.end_date == ended
    assert sessions.resume(SCOPE, session.session_id) is None
    assert sessions.claim(session.session_id, token) is None


def test_another_account_does_not_see_it(sessions: Sessions) -> None:
    session, _token = start(sessions)
    with pytest.raises(DoesNotExistException):
        sessions.get(OTHER, session.session_id)
    assert sessions.describe(OTHER, {"State": "Active"}) == []


def test_a_restart_ends_every_session(sessions: Sessions) -> None:
    session, _token = start(sessions)
    sessions.end_all()
    assert sessions.describe(SCOPE, {"State": "Active"}) == []
    assert [one["SessionId"] for one in sessions.describe(SCOPE, {"State": "History"})] == [
        session.session_id
    ]


def test_a_filter_that_is_none(sessions: Sessions) -> None:
    for key, error in (("Colour", InvalidFilterKey), ("InvokedAfter", ValidationException)):
        with pytest.raises(error):
            sessions.describe(SCOPE, {"State": "Active", "Filters": [{"key": key, "value": "red"}]})


def test_no_token_is_kept(sessions: Sessions, stores: SsmStores) -> None:
    """A save holds a digest, and all of it can be pickled."""
    _session, token = start(sessions)
    kept = pickle.dumps(stores._stores)
    assert token.encode() not in kept
    assert pickle.loads(kept)[SCOPE].sessions  # noqa: S301  (our own)


def test_the_oldest_history_is_forgotten(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, stores: SsmStores
) -> None:
    """Active sessions never are."""
    monkeypatch.setattr(models, "HISTORY_KEPT", 2)
    active, _ = start(sessions)
    for _ in range(5):
        sessions.end(start(sessions)[0])
    last, _ = start(sessions)
    left = stores.of(SCOPE).sessions
    assert {active.session_id, last.session_id} <= set(left)
    assert len(left) == 4


def test_every_change_of_a_status_shows(sessions: Sessions, stores: SsmStores) -> None:
    """So that it is saved without a request."""
    seen = {stores.fingerprint()}
    session, token = start(sessions)
    seen.add(stores.fingerprint())
    sessions.claim(session.session_id, token)
    seen.add(stores.fingerprint())
    sessions.disconnected(session)
    seen.add(stores.fingerprint())
    sessions.end(session)
    seen.add(stores.fingerprint())
    assert len(seen) == 5


def test_pages_hold_everything_once() -> None:
    items, request, found = [*range(23)], {"MaxResults": 5}, []
    while True:
        answer: dict[str, Any] = page(items, request, "Items", default=10, least=5, most=50)
        found += answer["Items"]
        if "NextToken" not in answer:
            break
        request = {"MaxResults": 5, "NextToken": answer["NextToken"]}
    assert found == items
    with pytest.raises(InvalidNextToken):
        page(items, {"NextToken": "?"}, "Items", default=10, least=5, most=50)
    with pytest.raises(ValidationException):
        page(items, {"MaxResults": 4}, "Items", default=10, least=5, most=50)
