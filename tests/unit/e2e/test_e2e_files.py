"""Which file is sent: the one that was named; our samples can be named from any folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.e2e import datasets
from glue_app.e2e.errors import InputError


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> datasets.Dataset:
    """Of the clone, while the user is in a folder of their own; samples are in `ours` and `theirs`."""
    for place in ("ours", "theirs", "here"):
        (tmp_path / place / "data").mkdir(parents=True)
    (tmp_path / "ours" / "data" / "customer_feedback.csv").touch()
    monkeypatch.setattr(datasets, "ROOT", tmp_path / "ours")
    monkeypatch.setattr(datasets, "PROJECT", tmp_path / "theirs")
    monkeypatch.chdir(tmp_path / "here")
    return datasets.resolve("customer_feedback", tmp_path)


def test_a_sample_is_found_from_anywhere(dataset: datasets.Dataset, tmp_path: Path) -> None:
    ours = tmp_path / "ours" / "data" / "customer_feedback.csv"
    assert datasets.csv_for(dataset, "") == ours
    assert datasets.csv_for(dataset, "data/customer_feedback.csv") == ours


def test_a_file_of_the_users_own_comes_first(dataset: datasets.Dataset, tmp_path: Path) -> None:
    (tmp_path / "theirs" / "data" / "customer_feedback.csv").touch()
    assert datasets.csv_for(dataset, "") == tmp_path / "theirs" / "data" / "customer_feedback.csv"
    Path("data/customer_feedback.csv").touch()
    assert datasets.csv_for(dataset, "") == tmp_path / "theirs" / "data" / "customer_feedback.csv"
    assert datasets.csv_for(dataset, "data/customer_feedback.csv") == Path("data/customer_feedback.csv")


@pytest.mark.parametrize("name", ["customer_feedback.csv", "data/other.csv", "other/customer_feedback.csv"])
def test_nothing_else_is_guessed(dataset: datasets.Dataset, name: str) -> None:
    with pytest.raises(InputError, match=f"no file {name}"):
        datasets.csv_for(dataset, name)
