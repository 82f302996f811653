"""Write the sample CSVs beside this file: the same bytes each time. Run: ``python3 data/generate.py``."""

from __future__ import annotations

import csv
import io
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from phrases import FEEDBACK, LOGINS, NAMES, PRODUCTS, TICKETS

HERE = Path(__file__).parent
FEEDBACK_HEADER = [
    "feedback_id",
    "received_at",
    "customer_name",
    "email",
    "product",
    "channel",
    "rating",
    "order_amount",
    "comment",
]
TICKET_HEADER = [
    "ticket_id",
    "opened_at",
    "closed_on",
    "requester",
    "plan",
    "first_reply_minutes",
    "reopened",
    "subject",
    "body",
]
Rows = list[list[str]]


def feedback(count: int, rng: random.Random, first: int = 1) -> Rows:
    """English and Japanese comments; several are the same word for word, as real ones are."""
    rows = []
    for number in range(first, first + count):
        language = rng.choice(["en", "ja"])
        rating = rng.choices([1, 2, 3, 4, 5], [15, 15, 15, 25, 30])[0]
        received = datetime(2024, 4, 1) + timedelta(minutes=rng.randrange(60 * 24 * 30))
        written = rng.choice(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%dT%H:%M:%S+09:00"])
        product = rng.choice(PRODUCTS[language])
        comment = rng.choice(FEEDBACK[language][rating]).format(p=product)
        rows.append(
            [
                f"FB-{number:06d}",
                received.strftime(written),
                rng.choice(NAMES[language]),
                f"{rng.choice(LOGINS)}{rng.randrange(100)}@example.com" if rng.random() < 0.8 else "",
                product,
                rng.choice(["web", "app", "store", "phone", "email"]),
                str(rating) if rng.random() < 0.95 else "-",
                rng.choice([f"{rng.randrange(1000, 90000)}", f"{rng.randrange(1000, 90000):,}", "3980.50"]),
                comment,
            ]
        )
    return rows


def tickets(count: int, rng: random.Random) -> Rows:
    rows = []
    for number in range(1, count + 1):
        language = rng.choice(["en", "en", "ja"])
        opened = datetime(2024, 5, 1) + timedelta(minutes=rng.randrange(60 * 24 * 28))
        closed = opened + timedelta(days=rng.randrange(8))
        subject, body = rng.choice(TICKETS[language])
        amount = rng.choice([3, 5, 12, 40, 2024])
        rows.append(
            [
                f"T-2024-{number:05d}",
                opened.strftime("%Y-%m-%dT%H:%M:%SZ"),
                closed.strftime(rng.choice(["%Y-%m-%d", "%d.%m.%Y", "%Y/%m/%d"]))
                if rng.random() < 0.8
                else "",
                rng.choice(NAMES[language]),
                rng.choice(["free", "team", "enterprise"]),
                f"{rng.uniform(1, 600):.1f}" if rng.random() < 0.9 else "",
                rng.choice(["yes", "no", "no", "no"]),
                subject.format(n=amount),
                body.format(n=amount),
            ]
        )
    return rows


def text_of(header: list[str], rows: Rows, end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([header, *rows])
    return text.getvalue()


def dirty() -> dict[str, bytes]:
    """Files for the contract customer_feedback, each with one kind of dirt. A 1 MB cell is made by the tests."""
    rows = feedback(8, random.Random(7))  # noqa: S311 - sample data
    header = FEEDBACK_HEADER
    clean = text_of(header, rows)
    lines = clean.splitlines(keepends=True)
    japanese = dict(
        zip(
            header,
            [
                "受付番号",
                "受付日時",
                "お名前",
                "メールアドレス",
                "商品",
                "経路",
                "評価",
                "注文金額",
                "ご意見",
            ],
            strict=True,
        )
    )

    def with_cell(column: str, *cells: str) -> str:
        changed = [list(row) for row in rows]
        for row, cell in zip(changed, cells, strict=False):
            row[header.index(column)] = cell
        return text_of(header, changed)

    plain = [row for row in rows if "\n" not in row[-1]]
    return {
        "bom.csv": ("\ufeff" + clean).encode(),
        "utf16.csv": ("\ufeff" + clean).encode("utf-16-le"),
        "cp932.csv": text_of([japanese[name] for name in header], rows).encode("cp932"),
        "crlf.csv": text_of(header, rows, "\r\n").encode(),
        "bare_cr.csv": text_of(header, rows, "\r").encode(),
        "line_breaks_and_quotes.csv": with_cell(
            "comment", 'She said: "great"', 'one\ntwo\r\nthree\n\nfive', '"', "a, b, and c", 'ends with a quote"'
        ).encode(),
        "missing_and_extra_cells.csv": (
            text_of(header, plain[:2]) + "FB-000101,2024-04-01\n" + text_of(header, plain[2:3]).split("\n", 1)[1][:-1]
            + ",one too many\n"
        ).encode(),
        "missing_column.csv": text_of(header[1:], [row[1:] for row in rows]).encode(),
        "unknown_column.csv": text_of([*header, "comments"], [[*row, "x"] for row in rows]).encode(),
        "repeated_column.csv": text_of([*header, "rating"], [[*row, "3"] for row in rows]).encode(),
        "mixed_dates.csv": with_cell(
            "received_at", "2024-04-01 09:00:00", "2024/4/2 9:05", "2024年4月3日 18:00", "2024-04-04T00:00:00Z",
            "2024-04-05", "04/06/2024", "2024-02-30 10:00:00", "yesterday",
        ).encode(),
        "duplicates.csv": (clean + "".join(text_of(header, rows[:3]).splitlines(keepends=True)[1:])).encode(),
        "bad_values.csv": text_of(
            header,
            [
                ["FB-1", *rows[0][1:]],
                ["FB-000202", *rows[1][1:6], "six", *rows[1][7:]],
                ["FB-000203", *rows[2][1:6], "6", *rows[2][7:]],
                ["FB-000204", *rows[3][1:5], "fax", *rows[3][6:]],
                ["FB-000205", *rows[4][1:8], ""],
                ["FB-000206", *rows[5][1:3], "not an address", *rows[5][4:]],
                ["FB-000207", *rows[6][1:6], "1", rows[6][7], "bad"],
                ["FB-000208", *rows[7][1:7], "1.999", rows[7][8]],
            ],
        ).encode(),
        "empty.csv": b"",
        "header_only.csv": lines[0].encode(),
        "invalid_bytes.csv": clean.encode() + b"FB-000301,2024-04-01,,,\xff\xfe,web,3,100,broken\n",
        "unclosed_quote.csv": (
            text_of(header, plain[:1]) + 'FB-000401,2024-04-01,,,lamp,web,3,100,"never closed\n'
            + text_of(header, plain[1:3]).split("\n", 1)[1]
        ).encode(),
        "nul.csv": (lines[0] + "FB-000501,2024-04-01,,,la\0mp,web,3,100,a NUL in a cell\n").encode(),
        "売上 4月 (最終).csv": clean.encode(),
    }  # fmt: skip


def main() -> None:
    rng = random.Random(20240401)  # noqa: S311 - sample data
    rows = feedback(320, rng)
    # three rows that the contract refuses, so that the quarantine has something to show
    rows[40][1] = "sometime in April"
    rows[120][6] = "11"
    rows.append(list(rows[5]))
    (HERE / "customer_feedback.csv").write_text(text_of(FEEDBACK_HEADER, rows), encoding="utf-8", newline="")
    (HERE / "support_tickets.csv").write_text(
        text_of(TICKET_HEADER, tickets(300, rng)), encoding="utf-8", newline=""
    )
    (HERE / "dirty").mkdir(exist_ok=True)
    for name, content in dirty().items():
        (HERE / "dirty" / name).write_bytes(content)


if __name__ == "__main__":
    main()
