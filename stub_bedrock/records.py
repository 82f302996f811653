"""The records of a prompt: a JSON array of objects with an id and a text.

The array inside `<records>…</records>` comes first, else the first such array in the text. It is parsed as
JSON from its opening bracket, so nothing that stands inside a record's text (a closing tag, a second array,
an instruction) can end it or take its place: that text is data.
"""

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

_TAGGED, _BRACKET = re.compile(r"<records>\s*\["), re.compile(r"\[")
_ID_KEYS = ("id", "record_id", "recordId", "index", "no", "key")
_TEXT_KEYS = ("text", "content", "body", "comment", "message", "value")
_MOST_BRACKETS = 50  # where to stop looking for an array that holds records
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Record:
    """One record: what to answer for. `fields` is the whole object."""

    id_key: str
    record_id: Any
    text: str
    fields: dict[str, Any]


def find_records(prompt: str) -> list[Record] | None:
    """Return the prompt's records; an empty list where every array is empty, None where there is no array."""
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
    """Where a JSON array may open: after each tag first, then anywhere. Not many, as each is parsed."""
    tagged = [found.end() - 1 for found in islice(_TAGGED.finditer(prompt), _MOST_BRACKETS)]
    return tagged or [found.start() for found in islice(_BRACKET.finditer(prompt), _MOST_BRACKETS)]


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
