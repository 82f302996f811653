"""Distinct texts → prompts: bounded by records, by tokens in and by tokens out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.enrichment.models import ModelTraits
from pipeline.enrichment.options import EnrichmentOptions
from pipeline.enrichment.tokens import RECORD_OVERHEAD, estimate, estimate_answer

_MIN_OUTPUT_TOKENS = 256
_FRAME_TOKENS = 64  # the tool call around the records


@dataclass(frozen=True)
class Text:
    """One distinct text: ``key`` is the SHA-256 of ``value``, ``rows`` how many rows share it."""

    key: str
    value: str
    rows: int = 1


@dataclass(frozen=True)
class Packer:
    """Sizes prompts for one dataset; ``properties`` is the schema of one record's answer."""

    options: EnrichmentOptions
    properties: Mapping[str, Mapping[str, Any]]
    traits: ModelTraits

    def size(self, text: Text) -> tuple[int, int]:
        """Estimated tokens of the record in the prompt, and of its answer."""
        tokens = estimate(text.value)
        return tokens + RECORD_OVERHEAD, estimate_answer(self.properties, text.value)

    def parts(self, text: Text) -> list[tuple[str, ...]]:
        """Group the properties so that answers about ``text`` fit the model's output; one, when all do."""
        if self._needed([text]) <= self._room:
            return [tuple(self.properties)]
        groups: list[tuple[str, ...]] = []
        for name in self.properties:
            longer = (*groups[-1], name) if groups else (name,)
            if groups and self._needed([text], longer) > self._room:
                groups.append((name,))
            else:
                groups[-1:] = [longer]
        return groups

    @property
    def _room(self) -> int:
        most = self.traits.max_output_tokens
        if self.options.tokens_per_minute is not None:
            most = min(most, max(_MIN_OUTPUT_TOKENS, self.options.tokens_per_minute // 2))
        return most - self.traits.thought_tokens

    def _needed(self, texts: Sequence[Text], names: Collection[str] | None = None) -> int:
        """Estimated tokens of the answers, about all properties or those of ``names``."""
        if names is None:
            return _FRAME_TOKENS + sum(self.size(text)[1] for text in texts)
        asked = {name: self.properties[name] for name in names}
        return _FRAME_TOKENS + sum(estimate_answer(asked, text.value) for text in texts)

    def too_long(self, text: Text) -> bool:
        """Return whether no prompt can answer it: refused without paying for the attempt.

        The estimates are high, so an answer is given up only when twice the model's limit would not hold it.
        More than the tokens of a minute no request gets.
        """
        tokens = self.size(text)[0]
        if tokens > min(self.options.max_text_tokens, self.options.tokens_per_minute or tokens):
            return True
        most = 2 * self.traits.max_output_tokens
        return any(self._needed([text], names) > most for names in self.parts(text))

    def max_tokens(
        self, texts: Sequence[Text], generous: bool = False, names: Collection[str] | None = None
    ) -> int:
        """``maxTokens`` for a prompt of ``texts``: what the schema can need, within the model's limit.

        ``generous``: twice that, and no less than any prompt may get. ``names``: of these properties only.
        """
        needed = max(_MIN_OUTPUT_TOKENS, self._needed(texts, names))
        if generous:
            needed = max(2 * needed, self.options.max_output_tokens)
        return min(self.traits.max_output_tokens, needed + self.traits.thought_tokens)


class Packing:
    """Fills prompts text by text."""

    def __init__(self, packer: Packer) -> None:
        self._packer = packer
        self._batch: list[Text] = []
        self._tokens, self._answer = 0, _FRAME_TOKENS

    def add(self, text: Text) -> list[Text] | None:
        """Take ``text``; returns the prompt that is full without it, when there is one."""
        options = self._packer.options
        tokens, answer = self._packer.size(text)
        full = (
            len(self._batch) >= options.records_per_prompt
            or self._tokens + tokens > options.max_input_tokens
            or self._answer + answer > min(options.max_output_tokens, self._packer.traits.max_output_tokens)
        )
        done = self.rest() if full else None
        self._batch.append(text)
        self._tokens, self._answer = self._tokens + tokens, self._answer + answer
        return done

    def rest(self) -> list[Text] | None:
        """Return what was taken since the last full prompt; None when nothing was."""
        batch = self._batch
        self._batch, self._tokens, self._answer = [], 0, _FRAME_TOKENS
        return batch or None
