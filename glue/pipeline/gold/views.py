"""The semantic layer: the contract's views over its Gold tables, in the schema ``bi``.

An unchanged view is left alone: no statement, no lock. A changed one is replaced within the load's
transaction, so that nobody ever looks for a view in vain.
"""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from pipeline.contract import model as contracts
from pipeline.gold import comments, grants, ledger
from pipeline.gold.connection import field_of, retryable, sqlstate
from pipeline.gold.errors import GoldDependentError, GoldViewError
from pipeline.gold.grants import Grant
from pipeline.gold.migration import dependent_views
from pipeline.gold.relation import Relation, quoted, text_literal
from pipeline.gold.table import GoldTable

SCHEMA = "bi"

_CANNOT_REPLACE = "42P16"  # invalid_table_definition: a column is gone, retyped, renamed or moved
_DEPENDED_ON = "2BP01"  # dependent_objects_still_exist


@dataclass(frozen=True)
class GoldView(Relation):
    """What a view is to look like; ``sql`` names the Gold tables without a schema."""

    kind: ClassVar[str] = "view"

    sql: str
    comment: str | None
    column_comments: Mapping[str, str | None]

    @classmethod
    def of(cls, view: contracts.GoldView) -> GoldView:
        columns = {name: comments.in_both_languages(text) for name, text in view.columns.items()}
        return cls(SCHEMA, view.name, view.sql, comments.in_both_languages(view.comment), columns)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


Dropped = Mapping[str, Sequence[Grant]]
"""View name → the rights on it, for views that were dropped in this transaction."""


def drop_over(connection: Connection, table: GoldTable, views: Sequence[GoldView]) -> Dropped:
    """Drop those of ``views`` that read ``table``, for a column of it is to get another type.

    Raises GoldDependentError when something else uses one of them.
    """
    ours = {(view.schema, view.name): view for view in views}
    found = [ours.get((there.schema, there.name)) for there in dependent_views(connection, table)]
    dropped = {}
    for view in filter(None, found):
        dropped[view.name] = grants.given(connection, view)
        _drop(connection, view)
    return dropped


def sync(
    connection: Connection,
    dataset: str,
    views: Sequence[GoldView],
    tables: Sequence[GoldTable],
    dropped: Dropped,
) -> bool:
    """Make the views what the contract says; True when one was made, changed or got a comment.

    Raises GoldViewError for SQL that does not run or reads anything but ``tables``, GoldDependentError for a
    view that must be made anew while something else uses it.
    """
    if not views:
        return False
    # what the views' SQL means by a bare name, and how pg_get_viewdef writes it
    connection.run(f"SET LOCAL search_path = {quoted(tables[0].schema)}")
    changed = False
    for view in views:
        try:
            made = not _is_current(connection, view)
            if made:
                _make(connection, view, dropped.get(view.name))
                _check_sources(connection, dataset, view, tables)
                _record(connection, view)
            changed = _write_comments(connection, dataset, view) or made or changed
        except DatabaseError as error:
            if retryable(error):
                raise
            raise GoldViewError(dataset, view.name, field_of(error, "M")) from None
    return changed


def make_schema(connection: Connection) -> None:
    """Make the schema of the views, once."""
    if connection.run("SELECT to_regnamespace(:name) IS NOT NULL", name=SCHEMA)[0][0]:
        return
    ledger.lock(connection, "/rights")  # CREATE … IF NOT EXISTS fails when two sessions do it at a time
    connection.run(f"CREATE SCHEMA IF NOT EXISTS {quoted(SCHEMA)}")
    about = "Views over the Gold tables, for BI tools / BI ツール向けのビュー"
    connection.run(f"COMMENT ON SCHEMA {quoted(SCHEMA)} IS {text_literal(about)}")


def _is_current(connection: Connection, view: GoldView) -> bool:
    """Made of this SQL, and not replaced, nor its tables' columns renamed, by somebody else since."""
    if not view.exists(connection):
        return False
    rows = connection.run(
        f"SELECT 1 FROM gold_meta.views WHERE {_row_of(view)} AND sql_digest = :digest "
        f"AND definition_digest = md5(pg_get_viewdef({view.regclass}))",
        digest=view.digest,
    )
    return bool(rows)


def _row_of(view: GoldView) -> str:
    return f"view_schema = {text_literal(view.schema)} AND view_name = {text_literal(view.name)}"


def _make(connection: Connection, view: GoldView, rights: Sequence[Grant] | None) -> None:
    """``rights``: of the view before it was dropped; None: it was not."""
    existed = view.exists(connection)
    connection.run("SAVEPOINT view")
    try:
        _create(connection, f"CREATE OR REPLACE VIEW {view.qualified}", view)
    except DatabaseError as error:
        if sqlstate(error) != _CANNOT_REPLACE or not existed:
            raise
        connection.run("ROLLBACK TO SAVEPOINT view")
        rights = grants.given(connection, view)
        _drop(connection, view)
        _create(connection, f"CREATE VIEW {view.qualified}", view)
    connection.run("RELEASE SAVEPOINT view")
    if rights is not None:
        grants.restore(connection, view, rights)


def _create(connection: Connection, what: str, view: GoldView) -> None:
    # last, so that a comment at its end hides nothing; and by the protocol that takes one statement only
    connection.execute_unnamed(f"{what} AS\n{view.sql}")


def _drop(connection: Connection, view: GoldView) -> None:
    try:
        connection.run(f"DROP VIEW {view.qualified}")
    except DatabaseError as error:
        if sqlstate(error) != _DEPENDED_ON:
            raise
        what = f"view {view.schema}.{view.name} has to be made anew"
        raise GoldDependentError(what, field_of(error, "D")) from None


def _check_sources(connection: Connection, dataset: str, view: GoldView, tables: Sequence[GoldTable]) -> None:
    """Check what the view reads or calls, by the catalog. What comes with PostgreSQL has no entry there, but
    the stored query names the tables of it.
    """
    allowed = ", ".join(relation.regclass for relation in (view, *tables))
    rows = connection.run(
        "SELECT DISTINCT pg_describe_object(d.refclassid, d.refobjid, 0) FROM pg_rewrite r "
        "JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid "
        f"WHERE r.ev_class = {view.regclass} "
        f"AND NOT (d.refclassid = 'pg_class'::regclass AND d.refobjid IN ({allowed})) UNION "
        "SELECT pg_describe_object('pg_class'::regclass, CAST(m[1] AS oid), 0) "
        "FROM pg_rewrite r, regexp_matches(CAST(r.ev_action AS text), ':relid (\\d+)', 'g') m "
        f"WHERE r.ev_class = {view.regclass} AND CAST(m[1] AS oid) NOT IN (0, {allowed}) ORDER BY 1"
    )
    if rows:
        known = ", ".join(table.name for table in tables)
        others = ", ".join(name for (name,) in rows)
        why = f"it uses {others}; a view may use this contract's Gold tables only ({known})"
        raise GoldViewError(dataset, view.name, why)


def _record(connection: Connection, view: GoldView) -> None:
    connection.run(
        "INSERT INTO gold_meta.views (view_schema, view_name, sql_digest, definition_digest) "
        f"VALUES ({text_literal(view.schema)}, {text_literal(view.name)}, {text_literal(view.digest)}, "
        f"md5(pg_get_viewdef({view.regclass}))) ON CONFLICT (view_schema, view_name) DO UPDATE "
        "SET sql_digest = excluded.sql_digest, definition_digest = excluded.definition_digest"
    )


def _write_comments(connection: Connection, dataset: str, view: GoldView) -> bool:
    there = view.columns_there(connection)
    unknown = [name for name in view.column_comments if name not in there]
    if unknown:
        why = f"there is a comment on {', '.join(unknown)}, which is not in the SELECT ({', '.join(there)})"
        raise GoldViewError(dataset, view.name, why)
    return comments.write(
        connection, view, view.comment, {name: view.column_comments.get(name) for name in there}
    )
