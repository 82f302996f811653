"""EventBridge's event patterns, by the examples of its documentation and the words of its engine."""

from __future__ import annotations

import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_app.aws.event_patterns import InvalidPatternError, compile_pattern

EVENT: dict[str, Any] = {
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "source": "aws.s3",
    "account": "111122223333",
    "resources": ["arn:aws:s3:::bronze", "arn:aws:s3:::other"],
    "detail": {
        "object": {"key": "feedback/日本語 1.csv", "size": 5},
        "count": 0,
        "flag": True,
        "nothing": None,
        "source-ip": "10.0.0.33",
        "address": "2001:db8::1",
        "parts": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
        "path": "a*b\\c",
    },
}


def matches(pattern: dict[str, Any], event: dict[str, Any] = EVENT) -> bool:
    return compile_pattern(json.dumps(pattern)).matches(event)


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": fields}


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2", "aws.s3"]},
        {"resources": ["arn:aws:s3:::other"]},
        {"detail": {"object": {"key": [{"suffix": ".csv"}]}}},
        {"detail.object.key": [{"prefix": "feedback/"}]},
        {"detail": {"object.size": [5]}},
        {"detail": {"object": {"key": [{"suffix": {"equals-ignore-case": ".CSV"}}]}}},
        {"detail": {"object": {"key": [{"prefix": {"equals-ignore-case": "FEED"}}]}}},
        {"source": [{"equals-ignore-case": "AWS.S3"}]},
        {"source": [{"wildcard": "aws.*"}]},
        {"source": [{"wildcard": "aws.s3*"}]},
        {"source": [{"wildcard": "*s*3"}]},
        detail(path=[{"wildcard": "a\\*b\\\\c"}]),
        detail(path=[{"wildcard": "*\\**"}]),
        {"source": [{"anything-but": "aws.ec2"}]},
        {"source": [{"anything-but": ["aws.ec2", "aws.sqs"]}]},
        {"source": [{"anything-but": {"prefix": ["gcp.", "azure."]}}]},
        {"source": [{"anything-but": {"suffix": ".png"}}]},
        {"source": [{"anything-but": {"equals-ignore-case": ["AWS.EC2"]}}]},
        {"source": [{"anything-but": {"wildcard": "*/lib/*"}}]},
        {"resources": [{"anything-but": "arn:aws:s3:::bronze"}]},
        detail(count=[{"numeric": ["=", 0]}]),
        detail(count=[{"numeric": [">=", 0, "<", 5]}]),
        detail(count=[0.0]),
        detail(flag=[True]),
        detail(nothing=[None]),
        detail(nothing=[{"exists": True}]),
        detail(absent=[{"exists": False}]),
        detail(object=[{"exists": False}]),  # it works on leaves only
        {"absent": {"deeper": [{"exists": False}]}},
        {"detail": {"source-ip": [{"cidr": "10.0.0.0/24"}]}},
        {"detail": {"source-ip": [{"cidr": "10.0.0.7/24"}]}},
        {"detail": {"address": [{"cidr": "2001:db8::/32"}]}},
        {"$or": [{"source": ["aws.ec2"]}, {"detail": {"count": [0]}}]},
        {"source": ["aws.s3"], "detail": {"$or": [{"count": [1]}, {"flag": [True]}]}},
        {"detail": {"parts": {"name": ["a"], "size": [1]}}},
    ],
)
def test_what_matches(pattern: dict[str, Any]) -> None:
    assert matches(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.ec2"]},
        {"source": ["aws.s3"], "account": ["1"]},
        {"detail": {"object": {"key": [{"suffix": ".CSV"}]}}},
        {"source": [{"wildcard": "aws.s3*s3"}]},
        {"source": [{"anything-but": ["aws.s3"]}]},
        {"absent": [{"anything-but": "x"}]},
        detail(count=[False]),
        detail(flag=[1]),
        detail(flag=[{"numeric": ["=", 1]}]),
        detail(count=[{"prefix": "0"}]),
        detail(count=[{"suffix": {"equals-ignore-case": "0"}}]),
        detail(absent=[{"exists": True}]),
        detail(absent=[None]),
        {"detail": {"source-ip": [{"cidr": "10.0.1.0/24"}]}},
        {"source": [{"cidr": "10.0.0.0/24"}]},
        {"$or": [{"source": ["aws.ec2"]}, {"detail": {"count": [1]}}]},
        {"detail": {"parts": {"name": ["a"], "size": [2]}}},  # of two elements
        {"source": {"deeper": ["x"]}},
    ],
)
def test_what_does_not_match(pattern: dict[str, Any]) -> None:
    assert not matches(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "Filter is not valid JSON"),
        ("[" * 100_000, "Filter is not valid JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"a": {}}', "Empty objects are not allowed"),
        ('{"a": []}', "Empty arrays are not allowed"),
        ('{"a": "x"}', '"a" must be an object or an array'),
        ('{"a": [["x"]]}', "Match value must be String, number, true, false, or null"),
        ('{"a": [{"sufix": ".csv"}]}', "Unrecognized match type sufix"),
        ('{"a": [{"exact": "x"}]}', "Unrecognized match type exact"),
        ('{"a": [NaN]}', "Filter is not valid JSON"),
        ('{"a":' * 102 + "[1]" + "}" * 102, "Event pattern is nested too deeply"),
        ('{"a": [{}]}', "Match expression name not found"),
        ('{"a": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"a": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"a": [{"suffix": {"wildcard": "*"}}]}', "Unsupported suffix pattern: wildcard"),
        ('{"a": [{"wildcard": "a**"}]}', "Consecutive wildcard characters at pos 1"),
        ('{"a": [{"wildcard": "\\\\x"}]}', "Invalid escape character at pos 0"),
        ('{"a": [{"exists": "true"}]}', "exists match pattern must be either true or false."),
        (
            '{"a": [{"anything-but": null}]}',
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            '{"a": [{"anything-but": ["a", 1]}]}',
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            '{"a": [{"anything-but": [true]}]}',
            "Inside anything but list, start|null|boolean is not supported.",
        ),
        ('{"a": [{"anything-but": {"numeric": ["=", 1]}}]}', "Unsupported anything-but pattern: numeric"),
        ('{"a": [{"anything-but": {"prefix": ""}}]}', "Null prefix/suffix not allowed"),
        ('{"a": [{"numeric": 5}]}', "Value of numeric must be an array."),
        ('{"a": [{"numeric": []}]}', "Invalid member in numeric match: ]"),
        ('{"a": [{"numeric": ["=>", 5]}]}', "Unrecognized numeric range operator: =>"),
        ('{"a": [{"numeric": ["=", "5"]}]}', "Value of equals must be numeric"),
        ('{"a": [{"numeric": ["<", 5, ">", 1]}]}', "Too many elements in numeric expression"),
        ('{"a": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"),
        ('{"a": [{"numeric": [">", 5, ">", 7]}]}', "Bad numeric range operator: >"),
        ('{"a": [{"numeric": [">", 6e9]}]}', "Value must be between -5.0E9 and 5.0E9, inclusive"),
        ('{"a": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"a": [{"cidr": "10.0.0.300/24"}]}', "Nonstandard IP address: 10.0.0.300"),
        ('{"$or": {"a": ["x"]}}', "It must be an Array followed with $or."),
        ('{"$or": [{"a": ["x"]}]}', "There must have at least 2 Objects in $or relationship."),
        ('{"$or": [{"a": ["x"]}, 1]}', "Only JSON object is allowed in array of $or relationship."),
        (
            '{"$or": [{"prefix": ["x"]}, {"a": [1]}]}',
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        ),
    ],
)
def test_what_is_refused(pattern: str, reason: str) -> None:
    """In the words of AWS's engine."""
    with pytest.raises(InvalidPatternError) as refusal:
        compile_pattern(pattern)

    assert refusal.value.reason == reason
    assert str(refusal.value) == f"Event pattern is not valid. Reason: {reason}"


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(string.printable, max_size=6)
    | st.sampled_from(["numeric", "anything-but", "$or", "cidr", "10.0.0.0/8", ">", "*"])
)
NAMES = st.sampled_from(
    ["a", "a.b", "$or", "prefix", "anything-but", "numeric", "cidr", "wildcard", "exists"]
)
json_values = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=12,
)


@given(pattern=json_values, event=json_values)
def test_any_pattern_is_compiled_or_refused_and_then_never_fails(pattern: Any, event: Any) -> None:
    try:
        compiled = compile_pattern(json.dumps(pattern))
    except InvalidPatternError:
        return
    assert compiled.matches(event) in (True, False)


def test_a_wildcard_against_a_long_value_takes_one_walk() -> None:
    """No backtracking: five stars over a megabyte would take hours with it."""
    assert not matches({"a": [{"wildcard": "*a*a*a*a*b"}]}, {"a": "a" * 1_000_000})


@pytest.mark.parametrize(
    ("event", "matches"),
    [
        ({"d": {"i": {"y": 1}}}, True),
        ({"d": {"i": [{"y": 1}, {"z": 1}]}}, True),
        ({"d": {"i": [{"x": 1}, {"y": 2}]}}, False),
        ({"d": [{"i": [{"x": 1}]}, {"i": [{"y": 1}]}]}, False),
        ({"d": {"i": []}}, True),
        ({}, True),
    ],
)
def test_what_any_element_has_exists(event: dict[str, Any], matches: bool) -> None:
    pattern = compile_pattern('{"d": {"i": {"x": [{"exists": false}]}}}')

    assert pattern.matches(event) == matches


def test_exactly_is_as_a_plain_value() -> None:
    assert compile_pattern('{"a": [{"exactly": "x"}]}').matches({"a": "x"})
