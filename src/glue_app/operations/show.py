"""What an operation says, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glue_app.operations.cost import Cost
from glue_app.operations.plan import Plan
from glue_app.operations.source_versions import SourceVersion

_SHOWN = 20


def plan_lines(dataset: str, versions: Sequence[SourceVersion], plan: Plan, cost: Cost) -> Iterator[str]:
    """Return what would be done, and what it would cost."""
    size = f"{plan.rows:,} rows that are known, {plan.bytes:,} bytes"
    there = number(len(versions), "source version")
    yield f"{dataset}: {there} in Bronze, {len(plan.items):,} to process ({size})"
    for nth, item in enumerate(plan.items[:_SHOWN], 1):
        one = item.version
        rows = "?" if one.rows is None else f"{one.rows:,}"
        yield f"  {nth:>4}  {one.modified_at:%Y-%m-%d %H:%M:%S}  {rows:>9} rows  {one.source.key}"
        yield f"        {one.source.version_id}  {item.why}"
    if len(plan.items) > _SHOWN:
        yield f"        … and {len(plan.items) - _SHOWN:,} more, in the order of their uploads"
    for reason, count in sorted(plan.skipped.items(), key=lambda one: -one[1]):
        yield f"  skipped {count:>5,}  {reason}"
    if plan.items:
        yield from _cost_lines(plan, cost)


def _cost_lines(plan: Plan, cost: Cost) -> Iterator[str]:
    if cost.anew or cost.cached or cost.unknown:
        tokens = ""
        if cost.input_tokens is not None and cost.anew:
            tokens = f" (about {cost.input_tokens:,} tokens in, {cost.output_tokens:,} out)"
        yield f"  model   {cost.anew:>5,} texts to ask anew{tokens}"
        yield f"          {cost.cached:>5,} texts cached, for as long as the cache keeps them"
        if cost.unknown:
            yield f"          {number(cost.unknown, 'source version')} whose texts no report counts"
    if cost.seconds is not None:
        whole = duration(cost.seconds * len(plan.items))
        yield f"  time    about {whole}: {duration(cost.seconds)} each, the median of their last runs"


def progress(nth: int, of: int, version: SourceVersion, problem: str | None, took: str) -> str:
    """Return a source version that was processed."""
    word = "✓" if problem is None else "✗"
    told = f"\n        {problem}" if problem else ""
    return f"  {word} {nth:>4}/{of}  {version.source.key}  {took}".rstrip() + told


def number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
