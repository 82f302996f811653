"""``gold_meta``: which tables are whose, which source versions are in Gold, which loads were committed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pg8000.native import Connection

from pipeline.gold.connection import count
from pipeline.gold.errors import GoldOwnerError
from pipeline.gold.relation import Relation
from pipeline.gold.report import GoldReport

_DDL = """
CREATE SCHEMA IF NOT EXISTS gold_meta;
COMMENT ON SCHEMA gold_meta IS 'The Gold load''s own records; written with the rows, in the same transaction';
CREATE TABLE IF NOT EXISTS gold_meta.tables (
  table_schema text, table_name text, dataset text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (table_schema, table_name));
COMMENT ON TABLE gold_meta.tables IS 'Which dataset owns a Gold table or view';
CREATE TABLE IF NOT EXISTS gold_meta.source_versions (
  dataset text, source text, version_id text, rows bigint NOT NULL, contract_digest text NOT NULL,
  load_id text NOT NULL, loaded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (dataset, source, version_id));
COMMENT ON TABLE gold_meta.source_versions IS 'Source object versions whose rows are in Gold, how many';
CREATE TABLE IF NOT EXISTS gold_meta.loads (
  load_id text PRIMARY KEY, dataset text NOT NULL, job_run_id text NOT NULL, contract_digest text NOT NULL,
  report jsonb NOT NULL, committed_at timestamptz NOT NULL DEFAULT now());
COMMENT ON TABLE gold_meta.loads IS 'Loads that changed something; tells whether a lost commit took place';
CREATE TABLE IF NOT EXISTS gold_meta.views (
  view_schema text, view_name text, sql_digest text NOT NULL, definition_digest text NOT NULL,
  PRIMARY KEY (view_schema, view_name));
COMMENT ON TABLE gold_meta.views IS 'What a view was made of, and what PostgreSQL made of it';
CREATE TABLE IF NOT EXISTS gold_meta.readers (
  role_oid oid PRIMARY KEY, role_name text NOT NULL, secret_version text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now());
COMMENT ON TABLE gold_meta.readers IS 'Which version of its secret a role has as password';
CREATE TABLE IF NOT EXISTS gold_meta.computed (
  table_schema text, table_name text, silver_version text NOT NULL, digest text NOT NULL,
  rows bigint NOT NULL, PRIMARY KEY (table_schema, table_name));
COMMENT ON TABLE gold_meta.computed IS 'What version of Silver an incremental table was computed from';
"""


@dataclass(frozen=True)
class State:
    """What an incremental table was computed from: ``digest`` of how, and its rows then."""

    silver_version: str
    digest: str
    rows: int


@dataclass(frozen=True)
class SourceVersion:
    """A source object version in Silver, and its rows there."""

    source: str
    version_id: str
    rows: int


def hold(connection: Connection, dataset: str) -> None:
    """Wait for other loaders of ``dataset``, as ``lock`` does; held until the session ends."""
    connection.run("SELECT pg_advisory_lock(hashtextextended(:name, 0))", name=f"glue-app/gold/{dataset}")


def lock(connection: Connection, dataset: str) -> None:
    """Wait for other loaders of ``dataset``; held until the transaction ends."""
    connection.run(
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", name=f"glue-app/gold/{dataset}"
    )


def ensure(connection: Connection) -> None:
    """Make the schema and its tables, once."""
    if connection.run("SELECT to_regclass('gold_meta.computed') IS NOT NULL")[0][0]:  # the latest
        return
    # CREATE … IF NOT EXISTS still fails when two sessions do it at the same moment
    lock(connection, "/ledger")
    connection.run(_DDL)


def committed_report(connection: Connection, load_id: str) -> GoldReport | None:
    """Return the report of load ``load_id`` when an earlier attempt committed it after all."""
    rows = connection.run("SELECT report::text FROM gold_meta.loads WHERE load_id = :id", id=load_id)
    return GoldReport.from_dict(json.loads(rows[0][0])) if rows else None


def own(connection: Connection, relation: Relation, dataset: str) -> None:
    """Record that ``relation`` is ``dataset``'s. Raises GoldOwnerError when it is somebody else's."""
    rows = connection.run(
        "SELECT dataset FROM gold_meta.tables WHERE table_schema = :schema AND table_name = :name",
        schema=relation.schema,
        name=relation.name,
    )
    there = relation.exists(connection)
    if rows and there and rows[0][0] != dataset:
        raise GoldOwnerError(relation.kind, relation.name, rows[0][0])
    if there and not rows:
        raise GoldOwnerError(relation.kind, relation.name, None)
    if not rows or rows[0][0] != dataset:
        connection.run(
            "INSERT INTO gold_meta.tables (table_schema, table_name, dataset) "
            "VALUES (:schema, :name, :dataset) ON CONFLICT (table_schema, table_name) "
            "DO UPDATE SET dataset = excluded.dataset, created_at = now()",
            schema=relation.schema,
            name=relation.name,
            dataset=dataset,
        )


def _lines(
    dataset: str, versions: Iterable[SourceVersion], contract_digest: str, load_id: str
) -> Iterator[bytes]:
    for version in versions:
        cells = (dataset, version.source, version.version_id, str(version.rows), contract_digest, load_id)
        yield ("\t".join(map(_escaped, cells)) + "\n").encode()


def _escaped(text: str) -> str:
    for character, escape in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(character, escape)
    return text


def record_sources(
    connection: Connection,
    dataset: str,
    versions: Iterable[SourceVersion],
    contract_digest: str,
    load_id: str,
) -> bool:
    """Make the ledger of ``dataset`` say what Silver holds; True when it said otherwise."""
    connection.run("CREATE TEMPORARY TABLE gold_sources (LIKE gold_meta.source_versions) ON COMMIT DROP")
    connection.run("ALTER TABLE pg_temp.gold_sources ALTER loaded_at SET DEFAULT now()")
    count(
        connection,
        "COPY pg_temp.gold_sources (dataset, source, version_id, rows, contract_digest, load_id) FROM STDIN",
        _lines(dataset, versions, contract_digest, load_id),
    )
    connection.run(
        "DELETE FROM gold_meta.source_versions l WHERE l.dataset = :dataset AND NOT EXISTS "
        "(SELECT 1 FROM pg_temp.gold_sources s WHERE s.source = l.source AND s.version_id = l.version_id)",
        dataset=dataset,
    )
    gone = int(connection.row_count)
    written = count(
        connection,
        "INSERT INTO gold_meta.source_versions AS l "
        "(dataset, source, version_id, rows, contract_digest, load_id) "
        "SELECT dataset, source, version_id, rows, contract_digest, load_id FROM pg_temp.gold_sources "
        "ON CONFLICT (dataset, source, version_id) DO UPDATE SET rows = excluded.rows, "
        "contract_digest = excluded.contract_digest, load_id = excluded.load_id, loaded_at = now() "
        "WHERE (l.rows, l.contract_digest) IS DISTINCT FROM (excluded.rows, excluded.contract_digest)",
    )
    return bool(gone or written)


def state(connection: Connection, table: Relation) -> State | None:
    """Return what ``table`` was computed from; None when nobody wrote it down."""
    rows = connection.run(
        "SELECT silver_version, digest, rows FROM gold_meta.computed "
        "WHERE table_schema = :schema AND table_name = :name",
        schema=table.schema,
        name=table.name,
    )
    return State(*rows[0]) if rows else None


def record_state(connection: Connection, table: Relation, computed: State) -> None:
    """Write down what ``table`` was computed from, with its rows, in the caller's transaction."""
    connection.run(
        "INSERT INTO gold_meta.computed AS c VALUES (:schema, :name, :version, :digest, :rows) "
        "ON CONFLICT (table_schema, table_name) DO UPDATE SET silver_version = excluded.silver_version, "
        "digest = excluded.digest, rows = excluded.rows "
        "WHERE (c.silver_version, c.digest, c.rows) IS DISTINCT FROM "
        "(excluded.silver_version, excluded.digest, excluded.rows)",
        schema=table.schema,
        name=table.name,
        version=computed.silver_version,
        digest=computed.digest,
        rows=computed.rows,
    )


def forget_state(connection: Connection, table: Relation) -> None:
    """Leave nothing to go on from: a load computed all of ``table`` without saying from what."""
    connection.run(
        "DELETE FROM gold_meta.computed WHERE table_schema = :schema AND table_name = :name",
        schema=table.schema,
        name=table.name,
    )


def record_load(
    connection: Connection,
    dataset: str,
    job_run_id: str,
    contract_digest: str,
    load_id: str,
    report: GoldReport,
) -> None:
    """Write ``report`` under ``load_id``: from the commit on, ``committed_report`` finds it."""
    connection.run(
        "INSERT INTO gold_meta.loads (load_id, dataset, job_run_id, contract_digest, report) "
        "VALUES (:load_id, :dataset, :job_run_id, :digest, CAST(:report AS jsonb))",
        load_id=load_id,
        dataset=dataset,
        job_run_id=job_run_id,
        digest=contract_digest,
        report=json.dumps(report.to_dict()),
    )
