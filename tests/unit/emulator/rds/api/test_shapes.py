"""What answers show of an instance."""

from __future__ import annotations

from glue_app.emulator.rds.api import shapes
from tests.support.db_instances import instance


def test_an_instance_shows_no_endpoint_while_it_is_made() -> None:
    made = instance()
    assert "Endpoint" not in shapes.db_instance(made, None)

    made.status = "available"
    assert shapes.db_instance(made, None)["Endpoint"]["Address"] == "127.20.0.1"
