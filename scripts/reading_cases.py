"""Files that the job reads, or refuses: one for each encoding, kind and dialect, with what must come of it.

`scripts.reading_docs` runs them and writes the table of docs/datasets.md; its test holds the job to them.
"""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = tuple[str, ...]
HEADER = "id,amount,text\r\n"
JAPANESE = [("1", "1200", "配送がとても早くて助かりました"), ("2", "-3", "表示も「最高」です")]


@dataclass(frozen=True)
class Case:
    """`expected`: the rows' values, a quarantine reason in place of a row, or the name of an error."""

    what: str
    content: bytes
    expected: Sequence[Row | str] | str
    source: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    name: str = "a.csv"
    repairs: str | None = None
    """What each accepted row is marked with."""


def _table(rows: Sequence[Row], header: str = HEADER) -> str:
    return header + "".join(f"{','.join(row)}\r\n" for row in rows)


def _japanese(what: str, encoding: str, mark: bytes = b"") -> Case:
    return Case(what, mark + _table(JAPANESE).encode(encoding), JAPANESE)


def _text(text: str) -> bytes:
    return (HEADER + text).encode()


def _row(amount: str, text: str = "ok") -> Row:
    return ("1", amount, text)


_KANA = [("1", "5", "ﾌﾘｺﾐ"), ("2", "6", "ﾔﾏﾀﾞ")]
_CHINESE = _table([("1", "5", "这个产品的质量非常好"), ("2", "6", "快递太慢了等了一个星期")])
ENCODINGS = [
    Case("ASCII", _text("1,5,ok\n"), [_row("5")]),
    _japanese("UTF-8", "utf-8"),
    _japanese("UTF-8 with a mark", "utf-8", codecs.BOM_UTF8),
    _japanese('UTF-16LE with a mark (Excel\'s "Unicode text")', "utf-16-le", codecs.BOM_UTF16_LE),
    _japanese("UTF-16BE with a mark", "utf-16-be", codecs.BOM_UTF16_BE),
    _japanese("UTF-16LE without a mark", "utf-16-le"),
    _japanese("UTF-16BE without a mark", "utf-16-be"),
    _japanese("CP932 (Shift_JIS of Windows)", "cp932"),
    _japanese("EUC-JP", "euc_jp"),
    _japanese("ISO-2022-JP (JIS)", "iso2022_jp"),
    Case("CP932, nothing but half-width katakana", _table(_KANA).encode("cp932"), "EncodingUnclearError"),
    Case("the same, declared", _table(_KANA).encode("cp932"), _KANA, {"encoding": "cp932"}),
    Case("EUC-JP, nothing but half-width katakana", _table(_KANA).encode("euc_jp"), "EncodingUnclearError"),
    Case(
        "half CP932, half UTF-8",
        _table(JAPANESE).encode("cp932") + _table(JAPANESE).encode(),
        "EncodingUnclearError",
    ),
    Case("Chinese in GBK", _CHINESE.encode("gbk"), "EncodingUnclearError"),
    Case("French in CP1252", _table([("1", "5", "déjà vu")] * 9).encode("cp1252"), "EncodingUnclearError"),
    Case(
        "the same, declared",
        _table([("1", "5", "déjà vu")]).encode("cp1252"),
        [_row("5.00", "déjà vu")],
        {"encoding": "cp1252"},
    ),
    Case("UTF-32", _table(JAPANESE).encode("utf-32"), "EncodingUnclearError"),
]

_BOMB = gzip.compress(HEADER.encode() + (b"1,5," + bytes(90_000).replace(b"\0", b"x") + b"\n") * 900, 6)
_OBJECT = '{"id": 1, "amount": 1200.50, "text": "a \\"b\\""}\n'
KINDS = [
    Case("`.csv`, `.CSV`", _text("1,5,ok\n"), [_row("5")], name="売上.CSV"),
    Case("`.tsv`", _text("1,5,ok\n").replace(b",", b"\t"), [_row("5")], name="a.tsv"),
    Case("`.csv.gz`, `.tsv.gz`, …", gzip.compress(_text("1,5,ok\n")), [_row("5")], name="a.csv.gz"),
    Case("gzip under the name `.csv` (Content-Encoding)", gzip.compress(_text("1,5,ok\n")), [_row("5")]),
    Case(
        "several gzip members",
        gzip.compress(HEADER.encode()) + gzip.compress(b"1,5,ok\n"),
        [_row("5")],
        name="a.csv.gz",
    ),
    Case(
        "gzip that ends early", gzip.compress(_text("1,5,ok\n"))[:-9], "UnreadableFileError", name="a.csv.gz"
    ),
    Case("gzip of more than a 200th (a bomb)", _BOMB, "UnreadableFileError", name="a.csv.gz"),
    Case("`.jsonl`, `.ndjson`", _OBJECT.encode(), [_row("1200.50", 'a "b"')], name="a.jsonl"),
    Case(
        "JSON lines: unknown key, no object, half a character, a key twice",
        b'{"id": 1, "x": 2}\n[1]\n{"id": 2, "text": "\\ud800"}\n{"id": 3, "id": 4}\n{"id": \n',
        ["extra_cells", "invalid_json", "invalid_json", "invalid_json", "invalid_json"],
        name="a.jsonl",
    ),
    Case("`.xlsx`, `.parquet`, `.zip`, no suffix, …", b"PK\3\4", "UnreadableFileError", name="a.xlsx"),
    Case("a workbook, ZIP, Parquet, … under the name `.csv`", b"PK\3\4" + bytes(60), "UnreadableFileError"),
    Case("0 bytes, or blank lines only", b"\r\n\r\n", "EmptyFileError"),
]

_WRAPPED = HEADER + '"1,5,""ok, fine""";;;;\r\n"2,6,more";;;;\r\n'
DIALECTS = [
    Case("`;` as the delimiter", _text("1,5,ok\n").replace(b",", b";"), [_row("5")], {"delimiter": ";"}),
    Case("a first line `sep=;`", b"sep=;\r\n" + _text("1,5,ok\n").replace(b",", b";"), [_row("5")]),
    Case(
        "the same against the contract", b"sep=;\r\n" + _text("1,5,ok\n"), "HeaderError", {"delimiter": ","}
    ),
    Case(
        "lines before the header", b"Sales 2026\r\n\r\n" + _text("1,5,ok\n"), [_row("5")], {"skip_lines": 2}
    ),
    Case(
        "a delimiter at the end of each line",
        b"id,amount,text,\n1,5,ok,\n2,6,,\n",
        [_row("5"), ("2", "6", "")],
        {"trailing_delimiter": True},
    ),
    Case("the same, not allowed", b"id,amount,text,\n1,5,ok,\n", "HeaderError"),
    Case("no header line", b"1,5,ok\n", [_row("5")], {"header": False}),
    Case(
        "no header line, columns by `position`",
        b"ok,-,1,5\n",
        [_row("5")],
        {"header": False, "unknown_columns": "ignore"},
        {"id": {"position": 3}, "amount": {"position": 4}, "text": {"position": 1}},
    ),
    Case("a header line where there is none", _text("1,5,ok\n"), "HeaderError", {"header": False}),
    Case(
        "backslash escapes",
        _text('1,5,"a \\"b\\" \\\\ C:\\x"\n'),
        [_row("5", 'a "b" \\ C:\\x')],
        {"escape": "\\"},
    ),
    Case(
        "MySQL's: escaped delimiter and line end, `\\N`",
        b"id,amount,text\n1,\\N,a\\, b\\\nc\n",
        [_row("", "a, b\nc")],
        {"escape": "\\", "quote": "none"},
    ),
    Case("the same, not allowed", _text('1,5,"a \\"b\\" c"\n'), ["stray_quote"]),
    Case("quotes that are no quotes", _text('1,5,"ok\n'), [_row("5", '"ok')], {"quote": "none"}),
    Case(
        "records in one more pair of quotes, `;;;;` behind",
        _WRAPPED.encode(),
        [_row("5", "ok, fine"), ("2", "6", "more")],
        {"repair": ["wrapped_records"]},
        repairs="wrapped_records",
    ),
    Case("the same, not allowed", _WRAPPED.encode(), ["stray_quote", "stray_quote"]),
]

_MIXED = _table(JAPANESE).encode()
_CP932_CELL = _MIXED + b"3,7," + "表示".encode("cp932") + b"\r\n"
BYTES = [
    Case("a cell of CP932 in a UTF-8 file", _CP932_CELL, [*JAPANESE, "invalid_bytes"]),
    Case(
        "the same, allowed",
        b"id,amount,text\n" + b"1,5," + "表示".encode("cp932"),
        [_row("5", "表示")],
        {"encoding": "utf-8", "repair": ["cp932_bytes"]},
        repairs="cp932_bytes",
    ),
    Case(
        "a single byte of CP1252 in Japanese UTF-8",
        HEADER.encode() + "1,5,それは".encode() + b"It\x92s\r\n",
        [_row("5", "それはIt’s")],
        {"encoding": "utf-8", "repair": ["cp1252_bytes"]},
        repairs="cp1252_bytes",
    ),
    Case(
        "a cell of UTF-8 in a CP932 file",
        HEADER.encode() + b"1,5," + "表示も最高".encode() + b"\r\n",
        ["invalid_bytes"],
        {"encoding": "cp932"},
    ),
    Case(
        "the same, allowed",
        HEADER.encode() + b"1,5," + "表示も最高".encode() + b"\r\n",
        [_row("5", "表示も最高")],
        {"encoding": "cp932", "repair": ["utf8_bytes"]},
        repairs="utf8_bytes",
    ),
    Case(
        "a byte of no encoding, replaced by U+FFFD",
        _text("1,5,ok").replace(b"ok", b"\xffok"),
        [_row("5", "\ufffdok")],
        {"encoding": "utf-8", "repair": ["cp932_bytes", "replace_bytes"]},
        repairs="replace_bytes",
    ),
]


def _number(what: str, text: str, expected: str, **fields: Any) -> Case:
    column = {"currency": fields.pop("currency")} if "currency" in fields else {}
    return Case(
        what,
        _text(f'1,"{text}",ok\n'),
        [_row(expected)] if expected[:1] in "-0123456789" else [expected],
        fields,
        {"amount": column},
    )


VALUES = [
    _number("`1,234.5`", "1,234.5", "1234.50"),
    _number("`１，２３４`, full width", "１，２３４", "1234.00"),
    _number("`1.234,5`", "1.234,5", "1234.50", decimal=","),
    _number("`1 234,5`", "1 234,5", "1234.50", decimal=",", thousands=" "),
    _number("`1234,5`, not allowed", "1234,5", "invalid_number"),
    _number("`(1,234)`", "(1,234)", "-1234.00", negative=["parentheses"]),
    _number("`(1,234)`, not allowed", "(1,234)", "invalid_number"),
    _number("`△100`, `▲100`", "△100", "-100.00", negative=["triangle"]),
    _number("`△100`, not allowed", "△100", "invalid_number"),
    _number("`100-`", "100-", "-100.00", negative=["trailing"]),
    _number("`¥1,234`, `1,234円`", "￥1,234", "1234.00", currency=["¥", "円"]),
    _number("`-¥1,234`", "-¥1,234", "-1234.00", currency=["¥"]),
    _number("`$5` in a column of yen", "$5", "invalid_number", currency=["¥", "円"]),
]
