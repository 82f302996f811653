"""Bedrock enrichment: distinct texts, several a prompt, cached answers, bounded and patient calls.

``enrich`` is the entrance. From the outside in: ``plan`` (the DataFrame) → ``executor`` (Python worker) →
``partition`` (threads) → ``asking`` (one prompt and its retries) → ``bedrock`` (Converse), with ``packing``,
``prompt``, ``answer``, ``schema`` and ``cache`` beside them.
"""

from pipeline.enrichment.errors import EnrichmentError
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.enrichment.plan import ERROR_COLUMN, EnrichmentResult, enrich
from pipeline.enrichment.provenance import Provenance, answered_by
from pipeline.enrichment.stats import EnrichmentStats

__all__ = [
    "ERROR_COLUMN",
    "EnrichmentError",
    "EnrichmentOptions",
    "EnrichmentResult",
    "EnrichmentStats",
    "Provenance",
    "answered_by",
    "enrich",
]
