"""What AWS refuses is refused, with its code, location and words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from glue_app.aws.state_machines import definition
from glue_app.aws.state_machines.diagnostics import errors, invalid_definition
from tests.unit.aws.state_machines import definitions

BASES, MUTANTS = definitions.mutants()
EXPRESS = {
    "arn:aws:states:::glue:startJobRun.sync": "does not support '.sync' service integration ",
    "arn:aws:states:eu-west-1:123456789012:activity:sign-off": "does not support Activity ARN",
}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
def test_what_is_changed_was_sound(base: Any) -> None:
    assert definition.check(json.dumps(base)) == []


@pytest.mark.parametrize(
    ("base", "changes", "code", "location", "words"),
    MUTANTS,
    ids=[f"{base}-{','.join(changes)}" for base, changes, *_ in MUTANTS],
)
def test_each_fault_is_found_where_it_is(
    base: str, changes: dict[str, Any], code: str, location: str | None, words: str
) -> None:
    found = errors(definition.check(json.dumps(definitions.changed(BASES[base], changes))))

    assert [d for d in found if (d.code, d.location) == (code, location) and words in d.message], found


@pytest.mark.parametrize(
    ("text", "code", "message", "location"),
    [
        (" ", "SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None),
        ("[]", "SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object", None),
        ("{}", "SCHEMA_VALIDATION_FAILED", "These fields are required: [States, StartAt]", "/"),
        ("{not json", "INVALID_JSON_DESCRIPTION", "", "[Source: (String); line: 1, column: 2]"),
        ('{"a": NaN}', "INVALID_JSON_DESCRIPTION", "NaN is not JSON", None),
        ('{"StartAt": "\ud800"}', "SCHEMA_VALIDATION_FAILED", "These fields are required: [States]", "/"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_definition(text: str, code: str, message: str, location: str | None) -> None:
    """As recorded on AWS for a blank text and an empty object."""
    (found,) = definition.check(text)

    assert (found.code, found.location) == (code, location)
    assert message in found.message


@pytest.mark.parametrize("name", ["", "x" * 81, "a\nb", "a\x7fb"])
def test_a_name_that_no_state_has(name: str) -> None:
    machine = {"StartAt": name, "States": {name: {"Type": "Succeed"}}}

    assert [d.code for d in definition.check(json.dumps(machine))] == ["INVALID_STATE_NAME"]


def test_a_name_given_twice_in_one_object() -> None:
    """JSON would keep the last of the two."""
    text = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "A": {"Type": "Succeed"}}}'

    (found,) = definition.check(text)

    assert (found.code, found.location) == ("DUPLICATE_STATE_NAME", "/States/A")


@pytest.mark.parametrize(("resource", "words"), EXPRESS.items())
def test_an_express_workflow_waits_for_nothing(resource: str, words: str) -> None:
    machine = definitions.changed(BASES["task"], {"/States/T/Resource": resource})

    assert errors(definition.check(json.dumps(machine))) == []
    assert [d.message for d in definition.check(json.dumps(machine), "EXPRESS")] == [
        f"Express state machine {words}"
    ]


def test_an_express_workflow_has_no_distributed_map() -> None:
    (found,) = definition.check(json.dumps(BASES["distributed"]), "EXPRESS")

    assert "DISTRIBUTED" in found.message


def test_where_no_state_ends_the_unreachable_ones_are_not_told() -> None:
    """Measured on AWS: https://github.com/floci-io/floci/pull/2786"""
    loop = {"A": {"Type": "Pass", "Next": "A"}, "Unused": {"Type": "Pass", "Next": "A"}}

    found = definition.check(json.dumps({"StartAt": "A", "States": loop}))

    assert [d.code for d in found] == ["MISSING_END_STATE"]


def test_the_message_of_an_invalid_definition() -> None:
    """AWS's words of https://github.com/localstack/localstack/issues/11978"""
    machine = {
        "StartAt": "pass1",
        "States": {"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": {"Type": "Pass", "End": True}},
    }

    assert invalid_definition(definition.check(json.dumps(machine))) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at "
        '/States/pass1/Next, MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2\''
    )


def test_warnings_keep_nothing_from_being_created() -> None:
    result = {"A": {"Type": "Pass", "Result": {"x.$": "$.y"}, "Parameters": {"z": "$.y"}, "End": True}}

    found = definition.check(json.dumps({"StartAt": "A", "States": result}))

    assert [(d.code, d.severity) for d in found] == [
        ("PASS_RESULT_IS_STATIC", "WARNING"),
        ("NO_DOLLAR", "WARNING"),
    ]
    assert errors(found) == []


def test_a_state_on_its_own_may_lead_anywhere() -> None:
    """As TestState takes it."""
    assert definition.check_state('{"Type": "Pass", "Next": "Elsewhere"}') == []
    assert [d.location for d in definition.check_state('{"Type": "Pass", "Retry": [], "End": true}')] == ["/"]
