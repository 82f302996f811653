"""Is a tool's input schema one? Models refuse a call whose schema is none, and so does the stub."""

from typing import Any

from stub_bedrock.budget import DEEPEST_SCHEMA, SchemaTooComplexError
from stub_bedrock.errors import ValidationException

_TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_STRINGS = ("description", "title", "pattern", "format", "$ref")
_SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS = ("properties", "$defs", "definitions", "patternProperties")
_LARGEST = 1e15  # beyond it a bound is no sensible number
_LONGEST = 100_000  # of strings and arrays that a schema can ask for at least


def check_schema(schema: object, at: str, depth: int = 0) -> None:
    """Raise ValidationException: names the place (`tools.0…properties.x`) and what is wrong there."""
    if depth > DEEPEST_SCHEMA:
        raise SchemaTooComplexError()
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise _invalid(at, "a schema is an object or a boolean")
    types = schema.get("type", "object")
    for one in types if isinstance(types, list) else [types]:
        if not isinstance(one, str) or one not in _TYPES:
            raise _invalid(f"{at}.type", f"{one!r} is no type")
    for key in _NUMBERS:
        _require(schema, key, at, _is_number, "must be a number")
    for key in _COUNTS:
        _require(schema, key, at, _is_count, f"must be a whole number from 0 to {_LONGEST}")
    for key in _STRINGS:
        _require(schema, key, at, lambda value: isinstance(value, str), "must be a string")
    if schema.get("multipleOf", 1) <= 0:
        raise _invalid(f"{at}.multipleOf", "must be greater than 0")
    _require(schema, "required", at, _is_names, "must be a list of names")
    _require(
        schema, "enum", at, lambda value: isinstance(value, list) and bool(value), "must be a list of values"
    )
    _check_subschemas(schema, at, depth + 1)


def _check_subschemas(schema: dict[str, Any], at: str, depth: int) -> None:
    for key in _SCHEMAS:
        if key in schema:
            check_schema(schema[key], f"{at}.{key}", depth)
    for key in _LISTS:
        _require(
            schema,
            key,
            at,
            lambda value: isinstance(value, list) and bool(value),
            "must be a list of schemas",
        )
        for number, part in enumerate(schema.get(key, ())):
            check_schema(part, f"{at}.{key}.{number}", depth)
    for key in _MAPS:
        _require(schema, key, at, lambda value: isinstance(value, dict), "must be an object of schemas")
        for name, part in schema.get(key, {}).items():
            check_schema(part, f"{at}.{key}.{name}", depth)


def _require(schema: dict[str, Any], key: str, at: str, test: Any, why: str) -> None:
    if key in schema and not test(schema[key]):
        raise _invalid(f"{at}.{key}", why)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LONGEST


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _invalid(at: str, why: str) -> ValidationException:
    return ValidationException(
        f"The model returned the following errors: {at}: JSON schema is invalid. It must match JSON Schema "
        f"draft 2020-12 ({why})."
    )
