"""Names in the quarantine table's column ``_reason``. A dataset's quality rules add theirs."""

from __future__ import annotations

# ---- of a record as it stands in the file
CELL_TOO_LONG = "cell_too_long"
EXTRA_CELLS = "extra_cells"
INVALID_BYTES = "invalid_bytes"
MISSING_CELLS = "missing_cells"
NUL_CHARACTER = "nul_character"
RECORD_TOO_LONG = "record_too_long"
STRAY_QUOTE = "stray_quote"
UNCLOSED_QUOTE = "unclosed_quote"

# ---- of a cell against the contract
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

# ---- of a row among others
DUPLICATE_KEY = "duplicate_key"
SUPERSEDED = "superseded"

# ---- of the model's answer
ENRICHMENT_BLOCKED = "enrichment_blocked"
ENRICHMENT_FAILED = "enrichment_failed"
ENRICHMENT_TOO_LONG = "enrichment_too_long"

ALL = frozenset(value for name, value in list(globals().items()) if name.isupper())
