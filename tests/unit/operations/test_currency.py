"""Whether a marker is of now: the job's own rule, without its packages."""

from __future__ import annotations

import subprocess
import sys

from glue_app.operations.currency import Currency
from tests.unit.operations.fake_deployment import CONTRACT, DATASET, World


def test_contract_model_and_prompt_make_a_marker_current() -> None:
    """A title is none of Silver's business; the model is, and so are the instructions."""
    world = World()
    source = world.upload("a.csv", 0)
    world.process(source)
    marker = world.marker(source) or {}

    def now() -> Currency:
        return Currency.of(world.deployment.contract(DATASET), world.deployment)

    assert now().is_of_now(marker)
    world.contract(CONTRACT.replace("title: Orders", "title: All orders"))
    assert now().silver_digest == marker["contract_digest"]
    world.contract(CONTRACT.replace("Judge.", "Judge well."))
    assert now().asks_otherwise(marker)
    world.contract(CONTRACT)
    world.model = "amazon.nova-lite-v1:0"
    assert now().asks_otherwise(marker)
    assert not now().is_of_now(marker)
    assert not now().is_of_now({"sequencer": "0A"})


def test_the_prompt_is_read_without_spark() -> None:
    """The host environment has no pyspark, and needs none for a digest."""
    code = "import sys; sys.modules['pyspark'] = None; import pipeline.enrichment.prompt"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
