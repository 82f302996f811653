"""The semantic layer in a real database: views that come, change and stay, and who else holds on to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.gold import GoldError, GoldOptions, GoldReport
from pipeline.gold.errors import GoldDependentError, GoldOwnerError, GoldViewError
from tests.unit.glue.gold.fake_secrets import FakeSecretsManager
from tests.unit.glue.gold.gold_loads import contract_of, load_tables, table

Query = Callable[[str], list[Any]]
Options = Callable[..., GoldOptions]
Load = Callable[..., GoldReport]

ORDERS = table("orders", "order_id", order_id="integer", note="text")
ROWS = [[1, "a"], [2, "b"]]
SQL = "SELECT order_id, note FROM orders"
BY_NOTE = "SELECT note, count(*) AS order_count FROM orders GROUP BY note"


@pytest.fixture
def load(options: Options) -> Load:
    """Load the orders with one view ``v``; ``more``: further fields of it."""

    def run(
        sql: str, more: str = "", target: Any = ORDERS, name: str = "orders", **settings: Any
    ) -> GoldReport:
        contract = contract_of(
            "  - {name: orders, key: [order_id], sql: SELECT order_id FROM silver}\n"
            f"views:\n  - name: v\n    sql: |\n      {sql}\n{more}",
            name,
        )
        return load_tables(options(**settings), contract, {target: ROWS})

    return run


def columns(query: Query) -> list[str]:
    return [
        f"{name} {kind}"
        for name, kind in query(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'bi.v'::regclass AND attnum > 0 ORDER BY attnum"
        )
    ]


def version(query: Query) -> list[Any]:
    """What changes when the view, its rule or its comments are written."""
    return query(
        "SELECT c.oid::int, c.xmin::text, r.xmin::text, (SELECT string_agg(d.xmin::text, ',') "
        "FROM pg_description d WHERE d.objoid = c.oid) "
        "FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid WHERE c.oid = 'bi.v'::regclass"
    )


def test_a_view_has_its_comments_in_both_languages(load: Load, query: Query) -> None:
    """On itself and its columns; a comment that is gone from the contract goes."""
    more = "    comment: {en: Orders, ja: 注文}\n    columns: {note: {en: Note, ja: メモ}}\n"
    assert load(SQL, more).changed
    shown = "SELECT obj_description('bi.v'::regclass), col_description('bi.v'::regclass, 2)"
    assert query(shown) == [("Orders / 注文", "Note / メモ")]
    assert load(SQL, "    comment: Orders\n").changed
    assert query(shown) == [("Orders", None)]


def test_an_unchanged_view_is_left_alone(load: Load, query: Query) -> None:
    """The same rows of the catalogs, and no change in the report."""
    load(SQL, "    comment: Orders\n")
    before = version(query)
    assert not load(SQL, "    comment: Orders\n").changed
    assert version(query) == before


def test_an_unchanged_view_does_not_wait_for_its_readers(load: Load, query: Query) -> None:
    """A reader in the middle of a long query holds up a changed view only."""
    load(SQL)
    query("BEGIN")
    query("SELECT * FROM bi.v")
    assert not load(SQL, deadline=0.5, lock_timeout=0.2).changed
    with pytest.raises(GoldError, match="lock timeout"):
        load(BY_NOTE, deadline=0.5, lock_timeout=0.2)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (f"{SQL} WHERE order_id > 1", ["order_id integer", "note text"]),
        ("SELECT order_id, note, 1 AS one FROM orders", ["order_id integer", "note text", "one integer"]),
        ("SELECT order_id FROM orders", ["order_id integer"]),
        ("SELECT order_id::bigint AS order_id, note FROM orders", ["order_id bigint", "note text"]),
        ("SELECT note, order_id FROM orders -- turned", ["note text", "order_id integer"]),
    ],
)
def test_a_changed_view_is_replaced_and_keeps_its_rights(
    load: Load, query: Query, bi_secret: FakeSecretsManager, sql: str, expected: list[str]
) -> None:
    """Also where PostgreSQL can't replace it: those a DBA gave, those of a column, and no others."""
    load(SQL, bi_secret_arn="arn")
    query("CREATE ROLE dba")
    query("GRANT SELECT, REFERENCES ON bi.v TO dba WITH GRANT OPTION")
    query("GRANT UPDATE (order_id) ON bi.v TO PUBLIC")
    rights = (
        "SELECT 'v', relacl::text FROM pg_class WHERE oid = 'bi.v'::regclass UNION ALL SELECT attname, "
        "attacl::text FROM pg_attribute WHERE attrelid = 'bi.v'::regclass AND attacl IS NOT NULL ORDER BY 1"
    )
    before = query(rights)
    assert "bi_reader=r/" in str(before)
    assert load(sql, bi_secret_arn="arn").changed
    assert columns(query) == expected
    assert query(rights) == before


def test_a_view_that_something_else_uses_is_not_dropped(load: Load, query: Query) -> None:
    """Both it and what uses it stay; the message names that. What PostgreSQL can replace is replaced."""
    load(SQL)
    query("CREATE VIEW mine AS SELECT note FROM bi.v")
    with pytest.raises(GoldDependentError, match=r"view bi\.v has to be made anew, but view mine depends"):
        load(BY_NOTE)
    assert columns(query) == ["order_id integer", "note text"]
    load(f"{SQL} WHERE order_id > 1")
    assert query("SELECT * FROM mine") == [("b",)]


def test_a_view_changed_or_dropped_by_hand_is_made_good(load: Load, query: Query) -> None:
    """The contract says what it is."""
    load(SQL)
    query("CREATE OR REPLACE VIEW bi.v AS SELECT order_id, 'forged' AS note FROM orders")
    assert load(SQL).changed
    assert query("SELECT DISTINCT note FROM bi.v ORDER BY 1") == [("a",), ("b",)]
    query("DROP VIEW bi.v")
    assert load(SQL).changed
    assert query("SELECT count(*) FROM bi.v") == [(2,)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT nothing FROM orders", 'view v of dataset orders: column "nothing" does not exist'),
        ("SELECT FROM orders WHERE", "view v of dataset orders: syntax error at end of input"),
        ("SELECT 1 / 0 AS x, x'g' FROM orders", "view v of dataset orders: "),
        ("SELECT '\\' AS x; DROP TABLE orders; SELECT '\\' FROM orders", "cannot insert multiple commands"),
        ("SELECT o.note FROM orders o, stranger", "it uses table stranger; a view may use"),
        ("SELECT o.note FROM orders o, bi.other w", "it uses view bi.other;"),
        ("SELECT o.note FROM orders o, pg_stat_activity s", "it uses view pg_stat_activity;"),
        ("SELECT o.note FROM orders o, pg_authid s", "it uses table pg_authid;"),
        (
            "SELECT o.note FROM orders o, information_schema.tables t",
            "it uses view information_schema.tables;",
        ),
        ("SELECT (SELECT count(*) FROM gold_meta.loads) AS n FROM orders", "it uses table gold_meta.loads;"),
        ("SELECT mine(note) AS n FROM orders", r"it uses function mine\(text\);"),
    ],
)
def test_sql_that_cannot_be_is_named_and_gold_stays(load: Load, query: Query, sql: str, message: str) -> None:
    """Dataset, view and PostgreSQL's message, or what it may not read; the view that was there is there."""
    load(SQL)
    query("CREATE TABLE stranger (k int)")
    query("CREATE VIEW bi.other AS SELECT 1 AS k")
    query("CREATE FUNCTION mine(text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
    before = version(query), query("SELECT load_id FROM gold_meta.loads")
    with pytest.raises(GoldViewError, match=message) as caught:
        load(sql)
    assert "\n" not in str(caught.value)
    assert (version(query), query("SELECT load_id FROM gold_meta.loads")) == before


def test_a_comment_on_a_column_that_is_not_there_is_an_error(load: Load) -> None:
    """It says which columns there are."""
    with pytest.raises(
        GoldViewError, match=r"comment on notes, which is not in the SELECT \(order_id, note\)"
    ):
        load(SQL, "    columns: {notes: Note}\n")


def test_a_view_of_somebody_else_is_left_alone(load: Load, query: Query) -> None:
    """Neither one made by hand nor another dataset's is taken over."""
    query("CREATE SCHEMA bi")
    query("CREATE VIEW bi.v AS SELECT 1 AS k")
    with pytest.raises(GoldOwnerError, match="Gold view v exists and was not made by this pipeline"):
        load(SQL)
    query("DROP VIEW bi.v")
    load(SQL)
    others = table("others", "order_id", order_id="integer", note="text")
    query("INSERT INTO gold_meta.tables VALUES ('public', 'orders', 'other') "
          "ON CONFLICT (table_schema, table_name) DO UPDATE SET dataset = 'other'")  # fmt: skip
    with pytest.raises(GoldOwnerError, match="Gold view v exists and belongs to dataset orders"):
        load(SQL, target=others, name="other")
