"""What asl-validator refuses is refused here too; asl_validator.js writes its verdicts, asl_validator.json.

It knows schemas and paths only, so what it takes says little. statelint is a Ruby gem of 2018 and knows no
JSONata; it is no part of this.
"""

from __future__ import annotations

import json
from pathlib import Path

from glue_app.aws.state_machines import definition
from glue_app.aws.state_machines.diagnostics import errors
from tests.unit.aws.state_machines import definitions

#: what the oracle refuses and AWS takes
DELIBERATE = {
    "sound jsonata choice": "a Condition may be a boolean, and a rule may have Output",
    "sound jsonata parallel": "Output may be any JSON, a number too",
}


def test_what_the_oracle_refuses_is_refused() -> None:
    refused = json.loads(Path(__file__).with_name("asl_validator.json").read_text(encoding="utf-8"))
    every = definitions.every()

    taken = [name for name in refused if not errors(definition.check(json.dumps(every[name])))]

    assert len(refused) > 100
    assert set(taken) == set(DELIBERATE)
