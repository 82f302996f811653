"""Finds a Java that Spark 3.3 runs on."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from glue_app.bootstrap.process import output

SUPPORTED = (17, 11, 8)  # Spark 3.3 runs on these; later ones refuse its reflection. The first is liked best.
_VERSION = re.compile(r'version[ =]*"(?:1\.)?(\d+)', re.IGNORECASE)


def candidates() -> Iterator[Path]:
    """Homes of Java, likeliest first; some may not exist."""
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    on_path = shutil.which("java")
    if on_path and Path(on_path).resolve() != Path(
        "/usr/bin/java"
    ):  # a Mac's own is a stub that opens a dialog
        yield Path(on_path).resolve().parents[1]
    for folder, pattern in (
        ("/usr/lib/jvm", "*"),
        ("/Library/Java/JavaVirtualMachines", "*/Contents/Home"),
        (str(Path.home() / "Library/Java/JavaVirtualMachines"), "*/Contents/Home"),
        ("/opt/homebrew/opt", "openjdk*/libexec/openjdk.jdk/Contents/Home"),
        ("/usr/local/opt", "openjdk*/libexec/openjdk.jdk/Contents/Home"),
        (str(Path.home() / ".sdkman/candidates/java"), "*"),
        ("/opt", "*j[dr][ke]*"),
    ):
        yield from sorted(Path(folder).glob(pattern))


def major_version(home: Path) -> int | None:
    """Its major version (8, 11, 17, …), from its `release` file or by asking it; None when it doesn't run."""
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return None
    release = home / "release"
    text = release.read_text(errors="replace") if release.is_file() else output([java, "-version"]) or ""
    found = _VERSION.search(text)
    return int(found.group(1)) if found else None


def find() -> Path | None:
    """Return the home of the best Java: JAVA_HOME and PATH first, then 17 before 11 before 8; or None."""
    homes = [(home, major_version(home)) for home in dict.fromkeys(candidates())]
    preferred = len([v for v in ("JAVA_HOME",) if os.environ.get(v)]) + bool(shutil.which("java"))
    for home, version in homes[:preferred]:
        if version in SUPPORTED:
            return home
    for wanted in SUPPORTED:
        for home, version in homes:
            if version == wanted:
                return home
    return None
