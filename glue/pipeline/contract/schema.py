"""JSON Schemas of a contract's parts. They are checked part by part, so that each faulty part is reported."""

from __future__ import annotations

from typing import Any

from pipeline.contract import dialect, modes

Schema = dict[str, Any]

COLUMN_NAME = "^[a-z][a-z0-9_]{0,62}$"  # what Delta, the Glue Data Catalog and PostgreSQL all take unquoted
TYPE = r"^(string|integer|double|boolean|date|timestamp|decimal\([0-9]{1,2}, ?[0-9]{1,2}\))$"
ENCODINGS = [
    "auto", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp932", "shift_jis", "euc_jp", "iso2022_jp",
    "iso8859-1", "cp1252",
]  # fmt: skip

_STRING: Schema = {"type": "string", "minLength": 1}
_STRINGS: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
_NAMES: Schema = {"type": "array", "items": _STRING, "minItems": 1, "uniqueItems": True}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_TEXT: Schema = {
    "anyOf": [
        _STRING,
        {
            "type": "object",
            "properties": {"en": _STRING, "ja": _STRING},
            "required": ["en", "ja"],
            "additionalProperties": False,
        },
    ]
}


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required or [],
        "additionalProperties": False,
    }


SOURCE = _object(
    {
        "encoding": {"enum": ENCODINGS},
        **dialect.SOURCE_FIELDS,
        "unknown_columns": {"enum": ["refuse", "ignore"]},
        "timezone": _STRING,
        "max_record_characters": _COUNT,
        "max_record_lines": _COUNT,
        "max_cell_characters": _COUNT,
    }
)

COLUMN = _object(
    {
        "name": {"type": "string", "pattern": COLUMN_NAME},
        "header": {"anyOf": [_STRING, _NAMES]},
        "title": _TEXT,
        "description": _STRING,
        "type": {"type": "string", "pattern": TYPE},
        "required": {"type": "boolean"},
        "unique": {"type": "boolean"},
        "pii": {"type": "boolean"},
        "trim": {"type": "boolean"},
        "formats": _NAMES,
        "timezone": _STRING,
        "enum": _STRINGS,
        "min": {"type": ["number", "string"]},
        "max": {"type": ["number", "string"]},
        "min_length": {"type": "integer", "minimum": 0},
        "max_length": _COUNT,
        "pattern": _STRING,
        "nulls": _STRINGS,
        **dialect.COLUMN_FIELDS,
        "true_values": _STRINGS,
        "false_values": _STRINGS,
    },
    required=["name", "type"],
)

ENRICH = _object(
    {
        "instructions": _STRING,
        "answer": {
            "type": "object",
            "properties": {
                "type": {"enum": ["object"]},
                "properties": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {"type": "object"},
                },
                "required": {"type": "array", "items": _STRING},
                "additionalProperties": {"enum": [False]},
            },
            "required": ["properties"],
            "additionalProperties": False,
        },
        "inference": _object(
            {
                "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "tool_choice": {"enum": ["tool", "auto"]},
                "max_output_tokens": _COUNT,
                "additional": {"type": "object"},
            }
        ),
        "limits": _object({"max_calls": _COUNT, "max_tokens": _COUNT}),
    },
    required=["instructions", "answer"],
)

RULE = _object(
    {"name": {"type": "string", "pattern": COLUMN_NAME}, "sql": _STRING, "description": _STRING},
    required=["name", "sql"],
)

GOLD_TABLE = _object(
    {
        "name": {"type": "string", "pattern": COLUMN_NAME},
        "key": _NAMES,
        "incremental": {"type": "boolean"},
        "sql": _STRING,
        "comment": _TEXT,
        "columns": {"type": "object", "additionalProperties": _TEXT},
    },
    required=["name", "key", "sql"],
)

GOLD_VIEW = _object(
    {
        "name": {"type": "string", "pattern": COLUMN_NAME},
        "sql": _STRING,
        "comment": _TEXT,
        "columns": {"type": "object", "additionalProperties": _TEXT},
    },
    required=["name", "sql"],
)

CONTRACT = _object(
    {
        "title": _TEXT,
        "description": _STRING,
        "source": {"type": "object"},
        "columns": {"type": "array", "minItems": 1},
        "record_key": {"anyOf": [{"enum": ["content", "line"]}, _NAMES]},
        **modes.SCHEMA,
        "free_text": _NAMES,
        "enrich": {"type": "object"},
        "quality": _object(
            {
                "max_quarantined_ratio": {"type": "number", "minimum": 0, "maximum": 1},
                "rules": {"type": "array"},
            }
        ),
        "silver": {"type": "object"},
        "gold": {"type": "array"},
        "views": {"type": "array"},
    },
    required=["title", "columns", "record_key"],
)
