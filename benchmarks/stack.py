"""A stack of the benchmark's own: time to applied, memory, speed of a file."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from glue_app.bootstrap.layout import ROOT
from glue_app.bootstrap.toolchain import Toolchain
from glue_app.containers import engine as containers
from glue_app.e2e import proof
from glue_app.e2e.stack import RunningStack
from glue_app.settings import Settings
from glue_app.snapshots.commands import SnapshotCommands
from glue_app.stack import ports, processes
from glue_app.stack.commands import Commands
from glue_app.stack.compose import Compose
from glue_app.stack.layout import StateLayout

MEBIBYTE = 1024 * 1024


def engines(settings: Settings) -> list[str]:
    """Those that this machine has, or the one that ENGINE names."""
    if settings.engine != "auto":
        return [settings.engine]
    return ["embedded", "docker"] if containers.find(tools=settings.tools) else ["embedded"]


def measure(settings: Settings, engine: str) -> list[Figure]:
    """Apply a stack from nothing, send the sample twice, end it and bring it back."""
    state = settings.state / f"bench-{engine}"
    settings = replace(
        settings, engine=engine, state=state, snapshots=state / "snapshots", edge_port=ports.free_port()
    )
    commands = Commands(settings, Toolchain.load(settings.tools, settings.glue_version), print)
    commands.forget()
    try:
        started = time.monotonic()
        commands.up()
        up = time.monotonic() - started
        layout = StateLayout(settings.state)
        waits = _waiting(layout.log("terraform").read_text(encoding="utf-8").splitlines())
        idle = _idle_memory(settings)
        stack = RunningStack.connect(settings)
        runs = [_run(stack, settings) for _ in range(2)]
        kept = _kept(settings, commands)
    finally:
        commands.forget()
    figures = [
        Figure("make up, everything installed, to applied", f"{up:.0f} s"),
        Figure("… of it the provider's own waiting", f"{waits[1]:.0f} s  {waits[0]}"),
        Figure("… the rest: processes, plan, all other resources", f"{up - waits[1]:.0f} s", "20 s"),
        Figure("idle memory of the whole stack (PSS)", f"{idle / MEBIBYTE:.0f} MiB", "1229 MiB"),
        *_of_runs(runs),
        *kept,
    ]
    return figures if engine == "embedded" else [replace(f, name=f"{engine}: {f.name}") for f in figures]


def _of_runs(runs: list[dict[str, Any]]) -> list[Figure]:
    first, again = runs
    start = max(run["hops"][0]["seconds"] for run in runs)
    overhead = [value for run in runs for value in run["overheads"]]
    return [
        Figure("make run of the sample, first", f"{first['seconds']:.1f} s", "30 s"),
        Figure("make run of the sample, answers cached", f"{again['seconds']:.1f} s", "30 s"),
        Figure("upload → execution started", f"{start:.2f} s", "1 s"),
        Figure("Step Functions' own time a task", f"{statistics.median(overhead):.2f} s", "1 s"),
        Figure("Bedrock calls per 1,000 rows", f"{first['bedrock_calls_per_1000_rows']:.0f}"),
    ]


def _kept(settings: Settings, commands: Commands) -> list[Figure]:
    """Restart with state, and a snapshot there and back."""
    snapshots = SnapshotCommands(settings, commands, print)
    commands.down()
    for last in settings.snapshots.glob("bench.*"):  # a benchmark's before
        last.unlink()
    seconds = {
        "make up with state, to the whole stack (no apply)": _timed(commands.up),
        "make snapshot": _timed(lambda: snapshots.create("bench")),
        "make restore": _timed(lambda: snapshots.restore("bench", trust=False)),
    }
    goals = {"make up with state, to the whole stack (no apply)": "10 s"}
    size = next(settings.snapshots.glob("bench.*")).stat().st_size
    figures = [Figure(name, f"{value:.1f} s", goals.get(name, "")) for name, value in seconds.items()]
    return [*figures, Figure("size of that snapshot", f"{size / MEBIBYTE:.1f} MiB")]


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _run(stack: RunningStack, settings: Settings) -> dict[str, Any]:
    sample = ROOT / "data" / "customer_feedback.csv"
    if proof.send(settings, str(sample), "customer_feedback") != 0:
        raise SystemExit("the sample did not go through: no figures")
    report: dict[str, Any] = json.loads(stack.report_path.read_text(encoding="utf-8"))
    report["overheads"] = list(_overheads(stack, report))
    return report


def _overheads(stack: RunningStack, report: dict[str, Any]) -> Iterable[float]:
    """Return a task's seconds less its job run's: what Step Functions adds."""
    runs = stack.client("glue").get_job_runs(JobName=stack.outputs["glue_job_name"], MaxResults=2)["JobRuns"]
    states = [hop for hop in report["hops"] if hop["name"] in ("Silver", "Gold")]
    for hop, run in zip(states, sorted(runs, key=lambda run: run["StartedOn"]), strict=True):
        yield hop["seconds"] - (run["CompletedOn"] - run["StartedOn"]).total_seconds()


def _waiting(log: list[str]) -> tuple[str, float]:
    """Return the provider's own waiting on the longest way: (what, seconds).

    That is the resource whose creation took longest, and before it the slowest of those that had to be there
    first (the ones that ended just before it began).
    """
    created: list[
        tuple[float, float, str]
    ] = []  # seconds since the epoch at the end, seconds it took, address
    for line in log:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("type") == "apply_complete" and event["hook"]["action"] == "create":
            hook = event["hook"]
            end = datetime.fromisoformat(event["@timestamp"]).timestamp()
            created.append((end, float(hook["elapsed_seconds"]), hook["resource"]["addr"]))
    end, longest, address = max(created, key=lambda item: item[1])
    before = [item for item in created if item[0] <= end - longest + 1]
    _, waited, first = max(before, key=lambda item: item[1], default=(0.0, 0.0, "nothing"))
    return f"{first}, {address}", waited + longest


def _idle_memory(settings: Settings) -> int:
    """Bytes of all processes of the stack; pages that processes share are counted once.

    Of containers what their engine says of each: with the page cache that it counts for it.
    """
    if settings.engine == "docker":
        docker = containers.reach(tools=settings.tools)
        compose = Compose(docker, settings, print)
        ids = compose.run("ps", "--quiet").split()
        shown = compose.docker("stats", "--no-stream", "--format", "{{.MemUsage}}", *ids)
        return sum(_bytes(line.split("/")[0]) for line in shown.splitlines())
    return sum(_proportional_set_size(process.pid) for process in processes.of_stack(settings.state))


def _bytes(text: str) -> int:
    """`485.2MiB`."""
    number, unit = re.fullmatch(r"([\d.]+)\s*([KMG]?i?B)", text.strip()).groups()  # type: ignore[union-attr]
    return int(float(number) * {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}[unit])


def _proportional_set_size(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
