"""Tokens of IAM database authentication: boto3's are good, and only for what they were made for."""

from __future__ import annotations

import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import boto3
import pytest

from glue_app.emulator.host.credentials import Credentials
from glue_app.emulator.rds.iam.tokens import Login, TokenRefusedError, check
from glue_app.emulator.rds.models import Endpoint

SECRET = "s3cr3t/+ key"
LOGIN = Login("writer", Endpoint("127.20.0.1", 5432), "eu-central-1")
HELD = Credentials("AKIA1", SECRET)
UTC = datetime.timezone.utc


def made_token(
    host: str = "127.20.0.1",
    port: int = 5432,
    user: str = "writer",
    region: str = "eu-central-1",
    secret: str = SECRET,
    session_token: str | None = None,
) -> str:
    session = boto3.Session("AKIA1", secret, session_token, region_name="us-east-1")
    token: str = session.client("rds").generate_db_auth_token(host, port, user, Region=region)
    return token


def judged(
    token: str,
    login: Login = LOGIN,
    credentials: Credentials | None = HELD,
    later: datetime.timedelta = datetime.timedelta(),
) -> str:
    def lookup(key: str) -> Credentials | None:
        return credentials if key == "AKIA1" else None

    return check(token, login, lookup, datetime.datetime.now(UTC) + later)


def test_a_token_of_boto3_lets_its_user_in() -> None:
    assert judged(made_token()) == "AKIA1"


def test_a_token_of_a_session_needs_its_session_token() -> None:
    token = made_token(session_token="tok/en+=")
    held = Credentials("AKIA1", SECRET, "tok/en+=")

    assert judged(token, credentials=held) == "AKIA1"
    for other in (HELD, Credentials("AKIA1", SECRET, "another")):
        with pytest.raises(TokenRefusedError, match="session token"):
            judged(token, credentials=other)
    with pytest.raises(TokenRefusedError, match="session token"):
        judged(made_token(), credentials=held)
    ended = Credentials("AKIA1", SECRET, "tok/en+=", datetime.datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(TokenRefusedError, match="session has ended"):
        judged(token, credentials=ended)


@pytest.mark.parametrize("user", ["a b", "a,ou=db-X", "ä", "x%2F", "a&DBUser=root"])
def test_any_role_name_can_be_in_a_token(user: str) -> None:
    assert judged(made_token(user=user), Login(user, LOGIN.endpoint, LOGIN.region)) == "AKIA1"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"host": "127.20.0.2"}, "another endpoint"),
        ({"port": 5433}, "another endpoint"),
        ({"user": "reader"}, "another DBUser"),
        ({"region": "us-east-1"}, "credential scope"),
        ({"secret": "wrong"}, "signature is wrong"),
    ],
)
def test_a_token_is_good_for_what_it_was_made_for(made: dict[str, Any], why: str) -> None:
    with pytest.raises(TokenRefusedError, match=why):
        judged(made_token(**made))


@pytest.mark.parametrize(
    ("later", "why"),
    [(datetime.timedelta(seconds=901), "has expired"), (-datetime.timedelta(minutes=6), "of the future")],
)
def test_a_token_lasts_a_quarter_of_an_hour(later: datetime.timedelta, why: str) -> None:
    token = made_token()
    assert judged(token, later=datetime.timedelta(seconds=890)) == "AKIA1"

    with pytest.raises(TokenRefusedError, match=why):
        judged(token, later=later)


def test_nobody_makes_a_token_that_lasts_longer() -> None:
    with patch("botocore.signers.RequestSigner.generate_presigned_url") as presigned:
        made_token()
    assert presigned.call_args.kwargs["expires_in"] == 900
    longer = made_token().replace("X-Amz-Expires=900", "X-Amz-Expires=901")

    with pytest.raises(TokenRefusedError, match="longer than 900"):
        judged(longer)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Action=connect", "Action=disconnect"),
        ("X-Amz-SignedHeaders=host", "X-Amz-SignedHeaders=host%3Bx"),
        ("X-Amz-Date=2", "X-Amz-Date=x"),
        ("X-Amz-Expires=900", "X-Amz-Expires=-1"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        (quote("/rds-db/", safe=""), quote("/s3/", safe="")),
        ("DBUser=writer", "DBUser=writer&DBUser=writer"),
        ("&X-Amz-Expires=900", ""),
        ("?Action", "?More=1&Action"),
        ("127.20.0.1:5432/", "127.20.0.1:5432/x"),
    ],
)
def test_a_changed_token_is_refused(before: str, after: str) -> None:
    token = made_token()
    assert before in token

    with pytest.raises(TokenRefusedError):
        judged(token.replace(before, after))


@pytest.mark.parametrize("password", ["", "first-Passw0rd", "?", "[", "127.20.0.1:5432/?", "a" * 5000, "\0"])
def test_a_password_is_no_token(password: str) -> None:
    with pytest.raises(TokenRefusedError):
        judged(password)


def test_a_key_that_nobody_has_is_refused() -> None:
    """An inactive one is none that somebody has; the message shows nothing of the token."""
    token = made_token()

    with pytest.raises(TokenRefusedError, match="nobody has its access key") as refused:
        judged(token, credentials=None)
    assert "AKIA1" not in str(refused.value)
