"""A value into the bounds that a JSON Schema puts on strings and numbers."""

import math
import re
from typing import Any

from stub_bedrock.budget import Budget
from stub_bedrock.language.summary import shorten
from stub_bedrock.schema.patterns import matches
from stub_bedrock.schema.regex_samples import sample

_FORMATS = {
    "date": "2025-01-01",
    "date-time": "2025-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_IN_TEXT = {
    "date": re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d)\b"),
    "email": re.compile(r"\b[A-Za-z0-9_%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}"),
    "uri": re.compile(r"https?://[A-Za-z0-9./_\-?=&%#]+"),
    "uuid": re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE),
}
Schema = dict[str, Any]


def fit_string(value: str, schema: Schema, text: str, budget: Budget) -> str:
    """Give the value the schema's format, pattern and lengths; dates and such are looked for in the text.

    :raises SchemaTooComplexError: the string, or matching the pattern, costs too much.
    """
    form = schema.get("format")
    if form in _FORMATS:
        found = _IN_TEXT[form].search(text) if form in _IN_TEXT else None
        value = found[0] if found else _FORMATS[form]
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not matches(pattern, value):
        value = sample(pattern) or value
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    budget.text(max(len(value), least))
    if len(value) < least:
        value = value.ljust(least, ".") if not isinstance(pattern, str) else (value * least)[:least]
    return shorten(value, most) if most is not None and len(value) > most else value


def fit_number(value: float, schema: Schema, whole: bool) -> int | float:
    """Return the number nearest to the value that the bounds and `multipleOf` allow."""
    low, high = limits(schema, whole)
    step = schema.get("multipleOf") or (1 if whole else None)
    value = min(max(value, low), high)
    if step:
        value = round(value / step) * step
        value = math.ceil(low / step) * step if value < low else value
        value = math.floor(high / step) * step if value > high else value
    return int(value) if whole else round(value, 4)


def limits(schema: Schema, whole: bool) -> tuple[float, float]:
    """Least and most, inclusive: an exclusive bound is moved in by one, or by a thousandth."""
    inside = 1 if whole else 0.001
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    if "exclusiveMinimum" in schema:
        low = max(low, schema["exclusiveMinimum"] + inside)
    if "exclusiveMaximum" in schema:
        high = min(high, schema["exclusiveMaximum"] - inside)
    return low, high
