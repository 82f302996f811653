"""Contracts: what is read from YAML, and errors that name file, line and what to do."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.model import Contract

DATASETS = sorted((Path(__file__).resolve().parents[4] / "glue" / "datasets").glob("*.yaml"))
CONTRACT = """\
title: {en: Orders, ja: 注文}
columns:
  - {name: id, type: string, required: true}
  - name: amount
    header: [amount, 金額]
    type: decimal(8,2)
    min: 0
  - {name: day, type: date, formats: ["%Y/%m/%d"]}
  - {name: mail, type: string, pii: true}
  - {name: note, type: string}
record_key: [id]
free_text: [note]
enrich:
  instructions: Judge.
  answer:
    properties:
      mood:
        type: string
        enum: [good, bad]
quality:
  rules:
    - {name: paid, sql: amount > 0}
gold:
  - name: totals
    key: [day]
    sql: SELECT day, SUM(amount) AS amount FROM silver GROUP BY day
views:
  - name: totals_monthly
    comment: {en: Amount a month, ja: 月別の金額}
    columns: {month: Month}
    sql: SELECT date_trunc('month', day) AS month, sum(amount) AS amount FROM totals GROUP BY 1
"""


def load(text: str = CONTRACT, source: str = "glue/datasets/orders.yaml") -> Contract:
    return load_contract(text, source)


@pytest.mark.parametrize("path", DATASETS, ids=lambda path: path.stem)
def test_the_projects_contracts_load(path: Path) -> None:
    """Every dataset has titles in both languages and Gold tables."""
    contract = load_contract(path.read_text("utf-8"), str(path))
    assert contract.name == path.stem
    assert contract.title.en != contract.title.ja
    assert contract.gold


def test_a_contract_is_what_its_yaml_says() -> None:
    """Types, header names, the answer's schema with every property required; and it can be pickled."""
    contract = load()
    assert [column.type.sql for column in contract.columns] == [
        "string",
        "decimal(8,2)",
        "date",
        "string",
        "string",
    ]
    assert contract.column("amount").headers == ("amount", "金額")
    assert contract.column("amount").minimum == "0"
    assert contract.enrich is not None
    assert contract.enrich.answer["required"] == ["mood"]
    assert contract.enrich.answer["additionalProperties"] is False
    assert contract.gold[0].key == ("day",)
    view = contract.views[0]
    assert (view.name, view.comment.ja, view.columns["month"].en) == ("totals_monthly", "月別の金額", "Month")
    assert pickle.loads(pickle.dumps(contract)) == contract  # noqa: S301 - our own bytes


def test_digests_follow_the_meaning_not_the_layout() -> None:
    """Comments change none; titles and Gold change the whole digest only; columns change both."""
    contract = load()
    assert load("# hello\n" + CONTRACT).digest == contract.digest
    retitled = load(CONTRACT.replace("en: Orders", "en: Sales"))
    assert retitled.digest != contract.digest
    assert retitled.silver_digest == contract.silver_digest
    reviewed = load(CONTRACT.replace("'month'", "'week'"))
    assert reviewed.digest != contract.digest
    assert reviewed.silver_digest == contract.silver_digest
    assert load(CONTRACT.replace("min: 0", "min: 1")).silver_digest != contract.silver_digest


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("type: date,", "type: dat,", 8, "columns[2].type: 'dat' must be string, integer"),
        ("min: 0", "mim: 0", 7, "columns[1].mim: is not a field here: did you mean min?"),
        ("min: 0", "min: 0\n    min: 1", 8, "columns[1].min: stands twice: remove one"),
        ("min: 0", "min: none", 7, "columns[1].min: 'none' is no number"),
        ("min: 0", "min: 5\n    max: 1", 7, "columns[1].min: is more than max"),
        ("min: 0", "pattern: 'a'", 7, "columns[1].pattern: is for string; the column is a decimal"),
        ("decimal(8,2)", "decimal(8,9)", 6, "precision must be 1 to 38, scale at most the precision"),
        ('"%Y/%m/%d"', '"yyyy/mm/dd"', 8, "is no strptime format: write e.g. %Y/%m/%d"),
        ('"%Y/%m/%d"', '"%Y/%q"', 8, "reads no dates"),
        ("金額", "id", 5, "columns[1].header: 'id' already means column id"),
        ("record_key: [id]", "record_key: [ident]", 11, "record_key[0]: there is no column 'ident'"),
        (
            "required: true",
            "required: false",
            3,
            "column id is part of record_key and must say required: true",
        ),
        ("record_key: [id]\n", "", 1, "lacks record_key: add it"),
        ("free_text: [note]", "free_text: [mail]", 12, "column mail is pii, which is kept out of prompts"),
        ("free_text: [note]", "free_text: [amount]", 12, "column amount must be a string"),
        ("free_text: [note]\n", "", 12, "enrich: needs free_text"),
        (
            "[good, bad]",
            "[yes, no]",
            19,
            "properties.mood.enum[0]: True must be text: put it in quotes",
        ),
        ("type: string\n        enum", "type: strong\n        enum", 17, "mood: is no valid JSON Schema"),
        ("mood:", "note:", 17, "enrich.answer.properties.note: is taken: give the property another name"),
        ("name: paid", "name: too_long", 22, "is a reason of the job: choose another"),
        ("FROM silver", "FROM bronze", 26, "gold[0].sql: must read from the view silver"),
        ("SELECT day", "DELETE FROM silver; SELECT day", 26, "must be one SELECT, without a semicolon"),
        ("  - name: totals\n    key", "  - key", 24, "gold[0]: lacks name: add it"),
        ("FROM totals", "FROM silver", 31, "must read from a Gold table of this contract (totals)"),
        ("FROM totals", "FROM orders -- totals", 31, "must read from a Gold table of this contract (totals)"),
        ("FROM totals GROUP", "FROM totals; DROP TABLE totals GROUP", 31, "views[0].sql: must be one SELECT"),
        (
            "name: totals_monthly",
            "name: totals",
            28,
            "views[0].name: 'totals' is a Gold table, which the view",
        ),
        ("name: totals_monthly", "name: Monthly", 28, "views[0].name: 'Monthly' must be lower-case letters"),
        ("name: totals_monthly", f"name: {'t' * 64}", 28, "at most 63"),
        (
            "  - name: totals_monthly\n",
            "  - key: [month]\n    name: m\n",
            28,
            "views[0].key: is not a field here",
        ),
        ("views:\n", "views:\n  - {name: totals_monthly, sql: SELECT 1 FROM totals}\n", 29, "stands 2 times"),
        (
            "{month: Month}",
            f"{{{'月' * 22}: Month}}",
            30,
            "is longer than 63 bytes, where PostgreSQL cuts it",
        ),
        ("{month: Month}", "{month: {en: Month}}", 30, "views[0].columns"),
        ("pii: true", "pii: 1", 9, "columns[3].pii: must be boolean, not 1"),
        ("name: id,", "name: on,", 3, "columns[0].name: must be text, not True: put it in quotes"),
        ("columns:", "columns: [", 3, "not YAML"),
    ],
)
def test_errors_name_the_line_and_what_to_do(old: str, new: str, line: int, message: str) -> None:
    """One fault each."""
    assert old in CONTRACT
    with pytest.raises(ContractError) as caught:
        load(CONTRACT.replace(old, new, 1))
    problem = caught.value.problems[0]
    assert str(caught.value).startswith(f"glue/datasets/orders.yaml:{problem.line}: ")
    assert message in str(problem)
    assert problem.line == line


@pytest.mark.parametrize(
    ("source", "column", "message"),
    [
        ("{header: yes please}", "", "source.header: must be boolean"),
        ("{delimiter: ':'}", "", "source.delimiter: ':' must be one of"),
        ("{decimal: ',', thousands: ','}", "", "source.thousands: ',' is the decimal sign"),
        ("{decimal: ','}", "", ""),
        ("{repair: [everything]}", "", "source.repair[0]: 'everything' must be one of"),
        ("{repair: [wrapped_records], quote: none}", "", "source.repair: wrapped_records goes with"),
        ("{skip_lines: -1}", "", "source.skip_lines: it must be bigger"),
        ("{header: false}", "position: 2", "columns[1]: lacks position"),
        ("{}", "position: 2", "columns[0].position: is for files without a header line"),
        ("{}", "currency: [円]", "columns[0].currency: is for integer, decimal, double"),
        ("{}", "midnight_24: true", "columns[0].midnight_24: is for timestamp"),
        ("{}", "normalize: nfd", "columns[0].normalize: 'nfd' must be one of"),
        ("{dlimiter: ','}", "", "source.dlimiter: is not a field here: did you mean delimiter?"),
    ],
)
def test_faults_of_a_dialect_name_the_field(source: str, column: str, message: str) -> None:
    """What no schema can say as well."""
    text = f"""
title: T
source: {source}
columns:
  - {{name: id, type: string, required: true, {column}}}
  - {{name: n, type: integer}}
record_key: [id]
"""
    if not message:
        assert load(text).column("n").numbers.thousands == "."
        return
    with pytest.raises(ContractError) as caught:
        load(text)
    assert message in str(caught.value)


def test_limits_on_cost_are_whole_numbers_and_ask_nothing_again() -> None:
    """Other limits make no other contract: the answers and the finished uploads stay valid."""
    plain = load()
    assert plain.enrich is not None
    assert (plain.enrich.limits.max_calls, plain.enrich.limits.max_tokens) == (None, None)

    def limited(said: str) -> Contract:
        return load(CONTRACT.replace("  instructions: Judge.", f"  limits: {said}\n  instructions: Judge."))

    one = limited("{max_calls: 2000, max_tokens: 3000000}")
    assert one.enrich is not None
    assert (one.enrich.limits.max_calls, one.enrich.limits.max_tokens) == (2_000, 3_000_000)
    assert one.silver_digest == limited("{max_calls: 1}").silver_digest == plain.silver_digest
    for bad in ("{max_calls: 0}", "{max_tokens: 1.5}", "{max_price: 3}", "{max_calls: '9'}", "[1]"):
        with pytest.raises(ContractError, match=r"orders\.yaml:\d+: .*limits"):
            limited(bad)


def test_every_fault_is_told_at_once_by_line() -> None:
    """A contract is not corrected one error a run."""
    text = (
        CONTRACT.replace("type: date,", "type: dat,")
        .replace("min: 0", "mim: 0")
        .replace("key: [day]", "keys: []")
    )
    with pytest.raises(ContractError) as caught:
        load(text)
    assert [problem.line for problem in caught.value.problems] == [7, 8, 24]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "title", "a: *b\n", "&a [*a]\n", "\0"])
def test_what_is_no_contract_is_an_error_of_the_contract(text: str) -> None:
    """Never a bare YAML or Python error."""
    with pytest.raises(ContractError):
        load(text)


def test_the_files_name_is_the_datasets_name() -> None:
    """It becomes an S3 prefix and part of Gold."""
    with pytest.raises(ContractError, match="'My Orders' cannot name a dataset"):
        load(source="s3://assets/datasets/My Orders.yaml")
