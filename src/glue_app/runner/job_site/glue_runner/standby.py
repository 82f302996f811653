"""A JVM for a run that has not come yet: `python -m glue_runner.standby`.

Reads one line of JSON from stdin (see glue_app/runner/warm_jvm.py), starts the exercise beside itself and
becomes the JVM. The JVM ends when stdin does, that is, with the runner.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pyspark.find_spark_home import _find_spark_home

from . import seccomp
from .launch import configure_spark
from .limits import set_limits
from .warm_jvm import _HOME


def main() -> None:
    set_limits()
    launch = json.loads(_first_line())
    home = Path(launch["run_dir"])
    properties = configure_spark(launch, home, [])
    connection = home / "connection"
    hand_over = {name: launch[name] for name in ("ready", "making")}
    hand_over |= {"home": str(home), "connection": str(connection), "pid": str(os.getpid())}
    for runner in launch["guard"]:
        seccomp.install(runner)
    exercise = [sys.executable, "-m", "glue_runner.exercise", json.dumps(hand_over)]
    subprocess.Popen(exercise, stdin=subprocess.DEVNULL)
    environment = os.environ | {_HOME: str(home), "_PYSPARK_DRIVER_CONN_INFO_PATH": str(connection)}
    submit = os.path.join(_find_spark_home(), "bin", "spark-submit")
    os.execve(submit, [submit, "--properties-file", str(properties), "pyspark-shell"], environment)  # noqa: S606


def _first_line() -> bytes:
    """Unbuffered: what follows on stdin is the JVM's."""
    line = b""
    while not line.endswith(b"\n"):
        if not (byte := os.read(0, 1)):
            break
        line += byte
    return line


if __name__ == "__main__":
    main()
