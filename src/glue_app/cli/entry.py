"""How every command begins and ends: one line for what went wrong, never a traceback. Runs on Python 3.8."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from glue_app import disk
from glue_app.bootstrap.errors import BootstrapError
from glue_app.glue_versions import UnknownGlueVersionError
from glue_app.settings import SettingError, Settings
from glue_app.stack.errors import StackError

FAILED, BAD_SETTING, INTERRUPTED = 1, 2, 130


def run(name: str, work: Callable[[Settings], int]) -> int:
    """The exit code of `work`; 1 for what it fails with, 2 for a setting that can't be used.

    With GLUE_APP_DEBUG=1 an error of the operating system keeps its traceback.
    """
    try:
        chosen = Settings.from_environment()
    except SettingError as error:
        return _say(f"{name}: {error}", BAD_SETTING)
    try:
        return work(chosen)
    except KeyboardInterrupt:
        return _say(f"\n{name} interrupted; run it again and it goes on", INTERRUPTED)
    except (StackError, BootstrapError) as error:
        _say(f"\n{name} failed: {error}", FAILED)
        if isinstance(error, StackError):
            _say(f"look closer: {error.look_closer}", FAILED)
        return _tell_of_full_disks(chosen)
    except OSError as error:
        if chosen.debug:
            raise
        _say(f"\n{name} failed: {_in_words(error)}", FAILED)
        return _tell_of_full_disks(chosen, error)
    except ValueError as error:
        if isinstance(error, _setting_errors()):
            return _say(f"{name}: {error}", BAD_SETTING)
        raise


def settings(name: str) -> Settings:
    """Those of the environment, for what needs them at import. Ends the program where they are bad."""
    try:
        return Settings.from_environment()
    except SettingError as error:
        raise SystemExit(_say(f"{name}: {error}", BAD_SETTING)) from None


def _setting_errors() -> tuple[type[ValueError], ...]:
    """The emulator reads settings of its own, also in the commands; it is not there before the bootstrap."""
    emulator = sys.modules.get("glue_app.emulator.settings")
    return (SettingError, UnknownGlueVersionError, *([emulator.SettingError] if emulator else []))


def _tell_of_full_disks(chosen: Settings, error: OSError | None = None) -> int:
    """A full disk shows as many errors: of files, of LocalStack, of Terraform, of Docker."""
    lines = disk.report([chosen.state, chosen.snapshots, chosen.tools], error)
    return _say("\n".join(lines), FAILED) if lines else FAILED


def _in_words(error: OSError) -> str:
    where = error.filename2 or error.filename
    reason = error.strerror or (os.strerror(error.errno) if error.errno else str(error))
    kind = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return f"{reason}{f': {where}' if where else ''} ({kind})"


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr, flush=True)
    return code
