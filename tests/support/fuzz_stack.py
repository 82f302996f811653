"""What the fuzz tests' stack has: a few of each thing that requests can name; and what it serves."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from localstack.aws.skeleton import create_dispatch_table

from emulator.glue.operations import MOTO_OPERATIONS as GLUE_BY_MOTO
from emulator.ssm.operations import LOCALSTACK_OPERATIONS
from emulator.ssm.operations import MOTO_OPERATIONS as SSM_BY_MOTO
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
)
_RDS: tuple[dict[str, str], ...] = (
    {"Action": "CreateDBParameterGroup", "DBParameterGroupName": "grp", "DBParameterGroupFamily": "postgres15",
     "Description": "x"},
    {"Action": "CreateDBInstance", "DBInstanceIdentifier": "gold", "Engine": "postgres", "MasterUsername": "joe",
     "DBInstanceClass": "db.t3.micro", "AllocatedStorage": "20", "MasterUserPassword": "abcdefgh12"},
)  # fmt: skip


def credential(service: str) -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, "
        "SignedHeaders=host, Signature=x"
    )


def send_json(gateway: InProcess, service: str, prefix: str, operation: str, value: Any) -> Any:
    headers = {"X-Amz-Target": f"{prefix}.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    headers["Authorization"] = credential(service)
    return gateway.send("POST", "/", headers, json.dumps(value).encode())


def send_query(gateway: InProcess, service: str, version: str, request: dict[str, str]) -> Any:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": credential(service)}
    return gateway.send("POST", "/", headers, urlencode({"Version": version, **request}).encode())


def prepare(gateway: InProcess) -> None:
    """Make what the cases name."""
    for operation, value in _GLUE:
        send_json(gateway, "glue", "AWSGlue", operation, value)
    for operation, value in _SSM:
        send_json(gateway, "ssm", "AmazonSSM", operation, value)
    for request in _RDS:
        send_query(gateway, "rds", "2014-10-31", request)


def served(gateway: InProcess) -> dict[str, list[str]]:
    """Service → the operations that somebody answers."""
    return {
        "glue": [*create_dispatch_table(gateway.glue), *GLUE_BY_MOTO],
        "ssm": [*create_dispatch_table(gateway.ssm), *LOCALSTACK_OPERATIONS, *SSM_BY_MOTO],
        "rds": list(create_dispatch_table(gateway.rds)),
    }
