"""Secrets of Secrets Manager: what is read, and errors that say what is missing but never what is inside."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pipeline.gold import GoldOptions
from pipeline.gold.credentials import Credentials, fetch
from pipeline.gold.errors import GoldCredentialsError
from pipeline.gold.secret import Secret
from tests.unit.glue.gold.fake_secrets import FakeSecretsManager

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"
OPTIONS = GoldOptions("127.0.0.1", 5432, "gold_db", ARN, sslmode="require")


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> FakeSecretsManager:
    fake = FakeSecretsManager()
    monkeypatch.setattr("pipeline.clients.boto3.client", lambda *_, **__: fake)
    return fake


def failing(manager: FakeSecretsManager, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(manager, "get_secret_value", fail)
    monkeypatch.setattr(manager, "put_secret_value", fail)


def test_user_and_password_are_read_with_their_version(manager: FakeSecretsManager) -> None:
    """Whatever else RDS writes beside them; the password is in no repr."""
    manager.rotate(username="postgres_admin", password="p-secret", engine="postgres")
    value = Secret(ARN).value()
    assert (value.version, value.username, value.password) == (manager.version, "postgres_admin", "p-secret")
    assert fetch(OPTIONS) == Credentials("postgres_admin", "p-secret")
    assert "p-secret" not in repr(value) + repr(fetch(OPTIONS))


def test_a_secret_without_a_value_is_none_or_an_error(manager: FakeSecretsManager) -> None:
    """None for whom it may lack one, and what was put is the value then."""
    assert Secret(ARN).value_or_none() is None
    with pytest.raises(GoldCredentialsError, match=r"ResourceNotFoundException.*staging label: AWSCURRENT"):
        Secret(ARN).value()
    put = Secret(ARN).put({"username": "bi_reader", "password": "x"})
    assert Secret(ARN).value_or_none() == put


@pytest.mark.parametrize("text", ["no JSON: p-secret", '["p-secret"]', '{"password": "p-secret"}', "7"])
def test_text_of_another_form_is_refused_without_being_shown(manager: FakeSecretsManager, text: str) -> None:
    """The message names the secret and the form."""
    manager.text, manager.version = text, "v"
    with pytest.raises(GoldCredentialsError, match="not a JSON object with username and password") as caught:
        Secret(ARN).value()
    assert ARN in str(caught.value)
    assert "p-secret" not in str(caught.value)


def test_a_missing_permission_is_named(manager: FakeSecretsManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of the call, with that of its key; a call that gets no answer is an error of the same class."""
    denied: Any = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}
    failing(manager, monkeypatch, ClientError(denied, "GetSecretValue"))
    with pytest.raises(GoldCredentialsError, match=r"AccessDenied.*GetSecretValue on it and kms:Decrypt"):
        Secret(ARN).value_or_none()
    with pytest.raises(GoldCredentialsError, match=r"AccessDenied.*PutSecretValue on it and kms:Generate"):
        Secret(ARN).put({})
    failing(manager, monkeypatch, EndpointConnectionError(endpoint_url="https://secretsmanager"))
    with pytest.raises(GoldCredentialsError, match="Could not connect"):
        Secret(ARN).value()
