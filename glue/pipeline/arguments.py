"""The job's arguments, typed. Glue passes all of them as strings.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-crawler-pyspark-extensions-get-resolved-options.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from pipeline.errors import ArgumentError
from pipeline.source import SourceObject
from pipeline.uploads.position import sequencer

Step = Literal["silver", "gold", "maintain", "forget"]

_REQUIRED = (
    "JOB_NAME",
    "step",
    "dataset",
    "silver_bucket",
    "assets_bucket",
    "datasets_prefix",
    "gold_secret_arn",
    "gold_host",
    "gold_port",
    "gold_database",
    "gold_ca_bundle_key",
    "bedrock_model_id",
)
_SOURCE = ("source_bucket", "source_key", "source_version_id")
_OPTIONAL = (
    *_SOURCE,
    "force",
    "rebuild",
    "request",
    "source_sequencer",
    "unlocked",
    "take_minutes",
    "execution_arn",
    "gold_master_secret_arn",
    "bi_secret_arn",
    "quarantine_days",
    "bedrock_max_in_flight",
    "bedrock_records_per_prompt",
    "bedrock_requests_per_minute",
    "bedrock_tokens_per_minute",
    "bedrock_max_calls",
    "bedrock_max_tokens",
    "bedrock_price_per_million",
    "timeout_minutes",
)


@dataclass(frozen=True)
class JobArguments:
    """What Terraform (``default_arguments``) and the state machine (per run) pass."""

    job_name: str
    job_run_id: str
    """Glue's own; names the run report."""
    step: Step
    dataset: str
    source: SourceObject | None
    """The one source version to process; None: all that waits of the dataset."""
    silver_bucket: str
    assets_bucket: str
    datasets_prefix: str
    gold_secret_arn: str
    gold_host: str
    gold_port: int
    gold_database: str
    gold_ca_bundle_key: str
    """PEM of the authorities that sign the database's certificate, in the assets bucket."""
    bedrock_model_id: str
    force: bool = False
    """Process a source version again though it is in Silver."""
    rebuild: bool = False
    """Of the step maintain: empty Silver, for all uploads to come again."""
    request: str = "none"
    """Of the step forget: which request of ``make forget`` (docs/adr/0026)."""
    source_sequencer: str | None = None
    """Of S3's event, as ``uploads.position.sequencer`` gives it; None: started by hand, without one."""
    execution_arn: str | None = None
    """Of the state machine: who must hold the dataset's lock."""
    unlocked: bool = False
    """Go without the dataset's lock: by hand, where nothing else works on the dataset."""
    take_minutes: int = 15
    """How long a run goes on beginning waiting uploads."""
    gold_master_secret_arn: str | None = None
    """Secret of the master user, who makes that of ``gold_secret_arn``; None: that one may make roles."""
    bi_secret_arn: str | None = None
    """Secret of the role BI tools connect as; None, as in deployments before it: there is none."""
    quarantine_days: int | None = None
    """How long rows stay in quarantine; None: for good."""
    bedrock_max_in_flight: int | None = None
    """None: the default of EnrichmentOptions."""
    bedrock_records_per_prompt: int | None = None
    bedrock_requests_per_minute: int | None = None
    """The model's quota, or the job's part of it; None: the job finds it."""
    bedrock_tokens_per_minute: int | None = None
    bedrock_max_calls: int | None = None
    """Most calls of the run; None: as many as it takes, or as the contract says."""
    bedrock_max_tokens: int | None = None
    bedrock_price_per_million: tuple[float, float] | None = None
    """Of tokens in and out, as ``0.06,0.24``; for the estimate in log and report."""
    timeout_minutes: int | None = None
    """Of the job: Glue stops the run then; None: it does not, or nobody said when."""
    started_at: float = field(default_factory=time.time)
    """Seconds since the epoch."""
    options: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    """All that Glue resolved, its own (``SECURITY_CONFIGURATION``, …) included, for ``Job.init``."""

    @property
    def region(self) -> str:
        """Of everything the job calls, as Terraform makes it: the one in the secret's ARN."""
        return self.gold_secret_arn.split(":")[3]

    @classmethod
    def from_argv(cls, argv: Sequence[str]) -> JobArguments:
        """Read the arguments.

        Raises GlueArgumentError for a missing argument, ArgumentError for a bad value.
        """
        from awsglue.utils import getResolvedOptions

        # Glue knows no optional arguments: ask for those that are there
        given = [name for name in _OPTIONAL if any(_is(word, name) for word in argv)]
        found: dict[str, str] = getResolvedOptions(list(argv), [*_REQUIRED, *given])
        empty = [name for name in _REQUIRED if not found[name]]
        if empty:
            raise ArgumentError(empty[0], "is empty")
        if found["step"] not in get_args(Step):
            raise ArgumentError("step", f"must be {', '.join(get_args(Step))}, not {found['step']!r}")
        secret = found["gold_secret_arn"]
        if not re.match(r"arn:[^:]+:secretsmanager:[a-z0-9-]+:", secret):
            raise ArgumentError("gold_secret_arn", f"must be an ARN with a region, not {secret!r}")
        return cls(
            job_name=found["JOB_NAME"],
            job_run_id=found.get("JOB_RUN_ID") or "local",
            step=cast(Step, found["step"]),
            dataset=found["dataset"],
            source=_source(found),
            silver_bucket=found["silver_bucket"],
            assets_bucket=found["assets_bucket"],
            datasets_prefix=found["datasets_prefix"],
            gold_secret_arn=found["gold_secret_arn"],
            gold_host=found["gold_host"],
            gold_port=_integer("gold_port", found["gold_port"]),
            gold_database=found["gold_database"],
            gold_ca_bundle_key=found["gold_ca_bundle_key"],
            bedrock_model_id=found["bedrock_model_id"],
            force=_boolean("force", found.get("force", "false")),
            rebuild=_boolean("rebuild", found.get("rebuild", "false")),
            request=found.get("request", "none"),
            source_sequencer=_sequencer("source_sequencer", found),
            execution_arn=found.get("execution_arn"),
            unlocked=_boolean("unlocked", found.get("unlocked", "false")),
            take_minutes=_optional_integer("take_minutes", found) or cls.take_minutes,
            gold_master_secret_arn=found.get("gold_master_secret_arn") or None,
            bi_secret_arn=found.get("bi_secret_arn") or None,
            quarantine_days=_optional_integer("quarantine_days", found),
            bedrock_max_in_flight=_optional_integer("bedrock_max_in_flight", found),
            bedrock_records_per_prompt=_optional_integer("bedrock_records_per_prompt", found),
            bedrock_requests_per_minute=_optional_integer("bedrock_requests_per_minute", found),
            bedrock_tokens_per_minute=_optional_integer("bedrock_tokens_per_minute", found),
            bedrock_max_calls=_optional_integer("bedrock_max_calls", found),
            bedrock_max_tokens=_optional_integer("bedrock_max_tokens", found),
            bedrock_price_per_million=_price("bedrock_price_per_million", found),
            timeout_minutes=_optional_integer("timeout_minutes", found),
            options=found,
        )


def _is(word: str, name: str) -> bool:
    return word == f"--{name}" or word.startswith(f"--{name}=")


def _source(found: Mapping[str, str]) -> SourceObject | None:
    given = [found.get(name) or "" for name in _SOURCE]
    if any(given) and not all(given):
        raise ArgumentError(
            _SOURCE[given.index("")], f"is missing: give all of {', '.join(_SOURCE)}, or none"
        )
    return SourceObject(*given) if any(given) else None


def _integer(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise ArgumentError(name, f"must be a whole number above 0, not {text!r}")
    return int(text)


def _optional_integer(name: str, found: dict[str, str]) -> int | None:
    return _integer(name, found[name]) if name in found else None


def _price(name: str, found: dict[str, str]) -> tuple[float, float] | None:
    if name not in found:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?,\d+(\.\d+)?", found[name], re.ASCII):
        raise ArgumentError(name, f"must be two prices, in and out, as 0.06,0.24, not {found[name]!r}")
    of_input, of_output = found[name].split(",")
    return float(of_input), float(of_output)


def _sequencer(name: str, found: dict[str, str]) -> str | None:
    try:
        return sequencer(found.get(name))
    except ValueError as error:
        raise ArgumentError(name, str(error)) from None


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ArgumentError(name, f"must be true or false, not {text!r}")
    return text.lower() == "true"
