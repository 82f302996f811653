"""Requests made from botocore's shapes, right and wrong, for the fuzz tests.

A case is whole: service, operation, what is wrong with it, headers and body. Names are often those of what
`fuzz_stack` has made, so that requests get past "not found".
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote_plus

import botocore.session
from hypothesis import strategies as st

#: of its own: what other tests have made is not touched
ACCOUNT = "111111111111"
SESSION = botocore.session.get_session()
NAMES = (
    "db", "tbl", "job", "conn", "sec", "/p/a", "/p/b", "/p", "doc-1", "gold", "grp", "sub", "snap", "1",
    "2024",
    "default", "us-east-1", ACCOUNT, "postgres", "postgres15", "15.4", "db.t3.micro", "vpc-1", "subnet-1",
    "i-0123456789abcdef0", "work_mem", "tbl.*", "year = '2024'", "year > 1 and (", "Name", "Type",
    f"arn:aws:glue:us-east-1:{ACCOUNT}:job/job", f"arn:aws:rds:us-east-1:{ACCOUNT}:db:gold",
    f"arn:aws:iam::{ACCOUNT}:role/r",
)  # fmt: skip
#: member → what fits it best of what there is
_FITTING = {
    "DatabaseName": "db", "TableName": "tbl", "JobName": "job", "DBInstanceIdentifier": "gold",
    "DBParameterGroupName": "grp", "DBParameterGroupFamily": "postgres15", "Engine": "postgres", "Path": "/p",
    "DBInstanceClass": "db.t3.micro", "ParameterName": "work_mem", "Names": "/p/a", "Values": "2024",
    "SourceDBInstanceIdentifier": "gold", "ParameterValue": "64", "Role": f"arn:aws:iam::{ACCOUNT}:role/r",
}  # fmt: skip
#: what is wrong with a case
KINDS = (
    "well-typed", "wrong type", "missing", "null", "extra", "huge", "control characters", "unicode", "deep",
    "wrong operation", "content type", "cut short", "no object",
)  # fmt: skip
_CONTROLS = ("\0", "a\0b", "\x01", "\x1b[0m", "\x7f", "\ufffe", "a\nb", "\r\n")
_ODD = (
    "\u202e",
    "ß" * 40,
    "日本語",
    "𝔘",
    "\ud800",
    "\udfff\ud800",
    "é" * 300,
    " ",
    "",
    "../..",
    "%s%n",
    "${x}",
    "<a>&'\"",
)
_MAX_DEPTH = 4


@dataclass(frozen=True)
class Case:
    """A request. kind: one of KINDS."""

    service: str
    operation: str
    kind: str
    headers: Mapping[str, str]
    body: bytes

    def command(self) -> str:
        """How to send it to a stack that listens on $EDGE."""
        headers = " ".join(f"-H {_quoted(f'{name}: {value}')}" for name, value in self.headers.items())
        body = f"printf %s {base64.b64encode(self.body).decode()} | base64 -d"
        return f"{body} | curl {headers} --data-binary @- $EDGE/"


def credential(service: str, account: str) -> str:
    """The `Authorization` of a request of this account; nobody checks its signature."""
    return (
        f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/{service}/aws4_request, "
        "SignedHeaders=host, Signature=x"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


class Cases:
    """Draws the cases of one service.

    operations: those that are served; others are drawn now and then.
    """

    def __init__(self, service: str, operations: list[str]) -> None:
        self.service = service
        self.model = SESSION.get_service_model(service)
        self.operations = sorted(operations)
        self.json = self.model.metadata["protocol"] == "json"

    def strategy(self, kinds: tuple[str, ...] = KINDS) -> st.SearchStrategy[Case]:
        """Hypothesis draws a number; dice made of it draw the rest, evenly."""
        return st.integers(0, 2**48).map(lambda seed: self.case(Random(seed), kinds))

    def case(self, dice: Random, kinds: tuple[str, ...] = KINDS) -> Case:
        kind = dice.choice(kinds)
        operation = dice.choice(self.operations if dice.random() < 0.95 else self.model.operation_names)
        shape = self.model.operation_model(operation).input_shape
        value = _value(dice, shape, "", 0) if shape else {}
        value = _changed(dice, kind, shape, value, self.json) if shape else value
        return self._request(dice, kind, operation, value)

    def _request(self, dice: Random, kind: str, operation: str, value: Any) -> Case:
        target = (
            dice.choice(("", "Nothing", operation.lower(), "..", "\u00e9"))
            if kind == "wrong operation"
            else operation
        )
        headers = {
            "Content-Type": "application/x-amz-json-1.1"
            if self.json
            else "application/x-www-form-urlencoded",
            "Authorization": credential(self.service, ACCOUNT),
        }
        if kind == "content type":
            types = (
                "",
                "text/plain",
                "application/xml",
                "application/cbor",
                "multipart/form-data",
                "a/b; charset=utf-16",
            )
            headers["Content-Type"] = dice.choice(types)
        if self.json:
            headers["X-Amz-Target"] = f"{self.model.metadata['targetPrefix']}.{target}"
            body = json.dumps(value).encode()
        else:
            shape = self.model.operation_model(operation).input_shape
            pairs = [("Action", target), ("Version", self.model.metadata["apiVersion"])]
            pairs += _flat("", value, shape)
            body = "&".join(
                f"{quote_plus(k, errors='surrogatepass')}={quote_plus(v, errors='surrogatepass')}"
                for k, v in pairs
            ).encode()
        if kind == "cut short":
            body = body[: dice.randint(0, len(body))]
        if kind == "no object":
            body = dice.choice(
                (
                    b"",
                    b"null",
                    b"[]",
                    b"1",
                    b'"x"',
                    b"{",
                    b"\xff\xfe",
                    b"[" * 2000,
                    b"=&=&&",
                    b"%00%ff",
                    b"NaN",
                )
            )
        return Case(self.service, operation, kind, headers, body)


def _value(dice: Random, shape: Any, name: str, depth: int) -> Any:
    """A value of the shape, within its limits where they are written as numbers."""
    limits = shape.metadata
    match shape.type_name:
        case "structure":
            required = set(shape.required_members)
            chosen = {}
            for member, its in shape.members.items():
                if member in required or (depth < _MAX_DEPTH and dice.random() < (0.4 if depth < 2 else 0.2)):
                    chosen[member] = _value(dice, its, member, depth + 1)
                    if getattr(shape, "is_tagged_union", False):
                        break
            return chosen
        case "list":
            least = max(limits.get("min", 0), 0)
            most = 0 if depth >= _MAX_DEPTH else min(limits.get("max", 3), least + 2)
            return [
                _value(dice, shape.member, name, depth + 1)
                for _ in range(dice.randint(least, max(least, most)))
            ]
        case "map":
            return {
                _value(dice, shape.key, "Key", depth + 1): _value(dice, shape.value, "Value", depth + 1)
                for _ in range(dice.randint(min(limits.get("min", 0), 2), 2))
            }
        case "integer" | "long":
            least = limits.get("min", -5)
            return dice.randint(least, max(least, min(limits.get("max", 300), least + 400)))
        case "float" | "double":
            return dice.uniform(0, 100)
        case "boolean":
            return dice.random() < 0.5
        case "timestamp":
            return dice.randint(0, 2_000_000_000)
        case "blob":
            return base64.b64encode(dice.randbytes(8)).decode()
    return _text(dice, shape, name)


def _text(dice: Random, shape: Any, member: str) -> str:
    """One that fits the shape's pattern, where one of a few does."""
    limits = shape.metadata
    if member in _FITTING and dice.random() < 0.7:
        return _FITTING[member]
    if shape.enum:
        return str(dice.choice(shape.enum))
    least, most = limits.get("min", 0), limits.get("max", 2000)
    pattern = _pattern(limits.get("pattern", ""))
    for _ in range(6):
        known = dice.random() < 0.7
        text = (
            dice.choice(NAMES) if known else "".join(dice.choices("abcXYZ-_/.:0123 ", k=dice.randint(0, 20)))
        )
        text = (text + "a" * max(0, least - len(text)))[:most]
        if pattern is None or pattern.fullmatch(text):
            break
    return text


@functools.cache
def _pattern(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "")) if pattern else None
    except re.error:
        return None


def _changed(dice: Random, kind: str, shape: Any, value: Any, as_json: bool) -> Any:
    """The value with one place changed as the kind says."""
    if kind == "extra":
        extra = dice.choice(("Nothing", "", "__type", "nextToken", "\0", "a" * 5000))
        return value | {extra: dice.choice(("x", 1, {}, [], None, [[{}]]))}
    wrong: tuple[Any, ...] = {
        "wrong type": ("x", 1, -1, 1.5, True, [], {}, ["x"], {"a": "b"}, [{}], [None], {"a": None}, {"": []}),
        "null": (None,),
        "huge": (
            "a" * 100_000,
            10**30,
            -(10**30),
            2**31,
            -(2**63),
            1e308,
            ["a"] * 1000,
            {str(i): "x" for i in range(1000)},
        ),
        "control characters": _CONTROLS,
        "unicode": _ODD,
        "deep": (_nested(800, as_json),),
    }.get(kind, ())
    if not wrong and kind != "missing":
        return value
    places = [place for place in _places(value) if place]
    if not places:
        names = list(shape.members)
        return {dice.choice(names): dice.choice(wrong)} if names and wrong else value
    place = dice.choice(places)
    if kind in ("control characters", "unicode"):
        texts = [one for one in places if isinstance(_at(value, one), str)]
        place = dice.choice(texts or places)
    holder = _at(value, place[:-1])
    if kind == "missing":
        del holder[place[-1]]
    else:
        holder[place[-1]] = dice.choice(wrong)
    return value


def _nested(depth: int, as_json: bool) -> Any:
    made: Any = "x"
    for _ in range(depth if as_json else 30):
        made = {"a": [made]}
    return made


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place] + [found for key, one in inner for found in _places(one, (*place, key))]


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        value = value[key]
    return value


def _flat(prefix: str, value: Any, shape: Any) -> list[tuple[str, str]]:
    """As the query protocol writes it; a value that is not of the shape is written by its own type."""
    kind = shape.type_name if shape else ""
    if isinstance(value, dict):
        members = shape.members if kind == "structure" else {}
        return [
            pair
            for key, one in value.items()
            for pair in _flat(f"{prefix}.{key}" if prefix else key, one, members.get(key))
        ]
    if isinstance(value, list):
        member = shape.member if kind == "list" else None
        name = member.serialization.get("name", "member") if member else "member"
        return [pair for i, one in enumerate(value, 1) for pair in _flat(f"{prefix}.{name}.{i}", one, member)]
    if value is None:
        return [(prefix, "")]
    if isinstance(value, bool):
        return [(prefix, str(value).lower())]
    if kind == "timestamp" and isinstance(value, int) and 0 <= value < 2**32:
        return [(prefix, f"{2000 + value % 30}-01-02T03:04:05Z")]
    return [(prefix, str(value))]
