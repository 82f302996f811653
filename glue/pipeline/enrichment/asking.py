"""One prompt's way to answers: ask, check, ask again for what is missing, in smaller prompts.

A text costs at most its share of a full prompt and of a half prompt, and two prompts of its own; a prompt
that was too long is halved first, as often as that takes. An answer that is longer than the model's answers
may be is asked for in parts, some properties at a time.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline import reasons
from pipeline.enrichment.answer import REFUSED, TOO_SHORT, Reading, read
from pipeline.enrichment.bedrock import Bedrock, PromptTooLongError
from pipeline.enrichment.cache import AnswerCache, Call, Entry
from pipeline.enrichment.packing import Packer, Text
from pipeline.enrichment.prompt import Prompt
from pipeline.enrichment.schema import compile_check, narrowed

log = logging.getLogger(__name__)

_TRIES_ALONE = 2
_NO_ROOM = "prompt_too_long"


@dataclass(frozen=True)
class _Ask:
    """A prompt to send.

    ``halved``: its texts went unanswered before; ``alone``: so often a single text was asked.
    """

    texts: list[Text]
    halved: bool = False
    alone: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a text. ``call`` is the request that answered it, None when none did."""

    text: Text
    entry: Entry
    cached: bool = False
    """Served from the cache of an earlier run."""


class Asker:
    """Answers batches of texts; called from several threads at a time."""

    def __init__(
        self,
        prompt: Prompt,
        bedrock: Bedrock,
        packer: Packer,
        check: Callable[[Any], Any],
        cache: AnswerCache,
        run_id: str,
    ) -> None:
        self._prompt = prompt
        self._bedrock = bedrock
        self._packer = packer
        self._check = check
        self._cache = cache
        self._run_id = run_id

    def answer(self, batch: Sequence[Text]) -> tuple[list[Outcome], list[Call]]:
        """Return an outcome for each text of ``batch``, and the calls it took.

        What is answered is in the cache.
        """
        calls: list[Call] = []
        outcomes: list[Outcome] = []
        # depth first and in this thread: the requests under way stay as many as the threads
        waiting = [_Ask(list(batch))]
        while waiting:
            ask = waiting.pop()
            reading, made = self._ask(ask)
            calls.extend(made)
            call = made[-1] if made else None
            settled = [
                (ask.texts[position], Entry(self._run_id, call, answer=answer))
                for position, answer in sorted(reading.answers.items())
            ]
            missing = [text for position, text in enumerate(ask.texts) if position not in reading.answers]
            if missing:
                problems = "; ".join(reading.problems[:3])
                log.info("%d of %d texts unanswered: %s", len(missing), len(ask.texts), problems)
            reason = _give_up(reading.stop_reason, ask) if missing else None
            if reason is not None:
                settled.append((missing[0], Entry(self._run_id, call, error=reason)))
            else:
                waiting.extend(_again(missing, reading.stop_reason, ask))
            self._cache.put_many([(text.key, entry) for text, entry in settled])
            outcomes.extend(Outcome(text, entry) for text, entry in settled)
        return outcomes, calls

    def _ask(self, ask: _Ask) -> tuple[Reading, list[Call]]:
        packer = self._packer
        parts = packer.parts(ask.texts[0]) if len(ask.texts) == 1 else []
        if len(parts) > 1:
            return self._ask_in_parts(ask, parts)
        limit = packer.max_tokens(ask.texts, generous=ask.alone > 0)
        try:
            response = self._bedrock.ask(self._prompt.request([text.value for text in ask.texts], limit))
        except PromptTooLongError:
            return Reading(_NO_ROOM, problems=["the prompt is too long for the model"]), []
        return read(response, len(ask.texts), packer.properties, self._check), [_call(response)]

    def _ask_in_parts(self, ask: _Ask, parts: Sequence[tuple[str, ...]]) -> tuple[Reading, list[Call]]:
        """Ask about one text, some properties at a time: its whole answer is longer than one may be."""
        packer, calls = self._packer, list[Call]()
        whole: dict[str, Any] = {}
        for names in parts:
            limit = packer.max_tokens(ask.texts, generous=ask.alone > 0, names=names)
            try:
                response = self._bedrock.ask(self._prompt.request([ask.texts[0].value], limit, names))
            except PromptTooLongError:
                return Reading(_NO_ROOM, problems=["the prompt is too long for the model"]), calls
            calls.append(_call(response))
            schema = narrowed(self._prompt.answer, names)
            reading = read(response, 1, schema["properties"], compile_check(schema))
            if 0 not in reading.answers:
                return reading, calls
            whole |= reading.answers[0]
        return Reading(reading.stop_reason, {0: whole}), calls


def _call(response: Mapping[str, Any]) -> Call:
    usage = response.get("usage") or {}
    return Call(uuid.uuid4().hex, int(usage.get("inputTokens", 0)), int(usage.get("outputTokens", 0)))


def _give_up(stop_reason: str, ask: _Ask) -> str | None:
    """Return the reason to leave a text that was asked alone without an answer; None: go on."""
    if len(ask.texts) > 1:
        return None
    if stop_reason in REFUSED:
        return reasons.ENRICHMENT_BLOCKED
    if stop_reason == _NO_ROOM:
        return reasons.ENRICHMENT_TOO_LONG
    if ask.alone + 1 < _TRIES_ALONE:
        return None
    return reasons.ENRICHMENT_TOO_LONG if stop_reason in TOO_SHORT else reasons.ENRICHMENT_FAILED


def _again(missing: Sequence[Text], stop_reason: str, ask: _Ask) -> Iterator[_Ask]:
    """Yield the next prompts for ``missing``: halves first, then alone.

    Alone at once when one of them was refused.
    """
    if len(ask.texts) == 1:
        yield from (_Ask([text], ask.halved, ask.alone + 1) for text in missing)
        return
    no_room = stop_reason in TOO_SHORT or stop_reason == _NO_ROOM
    alone = stop_reason in REFUSED or (ask.halved and not no_room)
    size = 1 if alone else (len(missing) + 1) // 2
    for start in range(0, len(missing), size or 1):  # all answered: nothing to ask again
        yield _Ask(list(missing[start : start + size]), ask.halved or not no_room)
