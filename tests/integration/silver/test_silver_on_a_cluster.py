"""The step silver as on AWS: several executors, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.local_stack import GLUE_PYTHON, JOB_MODULES, REPOSITORY

pytestmark = pytest.mark.slow


def test_a_file_is_read_by_two_executors_and_every_row_arrives_once(tmp_path: Path) -> None:
    """Line breaks inside cells do not stand in the way; nothing the executors need is left on the driver."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_"))}
    path = (REPOSITORY / "src", REPOSITORY, REPOSITORY / "glue", JOB_MODULES)
    environment = {**kept, "PYTHONPATH": os.pathsep.join(map(str, path))}
    done = subprocess.run(
        [str(GLUE_PYTHON), str(Path(__file__).with_name("cluster_run.py")), str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["rows"] == {"read": 20_000, "silver": 19_800, "quarantined": 200}
    assert report["reasons"] == {"invalid_date": 200}
    characters = 19_800 * len("note 000000\nline two")
    assert report["silver"] == {"n": 19_800, "ids": 19_800, "characters": characters}
    busy = report["records_an_executor"]
    assert len(busy) == 2
    tasks = [number for executor in busy for number in executor]
    assert sum(tasks) == 20_000
    assert 0 < min(tasks) <= max(tasks) < 5_000
