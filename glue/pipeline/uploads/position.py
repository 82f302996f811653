"""The place of an upload in the order of all uploads: a function of the object version, not of its delivery.

Time first, in S3's whole seconds, then the object's key, then the event's ``sequencer``, then the version id.
Time goes before the sequencer because S3 does so: of two multipart uploads of one key the one that was begun
later is the current version, whichever ends first, and the time of its beginning is its LastModified.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
"""

from __future__ import annotations

import string
from datetime import datetime

_ABSENT = ("", "none")


def position(modified_at: datetime, object_uri: str, sequencer: str | None, version_id: str) -> str:
    """Return a text that is greater the later the upload is: compare it as text, in Python or in SQL.

    The parts end in a dot, which is less than any hexadecimal digit; a key is written as its UTF-8 bytes.
    """
    key = object_uri.encode().hex().upper()
    return f"{int(modified_at.timestamp()):012d}.{key}.{sequencer or ''}.{version_id}"


def position_sql(modified_at: str, object_uri: str, version_id: str) -> str:
    """Spark SQL: the same of three columns, for rows of before there was a sequencer."""
    return (
        f"concat(lpad(CAST(unix_timestamp(`{modified_at}`) AS STRING), 12, '0'), '.',"
        f" hex(`{object_uri}`), '..', `{version_id}`)"
    )


def sequencer(text: str | None) -> str | None:
    """Return the sequencer of an S3 event in the form that compares as text, None where there is none.

    S3 says: pad the shorter one with zeros on the right, then compare the texts; of one key only. Trailing
    zeros say nothing then. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    Raises ValueError for what is no hexadecimal number.
    """
    if text is None or text in _ABSENT:
        return None
    if not set(text) <= set(string.hexdigits):
        raise ValueError(f"must be hexadecimal, as in S3's event, not {text!r}")
    return text.upper().rstrip("0") or "0"
