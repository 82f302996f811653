"""The state of the RDS room."""

from __future__ import annotations

import pickle

from glue_app.emulator.rds.models import RdsStore
from tests.support.db_instances import instance


def test_the_state_can_be_pickled() -> None:
    """So that it can be kept over a restart one day."""
    store = RdsStore(instances={"gold": instance()})

    assert pickle.loads(pickle.dumps(store)) == store  # noqa: S301
