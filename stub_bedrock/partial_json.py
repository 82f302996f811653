"""What is left of a JSON object whose end was cut off."""

import json
from typing import Any


def complete_part(text: str) -> dict[str, Any]:
    """The longest beginning of the object that has whole members only: a cut string, number, key or name is
    dropped, the containers around it are closed. `{}` where nothing was whole."""
    closers: list[str] = []
    ends: list[tuple[int, str]] = [(0, "{}")]  # where a value was whole, and what closes it there
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
            ends.append((at + 1, "".join(reversed(closers))))
        elif char in "}]":
            closers.pop()
            ends.append((at + 1, "".join(reversed(closers))))
        elif char == ",":
            ends.append((at, "".join(reversed(closers))))
    end, closing = ends[-1]
    value = json.loads(text[:end] + closing)
    return value if isinstance(value, dict) else {}
