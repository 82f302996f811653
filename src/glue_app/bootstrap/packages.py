"""Steps that install locked packages."""

from __future__ import annotations

import shutil
from pathlib import Path

from glue_app.bootstrap import environments, maven, uv
from glue_app.bootstrap.context import Context, Done
from glue_app.bootstrap.layout import REQUIREMENTS
from glue_app.bootstrap.process import run


def ivy(context: Context) -> Done:
    """Out of the Glue environment's pyspark, of whichever version comes first."""
    (jar,) = Path(context.toolchain.glue).glob("lib/python*/site-packages/pyspark/jars/ivy-*.jar")
    return _keep_ivy(context, jar)


def ivy_before_python(context: Context) -> Done:
    """Out of a pyspark unpacked by any Python, for machines where Glue's Python itself is to be fetched."""
    work = context.tools / ".pyspark.new"
    shutil.rmtree(work, ignore_errors=True)
    pins = work.with_suffix(".txt")
    lock = (REQUIREMENTS / context.glue.environment_lock).read_text(encoding="utf-8")
    pins.write_text(only("pyspark", lock), encoding="utf-8")
    run(
        [
            *(context.uv, "pip", "install", "--python", context.toolchain.python_host, "--no-deps"),
            *(
                "--require-hashes",
                "--build-constraints",
                REQUIREMENTS / "build.txt",
                "-r",
                pins,
                "--target",
                work,
            ),
        ],
        context.log("ivy"),
        context.console,
        f"Python {context.glue.python}",
        uv.environment(context.tools),
    )
    (jar,) = work.glob("pyspark/jars/ivy-*.jar")
    done = _keep_ivy(context, jar)
    shutil.rmtree(work)
    pins.unlink()
    return done


def _keep_ivy(context: Context, jar: Path) -> Done:
    target = context.tools / "ivy" / jar.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(jar, target)
    return Done({"ivy": str(target)}, [target], jar.name)


def only(package: str, lock: str) -> str:
    """Return the entry of one package in a lock file: its pin and the indented lines of its digests."""
    lines, inside = [], False
    for line in lock.splitlines():
        if not line.startswith((" ", "#")):
            inside = line.startswith(f"{package}==")
        if inside and not line.strip().startswith("#"):
            lines.append(line)
    return "\n".join(lines) + "\n"


def host(context: Context) -> Done:
    folder = context.tools / "host"
    log = context.log("host")
    python = Path(context.toolchain.python_host)
    environments.make(
        folder, python, REQUIREMENTS / "host.txt", context.uv, log, context.console, "Host environment"
    )
    environments.install_project(folder, context.uv, log, context.console, "Host environment")
    return Done({"host": str(folder)}, [folder / "bin/python", folder / "bin/pytest"], str(folder))


def glue(context: Context) -> Done:
    folder = context.tools / f"glue-{context.glue.name}"
    python = Path(context.toolchain.python_glue)
    log, title = context.log(context.glue.step("glue")), f"Glue {context.glue.name} environment"
    lock = REQUIREMENTS / context.glue.environment_lock
    environments.make(folder, python, lock, context.uv, log, context.console, title)
    return Done({"glue": str(folder)}, [folder / "bin/python", folder / "bin/pytest"], str(folder))


def job_modules(context: Context) -> Done:
    wheels = context.tools / "wheels" / context.glue.name
    folder = context.tools / "job-modules" / context.glue.name
    python = context.toolchain.glue_python
    log, title = context.log(context.glue.step("job-modules")), "The job's wheels"
    lock = REQUIREMENTS / context.glue.job_lock
    environments.download_wheels(wheels, python, lock, log, context.console, title)
    environments.unpack(folder, python, wheels, context.uv, log, context.console, title)
    count = len(list(wheels.glob("*.whl")))
    return Done({"job_modules": str(folder), "wheels": str(wheels)}, [folder, wheels], f"{count} wheels")


def jars(context: Context) -> Done:
    artifacts = maven.read_list(REQUIREMENTS / context.glue.jar_list)
    folder = context.tools / "jars" / context.glue.name
    if sorted(p.name for p in folder.glob("*")) != sorted(a.file_name for a in artifacts):
        maven.retrieve_for(context, artifacts, folder, "Spark's jars")
    for artifact in artifacts:
        maven.check(folder / artifact.file_name, artifact)
    return Done(
        {"jars": str(folder)}, [folder / a.file_name for a in artifacts], f"{len(artifacts)} jars, checked"
    )
