"""Which contract and which file a run takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from glue_app.e2e import datasets
from glue_app.e2e.errors import InputError

CONTRACT = """
title: Visits
columns: [{name: visit_id, type: integer, required: true}]
record_key: [visit_id]
gold:
  - {name: visits, key: [visit_id], sql: "SELECT visit_id FROM silver"}
"""


def test_a_name_is_a_bundled_contract_that_terraform_knows(tmp_path: Path) -> None:
    dataset = datasets.resolve(None, tmp_path)
    assert dataset.name == "customer_feedback"
    assert dataset.bring(tmp_path) is False
    assert list(tmp_path.iterdir()) == []


def test_a_contract_of_the_users_own_is_brought_once_and_again_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "visits.yaml"
    path.write_text(CONTRACT)
    own = tmp_path / "own"
    assert datasets.resolve(str(path), tmp_path / "own").bring(own) is True
    assert datasets.resolve(str(path), tmp_path / "own").bring(own) is False
    path.write_text(CONTRACT + "# changed\n")
    assert datasets.resolve(str(path), tmp_path / "own").bring(own) is True
    assert [file.name for file in own.iterdir()] == ["visits.yaml"]


def test_what_was_brought_from_a_path_has_a_name_from_then_on(tmp_path: Path) -> None:
    """That of its file, also where one of that name is bundled: what is applied is the user's."""
    own = tmp_path / "own"
    for name in ("visits", "customer_feedback"):
        (tmp_path / f"{name}.yaml").write_text(CONTRACT)
        datasets.resolve(str(tmp_path / f"{name}.yaml"), own).bring(own)
        dataset = datasets.resolve(name, own)
        assert (dataset.name, dataset.path) == (name, own / f"{name}.yaml")
        assert dataset.bring(own) is False


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    """Those that were brought among them; a name is no way to another folder."""
    (tmp_path / "visits.yaml").write_text(CONTRACT)
    (tmp_path / "own").mkdir()
    for name in ("no_such_dataset", "../visits"):
        with pytest.raises(InputError, match="customer_feedback"):
            datasets.resolve(name, tmp_path / "own")
    with pytest.raises(InputError, match="visits"):
        datasets.resolve("no_such_dataset", tmp_path)


def test_a_contract_with_a_fault_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "visits.yaml"
    path.write_text(CONTRACT.replace("integer", "number"))
    with pytest.raises(InputError, match=r"visits\.yaml:3"):
        datasets.resolve(str(path), tmp_path / "own")


@pytest.mark.parametrize(("name", "why"), [("missing.csv", "no file"), ("visits.yaml", "does not end in")])
def test_a_csv_that_cannot_be_sent_is_named(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "visits.yaml").write_text(CONTRACT)
    dataset = datasets.resolve(str(tmp_path / "visits.yaml"), tmp_path / "own")
    with pytest.raises(InputError, match=why):
        datasets.csv_for(dataset, str(tmp_path / name))
