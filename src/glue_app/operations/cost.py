"""What a plan costs, from reports of the runs before: texts for the model, and time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Any

from glue_app.operations.currency import Currency
from glue_app.operations.deployment import Deployment
from glue_app.operations.plan import Item, Plan

_AT_A_TIME = 16


@dataclass(frozen=True)
class Cost:
    """``anew``: distinct texts that the model has not answered. ``cached``: those it has, as it would now.

    ``unknown``: source versions of which no report says how many texts they hold. Tokens: of ``anew``, by
    what the runs before needed; None where none of them called. ``seconds``: of one source version, the
    median of their last runs; None where no report is left.
    """

    anew: int = 0
    cached: int = 0
    unknown: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None


def cost(deployment: Deployment, dataset: str, plan: Plan, currency: Currency) -> Cost:
    """Estimate. Texts that two uploads have in common count twice: an upper bound."""
    reports = _reports(deployment, dataset, plan)
    took = [report["seconds"]["total"] for report in reports.values() if "seconds" in report]
    seconds = median(took) if took else None
    if currency.asked is None:
        return Cost(seconds=seconds)
    asked = {digest: report["bedrock"] for digest, report in reports.items() if report.get("bedrock")}
    anew = cached = unknown = 0
    for item in plan.items:
        report = asked.get(item.version.source.digest)
        if report is None:
            unknown += 1
        else:
            texts = int(report["distinct"])
            if currency.asks_otherwise(item.version.marker):
                anew += texts
            else:
                cached += texts
    tokens = [_a_text(asked, kind) for kind in ("input_tokens", "output_tokens")]
    of_all = [None if one is None else round(one * anew) for one in tokens]
    return Cost(anew, cached, unknown, of_all[0], of_all[1], seconds)


def _reports(deployment: Deployment, dataset: str, plan: Plan) -> dict[str, Mapping[str, Any]]:
    """Return the report of the last run over each version, by the source's digest. Reports expire."""

    def of(item: Item) -> Mapping[str, Any]:
        version = item.version
        if version.run_id is None:
            return {}
        folder = f"runs/{dataset}/{version.run_id}/silver"
        for key in (f"{folder}/{version.source.digest}.json", f"{folder}.json"):
            report = deployment.json(deployment.silver, key)
            if report is not None:
                return report
        return {}

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        found = zip(plan.items, pool.map(of, plan.items), strict=True)
        return {item.version.source.digest: report for item, report in found if report}


def _a_text(reports: Mapping[str, Mapping[str, Any]], kind: str) -> float | None:
    """Tokens of one text, over all runs that called the model."""
    called = [one for one in reports.values() if one.get("calls")]
    texts = sum(int(one["distinct"]) - int(one["cached"]) for one in called)
    return sum(int(one[kind]) for one in called) / texts if texts else None
