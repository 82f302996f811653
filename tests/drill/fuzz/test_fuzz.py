"""SUITE=drill-fuzz: 20,000 requests made from botocore's shapes, and none of them is a 500.

The gateway is in this process, without a port, servers or jobs (tests/support/gateway_in_process.py). It
prints how many cases there were of each kind, and how to send each that failed to a running stack.
`DRILL_SEED=… DRILL_CASES=…` repeats or changes it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from tests.support import fuzzing
from tests.support.fuzz_cases import ACCOUNT
from tests.support.fuzz_stack import Client
from tests.support.gateway_in_process import InProcess

CASES = int(os.environ.get("DRILL_CASES", "20000"))
SEED = int(os.environ.get("DRILL_SEED", "1"))
_SERVICES = 3


@pytest.mark.timeout(1800)
def test_no_request_is_a_500(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in it, to Glue, RDS and Systems Manager."""
    gateway = InProcess(tmp_path, monkeypatch)
    Client(gateway, ACCOUNT).prepare()
    logging.disable(logging.CRITICAL)  # a line for each refusal
    try:
        tally = fuzzing.run(gateway, -(-CASES // _SERVICES), SEED)
    finally:
        logging.disable(logging.NOTSET)
    print(f"\nseed {SEED}\n{tally.table()}")
    assert not tally.examples, tally.told()
