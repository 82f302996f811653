"""When a backup is due, what has expired, and to which moments an instance can be restored.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from ..models import DBSnapshot

_DAY = datetime.timedelta(days=1)


def due(newest: datetime.datetime | None, window: str, now: datetime.datetime) -> bool:
    """Tell whether a base backup is to be made: there is none, or a window has begun since the newest.

    window: PreferredBackupWindow, `hh:mm-hh:mm` in UTC. A window that was slept through counts afterwards.
    """
    return newest is None or newest < _last_begin(window, now)


def expired(made: Sequence[DBSnapshot], retention_days: int, now: datetime.datetime) -> list[DBSnapshot]:
    """Those of the automated snapshots that are to go: failed ones, and what the retention doesn't reach.

    The newest before the retention begins stays: its first moments are reached from there alone.
    """
    begin = now - retention_days * _DAY
    whole = [one for one in made if one.status == "available" and one.created_at]
    before = sorted((one for one in whole if _made(one) <= begin), key=_made)
    return [one for one in made if one.status == "failed"] + before[:-1]


def base_for(bases: Sequence[DBSnapshot], moment: datetime.datetime) -> DBSnapshot | None:
    """Return the newest base backup that was whole at this moment; None where none was."""
    return max((one for one in bases if _made(one) <= moment), key=_made, default=None)


def earliest(
    bases: Sequence[DBSnapshot], retention_days: int, now: datetime.datetime
) -> datetime.datetime | None:
    """Return the first moment that can be restored; None where none can."""
    if not bases:
        return None
    return max(min(_made(one) for one in bases), now - retention_days * _DAY)


def _last_begin(window: str, now: datetime.datetime) -> datetime.datetime:
    hour, minute = (int(part) for part in window.split("-")[0].split(":"))
    begin = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return begin if begin <= now else begin - _DAY


def _made(snapshot: DBSnapshot) -> datetime.datetime:
    return snapshot.created_at or datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
