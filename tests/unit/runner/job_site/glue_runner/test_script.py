"""How a script is run, how its error is told, and awsglue's stand-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from glue_app.runner.job_site.glue_runner import modules, script
from glue_app.runner.job_site.glue_runner.special_parameters import LaunchError
from glue_app.runner.shim.awsglue import NotEmulatedError, job, transforms, utils

JOB_SITE = Path(script.__file__).parents[1]


class AnalysisException(Exception):  # noqa: N818  (Spark's name)
    """As pyspark.sql.utils has it."""


AnalysisException.__module__ = "pyspark.sql.utils"


class JavaError:
    def getMessage(self) -> str:  # noqa: N802  (Java's name)
        return "Access Denied"


class Py4JJavaError(Exception):
    java_exception = JavaError()

    def __str__(self) -> str:
        return "An error occurred while calling o91.save.\n: java.io.IOException: Access Denied\n\tat x.y"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("boom"), "ValueError: boom"),
        (ValueError(), "ValueError"),
        (ValueError("two\nlines"), "ValueError: two\nlines"),
        (AnalysisException("Path does not exist"), "AnalysisException: Path does not exist"),
        (Py4JJavaError(), "An error occurred while calling o91.save. Access Denied"),
        (KeyError("x"), "KeyError: 'x'"),
    ],
)
def test_error_messages_are_those_of_glue(error: Exception, message: str) -> None:
    assert script.describe(error) == message


def test_an_endless_message_is_cut() -> None:
    assert len(script.describe(ValueError("x" * 100_000))) == 8000


def run_script(tmp_path: Path, source: str, arguments: dict[str, str] | None = None) -> Any:
    """The finished process of a script, run as the launcher does."""
    file = tmp_path / "job.py"
    file.write_text(source)
    hand_over = {"script": str(file), "arguments": arguments or {}, "error_file": str(tmp_path / "error.txt")}
    return subprocess.run(
        [sys.executable, "-m", "glue_runner.script"],
        input=json.dumps(hand_over),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(JOB_SITE)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_script_is_main_with_its_own_folder_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("x = 7")
    done = run_script(
        tmp_path,
        "import sys, beside\n"
        "if __name__ == '__main__':\n"
        "    print(sys.argv, beside.x, __file__ == sys.argv[0], repr(sys.stdin.read()))",
        {"--a": "b c", "--empty": ""},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"['{tmp_path}/job.py', '--a', 'b c', '--empty', ''] 7 True ''\n"


@pytest.mark.parametrize(
    ("source", "code", "error"),
    [
        ("def f(): raise ValueError('boom')\nf()", 1, "ValueError: boom"),
        ("import sys; sys.exit(3)", 3, "SystemExit: 3"),
        ("import sys; sys.exit('reason')", 1, "SystemExit: reason"),
        ("import sys; sys.exit(0)", 0, None),
        ("import sys; sys.exit()", 0, None),
    ],
)
def test_the_exit_code_tells_the_truth(tmp_path: Path, source: str, code: int, error: str | None) -> None:
    done = run_script(tmp_path, source)
    assert done.returncode == code
    file = tmp_path / "error.txt"
    assert (file.read_text() if file.exists() else None) == error


def test_a_traceback_begins_with_the_script(tmp_path: Path) -> None:
    done = run_script(tmp_path, "def f():\n    raise ValueError('boom')\nf()\n")
    lines = done.stderr.splitlines()
    assert lines[:2] == [
        "Traceback (most recent call last):",
        f'  File "{tmp_path}/job.py", line 3, in <module>',
    ]


# ---------------------------------------------------------------- modules
def test_wheels_are_installed_once_per_content_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def pip_install(requirements: Any, options: str, environment: Path) -> Path:
        calls.append(options)
        (environment / "site-packages").mkdir(parents=True)
        return environment / "site-packages"

    monkeypatch.setattr(modules, "_pip_install", pip_install)
    wheel = tmp_path / "a-1.0-py3-none-any.whl"
    wheel.write_bytes(b"one")
    cache = tmp_path / "cache"
    first = modules.install([wheel], "--no-index", cache, tmp_path)
    assert modules.install([wheel], "--no-index", cache, tmp_path) == first
    assert len(calls) == 1
    assert modules.install([wheel], "", cache, tmp_path) != first
    wheel.write_bytes(b"two")
    assert modules.install([wheel], "--no-index", cache, tmp_path) != first
    assert modules.install([wheel, "name==1.0"], "", cache, tmp_path).parent == tmp_path / "modules"
    assert not list(cache.glob("*.part"))


def test_a_failed_installation_leaves_no_cache_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pip_install(*_: Any) -> Path:
        raise LaunchError("no")

    monkeypatch.setattr(modules, "_pip_install", pip_install)
    wheel = tmp_path / "a-1.0-py3-none-any.whl"
    wheel.write_bytes(b"one")
    with pytest.raises(LaunchError):
        modules.install([wheel], "", tmp_path / "cache", tmp_path)
    assert not list((tmp_path / "cache").iterdir())


# ---------------------------------------------------------------- awsglue
@pytest.mark.parametrize(
    "words", [["--a", "1", "--b", "x"], ["--a=1", "--b=x"], ["--b", "x", "--z", "--a=2", "--a=1"]]
)
def test_options_are_resolved_in_both_forms(words: list[str]) -> None:
    resolved = utils.getResolvedOptions(["job.py", *words, "--JOB_NAME", "j"], ["JOB_NAME", "a", "b"])
    assert (resolved["a"], resolved["b"], resolved["JOB_NAME"]) == ("1", "x", "j")


def test_a_value_may_contain_dashes_and_equals_signs() -> None:
    argv = ["job.py", "--conf", "a=b --conf c=d", "--x=--y=1", "--empty", ""]
    resolved = utils.getResolvedOptions(argv, ["conf", "x", "empty"])
    assert (resolved["conf"], resolved["x"], resolved["empty"]) == ("a=b --conf c=d", "--y=1", "")


def test_an_option_without_a_value_is_an_error() -> None:
    with pytest.raises(utils.GlueArgumentError, match="--x: expected one argument"):
        utils.getResolvedOptions(["job.py", "--x", "--y"], ["x"])


def test_missing_options_are_named() -> None:
    with pytest.raises(utils.GlueArgumentError, match="required: --b, --c"):
        utils.getResolvedOptions(["job.py", "--a", "1"], ["a", "b", "c"])


def test_dashes_in_names_are_underscores_in_the_answer() -> None:
    assert utils.getResolvedOptions(["job.py", "--my-name", "1"], ["my-name"])["my_name"] == "1"


def test_an_abbreviated_argument_is_taken_for_the_longer_option_as_on_aws() -> None:
    """https://github.com/awslabs/aws-glue-libs/pull/206: argparse's abbreviations are on; the last wins."""
    argv = ["job.py", "--metadata_location", "s3://b/x", "--metadata", "true"]
    assert utils.getResolvedOptions(argv, ["metadata_location"])["metadata_location"] == "true"
    with pytest.raises(utils.GlueArgumentError, match="ambiguous option: --meta"):
        utils.getResolvedOptions(["job.py", "--meta", "1"], ["meta_a", "meta_b"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("JOB_RUN_ID", "--JOB_RUN_ID"),
        ("JOB_ID", "--JOB_ID"),
        ("SECURITY_CONFIGURATION", "--SECURITY_CONFIGURATION"),
        ("encryption-type", "--encryption-type"),
        ("job-bookmark-from", "--job-bookmark-from"),
        ("job-bookmark-option", "job-bookmark-option"),
        ("continuation-option", "continuation-option"),
    ],
)
def test_asking_for_a_reserved_name_is_a_runtime_error(name: str, shown: str) -> None:
    with pytest.raises(RuntimeError, match=f"^Using reserved arguments {shown}$"):
        utils.getResolvedOptions(["job.py", "--JOB_NAME", "j", f"--{name}", "x"], ["JOB_NAME", name])


def test_the_temporary_folder_is_never_required_and_has_two_names() -> None:
    assert utils.getResolvedOptions(["job.py"], ["TempDir"])["TempDir"] is None
    for name in ("TempDir", "RedshiftTempDir"):
        found = utils.getResolvedOptions(["job.py", f"--{name}", "s3://b/t"], [])
        assert (found["TempDir"], found["RedshiftTempDir"]) == ("s3://b/t", "s3://b/t")


def test_what_glue_did_not_give_is_none_and_the_jobs_name_is_there_when_asked_for() -> None:
    found = utils.getResolvedOptions(["job.py", "--JOB_NAME", "j", "--JOB_RUN_ID", "jr"], [])
    assert "JOB_NAME" not in found
    assert (found["JOB_RUN_ID"], found["JOB_ID"], found["encryption_type"]) == ("jr", None, None)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ([], "job-bookmark-disable"),
        (["--continuation-option", "continuation-readonly"], "job-bookmark-pause"),
        (["--continuation-option=continuation-readonly", "--job-bookmark-option=job-bookmark-enable"],
         "job-bookmark-enable"),
    ],
)  # fmt: skip
def test_the_bookmark_option_has_an_older_name_and_a_default(words: list[str], option: str) -> None:
    found = utils.getResolvedOptions(["job.py", *words], [])
    assert found["job_bookmark_option"] == option
    assert "continuation_option" not in found


def test_a_bookmark_range_goes_with_pause_only_and_has_two_ends() -> None:
    both = ["--job-bookmark-from", "1", "--job-bookmark-to", "2"]
    with pytest.raises(RuntimeError, match=r"Invalid option\(s\)--job-bookmark-from --job-bookmark-to"):
        utils.getResolvedOptions(["job.py", *both], [])
    pause = ["job.py", "--job-bookmark-option", "job-bookmark-pause"]
    assert utils.getResolvedOptions([*pause, *both], [])["job_bookmark_to"] == "2"
    with pytest.raises(RuntimeError, match="Missing option or value for --job-bookmark-to"):
        utils.getResolvedOptions([*pause, *both[:2]], [])


def test_a_job_is_committed_after_it_was_initialised() -> None:
    made = job.Job(None)
    with pytest.raises(RuntimeError):
        made.commit()
    made.init("name", {})
    made.commit()
    with pytest.raises(ValueError, match="name"):
        made.init("other")


def test_transforms_can_be_imported_and_fail_by_name() -> None:
    apply_mapping: Any = vars(transforms)["ApplyMapping"]
    with pytest.raises(NotEmulatedError, match=r"transforms\.ApplyMapping\.apply"):
        apply_mapping.apply(frame=None)
