"""What the state machine makes of an error that ends the step silver: another run, or the end.

The choices are those of infra/pipeline.asl.json.tftpl, walked as Step Functions does.
https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.enrichment.errors import (
    BedrockRefusedError,
    BedrockUnavailableError,
    CacheError,
    CostLimitError,
    EnrichmentAbortedError,
    EnrichmentUnfinishedError,
    LimiterLostError,
    OutOfTimeError,
    RunSpentError,
)
from pipeline.errors import HeaderError, UploadsFailedError

TEMPLATE = Path(__file__).resolve().parents[4] / "infra" / "pipeline.asl.json.tftpl"
STATES: dict[str, Any] = json.loads(re.sub(r"\$\{[^}]*\}", "5", TEMPLATE.read_text(encoding="utf-8")))[
    "States"
]
UNFINISHED = EnrichmentUnfinishedError(answered=3, left=5, minutes=7.0, requests_per_minute=2.0)
ENDS = [
    OutOfTimeError(5, 12, 3.0),
    BedrockUnavailableError("m", "no answer in 10 min, 900 requests throttled: Too many requests", "Look."),
    EnrichmentAbortedError(str(BedrockRefusedError("m", "AccessDeniedException", "no access", "Ask."))),
    EnrichmentAbortedError(str(BedrockRefusedError("m", "ResourceNotFoundException", "no model", "Check."))),
    EnrichmentAbortedError(str(LimiterLostError("driver", 1, "closed"))),
    CacheError("s3://silver/cache", "AccessDenied", "no", "Give."),
    CostLimitError("calls", 10, "stopped"),
    RunSpentError("calls", 10, 5, 6),
    UploadsFailedError(["one", "two"]),
    HeaderError("s3://bronze/k", ["it lacks id"]),
]


def after(state: str, data: dict[str, Any]) -> str:
    """The state that a Choice leads to."""
    choices = STATES[state]["Choices"]
    return str(next((one["Next"] for one in choices if _holds(one, data)), STATES[state]["Default"]))


def _holds(rule: dict[str, Any], data: dict[str, Any]) -> bool:
    if "And" in rule:
        return all(_holds(one, data) for one in rule["And"])
    found: Any = data
    for name in rule["Variable"].removeprefix("$.").split("."):
        if name not in found:
            return rule.get("IsPresent") is False
        found = found[name]
    (kind,) = rule.keys() - {"Variable", "Next"}
    wanted = rule[kind]
    if kind == "StringMatches":  # * is its only wildcard
        return fnmatch.fnmatchcase(found, wanted.replace("[", "[[]").replace("?", "[?]"))
    if kind.startswith("Numeric"):
        return bool({"Equals": found == wanted, "GreaterThan": found > wanted,
                     "GreaterThanEquals": found >= wanted}[kind.removeprefix("Numeric")])  # fmt: skip
    return bool(found == wanted) if kind != "IsPresent" else bool(wanted)


def raised(error: Exception, told: bool = False) -> dict[str, Any]:
    """What the execution knows after the catch; the cause is Glue's job run."""
    run = {"Id": "jr_1", "JobRunState": "FAILED", "ErrorMessage": f"{type(error).__name__}: {error}"}
    caught = {"Error": "States.TaskFailed", "Cause": json.dumps(run)}
    return {"silver": {"state": "CAUGHT"}, "caught": caught, "work": {"told": told}}


def test_a_run_that_has_got_on_is_followed_by_another() -> None:
    """As long as the execution may; then another execution goes on."""
    assert after("Did Silver succeed?", raised(UNFINISHED)) == "List what waits"
    waits = {"waiting": {"count": 1}}
    assert after("Does anything wait?", waits | {"work": {"rounds": 4}}) == "Count the round"
    assert after("Does anything wait?", waits | {"work": {"rounds": 5}}) == "Release the lock"
    assert after("Did anything come?", waits | {"work": {"rounds": 5}}) == "Hand on"


@pytest.mark.parametrize("error", ENDS, ids=lambda error: type(error).__name__)
def test_a_run_that_has_not_got_on_is_the_end(error: Exception) -> None:
    """The next one would come to the same end, and the one after it."""
    assert after("Did Silver succeed?", raised(error)) == "SilverFailed"


def test_only_runs_that_start_nothing_are_tried_again() -> None:
    """The retriers of Silver are those of StartJobRun: after a run that failed a choice decides, no retry."""
    terraform = (TEMPLATE.parent / "orchestration.tf").read_text(encoding="utf-8")
    (used,) = re.findall(r"silver_retriers += jsonencode\(\[(.*)\]\)", terraform)
    assert used == "local.retriers.busy, local.retriers.service"
