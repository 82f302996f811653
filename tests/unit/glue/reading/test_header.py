"""Which cell of a record is which column."""

from __future__ import annotations

import pytest

from pipeline.contract.loader import load_contract
from pipeline.errors import HeaderError
from pipeline.reading.grammar import Grammar
from pipeline.reading.header import match


def test_a_row_in_place_of_the_header_is_not_quoted_where_it_may_be_personal() -> None:
    """A file without a header line ends with the field to set, and its first person in no log."""
    contract = load_contract(
        "title: P\ncolumns:\n- {name: id, type: string, required: true}\n"
        "- {name: who, type: string, pii: true}\nrecord_key: [id]\n",
        "p.yaml",
    )
    with pytest.raises(HeaderError, match=r"source\.header: false") as raised:
        match(["17", "Taro Yamada"], contract, "s3://b/k", Grammar())
    assert "Yamada" not in str(raised.value)
