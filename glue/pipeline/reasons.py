"""Names in the quarantine table's column ``_reason``. A dataset's quality rules add theirs.

``docs/datasets.md`` explains each name to users; a test compares. The comments say where each kind is found.
"""

from __future__ import annotations

# ---- a whole record: pipeline.reading.flaws; its cells: pipeline.validation.record_check
CELL_TOO_LONG = "cell_too_long"
EXTRA_CELLS = "extra_cells"
INVALID_BYTES = "invalid_bytes"
INVALID_JSON = "invalid_json"
MISSING_CELLS = "missing_cells"
NUL_CHARACTER = "nul_character"
RECORD_TOO_LONG = "record_too_long"
STRAY_QUOTE = "stray_quote"
UNCLOSED_QUOTE = "unclosed_quote"

# ---- a cell against the contract: pipeline.values (types), pipeline.validation.column_check (limits)
INVALID_BOOLEAN = "invalid_boolean"
INVALID_DATE = "invalid_date"
INVALID_NUMBER = "invalid_number"
INVALID_TIMESTAMP = "invalid_timestamp"
NOT_IN_ENUM = "not_in_enum"
OUT_OF_RANGE = "out_of_range"
PATTERN_MISMATCH = "pattern_mismatch"
REQUIRED_MISSING = "required_missing"
TOO_LONG = "too_long"
TOO_SHORT = "too_short"

# ---- a row among others: pipeline.validation.duplicates, pipeline.silver.superseded
DUPLICATE_KEY = "duplicate_key"
SUPERSEDED = "superseded"

# ---- the model's answer: pipeline.enrichment.asking
ENRICHMENT_BLOCKED = "enrichment_blocked"
ENRICHMENT_FAILED = "enrichment_failed"
ENRICHMENT_TOO_LONG = "enrichment_too_long"

ALL = frozenset(value for name, value in list(globals().items()) if name.isupper())
