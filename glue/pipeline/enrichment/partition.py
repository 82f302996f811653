"""One Spark task: distinct texts in, outcomes out, with a bounded number of requests under way.

Memory holds one window of texts and two prompts a thread, however large the partition is.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from pipeline import reasons
from pipeline.backoff import Stopped
from pipeline.enrichment.asking import Asker, Outcome
from pipeline.enrichment.cache import AnswerCache, Call, Entry
from pipeline.enrichment.errors import AskingStoppedError
from pipeline.enrichment.packing import Packer, Packing, Text

T = TypeVar("T")
Prompted = Future[tuple[list[Outcome], list[Call]]]

WINDOW = 256  # texts looked up in the cache at a time
_AHEAD = 2  # prompts submitted for each thread: one under way, one ready


def windows(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of ``size`` items, the last one of what is left."""
    iterator = iter(items)
    while window := list(itertools.islice(iterator, size)):
        yield window


class Partition:
    """Runs the requests of one task.

    ``stop`` is set by the first error: threads that wait for a retry give up.
    """

    def __init__(
        self,
        asker: Asker,
        packer: Packer,
        cache: AnswerCache,
        run_id: str,
        in_flight: int,
        stop: threading.Event,
    ) -> None:
        self._asker = asker
        self._packer = packer
        self._cache = cache
        self._run_id = run_id
        self._in_flight = in_flight
        self._stop = stop

    def run(self, texts: Iterable[Text]) -> Iterator[Outcome | Call]:
        """Outcomes and calls as they come. Raises EnrichmentError for what ends the run."""
        packing = Packing(self._packer)
        with ThreadPoolExecutor(self._in_flight, thread_name_prefix="bedrock") as pool:
            running: set[Prompted] = set()
            try:
                for window in windows(texts, WINDOW):
                    unanswered: list[Text] = []
                    yield from self._look_up(window, unanswered)
                    for batch in filter(None, map(packing.add, unanswered)):
                        running.add(pool.submit(self._answer, batch))
                        while len(running) >= self._in_flight * _AHEAD:
                            yield from _finished(running)
                if (rest := packing.rest()) is not None:
                    running.add(pool.submit(self._answer, rest))
                while running:
                    yield from _finished(running)
            except AskingStoppedError:
                # what is under way is paid for: its answers are waited for, cached and counted
                pool.shutdown(cancel_futures=True)
                yield from _answered(running)
                raise
            except BaseException:
                # an error, or Spark closed the generator: let nobody start or wait for another request
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _answer(self, batch: list[Text]) -> tuple[list[Outcome], list[Call]]:
        try:
            return self._asker.answer(batch)
        except AskingStoppedError:
            raise
        except BaseException:
            self._stop.set()  # here, before this thread takes the next batch
            raise

    def _look_up(self, window: list[Text], unanswered: list[Text]) -> Iterator[Outcome | Call]:
        """Yield what needs no call; the texts that do go to ``unanswered``."""
        for text, entry in zip(window, self._cache.get_many([text.key for text in window]), strict=True):
            if entry is not None:
                mine = entry.run_id == self._run_id
                yield Outcome(text, entry, cached=not mine)
                if mine and entry.call is not None:
                    # paid for by an earlier attempt of this task: still a call of this run
                    yield entry.call
            elif self._packer.too_long(text):
                yield Outcome(text, Entry(self._run_id, None, error=reasons.ENRICHMENT_TOO_LONG))
            else:
                unanswered.append(text)


def _finished(running: set[Prompted]) -> Iterator[Outcome | Call]:
    """Yield what the next finished prompts brought, and take them out of ``running``."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        running.remove(future)
        if isinstance(future.exception(), Stopped):
            continue  # by the error of another one, which is among those that run
        outcomes, calls = future.result()
        yield from outcomes
        yield from calls


def _answered(running: set[Prompted]) -> Iterator[Outcome | Call]:
    """Return what the prompts that came to their end brought."""
    for future in running:
        if not future.cancelled() and future.exception() is None:
            outcomes, calls = future.result()
            yield from outcomes
            yield from calls
