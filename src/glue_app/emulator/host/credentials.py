"""The keys that callers may sign with, as IAM and STS have given them out. They never leave this process."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from localstack.constants import DEFAULT_AWS_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

#: LocalStack's convention: this key, or an account's number, is the account's root user
_ROOT_KEY, _ROOT_SECRET = "test", "test"


@dataclass(frozen=True)
class Credentials:
    """A key with its secret. session_token: only of a session's. expires_at: None for ever."""

    access_key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime.datetime | None = None


def find(access_key_id: str, account_id: str, partition: str) -> Credentials | None:
    """Those of an account's user, role session or root user; None for an unknown or inactive key."""
    for session in list(sts_backends[account_id][partition].assumed_roles):
        if session.access_key_id == access_key_id:
            return Credentials(
                access_key_id, session.secret_access_key, session.session_token, _aware(session.expiration)
            )
    key = iam_backends[account_id][partition].access_keys.get(access_key_id)
    if key is not None:
        return Credentials(access_key_id, key.secret_access_key) if key.status == "Active" else None
    if access_key_id == account_id or (access_key_id == _ROOT_KEY and account_id == DEFAULT_AWS_ACCOUNT_ID):
        return Credentials(access_key_id, _ROOT_SECRET)
    return None


def _aware(moment: datetime.datetime) -> datetime.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
