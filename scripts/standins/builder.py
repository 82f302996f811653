"""Builds stand-ins from scripts/standins/images, where no registry is to be reached.

A folder there becomes an image `glue-app/stand-in:<folder>`, which then gets the real image's name as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glue_app.bootstrap.console import Console
from glue_app.bootstrap.errors import BootstrapError
from glue_app.bootstrap.layout import REQUIREMENTS
from glue_app.bootstrap.process import output, run
from glue_app.bootstrap.stamps import digest_of
from glue_app.containers.engine import DockerEngine
from scripts.standins import base_files, python_files
from scripts.standins.errors import ImageError

FOLDER = Path(__file__).with_name("images")
LABEL = "glue-app.stand-in"
_INPUTS = "glue-app.stand-in.inputs"


@dataclass(frozen=True)
class Recipe:
    """What a stand-in is made of beside its folder.

    `parent` is the stand-in below it, `requirements` are files of requirements/, `add` puts more files into
    the build context.
    """

    parent: str = ""
    requirements: tuple[str, ...] = ()
    add: Callable[[Path, Path, Console], None] = lambda context, tools, console: None


RECIPES = {
    "base": Recipe(add=base_files.add),
    "python": Recipe("base", add=python_files.adding("3.13")),
    "postgres": Recipe("base"),
    "localstack": Recipe("python", ("host.txt",)),
    "glue": Recipe("base"),
    "glue-4.0": Recipe(
        "glue", ("glue40.txt", "build.txt", "jars-4.0.txt"), python_files.adding("3.10", jars=True)
    ),
    "glue-5.0": Recipe("glue", ("glue50.txt", "build.txt")),
}


class Builder:
    """Builds on one engine; contexts and logs lie in the tools' folder."""

    def __init__(self, engine: DockerEngine, tools: Path, console: Console) -> None:
        self.console = console
        self._engine = engine
        self._tools = tools

    def build(self, name: str, image: str = "") -> bool:
        """Have the stand-in, under the name of `image` too. False when it was there. Raises ImageError."""
        recipe, tag = RECIPES[name], f"glue-app/stand-in:{name}"
        built = bool(recipe.parent) and self.build(recipe.parent)
        digest = digest_of_inputs(name)
        there = self._inputs_of(tag) == digest
        if not there:
            try:
                self._build(name, recipe, tag, digest)
            except BootstrapError as e:
                raise ImageError(f"the stand-in {name} can't be built: {e.problem}", e.remedy, e.log) from e
        if image:
            self._docker("tag", tag, image)
        return built or not there

    def _build(self, name: str, recipe: Recipe, tag: str, digest: str) -> None:
        context = self._tools / "docker" / "contexts" / name
        shutil.rmtree(context, ignore_errors=True)
        shutil.copytree(FOLDER / name, context)
        try:
            with self.console.step(f"stand-in {name}", "building"):
                for file in recipe.requirements:
                    shutil.copy(REQUIREMENTS / file, context)
                recipe.add(context, self._tools, self.console)
                labels = ["--label", f"{LABEL}=true", "--label", f"{_INPUTS}={digest}"]
                self._docker("build", *labels, "--tag", tag, str(context), title=f"stand-in {name}")
        finally:
            shutil.rmtree(context, ignore_errors=True)

    def _docker(self, *arguments: str, title: str = "Docker") -> None:
        log = self._tools / "logs" / "stand-ins.log"
        run([*self._engine.docker, *arguments], log, self.console, title, self._engine.environment)

    def _inputs_of(self, tag: str) -> str:
        inspect = ["image", "inspect", "--format", f'{{{{index .Config.Labels "{_INPUTS}"}}}}', tag]
        printed = output([*self._engine.docker, *inspect], env=self._engine.environment)
        return (printed or "").strip()


def digest_of_inputs(name: str) -> str:
    """Of all that a stand-in is made of, those below it included."""
    recipe = RECIPES[name]
    parts: list[str | Path] = [digest_of_inputs(recipe.parent)] if recipe.parent else []
    for file in sorted(path for path in (FOLDER / name).rglob("*") if path.is_file()):
        parts += [str(file.relative_to(FOLDER)), file]
    return digest_of([*parts, *(REQUIREMENTS / file for file in recipe.requirements)])[:16]
