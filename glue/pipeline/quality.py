"""How good the uploads of a dataset were: rows, reasons and freshness of each, as JSON and for Gold.

The markers of finished source versions are the ground. The step gold writes what is new in them to
``quality/<dataset>.json`` of the Silver bucket, the newest uploads only, and loads the same as two tables
more in its one transaction: ``<dataset>_quality``, a row an upload, and ``<dataset>_quality_reasons``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import SparkSession

from pipeline.contract.model import Contract, GoldTable, Text
from pipeline.storage import Storage

log = logging.getLogger(__name__)

KEPT = 5_000
"""Uploads in the history and in Gold: the newest ones."""
_AT_A_TIME = 16
_LONGEST_NAME = 63 - len("_quality_reasons")  # PostgreSQL's names
_UPLOADS, _REASONS = "quality_uploads", "quality_reasons"

_OF_AN_UPLOAD = (
    "source string, version_id string, uploaded_at timestamp, processed_at timestamp, job_run_id string,"
    " rows_read bigint, rows_silver bigint, rows_aside bigint, rows_quarantined bigint,"
    " quarantined_share double, minutes_to_silver double"
)
_OF_A_REASON = "source string, version_id string, reason string, rows bigint"
_COMMENTS = {
    "source": Text("The object", "オブジェクト"),
    "version_id": Text("Its version", "その版"),
    "uploaded_at": Text("When it was uploaded", "アップロードされた時刻"),
    "processed_at": Text("When it was last processed", "最後に処理された時刻"),
    "job_run_id": Text("The job run that did", "処理したジョブ実行"),
    "rows_read": Text("Rows of the file", "ファイルの行数"),
    "rows_silver": Text("Of these in Silver", "そのうち Silver の行数"),
    "rows_aside": Text("Of these aside: deletions, say", "そのうち脇に置かれた行数（削除など）"),
    "rows_quarantined": Text("Of these in quarantine", "そのうち隔離された行数"),
    "quarantined_share": Text("Quarantined rows of all, 0 to 1", "隔離された行の割合（0 から 1）"),
    "minutes_to_silver": Text("Minutes from the upload to Silver", "アップロードから Silver までの分数"),
    "reason": Text("Why rows were refused", "行が拒まれた理由"),
    "rows": Text("How many", "その行数"),
}


def history(storage: Storage, bucket: str, dataset: str) -> list[dict[str, Any]]:
    """Bring ``quality/<dataset>.json`` up to the markers, and return its uploads, the oldest first.

    Only markers that were written since are read. Raises ObjectRefusedError.
    """
    key = f"quality/{dataset}.json"
    before = storage.json(bucket, key) or {}
    known = {one["marker"]: one for one in before.get("uploads", [])}
    seen: str = before.get("seen", "")
    written = sorted(_written(storage, bucket, f"sources/{dataset}/"))
    new = [name for at, name in written if at >= seen][-KEPT:]
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        markers = pool.map(lambda name: storage.json(bucket, name), new)
        for name, marker in zip(new, markers, strict=True):
            if marker and "contract_digest" in marker:  # else no run went through
                known[name] = _told(name, marker)
    uploads = sorted(known.values(), key=lambda one: (one["uploaded_at"] or "", one["marker"]))[-KEPT:]
    after = {"dataset": dataset, "seen": written[-1][0] if written else "", "uploads": uploads}
    if after != before:
        storage.put_json(bucket, key, after)
    return uploads


def with_tables(contract: Contract, spark: SparkSession, uploads: Sequence[Mapping[str, Any]]) -> Contract:
    """Return ``contract`` with the two tables, whose rows are ``uploads``, beside its own Gold tables.

    As it is where a table of the contract has such a name, and where the name would be too long.
    """
    names = (f"{contract.name}_quality", f"{contract.name}_quality_reasons")
    if not contract.gold:
        return contract
    taken = {one.name for one in (*contract.gold, *contract.views)}
    if taken & set(names) or len(contract.name) > _LONGEST_NAME:
        log.warning("gold: no tables of quality for %s: their names are taken, or too long", contract.name)
        return contract
    rows = [_upload_row(one) for one in uploads]
    spark.createDataFrame(rows, _OF_AN_UPLOAD).createOrReplaceTempView(_UPLOADS)
    reasons = [
        (one["source"], one["version_id"], reason, int(n))
        for one in uploads
        for reason, n in one["reasons"].items()
    ]
    spark.createDataFrame(reasons, _OF_A_REASON).createOrReplaceTempView(_REASONS)
    added = (
        _table(names[0], _UPLOADS, _OF_AN_UPLOAD, ("source", "version_id"), Text(
            f"Quality of the uploads of {contract.name}, a row an upload",
            f"{contract.name} のアップロードの品質。アップロードごとに 1 行",
        )),
        _table(names[1], _REASONS, _OF_A_REASON, ("source", "version_id", "reason"), Text(
            f"Why rows of the uploads of {contract.name} were refused",
            f"{contract.name} のアップロードの行が拒まれた理由",
        )),
    )  # fmt: skip
    return replace(contract, gold=(*contract.gold, *added))


def _table(name: str, view: str, schema: str, key: tuple[str, ...], comment: Text) -> GoldTable:
    columns = {part.split()[0]: _COMMENTS[part.split()[0]] for part in schema.split(",")}
    sql = f"SELECT * FROM {view}"  # noqa: S608 - our own names
    return GoldTable(name, sql, comment, columns, key=key, offered=True)


def _written(storage: Storage, bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
    """When each marker was written, and its name."""
    pages = storage.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for one in page.get("Contents", []):
            yield one["LastModified"].astimezone(timezone.utc).isoformat(), one["Key"]


def _told(name: str, marker: Mapping[str, Any]) -> dict[str, Any]:
    source, _, version = str(marker["source"]).rpartition("?versionId=")
    position = marker.get("position")  # begins with the seconds: pipeline.uploads.position
    uploaded = datetime.fromtimestamp(int(position.split(".")[0]), timezone.utc) if position else None
    rows = marker["rows"]
    return {
        "marker": name,
        "source": source,
        "version_id": version,
        "uploaded_at": uploaded.isoformat() if uploaded else None,
        "processed_at": marker["completed_at"],
        "job_run_id": marker["job_run_id"],
        "rows": rows,
        "reasons": marker["quarantine_reasons"],
        "quarantined_share": rows["quarantined"] / rows["read"] if rows["read"] else 0.0,
    }


def _upload_row(one: Mapping[str, Any]) -> tuple[Any, ...]:
    rows = one["rows"]
    uploaded = datetime.fromisoformat(one["uploaded_at"]) if one["uploaded_at"] else None
    processed = datetime.fromisoformat(one["processed_at"])
    minutes = (processed - uploaded).total_seconds() / 60 if uploaded else None
    counts = (rows["read"], rows["silver"], rows.get("aside", 0), rows["quarantined"])
    run = one["job_run_id"]
    share = float(one["quarantined_share"])
    return (one["source"], one["version_id"], uploaded, processed, run, *counts, share, minutes)
