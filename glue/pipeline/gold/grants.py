"""Who may read what: the reader's rights, and those a view had before it was made anew.

Rights that are there are not given again, so that an unchanged load writes nothing into the catalogs.
"""

# ruff: noqa: S608 - identifiers and literals go through pg8000's own quoting

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pg8000.native import Connection

from pipeline.gold import ledger
from pipeline.gold.relation import Relation, quoted, text_literal

_GRANTEE = "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END"


@dataclass(frozen=True)
class Grant:
    """A right as the statement that gives it; ``column``: of that column only."""

    column: str | None
    sql: str


def let_read(connection: Connection, role: str, relations: Sequence[Relation]) -> None:
    """SELECT on ``relations``, USAGE of their schemas, and SELECT on what we shall make in them."""
    schemas = sorted({relation.schema for relation in relations})
    if _closed(connection, role, schemas):
        # two transactions that change the rights of one schema at a time fail: "tuple concurrently updated"
        ledger.lock(connection, "/rights")
        for schema in _closed(connection, role, schemas):
            connection.run(f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(role)}")
            later = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {quoted(schema)}"
            connection.run(f"{later} GRANT SELECT ON TABLES TO {quoted(role)}")
    for relation in relations:
        may = "SELECT has_table_privilege(:role, CAST(:name AS regclass), 'SELECT')"
        if not connection.run(may, role=role, name=relation.qualified)[0][0]:
            connection.run(f"GRANT SELECT ON {relation.qualified} TO {quoted(role)}")


def _closed(connection: Connection, role: str, schemas: Sequence[str]) -> list[str]:
    """Those of ``schemas`` that ``role`` may not use, or where new tables would be closed to it."""
    listed = ", ".join(map(text_literal, schemas))
    rows = connection.run(
        "SELECT n.nspname::text FROM pg_namespace n JOIN pg_roles r ON r.rolname = :role "
        f"WHERE n.nspname IN ({listed}) AND NOT (has_schema_privilege(r.oid, n.oid, 'USAGE') AND EXISTS ("
        "SELECT 1 FROM pg_default_acl d, aclexplode(d.defaclacl) a WHERE d.defaclnamespace = n.oid "
        "AND d.defaclobjtype = 'r' AND d.defaclrole = CAST(current_user AS regrole) "
        "AND a.grantee = r.oid AND a.privilege_type = 'SELECT')) ORDER BY 1",
        role=role,
    )
    return [name for (name,) in rows]


def given(connection: Connection, relation: Relation) -> list[Grant]:
    """Return all rights on ``relation`` and its columns but the owner's."""
    end = f"{_GRANTEE}, CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END"
    name = text_literal(relation.qualified)
    rows = connection.run(
        f"SELECT NULL, format('GRANT %s ON %s TO %s%s', a.privilege_type, {name}, {end}) "
        "FROM pg_class c, aclexplode(c.relacl) a "
        f"WHERE c.oid = {relation.regclass} AND a.grantee <> c.relowner UNION ALL "
        f"SELECT t.attname::text, format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, t.attname, "
        f"{name}, {end}) "
        "FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a "
        f"WHERE c.oid = {relation.regclass} AND a.grantee <> c.relowner"
    )
    return [Grant(column, sql) for column, sql in rows]


def restore(connection: Connection, relation: Relation, grants: Sequence[Grant]) -> None:
    """Make the rights on ``relation``, just made anew, those of ``grants``; default ones go."""
    for (sql,) in connection.run(
        f"SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', {text_literal(relation.qualified)}, {_GRANTEE}) "
        "FROM pg_class c, aclexplode(c.relacl) a "
        f"WHERE c.oid = {relation.regclass} AND a.grantee <> c.relowner"
    ):
        connection.run(sql)
    columns = relation.columns_there(connection)
    for grant in grants:
        if grant.column is None or grant.column in columns:
            connection.run(grant.sql)
