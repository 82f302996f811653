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
from glue_app.setting_readers import SettingError
from glue_app.variables import default_of


@dataclass(frozen=True)
class GlueVersion:
    """One version: its name as AWS writes it, its minor version of Python, its Spark."""

    name: str
    python: str
    spark: str

    @classmethod
    def of_aws(cls, name: str) -> GlueVersion:
        """Return what AWS has in this version."""
        runtime = OF_AWS[name]
        return cls(name, runtime.python, runtime.spark.rpartition(".")[0])

    @property
    def short(self) -> str:
        """As GLUE_VERSION may say it, too: `5`."""
        return self.name.partition(".")[0]

    def step(self, name: str) -> str:
        """Name a step of this version, and its stamp: what another version has made stays as it is."""
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


DEFAULT = default_of("GLUE_VERSION")
VERSIONS = {name: GlueVersion.of_aws(name) for name in ("4.0", "5.0")}
"""Those that a stack can be started with."""
WANTED = " or ".join(VERSIONS)


def _why_not(value: str) -> str:
    """Tell what a version of AWS needs that is asked for and not to be had; `6` is 6.0."""
    named = value if "." in value else f"{value}.0"
    return f" ({what_it_needs(named)})" if named in OF_AWS else ""


def parse(text: str) -> GlueVersion:
    """`5` and `5.0` are the same, `5.1` is not; nothing is the default. Raises SettingError."""
    for version in VERSIONS.values():
        if (text or DEFAULT) in (version.name, version.short):
            return version
    raise SettingError("GLUE_VERSION", text, f"{WANTED}{_why_not(text)}")


def asked_for(environment: Mapping[str, str] = os.environ) -> GlueVersion:
    """Return the version that GLUE_VERSION names. Raises SettingError."""
    return parse(environment.get("GLUE_VERSION", ""))
