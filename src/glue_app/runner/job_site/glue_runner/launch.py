"""First half of a job's process: fetch, install, configure; then it becomes the script's own Python.

Reads a JSON object on stdin (see glue_app/runner/runs.py). The environment has the role's credentials. Two
halves, because fetching imports the image's boto3, and the script may bring a newer one.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from . import absent, egress, modules, seccomp, spark_conf, warm_jvm
from .image_jars import image_jars
from .limits import set_limits
from .parent import die_with_runner
from .s3_files import S3Files
from .special_parameters import LaunchError, datalake_formats, refuse_not_emulated, split_list

JOB_SITE = str(Path(__file__).resolve().parents[1])


def main() -> None:
    die_with_runner()
    set_limits()
    launch = json.load(sys.stdin)
    run_dir = Path(launch["run_dir"])
    try:
        script = prepare(launch, run_dir)
    except LaunchError as error:
        print(error, file=sys.stderr)
        (run_dir / "error.txt").write_text(str(error), encoding="utf-8")
        sys.exit(1)
    hand_over = {
        "script": str(script),
        "arguments": launch["arguments"],
        "error_file": str(run_dir / "error.txt"),
    }
    _pass_on_stdin(hand_over)
    for runner in launch["guard"]:  # not before: pip may have to ask an index
        seccomp.install(runner)
    os.execv(sys.executable, [sys.executable, "-m", "glue_runner.script"])  # noqa: S606  (the same Python)


def prepare(launch: Mapping[str, Any], run_dir: Path) -> Path:
    """Everything the script needs, in place; returns the script. Raise LaunchError."""
    arguments: Mapping[str, str] = launch["arguments"]
    refuse_not_emulated(arguments)
    s3, files = S3Files(), run_dir / "files"
    script = s3.fetch(launch["script"], run_dir / "work")
    for uri in split_list(arguments.get("--extra-files", "")):
        s3.fetch(uri, script.parent)
    path = [
        _path_entry(s3.fetch(uri, files / "py")) for uri in split_list(arguments.get("--extra-py-files", ""))
    ]
    path += _additional_modules(arguments, s3, Path(launch["cache_dir"]), run_dir)
    if find_spec("awsglue") is None:
        path.append(launch["shim_dir"])
    os.environ["PYTHONPATH"] = python_path(path, os.environ["PYTHONPATH"])
    absent.hide([name for name in ("delta",) if name not in datalake_formats(arguments)])
    extra_jars = [str(s3.fetch(uri, files / "jars")) for uri in split_list(arguments.get("--extra-jars", ""))]
    properties = configure_spark(launch, run_dir, extra_jars)
    os.environ["PYSPARK_SUBMIT_ARGS"] = f'--properties-file "{properties}" pyspark-shell'
    if launch.get("warm_jvms"):
        warm_jvm.offer(Path(launch["warm_jvms"]), run_dir, properties)
    return script


def python_path(of_job: list[str], inherited: str) -> str:
    """Return the job's entries before the image's, and our own first: no sitecustomize may take its place."""
    others = [entry for entry in inherited.split(os.pathsep) if entry != JOB_SITE]
    return os.pathsep.join([JOB_SITE, *of_job, *others])


def _path_entry(file: Path) -> str:
    """Return what goes on the path: an archive (.zip, .whl, .egg) itself, of a single .py file the folder."""
    return str(file.parent if file.suffix == ".py" else file)


def _additional_modules(arguments: Mapping[str, str], s3: S3Files, cache: Path, run_dir: Path) -> list[str]:
    requirements: list[str | Path] = [
        s3.fetch(entry, run_dir / "files" / "wheels") if entry.startswith("s3") and "://" in entry else entry
        for entry in split_list(arguments.get("--additional-python-modules", ""))
    ]
    if not requirements:
        return []
    options = arguments.get("--python-modules-installer-option", "")
    return [str(modules.install(requirements, options, cache, run_dir))]


def configure_spark(launch: Mapping[str, Any], run_dir: Path, extra_jars: list[str]) -> Path:
    """Write the properties file of the run's Spark. Raise LaunchError when --conf can't be read."""
    arguments: Mapping[str, str] = launch["arguments"]
    try:
        user = spark_conf.parse_conf(arguments.get("--conf", ""))
    except ValueError as error:
        raise LaunchError(f"{error}.") from error
    image = spark_conf.image_defaults(os.environ)
    formats = datalake_formats(arguments)
    if launch.get("lent_jars_dir"):
        own = image_jars(Path(launch["lent_jars_dir"]), formats, image, os.environ)
    else:
        own = spark_conf.jars_for(Path(launch["jars_dir"]) if launch["jars_dir"] else None, formats)
    first = arguments.get("--user-jars-first", "false").lower() == "true"
    conf = spark_conf.spark_conf(
        master=launch["spark_master"],
        driver_memory=launch["driver_memory"],
        endpoint=os.environ["AWS_ENDPOINT_URL"],
        region=os.environ["AWS_REGION"],
        scratch=run_dir / "tmp",
        jars=[*extra_jars, *own] if first else [*own, *extra_jars],
        java_options=[*launch["java_options"].split(), *egress.jvm_options()],
        user=user,
        image=image,
    )
    file = run_dir / "spark-defaults.conf"
    file.write_text(spark_conf.properties(conf), encoding="utf-8")
    return file


def _pass_on_stdin(value: Mapping[str, Any]) -> None:
    """Make `value` what this process reads from stdin next: arguments never show in a process list."""
    with tempfile.TemporaryFile() as file:  # without a name, readable by nobody else
        file.write(json.dumps(value).encode())
        file.seek(0)
        os.dup2(file.fileno(), 0)


if __name__ == "__main__":
    main()
