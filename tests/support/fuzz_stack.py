"""What the fuzz tests' stack has: a few of each thing that requests can name; and what it serves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import botocore.session
from localstack.aws.skeleton import create_dispatch_table

from glue_app.emulator.glue.operations import MOTO_OPERATIONS as GLUE_BY_MOTO
from glue_app.emulator.ssm.operations import LOCALSTACK_OPERATIONS
from glue_app.emulator.ssm.operations import MOTO_OPERATIONS as SSM_BY_MOTO
from tests.support.fuzz_cases import credential
from tests.support.gateway_in_process import InProcess

_TABLE = {
    "Name": "tbl",
    "PartitionKeys": [{"Name": "year", "Type": "string"}],
    "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "string"}], "Location": "s3://b/t"},
}
_GLUE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CreateDatabase", {"DatabaseInput": {"Name": "db"}}),
    ("CreateTable", {"DatabaseName": "db", "TableInput": _TABLE}),
    ("CreatePartition", {"DatabaseName": "db", "TableName": "tbl", "PartitionInput": {"Values": ["2024"]}}),
    ("CreateJob", {"Name": "job", "Role": "arn:aws:iam::000000000000:role/r", "GlueVersion": "4.0",
                   "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}}),
)  # fmt: skip
_SSM: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PutParameter", {"Name": "/p/a", "Value": "x", "Type": "String"}),
    ("PutParameter", {"Name": "/p/b", "Value": "x", "Type": "SecureString"}),
    ("CreateDocument", {"Name": "doc-1", "DocumentType": "Session", "DocumentFormat": "JSON",
                        "Content": '{"schemaVersion": "1.0", "sessionType": "Port"}'}),
)  # fmt: skip
_RDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("CreateDBParameterGroup", {"DBParameterGroupName": "grp", "DBParameterGroupFamily": "postgres15",
                                "Description": "x"}),
    ("CreateDBInstance", {"DBInstanceIdentifier": "gold", "Engine": "postgres", "MasterUsername": "joe",
                          "DBInstanceClass": "db.t3.micro", "AllocatedStorage": "20",
                          "MasterUserPassword": "abcdefgh12"}),
)  # fmt: skip


class Client:
    """Sends requests of one account."""

    def __init__(self, gateway: InProcess, account: str) -> None:
        self._gateway, self._account = gateway, account

    def glue(self, operation: str, request: Any) -> Any:
        return self._json("glue", f"AWSGlue.{operation}", request)

    def ssm(self, operation: str, request: Any) -> Any:
        return self._json("ssm", f"AmazonSSM.{operation}", request)

    def rds(self, operation: str, request: Mapping[str, str]) -> Any:
        headers = self._headers("rds", "x-www-form-urlencoded")
        whole = {"Action": operation, "Version": "2014-10-31", **request}
        return self._gateway.send("POST", "/", headers, urlencode(whole).encode())

    def _json(self, service: str, target: str, request: Any) -> Any:
        headers = self._headers(service, "x-amz-json-1.1") | {"X-Amz-Target": target}
        return self._gateway.send("POST", "/", headers, json.dumps(request).encode())

    def _headers(self, service: str, kind: str) -> dict[str, str]:
        return {"Content-Type": f"application/{kind}", "Authorization": credential(service, self._account)}

    def prepare(self) -> None:
        """Make what the cases name. Raises AssertionError where one is refused."""
        made = [(self.glue(*request), request) for request in _GLUE]
        made += [(self.ssm(*request), request) for request in _SSM]
        made += [(self.rds(*request), request) for request in _RDS]
        for answer, request in made:
            assert answer.status_code == 200, (request, answer.get_data())


def served(gateway: InProcess) -> dict[str, list[str]]:
    """Service → the operations that somebody answers."""
    return {
        "glue": [*create_dispatch_table(gateway.glue), *GLUE_BY_MOTO],
        "ssm": [*create_dispatch_table(gateway.ssm), *LOCALSTACK_OPERATIONS, *SSM_BY_MOTO],
        "rds": list(create_dispatch_table(gateway.rds)),
    }


def model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def code(response: Any) -> str | None:
    """Of an error in XML."""
    return ElementTree.fromstring(response.get_data()).findtext(".//{*}Code")  # noqa: S314 - our own answer
