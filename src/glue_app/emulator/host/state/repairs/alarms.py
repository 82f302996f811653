"""CloudWatch: alarms are evaluated by a scheduler, and metrics lie in a database file of their own."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from localstack.services.cloudwatch.alarm_scheduler import calculate_alarm_state
from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from localstack.services.cloudwatch.models import cloudwatch_stores

LOG = logging.getLogger(__name__)

#: after the gateway listens, which an alarm asks; one after the other
FIRST_RUN_S, APART_S = 5.0, 0.2


def schedule(scheduler: Any) -> None:
    """Have all alarms evaluated again.

    `schedule_metric_alarm()` would ask the gateway for the alarm and wait for minutes, and
    `restart_existing_alarms()` would do so in every region of AWS.
    """
    alarms = [
        (arn, held.alarm)
        for _account, _region, store in list(cloudwatch_stores.iter_stores())
        for arn, held in store.alarms.items()
    ]
    first = time.time() + FIRST_RUN_S
    for number, (arn, alarm) in enumerate(alarms):
        if scheduler._is_alarm_supported(alarm):  # neither composite nor of a metric expression
            scheduler.scheduled_alarms[arn] = scheduler.scheduler.schedule(
                func=calculate_alarm_state,
                period=alarm["EvaluationPeriods"] * alarm["Period"],
                fixed_rate=True,
                start=first + number * APART_S,  # two of one moment could not be put in order
                args=[arn],
                on_error=_log,
            )


def save_metrics(to: Path) -> None:
    """Copy the metrics as they are at this moment; nothing where there are none."""
    if not os.path.exists(CloudwatchDatabase.METRICS_DB):
        return
    with (
        contextlib.closing(sqlite3.connect(CloudwatchDatabase.METRICS_DB)) as live,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        live.backup(copy)


def restore_metrics(saved: Path) -> None:
    """Before CloudWatch is loaded: it keeps a file that is there."""
    os.makedirs(CloudwatchDatabase.CLOUDWATCH_DATA_ROOT, exist_ok=True)
    shutil.copyfile(saved, CloudwatchDatabase.METRICS_DB)


def _log(error: Exception) -> None:
    LOG.error("an alarm could not be evaluated: %r", error)
