"""What the plugin imports is in LocalStack's image, or installed into it by glue_app/emulator/Dockerfile."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "src" / "glue_app"
#: LocalStack 4.14.0 itself, and what it is made of
IN_THE_IMAGE = {
    *("localstack", "moto", "rolo", "botocore", "boto3", "werkzeug", "twisted", "cryptography", "dill"),
    *("dateutil", "wsproto", "requests", "yaml", "jsonpath_rw", "xmltodict", "plux", "asn1crypto", "zope"),
}
#: module → the package that has it, where the names differ
PACKAGES = {"jsonata": "jsonata-python"}
#: what the image runs of the package
THERE = ("aws/**/*.py", "emulator/**/*.py", "runner/*.py")


def imported() -> set[str]:
    """The first part of each module's name that the plugin imports, the standard library's left out."""
    found: set[str] = set()
    for path in (path for place in THERE for path in PACKAGE.glob(place)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"glue_app"}


def test_the_image_has_what_the_plugin_imports() -> None:
    lines = (ROOT / "requirements" / "plugin.in").read_text(encoding="utf-8").splitlines()
    installed = {re.split(r"[\[=<>~ ]", line)[0] for line in lines if line and not line.startswith("#")}

    assert {PACKAGES.get(name, name) for name in imported() - IN_THE_IMAGE} <= installed
