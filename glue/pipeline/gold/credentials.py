"""User and password from the secret that RDS manages.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from pipeline.gold.errors import GoldCredentialsError
from pipeline.gold.options import GoldOptions


@dataclass(frozen=True)
class Credentials:
    """The password never shows in a repr, a log or an error."""

    username: str
    password: str = field(repr=False)


def fetch(options: GoldOptions) -> Credentials:
    """The secret's current version. Raises GoldCredentialsError, without the secret's text."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 5})
    client = boto3.client("secretsmanager", region_name=options.region, config=config)
    try:
        text = client.get_secret_value(SecretId=options.secret_arn)["SecretString"]
    except ClientError as error:
        detail = error.response.get("Error", {})
        advice = "the job's role needs secretsmanager:GetSecretValue on it and kms:Decrypt on its key"
        why = f"{detail.get('Code')}: {detail.get('Message')} ({advice})"
        raise GoldCredentialsError(options.secret_arn, why) from error
    except BotoCoreError as error:
        raise GoldCredentialsError(options.secret_arn, str(error)) from error
    try:
        secret = json.loads(text)
        return Credentials(secret["username"], secret["password"])
    except (ValueError, KeyError, TypeError):
        why = "not a JSON object with username and password"
        raise GoldCredentialsError(options.secret_arn, why) from None
