"""Follows `terraform apply -json`: a line of progress every few seconds instead of hundreds.

https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

from glue_app.stack.terraform_errors import describe, first_error

_EVERY_S = 10.0


@dataclass
class Progress:
    """What the messages so far say."""

    planned: int = 0
    done: int = 0
    running: dict[str, float] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    news: list[str] = field(default_factory=list)

    def take(self, message: dict[str, Any]) -> None:
        """Take one message in; what is worth a line at once goes to `news`."""
        kind = message.get("type")
        if message.get("hook", {}).get("action") == "read":  # of a data source: not in the plan's counts
            return
        if kind == "change_summary":
            self._summary(message["changes"])
        elif kind == "apply_start":
            self.running[message["hook"]["resource"]["addr"]] = time.monotonic()
        elif kind in ("apply_complete", "apply_errored"):
            self.running.pop(message["hook"]["resource"]["addr"], None)
            self.done += kind == "apply_complete"
        elif kind == "diagnostic" and message.get("@level") == "error":
            self.errors.append(describe(message["diagnostic"]))
            self.news.append(f"error: {self.errors[-1]}")

    def _summary(self, changes: dict[str, Any]) -> None:
        counts = f"{changes['add']} to add, {changes['change']} to change, {changes['remove']} to destroy"
        if changes.get("operation") == "plan":
            self.planned = changes["add"] + changes["change"] + changes["remove"]
            self.news.append(f"plan: {counts}")
        else:
            self.news.append(
                "applied: "
                + counts.replace(" to add", " added")
                .replace(" to change", " changed")
                .replace(" to destroy", " destroyed")
            )

    def line(self) -> str:
        """Return how far the apply is, on one line."""
        if not self.planned:
            return "terraform is planning"
        where = f"{self.done}/{self.planned} resources"
        if not self.running:
            return where
        oldest, since = min(self.running.items(), key=lambda item: item[1])
        more = f" and {len(self.running) - 1} more" if len(self.running) > 1 else ""
        return f"{where}; {oldest} since {time.monotonic() - since:.0f} s{more}"


def follow(child: subprocess.Popen[bytes], source: TextIO, say: Callable[[str], None]) -> str:
    """Say what happens until `child` ends. Return its first error, "" for none."""
    progress = Progress()
    other = ""  # what is no message: Terraform says it before it has understood -json
    said = time.monotonic()
    rest = ""
    while True:
        ended = child.poll() is not None  # asked before reading: what it wrote last is read too
        rest += source.read()
        *lines, rest = rest.split("\n")
        for line in lines:
            if not _take(progress, line):
                other += f"{line}\n"
        for news in progress.news:
            say(news)
        progress.news.clear()
        if ended:
            return progress.errors[0] if progress.errors else first_error(other + rest)
        if time.monotonic() - said > _EVERY_S:
            said = time.monotonic()
            say(progress.line())
        time.sleep(0.1)


def _take(progress: Progress, line: str) -> bool:
    """Whether the line was a message."""
    try:
        message = json.loads(line)
    except ValueError:
        return False
    if isinstance(message, dict):
        progress.take(message)
    return True
