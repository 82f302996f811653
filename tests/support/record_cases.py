"""Contracts of all types and options by chance, and records for them: plain, odd and hostile ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pipeline import reasons
from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract
from pipeline.reading.grammar import Grammar, State
from pipeline.reading.header import Header, of_objects
from pipeline.reading.splitting import RawRecord

RAW_FIELDS = {
    "line": pa.int64(),
    "raw": pa.string(),
    "flaw": pa.string(),
    "spot": pa.int32(),
    "repairs": pa.string(),
}
"""``RawRecord`` in Arrow's types."""
NUMBERS = tuple(
    """
    0 1 -1 +5 007 -0 -0.0 12 1.5 -.5 5. 1e3 1E-7 999999.99 0.000000005 1,234 1.234,5 1,5 12,34
    (5) △5 5- １２ 9223372036854775807 -9223372036854775808 99999999999999999999
    123456789012345678 1_000 0x10 NaN inf 1.005 ¥5 5円 --1 1.50 10.125 123456.7 0.1
    0.30000000000000004 00000000000000000001 1.7976931348623157e308 1e999
    """.split()  # noqa: SIM905
)
DAYS = tuple(
    """
    2024-01-02 2024-02-29 2023-02-29 2024-2-3 2024/01/28 2024/1/2 28.01.2024 20240102
    01/28/2024 01/31/2024 0001-01-01 0000-01-01 9999-12-31 1582-10-10 1899-12-30 2024-12-31
    8999-12-28 2024-13-01 1000-01-01 2024年1月2日 ２０２４-01-02 2024-01-32 12024-01-02 2024-03-10
    2024-11-03 2024-06-15
    """.split()  # noqa: SIM905
)
CLOCKS = (
    *(
        "",
        " 00:00:00",
        "T03:04:05",
        " 23:59:59",
        " 2:30:00",
        " 02:30:00",
        " 01:30:00",
        " 24:00",
        " 03:04",
        "Z",
    ),
    *(
        " 03:04:05.1",
        "T03:04:05.123Z",
        " 03:04:05.123456",
        " 03:04:05.1234567",
        "T03:04:05+09:00",
        " 03:04:60",
    ),
    *(" 03:04Z", " 03:04:05 Z", "  03:04:05", "T03:04:05.12", " 25:00:00", "T03:04:05z", " 03:04:05,123"),
)
WORDS = tuple(
    """
    true FALSE yes 0 いいえ Ｙ maybe open done Open ａｂ abc abcdefghij A-1 か゚ が が ㈱ ﾃｽﾄ null - N/A
    é é ß emoji😀 \\N \\, a\\ x"y 'q' *** 12٣ _x [a,"b"] {} ; | # ²
    """.split()  # noqa: SIM905
)
BLANKS = (
    "",
    "",
    " ",
    "\u3000",
    "\u00a0",
    "\t",
    "\x1c",
    "\u200b",
    "\ufeff",
    "\x85",
    "\u2028",
    "\x0b",
    "\u180e",
)
ODD = ("\0", "\r", "\n", "\r\n", '"', "'", "\\", ",", ";", '""')
FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%Y年%m月%d日", "%d.%m.%y", "%b %d %Y")
TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%d")
ZONES = (
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
)


def some(draw: random.Random, **options: Any) -> dict[str, Any]:
    """Each option by chance; a list of values is one of them."""
    return {
        name: draw.choice(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if draw.random() < 0.35
    }


def column(draw: random.Random, name: str) -> dict[str, Any]:
    kind = draw.choice(
        (
            *("string", "string", "integer", "double", "boolean", "date", "timestamp"),
            *("decimal(8,2)", "decimal(4,4)", "decimal(38,10)", "decimal(9,0)", "decimal(20,8)"),
        )
    )
    fields: dict[str, Any] = some(
        draw, required=True, pii=True, nulls=(["-", "0"], ["N/A", "null", "１"], ["-1"])
    )
    if kind == "string":
        fields |= some(draw, trim=False, normalize=("nfc", "nfkc"), max_length=(3, 8), min_length=(1, 2))
        fields |= some(
            draw, pattern=(r"\w+", r"[a-z-]*", r"\d+|.*(?<!x)"), enum=["open", "done", "が", "A-1"]
        )
        fields |= some(draw, unique=True)
    elif kind == "date":
        fields |= some(draw, formats=([draw.choice(FORMATS), draw.choice(FORMATS)], ["%Y/%m/%d"]))
        fields |= {"min": "1900-01-01"} if "formats" not in fields and draw.random() < 0.3 else {}
    elif kind == "timestamp":
        fields |= some(draw, formats=([draw.choice(TIMES), draw.choice(FORMATS)], ["%Y-%m-%d %H:%M:%S"]))
        fields |= some(draw, timezone=ZONES, midnight_24=True)
    elif kind == "boolean":
        fields |= some(draw, true_values=["open", "1"], false_values=["done", "0"])
    else:
        fields |= some(draw, min=(0, -1), max=(5, 100), currency=(["¥", "円"], ["1"]))
    return {"name": name, "type": kind, **fields}


def contract(draw: random.Random) -> Contract:
    while True:
        names = [f"c{number}" for number in range(draw.randint(1, 6))]
        source = some(
            draw,
            delimiter=(";", "|", "\t"),
            quote=("'", "none"),
            escape="\\",
            decimal=",",
            thousands=(",", ".", "'", " ", "none"),
            negative=["parentheses", "triangle", "trailing"],
            trailing_delimiter=True,
            max_cell_characters=(4, 12),
            timezone=ZONES,
            repair=["wrapped_records"],
        )
        data: dict[str, Any] = {
            "title": "T",
            "source": source,
            "columns": [column(draw, name) for name in names],
            "record_key": draw.choice(["content", "line", names[:1], names[-2:]]),
        }
        if draw.random() < 0.15:
            data["columns"].append({"name": "op", "type": "string", "required": True})
            data |= {
                "mode": "cdc",
                "operation": {"column": "op", "insert": ["open"], "delete": ["-", "done"]},
            }
        try:
            return load_contract(json.dumps(data), "t.yaml")
        except ContractError:
            continue


def header(draw: random.Random, of: Contract) -> Header:
    source = of.source
    dialect = source.dialect
    if draw.random() < 0.1:
        return of_objects(of)
    names = [one.name for one in of.columns if one.required or draw.random() < 0.9]
    names += ["unknown"] if draw.random() < 0.2 or not names else []
    draw.shuffle(names)
    positions = tuple(names.index(one.name) if one.name in names else -1 for one in of.columns)
    grammar = Grammar(dialect.delimiter or ",", dialect.quote, dialect.escape, bool(dialect.repair))
    return Header(tuple(names), positions, grammar, draw.random() < 0.1, dialect.trailing_delimiter)


def cell(draw: random.Random, kind: str, clean: bool) -> str:
    pool = {"date": DAYS, "timestamp": DAYS, "string": WORDS, "boolean": WORDS}.get(kind, NUMBERS)
    if clean:
        usual = {
            "date": DAYS[:1],
            "timestamp": DAYS[:1],
            "string": ["open", "done", "が"],
            "boolean": WORDS[:4],
        }
        return draw.choice((*usual.get(kind, ["0", "1", "5"]), ""))
    text = draw.choice(pool if draw.random() < 0.9 else (*NUMBERS, *DAYS, *WORDS))
    if kind == "timestamp":
        text += draw.choice(CLOCKS)
    if draw.random() < 0.2:
        text = draw.choice(BLANKS) + text + draw.choice(BLANKS)
    if draw.random() < 0.1:
        text = draw.choice(BLANKS)
    if draw.random() < 0.05:
        at = draw.randint(0, len(text))
        text = text[:at] + draw.choice(ODD) + text[at:]
    return text


def records(draw: random.Random, of: Contract, head: Header, count: int) -> Iterator[RawRecord]:
    kinds = {at: one.type.name for one, at in zip(of.columns, head.positions, strict=True)}
    for line in range(2, count + 2):
        clean = draw.random() < 0.6
        cells = [cell(draw, kinds.get(at, "string"), clean) for at in range(len(head.names))]
        if not isinstance(head.reader, Grammar):
            raw = json.dumps(dict(zip(head.names, cells, strict=True)), ensure_ascii=draw.random() < 0.5)
            yield RawRecord(line, raw if draw.random() < 0.95 else raw[:-1], None)
            continue
        if draw.random() < 0.05:
            cells = cells[1:] if draw.random() < 0.5 else [*cells, ""]
        quoted = head.reader.quote == '"' and not head.reader.escape and draw.random() < 0.5
        if not quoted:  # a record ends at a line end, then
            cells = [one.replace("\r", " ").replace("\n", " ") for one in cells]
        raw = head.reader.write(head.names, cells) if quoted else head.reader.delimiter.join(cells)
        raw += head.reader.delimiter if head.trailing_delimiter and draw.random() < 0.5 else ""
        state = head.reader.scan(raw)
        flaw = {State.STRAY: reasons.STRAY_QUOTE, State.OPEN: reasons.UNCLOSED_QUOTE}.get(state)
        if flaw == reasons.STRAY_QUOTE and head.reader.wraps(raw):
            flaw = None
        spot = 0 if flaw is None and draw.random() < 0.02 else -1
        flaw = reasons.INVALID_BYTES if spot >= 0 else flaw
        yield RawRecord(line, raw, flaw, spot, draw.choice((None, None, None, "cp932_bytes")))
