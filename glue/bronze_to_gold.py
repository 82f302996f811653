"""AWS Glue job: one step (``--step``) for a dataset between Bronze and Gold.

silver: the files that wait → validated, enriched rows in Silver (Delta on S3), refused ones in quarantine.
gold:   Silver → the contract's tables in PostgreSQL, in one transaction.
maintain: the upkeep of the Delta tables: layout, few files, no versions beyond the retention.
forget: a person's rows out of the Delta tables and their history, for ``make forget``.

Run by the state machine, once a step. ``pipeline.zip`` (``--extra-py-files``) holds the package.
"""

import sys

from pipeline.arguments import JobArguments
from pipeline.reading.body import s3_client
from pipeline.session import glue_job, log_to_stdout, one_line_errors
from pipeline.steps import forget_work, gold_work, maintain_work, read_contract, silver_work
from pipeline.storage import Storage

STEPS = {"silver": silver_work, "gold": gold_work, "maintain": maintain_work, "forget": forget_work}


def main() -> None:
    log_to_stdout()
    with one_line_errors():
        arguments = JobArguments.from_argv(sys.argv)
        storage = Storage(s3_client(arguments.region))
        contract = read_contract(arguments, storage)
        work = STEPS[arguments.step](contract, arguments, storage)
        if work is None:  # done by an earlier run
            return
        with glue_job(arguments) as spark:
            work(spark)


if __name__ == "__main__":
    main()
