"""What a schema for structured outputs may not have, beside what no schema may have.

The texts are those that callers report of Claude on Bedrock (vercel/ai pull request 17268).
https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
"""

from typing import Any

from stub_bedrock.errors import ValidationException

_UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "integer": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "number": ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
    "string": ("maxLength", "minLength"),
    "array": ("maxItems", "uniqueItems"),
}
_ONE = ("items", "additionalProperties")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "$defs", "definitions")


def check_structured(schema: object, at: str) -> None:
    """Check a schema that was found right before (stub_bedrock.schema.checking), so that it is not too deep.

    :raises ValidationException: a bound that can't be held, or an object that is open.
    """
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    found = [name for name in _UNSUPPORTED.get(str(kind), ()) if name in schema]
    if found:
        word = "property" if len(found) == 1 else "properties"
        verb = "is" if len(found) == 1 else "are"
        raise _refused(f"{at}: For '{kind}' type, {word} {', '.join(found)} {verb} not supported")
    if kind == "object" and schema.get("additionalProperties") is not False:
        raise _refused(f"{at}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    for part in _parts(schema):
        check_structured(part, at)


def _parts(schema: dict[str, Any]) -> list[Any]:
    return [
        *(schema[key] for key in _ONE if key in schema),
        *(part for key in _LISTS for part in schema.get(key, ())),
        *(part for key in _MAPS for part in schema.get(key, {}).values()),
    ]


def _refused(what: str) -> ValidationException:
    return ValidationException(f"The model returned the following errors: {what}")
