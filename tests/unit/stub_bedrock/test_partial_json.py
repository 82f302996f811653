"""What is left of a tool's input that max_tokens cut."""

import json
from typing import Any

import pytest

from stub_bedrock.partial_json import complete_part

WHOLE = {
    "records": [{"id": 1, "text": 'say "hi", [then] {go}'}, {"id": 22, "tags": ["a", "日本"]}],
    "done": True,
}


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        ("", {}),
        ('{"rec', {}),
        ('{"records":[{"id":1,"te', {"records": [{"id": 1}]}),
        ('{"records":[{"id":1},{"id":2', {"records": [{"id": 1}, {}]}),
        ('{"a":{"b":[1,2]},"c":', {"a": {"b": [1, 2]}}),
    ],
)
def test_whole_members_stay_and_containers_are_closed(cut: str, left: dict[str, Any]) -> None:
    assert complete_part(cut) == left


def test_every_cut_of_a_document_is_json_again_and_nothing_is_invented() -> None:
    text = json.dumps(WHOLE, ensure_ascii=False)
    for at in range(len(text)):
        left = complete_part(text[:at])
        assert set(left) <= set(WHOLE)
        for part, whole in zip(left.get("records", []), WHOLE["records"], strict=False):  # type: ignore[call-overload]
            for key, value in part.items():
                assert value == whole[key] or (key == "tags" and value == whole[key][: len(value)])
    assert complete_part(text) == WHOLE
