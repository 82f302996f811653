"""`make psql`: a prompt on Gold, as the administrator or as BI, with the password from Secrets Manager."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import boto3
import psycopg

from glue_app.settings import REGION
from glue_app.stack.errors import NoLoginError

ADMINISTRATOR = "administrator"
_SECRETS = {ADMINISTRATOR: "gold_secret_arn", "bi_reader": "bi_secret_arn"}  # role → Terraform's output


def connect(endpoint: str, outputs: dict[str, Any], arguments: list[str], role: str = ADMINISTRATOR) -> int:
    """psql where the machine has it, else a small prompt. The password never stands in argv.

    Raise NoLoginError for a role that is not there, or not yet.
    """
    secret = secret_of(endpoint, outputs, role)
    env = os.environ | {
        "PGHOST": str(outputs["gold_address"]),
        "PGPORT": str(outputs["gold_port"]),
        "PGDATABASE": str(outputs["gold_database"]),
        "PGUSER": secret["username"],
        "PGPASSWORD": secret["password"],
        "PGSSLMODE": "require",
    }
    psql = shutil.which("psql")
    if psql:
        sys.stdout.flush()
        os.execve(psql, [psql, *arguments], env)  # noqa: S606 - psql takes over the terminal
    return _prompt(env, arguments)


def secret_of(endpoint: str, outputs: Mapping[str, Any], role: str = ADMINISTRATOR) -> dict[str, str]:
    """Return the `username` and `password` of `role`. Raise NoLoginError."""
    if role not in _SECRETS:
        raise NoLoginError(f"ROLE={role} has no login to Gold", "make psql ROLE=bi_reader")
    if _SECRETS[role] not in outputs:
        raise NoLoginError(f"what is applied here does not know {role} yet", "make apply")
    secrets = boto3.client(
        "secretsmanager",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
    )
    try:
        text = secrets.get_secret_value(SecretId=outputs[_SECRETS[role]])["SecretString"]
    except secrets.exceptions.ResourceNotFoundException:
        first_load = "make e2e   (the first load makes the role and its password)"
        raise NoLoginError(f"the secret of {role} has no value yet", first_load) from None
    secret: dict[str, str] = json.loads(text)
    return secret


def _prompt(env: dict[str, str], arguments: list[str]) -> int:
    """One statement a line; arguments `-c statement` run one and end."""
    os.environ.update({name: env[name] for name in env if name.startswith("PG")})
    with psycopg.connect(autocommit=True) as connection:
        if arguments[:1] == ["-c"] and len(arguments) > 1:
            return _execute(connection, arguments[1])
        print(f"{env['PGDATABASE']} at {env['PGHOST']}:{env['PGPORT']}; one statement a line, Ctrl-D ends")
        while True:
            try:
                statement = input(f"{env['PGDATABASE']}=> ").strip()
            except (EOFError, KeyboardInterrupt):
                print()
                return 0
            if statement in ("\\q", "exit", "quit"):
                return 0
            if statement:
                _execute(connection, statement)


def _execute(connection: psycopg.Connection[tuple[Any, ...]], statement: str) -> int:
    try:
        cursor = connection.execute(statement.encode())
    except psycopg.Error as e:
        print(str(e).strip(), file=sys.stderr)
        return 1
    if cursor.description:
        print(" | ".join(column.name for column in cursor.description))
        for row in cursor:
            print(" | ".join("" if value is None else str(value) for value in row))
    print(cursor.statusmessage)
    return 0
