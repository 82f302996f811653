"""The table of encodings, kinds and dialects in docs/datasets.md, from what the job makes of each file.

`make docs` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from glue_app.bootstrap.layout import ROOT
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.errors import PipelineError
from pipeline.reading import open_csv
from pipeline.validation.record_check import RecordCheck
from scripts import reading_cases
from scripts.generated_parts import with_parts
from scripts.reading_cases import Case, Row

GUIDE = ROOT / "docs" / "datasets.md"
PARTS = {
    "encodings": reading_cases.ENCODINGS,
    "kinds of files": reading_cases.KINDS,
    "dialects": reading_cases.DIALECTS,
    "bytes of another encoding": reading_cases.BYTES,
    "numbers": reading_cases.VALUES,
}


@dataclass(frozen=True)
class Bytes:
    """A file as `pipeline.reading.Body`."""

    content: bytes
    uri: str

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        part = self.content[start:end]
        for at in range(0, len(part), 1 << 16):
            yield part[at : at + (1 << 16)]


@dataclass(frozen=True)
class Outcome:
    """What became of a case: as `Case.expected` and `Case.repairs` say; `why` is the first refusal's text."""

    found: Sequence[Row | str] | str
    repairs: set[str | None]
    why: str = ""


def contract_of(case: Case) -> Contract:
    """Return the contract of three columns, with what the case says more."""
    columns: list[dict[str, Any]] = [
        {"name": "id", "type": "integer", "required": True},
        {"name": "amount", "type": "decimal(12,2)"},
        {"name": "text", "type": "string"},
    ]
    whole = {
        "title": "T",
        "source": dict(case.source),
        "columns": [column | dict(case.columns.get(column["name"], {})) for column in columns],
        "record_key": ["id"],
    }
    return load_contract(json.dumps(whole), "cases.yaml")


def run(case: Case) -> Outcome:
    """Read a case's file as the job does."""
    contract = contract_of(case)
    body = Bytes(case.content, f"s3://bronze/bronze/cases/{case.name}?versionId=v")
    found: list[Row | str] = []
    repairs: set[str | None] = set()
    why = ""
    try:
        file = open_csv(body, contract)
        check = RecordCheck(contract, file.header, body.uri)
        for record in file.data_records():
            checked = check.check(*record)
            if checked.reason is None:
                found.append(tuple("" if value is None else str(value) for value in checked.values))
                repairs.add(checked.repairs)
            else:
                found.append(checked.reason)
                why = why or str(checked.detail)
    except PipelineError as error:
        return Outcome(type(error).__name__, set(), str(error))
    return Outcome(found, repairs, why)


def table(cases: Sequence[Case]) -> str:
    """Return a table with a row for each case and its verdict."""
    rows = (f"| {case.what} | {_settings(case)} | {_verdict(run(case))} |" for case in cases)
    return "\n".join(("| file | contract | verdict |", "|---|---|---|", *rows))


def written(guide: str) -> str:
    """Return the guide with its tables. Raises ValueError when a table's markers are missing."""
    return with_parts(guide, {part: f"\n{table(cases)}\n" for part, cases in PARTS.items()}, GUIDE.name)


def _settings(case: Case) -> str:
    named = [f"{name}: {_yaml(value)}" for name, value in case.source.items()]
    for fields in case.columns.values():
        named += [f"{name}: {_yaml(value)}" for name, value in fields.items()]
    return ", ".join(f"`{text}`" for text in dict.fromkeys(named))


def _yaml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, str):
        return (
            value if value.isascii() and value.replace("_", "").replace("-", "").isalnum() else f"'{value}'"
        )
    return json.dumps(value)


def _verdict(outcome: Outcome) -> str:
    if isinstance(outcome.found, str):
        return f"the file is refused: `{outcome.found}`"
    reasons = sorted({row for row in outcome.found if isinstance(row, str)})
    marks = sorted(repair for repair in outcome.repairs if repair)
    if reasons:
        return f"rows are refused: `{'`, `'.join(reasons)}`"
    return "read" + (f", rows marked `{'`, `'.join(marks)}`" if marks else "")
