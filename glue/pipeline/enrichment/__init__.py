"""Bedrock enrichment: distinct texts, several a prompt, cached answers, bounded and patient calls.

``enrich`` is the entrance. From the outside in: ``plan`` (the DataFrame) → ``executor`` (Python worker) →
``partition`` (threads) → ``asking`` (one prompt and its retries) → ``bedrock`` (Converse), with ``packing``,
``prompt``, ``answer``, ``schema`` and ``cache`` beside them. What needs no Spark is imported without it: the
commands ask ``prompt`` whether a marker's digest is still the prompt's.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.enrichment.errors import EnrichmentError
    from pipeline.enrichment.options import EnrichmentOptions
    from pipeline.enrichment.plan import ERROR_COLUMN, EnrichmentResult, enrich, limiter_of
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
    "limiter_of",
]

_HOMES = ("errors", "options", "plan", "provenance", "stats")


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in (import_module(f"{__name__}.{module}") for module in _HOMES):
            if name in vars(home):
                return vars(home)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
