"""The step silver: a source version into the Silver and quarantine tables, safe to kill and to repeat.

``step`` puts the parts in order; ``table`` merges, ``quarantine`` replaces, ``marker`` remembers.
"""

from pipeline.silver.job import SilverJob
from pipeline.silver.step import run, skip

__all__ = ["SilverJob", "run", "skip"]
