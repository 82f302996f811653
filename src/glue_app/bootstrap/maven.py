"""Gets artifacts by Maven coordinate, their digests checked, with the Ivy that pyspark brings along.

Ivy knows Maven Central itself, so that no address is written here; a company's mirror is named in an
ivysettings.xml whose path is in GLUE_APP_IVY_SETTINGS.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from glue_app.bootstrap import truststore
from glue_app.bootstrap.console import Console
from glue_app.bootstrap.context import Context
from glue_app.bootstrap.errors import BootstrapError, DigestMismatchError
from glue_app.bootstrap.process import run


@dataclass(frozen=True)
class Artifact:
    """One line of a list: `group:name:version[:classifier] sha256`."""

    group: str
    name: str
    version: str
    classifier: str
    sha256: str

    @property
    def file_name(self) -> str:
        """As Maven names it."""
        return f"{self.name}-{self.version}{'-' + self.classifier if self.classifier else ''}.jar"

    @classmethod
    def parse(cls, line: str) -> Artifact:
        """Raise BootstrapError when the line isn't one."""
        found = re.fullmatch(r"([^:\s]+):([^:\s]+):([^:\s]+)(?::([^:\s]+))?\s+([0-9a-f]{64})", line.strip())
        if not found:
            raise BootstrapError(f"not `group:name:version[:classifier] sha256`: {line!r}")
        return cls(found[1], found[2], found[3], found[4] or "", found[5])


def read_list(path: Path) -> list[Artifact]:
    """Return the artifacts of a list file; `#` starts a comment."""
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Artifact.parse(line) for line in lines if line]


def retrieve(
    artifacts: Iterable[Artifact], into: Path, java: Path, ivy: Path, log: Path, console: Console, title: str
) -> None:
    """Put the artifacts into the folder `into` (made anew, complete or not at all).

    Raise DigestMismatchError for a file that isn't the locked one, BootstrapError when Ivy fails.
    """
    wanted = list(artifacts)
    work = into.with_name(f".{into.name}.{os.getpid()}")
    shutil.rmtree(work, ignore_errors=True)
    (work / "files").mkdir(parents=True)
    try:
        (work / "ivy.xml").write_text(_ivy_xml(wanted), encoding="utf-8")
        settings = os.environ.get("GLUE_APP_IVY_SETTINGS")
        run(
            [
                java,
                *truststore.java_options(work),
                *_proxy_options(),
                "-jar",
                ivy,
                *(["-settings", settings] if settings else []),
                *("-ivy", work / "ivy.xml", "-cache", work / "cache"),
                *("-retrieve", f"{work}/files/[artifact]-[revision](-[classifier]).[ext]"),
            ],
            log,
            console,
            title,
            remedy="look whether Maven Central, or the mirror in GLUE_APP_IVY_SETTINGS, can be reached",
        )
        for artifact in wanted:
            check(work / "files" / artifact.file_name, artifact)
        shutil.rmtree(into, ignore_errors=True)
        os.replace(work / "files", into)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def retrieve_for(context: Context, artifacts: list[Artifact], into: Path, title: str) -> None:
    """`retrieve` with the Java and the Ivy that the bootstrap found."""
    into.parent.mkdir(parents=True, exist_ok=True)
    toolchain = context.toolchain
    retrieve(
        artifacts, into, toolchain.java, Path(toolchain.ivy), context.log("maven"), context.console, title
    )


def check(path: Path, artifact: Artifact) -> None:
    """Raise unless the file is there and has the locked digest."""
    if not path.is_file():
        raise BootstrapError(f"{artifact.file_name} wasn't delivered")
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual != artifact.sha256:
        raise DigestMismatchError(artifact.file_name, artifact.sha256, actual)


def _ivy_xml(artifacts: list[Artifact]) -> str:
    return (
        # the namespace is a name: nothing is fetched from there
        '<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">'
        '<info organisation="glue-app" module="artifacts"/><dependencies>'
        + "\n".join(_ivy_dependency(artifact) for artifact in artifacts)
        + "</dependencies></ivy-module>"
    )


def _ivy_dependency(artifact: Artifact) -> str:
    name, inner = quoteattr(artifact.name), ""
    if artifact.classifier:
        inner = f'<artifact name={name} type="jar" ext="jar" m:classifier={quoteattr(artifact.classifier)}/>'
    return (
        f"<dependency org={quoteattr(artifact.group)} name={name} rev={quoteattr(artifact.version)} "
        f'transitive="false" conf="default->master">{inner}</dependency>'
    )


def _proxy_options() -> list[str]:
    """HTTPS_PROXY as the JVM wants to hear it."""
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    parts = urlsplit(proxy) if proxy else None
    if parts is None or not parts.hostname:
        return []
    return [f"-Dhttps.proxyHost={parts.hostname}", f"-Dhttps.proxyPort={parts.port or 80}"]
