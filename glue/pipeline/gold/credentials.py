"""User and password from the secret that RDS manages.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.gold.options import GoldOptions
from pipeline.gold.secret import Secret


@dataclass(frozen=True)
class Credentials:
    """The password never shows in a repr, a log or an error."""

    username: str
    password: str = field(repr=False)


def fetch(options: GoldOptions) -> Credentials:
    """Return the secret's current version. Raises GoldCredentialsError, without the secret's text."""
    value = Secret(options.secret_arn, options.region).value()
    return Credentials(value.username, value.password)
