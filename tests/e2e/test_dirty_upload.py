"""A file with dirty rows, under a key with spaces and Japanese: nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

from glue_app.e2e import proof
from glue_app.e2e.stack import RunningStack
from glue_app.settings import Settings

CLEAN = 'FB-90{n:04},2026-03-01 10:{n:02}:00,Kettle,"Arrived late,\r\nbut works ""well"". 配送が遅い"'
DIRTY = {
    "FB-900001,2026-03-01 10:00:00,Kettle,the key once more": "duplicate_key",
    "FB-900101,yesterday,Kettle,fine": "invalid_timestamp",
    "FB-900102,2026-03-04,Kettle": "missing_cells",
    "FB-900103,2026-03-05,Kettle,fine,more": "extra_cells",
    "FB-900104,2026-03-06,,no product": "required_missing",
    "FB-900105,2026-03-07,Kettle,\udcff": "invalid_bytes",
}


def test_dirty_rows_are_quarantined_by_name_and_clean_ones_arrive(
    stack: RunningStack, tmp_path: Path
) -> None:
    clean = [CLEAN.format(n=n) for n in range(1, 11)]
    text = "\r\n".join(["feedback_id,received_at,product,comment", *clean, *DIRTY, ""])
    path = tmp_path / "アンケート 回答 1.csv"
    path.write_bytes(text.encode("utf-8-sig", "surrogateescape"))
    assert proof.send(Settings.from_environment(), str(path), "customer_feedback") == 0
    report = json.loads(stack.report_path.read_text())
    assert report["rows"] == {"read": 16, "silver": 10, "quarantined": 6}
    assert report["quarantine_reasons"] == dict.fromkeys(DIRTY.values(), 1)
    quarantined = stack.lake().table(
        "quarantine/customer_feedback", "_raw, _reason", f"_source like '%{path.stem}%'"
    )
    reasons, raws = (quarantined.column(name).to_pylist() for name in ("_reason", "_raw"))
    kept = dict(zip(reasons, raws, strict=True))
    assert kept["required_missing"] == "FB-900104,2026-03-06,,no product"
    assert kept["extra_cells"].startswith(
        "[37 characters, masked"
    )  # the contract has pii columns: which cells?
