"""GLUE_VERSION chooses one of the environments that lie side by side."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from glue_app import glue_versions
from glue_app.aws.glue_versions import VERSIONS as OF_AWS
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.context import Context
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.layout import REQUIREMENTS, ROOT
from glue_app.bootstrap.pure_wheel import purify
from glue_app.bootstrap.runner import digest
from glue_app.bootstrap.stamps import Stamp
from glue_app.bootstrap.steps import steps_for
from glue_app.bootstrap.toolchain import STEPS_OF_A_GLUE_VERSION, Toolchain
from glue_app.settings import SettingError, Settings
from glue_app.stack.commands import Commands
from glue_app.stack.context import StackContext
from glue_app.stack.errors import OtherGlueVersionError
from glue_app.stack.record import StackRecord
from glue_app.stack.services import LOCALSTACK, RUNNER, services
from scripts.lock import LOCKS

FOUR, FIVE = glue_versions.VERSIONS["4.0"], glue_versions.VERSIONS["5.0"]


@pytest.mark.parametrize(
    ("text", "version"), [("", "4.0"), ("4", "4.0"), ("4.0", "4.0"), ("5", "5.0"), ("5.0", "5.0")]
)
def test_what_it_may_say(text: str, version: str) -> None:
    assert Settings.from_environment({"GLUE_VERSION": text}).glue_version == version
    assert glue_versions.asked_for({"GLUE_VERSION": text}).name == version


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("five", ""),
        ("40", ""),
        ("2.0", ""),
        ("3", " (Glue 3.0 needs Spark 3.1.1, Python 3.7 and Java 8, which glue-app does not have)"),
        ("5.1", " (Glue 5.1 needs Spark 3.5.6, Python 3.11 and Java 17, which glue-app does not have)"),
        *[
            (
                text,
                " (Glue 6.0, what a job gets that names no GlueVersion, needs Spark 4.1.1, Python 3.13 and "
                "Java 17, which glue-app does not have)",
            )
            for text in ("6", "6.0")
        ],
    ],
)
def test_a_version_that_is_not_to_be_had_is_an_error_that_says_what_to_set(text: str, why: str) -> None:
    """Versions of AWS that are not to be had here come with what they need; `5` is not taken for 5.1."""
    for ask in (Settings.from_environment, glue_versions.asked_for):
        with pytest.raises(SettingError) as caught:
            ask({"GLUE_VERSION": text})
        assert str(caught.value) == f"GLUE_VERSION is {text!r}: set it to 4.0 or 5.0{why}"


def test_what_can_be_had_is_as_on_aws() -> None:
    for version in glue_versions.VERSIONS.values():
        on_aws = OF_AWS[version.name]
        assert (on_aws.python, on_aws.spark.rpartition(".")[0]) == (version.python, version.spark)


def test_a_toolchain_is_of_one_version(tmp_path: Path) -> None:
    Stamp.write(tmp_path, "uv", "d", {"uv": "/uv"}, [])
    Stamp.write(tmp_path, "glue-4.0", "d", {"glue": "/four"}, [])
    Stamp.write(tmp_path, "glue-5.0", "d", {"glue": "/five"}, [])
    Stamp.write(tmp_path, "jars-5.0", "d", {"jars": "/jars"}, [])
    Stamp.write(tmp_path, "jars", "d", {"jars": "/of-an-earlier-checkout"}, [])
    four, five = Toolchain.load(tmp_path), Toolchain.load(tmp_path, "5.0")
    assert (four.glue_version, four.uv, four.glue, four.jars) == ("4.0", "/uv", "/four", "")
    assert (five.glue_version, five.uv, five.glue, five.jars) == ("5.0", "/uv", "/five", "/jars")


def test_switching_back_and_forth_does_no_step_again(tmp_path: Path) -> None:
    """What both share has the same stamp for both; what they don't, one each."""
    stamps = {}
    for version in (FOUR, FIVE):
        context = Context(tmp_path, Console(quiet=True), Toolchain(), version)
        stamps[version] = {step.name: digest(step, context) for step in steps_for(version)}
    four, five = stamps[FOUR], stamps[FIVE]
    shared = four.keys() & five.keys()
    assert {name: four[name] for name in shared} == {name: five[name] for name in shared}
    assert four.keys() - shared == {f"{name}-4.0" for name in STEPS_OF_A_GLUE_VERSION}
    assert five.keys() - shared == {f"{name}-5.0" for name in STEPS_OF_A_GLUE_VERSION}


def test_every_version_has_its_lists_and_make_lock_knows_them() -> None:
    for version in glue_versions.VERSIONS.values():
        locks = {f"{lock.name}.txt": lock.python for lock in LOCKS}
        for name in (version.environment_lock, version.job_lock):
            assert (REQUIREMENTS / name).is_file()
            assert locks[name] == version.python
        assert (REQUIREMENTS / version.jar_list).is_file()


def test_infra_takes_the_same_versions() -> None:
    text = (ROOT / "infra/variables.tf").read_text(encoding="utf-8")
    listed = ", ".join(f'"{name}"' for name in glue_versions.VERSIONS)
    assert f"contains([{listed}], var.glue_version)" in text


def test_plugin_and_runner_are_told_the_version_whose_python_and_archive_they_get(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, glue_version="5.0")
    toolchain = Toolchain.load(settings.tools, "5.0")
    toolchain.glue, toolchain.jars = "/tools/glue-5.0", "/tools/jars/5.0"
    found = {one.name: one for one in services(settings, toolchain, StackRecord("embedded", "g", 1, 2, 3))}
    assert found[LOCALSTACK].environment["GLUE_APP_GLUE_VERSION"] == "5.0"
    runner = found[RUNNER].environment
    assert (runner["RUNNER_GLUE_VERSION"], runner["RUNNER_JARS"]) == ("5.0", "/tools/jars/5.0")
    assert found[RUNNER].command[0] == Path("/tools/glue-5.0/bin/python")
    assert "/tools/spark-archive/5.0-" in runner["RUNNER_EXTRA_JAVA_OPTIONS"]


def test_an_apply_never_mixes_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheels would be one version's, the runner another's: `make up` switches both."""
    running = StackRecord("embedded", "g", 1, 2, 3, glue_version="4.0")
    monkeypatch.setattr(StackContext, "running", lambda _: running)
    commands = Commands(Settings(state=tmp_path, glue_version="5.0"), Toolchain(), print)
    with pytest.raises(OtherGlueVersionError, match=r"the stack runs Glue 4\.0, GLUE_VERSION asks for 5\.0"):
        commands.apply()


def wheel(folder: Path, name: str) -> Path:
    """A wheel with a module, a compiled one, and what names both."""
    path = folder / name
    information = "-".join(name.split("-")[:2]) + ".dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("yaml/__init__.py", "x = 1\n")
        archive.writestr("yaml/_yaml.cpython-311-x86_64-linux-gnu.so", b"\x7fELF")
        archive.writestr(f"{information}/METADATA", "Name: x\n")
        archive.writestr(f"{information}/WHEEL", "Root-Is-Purelib: false\nTag: cp311-cp311-linux_x86_64\n")
        archive.writestr(f"{information}/RECORD", "")
    return path


def test_a_wheel_loses_its_compiled_part_and_is_the_same_from_every_machine(tmp_path: Path) -> None:
    made = []
    for tag in ("linux_x86_64", "macosx_11_0_arm64"):
        folder = tmp_path / tag
        folder.mkdir()
        pure = purify(wheel(folder, f"PyYAML-6.0.1-cp311-cp311-{tag}.whl"))
        assert [path.name for path in folder.iterdir()] == ["PyYAML-6.0.1-py3-none-any.whl"]
        made.append(pure.read_bytes())
    assert made[0] == made[1]
    names = zipfile.ZipFile(pure).namelist()
    assert not [name for name in names if name.endswith(".so")]
    record = zipfile.ZipFile(pure).read("PyYAML-6.0.1.dist-info/RECORD").decode()
    assert [line.split(",")[0] for line in record.splitlines()] == names


def test_a_package_that_needs_its_compiled_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match="isn't pure Python"):
        purify(wheel(tmp_path, "numpy-1.26.4-cp311-cp311-linux_x86_64.whl"))
