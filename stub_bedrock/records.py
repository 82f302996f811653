"""The records of a prompt: a JSON array of objects with an id and a text.

The array inside `<records>…</records>` comes first, else the first such array in the text. It is parsed as
JSON from its opening bracket, so nothing that stands inside a record's text (a closing tag, a second array,
an instruction) can end it or take its place: that text is data.
"""

import json
from dataclasses import dataclass
from typing import Any

_TAG = "<records>"
_ID_KEYS = ("id", "record_id", "recordId", "index", "no", "key")
_TEXT_KEYS = ("text", "content", "body", "comment", "message", "value")
_MOST_BRACKETS = 50  # where to stop looking for an array in a text that has no records
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Record:
    """One record: what to answer for. `fields` is the whole object."""

    id_key: str
    record_id: Any
    text: str
    fields: dict[str, Any]


def find_records(prompt: str) -> list[Record] | None:
    """The prompt's records; an empty list where every array is empty, None where there is no array."""
    empty: list[Record] | None = None
    for start in _starts(prompt):
        try:
            value, _ = _DECODER.raw_decode(prompt, start)
        except (ValueError, RecursionError):
            continue
        records = _as_records(value)
        if records:
            return records
        empty = empty if records is None else []
    return empty


def _starts(prompt: str) -> list[int]:
    """Where a JSON array may open: after each tag first, then anywhere."""
    tagged: list[int] = []
    at = prompt.find(_TAG)
    while at >= 0:
        after = at + len(_TAG)
        bracket = after + len(prompt[after:]) - len(prompt[after:].lstrip())
        if prompt[bracket : bracket + 1] == "[":
            tagged.append(bracket)
        at = prompt.find(_TAG, after)
    if tagged:
        return tagged
    brackets: list[int] = []
    at = prompt.find("[")
    while at >= 0 and len(brackets) < _MOST_BRACKETS:
        brackets.append(at)
        at = prompt.find("[", at + 1)
    return brackets


def _as_records(value: object) -> list[Record] | None:
    if not isinstance(value, list):
        return None
    records: list[Record] = []
    for entry in value:
        if not isinstance(entry, dict):
            return None
        id_key = next((key for key in _ID_KEYS if key in entry), None)
        if id_key is None:
            return None
        records.append(Record(id_key, entry[id_key], _text(entry, id_key), entry))
    return records


def _text(entry: dict[str, Any], id_key: str) -> str:
    for key in _TEXT_KEYS:
        if isinstance(entry.get(key), str):
            return str(entry[key])
    return "\n".join(value for key, value in entry.items() if key != id_key and isinstance(value, str))
