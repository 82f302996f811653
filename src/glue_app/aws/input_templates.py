"""An InputTransformer's template, filled with values of an event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html

Not verified on AWS: the text of several quoted lines, which are joined here; an object within a string, whose
quotes are left out, as LocalStack's authors have seen it in templates that are text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_PART = re.compile(r'(?P<escaped>\\.)|(?P<quote>")|<(?P<name>[^<>"]+)>', re.DOTALL)


class TemplateError(ValueError):
    """Raised where the filled template is neither JSON nor lines of quoted text."""


def fill(template: str, values: Mapping[str, Any]) -> Any:
    """Return what a target gets: parsed JSON; text where the template is quoted lines.

    values: JSON values by placeholder. Outside of a string one becomes JSON, within a string a part of it.
    Raises TemplateError.
    """
    within = False

    def replaced(found: re.Match[str]) -> str:
        nonlocal within
        if found["quote"]:
            within = not within
        name = found["name"]
        if name is None or name not in values:
            return found[0]
        return _in_text(values[name]) if within else json.dumps(values[name])

    filled = _PART.sub(replaced, template)
    try:
        return json.loads(filled, strict=False)
    except ValueError:
        pass
    try:
        lines = [json.loads(line, strict=False) for line in filled.splitlines() if line.strip()]
    except ValueError as error:
        raise TemplateError("the filled template is no valid JSON") from error
    if not lines or not all(isinstance(line, str) for line in lines):
        raise TemplateError("the filled template is no valid JSON")
    return "\n".join(lines)


def _in_text(value: Any) -> str:
    """As a part of a JSON string."""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace('"', "")
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
