"""The suites of `make test SUITE=…`: which tests each has, and where they run.

Marks choose the tests. A test carries the names of its first two folders below `tests/` (tests/conftest.py),
as `integration` and `rds`; besides, `slow`, `database` and `embedded`, which pyproject.toml explains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from glue_app.settings import Settings
from scripts.suites import programs


@dataclass(frozen=True)
class Stage:
    """One run of pytest: the tests of a tier that have the marks."""

    name: str
    folder: str
    marks: str = ""  # pytest's -m
    job: bool = False  # runs in Glue's Python, beside Spark and the modules that the job brings along
    prints: bool = False  # what passing tests print is shown: their figures
    needs: Callable[[Settings], None] | None = None  # gets a program, or says which tests are skipped without


@dataclass(frozen=True)
class Suite:
    """Stages, two at a time, on the embedded engine unless it says otherwise."""

    what: str
    stages: tuple[Stage, ...]
    glue_version: str = ""  # always with this one; else with that of GLUE_VERSION
    on_docker: bool = False  # one stage at a time, in containers


CHECK = Stage("check", "")  # no pytest: scripts/check.py
UNIT = Stage("unit", "tests/unit", "not glue")
JOB = Stage("unit-glue", "tests/unit/glue", "not slow", job=True)
E2E = Stage("e2e", "tests/e2e", "not slow")
# the integration tests in three, which have a stack each and run side by side
SERVICES = Stage(
    "integration-services",
    "tests/integration",
    "(rds or state or host) and not database",
    needs=programs.browser_for_web_pages,
)
STACK = Stage("integration-stack", "tests/integration", "stack")
OTHERS = Stage("integration", "tests/integration", "not (rds or state or host or ssm or stack or slow)")

SUITES: dict[str, Suite] = {
    "all": Suite(
        "check, unit, integration, e2e: what a release passes",
        (CHECK, E2E, JOB, OTHERS, STACK, SERVICES, UNIT),
    ),
    "unit": Suite("nothing runs but local files, and Spark for those of glue/", (JOB, UNIT)),
    "integration": Suite("rooms on real components: a stack, PostgreSQL, Spark", (OTHERS, STACK, SERVICES)),
    "e2e": Suite("everything, applied by Terraform", (E2E,)),
    "docker": Suite(
        "integration and e2e on containers, on an engine found or lent; and docker kill",
        (
            Stage(
                "integration",
                "tests/integration",
                "(glue or rds or bedrock or host or ssm) and not embedded",
            ),
            E2E,
            Stage("docker", "tests/docker"),
        ),
        on_docker=True,
    ),
    "database": Suite(
        "failover, backups, IAM and metrics of databases, and the tunnel with AWS's own plugin",
        (
            Stage(
                "database",
                "tests/integration",
                "database or ssm",
                needs=programs.session_manager_plugin_for_tunnels,
            ),
        ),
    ),
    "clusters": Suite(
        "the job with several executors, and killed; warm JVMs against cold ones",
        (
            Stage("clusters", "tests/integration", "slow"),
            Stage("clusters-glue", "tests/unit/glue", "slow", job=True),
        ),
    ),
    "glue5": Suite(
        "what depends on the version of Glue, with Glue 5",
        (
            JOB,
            Stage("integration-jobs", "tests/integration", "glue or silver or enrichment"),
            Stage("e2e", "tests/e2e", "not slow and not long"),
        ),
        glue_version="5.0",
    ),
    "drill-state": Suite(
        "kill the stack 50 times at random points, look what came back  [DRILL_SEED=n DRILL_KILLS=n]",
        (Stage("drill-state", "tests/drill", "state"),),
    ),
    "drill-failover": Suite(
        "lose Gold's servers 100 times under loads  [DRILL_SEED=n DRILL_KILLS=n DRILL_EXECUTIONS=n]",
        (Stage("drill-failover", "tests/drill", "failover", prints=True),),
    ),
    "drill-fuzz": Suite(
        "send 20,000 requests, right and wrong: none is a 500  [DRILL_SEED=n DRILL_CASES=n]",
        (Stage("drill-fuzz", "tests/drill", "fuzz", prints=True),),
    ),
    "drill-bursts": Suite(
        "500 uploads at once over 3 datasets, without Spark: few runs, none lost  [DRILL_UPLOADS=n]",
        (Stage("drill-bursts", "tests/e2e", "slow", prints=True),),
    ),
    "drill-rows": Suite(
        "1,000 sequences of uploads of each kind, and 30 with Spark  [DRILL_SEED=n DRILL_SEQUENCES=n]",
        (
            Stage("drill-rows", "tests/drill", "rows", prints=True),
            Stage("drill-rows-spark", "tests/unit/glue/silver", "slow", job=True),
        ),
    ),
}
