"""The time as AWS's answers and the stores have it."""

from __future__ import annotations

import datetime


def now() -> datetime.datetime:
    """Return this moment, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc)
