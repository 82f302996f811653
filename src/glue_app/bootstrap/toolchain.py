"""What the bootstrap found or made, for the commands that use it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from glue_app import glue_versions
from glue_app.bootstrap.layout import tools_dir
from glue_app.bootstrap.stamps import Stamp

STEPS_OF_A_GLUE_VERSION = ("glue-python", "glue", "job-modules", "jars")


@dataclass
class Toolchain:
    """Paths as text; an empty one means that its step hasn't run (or, where said, that there is none)."""

    glue_version: str = glue_versions.DEFAULT
    uv: str = ""
    python_host: str = ""  # the Python the host environment is made of
    python_glue: str = ""  # the same of the Glue environment
    java_home: str = ""
    ivy: str = ""  # the Ivy jar that fetches Maven artifacts
    host: str = ""  # the host environment's folder
    catalog: str = ""  # folder of LocalStack's index of AWS operations
    glue: str = ""  # the Glue environment's folder
    jars: str = ""  # folder of the jars that Glue has beside pyspark's own
    job_modules: str = ""  # the job's own wheels, unpacked, for unit tests
    wheels: str = ""  # the same as wheels
    postgres_bin: str = ""
    terraform: str = ""
    terraform_rc: str = ""

    @classmethod
    def load(cls, tools: Path | None = None, glue_version: str = glue_versions.DEFAULT) -> Toolchain:
        """From the stamps of the steps that ran; of those for a version of Glue, from that version's."""
        folder = tools or tools_dir()
        toolchain = cls(glue_version=glue_version)
        for path in sorted((folder / "stamps").glob("*.json")):
            stamp = Stamp.read(folder, path.stem)
            if stamp and _concerns(path.stem, glue_version):
                toolchain.update(stamp.values)
        return toolchain

    def update(self, values: dict[str, str]) -> None:
        """Take over what a step found; names of other versions of this file are ignored."""
        known = {field.name for field in fields(self)}
        for name, value in values.items():
            if name in known:
                setattr(self, name, value)

    @property
    def host_python(self) -> Path:
        """The host environment's interpreter."""
        return Path(self.host, "bin", "python")

    @property
    def glue_python(self) -> Path:
        """The Glue environment's interpreter."""
        return Path(self.glue, "bin", "python")

    @property
    def java(self) -> Path:
        """The `java` program."""
        return Path(self.java_home, "bin", "java")


def _concerns(stamp: str, glue_version: str) -> bool:
    """Not another version's; nor one without a version, as earlier checkouts wrote them."""
    step, _, version = stamp.rpartition("-")
    if step in STEPS_OF_A_GLUE_VERSION and version in glue_versions.VERSIONS:
        return version == glue_version
    return stamp not in STEPS_OF_A_GLUE_VERSION
