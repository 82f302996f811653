"""Marks by folder; and property tests run the same cases each time, without a clock, and write nothing."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

with suppress(ImportError):  # Glue's environments have pytest alone
    from hypothesis import settings

    settings.register_profile("glue-app", deadline=None, database=None, derandomize=True)
    settings.load_profile("glue-app")

TESTS = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    for folder in (*TESTS.glob("*/"), *TESTS.glob("*/*/")):
        config.addinivalue_line("markers", f"{folder.name}: of the folder (scripts/suites/table.py)")


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test has the names of its first two folders as marks: `integration` and `rds`."""
    for item in items:
        for folder in item.path.parent.relative_to(TESTS).parts[:2]:
            item.add_marker(folder)
