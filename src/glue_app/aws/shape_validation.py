"""A request against its shape in AWS's model: types, required members, limits, enumerations, patterns.

AWS checks these before the service sees a request. The answers are its own: a wrong JSON type is a
SerializationException, a broken limit a ValidationException that lists all of them, a missing parameter of
the query protocol a MissingParameter. The texts of types and of RDS's refusals are not verified on AWS for
each service. https://smithy.io/2.0/spec/constraint-traits.html,
https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html (ValidationError,
MissingParameter), https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: one of botocore's, by its type; what a kind of shape has beside is known to `type_name`
Shape = Any

#: what botocore's model knows less of than AWS, or what is decided elsewhere (glue_app/emulator/glue)
UNCHECKED_SHAPES = frozenset({"WorkerType", "GlueVersionString"})
_ARTICLED = {"string": "a String", "boolean": "a Boolean", "integer": "an Integer", "long": "a Long"}
_ARTICLED |= {"float": "a Float", "double": "a Double", "timestamp": "a Timestamp", "blob": "a Blob"}
#: what XML 1.0 can't carry, so that no answer can either; and halves of characters
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAX_DEPTH = 200
#: how Java writes the characters beyond U+FFFF in a pattern
_SURROGATES = r"\uD800\uDC00-\uDBFF\uDFFF"


@dataclass(frozen=True)
class Refusal:
    """AWS's answer, with status 400."""

    code: str
    message: str


@dataclass(frozen=True)
class _Broken:
    """A constraint that a value breaks. place: its members' names, the outermost first."""

    place: tuple[str, ...]
    value: str
    constraint: str

    def __str__(self) -> str:
        place = ".".join(name[:1].lower() + name[1:] for name in self.place)
        return f"Value {self.value}at '{place}' failed to satisfy constraint: {self.constraint}"


class _WrongTypeError(Exception):
    """Raised for JSON that isn't of its shape; the message is AWS's."""


def refuse_json(shape: Shape, body: Any, limits: bool = True) -> Refusal | None:
    """body: the parsed JSON of a request, as it came. limits: check more than types and what is missing."""
    try:
        _check_type(shape, body)
    except _WrongTypeError as error:
        return Refusal("SerializationException", str(error))
    broken = list(_broken(shape, body, (), limits=limits, wire=True))
    return Refusal("ValidationException", _listed(broken)) if broken else None


def refuse_query(
    shape: Shape, parsed: Mapping[str, Any], limits: bool = True, listed: bool = False
) -> Refusal | None:
    """Return the refusal of a request of the query protocol; None where nothing is wrong.

    parsed: the request as its parser read it; its types are right.
    listed: the service lists all that is wrong, as those of JSON do (IAM; its code is ValidationError).
    """
    if listed and (all_broken := list(_broken(shape, parsed, (), limits=limits, wire=False))):
        return Refusal("ValidationError", _listed(all_broken))
    for broken in _broken(shape, parsed, (), limits=limits, wire=False):
        name = broken.place[-1] if broken.place else ""
        if broken.constraint == _NOT_NULL:
            return Refusal(
                "MissingParameter", f"The request must contain the parameter {'.'.join(broken.place)}"
            )
        return Refusal("InvalidParameterValue", f"The parameter {name} is not valid. {broken.constraint}")
    for place, text in _texts(parsed, ()):
        if _UNSENDABLE.search(text):
            return Refusal(
                "InvalidParameterValue", f"The parameter {place[-1]} contains an invalid character."
            )
    return None


# -------------------------------------------------------------------------- types
def _check_type(shape: Shape, value: Any, depth: int = 0) -> None:
    if value is None or getattr(shape, "is_document_type", False):
        return
    if depth > _MAX_DEPTH:
        raise _WrongTypeError("Start of structure or map found where not expected.")
    kind = shape.type_name
    match kind:
        case "structure":
            for name, member in _members(_expect(value, dict), shape, wire=True):
                _check_type(member, value[name], depth + 1)
        case "map":
            for key, inner in _expect(value, dict).items():
                _check_type(shape.key, key, depth + 1)
                _check_type(shape.value, inner, depth + 1)
        case "list":
            for inner in _expect(value, list):
                _check_type(shape.member, inner, depth + 1)
        case _:
            _check_scalar(kind, value)


def _expect(value: Any, wanted: type) -> Any:
    if isinstance(value, wanted):
        return value
    if isinstance(value, dict):
        raise _WrongTypeError("Start of structure or map found where not expected.")
    if isinstance(value, list):
        raise _WrongTypeError("Start of list found where not expected")
    raise _WrongTypeError("Expected map or null" if wanted is dict else "Expected list or null")


def _check_scalar(kind: str, value: Any) -> None:
    if isinstance(value, (dict, list)):
        _expect(value, type(None))
    if not _fits(kind, value):
        raise _WrongTypeError(f"{_token(value)} can not be converted to {_ARTICLED.get(kind, 'a String')}")


def _fits(kind: str, value: Any) -> bool:
    number = type(value) in (int, float)  # JSON's true is none
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return type(value) is int and -(2**31) <= value < 2**31
        case "long":
            return type(value) is int and -(2**63) <= value < 2**63
        case "float" | "double":
            return number and _finite(value)
        case "timestamp":
            return isinstance(value, str) or (number and abs(value) < 2**40)
        case _:
            return isinstance(value, str) and not _has_half(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float can hold
        return False


def _has_half(text: str) -> bool:
    """Whether it has half of a surrogate pair, which is no character."""
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _token(value: Any) -> str:
    """Name the value as AWS's parser calls it."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, float):
        return "DECIMAL_VALUE"
    return "NUMBER_VALUE" if isinstance(value, int) else "STRING_VALUE"


# -------------------------------------------------------------------------- constraints
_NOT_NULL = "Member must not be null"


def _broken(
    shape: Shape, value: Any, place: tuple[str, ...], *, limits: bool, wire: bool
) -> Iterator[_Broken]:
    """wire: members have the names they have in JSON, not those of the model."""
    if getattr(shape, "is_document_type", False):
        return
    if value is None:
        yield _Broken(place, "null ", _NOT_NULL)
        return
    if limits and shape.name not in UNCHECKED_SHAPES:
        constraint = _broken_limit(shape, value)
        if constraint:
            yield _Broken(place, _shown(shape, value), constraint)
    inner = functools.partial(_broken, limits=limits, wire=wire)
    match shape.type_name:
        case "structure":
            yield from _missing(shape, value, place, wire)
            for name, member in _members(value, shape, wire):
                if value[name] is not None:
                    yield from inner(member, value[name], (*place, name))
        case "map":
            for key, one in value.items():
                yield from inner(shape.key, key, (*place, "key"))
                yield from inner(shape.value, one, (*place, key, "member"))
        case "list":
            for number, one in enumerate(value, 1):
                yield from inner(shape.member, one, (*place, str(number), "member"))


def _missing(shape: Shape, value: Mapping[str, Any], place: tuple[str, ...], wire: bool) -> Iterator[_Broken]:
    for name in shape.required_members:
        if value.get(_wire_name(shape, name) if wire else name) is None:
            yield _Broken((*place, name), "null ", _NOT_NULL)


def _broken_limit(shape: Shape, value: Any) -> str | None:
    limits = shape.metadata
    least, most = limits.get("min"), limits.get("max")
    if shape.type_name in ("integer", "long", "float", "double"):
        if least is not None and value < least:
            return f"Member must have value greater than or equal to {least}"
        if most is not None and value > most:
            return f"Member must have value less than or equal to {most}"
        return None
    if shape.type_name in ("string", "list", "map"):
        if least is not None and len(value) < least:
            return f"Member must have length greater than or equal to {least}"
        if most is not None and len(value) > most:
            return f"Member must have length less than or equal to {most}"
    if shape.type_name != "string":
        return None
    if limits.get("enum") and value not in limits["enum"]:
        return f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
    pattern = _compiled(limits["pattern"]) if "pattern" in limits else None
    if pattern and not pattern.fullmatch(value):
        return f"Member must satisfy regular expression pattern: {limits['pattern']}"
    return None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Java's pattern; None for what Python's engine can't read, which is not checked."""
    try:
        return re.compile(pattern.replace(_SURROGATES, r"\U00010000-\U0010FFFF"))
    except re.error:
        return None


def _listed(broken: list[_Broken]) -> str:
    many = "s" if len(broken) > 1 else ""
    return f"{len(broken)} validation error{many} detected: " + "; ".join(map(str, broken))


def _shown(shape: Shape, value: Any) -> str:
    """AWS shows the value, unless the model says that it is a secret."""
    if shape.metadata.get("sensitive"):
        return ""
    if isinstance(value, list):
        value = "[" + ", ".join(map(str, value)) + "]"
    return f"'{value}' "


def _members(value: Mapping[str, Any], shape: Shape, wire: bool) -> Iterator[tuple[str, Shape]]:
    """Yield the members that are there; AWS ignores what the model doesn't know."""
    for name, member in shape.members.items():
        name = _wire_name(shape, name) if wire else name
        if name in value:
            yield name, member


def _wire_name(shape: Shape, name: str) -> str:
    wire: str = shape.members[name].serialization.get("name", name)
    return wire


def _texts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _texts(one, (*place, key))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, place)
