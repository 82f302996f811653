"""Comments of tables, views and their columns, in both languages: BI tools show them beside the names."""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

from collections.abc import Mapping

from pg8000.native import Connection

from pipeline.contract.model import Text
from pipeline.gold.relation import Relation, quoted, text_literal


def in_both_languages(text: Text | None) -> str | None:
    """``English / 日本語``; one of them where both are the same."""
    if text is None or not text.en:
        return None
    return text.en if text.ja in ("", text.en) else f"{text.en} / {text.ja}"


def write(
    connection: Connection, relation: Relation, comment: str | None, columns: Mapping[str, str | None]
) -> bool:
    """Set the comments that differ: an unchanged contract takes no lock. True when one was set."""
    there = dict(
        connection.run(
            "SELECT ''::text, obj_description(c.oid, 'pg_class') FROM pg_class c "
            f"WHERE c.oid = {relation.regclass} UNION ALL "
            "SELECT attname::text, col_description(attrelid, attnum) FROM pg_attribute "
            f"WHERE attrelid = {relation.regclass} AND attnum > 0 AND NOT attisdropped"
        )
    )
    changed = False
    if there.get("") != comment:
        kind = relation.kind.upper()
        connection.run(f"COMMENT ON {kind} {relation.qualified} IS {text_literal(comment)}")
        changed = True
    for column, text in columns.items():
        if there.get(column) != text:
            target = f"{relation.qualified}.{quoted(column)}"
            connection.run(f"COMMENT ON COLUMN {target} IS {text_literal(text)}")
            changed = True
    return changed
