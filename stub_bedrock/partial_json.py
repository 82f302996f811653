"""What is left of a JSON object whose end was cut off."""

import json
from typing import Any


def complete_part(text: str) -> dict[str, Any]:
    """Return the longest beginning of the object that has whole members only: a cut string, number, key or
    name is dropped, the containers around it are closed. `{}` where nothing was whole."""
    closers: list[str] = []
    end = 0  # where a value was whole; no bracket stands after it, so `closers` is what closes it there
    in_string = escaped = False
    for at, char in enumerate(text):
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "{[":
            closers.append("}" if char == "{" else "]")
            end = at + 1
        elif char in "}]":
            closers.pop()
            end = at + 1
        elif char == ",":
            end = at
    if not end:
        return {}
    closing = "".join(reversed(closers))
    value = json.loads(text[:end] + closing)
    return value if isinstance(value, dict) else {}
