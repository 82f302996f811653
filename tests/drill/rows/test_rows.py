"""1,000 sequences of uploads of each kind against a plain model, longer than those of the unit tests.

DRILL_SEED chooses others; DRILL_SEQUENCES says how many.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.support import upload_model
from tests.support.upload_lake import MemoryLake
from tests.support.upload_sequences import RULES, Rules, seeded, sequence

SEED = int(os.environ.get("DRILL_SEED", "1"))
SEQUENCES = int(os.environ.get("DRILL_SEQUENCES", "1000"))


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.name)
def test_silver_is_what_the_uploads_say_however_they_come(rules: Rules) -> None:
    """And delivered once more, no upload writes a row."""
    for number in range(SEQUENCES):
        drawn = sequence(seeded(Random(f"{SEED} {rules.name} {number}")), rules, uploads=9)
        lake = MemoryLake(rules)
        for delivery in drawn.deliveries:
            lake.run(delivery.upload, delivery.dies_after)
        assert lake.seen() == upload_model.silver(rules, drawn.uploads), f"sequence {number}: {drawn}"
        for upload in drawn.uploads:
            lake.run(upload)
            assert lake.written == 0, f"sequence {number}, {upload}: {drawn}"
    print(f"{rules.name}: {SEQUENCES} sequences of up to 9 uploads, seed {SEED}")
