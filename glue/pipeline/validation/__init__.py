"""From raw records to typed rows and rejected ones.

``parse`` works record by record; ``duplicates`` and ``quality`` look at the rows that came through.
"""

from pipeline.validation.duplicates import reject_duplicates
from pipeline.validation.frame import parse
from pipeline.validation.quality import reject_by_rules

__all__ = ["parse", "reject_by_rules", "reject_duplicates"]
