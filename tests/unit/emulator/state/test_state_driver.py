"""The emulator's start from a save."""

from __future__ import annotations

from glue_app.emulator.rds.fleet import primaries
from glue_app.emulator.rds.postgres import server
from glue_app.emulator.state import driver


def test_a_database_that_is_slow_to_start_gives_no_save_up() -> None:
    """What does not come in time here counts as a save that can't be brought back, and is set aside.

    So each server's own limits come first, also those of a crash recovery on a machine under load.
    """
    longest = server.RECOVERY_TIMEOUT_S + 2 * server.START_TIMEOUT_S + primaries._LEFTOVERS_TIMEOUT_S

    assert longest < driver._DATABASES_TIMEOUT_S
