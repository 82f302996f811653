"""The limits of a job's processes, in a process that has set them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from glue_app.runner.job_site.glue_runner import limits

JOB_SITE = Path(limits.__file__).parents[1]
SCRIPT = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from glue_runner.limits import set_limits
set_limits()
for kind in ("CORE", "NOFILE", "DATA", "NPROC"):
    print(*resource.getrlimit(getattr(resource, "RLIMIT_" + kind)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS counts neither data nor processes as Linux does")
def test_core_files_open_files_memory_and_processes_have_a_hard_limit() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(JOB_SITE)], capture_output=True, text=True, check=True
    )
    core, files, data, processes = ([int(n) for n in line.split()] for line in done.stdout.splitlines())
    assert core == [0, 0]
    assert 0 < files[0] <= files[1] <= limits.OPEN_FILES
    assert 0 < data[0] <= data[1]
    assert 0 < processes[0] <= processes[1]
