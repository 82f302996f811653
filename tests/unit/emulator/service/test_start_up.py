"""An emulator that can't start says why and what to do, and ends: people see one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glue_app.disk.space import DiskFullError
from glue_app.emulator.host.patches.patch import PatchMisfitError
from glue_app.emulator.host.state import MissingBlobsError, RestoreError
from glue_app.emulator.state.manifest import SaveDamagedError, SaveIncompatibleError
from glue_app.emulator.state.saver import SnapshotFolderError, TerraformAtWorkError
from glue_app.errors import GlueAppError
from glue_app.setting_readers import SettingError

HERE = Path("/state")
SHOWN = [
    SettingError("A", "b", "c"),
    PatchMisfitError(object, "greet"),
    DiskFullError(HERE),
    SaveDamagedError(HERE, "is missing"),
    SaveIncompatibleError("moto", "2", "1"),
    SnapshotFolderError(HERE),
    TerraformAtWorkError(HERE),
    MissingBlobsError(frozenset({"a"})),
    RestoreError("the save holds what no service takes: x"),
]
START = """
from glue_app.emulator import plugin
from glue_app.emulator.host import providers
from glue_app.emulator.host.patches.patch import PatchMisfitError

def misfit():
    raise PatchMisfitError(providers, "choose")

providers.choose = misfit
plugin.patch_runtime()
print("it goes on")
"""


@pytest.mark.parametrize("error", SHOWN, ids=lambda error: type(error).__name__)
def test_every_error_that_people_see_has_one_base_and_one_line(error: Exception) -> None:
    assert isinstance(error, GlueAppError)
    assert "\n" not in str(error)
    assert str(error).startswith(error.problem)
    assert str(error).endswith(error.remedy)


def test_a_patch_that_no_longer_fits_ends_the_start(tmp_path: Path) -> None:
    """With exit code 1 and one line, no traceback."""
    command = [sys.executable, "-c", START]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    last = done.stderr.splitlines()[-1]
    assert (done.returncode, "it goes on" in done.stdout, "Traceback" in done.stderr) == (1, False, False)
    assert last.startswith("glue-app: LocalStack can't start: glue_app.emulator.host.providers has no choose")
