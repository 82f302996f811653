"""Secrets Manager as the Gold load sees it: one secret, its versions, errors as AWS words them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from botocore.exceptions import ClientError


class _Exceptions:
    class ResourceNotFoundException(ClientError):  # noqa: N818 - AWS's name
        pass


class FakeSecretsManager:
    """``before_put``, ``after_put``: called around the writing of a value, to die or to meet another run."""

    exceptions = _Exceptions

    def __init__(self) -> None:
        self.text: str | None = None
        self.version = ""
        self.puts = 0
        self.before_put: Any = lambda: None
        self.after_put: Any = lambda: None

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text or "{}")
        return found

    def rotate(self, **changes: Any) -> None:
        """What somebody does who puts a new value in."""
        self._set(json.dumps(self.value | changes))

    def _set(self, text: str) -> None:
        self.text, self.version = text, str(uuid.uuid4())

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - AWS's names
        if self.text is None:
            message = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"
            error: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": message}}
            raise _Exceptions.ResourceNotFoundException(error, "GetSecretValue")
        return {"ARN": SecretId, "SecretString": self.text, "VersionId": self.version}

    def put_secret_value(self, SecretId: str, SecretString: str) -> dict[str, str]:  # noqa: N803
        self.puts += 1
        self.before_put()
        self._set(SecretString)
        self.after_put()
        return {"ARN": SecretId, "VersionId": self.version}
