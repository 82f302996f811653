"""Read the Silver and quarantine tables with delta-rs: not the engine that wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from deltalake import DeltaTable, QueryBuilder
from deltalake.exceptions import TableNotFoundError


@dataclass(frozen=True)
class LakeReader:
    """Opens Delta tables of the Silver bucket through the stack's S3 endpoint."""

    bucket: str
    endpoint_url: str
    access_key: str
    secret_key: str
    region: str

    def open(self, prefix: str) -> DeltaTable | None:
        """Return the table at `prefix`, or None where nothing was ever written."""
        try:
            return DeltaTable(f"s3://{self.bucket}/{prefix}", storage_options=self._storage_options())
        except TableNotFoundError:
            return None

    def version(self, prefix: str) -> int | None:
        table = self.open(prefix)
        return None if table is None else table.version()

    def stream(self, prefix: str, columns: str = "*", where: str = "true") -> Any:
        """Return the rows as Arrow batches, to be read once; None where the Delta table does not exist."""
        delta = self.open(prefix)
        if delta is None:
            return None
        query = f"select {columns} from t where {where}"  # noqa: S608 - our own constants
        return QueryBuilder().register("t", delta).execute(query)

    def table(self, prefix: str, columns: str = "*", where: str = "true") -> Any:
        """Return the same as an Arrow table in memory: for few rows."""
        batches = self.stream(prefix, columns, where)
        return None if batches is None else batches.read_all()

    def rows_of(self, prefix: str, version_id: str) -> int:
        """How many rows came from this source version; only the column that says so is read."""
        quoted = version_id.replace("'", "''")
        counted = self.table(prefix, "count(*) as n", f"_source_version_id = '{quoted}'")
        return 0 if counted is None else int(counted.column("n")[0].as_py())

    def _storage_options(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_ALLOW_HTTP": "true",
        }
