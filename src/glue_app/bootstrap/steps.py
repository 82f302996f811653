"""The steps of the bootstrap, in order: what each needs, and what it must be done anew for."""

from __future__ import annotations

import os

from glue_app.bootstrap import catalog, find_terraform, packages, programs, provider
from glue_app.bootstrap.context import Step
from glue_app.bootstrap.layout import REQUIREMENTS, ROOT
from glue_app.glue_versions import GlueVersion


def steps_for(glue: GlueVersion) -> tuple[Step, ...]:
    """Those of one version of Glue; the other versions' are left as they are."""
    return (
        Step("uv", "uv", "looking for it", programs.get_uv),
        Step(
            "terraform",
            "Terraform",
            "looking for it",
            programs.terraform,
            inputs=lambda _: [find_terraform.on_path()],
        ),
        Step("host-python", "Python 3.13 or 3.12", "looking for it", programs.host_python, ("uv",)),
        Step(
            "host",
            "Host environment",
            "installing LocalStack, the stub's and the tests' packages by digest",
            packages.host,
            ("host-python",),
            lambda c: [
                REQUIREMENTS / "host.txt",
                ROOT / "pyproject.toml",
                str(ROOT),
                c.toolchain.python_host,
            ],
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
        Step(
            glue.step("glue-python"),
            f"Python {glue.python}",
            "looking for it",
            programs.glue_python,
            ("java",),
        ),
        Step(
            glue.step("glue"),
            f"Glue {glue.name} environment",
            f"installing pyspark {glue.spark}, Delta and Glue's packages by digest",
            packages.glue,
            (glue.step("glue-python"),),
            lambda c: [
                REQUIREMENTS / glue.environment_lock,
                REQUIREMENTS / "build.txt",
                c.toolchain.python_glue,
            ],
        ),
        Step("ivy", "Ivy", "taking it out of pyspark", packages.ivy, (glue.step("glue"),)),
        Step(
            glue.step("job-modules"),
            "The job's wheels",
            "downloading by digest",
            packages.job_modules,
            (glue.step("glue"),),
            lambda c: [REQUIREMENTS / glue.job_lock, c.toolchain.python_glue],
        ),
        Step(
            glue.step("jars"),
            "Spark's jars",
            "getting them by Maven coordinate",
            packages.jars,
            ("java", "ivy"),
            lambda _: [REQUIREMENTS / glue.jar_list],
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
            lambda _: [
                find_terraform.PROVIDER_VERSION,
                *(str(m) for m in find_terraform.mirror_candidates()),
            ],
        ),
    )
