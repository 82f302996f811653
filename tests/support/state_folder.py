"""A folder for a stack's state that ends with the test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def state_folder() -> Iterator[Path]:
    """Make a folder, and remove it at the end.

    Not in pytest's own temporary folder: other users of the machine (postgres) must be able to enter it.
    """
    folder = Path(tempfile.mkdtemp(prefix="glue-app-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
