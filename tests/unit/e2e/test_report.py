"""What a run prints, and the JSON that other tools read."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from glue_app.e2e import report
from glue_app.e2e.execution import Execution, Hop
from glue_app.e2e.gold import GoldRows
from glue_app.e2e.report import E2eReport
from glue_app.e2e.upload import UploadedObject

AT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def test_the_json_has_the_fields_that_the_design_promises(tmp_path: Path) -> None:
    path = tmp_path / "state" / "e2e.json"
    E2eReport(ok=True, dataset="顧客").write(path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["dataset"] == "顧客"
    promised = "ok engine glue_version dataset source execution_arn status hops rows bedrock redelivery gold"
    assert {*promised.split(), "seconds"} <= written.keys()
    assert list(path.parent.iterdir()) == [path]


def test_hops_begin_with_the_way_from_s3_to_the_execution() -> None:
    execution = Execution("arn", started=AT + timedelta(seconds=0.4), hops=[Hop("Silver", 1.0, 9.5)])
    assert report.hops(UploadedObject("b", "k", "v", 1, AT), execution) == [
        {"name": "S3 → EventBridge → execution started", "seconds": 0.4},
        {"name": "Silver", "seconds": 8.5},
    ]


def test_columns_line_up_under_japanese_text() -> None:
    lines = report.table_lines(GoldRows("t", ["a", "n"], [("配送", 1), ("ab", 2)]), 7)
    assert lines[0] == "t (first 2 of 7 rows)"
    assert lines[3:] == ["配送  1", "ab    2"]
