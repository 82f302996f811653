"""The parameters of an integration against the model of what it calls.

Names are PascalCase at every depth (https://docs.aws.amazon.com/step-functions/latest/dg/connect-parameters.html,
which has the wording of "is not supported by Step Functions"); "is required but was missing" and the type in
capitals (STRING, …) are AWS's words as quoted in public questions.

The same check is made twice: before a task is started, of its values; and of a definition. There a field that
is missing is refused, all else only where nothing is computed when the state runs: AWS was seen to take an
unknown field beside a `.$` one, and to fail the execution. A string where a number or a boolean belongs is
taken, AWS's answer to it is not known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from . import jsonata

#: strings in which JSON travels: an object given for one is written out
#: (https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html and its siblings name some; which
#: others of the AWS SDK integrations do so could not be verified)
_CARRIES_JSON = (
    "Body", "ClientContext", "Data", "Definition", "Detail", "Document", "Event", "Input", "Json", "Message",
    "Output", "Payload", "Policy", "SecretString", "TemplateBody",
)  # fmt: skip
_MISSING = "is required but was missing"
_NUMBERS = frozenset({"integer", "long", "float", "double"})

#: whether a value of a definition is known only when the state runs
Dynamic = Callable[[Any], bool]


def check_template(operation: OperationModel, given: Any, in_jsonata: bool) -> list[str]:
    """Return what is wrong with the Parameters or Arguments of a definition."""

    def dynamic(value: Any) -> bool:
        return in_jsonata and isinstance(value, str) and value.startswith(jsonata.OPENING)

    found = list(_check(operation, given, dynamic, () if in_jsonata else (".$",)))
    return [fault for fault in found if fault.endswith(_MISSING)] if _computed(given, in_jsonata) else found


def _computed(given: Any, in_jsonata: bool) -> bool:
    """Whether any part of a template is known only when the state runs."""
    text = json.dumps(given)
    return f'"{jsonata.OPENING}' in text if in_jsonata else '.$":' in text


def check_values(operation: OperationModel, given: Any) -> list[str]:
    """Return what is wrong with the values a task is about to be started with."""
    return list(_check(operation, given, lambda _: False, ()))


def _check(
    operation: OperationModel, given: Any, dynamic: Dynamic, suffixes: tuple[str, ...]
) -> Iterator[str]:
    shape = operation.input_shape
    if dynamic(given):
        return
    if shape is None:
        shape = StructureShape("Nothing", {"type": "structure", "members": {}})
    yield from _structure(shape, {} if given is None else given, "Parameters", dynamic, suffixes)


def _structure(
    shape: StructureShape, given: Any, name: str, dynamic: Dynamic, suffixes: tuple[str, ...]
) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"The value for the field '{name}' must be an OBJECT"
        return
    members = {member.replace("_", "").casefold(): (member, part) for member, part in shape.members.items()}
    found = set()
    for field, value in given.items():
        bare = field
        for suffix in suffixes:
            bare = bare.removesuffix(suffix)
        member, part = members.get(bare.replace("_", "").casefold(), (None, None))
        if member is None or part is None or bare[:1].islower():
            yield f'The field "{bare}" is not supported by Step Functions'
            continue
        found.add(member)
        if bare == field:
            yield from _value(part, value, bare, dynamic, suffixes)
    for member in shape.required_members:
        part = shape.members[member]
        if member not in found and not part.metadata.get("idempotencyToken"):
            yield f"The field '{member[:1].upper()}{member[1:]}' {_MISSING}"


def _value(
    shape: Shape,
    given: Any,
    name: str,
    dynamic: Dynamic,
    suffixes: tuple[str, ...],
    named_by_user: bool = False,
) -> Iterator[str]:
    """named_by_user: whether `name` is a key of a map, which says nothing of the value."""
    if dynamic(given) or given is None or getattr(shape, "is_document_type", False):
        return
    kind = shape.type_name
    if isinstance(shape, StructureShape):
        yield from _structure(shape, given, name, dynamic, suffixes)
    elif isinstance(shape, ListShape):
        if not isinstance(given, list):
            yield f"The value for the field '{name}' must be an ARRAY"
            return
        for item in given:
            yield from _value(shape.member, item, name, dynamic, suffixes)
    elif isinstance(shape, MapShape):
        if not isinstance(given, dict):
            yield f"The value for the field '{name}' must be an OBJECT"
            return
        for key, item in given.items():
            if not key.endswith(suffixes or "\0"):
                yield from _value(shape.value, item, key, dynamic, suffixes, named_by_user=True)
    elif kind in ("string", "character"):
        carries_json = not named_by_user and name.endswith(_CARRIES_JSON)
        if not isinstance(given, str) and not carries_json and "jsonvalue" not in shape.serialization:
            yield f"The value for the field '{name}' must be a STRING"
    elif isinstance(given, str):
        return
    elif kind == "boolean":
        if not isinstance(given, bool):
            yield f"The value for the field '{name}' must be a BOOLEAN"
    elif kind in _NUMBERS:
        whole = kind in ("integer", "long")
        if isinstance(given, bool) or not isinstance(given, int | float) or (whole and given != int(given)):
            yield f"The value for the field '{name}' must be {'an INTEGER' if whole else 'a NUMBER'}"
    elif kind == "timestamp" and (isinstance(given, bool) or not isinstance(given, int | float)):
        yield f"The value for the field '{name}' must be a TIMESTAMP"
