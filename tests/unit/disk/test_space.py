"""Whether an error says that a disk is full."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from glue_app.disk.space import is_full


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_full_quota_are_known(number: int) -> None:
    assert is_full(OSError(number, ""))
    assert not is_full(OSError(errno.EACCES, ""))
    assert not is_full(sqlite3.OperationalError("no such table"))


def test_a_full_disk_of_sqlite_is_known(tmp_path: Path) -> None:
    """The metrics are a database: limited to what it has, it says what it says on a full disk."""
    database = sqlite3.connect(tmp_path / "metrics.db")
    database.execute("CREATE TABLE t (v)")
    database.execute("PRAGMA max_page_count=3")
    with pytest.raises(sqlite3.OperationalError) as raised:
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
    database.close()

    assert is_full(raised.value)
