"""`make find`: where the rows of one person are: versions in Bronze, by line; Silver, aside, quarantine.

It looks only. Each file is read as the job reads it, so that an address in CP932, in quotes or with blanks
around it is the same address. What is printed names objects and lines, not the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import TableNotFoundError

from glue_app.operations import model_texts, show
from glue_app.operations.deployment import Deployment
from glue_app.operations.errors import UsageError
from glue_app.operations.source_versions import SourceVersion, listed
from pipeline.contract.model import Column, Contract
from pipeline.errors import PipelineError
from pipeline.reading import CsvFile, S3Body, open_csv
from pipeline.reading.flaws import flaw_of
from pipeline.reading.splitting import RawRecord
from pipeline.validation.column_check import ColumnCheck
from pipeline.values import Rejected

Say = Callable[[str], None]
_LINES = 12


@dataclass(frozen=True)
class Person:
    """Whoever has ``value`` in ``column``. ``text``: as it was given."""

    column: Column
    check: ColumnCheck
    text: str
    value: Any

    @classmethod
    def of(cls, contract: Contract, key: str, column: str) -> Person:
        """``column``: empty for that of the record key. Raises UsageError, without the key in it."""
        name = column or (contract.record_key.columns[0] if len(contract.record_key.columns) == 1 else "")
        names = ", ".join(one.name for one in contract.columns)
        try:
            found = contract.column(name)
        except KeyError:
            what = (
                f"{contract.name} has no column {name!r}" if name else "its records have no key of one column"
            )
            raise UsageError(f"{what}: COLUMN= one of {names}", "") from None
        check = ColumnCheck(found, contract.source.max_cell_characters)
        if not check.text(key):
            raise UsageError(f"whose rows? KEY= a value of {name}", "")
        try:
            value = check.value(key)
        except Rejected as rejected:
            value = check.text(key)
            if found.type.name != "string":
                raise UsageError(f"KEY is no value of {name}: it {rejected.why}", "") from None
        if value is None:
            raise UsageError(f"KEY means no value in {name}", "")
        return cls(found, check, key.strip(), value)

    def is_in(self, cell: str) -> bool:
        """Whether a cell of the column says so; one that the contract refuses is compared as text."""
        try:
            return bool(self.check.value(cell) == self.value)
        except Rejected:
            return self.check.text(cell) == self.check.text(self.text)

    @property
    def sql(self) -> str:
        """The condition on a table. Texts, whole numbers and days have one spelling there."""
        kind = self.column.type.name
        literal = str(self.value) if kind == "integer" else "'" + str(self.value).replace("'", "''") + "'"
        return f'"{self.column.name}" = {"DATE " if kind == "date" else ""}{literal}'


@dataclass(frozen=True)
class InFile:
    """Of one source version. ``unclear``: lines whose cells can't be told apart, and that hold the text.

    ``problem``: why the file could not be read at all.
    """

    version: SourceVersion
    lines: Sequence[int] = ()
    unclear: Sequence[int] = ()
    problem: str = ""
    texts: frozenset[str] = frozenset()
    """SHA-256 of the person's texts that the model reads."""


@dataclass(frozen=True)
class Found:
    """``tables``: rows of Silver and aside by the column, of the quarantine by the lines in ``files``."""

    files: Sequence[InFile] = ()
    tables: Mapping[str, int | None] = field(default_factory=dict)


def find(deployment: Deployment, dataset: str, key: str, column: str, say: Say = print) -> int:
    """Say where the rows are. Return 1 where a file could not be looked into. Raises UsageError."""
    contract = deployment.contract(dataset)
    person = Person.of(contract, key, column)
    versions = listed(deployment, dataset)
    files = [in_file(deployment, contract, person, version) for version in versions if version.size]
    for line in _lines_of_files(dataset, files):  # before the tables: they may not be readable
        say(line)
    for line in _lines_of_tables(in_tables(deployment, dataset, person, files)):
        say(line)
    return 1 if any(one.problem for one in files) else 0


def in_file(deployment: Deployment, contract: Contract, person: Person, version: SourceVersion) -> InFile:
    """Look into one version of one object, as the job reads it."""
    lines: list[int] = []
    unclear: list[int] = []
    texts: set[str] = set()
    try:
        file = open_csv(S3Body(version.source, version.size, lambda: deployment.s3), contract)
        position = file.header.positions[contract.columns.index(person.column)]
        for record in file.data_records():
            cells = _cells(file, record)
            if cells is None:
                if person.text in record.raw:
                    unclear.append(record.line)
            elif person.is_in(_cell(cells, position)):
                lines.append(record.line)
                texts |= model_texts.of_cells(contract, file.header, cells)
    except PipelineError as error:
        return InFile(version, lines, unclear, " ".join(str(error).split()), frozenset(texts))
    return InFile(version, lines, unclear, texts=frozenset(texts))


def _cells(file: CsvFile, record: RawRecord) -> list[str] | None:
    """Return a record's cells; None where they can't be told apart."""
    if flaw_of(record.flaw, record.raw) is not None:
        return None
    try:
        return file.header.cells(record.raw).values
    except Rejected:
        return None


def _cell(cells: list[str], position: int) -> str:
    return cells[position] if 0 <= position < len(cells) else ""


def in_tables(
    deployment: Deployment, dataset: str, person: Person, files: Sequence[InFile]
) -> dict[str, int | None]:
    """How many rows each Delta table has; None where that can't be told from here."""
    simple = person.column.type.name in ("string", "integer", "date")
    found: dict[str, int | None] = {}
    for name in ("silver", "aside"):
        table = _open(deployment, f"{name}/{dataset}")
        if table is None or not _has(table, person.column.name):
            found[name] = 0
        else:
            found[name] = _count(table, person.sql) if simple else None
    refused = _open(deployment, f"quarantine/{dataset}")
    conditions = [condition for one in files for condition in _of_lines(one)]
    found["quarantine"] = 0 if refused is None else sum(_count(refused, one) for one in conditions)
    return found


def _of_lines(one: InFile) -> Iterator[str]:
    lines = [*one.lines, *one.unclear]
    if lines:
        version = one.version.source.version_id.replace("'", "''")
        uri = one.version.source.object_uri.replace("'", "''")
        numbers = ", ".join(map(str, lines))
        yield f"_source = '{uri}' AND _source_version_id = '{version}' AND _source_line IN ({numbers})"


def texts_in_tables(deployment: Deployment, contract: Contract, person: Person) -> set[str]:
    """Return the SHA-256 of the person's texts that the model was asked about, in Silver and aside."""
    found = set()
    for name in ("silver", "aside"):
        table = _open(deployment, f"{name}/{contract.name}")
        if contract.enrich is None or table is None or not _has(table, person.column.name):
            continue
        columns = ", ".join(f'"{one}"' for one in contract.free_text)
        rows = _rows(table, f"select {columns} from t where {person.sql}")  # noqa: S608 - quoted
        found |= {
            model_texts.digest(contract, dict(zip(contract.free_text, row, strict=True))) for row in rows
        }
    return {one for one in found if one is not None}


def refused_versions(deployment: Deployment, dataset: str) -> set[tuple[str, str]]:
    """Return URI and version id of all whose rows are in the quarantine."""
    table = _open(deployment, f"quarantine/{dataset}")
    if table is None:
        return set()
    return {(row[0], row[1]) for row in _rows(table, "select distinct _source, _source_version_id from t")}


def deleted_objects(deployment: Deployment, dataset: str) -> set[str]:
    """Return the keys in Bronze whose newest version is a delete marker."""
    found = deployment.versions(deployment.bronze, f"bronze/{dataset}/")
    return {one["Key"] for one in found if "Size" not in one and one["IsLatest"]}


def _has(table: DeltaTable, column: str) -> bool:
    """Tell whether an upload has brought the column yet."""
    return column in (one.name for one in table.schema().fields)


def _open(deployment: Deployment, prefix: str) -> DeltaTable | None:
    try:
        return DeltaTable(f"s3://{deployment.silver}/{prefix}", storage_options=deployment.lake_options())
    except TableNotFoundError:
        return None


def _rows(table: DeltaTable, query: str) -> list[tuple[Any, ...]]:
    found = QueryBuilder().register("t", table).execute(query).read_all()
    columns = [found.column(name).to_pylist() for name in found.column_names]
    return list(zip(*columns, strict=True))


def _count(table: DeltaTable, where: str) -> int:
    query = f"select count(*) as n from t where {where}"  # noqa: S608 - quoted above
    counted = QueryBuilder().register("t", table).execute(query).read_all()
    return int(counted.column("n")[0].as_py())


def lines_of(dataset: str, found: Found) -> Iterator[str]:
    """Return what was found, in lines."""
    yield from _lines_of_files(dataset, found.files)
    yield from _lines_of_tables(found.tables)


def _lines_of_files(dataset: str, files: Sequence[InFile]) -> Iterator[str]:
    there = [one for one in files if one.lines or one.unclear]
    rows = sum(len(one.lines) for one in there)
    yield (
        f"{dataset}: {show.number(rows, 'row')} in {len(there):,} of"
        f" {show.number(len(files), 'source version')} in Bronze"
    )
    for one in there:
        yield f"  {one.version.source.key}  {one.version.source.version_id}"
        if one.lines:
            yield f"      lines {_numbers(one.lines)}"
        if one.unclear:
            yield f"      not to be told apart, but with the text in them: lines {_numbers(one.unclear)}"
    for one in files:
        if one.problem:
            yield f"  not looked into: {one.version.source.uri}: {one.problem}"


def _lines_of_tables(tables: Mapping[str, int | None]) -> Iterator[str]:
    for name, count in tables.items():
        told = "? (COLUMN= a text, a whole number or a day)" if count is None else show.number(count, "row")
        yield f"  {name:<11} {told}"


def _numbers(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - _LINES:,} more" if len(lines) > _LINES else ""
    return ", ".join(map(str, lines[:_LINES])) + more
