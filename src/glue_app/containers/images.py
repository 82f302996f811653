"""Return the images that the stack runs, or is built from."""

from __future__ import annotations

from glue_app.bootstrap.layout import system

_GLUE_4 = "amazon/aws-glue-libs:glue_libs_4.0.0_image_01"
REFERENCES = {
    "localstack": "localstack/localstack:4.14.0",
    "postgres": "postgres:15",
    "python": "python:3.13-slim",
    "glue-4.0": _GLUE_4,
    "glue-5.0": "public.ecr.aws/glue/aws-glue-libs:5",
}
"""Name → image."""


def names_for(glue_version: str) -> list[str]:
    """Return the images that the stack of this Glue version runs or is built from."""
    return ["postgres", "python", "localstack", f"glue-{glue_version}"]


def reference(name: str) -> str:
    """Return the image of a name, for this machine's processor."""
    if name == "glue-4.0" and system()[1] == "arm64":
        return f"{_GLUE_4}_arm64"
    return REFERENCES[name]
