"""Scopes and stores: what every service keeps its state with."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import pickle
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import boto3
import pytest

from glue_app.emulator.glue.models import GlueStore
from glue_app.emulator.rds.models import RdsStore
from glue_app.emulator.service.scope import Scope
from glue_app.emulator.service.stores import Stores
from glue_app.emulator.ssm.models import SsmStore
from glue_app.emulator.state.manifest import model_sources

HERE = Scope("000000000000", "us-east-1")


def test_each_account_and_region_has_a_store_of_its_own() -> None:
    stores: Stores[list[str]] = Stores(list)

    stores.of(HERE).append("kept")

    assert stores.of(Scope.of(SimpleNamespace(account_id="000000000000", region="us-east-1"))) == ["kept"]
    assert stores.of(Scope("000000000000", "us-west-2")) == []
    assert [scope.region for scope, _ in stores.items()] == ["us-east-1", "us-west-2"]


def test_what_is_brought_back_takes_the_place_of_all_there_was() -> None:
    """As a save does it: by way of pickle."""
    stores: Stores[list[str]] = Stores(list)
    stores.of(HERE).append("kept")
    kept = pickle.loads(pickle.dumps(stores.kept()))  # noqa: S301
    stores.of(HERE).append("later")
    stores.of(Scope("111111111111", "us-east-1")).append("later")

    stores.bring_back(kept)

    assert stores.items() == [(HERE, ["kept"])]


@pytest.mark.parametrize("partition", boto3.Session().get_available_partitions())
def test_a_region_is_in_the_partition_that_botocore_says(partition: str) -> None:
    for region in boto3.Session().get_available_regions("sts", partition):
        assert Scope("000000000000", region).partition == partition, region


def test_an_arn_names_partition_region_and_account() -> None:
    assert Scope("000000000000", "cn-north-1").arn("rds", "db:gold") == (
        "arn:aws-cn:rds:cn-north-1:000000000000:db:gold"
    )


@pytest.mark.parametrize("store", [GlueStore, RdsStore, SsmStore])
def test_every_class_that_is_kept_counts_for_the_digest_of_saves(store: type) -> None:
    """An old save is refused when one of them has changed: a pickle would be read into another class."""
    sources = {Path(inspect.getfile(kept)).resolve() for kept in _kept(store, set())}

    assert sources <= set(model_sources())


def _kept(kind: Any, seen: set[Any]) -> Iterator[type]:
    """Yield the project's classes that objects of a type hold, itself among them."""
    for part in get_args(kind):
        yield from _kept(part, seen)
    ours = isinstance(kind, type) and kind.__module__.startswith("glue_app.") and kind not in seen
    if not ours:
        return
    seen.add(kind)
    yield kind
    if dataclasses.is_dataclass(kind) or not issubclass(kind, enum.Enum):
        for hint in get_type_hints(kind).values():
            yield from _kept(hint, seen)
