"""The job without Spark and without a database: what it takes, in which order, and when it loads.

It is the real job's queue, lock and batch (``pipeline`` comes with ``--extra-py-files``); a run leaves
``burst/<dataset>/<job run id>.json`` in the Silver bucket: its step, and keys with positions in its order.
"""

import sys

from pipeline import silver, steps
from pipeline.arguments import JobArguments
from pipeline.reading.body import s3_client
from pipeline.report import RunReport
from pipeline.storage import Storage
from pipeline.waiting import Waiting

NOTHING = {"rows": {"read": 1}, "quarantine_reasons": {}, "silver": {"changed": True}, "encoding": "utf-8"}


def main() -> None:
    arguments = JobArguments.from_argv(sys.argv)
    storage = Storage(s3_client(arguments.region))
    contract = steps.read_contract(arguments, storage)
    taken: list[str] = []
    positions: list[str] = []

    def process(spark: object, job: silver.SilverJob, storage: Storage) -> RunReport:
        taken.append(job.source.key)
        positions.append(job.position)
        silver.marker.write(storage, job, NOTHING)
        return RunReport("silver", job.contract.name, job.source, job.job_run_id, NOTHING)

    if arguments.step == "gold":
        Waiting(storage, arguments.silver_bucket, contract.name, arguments.job_run_id).loaded(contract)
    else:
        silver.run = process
        work = steps.silver_work(contract, arguments, storage)
        if work is not None:
            work(None)
    told = {"step": arguments.step, "taken": taken, "positions": positions}
    storage.put_json(arguments.silver_bucket, f"burst/{arguments.dataset}/{arguments.job_run_id}.json", told)


if __name__ == "__main__":
    main()
