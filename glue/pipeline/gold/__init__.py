"""Gold load: the contract's SQL over Silver, into PostgreSQL in one transaction.

``load`` is the entrance. ``compute`` runs the SQL, ``incremental`` and ``history`` find what has changed
since the last load, ``columns`` and ``copy_text`` turn rows into COPY's text,
``table`` and ``migration`` make the tables, ``merge`` replaces their rows, ``views`` makes the semantic layer
over them, ``loader_role`` makes the role that loads, ``bi_reader`` and ``grants`` let BI in, ``ledger``
remembers, ``connection`` is TLS, the secret and retries.
"""

from pipeline.gold.errors import GoldError
from pipeline.gold.history import DeltaHistory
from pipeline.gold.loader import load
from pipeline.gold.options import GoldOptions
from pipeline.gold.report import GoldReport, TableReport

__all__ = ["DeltaHistory", "GoldError", "GoldOptions", "GoldReport", "TableReport", "load"]
