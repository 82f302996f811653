"""Each change of a contract, on a small Silver table, does what docs/datasets.md says of it."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import errors
from pipeline.contract.loader import load_contract
from pipeline.gold.compute import select
from scripts.evolution_cases import CASES, CONTRACT, FIRST, Case
from tests.support.fake_s3 import FakeS3
from tests.unit.glue.silver.lake import Lake

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def loaded(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The first file is in Silver under the contract as it was."""
    lake = Lake(spark, tmp_path_factory.mktemp("lake"))
    lake.run(FIRST, contract=CONTRACT)
    return lake


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_change_does_what_the_table_says(
    spark: SparkSession, tmp_path: Path, loaded: Lake, case: Case
) -> None:
    """Another file under the new contract, then the first one again; or a refusal that changes nothing."""
    shutil.copytree(loaded.root, tmp_path / "lake")
    lake = Lake(spark, tmp_path / "lake", FakeS3(dict(loaded.s3.objects)), runs=1)
    contract = CONTRACT
    for old, new in case.changes:
        contract = contract.replace(old, new)
    key = "bronze/orders/a.csv" if case.same_object else "bronze/orders/b.csv"
    if case.refused:
        versions = lake.versions()
        with pytest.raises(getattr(errors, case.refused), match="then make reprocess DATASET=orders"):
            lake.run(case.second, key=key, version="v2", minutes=1, contract=contract)
        assert lake.versions() == versions
        assert gold(lake, contract) == {"A": (Decimal("1.50"),), "B": (Decimal("2.50"),)}
        return
    lake.run(case.second, key=key, version="v2", minutes=1, contract=contract)
    assert shown(lake, case) == case.next
    rows = gold(lake, contract)
    assert set(rows) == set(case.next) if case.gold_rows is None else rows == case.gold_rows
    again = lake.run(FIRST, contract=contract).as_dict()
    assert again["skipped"] is (case.again is None)
    assert shown(lake, case) == (case.next if case.again is None else case.again)


def gold(lake: Lake, contract: str) -> dict[str, tuple[Any, ...]]:
    """What the contract's SELECT makes of Silver; how it gets into PostgreSQL is tried in tests of gold."""
    (table,) = load_contract(contract, "datasets/orders.yaml").gold
    rows = select(lake.spark, lake.table("silver").read(), table).collect()
    return {row["id"]: tuple(row)[1:] for row in rows}


def shown(lake: Lake, case: Case) -> dict[str, tuple[str | None, ...]]:
    return {row["id"]: tuple(row[name] for name in case.shown) for row in lake.silver()}
