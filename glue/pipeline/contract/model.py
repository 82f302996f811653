"""The contract as the job sees it. Everything is frozen and picklable: it travels to the executors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pipeline.contract.dialect import Dialect, NumberFormat
from pipeline.contract.modes import Changes
from pipeline.contract.silver_table import SilverTable

TypeName = Literal["string", "integer", "decimal", "double", "boolean", "date", "timestamp"]
KeyKind = Literal["columns", "content", "line"]


@dataclass(frozen=True)
class Text:
    """A title or comment in both languages; where the contract gives one string it stands for both."""

    en: str = ""
    ja: str = ""


@dataclass(frozen=True)
class ColumnType:
    """``decimal`` has precision and scale; the others have none."""

    name: TypeName
    precision: int = 0
    scale: int = 0

    @property
    def sql(self) -> str:
        """The type in Spark SQL and in the Glue Data Catalog."""
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return "bigint" if self.name == "integer" else self.name


@dataclass(frozen=True)
class SourceFormat:
    """How the file is written."""

    encoding: str = "auto"
    """``auto``: byte order mark, else by evidence; otherwise the encoding by name."""
    dialect: Dialect = field(default_factory=Dialect)
    unknown_columns: Literal["refuse", "ignore"] = "refuse"
    timezone: str = "UTC"
    """IANA name; a timestamp without an offset is local time there. Silver holds UTC."""
    max_record_characters: int = 4_194_304
    max_record_lines: int = 20_000
    """A quoted cell may hold so many line breaks; beyond it the quote counts as never closed."""
    max_cell_characters: int = 100_000


@dataclass(frozen=True)
class Column:
    """One Silver column and the cell it comes from."""

    name: str
    type: ColumnType
    headers: tuple[str, ...]
    """Header names that mean this column, the first found counts; by default its own name."""
    title: Text = field(default_factory=Text)
    description: str = ""
    required: bool = False
    """An empty cell is refused, and so is a file without the column."""
    unique: bool = False
    """No value twice within one file."""
    pii: bool = False
    """Kept out of prompts, logs and quarantine details."""
    trim: bool = True
    normalize: str = "none"
    """``nfc`` or ``nfkc``: the Unicode form of a string, without invisible characters."""
    position: int | None = None
    """The cell's number from 1 in a file without a header line."""
    numbers: NumberFormat = field(default_factory=NumberFormat)
    midnight_24: bool = False
    """24:00 is the next day's midnight."""
    formats: tuple[str, ...] = ()
    """strptime formats of a date or timestamp, tried in order; none: ISO 8601."""
    timezone: str = "UTC"
    enum: tuple[str, ...] = ()
    minimum: str | None = None
    """Inclusive; written as the column's values are, so that ``parse`` reads both."""
    maximum: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    """A regular expression the whole value must match."""
    nulls: tuple[str, ...] = ()
    """Texts that mean "no value", beside the empty cell."""
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordKey:
    """What makes two records the same record.

    ``columns``: the named columns. ``content``: all columns together; equal rows are one record.
    ``line``: the object and line. Without key columns a later version of an object replaces the rows of the
    earlier one.
    """

    kind: KeyKind
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inference:
    """How the model is asked, where that is not to be as its family is (``pipeline.enrichment.models``)."""

    temperature: float | Literal["default"] | None = "default"
    """None: not sent."""
    top_p: float | Literal["default"] | None = "default"
    tool_choice: Literal["tool", "auto"] | None = None
    """``tool``: the model must call the tool; ``auto``: it is only asked to."""
    max_output_tokens: int | None = None
    """The model's own limit."""
    additional: Mapping[str, Any] | None = None
    """Converse's ``additionalModelRequestFields``: what only this model takes."""


@dataclass(frozen=True)
class EnrichmentLimits:
    """What the enrichment may take at most in one run of the job; None: what it needs."""

    max_calls: int | None = None
    """Requests that the model answers."""
    max_tokens: int | None = None
    """Tokens, in and out."""


@dataclass(frozen=True)
class Enrichment:
    """What the model is asked for each record."""

    instructions: str
    answer: Mapping[str, Any]
    """JSON Schema of one record's answer: an object with properties, required, additionalProperties false."""
    inference: Inference | None = None
    """None: as the model's family is asked."""
    limits: EnrichmentLimits = field(default_factory=EnrichmentLimits)

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        """Property name → its schema, in the contract's order."""
        properties: Mapping[str, Mapping[str, Any]] = self.answer["properties"]
        return properties


@dataclass(frozen=True)
class QualityRule:
    """``sql`` is a Spark SQL condition over the typed columns; a row where it is false is quarantined.

    NULL counts as passed, as in a SQL CHECK. ``name`` is the quarantine reason.
    """

    name: str
    sql: str
    description: str = ""


@dataclass(frozen=True)
class Quality:
    """The job fails when more than ``max_quarantined_ratio`` of the rows (0 to 1) are quarantined."""

    max_quarantined_ratio: float = 1.0
    rules: tuple[QualityRule, ...] = ()


@dataclass(frozen=True)
class _Selected:
    """The result of a SELECT, under a name in the Gold database."""

    name: str
    sql: str
    comment: Text = field(default_factory=Text)
    columns: Mapping[str, Text] = field(default_factory=dict)
    """Column name → comment, for those that have one."""


@dataclass(frozen=True)
class GoldTable(_Selected):
    """A Gold table: the result of one SELECT in Spark's SQL over the view ``silver``."""

    key: tuple[str, ...] = field(kw_only=True)
    """The columns that make a row unique."""
    incremental: bool = field(default=False, kw_only=True)
    """Only the keys whose rows in Silver have changed are computed anew."""
    offered: bool = field(default=False, kw_only=True)
    """Not the contract's but ours beside it: left out where the name is somebody else's."""


@dataclass(frozen=True)
class GoldView(_Selected):
    """A view over this contract's Gold tables, in PostgreSQL's SQL: what BI tools read first."""


@dataclass(frozen=True)
class Contract:
    """One dataset. ``name`` is the file's name without ``.yaml``."""

    name: str
    title: Text
    description: str
    source: SourceFormat
    columns: tuple[Column, ...]
    record_key: RecordKey
    free_text: tuple[str, ...]
    enrich: Enrichment | None
    quality: Quality
    gold: tuple[GoldTable, ...]
    views: tuple[GoldView, ...]
    digest: str
    """SHA-256 of everything the contract says (not of its comments and layout)."""
    silver_digest: str
    """The same of what Silver depends on: a change of titles or Gold tables leaves it as it is."""
    changes: Changes = field(default_factory=Changes)
    """What an upload says of the records that it does not hold."""
    silver: SilverTable = field(default_factory=SilverTable)
    """How the Silver table lies in S3. Not part of ``silver_digest``: it changes no row."""

    @property
    def has_pii(self) -> bool:
        """Whether a column holds personal data."""
        return any(column.pii for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column called ``name``; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)
