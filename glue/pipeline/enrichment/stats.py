"""What the enrichment did, as the run report shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.enrichment.estimate import Estimate


@dataclass(frozen=True)
class EnrichmentStats:
    """Counts of one upload. ``cached`` + texts asked = ``distinct``."""

    calls: int = 0
    """Converse requests the model answered (each is billed); refused and throttled attempts are not in it."""
    texts: int = 0
    """Rows that have text to enrich."""
    distinct: int = 0
    """Different texts among them."""
    cached: int = 0
    """Distinct texts answered from the cache of earlier runs."""
    failed: int = 0
    """Distinct texts without an answer (``_enrichment_error`` says why)."""
    input_tokens: int = 0
    output_tokens: int = 0
    throttled: int = 0
    """Requests that Bedrock's quota refused, and that were asked again; nobody pays for them."""
    estimate: Estimate = field(default_factory=Estimate)
    """What was expected before anything was asked."""

    @property
    def answered(self) -> int:
        """Distinct texts that this run has got an answer for: the next one need not ask about them."""
        return self.distinct - self.cached - self.failed
