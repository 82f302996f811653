"""The versions of AWS Glue that can be had here, and which of them is asked for.

5.1 has the same line of Spark with other modules (pandas 2.3, numpy 2, pyarrow 22): it would be a third
environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class GlueVersion:
    """One version: its name as AWS writes it, its minor version of Python, its Spark."""

    name: str
    python: str
    spark: str

    @property
    def short(self) -> str:
        """As GLUE_VERSION may say it, too: `5`."""
        return self.name.partition(".")[0]

    def step(self, name: str) -> str:
        """A step of this version, and its stamp: what another version has made stays as it is."""
        return f"{name}-{self.name}"

    @property
    def environment_lock(self) -> str:
        """What Glue itself has installed."""
        return f"glue{self.name.replace('.', '')}.txt"

    @property
    def job_lock(self) -> str:
        """What the job brings along."""
        return "job.txt" if self.name == DEFAULT else f"job{self.name.replace('.', '')}.txt"

    @property
    def jar_list(self) -> str:
        """The jars that Spark has beside pyspark's own."""
        return f"jars-{self.name}.txt"


DEFAULT = "4.0"
_ALL = (GlueVersion("4.0", "3.10", "3.3"), GlueVersion("5.0", "3.11", "3.5"))
VERSIONS = {version.name: version for version in _ALL}
WANTED = " or ".join(version.short for version in VERSIONS.values())


class UnknownGlueVersionError(ValueError):
    """GLUE_VERSION names no version that can be had here."""

    def __init__(self, value: str) -> None:
        super().__init__(f"GLUE_VERSION is {value!r}: set it to {WANTED}")
        self.value = value


def parse(text: str) -> GlueVersion:
    """`5` and `5.0` are the same; nothing is the default. Raises UnknownGlueVersionError."""
    for version in VERSIONS.values():
        if (text or DEFAULT) in (version.name, version.short):
            return version
    raise UnknownGlueVersionError(text)


def asked_for(environment: Mapping[str, str] = os.environ) -> GlueVersion:
    """That of GLUE_VERSION. Raises UnknownGlueVersionError."""
    return parse(environment.get("GLUE_VERSION", ""))
