"""No definition takes long or ends in an error of ours, however it is made.

The limits are generous: what is quadratic takes minutes at these sizes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from glue_app.aws.state_machines import definition, jsonata
from glue_app.aws.state_machines.diagnostics import Report, errors

GENEROUS = 20.0
LIMIT = definition.MAXIMUM_BYTES


@contextmanager
def in_bounded_time() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < GENEROUS


def jsonata_pass(output: Any) -> str:
    state = {"Type": "Pass", "Output": output, "End": True}
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}})


def filled(build: Any, piece: str) -> str:
    """A definition of as many pieces as AWS's limit lets in."""
    return str(build(piece * ((LIMIT - 1000) // len(piece))))


def one_pass(path: str) -> str:
    state = {"Type": "Pass", "Parameters": {"x.$": path}, "End": True}
    return json.dumps({"StartAt": "A", "States": {"A": state}})


def test_ten_thousand_states_in_a_row() -> None:
    states: dict[str, Any] = {
        f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(10_000)
    }
    states["S10000"] = {"Type": "Succeed"}

    with in_bounded_time():
        assert definition.check(json.dumps({"StartAt": "S0", "States": states})) == []


def test_ten_thousand_states_that_nothing_leads_to() -> None:
    states: dict[str, Any] = {f"S{number}": {"Type": "Succeed"} for number in range(10_000)}

    with in_bounded_time():
        assert len(errors(definition.check(json.dumps({"StartAt": "S0", "States": states})))) == 9_999


def test_a_thousand_levels_of_parallel_states() -> None:
    inner = '{"Type": "Succeed"}'
    for level in range(1_000):
        machine = f'{{"StartAt": "S{level}", "States": {{"S{level}": {inner}}}}}'
        inner = f'{{"Type": "Parallel", "Branches": [{machine}], "End": true}}'

    with in_bounded_time():
        found = definition.check(f'{{"StartAt": "S", "States": {{"S": {inner}}}}}')

    assert "TOO_DEEPLY_NESTED" in [d.code for d in found]


@pytest.mark.parametrize("levels", [300, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a": ', "}")])
@pytest.mark.parametrize("field", ["Result", "Parameters", "Comment", "Assign", "Retry"])
def test_levels_of_json_in_a_field(field: str, opening: str, closing: str, levels: int) -> None:
    value = opening * levels + "1" + closing * levels

    with in_bounded_time():
        definition.check(
            f'{{"StartAt": "A", "States": {{"A": {{"Type": "Pass", "{field}": {value}, "End": true}}}}}}'
        )


@pytest.mark.parametrize("levels", [300, 1_000, 10_000])
def test_levels_of_choice_rules(levels: int) -> None:
    rule = '{"Not": ' * levels + '{"Variable": "$.a", "IsNull": true}' + "}" * levels
    state = f'{{"Type": "Choice", "Choices": [{rule}], "Default": "B"}}'

    with in_bounded_time():
        definition.check(f'{{"StartAt": "A", "States": {{"A": {state}, "B": {{"Type": "Succeed"}}}}}}')


@pytest.mark.parametrize(
    "piece", [".a", "[0]", "['a']", "[?(@.a)]", "[?(", "..", "(", "'", "\\", " ", "[*]", "States.Array(", "é"]
)
@pytest.mark.parametrize("start", ["$", "States.Array(", "States.Format('", "$["])
def test_a_path_as_long_as_a_definition(start: str, piece: str) -> None:
    with in_bounded_time():
        definition.check(filled(lambda middle: one_pass(start + middle[: LIMIT // 3]), piece))


@pytest.mark.parametrize(
    "piece", ["1+", "(", "[", "{", "-", "a.", "a[0]", "'", "/", "/*", "$f(", "function($x){", "\\", " "]
)
def test_an_expression_as_long_as_a_definition(piece: str) -> None:
    with in_bounded_time():
        definition.check(filled(lambda middle: jsonata_pass("{%" + middle[: LIMIT // 3] + " %}"), piece))
        definition.check(filled(lambda middle: jsonata_pass("{%" + middle[:60_000] + " %}"), piece))


def test_ten_thousand_expressions() -> None:
    """Past the limit they are not read, and so not refused."""
    outputs = [f"{{% $a + {number} %}}" for number in range(10_000)]

    with in_bounded_time():
        assert definition.check(jsonata_pass([*outputs, "{% wrong at the end"])) != []
    with in_bounded_time():
        assert definition.check(jsonata_pass([*outputs, "{% $x[ %}"])) == []


def test_the_interpreters_own_limit_is_left_alone() -> None:
    """The package that reads JSONata sets ten thousand when it is imported: deep recursion would crash."""
    report = Report()
    jsonata.check("{% 1 %}", report, "/", frozenset())

    assert jsonata._recursion_limit == sys.getrecursionlimit()


def test_a_definition_over_the_limit() -> None:
    text = '{"Comment": "' + "x" * LIMIT + '"}'

    assert [d.code for d in definition.check(text)] == ["INVALID_JSON_DESCRIPTION"]
