"""Changes of a contract, one by one, with what each does to a Silver table that is there.

The job's tests make each change on a small table (tests/unit/glue/silver/test_evolution.py);
`scripts.evolution_docs` writes the table of docs/datasets.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CONTRACT = """
title: Orders
source: {unknown_columns: ignore}
columns:
  - {name: id, type: string, required: true}
  - {name: day, type: date, required: true}
  - {name: amount, type: "decimal(8,2)"}
  - {name: note, type: string}
record_key: [id]
gold:
  - {name: orders, key: [id], sql: "SELECT id, amount FROM silver"}
"""
HEADER = "id,day,amount,note,place\n"
FIRST = HEADER + "A,2024-05-01,1.50,a,Kobe\nB,2024-05-01,2.50,,Nara\n"
NEXT = HEADER + "C,2024-05-02,3.50,c,Otsu\n"

Rows = Mapping[str, tuple[str | None, ...]]


@dataclass(frozen=True)
class Case:
    """`changes`: texts of `CONTRACT` and what takes their place. A file comes under the old contract, another
    and then the first again under the new one.

    `shown`: columns; `next` and `again`: id → their values in Silver, after each of the two; `refused`: the
    error that the second file ends with instead. `silver` and `gold` tell people.
    """

    what: str
    changes: Sequence[tuple[str, str]]
    silver: str
    gold: str
    shown: Sequence[str] = ("note",)
    next: Rows = field(default_factory=dict)
    again: Rows | None = None
    """None: delivered again, the first file is skipped, as nothing that Silver depends on has changed."""
    gold_rows: Rows | None = None
    """id → what else Gold's SELECT yields after the second file. None: an `amount` for each row of Silver."""
    refused: str = ""
    second: str = NEXT
    same_object: bool = False
    """The second file is a later version of the first."""


_NOTE = "  - {name: note, type: string}\n"
_AS_IT_WAS: Rows = {"A": ("a",), "B": (None,), "C": ("c",)}
_WAY_OUT = "Way out: a new name, or a [rebuild](#rebuild)"
_REFUSED = f"refuses before anything is written; all is as it was. {_WAY_OUT}"
CASES = (
    Case(
        "title, description, comment",
        [("title: Orders", "title: Renamed")],
        "nothing",
        "changes the comments",
        next=_AS_IT_WAS,
    ),
    Case(
        "column added",
        [(_NOTE, _NOTE + "  - {name: place, type: string}\n")],
        "adds it at the next upload; rows that are there have no value in it until reprocessed",
        "nothing, until its SQL names it",
        shown=("note", "place"),
        next={"A": ("a", None), "B": (None, None), "C": ("c", "Otsu")},
        again={"A": ("a", "Kobe"), "B": (None, "Nara"), "C": ("c", "Otsu")},
    ),
    Case(
        "column removed",
        [(_NOTE, "")],
        "keeps the column and its values; what is written from then on has none in it",
        "the load fails where its SQL names the column and the table is built anew; else nothing",
        next={"A": ("a",), "B": (None,), "C": (None,)},
        again={"A": (None,), "B": (None,), "C": (None,)},
    ),
    Case(
        "column renamed (another `name`, the old one as `header`)",
        [
            (_NOTE, "  - {name: remark, header: [note], type: string}\n"),
            ("SELECT id, amount", "SELECT id, COALESCE(remark, note) AS remark"),
        ],
        "as one removed and one added: rows keep the old column's values until reprocessed",
        "name both in its SQL until then: `COALESCE(remark, note)`",
        shown=("note", "remark"),
        next={"A": ("a", None), "B": (None, None), "C": (None, "c")},
        gold_rows=_AS_IT_WAS,
        again={"A": (None, "a"), "B": (None, None), "C": (None, "c")},
    ),
    Case(
        "type widened: `decimal(8,2)` → `decimal(12,2)`",
        [("decimal(8,2)", "decimal(12,2)")],
        _REFUSED,
        "as it was",
        refused="IncompatibleSchemaError",
    ),
    Case(
        "type narrowed: `decimal(8,2)` → `decimal(6,2)`",
        [("decimal(8,2)", "decimal(6,2)")],
        _REFUSED,
        "as it was",
        refused="IncompatibleSchemaError",
    ),
    Case(
        "another type: `decimal(8,2)` → `string`",
        [('"decimal(8,2)"', "string")],
        _REFUSED,
        "as it was",
        refused="IncompatibleSchemaError",
    ),
    Case(
        "`required` added, a limit or a rule of `quality` stricter",
        [(_NOTE, _NOTE.replace("string}", "string, required: true}"))],
        "holds for what is read from then on; rows that are there stay until reprocessed, then they leave it",
        "follows Silver",
        next=_AS_IT_WAS,
        again={"A": ("a",), "C": ("c",)},
    ),
    Case(
        "`quality` rule added",
        [("gold:", 'quality: {rules: [{name: cheap, sql: "amount < 2"}]}\ngold:')],
        "the same",
        "follows Silver",
        next={"A": ("a",), "B": (None,)},
        again={"A": ("a",)},
    ),
    Case(
        "`record_key`: other columns, or another kind",
        [("record_key: [id]", "record_key: [id, day]")],
        "refuses before anything is written, as each record would be there twice. Way out: the old key, or"
        " a [rebuild](#rebuild)",
        "as it was",
        refused="RecordKeyError",
    ),
    Case(
        "`mode`: `upsert` → `snapshot`",
        [("gold:", "mode: snapshot\ngold:")],
        "holds from the next upload on: rows that an object's next version lacks leave Silver",
        "follows Silver",
        next={"A": ("new",)},
        again={"A": ("new",)},
        second=HEADER + "A,2024-05-01,1.50,new,\n",
        same_object=True,
    ),
    Case(
        "`silver.partition_by`, `cluster_by`, `retention_days`",
        [("gold:", "silver: {partition_by: [day]}\ngold:")],
        "lies as it did until its next maintenance, which writes it anew in one commit",
        "nothing",
        next=_AS_IT_WAS,
    ),
    Case(
        "`gold`: SQL, key, a table or a view",
        [("SELECT id, amount", "SELECT id, note")],
        "nothing",
        "the next load brings it there, or refuses with the statement to run (below)",
        next=_AS_IT_WAS,
        gold_rows=_AS_IT_WAS,
    ),
)
UNTRIED = (
    (
        "`enrich`: instructions, answer, model",
        "what is delivered from then on is asked anew; other rows keep their answers"
        " ([after a change](#after-a-change-of-model-or-prompt)). A property of the answer is a column:"
        " as above",
        "follows Silver",
    ),
    (
        "columns, with `record_key: content`",
        "every row is another record: `snapshot` replaces an object's rows when it is delivered again,"
        " `upsert` keeps both. Way out: a [rebuild](#rebuild)",
        "follows Silver",
    ),
)
"""What other tests try: the enrichment's, and those of the modes."""
