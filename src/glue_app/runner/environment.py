"""The environment of a job's process: nothing of the developer's own leaks into it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glue_app.runner import stragglers
from glue_app.runner.settings import Settings

PACKAGE = Path(__file__).resolve().parent
JOB_SITE = PACKAGE / "job_site"
SHIM = PACKAGE / "shim"
_REPOSITORY = PACKAGE.parent.parent

_PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "JAVA_HOME", "SPARK_HOME", "SPARK_CONF_DIR",
    "HADOOP_CONF_DIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
    "PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_CERT",
    "GLUE_APP_STACK_PROCESS",  # by which `make down` finds all that belongs to the stack
)  # fmt: skip


def job_environment(
    settings: Settings, run_dir: Path, aws: Mapping[str, str], base: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the variables of a job's process.

    aws: the run's AWS_* variables (role credentials, region, endpoint). The runner's own AWS_* variables are
    a developer's and are never passed on.
    """
    env = {name: base[name] for name in _PASSED_ON if name in base}
    env.update(aws)
    env.update(
        HOME=str(run_dir),
        TMPDIR=str(run_dir / "tmp"),
        PYTHONPATH=os.pathsep.join([str(JOB_SITE), *_inherited_path(base)]),
        PYTHONUNBUFFERED="1",  # log lines are seen while the job runs
        PYTHONIOENCODING="utf-8",
        PYSPARK_PYTHON=settings.python,
        MALLOC_ARENA_MAX="2",  # glibc keeps a heap for each of the JVM's threads else
        SPARK_LOCAL_IP="127.0.0.1",
        SPARK_LOCAL_DIRS=str(run_dir / "tmp"),
        AWS_EC2_METADATA_DISABLED="true",
        **{stragglers.MARKER: str(run_dir)},
        GLUE_RUNNER_PID=str(os.getpid()),
        GLUE_RUNNER_EGRESS_ALLOW=",".join(settings.egress_allow),
    )
    return env


def launch_settings(settings: Settings, run_dir: Path, arguments: Mapping[str, str]) -> dict[str, Any]:
    """Return what the launcher (job_site/glue_runner/launch.py) reads from stdin, but for the script."""
    return {
        "arguments": dict(arguments),
        "run_dir": str(run_dir),
        "cache_dir": str(settings.home / "cache"),
        "shim_dir": str(SHIM),
        "jars_dir": str(settings.jars) if settings.jars else None,
        "lent_jars_dir": str(settings.lent_jars) if settings.lent_jars else None,
        "java_options": settings.java_options,
        "spark_master": settings.spark_master,
        "driver_memory": settings.driver_memory,
    }


def _inherited_path(base: Mapping[str, str]) -> list[str]:
    """Return the runner's PYTHONPATH without this repository.

    The Glue image keeps pyspark and awsglue there.
    """
    entries = [entry for entry in base.get("PYTHONPATH", "").split(os.pathsep) if entry]
    return [entry for entry in entries if Path(entry).resolve() != _REPOSITORY]
