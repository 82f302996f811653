"""Requests made to keep the stub busy: refused by counting, and never on the event loop."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from stub_bedrock import answers, body, calls, wire
from stub_bedrock.budget import SchemaTooComplexError
from stub_bedrock.language import caching, category, script
from stub_bedrock.language.category import scores_of_each
from stub_bedrock.language.cleansing import cleanse
from stub_bedrock.language.masking import mask
from stub_bedrock.language.script import PORTION, portions
from stub_bedrock.records import find_records
from stub_bedrock.schema.answers import SchemaAnswer
from stub_bedrock.schema.patterns import matches
from stub_bedrock.schema.regex_samples import sample
from stub_bedrock.tagged import last_tagged
from tests.support.polling import wait_for
from tests.unit.stub_bedrock.conftest import CLAUDE, NOVA, forced, user

Json = dict[str, Any]


def required(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def nested_items(levels: int) -> Json:
    schema: Json = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


TOO_COMPLEX: dict[str, Json] = {
    "many items of many items": required(
        a={
            "type": "array",
            "minItems": 100_000,
            "items": {"type": "array", "minItems": 100_000, "items": {"type": "integer"}},
        }
    ),
    "a tree of itself": {
        "type": "object",
        "properties": {f"child{number}": {"$ref": "#"} for number in range(10)},
    },
    "allOf itself": required(a={"$ref": "#/$defs/a"})
    | {"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}, {"type": "string"}]}}},
    "required itself": required(a={"$ref": "#"}),
    "very deep": required(a=nested_items(90)),
    "long strings, many times": required(
        a={"type": "array", "minItems": 100, "items": {"type": "string", "minLength": 100_000}}
    ),
    "backtracking": required(a={"type": "string", "pattern": "^(a|aa)+$"}),
    "a long sample": required(a={"type": "string", "pattern": "^(x{1000}){1000}$"}),
    "a pattern in a pattern": required(a={"type": "string", "pattern": "(" * 900 + "a" + ")" * 900}),
}


@pytest.mark.parametrize("model", [NOVA, CLAUDE])
@pytest.mark.parametrize("name", TOO_COMPLEX)
def test_a_schema_that_costs_too_much_is_refused_with_bedrocks_error(
    stub: TestClient, converse: Callable[..., Any], name: str, model: str
) -> None:
    """Whatever makes it cost too much: 400, never a 500, and the next caller is answered."""
    messages = user("a" * 5000 + "b")
    response = converse(model, messages=messages, toolConfig=forced(TOO_COMPLEX[name]))

    assert response.status_code == 400, response.text
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert "too large" in response.json()["message"]
    assert converse(model).status_code == 200


def test_an_answer_within_the_budget_is_given() -> None:
    schema = required(a={"type": "array", "minItems": 3000, "items": {"type": "integer"}})

    assert len(SchemaAnswer(schema, "text").value["a"]) == 3000


def test_the_stub_answers_others_while_it_works(
    stub: TestClient, converse: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is not done on the event loop: while one answer is being made, health and others are there."""
    go_on = threading.Event()
    make = answers.answer
    monkeypatch.setattr(answers, "answer", lambda *given: go_on.wait(60) and make(*given))
    found: list[Any] = []
    slow = threading.Thread(target=lambda: found.append(converse()))
    slow.start()
    try:
        wait_for("the call", lambda: stub.get("/_stub/health").json()["in_flight"] == 1, 30)
        assert converse(messages=[]).status_code == 400  # another worker answers
    finally:
        go_on.set()
        slow.join()
    assert found[0].status_code == 200


def test_a_pattern_is_matched_within_a_limit() -> None:
    assert matches("^[a-z]+$", "abc")
    assert not matches("^[a-z]+$", "ABC")
    assert matches("^.{1,50000}$", "a")
    assert matches("(?<name>a)", "x")  # ECMA's, not Python's: nothing to check with
    for pattern in ("^(a|aa)+$", "((a{1000}){1000}){1000}", "a" * 3000, "(" * 500 + ")" * 500):
        with pytest.raises(SchemaTooComplexError):
            matches(pattern, "a" * 10_000 + "b")
    with pytest.raises(SchemaTooComplexError):
        sample("x{20000}" * 10)


def test_a_body_longer_than_bedrocks_is_refused(stub: TestClient) -> None:
    response = stub.post(f"/model/{NOVA}/converse", content=b" " * (body.LONGEST + 1))

    assert (response.status_code, response.json()["message"][:30]) == (400, "1 validation error detected: V")
    assert stub.put("/_stub/faults", content=b" " * 100_000).status_code == 400


def test_a_body_of_more_values_than_a_model_reads_is_not_parsed(
    stub: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_VALUES", 1000)
    body_ = json.dumps({"messages": user("hello"), "additionalModelRequestFields": [[]] * 1000})

    response = stub.post(f"/model/{NOVA}/converse", content=body_)

    assert response.json() == {"message": "Input is too long for requested model."}


def test_invented_model_ids_do_not_fill_the_counters(stub: TestClient) -> None:
    for number in range(calls.MOST_MODELS + 50):
        stub.post(f"/model/invented-{number}/converse", content="{}")

    counted = stub.get("/_stub/calls").json()["by_model"]
    assert len(counted) == calls.MOST_MODELS + 1
    assert counted[calls.OTHERS] == 50


# ------------------------------------------------------------------------------------- linear, by counting
def test_tags_that_are_never_closed_take_linear_time() -> None:
    """Quadratic, 200,000 of them would take minutes."""
    assert last_tagged("<a>" * 200_000) is None
    assert last_tagged("<a>1</a> <b>x</b> <c>" + "<d>" * 200_000) == "x"
    assert last_tagged("<a>out <b>in</b></a>") == "out <b>in</b>"
    assert find_records("<records>" * 200_000) is None


def test_a_long_text_is_read_in_portions() -> None:
    """No expression reads more than a portion at once; what is masked and cleansed is the same."""
    text = "mail a@example.com now.\n" * 20_000

    assert "".join(portions(text)) == text
    assert max(map(len, portions(text))) <= PORTION
    assert max(map(len, portions("x" * 200_000))) <= PORTION
    assert mask(text) == "mail [EMAIL] now.\n" * 20_000
    assert cleanse(text).count("a@example.com now.") == 20_000


def test_a_reference_to_a_character_that_can_not_be_is_dirt() -> None:
    """Python refuses to read numbers of more than 4,300 digits."""
    assert cleanse(f"a &#{'9' * 5000}; &#x{'f' * 5000}; b &amp;") == "a b &"


def test_a_text_is_read_once_for_all_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def words(text: str) -> list[str]:
        read.append(text)
        return script.words(text)

    monkeypatch.setattr(category, "words", words)

    scores = scores_of_each("late delivery", (*(f"label {number}" for number in range(500)), "delivery"))

    assert read.count("late delivery") == 1
    assert scores["delivery"] > scores["label 1"]


def test_a_cache_keeps_no_long_arguments() -> None:
    seen: list[str] = []

    @caching.cached_if_short(8)
    def length(text: str) -> int:
        seen.append(text)
        return len(text)

    for text in ("short", "long" * caching.LONGEST):
        assert length(text) == length(text) == len(text)
    assert len(seen) == 3
