"""Who may import whom. The tables are the rules; the tests hold them against every import of the repository.

A room is a folder or a module. Those of the package stand without `src/glue_app/`.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import tomllib

from glue_app.bootstrap.layout import ROOT, SOURCE
from glue_app.bootstrap.toolchain import Toolchain
from scripts import import_graph
from scripts.import_graph import Import, room_of

# ---------------------------------------------------------------- the rooms: what each may import, and itself
MAY_IMPORT = {
    # the ground: they run where nothing else is
    "aws": "",
    "runner": "aws/job_run_states setting_readers",
    "errors": "",
    "variables": "",
    "setting_readers": "errors",
    "glue_versions": "aws setting_readers variables",
    "bootstrap": "aws errors glue_versions setting_readers variables",  # with any Python from 3.8 on
    # the package: commands for a user's machine, from the ground up
    "settings": "bootstrap glue_versions setting_readers variables",
    "disk": "errors",  # with any Python from 3.8 on
    "package": "bootstrap glue_versions settings",
    "containers": "bootstrap errors",
    "stack": "aws bootstrap containers disk errors glue_versions package settings"
    " emulator/rds emulator/state runner/stragglers",
    "snapshots": "bootstrap disk errors emulator/state settings stack",
    "e2e": "bootstrap errors settings stack glue",
    "operations": "e2e errors settings stack glue",  # AWS's API alone, at whatever endpoint
    "testing": "bootstrap containers glue_versions stack settings",
    "cli": "bootstrap disk e2e errors glue_versions operations package settings snapshots stack",
    # the LocalStack plugin: a room a service, one layer that knows LocalStack, and what all of them keep
    "emulator/settings": "setting_readers variables",
    "emulator/service": "errors",
    "emulator/host": "aws disk errors runner/web_pages emulator/service emulator/settings",
    "emulator/state": "disk errors emulator/host emulator/service emulator/settings",
    "emulator/glue": "aws errors glue_versions emulator/host emulator/service emulator/settings",
    "emulator/rds": "aws disk errors emulator/host emulator/service emulator/settings",
    "emulator/ssm": "aws emulator/host emulator/service emulator/settings",
    "emulator/bedrock": "aws emulator/host emulator/service emulator/settings",
    "emulator/gateway": "emulator/host",
    "emulator/plugin": "emulator",
    # what goes to AWS, or into an image of its own
    "glue": "",
    "stub_bedrock": "",
    # what maintainers run
    "scripts": "glue_app glue diagrams",
    "diagrams": "",
    "data": "",
    "benchmarks": "glue_app glue tests/support tests/integration",
    # the tests: a tier may use the stack of the one below, and nothing but tests and benchmarks imports them
    "tests/support": "glue_app glue stub_bedrock",
    "tests/unit": "glue_app glue stub_bedrock scripts diagrams benchmarks tests/support",
    "tests/integration": "glue_app glue stub_bedrock scripts/browser tests/support",
    "tests/e2e": "glue_app glue tests/support",
    "tests/docker": "glue_app glue scripts/standins tests/support tests/e2e",
    "tests/drill": "glue_app glue tests/support tests/integration tests/e2e",
    "tests/conftest": "",
}
MAY_START = {
    "stack": "runner stub_bedrock",  # its services, each a process or a container
    "bootstrap": "runner/kernel_guard",  # asked of Glue's Python, which has to be able to
}
"""Rooms whose modules a room names in a string besides, to start them as programs of their own."""
PACKAGE = "glue_app"  # in the table: any room of the package
LEFT: dict[str, str] = {}
"""Files that reach into a room they may not import, and for what. None is added; what is mended goes."""

# ---------------------------------------------------------------- LocalStack (ADR 0001)
LOCALSTACK = {"localstack", "moto", "rolo"}
LOCALSTACK_ALL = (
    "emulator/host",  # the layer that knows its insides
    "tests/unit/emulator",
    "tests/support/gateway_in_process",
    "tests/support/rds_room",
    "tests/support/fuzz_stack",
)
LOCALSTACK_FOR_PLUGINS = {
    "emulator": (
        "localstack.aws.api",  # the request's context, the handler's decorator, the error class
        "localstack.aws.connect",  # clients to the other services
        "localstack.http",  # request, response and route
        "localstack.services.plugins",  # what a provider is registered with
        "localstack.services.internal",  # where routes of our own are added
        "rolo.request",
    ),
    "emulator/service": (),  # pure Python
    "emulator/plugin": ("localstack.runtime.hooks", "localstack.services.plugins"),
    "tests/unit/scripts": ("localstack.aws.spec",),  # the operations AWS has
    "tests/unit/bootstrap": ("localstack.aws",),  # the index that the bootstrap makes
}
"""What its plugins are meant to use, and who does."""

# ---------------------------------------------------------------- Python's own modules
DOES_IO = {
    "asyncio", "ftplib", "glob", "http", "io", "mmap", "multiprocessing", "os", "pathlib", "select", "shutil",
    "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "urllib",
}  # fmt: skip
PURE_LIBRARIES = {"botocore", "jsonata"}  # models of AWS's services, an expression language
PURE_PARTS = ("urllib.parse",)
IN_THE_JOBS_PYTHON = ("runner/job_site", "runner/shim")  # beside Spark and boto3, which a job's Python has

# ---------------------------------------------------------------- circles that are left, each to be opened
CIRCLES_OF_ROOMS: list[list[str]] = []
CIRCLES_OF_MODULES: list[list[str]] = []

IMPORTS = import_graph.imports()
NAMED = [one for one in import_graph.names_in_strings() if one.file != "tests/unit/test_boundaries.py"]
FILES = sorted(import_graph.modules().values())


def room(file: str) -> str:
    return room_of(file, MAY_IMPORT)


def is_in(file: str, *places: str) -> bool:
    return bool(room_of(file, places))


def is_of_the_package(file: str) -> bool:
    return file.startswith("src/glue_app/")


def fault(one: Import) -> str:
    """What is wrong with an import; empty when nothing is."""
    return _of_rooms(one) if one.target_file else _of_localstack(one) or _of_purity(one) or _of_runner(one)


def started_from(one: Import) -> list[str]:
    """What MAY_START allows the file to start that the target is of."""
    return [place for place in MAY_START.get(room(one.file), "").split() if is_in(one.target_file, place)]


def is_started(one: Import) -> bool:
    return bool(started_from(one))


def _of_rooms(one: Import) -> str:
    here = room(one.file)
    allowed = [here, *MAY_IMPORT[here].split()] if here else []
    fine = is_in(one.target_file, *allowed) or (PACKAGE in allowed and is_of_the_package(one.target_file))
    return "" if fine else f"{here} may not import {room(one.target_file)}"


def _of_localstack(one: Import) -> str:
    if one.library not in LOCALSTACK or is_in(one.file, *LOCALSTACK_ALL):
        return ""
    public = LOCALSTACK_FOR_PLUGINS.get(room_of(one.file, LOCALSTACK_FOR_PLUGINS), ())
    fine = any(one.target == name or one.target.startswith(f"{name}.") for name in public)
    return "" if fine else "only emulator/host knows LocalStack's insides (ADR 0001)"


def _of_purity(one: Import) -> str:
    if not is_in(one.file, "aws"):
        return ""
    if one.library in DOES_IO and not one.target.startswith(PURE_PARTS):
        return "aws reads and writes nothing"
    return "" if one.library in sys.stdlib_module_names | PURE_LIBRARIES else "aws needs no such library"


def _of_runner(one: Import) -> str:
    alone = is_in(one.file, "runner") and not is_in(one.file, *IN_THE_JOBS_PYTHON)
    return "the runner has Python alone" if alone and one.library not in sys.stdlib_module_names else ""


def test_every_module_lies_in_a_room() -> None:
    """A new room gets a line in the table."""
    contents = ("src/glue_app/__init__.py", "src/glue_app/emulator/__init__.py")  # a docstring each
    assert [file for file in FILES if not room(file) and file not in contents] == []


def test_every_room_of_the_table_is_there() -> None:
    assert [name for name in MAY_IMPORT if not any(is_in(file, name) for file in FILES)] == []


def test_what_is_imported_is_there() -> None:
    """Also in modules that no unit test imports, as those of the drills: a move leaves none behind."""
    found = [str(one) for one in import_graph.unresolved(IMPORTS)]
    assert not found, "\n".join(["", *found])


def test_no_import_crosses_a_boundary() -> None:
    """Each one that does is named by file and line."""
    found = [f"{one}: {fault(one)}" for one in IMPORTS if fault(one) and one.file not in LEFT]
    assert not found, "\n".join(["", *sorted(set(found))])


def test_no_name_of_a_module_in_a_string_crosses_a_boundary() -> None:
    """Neither by importlib, nor as `module:name`, nor in the text of a program."""
    found = [f"{one}: {fault(one)}" for one in NAMED if fault(one) and not is_started(one)]
    assert not found, "\n".join(["", *sorted(set(found))])


def test_what_a_room_may_start_is_started() -> None:
    """A line of MAY_START that nobody needs goes."""
    started = {(room(one.file), place) for one in NAMED for place in started_from(one) if fault(one)}
    assert started == {(name, place) for name, places in MAY_START.items() for place in places.split()}


def test_the_plugins_of_localstack_are_there() -> None:
    """LocalStack imports them by the names in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["scripts"], *project["entry-points"].values()]
    names = [name.replace(":", ".") for group in groups for name in group.values()]
    found = [import_graph.resolved(Import("pyproject.toml", 0, name)) for name in names]
    assert found
    assert not import_graph.unresolved(found)


def test_what_is_left_is_still_there() -> None:
    """A file that was mended is taken out of LEFT."""
    assert set(LEFT) == {one.file for one in IMPORTS if fault(one) and one.file in LEFT}


@pytest.mark.parametrize(
    ("file", "target", "target_file"),
    [
        ("src/glue_app/emulator/glue/provider.py", "moto.glue.models", ""),
        ("src/glue_app/emulator/rds/provider.py", "localstack.services.rds", ""),
        ("src/glue_app/emulator/service/stores.py", "localstack.aws.api", ""),
        ("src/glue_app/stack/status.py", "localstack.aws.api", ""),
        ("src/glue_app/aws/policies.py", "socket", ""),
        ("src/glue_app/aws/policies.py", "urllib.request.urlopen", ""),
        ("src/glue_app/aws/policies.py", "boto3", ""),
        ("src/glue_app/aws/policies.py", "glue_app.stack.ports", "src/glue_app/stack/ports.py"),
        ("src/glue_app/runner/server.py", "fastapi", ""),
        ("src/glue_app/runner/server.py", "glue_app.aws", "src/glue_app/aws/__init__.py"),
        ("src/glue_app/emulator/rds/home.py", "glue_app.stack.ports", "src/glue_app/stack/ports.py"),
        ("src/glue_app/emulator/plugin.py", "scripts.check", "scripts/check.py"),
        ("src/glue_app/stack/up.py", "scripts.check", "scripts/check.py"),
        ("src/glue_app/stack/up.py", "tests.support.polling", "tests/support/polling.py"),
        ("scripts/check.py", "tests.support.polling", "tests/support/polling.py"),
        ("glue/pipeline/steps.py", "glue_app.aws", "src/glue_app/aws/__init__.py"),
        ("stub_bedrock/app.py", "glue_app.aws", "src/glue_app/aws/__init__.py"),
        ("tests/unit/test_disk.py", "tests.e2e.executions", "tests/e2e/executions.py"),
    ],
)
def test_a_boundary_is_noticed(file: str, target: str, target_file: str) -> None:
    """The rules refuse what the house forbids, whether or not somebody does it today."""
    assert fault(Import(file, 1, target, target_file))


def test_the_rules_of_aws_open_no_file() -> None:
    opened = [
        f"{file}:{node.lineno}"
        for file in FILES
        if is_in(file, "aws")
        for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("open", "input")
    ]
    assert opened == []


def test_the_runner_starts_in_glues_python_without_any_library() -> None:
    """Every module of it is imported by Python 3.10 (3.11 with GLUE_VERSION=5) without site-packages."""
    python = Toolchain.load(glue_version=os.environ.get("GLUE_VERSION") or "4.0").glue_python
    if not python.is_file():
        pytest.skip("Glue's environment is absent: make check sets it up")
    names = [
        name
        for name, file in import_graph.modules().items()
        if is_in(file, "runner") and not is_in(file, *IN_THE_JOBS_PYTHON) and not name.endswith("__main__")
    ]
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r})\nimport {', '.join(names)}"
    done = subprocess.run(
        [str(python), "-I", "-S", "-B", "-c", code], capture_output=True, text=True, cwd=Path("/")
    )
    assert done.returncode == 0, done.stderr


def test_rooms_do_not_go_round_in_circles() -> None:
    """But those that are left: CIRCLES_OF_ROOMS. A line that is no longer true goes."""
    graph: dict[str, set[str]] = {name: set() for name in MAY_IMPORT}
    for one in [*IMPORTS, *NAMED]:
        if one.target_file and room(one.file) and room(one.target_file):
            graph[room(one.file)] |= {room(one.target_file)} - {room(one.file)}
    within = {
        name: targets
        for name, targets in graph.items()
        if any(is_in(file, name) and is_of_the_package(file) for file in FILES)
    }
    assert import_graph.cycles(within) == CIRCLES_OF_ROOMS


def test_modules_do_not_go_round_in_circles() -> None:
    """But those that are left: CIRCLES_OF_MODULES. Imports within functions count."""
    graph: dict[str, set[str]] = defaultdict(set, {file: set() for file in FILES})
    for one in IMPORTS:
        if one.target_file and one.target_file != one.file:
            graph[one.file].add(one.target_file)
    assert import_graph.cycles(graph) == CIRCLES_OF_MODULES
