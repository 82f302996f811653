"""Where a run's files are put: never outside the folder meant for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from glue_app.runner.job_site.glue_runner.s3_files import S3Files
from glue_app.runner.job_site.glue_runner.special_parameters import LaunchError


class NoClient:
    def get_object(self, **_: Any) -> Any:
        raise AssertionError("nothing may be fetched")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://b/x/..", "s3://b/..", "s3://b/../..", "s3://b/.", "s3://b/x/", "s3://b//", "s3://b/", "s3:///x",
        "/etc/passwd", "", "s3://b/a\0b", "s3://b/a\nb", "s3://b/a\x7f", "s3://b/\ud800",
        "s3://b/" + "n" * 256,
    ],
)  # fmt: skip
def test_a_key_that_names_no_file_is_refused_before_anything_is_written(uri: str, tmp_path: Path) -> None:
    """Script, --extra-py-files, --extra-files, --extra-jars and wheels all pass here."""
    files = S3Files.__new__(S3Files)
    files._client = NoClient()
    with pytest.raises(LaunchError):
        files.fetch(uri, tmp_path / "work")
    assert not list(tmp_path.rglob("*"))
