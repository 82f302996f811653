"""Runs the fuzz cases through the gateway in this process, and says what is wrong with an answer.

The unit tests take some hundred cases, the drill 20,000.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.support import fuzz_stack
from tests.support.fuzz_cases import Case, Cases
from tests.support.gateway_in_process import InProcess

#: AWS's answers; 501 is ours for what is not emulated
EXPECTED = frozenset((200, 400, 403, 404, 409, 413, 501))
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def fault(response: Any) -> str | None:
    """What is wrong with an answer, None where nothing is."""
    if response.status_code not in EXPECTED:
        return f"status {response.status_code}: {response.get_data().decode(errors='replace')[:300]}"
    kind = response.content_type or ""
    if "cbor" in kind:  # no text
        return None
    if _CONTROLS.search(response.get_data(as_text=True)):
        return "a control character that nobody can read"
    if "xml" in kind:
        try:
            ElementTree.fromstring(response.get_data())  # noqa: S314 - our own answer
        except ElementTree.ParseError as error:
            return f"no XML: {error}"
    return None


@dataclass
class Tally:
    """Cases and faults by service and kind, and one case of each fault."""

    cases: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], Case] = field(default_factory=dict)

    def add(self, case: Case, wrong: str | None) -> None:
        self.cases[case.service, case.kind] += 1
        if wrong:
            self.faults[case.service, case.kind] += 1
            self.examples.setdefault((case.service, case.operation, wrong), case)

    def table(self) -> str:
        """One line a service and kind: cases, faults."""
        rows = [f"{'service':<10}{'kind':<22}{'cases':>8}{'faults':>8}"]
        rows += [f"{s:<10}{k:<22}{n:>8}{self.faults[s, k]:>8}" for (s, k), n in sorted(self.cases.items())]
        total, faults = sum(self.cases.values()), sum(self.faults.values())
        return "\n".join([*rows, f"{'all':<32}{total:>8}{faults:>8}"])

    def told(self) -> str:
        """How to see each fault again."""
        return "\n\n".join(
            f"{service} {operation}, {case.kind}: {wrong}\n    {case.command()}"
            for (service, operation, wrong), case in self.examples.items()
        )


def run(gateway: InProcess, cases: int, number: int) -> Tally:
    """`cases` requests to each service; number: the seed, with which they are the same again."""
    tally = Tally()
    for service, operations in fuzz_stack.served(gateway).items():

        @seed(number)
        @settings(
            max_examples=cases,
            derandomize=False,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(Cases(service, operations).strategy())
        def send(case: Case) -> None:
            response = gateway.send("POST", "/", dict(case.headers), case.body)
            tally.add(case, fault(response))

        send()
    return tally
