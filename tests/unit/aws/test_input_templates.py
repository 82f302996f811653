"""Templates of EventBridge's InputTransformer."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies

from glue_app.aws.input_templates import TemplateError, fill

JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=10),
    lambda inner: (
        strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(max_size=3), inner)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("template", "value", "filled"),
    [
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
        ('"<x> is in state \\"<x>\\""', "i-1", 'i-1 is in state "i-1"'),
        ('{"a": <x>, "b": "<x> is on"}', "i-1", {"a": "i-1", "b": "i-1 is on"}),
        ('{"a": {"b": [1, <x>]}}', [1, 2], {"a": {"b": [1, [1, 2]]}}),
        ('"n <x> end"', 5, "n 5 end"),
        ('{"v": "n <x>"}', 5, {"v": "n 5"}),
        ('{"v": "<x>"}', True, {"v": "true"}),
        ('{"v": "<x>"}', None, {"v": "null"}),
        ('{"v": <x>}', 'a\nb"\\', {"v": 'a\nb"\\'}),
        ('{"v": "a <x> b"}', 'q"q\\', {"v": 'a q"q\\ b'}),
        ('{"v": <x>}', {"a": 'q"q'}, {"v": {"a": 'q"q'}}),
        ('{"v": "<x>"}', {"a": "b"}, {"v": "{a:b}"}),
        ("<x>", {"a": 1}, {"a": 1}),
        ("<x>", [], []),
        ('"line1 <x>"\n"line2 <x>"\n', "v", "line1 v\nline2 v"),
        ('{\n  "v": <x>\n}', 1, {"v": 1}),
        ('{"v": "<b>\\"<x>"}', "v", {"v": '<b>"v'}),
        ('{"v": <x>}', "<x>", {"v": "<x>"}),
    ],
)
def test_a_template_is_filled(template: str, value: Any, filled: Any) -> None:
    assert fill(template, {"x": value}) == filled


@pytest.mark.parametrize("template", ['{"v": ', "<y>", '"a" "b"', "", '{"v": 1}\n{"v": 2}'])
def test_what_becomes_neither_json_nor_text_is_refused(template: str) -> None:
    with pytest.raises(TemplateError):
        fill(template, {"x": 1})


@hypothesis.given(value=JSON)
def test_any_value_of_an_event_fits(value: Any) -> None:
    """Outside of a string as it is; within one as text that breaks nothing."""
    filled = fill('{"as": <x>, "in": "a <x> b", "more": [<x>]}', {"x": value})

    assert filled["as"] == value
    assert filled["more"] == [value]
    assert filled["in"].startswith("a ")
    assert filled["in"].endswith(" b")
    if isinstance(value, str):
        assert filled["in"] == f"a {value} b"
    json.dumps(filled)
