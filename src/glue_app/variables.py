"""Every environment variable of the stack: what it sets, its default, and who reads it.

The programs read them in their own `settings.py`; tests compare this table with those, with what the stack
hands to its processes, with docker-compose.yml and with docs/settings.md. The Bedrock stub knows nothing of
the rest: its variables (`BEDROCK_STUB_…`) stand in stub_bedrock/settings.py alone.
"""

from __future__ import annotations

from dataclasses import dataclass

COMMANDS, EMULATOR, RUNNER, COMPOSE = "commands", "emulator", "runner", "compose"
"""Who reads a variable: what users run, the LocalStack plugin, the Glue runner, docker-compose.yml."""


@dataclass(frozen=True)
class Variable:
    """One variable. `default` is what its value would be, or in words where it is found or made.

    shown: users set it, so that it has a row in docs/settings.md.
    """

    name: str
    what: str
    default: str
    readers: tuple[str, ...]
    shown: bool = False


_ALL = (
    # ------------------------------------------------------------ what users set
    Variable("EDGE_PORT", "port of the one endpoint, on 127.0.0.1", "4566", (COMMANDS, COMPOSE), shown=True),
    Variable(
        "ENGINE", "`docker`, `embedded`, or `auto`: what this machine has", "auto", (COMMANDS,), shown=True
    ),
    Variable("GLUE_VERSION", "AWS Glue that job runs get: `4.0` or `5.0`", "4.0", (COMMANDS,), shown=True),
    Variable(
        "GLUE_APP_STATE",
        "folder of everything the running stack keeps",
        ".state",
        (COMMANDS, EMULATOR),
        shown=True,
    ),
    Variable("GLUE_APP_TOOLS", "folder of toolchains and environments", ".tools", (COMMANDS,), shown=True),
    Variable(
        "GLUE_APP_RDS_NETWORK",
        "loopback network in which each database gets an address",
        "127.20.0.0/16",
        (COMMANDS, EMULATOR),
        shown=True,
    ),
    Variable(
        "GLUE_APP_START_TIMEOUT", "seconds the processes may take to answer", "120", (COMMANDS,), shown=True
    ),
    Variable(
        "GLUE_APP_KEEP_STATE",
        "0 keeps nothing: everything ends with the stack",
        "1",
        (COMMANDS, EMULATOR, COMPOSE),
        shown=True,
    ),
    Variable(
        "GLUE_APP_SNAPSHOTS",
        "folder of the files that `make snapshot` writes",
        ".snapshots",
        (COMMANDS,),
        shown=True,
    ),
    Variable("GLUE_APP_WARM_JVM", "0 keeps no JVMs ready for job runs", "1", (COMMANDS,), shown=True),
    Variable(
        "GLUE_APP_SPARK_ARCHIVE",
        "0 starts Spark without its class-data-sharing archive",
        "1",
        (COMMANDS,),
        shown=True,
    ),
    Variable(
        "GLUE_APP_DEBUG",
        "1 lets LocalStack log each request in full",
        "0",
        (COMMANDS, COMPOSE),
        shown=True,
    ),
    Variable(
        "GLUE_APP_POSTGRES_BIN",
        "folder of initdb, pg_ctl and postgres",
        "found",
        (COMMANDS, EMULATOR),
        shown=True,
    ),
    Variable("GLUE_APP_IVY_SETTINGS", "file that names your Maven mirror", "none", (COMMANDS,), shown=True),
    # ------------------------------------------------------------ what the stack tells the emulator
    Variable("GLUE_APP_ENGINE", "engine that a save is made by", "embedded", (EMULATOR,)),
    Variable(
        "GLUE_APP_GENERATION",
        "id of this life of the stack: a new life knows no old resources",
        "adhoc",
        (EMULATOR,),
    ),
    Variable(
        "GLUE_APP_GLUE_VERSION",
        "AWS Glue that the runner has: jobs of another one fail",
        "4.0",
        (EMULATOR, COMPOSE),
    ),
    Variable("GLUE_APP_RUNNER_URL", "where the runner listens", "http://127.0.0.1:4567", (EMULATOR,)),
    Variable("GLUE_APP_TOKEN_FILE", "file with the runner's token", "<state>/run/runner.token", (EMULATOR,)),
    Variable("GLUE_APP_BEDROCK_URL", "where the Bedrock stub listens", "http://127.0.0.1:4568", (EMULATOR,)),
    Variable(
        "GLUE_APP_POSTGRES_CHANNEL",
        "folder by which another container runs PostgreSQL's programs",
        "none",
        (EMULATOR,),
    ),
    Variable("GLUE_APP_JOB_ENDPOINT_URL", "AWS endpoint as a job sees it", "the gateway's own", (EMULATOR,)),
    Variable(
        "GLUE_APP_RDS_PUBLISHED",
        "`endpoint=where its container listens`, with `,` between several",
        "none",
        (EMULATOR,),
    ),
    Variable(
        "GLUE_APP_RDS_IAM_ADDRESS",
        "where another container's servers ask of IAM's tokens",
        "none",
        (EMULATOR,),
    ),
    Variable("GLUE_APP_RDS_METRICS_S", "seconds from one AWS/RDS data point to the next", "60", (EMULATOR,)),
    Variable(
        "GLUE_APP_RDS_BACKUP_S",
        "seconds after which written data can be restored at the latest",
        "300",
        (EMULATOR,),
    ),
    Variable(
        "GLUE_APP_EVENT_RETRY_S",
        "seconds before EventBridge delivers again, doubled each time",
        "1",
        (EMULATOR,),
    ),
    Variable("GLUE_APP_RESTORE", "folder of the save to begin with", "none", (EMULATOR,)),
    # ------------------------------------------------------------ what the stack tells the runner
    Variable("RUNNER_PORT", "port that the runner listens on", "none: must be set", (RUNNER,)),
    Variable("RUNNER_TOKEN_FILE", "file with the bearer token", "none: must be set", (RUNNER,)),
    Variable("RUNNER_HOME", "folder of runs and of installed modules", "none: must be set", (RUNNER,)),
    Variable("RUNNER_HOST", "address to listen on", "127.0.0.1", (RUNNER,)),
    Variable("RUNNER_GLUE_VERSION", "AWS Glue whose Python, Spark and jars these are", "4.0", (RUNNER,)),
    Variable("RUNNER_JARS", "folder of Spark's additional jars", "none: the image's own", (RUNNER,)),
    Variable("RUNNER_LENT_JARS", "folder of jars that an image may lack", "none", (RUNNER,)),
    Variable("RUNNER_FORWARD", "`here=there,…`: addresses that lead elsewhere", "none", (RUNNER,)),
    Variable("RUNNER_PYTHON", "Python of the jobs", "the runner's own", (RUNNER,)),
    Variable("RUNNER_EXTRA_JAVA_OPTIONS", "appended to the driver's options", "none", (RUNNER,)),
    Variable("RUNNER_SPARK_MASTER", "Spark's master", "local[2]", (RUNNER,)),
    Variable("RUNNER_DRIVER_MEMORY", "memory of a driver", "1g", (RUNNER,)),
    Variable("RUNNER_SLOTS", "runs at a time; the others wait", "4", (RUNNER,)),
    Variable("RUNNER_STOP_GRACE_SECONDS", "seconds from SIGTERM to SIGKILL", "5", (RUNNER,)),
    Variable("RUNNER_EGRESS_ALLOW", "hosts and networks a job may reach", "none", (RUNNER,)),
    Variable("RUNNER_KEEP_RUNS", "finished runs whose logs stay", "50", (RUNNER,)),
    Variable("RUNNER_LOG_LIMIT_MB", "MB of each of a run's two logs", "512", (RUNNER,)),
    Variable("RUNNER_WARM_JVMS", "JVMs kept ready for the next runs", "0", (RUNNER, COMPOSE)),
    # ------------------------------------------------------------ what only docker-compose.yml reads
    *(
        Variable(f"GLUE_APP_RDS_{n}", "address of a database", f"127.20.0.{n}:5432", (COMPOSE,))
        for n in range(1, 5)
    ),
    Variable("GLUE_APP_STUB_PORT", "port of the Bedrock stub, on 127.0.0.1", "4568", (COMPOSE,)),
    Variable("GLUE_APP_TERRAFORM", "folder of Terraform's state", "./.state/terraform", (COMPOSE,)),
    Variable(
        "GLUE_APP_GLUE_IMAGE",
        "image of AWS Glue",
        "amazon/aws-glue-libs:glue_libs_4.0.0_image_01",
        (COMPOSE,),
    ),
    Variable("GLUE_APP_RUNNER_HOME", "home in that image", "/home/glue_user/workspace", (COMPOSE,)),
    Variable("GLUE_APP_JARS", "folder of jars that it may lack", "./.tools/jars/4.0", (COMPOSE,)),
    # ------------------------------------------------------------ marks that processes are known by
    Variable(
        "GLUE_APP_SUITE", "tests that containers are made for; a label of each", "", (COMMANDS, COMPOSE)
    ),
    Variable("GLUE_APP_STACK_PROCESS", "state folder of the stack a process belongs to", "none", (COMMANDS,)),
    Variable("GLUE_APP_RUN", "run that a process belongs to", "none", (RUNNER,)),
    Variable("GLUE_APP_ON_PATH", "what env.sh has put on PATH", "none", (COMMANDS,)),
)

VARIABLES = {variable.name: variable for variable in _ALL}


def read_by(reader: str) -> list[Variable]:
    """Those that `reader` reads, in the table's order."""
    return [variable for variable in VARIABLES.values() if reader in variable.readers]


def default_of(name: str) -> str:
    """Return the default of a variable, as its value would be written."""
    return VARIABLES[name].default
