"""The managed master password: RDS makes it, keeps it in Secrets Manager and never shows it elsewhere.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""

from __future__ import annotations

import json
import secrets
import string
import uuid

from glue_app.emulator.host import managed_secrets
from glue_app.emulator.service.scope import Scope

from ..models import DBInstance, MasterUserSecret

#: what RDS may use, punctuation included: a client that builds a URL of it by hand fails here as on AWS
_PUNCTUATION = "!#$%&()*+,-.:;<=>?[]^_{|}~"
_LENGTH = 32


def generate_password() -> str:
    """Generate a password with lower and upper case letters, digits and punctuation."""
    alphabets = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _PUNCTUATION)
    characters = [secrets.choice(alphabet) for alphabet in alphabets]
    characters += [secrets.choice("".join(alphabets)) for _ in range(_LENGTH - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def create(scope: Scope, instance: DBInstance, kms_key_arn: str) -> str:
    """Make the secret `rds!db-<uuid>` and note it at the instance; returns the password."""
    password = generate_password()
    arn = managed_secrets.create(
        scope.account_id,
        scope.region,
        service="rds",
        name=f"rds!db-{uuid.uuid4()}",
        value=_value(instance.master_username, password),
        description=f"The secret associated with the primary RDS DB instance: {instance.arn}",
        kms_key_id=kms_key_arn,
        tags={"aws:rds:primaryDBInstanceArn": instance.arn},
    )
    instance.secret = MasterUserSecret(arn=arn, kms_key_id=kms_key_arn)
    return password


def publish(scope: Scope, instance: DBInstance, password: str) -> None:
    """Make `password` the secret's current value."""
    if instance.secret is not None:
        value = _value(instance.master_username, password)
        managed_secrets.put(scope.account_id, scope.region, instance.secret.arn, value)


def current_password(scope: Scope, instance: DBInstance) -> str | None:
    """Return the password that the secret has now; None where RDS does not manage it."""
    if instance.secret is None:
        return None
    value = managed_secrets.current(scope.account_id, scope.region, instance.secret.arn)
    return None if value is None else str(json.loads(value)["password"])


def delete(scope: Scope, instance: DBInstance) -> None:
    """Remove the secret, if there is one."""
    if instance.secret is not None:
        managed_secrets.delete(scope.account_id, scope.region, instance.secret.arn)
        instance.secret = None


def _value(username: str, password: str) -> str:
    return json.dumps({"username": username, "password": password})
