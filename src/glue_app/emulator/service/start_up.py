"""How the emulator ends where it can't start: one line says why and what to do; nothing half-started runs."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from glue_app.errors import OneLineError


@contextmanager
def refusals_end_it() -> Iterator[None]:
    """End the process where a step of the start refuses: a bad setting, a patch that no longer fits."""
    try:
        yield
    except OneLineError as error:
        end(f"glue-app: LocalStack can't start: {error}", error.exit_code)


def end(message: str, code: int) -> None:
    """End the process at once, with `message` as the log's last line: an error in a hook would not end it."""
    logging.shutdown()
    print(message, file=sys.stderr, flush=True)
    os._exit(code)
