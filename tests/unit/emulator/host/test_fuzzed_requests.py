"""No request, however wrong, is a 500, and each answer can be read: requests made from botocore's shapes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import fuzz_stack, fuzzing
from tests.support.fuzz_cases import ACCOUNT
from tests.support.fuzz_stack import Client
from tests.support.gateway_in_process import InProcess

_CASES = 1200


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield InProcess(tmp_path_factory.mktemp("fuzz"), monkeypatch)


@pytest.fixture(scope="module")
def client(gateway: InProcess) -> Client:
    """Of an account that is not fuzzed: what `fuzz_stack` makes stays there."""
    made = Client(gateway, "222222222222")
    made.prepare()
    return made


def answered(response: Any) -> Any:
    return json.loads(response.get_data())


def test_no_request_is_a_500(gateway: InProcess) -> None:
    """Glue, RDS and SSM, well-typed and malformed; the same requests in each run."""
    Client(gateway, ACCOUNT).prepare()
    logging.disable(logging.CRITICAL)  # a line for each refusal
    try:
        tally = fuzzing.run(gateway, _CASES, number=12)
    finally:
        logging.disable(logging.NOTSET)

    assert sum(tally.cases.values()) == 3 * _CASES
    assert not tally.examples, tally.told()


_DATABASE = {"DatabaseName": "db"}
_TABLE = {**_DATABASE, "TableName": "tbl"}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetConnections", {}), ("GetDatabases", {}), ("GetJobRuns", {"JobName": "job"}), ("GetJobs", {}),
        ("GetPartitionIndexes", _TABLE), ("GetPartitions", _TABLE), ("GetSecurityConfigurations", {}),
        ("GetTableVersions", _TABLE), ("GetTables", _DATABASE), ("ListJobs", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("token", ["x", "é", "eyJ9", "10"])
def test_a_token_that_glue_never_gave(client: Client, operation: str, request_: Any, token: str) -> None:
    """InvalidInputException; every operation that has pages."""
    answer = client.glue(operation, request_ | {"NextToken": token})

    assert (answer.status_code, answered(answer)["__type"]) == (400, "InvalidInputException")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("DescribeDocumentPermission", {"Name": "doc-1", "PermissionType": "Share"}),
        ("DescribeParameters", {}),
        ("DescribeInstanceInformation", {}), ("DescribeSessions", {"State": "Active"}),
        ("GetParameterHistory", {"Name": "/p/a"}), ("GetParametersByPath", {"Path": "/p"}),
        ("ListDocuments", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("token", ["x", "MTA=", "é", "10", "-1"])
def test_a_token_that_systems_manager_never_gave(
    client: Client, operation: str, request_: Any, token: str
) -> None:
    """InvalidNextToken; every operation that has pages."""
    answer = client.ssm(operation, request_ | {"NextToken": token})

    assert (answer.status_code, answered(answer)["__type"]) == (400, "InvalidNextToken")


@pytest.mark.parametrize(
    ("service", "test"),
    [("glue", test_a_token_that_glue_never_gave), ("ssm", test_a_token_that_systems_manager_never_gave)],
)
def test_every_operation_with_pages_is_in_these_tests(gateway: InProcess, service: str, test: Any) -> None:
    """An operation that is served anew, and has a NextToken, belongs into one of the lists above."""
    model = fuzz_stack.model(service)
    paged = {
        operation
        for operation in fuzz_stack.served(gateway)[service]
        if "NextToken" in model.operation_model(operation).input_shape.members
    }
    listed = {case[0] for mark in test.pytestmark for case in mark.args[1] if isinstance(case, tuple)}
    assert paged == listed


_RDS = {
    "DescribeCertificates": {}, "DescribeDBEngineVersions": {}, "DescribeDBInstanceAutomatedBackups": {},
    "DescribeDBInstances": {}, "DescribeDBParameterGroups": {}, "DescribeDBSnapshots": {},
    "DescribeDBParameters": {"DBParameterGroupName": "grp"}, "DescribeDBSubnetGroups": {},
    "DescribeEvents": {},
    "DescribeEngineDefaultParameters": {"DBParameterGroupFamily": "postgres15"},
}  # fmt: skip
_FILTER = {"Filters.Filter.1.Name": "nothing", "Filters.Filter.1.Values.Value.1": "x"}
_UNPAGED: dict[str, dict[str, str]] = {
    "DescribeEventCategories": {},
    "ListTagsForResource": {"ResourceName": "arn:aws:rds:us-east-1:222222222222:db:gold"},
}


@pytest.mark.parametrize("operation", _RDS)
@pytest.mark.parametrize(
    "wrong",
    [{"Marker": "x"}, {"Marker": "LTE="}, {"MaxRecords": "0"}, {"MaxRecords": "19"}, {"MaxRecords": "101"}],
)
def test_a_page_that_rds_does_not_have(client: Client, operation: str, wrong: dict[str, str]) -> None:
    """InvalidParameterValue: a marker that it never gave, and sizes beyond 20 to 100."""
    request = _RDS[operation] | wrong
    answer = client.rds(operation, request)

    assert (answer.status_code, fuzz_stack.code(answer)) == (400, "InvalidParameterValue")


@pytest.mark.parametrize("operation", [*_RDS, *_UNPAGED])
def test_a_filter_that_rds_does_not_have(client: Client, operation: str) -> None:
    """InvalidParameterValue; one without values is missing them."""
    request = (_RDS | _UNPAGED)[operation]
    assert client.rds(operation, request).status_code == 200
    answer = client.rds(operation, request | _FILTER)
    assert (answer.status_code, fuzz_stack.code(answer)) == (400, "InvalidParameterValue")


@pytest.mark.parametrize("operation", ["CreateTable", "UpdateTable"])
@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({}, "InvalidInputException"),
        ({"TableInput": None}, "InvalidInputException"),
        ({"TableInput": {}}, "ValidationException"),
        ({"TableInput": {"Name": ""}}, "ValidationException"),
        ({"TableInput": {"Owner": "me"}}, "ValidationException"),
        ({"OpenTableFormatInput": {"IcebergInput": {"MetadataOperation": "CREATE"}}}, "NotEmulatedByGlueApp"),
    ],
)
def test_a_table_that_nobody_described(client: Client, operation: str, table: Any, code: str) -> None:
    if operation == "UpdateTable" and "OpenTableFormatInput" in table:
        table = {
            "UpdateOpenTableFormatInput": {"UpdateIcebergInput": {"UpdateIcebergTableInput": {"Updates": []}}}
        }
    answer = client.glue(operation, {"DatabaseName": "db", **table})

    assert answered(answer)["__type"] == code


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("CreatePartition", {"PartitionInput": {}}),
        ("BatchCreatePartition", {"PartitionInputList": [{"Values": ["1"]}, {}]}),
        ("UpdatePartition", {"PartitionValueList": ["2024"], "PartitionInput": {}}),
        (
            "BatchUpdatePartition",
            {"Entries": [{"PartitionValueList": ["2024"], "PartitionInput": {"Values": []}}]},
        ),
    ],
)
def test_a_partition_without_values(client: Client, operation: str, request_: Any) -> None:
    """InvalidInputException, before any of them is made; AWS's model does not require them."""
    answer = client.glue(operation, _TABLE | request_)

    assert answered(answer)["__type"] == "InvalidInputException"
    assert len(answered(client.glue("GetPartitions", _TABLE))["Partitions"]) == 1


def test_a_version_of_a_table_that_is_not_there(client: Client) -> None:
    answer = client.glue("DeleteTableVersion", _TABLE | {"VersionId": "77"})
    assert answered(answer)["__type"] == "EntityNotFoundException"


@pytest.mark.parametrize("target", ["tbl", "i-0123456789abcdef0", "i-\0", "<a>"])
def test_a_target_that_is_no_instance(client: Client, target: str) -> None:
    """Not connected, not a failure: whatever EC2 says of such an id."""
    assert answered(client.ssm("GetConnectionStatus", {"Target": target}))["Status"] == "notconnected"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("AddTagsToResource", {"ResourceName": "arn:aws:rds:us-east-1:222222222222:db:gold"}),
        ("CreateDBSnapshot", {"DBInstanceIdentifier": "gold", "DBSnapshotIdentifier": "tagged"}),
        ("CreateDBParameterGroup", {"DBParameterGroupName": "tagged", "Description": "x",
                                              "DBParameterGroupFamily": "postgres15"}),
    ],
)  # fmt: skip
def test_a_tag_without_a_key(client: Client, operation: str, request_: dict[str, str]) -> None:
    """InvalidParameterValue; AWS's model does not require it."""
    answer = client.rds(operation, request_ | {"Tags.Tag.1.Value": "x"})
    assert (answer.status_code, fuzz_stack.code(answer)) == (400, "InvalidParameterValue")


@pytest.mark.parametrize("operation", ["ModifyDBParameterGroup", "ResetDBParameterGroup"])
def test_a_parameter_without_a_name(client: Client, operation: str) -> None:
    request = {"DBParameterGroupName": "grp", "Parameters.Parameter.1.ParameterValue": "1"}
    answer = client.rds(operation, request | {"Parameters.Parameter.1.ApplyMethod": "immediate"})
    assert (answer.status_code, fuzz_stack.code(answer)) == (400, "InvalidParameterValue")


def test_pages_of_the_catalog(client: Client) -> None:
    """All tables, each once, in pages of the size that was asked for, by AWS's own tokens."""
    client.glue("CreateDatabase", {"DatabaseInput": {"Name": "paged"}})
    for number in range(5):
        table = {"DatabaseName": "paged", "TableInput": {"Name": f"t{number}"}}
        client.glue("CreateTable", table)
    found, sizes, more = [], [], {}
    while True:
        asked = {"DatabaseName": "paged", "MaxResults": 2, **more}
        answer = answered(client.glue("GetTables", asked))
        found += [table["Name"] for table in answer["TableList"]]
        sizes.append(len(answer["TableList"]))
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert (found, sizes) == ([f"t{number}" for number in range(5)], [2, 2, 1])


def test_pages_of_parameters(client: Client) -> None:
    """moto's own pages were of ten, whatever MaxResults said."""
    names = {f"/paged/{number:02}" for number in range(12)}
    for name in names:
        client.ssm("PutParameter", {"Name": name, "Value": "x", "Type": "String"})
    only = {"ParameterFilters": [{"Key": "Path", "Values": ["/paged"]}]}
    whole = answered(client.ssm("DescribeParameters", only))
    assert {one["Name"] for one in whole["Parameters"]} == names
    first = answered(client.ssm("DescribeParameters", only | {"MaxResults": 7}))
    rest = only | {"MaxResults": 7, "NextToken": first["NextToken"]}
    second = answered(client.ssm("DescribeParameters", rest))
    assert [len(page["Parameters"]) for page in (first, second)] == [7, 5]
    assert "NextToken" not in second


def test_a_token_of_another_list(client: Client) -> None:
    """One list's token opens no other list's page."""
    for number in range(2):
        client.glue("CreateDatabase", {"DatabaseInput": {"Name": f"other{number}"}})
    token = answered(client.glue("GetDatabases", {"MaxResults": 1}))["NextToken"]
    answer = client.glue("GetTables", {"DatabaseName": "db", "NextToken": token})
    assert answered(answer)["__type"] == "InvalidInputException"


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("tbl", 1),
        ("*", 1),
        ("*bl", 1),
        ("t.*", 1),
        (".*", 1),
        ("x*", 0),
        ("t[", None),
        ("(", None),
        ("?", None),
    ],
)
def test_tables_by_an_expression(client: Client, expression: str, found: int | None) -> None:
    response = client.glue("GetTables", {"DatabaseName": "db", "Expression": expression})

    if found is None:
        assert (response.status_code, answered(response)["__type"]) == (400, "InvalidInputException")
    else:
        assert len(answered(response)["TableList"]) == found
