"""A DB instance as a client of RDS sees it."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.polling import wait_for

BROKEN = ("failed", "incompatible-parameters")


@dataclass
class Instance:
    """A DB instance and the calls a test makes about it."""

    identifier: str
    client: Callable[[str], Any]
    ca: Callable[[], Path]

    @property
    def described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client("rds").describe_db_instances(DBInstanceIdentifier=self.identifier)
        described: dict[str, Any] = found["DBInstances"][0]
        return described

    @property
    def secret(self) -> dict[str, str]:
        """User name and password of the managed secret."""
        arn = self.described["MasterUserSecret"]["SecretArn"]
        value = self.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        found: dict[str, str] = json.loads(value)
        return found

    def wait(self, status: str = "available") -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            described = self.described
            if described["DBInstanceStatus"] in BROKEN:
                raise AssertionError(f"{self.identifier} is {described['DBInstanceStatus']}")
            return described if described["DBInstanceStatus"] == status else None

        return wait_for(f"{self.identifier} to be {status}", reached, 60)

    def wait_until_gone(self) -> None:
        def gone() -> bool:
            try:
                self.described  # noqa: B018
            except self.client("rds").exceptions.DBInstanceNotFoundFault:
                return True
            return False

        wait_for(f"{self.identifier} to be gone", gone, 60)

    def modify(self, **request: Any) -> dict[str, Any]:
        """Modify at once, and wait until that is done."""
        self.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.identifier, ApplyImmediately=True, **request
        )
        return self.wait()

    def connect(
        self, user: str, password: str, dbname: str = "postgres", sslmode: str = "verify-full"
    ) -> psycopg.Connection[Any]:
        """With the certificate authority of the stack, as a client of RDS uses AWS's bundle."""
        return self.connector(user, password, dbname, sslmode)()

    def connector(
        self,
        user: str,
        password: str,
        dbname: str = "postgres",
        sslmode: str = "verify-full",
        ca: Path | None = None,
    ) -> Callable[[], psycopg.Connection[Any]]:
        """Connects again and again without asking for the address again. ca: else that of the stack."""
        address, port = (self.described["Endpoint"][name] for name in ("Address", "Port"))
        return functools.partial(
            psycopg.connect,
            host=address,
            port=port,
            user=user,
            password=password,
            dbname=dbname,
            sslmode=sslmode,
            sslrootcert=str(ca or self.ca()),
            connect_timeout=5,
            autocommit=True,
        )


def set_parameters(rds: Any, group: str, values: dict[str, str], method: str = "immediate") -> None:
    if values:
        rds.modify_db_parameter_group(
            DBParameterGroupName=group,
            Parameters=[
                {"ParameterName": name.replace("__", "."), "ParameterValue": value, "ApplyMethod": method}
                for name, value in values.items()
            ],
        )
