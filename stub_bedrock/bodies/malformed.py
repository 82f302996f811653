"""The JSON-schema check that InvokeModel puts before a model's own body, with its texts.

One violation is named, several are only counted, as AWS does.
"""

from stub_bedrock.bodies.shapes import JsonObject
from stub_bedrock.errors import ValidationException
from stub_bedrock.wire import from_bytes

_NAMES: dict[type, str] = {
    dict: "JSONObject",
    list: "JSONArray",
    str: "String",
    int: "Integer",
    float: "BigDecimal",
    bool: "Boolean",
    type(None): "Null",
}


def malformed(what: str = "") -> ValidationException:
    """Return the error for a body that is not what the model takes."""
    detail = f": {what}" if what else ""
    return ValidationException(f"Malformed input request{detail}, please reformat your input and try again.")


def parse(body: bytes) -> JsonObject:
    """Read a JSON object. Raises ValidationException when the body is none."""
    try:
        value = from_bytes(body)
    except ValueError:
        raise malformed() from None
    violations = SchemaViolations()
    violations.expect(value, dict, "#")
    violations.check()
    return dict(value)


class SchemaViolations:
    """Collects what is wrong with a body. Pointers are JSON pointers from `#`."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def expect(self, value: object, wanted: type | tuple[type, ...], pointer: str) -> bool:
        """Is the value of the type? A number is wanted as `float`, and an integer serves."""
        types = wanted if isinstance(wanted, tuple) else (wanted,)
        actual = type(value)
        if actual in types or (actual is int and float in types):
            return True
        name = "Number" if types[0] is float else _NAMES[types[0]]
        self.found.append(f"{pointer}: expected type: {name}, found: {_NAMES.get(actual, 'String')}")
        return False

    def require(self, value: JsonObject, keys: tuple[str, ...], pointer: str = "#") -> None:
        self.found += [f"{pointer}: required key [{key}] not found" for key in keys if key not in value]

    def only(self, value: JsonObject, keys: tuple[str, ...], pointer: str = "#") -> None:
        self.found += [
            f"{pointer}: extraneous key [{key}] is not permitted" for key in value if key not in keys
        ]

    def between(self, value: object, least: float | None, most: float | None, pointer: str) -> None:
        """Bounds of a number; None and what is absent pass."""
        if value is None or not self.expect(value, float, pointer):
            return
        if least is not None and value < least:  # type: ignore[operator]  # a number, as just checked
            self.found.append(f"{pointer}: {value} is not greater or equal to {least}")
        if most is not None and value > most:  # type: ignore[operator]
            self.found.append(f"{pointer}: {value} is not less or equal to {most}")

    def check(self) -> None:
        if len(self.found) == 1:
            raise malformed(self.found[0])
        if self.found:
            raise malformed(f"{len(self.found)} schema violations found")
