"""How far tests/unit mirrors the source: `python -m scripts.mirror` lists what has no test beside it.

A room of the source has a folder of the same path in tests/unit (tests/unit/test_mirror.py holds that). A
module without a unit test that imports it may be tested through its neighbours: the list is where to look.
"""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

from glue_app.bootstrap.layout import ROOT
from glue_app.cli import entry
from glue_app.settings import Settings
from scripts import import_graph

_TESTED = ("src/glue_app", "glue", "stub_bedrock", "scripts", "diagrams", "benchmarks")
_SHORT = {"src/glue_app": "", "glue/pipeline": "glue", "diagrams": "docs"}
"""Folders whose tests lie elsewhere than in the folder of that path below tests/unit."""


def mirror_of(folder: str) -> str:
    """Return the folder of tests/unit for a folder of the source, both as paths without the root."""
    for source, tests in _SHORT.items():
        if folder == source or folder.startswith(f"{source}/"):
            return str(PurePosixPath(tests) / folder.removeprefix(source).lstrip("/"))
    return folder


def source_folders() -> set[str]:
    """Those with modules, from the repository's folder."""
    files = import_graph.modules().values()
    return {str(Path(file).parent) for file in files if file.startswith(_TESTED) and _is_code(file)}


def folders_without_tests() -> list[str]:
    """Folders of the source that tests/unit has no folder for."""
    return sorted(one for one in source_folders() if not (ROOT / "tests/unit" / mirror_of(one)).is_dir())


def folders_without_source() -> list[str]:
    """Folders of tests/unit that mirror nothing."""
    mirrors = {mirror_of(folder) for folder in source_folders()}
    tests = {Path(file).parent for file in import_graph.modules().values() if "/test_" in file}
    own = {str(folder.relative_to("tests/unit")) for folder in tests if "unit" in folder.parts}
    return sorted(own - mirrors - {"."})


def modules_without_tests() -> list[str]:
    """Modules that no unit test imports."""
    imported = {one.target_file for one in import_graph.imports() if one.file.startswith("tests/unit/")}
    files = import_graph.modules().values()
    return sorted(
        file for file in files if file.startswith(_TESTED) and _is_code(file) and file not in imported
    )


def _is_code(file: str) -> bool:
    return not file.endswith("/__init__.py")


def main() -> int:
    return entry.run("mirror", _run)


def _run(_: Settings) -> int:
    """Print the three lists."""
    for what, found in (
        ("folders without a folder of tests", folders_without_tests()),
        ("folders of tests without a source", folders_without_source()),
        ("modules that no unit test imports", modules_without_tests()),
    ):
        print(f"{len(found)} {what}", *found, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
