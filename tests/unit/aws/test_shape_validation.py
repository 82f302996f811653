"""A request against its shape: what is refused with which of AWS's errors, and what passes."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from glue_app.aws.shape_validation import Refusal, refuse_json, refuse_query

SESSION = botocore.session.get_session()


def json_refusal(service: str, operation: str, body: Any, **options: Any) -> Refusal | None:
    return refuse_json(
        SESSION.get_service_model(service).operation_model(operation).input_shape, body, **options
    )


def query_refusal(operation: str, parsed: dict[str, Any]) -> Refusal | None:
    return refuse_query(SESSION.get_service_model("rds").operation_model(operation).input_shape, parsed)


def message(found: Refusal | None) -> str:
    assert found is not None
    return f"{found.code}: {found.message}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"DatabaseName": 5, "Name": "t"}, "NUMBER_VALUE can not be converted to a String"),
        ({"DatabaseName": True, "Name": "t"}, "TRUE_VALUE can not be converted to a String"),
        ({"DatabaseName": 1.5, "Name": "t"}, "DECIMAL_VALUE can not be converted to a String"),
        ({"DatabaseName": {}, "Name": "t"}, "Start of structure or map found where not expected."),
        ({"DatabaseName": ["d"], "Name": "t"}, "Start of list found where not expected"),
        ({"DatabaseName": "\ud800", "Name": "t"}, "STRING_VALUE can not be converted to a String"),
        ({"IncludeStatusDetails": "true"}, "STRING_VALUE can not be converted to a Boolean"),
        ([], "Start of list found where not expected"),
    ],
)
def test_a_wrong_json_type(body: Any, said: str) -> None:
    """SerializationException, before anything is said about what is missing."""
    assert message(json_refusal("glue", "GetTable", body)) == f"SerializationException: {said}"


@pytest.mark.parametrize("number", ["5", 1.5, True, 2**31, -(2**31) - 1, [1]])
def test_an_integer_that_is_none(number: Any) -> None:
    assert message(json_refusal("glue", "GetTables", {"MaxResults": number})).startswith(
        "SerializationException"
    )


def test_a_nest_without_end() -> None:
    """Refused, not a RecursionError; Glue's recursive shapes allow any depth."""
    value: Any = {"Type": "STRUCT"}
    for _ in range(400):
        value = {"And": [value]}
    assert json_refusal("glue", "GetTables", {"DatabaseName": value}) is not None


@pytest.mark.parametrize(
    ("service", "operation", "body", "at", "constraint"),
    [
        ("glue", "GetTable", {"DatabaseName": "d"}, "null at 'name'", "not be null"),
        ("glue", "GetTable", {"DatabaseName": "d", "Name": None}, "null at 'name'", "not be null"),
        ("glue", "GetTable", {"DatabaseName": "d", "Name": ""}, "'' at 'name'",
         "have length greater than or equal to 1"),
        ("glue", "GetTables", {"DatabaseName": "d", "MaxResults": 101}, "'101' at 'maxResults'",
         "have value less than or equal to 100"),
        ("glue", "CreateDatabase", {"DatabaseInput": {"Name": "a\0b"}}, "'a\0b' at 'databaseInput.name'",
         r"satisfy regular expression pattern: [\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*"),
        ("glue", "GetTables", {"DatabaseName": "d", "AttributesToGet": ["X"]},
         "'X' at 'attributesToGet.1.member'", "satisfy enum value set: [NAME, TABLE_TYPE]"),
        ("ssm", "GetParameters", {"Names": []}, "'[]' at 'names'", "have length greater than or equal to 1"),
    ],
)  # fmt: skip
def test_a_constraint_that_is_broken(
    service: str, operation: str, body: Any, at: str, constraint: str
) -> None:
    """ValidationException, in the words of AWS's services."""
    assert message(json_refusal(service, operation, body)) == (
        "ValidationException: 1 validation error detected: "
        f"Value {at} failed to satisfy constraint: Member must {constraint}"
    )


def test_all_that_is_wrong_is_listed() -> None:
    found = message(json_refusal("glue", "GetTable", {}))
    assert found.startswith("ValidationException: 2 validation errors detected: ")
    assert "'databaseName'" in found
    assert "'name'" in found


def test_a_secret_is_not_shown() -> None:
    credentials = {"BasicAuthenticationCredentials": {"Password": "secret" * 100}}
    connection = {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": {}}
    connection |= {"AuthenticationConfiguration": credentials}
    found = message(json_refusal("glue", "CreateConnection", {"ConnectionInput": connection}))
    assert "secret" not in found
    assert (
        "Value at 'connectionInput.authenticationConfiguration.basicAuthenticationCredentials.password'"
        in found
    )


@pytest.mark.parametrize(
    ("service", "operation", "body"),
    [
        ("glue", "GetTables", {"DatabaseName": "d", "MaxResults": None, "Nothing": object}),
        ("glue", "CreateJob", {"Name": "日本𝔘", "Role": "r", "Command": {}, "WorkerType": "G.12X"}),
        ("glue", "CreateJob", {"Name": "j", "Role": "r", "Command": {}, "GlueVersion": "5"}),
        ("glue", "CreateDatabase", {"DatabaseInput": {"Name": "d", "Description": "two\nlines"}}),
        ("glue", "CreateDatabase", {"DatabaseInput": {"Name": "d", "Parameters": {"a": ""}}}),
        ("ssm", "DescribeInstanceInformation",
         {"InstanceInformationFilterList": [{"key": "IamRole", "valueSet": ["a"]}]}),
        ("ssm", "PutParameter", {"Name": "/p", "Value": "line\r\nline\t"}),
        ("ssm", "PutParameter", {"Name": "/p", "Value": "v", "Tags": [{"Key": "a:b", "Value": "é ü"}]}),
    ],
)  # fmt: skip
def test_what_aws_takes_passes(service: str, operation: str, body: Any) -> None:
    """Null is as if it were not there; what the model does not know of is ignored."""
    assert json_refusal(service, operation, body) is None


def test_types_alone() -> None:
    """Where AWS is laxer than its model, only types and what is missing are checked."""
    body = {"Name": "x" * 5000, "Type": "Odd", "Value": "v"}
    assert json_refusal("ssm", "PutParameter", body) is not None
    assert json_refusal("ssm", "PutParameter", body, limits=False) is None
    assert json_refusal("ssm", "PutParameter", {"Name": 1, "Value": "v"}, limits=False) is not None


@pytest.mark.parametrize(
    ("operation", "parsed", "said"),
    [
        ("StopDBInstance", {"DBInstanceIdentifier": None},
         "MissingParameter: The request must contain the parameter DBInstanceIdentifier"),
        ("ModifyDBParameterGroup", {"DBParameterGroupName": "g", "Parameters": [{"ApplyMethod": "later"}]},
         "InvalidParameterValue: The parameter ApplyMethod is not valid. Member must satisfy enum value set: "
         "[immediate, pending-reboot]"),
        ("StopDBInstance", {"DBInstanceIdentifier": "a\0"},
         "InvalidParameterValue: The parameter DBInstanceIdentifier contains an invalid character."),
        ("CreateDBInstance", {"DBInstanceIdentifier": "a", "Engine": "e", "DBInstanceClass": "c",
                              "Tags": [{"Key": "a", "Value": "\x1b"}]},
         "InvalidParameterValue: The parameter Value contains an invalid character."),
    ],
)  # fmt: skip
def test_a_query(operation: str, parsed: dict[str, Any], said: str) -> None:
    """A missing parameter, a wrong one, and a character that no XML can carry back."""
    assert message(query_refusal(operation, parsed)) == said


def test_a_query_of_iams() -> None:
    """It lists all that is wrong, as the services that speak JSON do."""
    shape = SESSION.get_service_model("iam").operation_model("GetRolePolicy").input_shape
    found = message(refuse_query(shape, {"RoleName": None}, limits=False, listed=True))
    assert found.startswith("ValidationError: 2 validation errors detected: Value null at 'roleName' failed")


def test_every_pattern_of_what_we_serve_can_be_read_or_is_left_out() -> None:
    """No pattern of the three services makes the check itself fail."""
    for service in ("glue", "ssm", "rds"):
        model = SESSION.get_service_model(service)
        for name in model.shape_names:
            shape = model.shape_for(name)
            if shape.type_name == "string":
                refuse_json(shape, "a")
