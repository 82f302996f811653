"""The contract's ``silver``: what it means, and each fault with its line's field."""

from __future__ import annotations

import re

import pytest

from pipeline.contract.errors import ContractError
from pipeline.contract.loader import load_contract
from pipeline.contract.silver_table import SilverTable

CONTRACT = """
title: Orders
columns:
  - {name: id, type: string, required: true}
  - {name: day, type: date, required: true}
  - {name: at, type: timestamp, required: true}
  - {name: share, type: double, required: true}
  - {name: buyer, type: string, required: true, pii: true}
  - {name: place, type: string}
record_key: [id]
silver: %s
"""


def test_without_the_field_the_table_is_as_delta_writes_it() -> None:
    """And its old versions stay for 30 days."""
    assert load_contract(CONTRACT % "{}", "orders.yaml").silver == SilverTable((), (), 30)


def test_a_layout_is_no_reason_to_process_an_upload_again() -> None:
    """The day of a timestamp is a column of the job's; the digest that markers go by stays."""
    said = "{partition_by: [day, date(at)], cluster_by: [id], retention_days: 7}"
    contract = load_contract(CONTRACT % said, "orders.yaml")
    assert contract.silver.partition_by == ("day", "at__date")
    assert contract.silver.columns == ("day", "at__date", "id")
    assert contract.silver.retention_days == 7
    assert contract.silver_digest == load_contract(CONTRACT % "{}", "orders.yaml").silver_digest
    assert contract.digest != load_contract(CONTRACT % "{}", "orders.yaml").digest


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("{partition_by: [nothing]}", r"silver.partition_by\[0\]: there is no column 'nothing'"),
        (
            "{partition_by: [at]}",
            r"silver.partition_by\[0\]: each moment would be a partition: write date\(at\)",
        ),
        ("{partition_by: [date(day)]}", r"date\(\) is for timestamps; column day is a date"),
        ("{partition_by: [share]}", "column share must be string, integer, boolean, date, or a timestamp as"),
        ("{partition_by: [place]}", "column place must say required: true"),
        ("{partition_by: [buyer]}", "column buyer is pii, and a partition's value stands in the names of"),
        ("{partition_by: [month(at)]}", r"'month\(at\)' must be a column's name, or date\(name\)"),
        ("{cluster_by: [nothing]}", r"silver.cluster_by\[0\]: there is no column 'nothing'"),
        ("{cluster_by: [share]}", "column share must be string, integer, decimal, date or timestamp"),
        ("{partition_by: [day], cluster_by: [day]}", "the table is partitioned by day: drop one of the two"),
        ("{retention_days: 6}", "silver.retention_days: must be 7 or more: VACUUM would remove files that"),
        ("{partitions: [day]}", "silver.partitions: is not a field here"),
    ],
)
def test_a_layout_that_can_not_be_is_refused(said: str, fault: str) -> None:
    """By what is wrong with it."""
    with pytest.raises(ContractError, match=fault):
        load_contract(CONTRACT % said, "orders.yaml")


@pytest.mark.parametrize("where", ["columns[6].name", "enrich.answer.properties.due__date"])
def test_the_ending_of_silvers_own_columns_is_nobody_elses(where: str) -> None:
    """Such a column would not count as data, and go with another layout."""
    text = CONTRACT % "{}"
    if where.startswith("columns"):
        text = text.replace("record_key", "  - {name: due__date, type: date}\nrecord_key")
    else:
        text += """
free_text: [place]
enrich:
  instructions: Say when.
  answer: {properties: {due__date: {type: string, maxLength: 10}}}
"""
    with pytest.raises(ContractError, match=re.escape(where) + ".*__date at the end are Silver's"):
        load_contract(text, "orders.yaml")
