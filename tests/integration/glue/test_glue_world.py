"""A run's world: the role's credentials, one endpoint, no way out, the modules it brings."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from glue_app.runner import kernel_guard
from tests.integration.local_stack import GLUE_VERSION

MakeJob = Callable[..., Any]
BOTOCORE = {"4.0": "1.27.70", "5.0": "1.34.131"}


def wheel(name: str, version: str, files: dict[str, str]) -> tuple[str, bytes]:
    """A pure Python wheel: its file name and its bytes."""
    info = f"{name}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    return f"{name}-{version}-py3-none-any.whl", zipped(content)


def zipped(files: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return body.getvalue()


def test_the_images_old_boto3_reaches_the_stack_as_the_jobs_role(make_job: MakeJob, glue_role: str) -> None:
    job = make_job(
        """
        import boto3, botocore, os, sys
        print(botocore.__version__)
        print(boto3.client("sts").get_caller_identity()["Arn"])
        bucket = boto3.resource("s3").Bucket(sys.argv[sys.argv.index("--bucket") + 1])
        print([o.key for o in bucket.objects.filter(Prefix="scripts/")][:1])
        print(sorted(k for k in os.environ if k.startswith(("RUNNER_", "GLUE_APP"))))
        """
    )
    run = job.wait(job.start(Arguments={"--bucket": job.bucket}))
    assert run["JobRunState"] == "SUCCEEDED", run
    version, arn, keys, leaked = job.log(run["Id"]).splitlines()
    assert version == BOTOCORE[GLUE_VERSION]
    assert arn == f"arn:aws:sts::000000000000:assumed-role/{glue_role}/GlueJobRunnerSession"
    assert "scripts/" in keys
    markers = {"GLUE_APP_RUN", "GLUE_APP_STACK_PROCESS"}  # by which what a run leaves behind is found
    assert set(json.loads(leaked.replace("'", '"'))) <= markers


def test_a_call_to_the_real_aws_is_refused_by_name(make_job: MakeJob) -> None:
    job = make_job(
        """
        import boto3, socket
        try:
            socket.create_connection(("203.0.113.7", 443), timeout=5)
        except RuntimeError as error:
            print("caught:", error)
        boto3.client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com").list_buckets()
        """
    )
    run = job.wait(job.start())
    assert run["JobRunState"] == "FAILED"
    assert "egress refused: s3.us-east-1.amazonaws.com is not part of the local stack" in run["ErrorMessage"]
    assert "caught: egress refused: 203.0.113.7" in job.log(run["Id"])


@pytest.mark.embedded("whether the kernel keeps the guard is tried on this machine")
@pytest.mark.skipif(kernel_guard.problem() is not None, reason="the kernel keeps no guard here")
def test_what_the_job_starts_has_no_way_out_either(make_job: MakeJob) -> None:
    """An interpreter without the guard in Python. Nothing is tried where the kernel's is not on."""
    job = make_job(
        """
        import subprocess, sys
        assert "Seccomp:\\t2" in open("/proc/self/status").read()
        script = "import socket; print(socket.socket().connect_ex(('203.0.113.7', 443)))"
        print("errno", subprocess.check_output([sys.executable, "-I", "-c", script], text=True))
        """
    )
    run = job.wait(job.start())
    assert run["JobRunState"] == "SUCCEEDED", run
    assert job.log(run["Id"]).split() == ["errno", str(errno.EHOSTUNREACH)]
    assert "egress refused: 203.0.113.7 is not part of the local stack" in job.log(run["Id"], "error")


def test_modules_of_the_job_come_before_those_of_the_image(make_job: MakeJob) -> None:
    job = make_job(
        """
        import alone, boto3, greeting, helper.words
        print(greeting.text, helper.words.text, alone.text, boto3.__version__)
        print(open("note.txt").read())
        """,
    )
    name, body = wheel("greeting", "1.0", {"greeting.py": "text = 'from the wheel'"})
    # a newer version of what the image has: this one must win
    newer, newer_body = wheel("boto3", "9.9", {"boto3/__init__.py": "__version__ = '9.9'"})
    wheels = [job.put(f"wheels/{name}", body), job.put(f"wheels/{newer}", newer_body)]
    single = job.put("lib/alone.py", b"text = 'from the file'")
    library = job.put(
        "lib/helper.zip", zipped({"helper/__init__.py": "", "helper/words.py": "text = 'from the zip'"})
    )
    arguments = {
        "--additional-python-modules": ",".join(wheels),
        "--python-modules-installer-option": "--no-index",
        "--extra-py-files": f"{library},{single}",
        "--extra-files": job.put("lib/note.txt", b"a note beside the script"),
    }
    run = job.wait(job.start(Arguments=arguments))
    assert run["JobRunState"] == "SUCCEEDED", job.log(run["Id"], "error")
    assert job.log(run["Id"]) == "from the wheel from the zip from the file 9.9\na note beside the script"


def test_a_module_that_cannot_be_installed_fails_the_run(make_job: MakeJob) -> None:
    job = make_job("print('never')")
    arguments = {
        "--additional-python-modules": "no-such-module-at-all==1.0",
        "--python-modules-installer-option": "--no-index",
    }
    run = job.wait(job.start(Arguments=arguments))
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(
        "LAUNCH ERROR | Python Module Installer indicates modules that failed"
    )
    assert "no-such-module-at-all" in job.log(run["Id"], "error")
    assert job.log(run["Id"]) == ""


def test_what_is_not_emulated_fails_loudly(make_job: MakeJob) -> None:
    job = make_job("print('never')")
    run = job.wait(job.start(Arguments={"--enable-glue-datacatalog": "true"}))
    assert run["JobRunState"] == "FAILED"
    assert "NotEmulatedByGlueApp: --enable-glue-datacatalog" in run["ErrorMessage"]
