"""The step silver: a source version into the Silver and quarantine tables, safe to kill and to repeat.

``step`` puts the parts in order; ``state`` is what there is, ``table`` merges, ``quarantine`` replaces,
``known`` and ``marker`` remember.
"""

from pipeline.silver import marker
from pipeline.silver.job import SilverJob
from pipeline.silver.sequencer import sequencer_of
from pipeline.silver.step import run, skip

__all__ = ["SilverJob", "marker", "run", "sequencer_of", "skip"]
