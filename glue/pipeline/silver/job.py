"""What a run of the step silver is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession

from pipeline.contract.model import Contract
from pipeline.enrichment import EnrichmentResult, Provenance
from pipeline.reading import Body
from pipeline.source import SourceObject
from pipeline.storage import SourceFacts
from pipeline.uploads.position import position

Enrich = Callable[[SparkSession, DataFrame, Contract], EnrichmentResult]


@dataclass(frozen=True)
class SilverJob:
    """One source version and where it goes."""

    contract: Contract
    source: SourceObject
    facts: SourceFacts
    body: Body
    bucket: str
    """Silver bucket: markers and reports."""
    lake: str
    """Where the Delta tables lie: ``s3://<silver bucket>``."""
    job_run_id: str
    started_at: datetime
    """``_ingested_at`` and ``_quarantined_at`` of this run's rows."""
    enrich: Enrich | None = None
    """None when the contract asks the model nothing."""
    answered_by: Provenance | None = None
    """Whom ``enrich`` asks."""
    quarantine_days: int | None = None
    """How long rows stay in quarantine; None: for good."""
    force: bool = False
    """Process the source version again though it is in Silver."""
    sequencer: str | None = None
    """Of S3's event, as ``uploads.position.sequencer`` gives it; None where nobody knows it."""

    @property
    def position(self) -> str:
        """Where this upload stands among all others."""
        source, replaces = self.source, self.facts.replaces
        version_id = replaces.version_id if replaces else source.version_id
        return position(self.facts.modified_at, source.object_uri, self.sequencer, version_id)

    @property
    def silver_path(self) -> str:
        return f"{self.lake}/silver/{self.contract.name}"

    @property
    def quarantine_path(self) -> str:
        return f"{self.lake}/quarantine/{self.contract.name}"

    @property
    def aside_path(self) -> str:
        """Rows that readers of Silver do not see, and that later uploads are judged by."""
        return f"{self.lake}/aside/{self.contract.name}"
