"""Tests of the Glue job, run by the Glue environment's Python: a local Spark, Delta in local folders."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.local_spark import SHARED_DATA, spark_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_HAS_SPARK = importlib.util.find_spec("pyspark") is not None

# The host environment has no Spark: there these tests do not exist (the Glue environment's run has them).
collect_ignore_glob = [] if _HAS_SPARK else ["*"]


def pytest_addoption(parser: pytest.Parser) -> None:
    if importlib.util.find_spec("pytest_timeout") is None:
        parser.addini("timeout", "read by pytest-timeout, which only the host environment has")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = pytest.mark.skip(reason="../shared/data is absent")
    for item in items:
        if item.get_closest_marker("shared_data") and not SHARED_DATA.is_dir():
            item.add_marker(absent)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """One session for all tests. Tests that change its configuration put it back."""
    from pyspark.sql import SparkSession

    # Python workers import the job's package and the wheels it brings along
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in spark_settings(tmp_path_factory.mktemp("spark")).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[[bytes | str], Any]:
    """A factory: the bytes of a CSV (text becomes UTF-8) → a ``Body`` that reads them from a file."""
    from tests.support.file_bodies import FileBody

    def write(content: bytes | str, name: str = "input.csv") -> FileBody:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return FileBody(str(path))

    return write
