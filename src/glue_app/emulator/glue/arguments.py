"""The arguments of a run, as Glue puts them together.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def merge_arguments(
    default: Mapping[str, str], run: Mapping[str, str], non_overridable: Mapping[str, str]
) -> dict[str, str]:
    """Merge arguments: a run's replace the job's defaults one by one; non-overridable ones replace both."""
    return {**default, **run, **non_overridable}


def script_arguments(job_name: str, run_id: str, merged: Mapping[str, str]) -> dict[str, str]:
    """Return what the script finds in sys.argv, in order: Glue's own arguments first, and they win."""
    own = {"--JOB_NAME": job_name, "--JOB_ID": job_id(job_name), "--JOB_RUN_ID": run_id}
    return own | {name: value for name, value in merged.items() if name not in own}


def job_id(job_name: str) -> str:
    """Return the id Glue gives a job beside its name: `j_` and 64 hexadecimal digits."""
    return f"j_{hashlib.sha256(job_name.encode()).hexdigest()}"
