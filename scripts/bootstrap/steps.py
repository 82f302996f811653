"""The steps of the bootstrap, in order: what each needs, and what it must be done anew for."""

from __future__ import annotations

import os
import shutil

from scripts.bootstrap import catalog, find_terraform, packages, programs, provider
from scripts.bootstrap.context import Step
from scripts.bootstrap.layout import REQUIREMENTS, ROOT

STEPS = (
    Step("uv", "uv", "looking for it", programs.get_uv),
    Step(
        "terraform",
        "Terraform",
        "looking for it",
        programs.terraform,
        inputs=lambda _: [shutil.which("terraform") or ""],
    ),
    Step("host-python", "Python 3.13 or 3.12", "looking for it", programs.host_python, ("uv",)),
    Step(
        "host",
        "Host environment",
        "installing LocalStack, the stub's and the tests' packages by digest",
        packages.host,
        ("host-python",),
        lambda c: [REQUIREMENTS / "host.txt", ROOT / "pyproject.toml", str(ROOT), c.toolchain.python_host],
    ),
    Step(
        "catalog",
        "LocalStack's catalog",
        "indexing all AWS operations",
        catalog.build,
        ("host",),
        lambda c: [REQUIREMENTS / "host.txt", c.toolchain.python_host],
    ),
    Step(
        "java",
        "Java 17, 11 or 8",
        "looking for it",
        programs.java,
        ("host-python",),
        lambda _: [os.environ.get("JAVA_HOME", ""), REQUIREMENTS / "jre.txt"],
    ),
    Step("glue-python", "Python 3.10", "looking for it", programs.glue_python, ("java",)),
    Step(
        "glue",
        "Glue 4.0 environment",
        "installing pyspark 3.3, Delta and Glue's packages by digest",
        packages.glue,
        ("glue-python",),
        lambda c: [REQUIREMENTS / "glue40.txt", REQUIREMENTS / "build.txt", c.toolchain.python_glue],
    ),
    Step("ivy", "Ivy", "taking it out of pyspark", packages.ivy, ("glue",)),
    Step(
        "job-modules",
        "The job's wheels",
        "downloading by digest",
        packages.job_modules,
        ("glue",),
        lambda c: [REQUIREMENTS / "job.txt", c.toolchain.python_glue],
    ),
    Step(
        "jars",
        "Spark's jars",
        "getting them by Maven coordinate",
        packages.jars,
        ("java", "ivy"),
        lambda _: [REQUIREMENTS / "jars-4.0.txt"],
    ),
    Step(
        "postgres",
        "PostgreSQL server",
        "looking for it",
        programs.postgres,
        ("java", "ivy"),
        lambda _: [os.environ.get("GLUE_APP_POSTGRES_BIN", ""), REQUIREMENTS / "postgres.txt"],
    ),
    Step(
        "provider",
        "AWS provider",
        f"looking for hashicorp/aws {find_terraform.PROVIDER_VERSION}",
        provider.prepare,
        ("terraform",),
        lambda _: [find_terraform.PROVIDER_VERSION, *(str(m) for m in find_terraform.mirror_candidates())],
    ),
)
