"""The bootstrap finds what a machine has, wherever it is, and believes only what works."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from glue_app.bootstrap import find_java, find_postgres, find_python, find_terraform, process, provider, uv
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import MissingProgramError
from glue_app.bootstrap.layout import REQUIREMENTS, system

NAMES_OF_TOOLS = (
    "PYENV_ROOT", "JAVA_HOME", "GLUE_APP_POSTGRES_BIN", "TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR",
    "XDG_DATA_HOME", "CONDA_PREFIX", "CONDA_ROOT",
)  # fmt: skip


def program(path: Path, prints: str = "", code: int = 0) -> Path:
    """An executable that prints something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{prints}\nEND\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing on PATH but a shell's own programs, an empty home, no variables that name tools."""
    tools = tmp_path / "sh"
    tools.mkdir()
    for name in ("sh", "cat"):
        (tools / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{tools}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in NAMES_OF_TOOLS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_pyenv_shim_that_does_not_run_is_passed_over_for_the_version_behind_it(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bare_machine / "bin/python3.10", "pyenv: python3.10: command not found", 127)
    installed = program(bare_machine / "pyenv/versions/3.10.13/bin/python3.10", "3.10.13")
    monkeypatch.setenv("PYENV_ROOT", str(bare_machine / "pyenv"))
    monkeypatch.setattr(find_python, "candidates", only_below(bare_machine, find_python.candidates))
    assert find_python.find("3.10") == installed


def only_below(root: Path, real: object) -> object:
    """The candidates inside the fake machine: what this one has off PATH is none of the test's business."""

    def candidates(*arguments: str) -> list[Path]:
        return [path for path in real(*arguments) if root in path.parents]  # type: ignore[operator]

    return candidates


def test_a_python_of_another_version_is_not_taken(bare_machine: Path) -> None:
    python = program(bare_machine / "bin/python3.10", "3.11.7")
    assert find_python.works(python, "3.10") is None


def test_versions_are_tried_in_the_order_asked_for(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(bare_machine / "bin/python3.13", "3.13.0")
    older = program(bare_machine / "bin/python3.12", "3.12.1")
    monkeypatch.setattr(find_python, "candidates", only_below(bare_machine, find_python.candidates))
    assert find_python.find("3.12", "3.13") == older


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.9" 2023-10-17', 17),
        ('openjdk version "1.8.0_392"', 8),
        ('openjdk version "25" 2025-09-16', 25),
    ],
)
def test_java_says_its_major_version(tmp_path: Path, text: str, version: int) -> None:
    program(tmp_path / "bin/java", text)
    assert find_java.major_version(tmp_path) == version


def test_java_is_chosen_by_what_spark_runs_on(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("jdk-25", "25.0.1"), ("jdk-11", "11.0.2"), ("jdk-17", "17.0.15")):
        program(bare_machine / name / "bin/java")
        (bare_machine / name / "release").write_text(f'JAVA_VERSION="{version}"\n')
    homes = [bare_machine / name for name in ("jdk-25", "jdk-11", "jdk-17")]
    monkeypatch.setattr(find_java, "candidates", lambda: iter(homes))
    assert find_java.find() == bare_machine / "jdk-17"
    monkeypatch.setattr(find_java, "candidates", lambda: iter(homes[:1]))
    assert find_java.find() is None


def test_java_home_comes_before_a_better_version(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("mine", "11.0.2"), ("other", "17.0.15")):
        program(bare_machine / name / "bin/java")
        (bare_machine / name / "release").write_text(f'JAVA_VERSION="{version}"\n')
    monkeypatch.setenv("JAVA_HOME", str(bare_machine / "mine"))
    monkeypatch.setattr(
        find_java, "candidates", lambda: iter([bare_machine / "mine", bare_machine / "other"])
    )
    assert find_java.find() == bare_machine / "mine"


def test_postgres_needs_its_three_programs_in_one_folder(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("initdb", "pg_ctl"):
        program(bare_machine / "bin" / name)
    for name in find_postgres.PROGRAMS:
        program(bare_machine / "whole" / name, "postgres (PostgreSQL) 15.10")
    folders = [bare_machine / "bin", bare_machine / "whole"]
    monkeypatch.setattr(find_postgres, "candidates", lambda: iter(folders))
    assert find_postgres.find() == (bare_machine / "whole", 15)


def test_postgres_15_is_preferred_and_an_old_one_refused(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("9.6", "15.2", "17.1"):
        for name in find_postgres.PROGRAMS:
            program(bare_machine / version / name, f"postgres (PostgreSQL) {version}")
    folders = [bare_machine / version for version in ("9.6", "15.2", "17.1")]
    monkeypatch.setattr(find_postgres, "candidates", lambda: iter(folders))
    assert find_postgres.find() == (bare_machine / "15.2", 15)
    monkeypatch.setattr(find_postgres, "candidates", lambda: iter(folders[:1]))
    assert find_postgres.find() is None


def test_an_old_terraform_is_not_taken(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = program(bare_machine / "bin/terraform", '{"terraform_version": "1.5.7"}')
    monkeypatch.setattr(find_terraform.os, "access", lambda path, mode: Path(path) == old)
    assert find_terraform.find() is None
    program(old, 'Warning: no such CLI configuration file\n{"terraform_version": "1.12.0-beta1"}')
    assert find_terraform.find() == (old, "1.12.0")


def test_the_provider_is_found_in_the_mirror_that_the_users_configuration_names(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = bare_machine / "mirror"
    folder = mirror / "registry.example/hashicorp/aws" / find_terraform.PROVIDER_VERSION / "_".join(system())
    program(folder / "terraform-provider-aws_v5")
    config = bare_machine / "terraformrc"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(config))
    monkeypatch.setattr(
        find_terraform, "mirror_candidates", only_below(bare_machine, find_terraform.mirror_candidates)
    )
    assert find_terraform.find_mirror() == mirror
    assert find_terraform.find_mirror("0.0.1") is None


def test_a_configuration_that_does_not_exist_is_no_mirror(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(bare_machine / "gone"))
    assert bare_machine not in {p.parent for p in find_terraform.mirror_candidates()}


def test_our_terraform_configuration_falls_back_to_the_registry_for_other_providers(tmp_path: Path) -> None:
    text = provider.cli_config(tmp_path)
    assert f'path    = "{tmp_path}"' in text
    assert "direct {" in text


def test_the_provider_is_the_one_that_infra_pins() -> None:
    versions = Path(__file__).parents[3] / "infra/versions.tf"
    assert f'"{find_terraform.PROVIDER_VERSION}"' in versions.read_text()


def test_uv_is_found_in_the_tools_folder_when_it_is_not_on_path(bare_machine: Path) -> None:
    ours = program(bare_machine / "tools/uv", "uv 0.9.1 (x86_64)")
    assert uv.find(bare_machine / "tools") == ours
    program(ours, "uv 0.1.0")
    assert uv.find(bare_machine / "tools") is None


def test_a_program_that_fails_prints_nothing_we_believe(tmp_path: Path) -> None:
    assert process.output([program(tmp_path / "p", "1.2.3", 1)]) is None
    assert process.output([tmp_path / "absent"]) is None


def test_a_uv_that_is_not_the_locked_one_is_not_installed(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that has another file under the locked version's name: refused before anything of it runs."""
    locked = re.match(r"uv==(\S+)", (REQUIREMENTS / "uv.txt").read_text(encoding="utf-8"))
    assert locked
    index = bare_machine / "index"
    index.mkdir()
    info = f"uv-{locked[1]}.dist-info"
    with zipfile.ZipFile(index / f"uv-{locked[1]}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {locked[1]}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setattr(find_python, "find", lambda *_: None)
    log = bare_machine / "tools" / "log"
    with pytest.raises(MissingProgramError):
        uv.install(bare_machine / "tools", log, Console(quiet=True))
    assert "DO NOT MATCH THE HASHES" in log.read_text(encoding="utf-8")
