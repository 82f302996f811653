"""What the launcher prepares for the script's own Python."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from glue_app.runner.job_site.glue_runner import launch


class Files:
    """S3Files without S3."""

    def fetch(self, uri: str, folder: Path) -> Path:
        return folder / uri.rpartition("/")[2]


@pytest.mark.parametrize(("formats", "absent"), [(None, "delta"), ("delta", ""), ("delta,delta", "")])
def test_deltas_package_is_there_with_its_format_only_and_our_site_is_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, formats: str | None, absent: str
) -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-delta-lake.html"""
    environment = {
        "PYTHONPATH": f"{launch.JOB_SITE}:/image",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "r",
    }
    monkeypatch.setattr(os, "environ", environment)
    monkeypatch.setattr(launch, "S3Files", Files)
    arguments = {"--extra-py-files": "s3://b/lib.zip,s3://b/one.py"}
    if formats:
        arguments["--datalake-formats"] = formats
    given: dict[str, Any] = {
        "arguments": arguments, "script": "s3://b/job.py", "cache_dir": str(tmp_path), "shim_dir": "/shim",
        "jars_dir": None, "spark_master": "local", "driver_memory": "1g", "java_options": "",
    }  # fmt: skip
    launch.prepare(given, tmp_path)
    assert environment["GLUE_RUNNER_ABSENT"] == absent
    first, library, folder, *rest = environment["PYTHONPATH"].split(":")
    assert (first, library, folder) == (
        launch.JOB_SITE, f"{tmp_path}/files/py/lib.zip", f"{tmp_path}/files/py",
    )  # fmt: skip
    assert rest[-1] == "/image"
    assert launch.JOB_SITE not in rest
