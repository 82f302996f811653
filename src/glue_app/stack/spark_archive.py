"""The class-data-sharing archive of Spark's JVM: a run starts about 4 s sooner with it.

Java can keep the classes that a program loaded in a file and map them the next time. The archive is made by
a job run of its own, with the runner and the launcher that every run has, since Java takes an archive only
for the class path and the JDK that it was made with. It is made while Terraform waits for the first apply.
"""

from __future__ import annotations

from pathlib import Path

from glue_app.bootstrap.layout import SOURCE
from glue_app.bootstrap.stamps import digest_of
from glue_app.bootstrap.toolchain import Toolchain

_QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off -Xlog:class+path=off"
_LAUNCHER = SOURCE / "glue_app/runner/job_site/glue_runner"


def path_of(toolchain: Toolchain) -> Path:
    """Return where the archive is, or would be: its name has the digest of what it is bound to."""
    release = Path(toolchain.java_home, "release")
    jars = [f"{jar.name}:{jar.stat().st_mtime_ns}" for jar in sorted(Path(toolchain.jars).glob("*.jar"))]
    digest = digest_of([toolchain.java_home, release, toolchain.glue, *jars, _LAUNCHER / "spark_conf.py"])
    return Path(toolchain.jars).parents[1] / "spark-archive" / f"{toolchain.glue_version}-{digest[:16]}.jsa"


def use_options(toolchain: Toolchain) -> str:
    """JVM options; with an archive that isn't there (yet), or doesn't fit, Java goes on without.

    Mapped where it was made for: moved elsewhere, which is Java 17's default, each of its pages is written to
    and no longer shared (130 MB a JVM).
    """
    in_place = "-XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0"
    return f"-XX:SharedArchiveFile={path_of(toolchain)} -Xshare:auto {in_place} {_QUIET}"


def make_options(archive: Path) -> str:
    """JVM options that write the archive when the JVM ends."""
    return f"-XX:ArchiveClassesAtExit={archive} {_QUIET}"
