"""``dirty/*.csv`` for the contract customer_feedback, one kind of dirt a file.

A new file is an entry of ``files()`` and a row in ``data/README.md`` that says how it ends, which
``tests/unit/glue/test_datasets.py`` checks. The pipeline finds dirt in ``glue/pipeline/reading/flaws.py``
(whole records) and ``glue/pipeline/validation/`` (cells and rows).
"""

from __future__ import annotations

from collections.abc import Iterable

_HEADER = "feedback_id,received_at,customer_name,email,product,channel,rating,order_amount,comment"
_ROWS = [
    "FB-100001,2026-03-01 10:00:00,山田 太郎,taro@example.jp,電気ケトル,web,5,4980,すぐにお湯が沸きます。",
    "FB-100002,2026/03/02 11:30,Mina Hart,mina.hart@example.com,Rain jacket,app,4,12900,It keeps me dry.",
    "FB-100003,2026年03月03日 12:15,髙橋 誠,-,リュックサック,store,2,9800,①肩ひもが二日で切れました。",
    "FB-100004,2026-03-04T08:00:00+09:00,Tom O'Leary,tom@example.com,Desk lamp,phone,N/A,,It hums.",
    "FB-100005,2026-03-05,,,包丁,email,3,8200,普通に切れます～",
]
_QUOTED = [
    'FB-100101,2026-03-01 10:00:00,,,Backpack,web,4,9800,"First line,\r\nsecond line,\n\nand a fourth."',
    'FB-100102,2026-03-01 10:05:00,"Hart, Mina",,Desk lamp,web,5,"13,000","""Lovely"", says my wife."',
    'FB-100103,2026-03-01 10:10:00,,,包丁,web,5,8200,"「最高」、""切れ味""、\n文句なし"',
    'FB-100104,2026-03-01 10:15:00,,,Desk lamp,web,3,6500,A 12" arm would be better.',
    "",
    'FB-100105,2026-03-01 10:20:00,,,Desk lamp,web,1,6500,"It says "quiet", it hums."',
    'FB-100106,2026-03-01 10:25:00,,,電気ケトル,web,4,4980,"空行の後も\n\n読めます。"',
]
_CELLS = [
    _ROWS[0],
    "FB-100201,2026-03-01 10:00:00,,,Backpack,web,4,9800",
    "FB-100202,2026-03-01 10:05:00,,,Backpack,web,4,9,800,A comma too many.",
    _ROWS[1],
    "FB-100203",
    "FB-100204,2026-03-01 10:10:00,,,炊飯器,web,5,15800,おいしく炊けます。,,",
    ",,,,,,,,",
    *_ROWS[2:],
]
_DATES = [
    *("2026-03-01 10:00:00", "2026-03-01T10:00:00+09:00", "2026-03-01T01:00:00Z", "2026/03/01 10:00"),
    *("2026/3/1 9:05", "2026年03月01日 10:00", "2026-03-01", "２０２６年３月１日　１０:００"),
    " 2026-03-01 10:00:00 ",
    *("2026-02-29", "01.03.2026", "03/01/2026 10:00", "2026-03-01 25:00:00", "yesterday", "令和8年3月1日"),
    *("", "2019-12-31 23:59:59"),
]
_DUPLICATES = [
    _ROWS[0],
    _ROWS[1],
    _ROWS[0],
    "FB-100002,2026/03/02 11:30,Mina Hart,mina.hart@example.com,Rain jacket,app,1,12900,It leaks after all.",
    _ROWS[2],
    # another number, so another record: only its comment is asked once
    "FB-100006,2026-03-06,,,電気ケトル,web,5,4980,すぐにお湯が沸きます。",
]
_VALUES = [
    _ROWS[0],
    "100301,2026-03-01,,,Backpack,web,4,9800,The number lacks its letters.",
    "FB-100302,2026-03-01,,nobody,Backpack,web,4,9800,This is no e-mail address.",
    "FB-100303,2026-03-01,,,,web,4,9800,There is no product.",
    "FB-100304,2026-03-01,,,Backpack,fax,4,9800,There is no such channel.",
    "FB-100305,2026-03-01,,,Backpack,web,four,9800,Rating in words.",
    "FB-100306,2026-03-01,,,Backpack,web,0,9800,Rating below the scale.",
    "FB-100307,2026-03-01,,,Backpack,web,4,-1,A negative amount.",
    "FB-100308,2026-03-01,,,Backpack,web,4,9800.005,Half a hundredth of a yen.",
    f"FB-100309,2026-03-01,,,{'Backpack' * 13},web,4,9800,The product's name has 104 characters.",
    "FB-100310,2026-03-01,,,Backpack,web,1,9800,Bad!",
    "FB-100311,2026-03-01,,,Backpack,web,５,￥9800,The yen sign is no digit.",
    "FB-100312,2026-03-01,,,Backpack,web,５,９８００,Full-width digits are fine.",
]
_JAPANESE = [
    "ご意見,受付番号,商品,評価,受付日時",
    "香りが良いです。,FB-100401,コーヒー豆,5,2026年03月01日 10:00",
    "説明書の字が小さすぎて読めません。,FB-100402,炊飯器,-,2026/03/02 11:30",
]

_EVERYDAY = [_HEADER, *_ROWS[:2], _ROWS[4].replace("～", "。")]
_FORMS = [
    "ＦＢ－１００００１,2026-03-01,,,Backpack,web,4,9800,The key in full width.",
    "FB-10\u200b0002,2026-03-01,,,Backpack,web,4,9800,A key with an invisible space.",
]


def files() -> dict[str, bytes]:
    """File name → content."""
    plain = [_HEADER, *_ROWS]
    return {
        "utf8_bom.csv": _lines(plain).encode("utf-8-sig"),
        "cp932.csv": _lines(plain).encode("cp932"),
        "utf16.csv": b"\xff\xfe" + _lines(plain).encode("utf-16-le"),
        "utf16_without_mark.csv": _lines(plain).encode("utf-16-be"),
        "euc_jp.csv": _lines(_EVERYDAY).encode("euc_jp"),
        "iso2022_jp.csv": _lines(_EVERYDAY).encode("iso2022_jp"),
        "two_encodings.csv": _lines([_HEADER, *_ROWS[::2]]).encode("cp932") + _lines(_ROWS[::2]).encode(),
        "sep_line.csv": _lines(["sep=,", *_EVERYDAY], "\r\n").encode("utf-8-sig"),
        "workbook.csv": b"PK\x03\x04" + bytes(64),
        "keys_in_two_forms.csv": _lines([_HEADER, *_ROWS, *_FORMS]).encode(),
        "crlf.csv": _lines(plain, "\r\n").encode(),
        "bare_cr.csv": _lines(plain, "\r").encode(),
        "line_breaks_and_quotes.csv": _lines([_HEADER, *_QUOTED]).encode(),
        "missing_and_extra_cells.csv": _lines([_HEADER, *_CELLS]).encode(),
        "missing_column.csv": _lines(line.rpartition(",")[0] for line in plain).encode(),
        "extra_column.csv": _lines([f"{_HEADER},commment", *(f"{row},more" for row in _ROWS)]).encode(),
        "duplicate_header.csv": _lines([f"{_HEADER},評価", *(f"{row},5" for row in _ROWS)]).encode(),
        "mixed_dates.csv": _lines([_HEADER, *_dated()]).encode(),
        "duplicates.csv": _lines([_HEADER, *_DUPLICATES]).encode(),
        "wrong_values.csv": _lines([_HEADER, *_VALUES]).encode(),
        "empty.csv": b"",
        "header_only.csv": _lines([_HEADER]).encode(),
        "invalid_bytes.csv": _lines(plain).encode().replace("二日".encode(), b"\x93\xf1\x93\xfa\xff"),
        "unclosed_quote.csv": _lines([_HEADER, *_ROWS[:2], _unclosed(), *_ROWS[2:]]).encode(),
        "nul_bytes.csv": _lines(plain).encode().replace(b"It hums", b"It\0hums"),
        "日本語 の ファイル名.csv": _lines(_JAPANESE).encode(),
    }


def _lines(lines: Iterable[str], end: str = "\n") -> str:
    return "".join(f"{line}{end}" for line in lines)


def _dated() -> list[str]:
    """Return the same row with each way to write a time: nine good ones, then those that are none."""
    return [
        f"FB-{100500 + number},{text},,,Backpack,web,4,9800,Plenty of pockets."
        for number, text in enumerate(_DATES, start=1)
    ]


def _unclosed() -> str:
    """Someone typed a quote and no second one: the rows after it must not vanish into this cell."""
    return 'FB-100601,2026-03-01 10:00:00,,,Backpack,web,4,9800,"Opened and never closed'
