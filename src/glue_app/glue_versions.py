"""The versions of AWS Glue that can be had here, and which of them is asked for.

5.1 has the same line of Spark with other modules (pandas 2.3, numpy 2, pyarrow 22): it would be a third
environment. 6.0 has another Spark, Scala, Python and Delta. `5` is 5.0, the only 5 that can be had here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from glue_app.aws.glue_versions import VERSIONS as OF_AWS
from glue_app.aws.glue_versions import what_it_needs


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
WANTED = " or ".join(VERSIONS)


class UnknownGlueVersionError(ValueError):
    """GLUE_VERSION names no version that can be had here."""

    def __init__(self, value: str) -> None:
        self.value, self.wanted = value, f"{WANTED}{_why_not(value)}"
        super().__init__(f"GLUE_VERSION is {value!r}: set it to {self.wanted}")


def _why_not(value: str) -> str:
    """What a version of AWS needs that is asked for and not to be had; `6` is 6.0."""
    named = value if "." in value else f"{value}.0"
    return f" ({what_it_needs(named)})" if named in OF_AWS else ""


def parse(text: str) -> GlueVersion:
    """`5` and `5.0` are the same, `5.1` is not; nothing is the default. Raises UnknownGlueVersionError."""
    for version in VERSIONS.values():
        if (text or DEFAULT) in (version.name, version.short):
            return version
    raise UnknownGlueVersionError(text)


def asked_for(environment: Mapping[str, str] = os.environ) -> GlueVersion:
    """That of GLUE_VERSION. Raises UnknownGlueVersionError."""
    return parse(environment.get("GLUE_VERSION", ""))
