"""A request to forget a person: ``forgotten/<dataset>/<id>.json`` in the Silver bucket.

While it is worked on it has a salted digest by which the job knows the rows, never the key. When it is done
it is the certificate, and has neither salt nor digest.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from glue_app.operations.deployment import Deployment
from glue_app.operations.person import Person
from glue_app.operations.source_versions import now

OUTSIDE = (
    "backups and snapshots of the database, until their retention ends",
    "what PostgreSQL keeps of deleted rows until its own VACUUM and ANALYZE, and its write-ahead log",
    "copies that readers of Silver or Gold, or who uploaded the files, have made",
    "free text of others that names the person: rows are known by the column's value",
    "object names and log lines of others that name the person",
)
_WHILE_OPEN = ("salt", "digest", "gone", "texts", "erased")


def folder(dataset: str) -> str:
    return f"forgotten/{dataset}/"


@dataclass
class Request:
    """``bronze``: version id → what was removed there. ``gone``, as pipeline.silver.forgetting wants it.

    ``texts``: names of the model's answers. ``deleted``: objects that had a delete marker. ``erased``: the
    tables and their past are done.
    """

    id: str
    dataset: str
    column: str
    asked_at: str
    salt: str
    digest: str
    found: dict[str, int | None] = field(default_factory=dict)
    bronze: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    erased: bool = False
    removed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def new(cls, dataset: str, person: Person) -> Request:
        salt = secrets.token_hex(16)
        return cls(secrets.token_hex(6), dataset, person.column.name, now(), salt, _digest(salt, person))

    @classmethod
    def unfinished(cls, deployment: Deployment, dataset: str) -> Request | None:
        """Return the one that was begun and has no end."""
        for key in deployment.keys(deployment.silver, folder(dataset)):
            found = deployment.json(deployment.silver, key) or {}
            if "finished_at" not in found:
                return cls(**found)
        return None

    def is_of(self, person: Person) -> bool:
        return self.column == person.column.name and self.digest == _digest(self.salt, person)

    @property
    def key(self) -> str:
        return f"{folder(self.dataset)}{self.id}.json"

    def write(self, deployment: Deployment) -> None:
        deployment.put_json(deployment.silver, self.key, asdict(self))

    def certificate(self, verified: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was removed, when, and how that was looked at."""
        lasting = {name: value for name, value in asdict(self).items() if name not in _WHILE_OPEN}
        return {**lasting, "finished_at": now(), "verified": dict(verified), "outside": list(OUTSIDE)}


def _digest(salt: str, person: Person) -> str:
    """As Spark's ``sha2(concat(salt, CAST(column AS STRING)), 256)``."""
    return hashlib.sha256(f"{salt}{person.value}".encode()).hexdigest()
