"""How property tests run: the same cases each time, no clock, nothing written beside the tests."""

from __future__ import annotations

from contextlib import suppress

with suppress(ImportError):  # Glue's environments have pytest alone
    from hypothesis import settings

    settings.register_profile("glue-app", deadline=None, database=None, derandomize=True)
    settings.load_profile("glue-app")
