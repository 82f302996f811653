"""The job's wheels: pip takes them as Glue may hand them over, all at once or one after the other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
WHEELS = sorted((Path(sys.prefix).parent / "wheels" / sys.prefix.rpartition("glue-")[2]).glob("*.whl"))


def installer_options() -> list[str]:
    """What ``infra/`` gives Glue as ``--python-modules-installer-option``."""
    text = (REPOSITORY / "infra" / "glue.tf").read_text(encoding="utf-8")
    (options,) = re.findall(r'"--python-modules-installer-option"\s*=\s*"([^"]*)"', text)
    return str(options).split()


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param([WHEELS], id="together"),
        pytest.param(
            [[w] for w in WHEELS if w.name.startswith(("boto3-", "pg8000-"))], id="before its needs"
        ),
    ],
)
def test_pip_takes_the_wheels_together_and_one_by_one(calls: list[list[Path]]) -> None:
    """Without a package index, on top of Glue's own packages, a wheel also before those that it needs.

    AWS does not say whether pip gets the modules of ``--additional-python-modules`` in one call:
    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-libraries.html
    """
    assert all(calls), "no wheels beside this environment"
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--dry-run", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    taken: list[str] = []
    for wheels in calls:
        done = subprocess.run(
            [*pip, "--report", "-", *installer_options(), *wheels],
            capture_output=True, text=True, env=environment, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        taken += [Path(item["download_info"]["url"]).name for item in json.loads(done.stdout)["install"]]
    assert sorted(taken) == [wheel.name for wheels in calls for wheel in wheels]
