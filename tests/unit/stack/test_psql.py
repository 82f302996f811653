"""`make psql`: who logs in, and where the password goes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_app.stack import psql
from glue_app.stack.errors import NoLoginError

OUTPUTS = {
    "gold_address": "127.20.0.2",
    "gold_port": 5432,
    "gold_database": "gold_db",
    "gold_secret_arn": "arn:master",
    "bi_secret_arn": "arn:bi",
}
SECRETS = {
    "arn:master": {"username": "postgres_admin", "password": "m-secret"},
    "arn:bi": {"username": "bi_reader", "password": "b-secret"},
}


class _NotFoundError(Exception):
    pass


class FakeSecrets:
    class exceptions:  # noqa: N801 - boto3's name
        ResourceNotFoundException = _NotFoundError

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        if SecretId not in SECRETS:
            raise _NotFoundError
        return {"SecretString": json.dumps(SECRETS[SecretId])}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What psql would be started with: its arguments, its environment."""
    calls: list[Any] = []
    monkeypatch.setattr(psql.boto3, "client", lambda *_, **__: FakeSecrets())
    monkeypatch.setattr(psql.shutil, "which", lambda _: "/usr/bin/psql")
    monkeypatch.setattr(psql.os, "execve", lambda _, arguments, env: calls.append((arguments, env)))
    monkeypatch.setattr(psql, "_prompt", lambda *_: 0)
    return calls


def test_the_secret_is_asked_for_where_infra_was_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    """TF_VAR_region may have said another region than the default of `infra/`."""
    regions: list[str] = []

    def client(*_: str, region_name: str, **__: str) -> FakeSecrets:
        regions.append(region_name)
        return FakeSecrets()

    monkeypatch.setattr(psql.boto3, "client", client)
    machine = "arn:aws:states:ap-northeast-1:000000000000:stateMachine:glue-app-pipeline"
    psql.secret_of("http://127.0.0.1:1", OUTPUTS | {"state_machine_arn": machine})
    psql.secret_of("http://127.0.0.1:1", OUTPUTS)
    assert regions == ["ap-northeast-1", "us-east-1"]


@pytest.mark.parametrize(
    ("role", "user", "password"),
    [("administrator", "postgres_admin", "m-secret"), ("bi_reader", "bi_reader", "b-secret")],
)
def test_the_role_decides_the_login_and_its_password_stands_in_no_argument(
    started: list[Any], role: str, user: str, password: str
) -> None:
    psql.connect("http://127.0.0.1:1", OUTPUTS, ["-c", "select 1"], role)
    arguments, env = started[0]
    assert arguments == ["/usr/bin/psql", "-c", "select 1"]
    assert (env["PGUSER"], env["PGPASSWORD"], env["PGSSLMODE"]) == (user, password, "require")


@pytest.mark.parametrize(
    ("role", "outputs", "message"),
    [
        ("somebody", OUTPUTS, "ROLE=somebody has no login to Gold"),
        ("bi_reader", OUTPUTS | {"bi_secret_arn": "arn:empty"}, "the secret of bi_reader has no value yet"),
        ("bi_reader", {"gold_secret_arn": "arn:master"}, "what is applied here does not know bi_reader yet"),
    ],
)
def test_a_login_that_is_not_there_is_told(
    started: list[Any], role: str, outputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(NoLoginError, match=message):
        psql.connect("http://127.0.0.1:1", outputs, [], role)
    assert started == []
