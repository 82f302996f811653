"""What a reprocess remembers of itself: ``reprocess/<dataset>.json`` in the Silver bucket.

The markers say which uploads are done; the record says what they can't: which run a marker was of when the
same contract is to be run again (FORCE=1).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from glue_app.operations.currency import Currency
from glue_app.operations.deployment import Deployment
from glue_app.operations.plan import Choice, Plan
from glue_app.operations.source_versions import SourceVersion, now


def key(dataset: str) -> str:
    return f"reprocess/{dataset}.json"


@dataclass(frozen=True)
class Record:
    """``versions``: source digest → the job run its marker was of when the reprocess began."""

    id: str
    choice: str
    silver_digest: str
    asked: Mapping[str, str] | None
    begun_at: str
    versions: Mapping[str, str | None] = field(default_factory=dict)
    finished_at: str | None = None

    @classmethod
    def new(cls, choice: Choice, currency: Currency, plan: Plan) -> Record:
        return cls(
            id=uuid.uuid4().hex[:12],
            choice=str(choice),
            silver_digest=currency.silver_digest,
            asked=currency.asked,
            begun_at=now(),
            versions={item.version.source.digest: item.version.run_id for item in plan.items},
        )

    @classmethod
    def read(cls, deployment: Deployment, dataset: str) -> Record | None:
        found = deployment.json(deployment.silver, key(dataset))
        return None if found is None else cls(**found)

    def goes_on(self, choice: Choice, currency: Currency) -> bool:
        """Whether the same is asked for again before it was finished."""
        asked_for = (self.choice, self.silver_digest, self.asked)
        return self.finished_at is None and asked_for == (
            str(choice),
            currency.silver_digest,
            currency.asked,
        )

    def done(self, versions: Sequence[SourceVersion]) -> set[str]:
        """Of a forced one: what it has been through, and what it was not begun for."""
        return {
            one.source.digest
            for one in versions
            if one.source.digest not in self.versions or self.versions[one.source.digest] != one.run_id
        }

    def finished(self) -> Record:
        return replace(self, finished_at=now())

    def write(self, deployment: Deployment, dataset: str) -> None:
        deployment.put_json(deployment.silver, key(dataset), asdict(self))
