"""The step silver: a source version into the Silver and quarantine tables, safe to kill and to repeat.

``step`` puts the parts in order; ``state`` is what there is, ``table`` merges, ``quarantine`` replaces,
``known`` and ``marker`` remember; ``maintenance`` is the step maintain,
``forgetting`` the step forget.
"""

from pipeline.silver import marker
from pipeline.silver.forgetting import ForgettingJob, Request
from pipeline.silver.forgetting import run as forget
from pipeline.silver.job import SilverJob
from pipeline.silver.maintenance import MaintenanceJob
from pipeline.silver.maintenance import run as maintain
from pipeline.silver.sequencer import sequencer_of
from pipeline.silver.step import run, skip

__all__ = [
    "ForgettingJob",
    "MaintenanceJob",
    "Request",
    "SilverJob",
    "forget",
    "maintain",
    "marker",
    "run",
    "sequencer_of",
    "skip",
]
