"""How every command begins and ends: one line for what went wrong, never a traceback. Runs on Python 3.8."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from glue_app.bootstrap import installed
from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.spoken import spoken
from glue_app.disk import report
from glue_app.errors import BAD_SETTING, FAILED, INTERRUPTED, GlueAppError
from glue_app.settings import SettingError, Settings


def run(name: str, work: Callable[[Settings], int]) -> int:
    """Run a command and return its exit code; 1 for what it fails with, 2 for a setting that can't be used.

    With GLUE_APP_DEBUG=1 an error of the operating system keeps its traceback.
    """
    try:
        chosen = Settings.from_environment()
    except SettingError as error:
        return _say(f"{name}: {error}", BAD_SETTING)
    try:
        if installed.is_installed():
            installed.lay_out(ROOT)
        return work(chosen)
    except KeyboardInterrupt:
        return _say(f"\n{name} interrupted; run it again and it goes on", INTERRUPTED)
    except GlueAppError as error:
        if error.exit_code == BAD_SETTING:
            return _say(f"{name}: {error}", BAD_SETTING)
        repeated = error.remedy == f"make {name}"  # what has just failed is no remedy
        _say(f"\n{name} failed: {error.problem if repeated else error}", FAILED)
        return _tell_of_full_disks(chosen)
    except OSError as error:
        if chosen.debug:
            raise
        _say(f"\n{name} failed: {_in_words(error)}", FAILED)
        return _tell_of_full_disks(chosen, error)


def settings(name: str) -> Settings:
    """Return those of the environment, for what needs them at import. End the program where they are bad."""
    try:
        return Settings.from_environment()
    except SettingError as error:
        raise SystemExit(_say(f"{name}: {error}", BAD_SETTING)) from None


def _tell_of_full_disks(chosen: Settings, error: OSError | None = None) -> int:
    """A full disk shows as many errors: of files, of LocalStack, of Terraform, of Docker."""
    lines = report.report([chosen.state, chosen.snapshots, chosen.tools], error)
    return _say("\n".join(lines), FAILED) if lines else FAILED


def _in_words(error: OSError) -> str:
    where = error.filename2 or error.filename
    reason = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
    kind = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return f"{reason}{f': {where}' if where else ''} ({kind})"


def _say(text: str, code: int) -> int:
    print(spoken(text), file=sys.stderr, flush=True)
    return code
