"""A secret of Secrets Manager with a user and a password, as RDS writes them.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from pipeline.clients import aws_client
from pipeline.gold.errors import GoldCredentialsError
from pipeline.gold.options import GoldOptions


@dataclass(frozen=True)
class SecretValue:
    """One version of a secret. The password never shows in a repr, a log or an error."""

    version: str
    username: str
    password: str = field(repr=False)


class Secret:
    """``region`` None: the job's own. Errors are GoldCredentialsError, without the secret's text."""

    def __init__(self, arn: str, region: str | None = None) -> None:
        self.arn = arn
        retries = {"mode": "standard", "total_max_attempts": 5}
        self._client: Any = aws_client("secretsmanager", region, retries=retries)

    def value(self) -> SecretValue:
        """Return the current version."""
        with self._told("secretsmanager:GetSecretValue on it and kms:Decrypt"):
            answer = self._client.get_secret_value(SecretId=self.arn)
        return self._parsed(answer)

    def value_or_none(self) -> SecretValue | None:
        """Return the current version; None while nobody has put a value in (or there is no such secret:
        ``put`` says so then).
        """
        with self._told("secretsmanager:GetSecretValue on it and kms:Decrypt"):
            try:
                answer = self._client.get_secret_value(SecretId=self.arn)
            except self._client.exceptions.ResourceNotFoundException:
                return None
        return self._parsed(answer)

    def put(self, value: Mapping[str, Any]) -> SecretValue:
        """Make ``value`` the current version."""
        text = json.dumps(value)
        with self._told("secretsmanager:PutSecretValue on it and kms:GenerateDataKey"):
            answer = self._client.put_secret_value(SecretId=self.arn, SecretString=text)
        return self._parsed({"VersionId": answer["VersionId"], "SecretString": text})

    def _parsed(self, answer: Mapping[str, Any]) -> SecretValue:
        try:
            secret = json.loads(answer["SecretString"])
            return SecretValue(answer["VersionId"], str(secret["username"]), str(secret["password"]))
        except (ValueError, KeyError, TypeError):
            raise GoldCredentialsError(self.arn, "not a JSON object with username and password") from None

    @contextmanager
    def _told(self, needed: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            detail = error.response.get("Error", {})
            advice = f"the job's role needs {needed} on its key"
            why = f"{detail.get('Code')}: {detail.get('Message')} ({advice})"
            raise GoldCredentialsError(self.arn, why) from error
        except BotoCoreError as error:
            raise GoldCredentialsError(self.arn, str(error)) from error


def first_value(options: GoldOptions, role: str) -> dict[str, str | int]:
    """Return a new login of ``role``, as the secrets that RDS and Secrets Manager's rotation write.

    No character of the password needs escaping in a URL.
    """
    return {
        "engine": "postgres",
        "host": options.host,
        "port": options.port,
        "dbname": options.database,
        "username": role,
        "password": secrets.token_urlsafe(32),
    }
