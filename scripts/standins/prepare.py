"""Has the images of the stack: present on the engine, else pulled, else a stand-in built here."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.layout import tools_dir
from glue_app.bootstrap.process import output
from glue_app.containers.engine import DockerEngine
from glue_app.containers.images import reference
from scripts.standins import builder as standins
from scripts.standins import pulling
from scripts.standins.pulling import PullError


class Origin(str, Enum):
    """Where an image came from."""

    PRESENT = "present"
    PULLED = "pulled"
    STAND_IN = "stand-in"


def ensure(
    engine: DockerEngine,
    names: Iterable[str],
    say: Callable[[str], None],
    tools: Path | None = None,
    replace_stand_ins: bool = False,
) -> dict[str, Origin]:
    """Have each image on the engine, and say which it is. Raises ImageError.

    A stand-in that is there is kept, or built anew when what it is made of has changed; with
    `replace_stand_ins` the real image is tried first.
    """
    builder = standins.Builder(engine, tools or tools_dir(), Console(to=say))
    silent: dict[str, str] = {}  # registry → why it isn't asked again
    origins = {}
    for name in names:
        origins[name], how = _ensure_one(engine, name, builder, silent, replace_stand_ins)
        say(f"  {reference(name):<50} {origins[name].value}{how}")
    return origins


def _ensure_one(
    engine: DockerEngine, name: str, builder: standins.Builder, silent: dict[str, str], replace: bool
) -> tuple[Origin, str]:
    image = reference(name)
    labels = labels_of(engine, image)
    is_stand_in = labels is not None and standins.LABEL in labels
    if labels is not None and not is_stand_in:
        return Origin.PRESENT, _digest(engine, image)
    if is_stand_in and not replace:
        return Origin.STAND_IN, _build(builder, name, image)
    registry = registry_of(image)
    if registry not in silent:
        try:
            pulling.pull(engine, image, builder.console)
            return Origin.PULLED, _digest(engine, image)
        except PullError as e:
            if e.of_registry:
                silent[registry] = e.reason
            reason = e.reason
    else:
        reason = silent[registry]
    return Origin.STAND_IN, f"{_build(builder, name, image)}; not to be pulled: {reason}"


def _build(builder: standins.Builder, name: str, image: str) -> str:
    started = time.monotonic()
    built = builder.build(name, image)
    return f" (built in {time.monotonic() - started:.0f} s)" if built else " (built before)"


def labels_of(engine: DockerEngine, image: str) -> dict[str, str] | None:
    """Return the labels of an image that is on the engine; None when it isn't there."""
    inspect = [*engine.docker, "image", "inspect", "--format", "{{json .Config.Labels}}", image]
    printed = output(inspect, env=engine.environment)
    if printed is None:
        return None
    try:
        return json.loads(printed.splitlines()[-1]) or {}
    except (ValueError, IndexError):
        return {}


def _digest(engine: DockerEngine, image: str) -> str:
    """` sha256:…` by which the registry knows it, for whoever wants to pin it; empty for one built here."""
    inspect = ["image", "inspect", "--format", "{{range .RepoDigests}}{{.}} {{end}}", image]
    printed = output([*engine.docker, *inspect], env=engine.environment) or ""
    found = next((name for name in printed.split() if "@" in name), "")
    return f" {found.partition('@')[2]}" if found else ""


def registry_of(image: str) -> str:
    """Return the registry's host, by Docker's rule; empty for Docker's own."""
    first, slash, _ = image.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else ""
