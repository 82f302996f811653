"""What the texts that are not in the cache will need, and whether they may: before anything is paid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.enrichment.errors import CostLimitError, RunSpentError
from pipeline.enrichment.options import EnrichmentOptions


@dataclass(frozen=True)
class Estimate:
    """What is to be asked, and what that takes; tokens are on the high side (``tokens``)."""

    known: int = 0
    """Distinct texts that need no call: cached, or too long for any."""
    texts: int = 0
    """Distinct texts to ask about."""
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    price: float | None = None
    """In the currency of ``EnrichmentOptions.price_per_million``; None when that is not told."""

    @classmethod
    def of(
        cls,
        distinct: int,
        texts: int,
        input_tokens: int,
        output_tokens: int,
        frame: int,
        options: EnrichmentOptions,
    ) -> Estimate:
        """``input_tokens`` and ``output_tokens`` of the records alone, ``frame`` of a prompt without any."""
        calls = max(
            math.ceil(texts / options.records_per_prompt),
            math.ceil(input_tokens / options.max_input_tokens),
            math.ceil(output_tokens / options.max_output_tokens),
        )
        calls = min(calls, texts)
        whole = input_tokens + calls * frame
        price = None
        if options.price_per_million is not None:
            of_input, of_output = options.price_per_million
            price = round((whole * of_input + output_tokens * of_output) / 1e6, 4)
        return cls(distinct - texts, texts, calls, whole, output_tokens, price)

    def check(self, options: EnrichmentOptions, calls: int = 0, tokens: int = 0) -> None:
        """Raise CostLimitError when more is needed than a run may take: nothing has been asked yet.

        ``calls``, ``tokens``: what the run has taken for other uploads. Raises RunSpentError when it is only
        these that leave too little.
        """
        for what, needed, limit, taken in (
            ("calls", self.calls, options.max_calls, calls),
            ("tokens", self.input_tokens + self.output_tokens, options.max_tokens, tokens),
        ):
            if limit is not None and needed > limit:
                raise CostLimitError(
                    what, limit, f"the {self.texts} texts need about {needed} {what}, so nothing was asked"
                )
            if limit is not None and needed > limit - taken:
                raise RunSpentError(what, limit, taken, needed)
