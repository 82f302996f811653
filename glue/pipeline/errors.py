"""The job's own errors. Glue shows one line of an error (``ErrorMessage``), so every message is one line.

``one_line`` makes that line of Spark's errors. No Spark in here: it goes by what the objects can do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_LONGEST = 800
_STACK = re.compile(r"\s*\n\s+(?:at \S|\.\.\. \d+ (?:more|common))")
_CAUSED_BY = re.compile(r"\n\s*Caused by: ")
_LOST_TASK = re.compile(r"(?s).*?most recent failure: Lost task .*?\): ")
_DRIVER = re.compile(r"(?s)\n+Driver stacktrace:.*")
_PYTHON_ERROR = re.compile(
    r"^(?:[A-Za-z_][\w.]*\.)?([A-Z]\w*(?:Error|Exception|Interrupt)\w*: .+)$", re.MULTILINE
)
_JAVA_CLASS = re.compile(r"^(?:[a-z_]\w*\.)+(?=[A-Z]\w*(?:[:$]|\Z))")
_BARE_CLASS = re.compile(r"[\w.$]+:?")


class PipelineError(Exception):
    """Base of the errors that end a run and say what to do; the message is one line."""


class ArgumentError(PipelineError):
    """Raised when a job argument is missing or has no sensible value."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"job argument --{name} {why}")
        self.name = name


class NotLockedError(PipelineError):
    """Raised when a run would write a dataset's tables without its lock."""

    def __init__(self, dataset: str, holder: str | None, wanted: str | None) -> None:
        who = f"{holder} holds it" if holder else "nobody holds it"
        mine = f"this run is {wanted}'s" if wanted else "this run is of no execution"
        super().__init__(
            f"the lock of dataset {dataset} is not this run's: {who}, {mine}; start the state machine with"
            f' {{"dataset": "{dataset}"}}, or give --unlocked true where nothing else works on the dataset'
        )
        self.dataset = dataset
        self.holder = holder


class StillWritingError(PipelineError):
    """Raised when an earlier run of the dataset does not end."""

    def __init__(self, dataset: str, runs: list[str], seconds: float) -> None:
        super().__init__(
            f"job run {', '.join(runs)} still works on dataset {dataset} after {seconds:.0f} s: two runs"
            " would lose each other's commits; stop it, then start this one again"
        )
        self.runs = runs


class UploadsFailedError(PipelineError):
    """Raised when no upload of a run went through."""

    def __init__(self, failures: list[str]) -> None:
        super().__init__(
            f"{len(failures)} uploads failed, each with a message of its own; the first: {failures[0]}"
        )
        self.failures = failures


class RunsDiedError(PipelineError):
    """Recorded of an upload that ended its runs more than once; the uploads behind it go on."""

    def __init__(self, uri: str, attempts: int) -> None:
        super().__init__(
            f"{attempts} runs ended while they worked on {uri}, for want of memory or time or for another"
            " error: see their logs, give the job larger or more workers, then upload it again"
        )
        self.uri = uri


class UnknownDatasetError(PipelineError):
    """Raised when the assets bucket has no contract of that name."""

    def __init__(self, dataset: str, uri: str) -> None:
        super().__init__(f"there is no dataset {dataset!r}: {uri} is missing; add the contract and apply")
        self.dataset = dataset


class ForeignFilesError(PipelineError):
    """Raised when a Delta table's folder has files that VACUUM would remove and no writer of Delta made."""

    def __init__(self, path: str, files: list[str]) -> None:
        super().__init__(
            f"{path} has files that are none of the table's, and VACUUM would remove them:"
            f" {', '.join(files[:5])}{' and more' if files[5:] else ''}; move them out of the table's folder"
        )
        self.path = path
        self.files = files


class SilverMissingError(PipelineError):
    """Raised when the step gold finds no Silver table."""

    def __init__(self, path: str) -> None:
        super().__init__(f"there is no Silver table at {path}: run the step silver first")
        self.path = path


class JobFailedError(PipelineError):
    """Raised in place of an error whose message is a page of Java or Python stack; ``__cause__`` has it
    all.
    """


class EventError(PipelineError):
    """Raised when an event is not an S3 "Object Created" event of a versioned bucket."""

    def __init__(self, field: str) -> None:
        super().__init__(f"the event lacks {field}: it must be an Object Created event of a versioned bucket")
        self.field = field


class ObjectMissingError(PipelineError):
    """Raised when S3 has no such object or version."""

    def __init__(self, uri: str, advice: str) -> None:
        super().__init__(f"{uri} is not there: {advice}")
        self.uri = uri


class ObjectRefusedError(PipelineError):
    """Raised when S3 refuses or fails a request for another reason."""

    def __init__(self, uri: str, code: str, message: str) -> None:
        super().__init__(f"{uri}: S3 answered {code}: {' '.join(message.split())}")
        self.uri = uri
        self.code = code


_WAYS_OUT = {
    "locks": "delete it while no execution of the dataset runs, then start the state machine for the dataset",
    "pending": "delete it, and upload the file again that it was to name",
    "sources": "delete it: the source version is processed again when it is uploaded or reprocessed",
    "loads": "delete it: Gold is loaded once more",
    "quality": "delete it: it is written anew from what is in sources/",
}
"""What is said of a broken object, by the first part of its key."""


class BrokenObjectError(PipelineError):
    """Raised when an object of the pipeline's own, or a contract, is not what it must be.

    PutObject writes whole objects, so somebody else wrote it.
    """

    def __init__(self, bucket: str, key: str, why: str) -> None:
        way = _WAYS_OUT.get(key.partition("/")[0], "bring its last good version back")
        super().__init__(f"s3://{bucket}/{key} is {why}: nothing of the job writes that; {way}")
        self.key = key


class EncodingUnclearError(PipelineError):
    """Raised when ``encoding: auto`` cannot tell the encoding, rather than read a file as something else."""

    def __init__(
        self,
        uri: str,
        why: str,
        advice: str = "say which one it is in the contract, e.g. source.encoding: cp932",
    ) -> None:
        super().__init__(f"the encoding of {uri} is unclear ({why}): {advice}")
        self.uri = uri


class UnreadableFileError(PipelineError):
    """Raised for an object that is no CSV and no JSON lines, or is damaged."""

    def __init__(self, uri: str, why: str, advice: str) -> None:
        super().__init__(f"{uri} cannot be read: {why}; {advice}")
        self.uri = uri


class SequencerNeededError(PipelineError):
    """Raised when a run was started without the event's sequencer and S3 has a version of the same second."""

    def __init__(self, uri: str, twins: list[str]) -> None:
        super().__init__(
            f"{uri} was written in the same second as version {', '.join(twins)} of the key, and only the"
            " event says which came later: give the run --source_sequencer, detail.object.sequencer of the"
            " event, or upload the right file again"
        )
        self.uri = uri
        self.twins = twins


class EmptyFileError(PipelineError):
    """Raised for a file without a header: 0 bytes, or blank lines only."""

    def __init__(self, uri: str) -> None:
        super().__init__(f"{uri} is empty: it needs at least a header line; upload it again")
        self.uri = uri


class HeaderError(PipelineError):
    """Raised when the header line does not fit the contract. ``problems`` names each column."""

    def __init__(self, uri: str, problems: list[str]) -> None:
        super().__init__(f"the header of {uri} does not fit the contract: {'; '.join(problems)}")
        self.uri = uri
        self.problems = problems


class QualityError(PipelineError):
    """Raised when more rows are quarantined than the contract allows; Silver is left as it was."""

    def __init__(self, uri: str, quarantined: int, read: int, limit: float, reasons: dict[str, int]) -> None:
        listed = ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items()))
        super().__init__(
            f"{quarantined} of {read} rows of {uri} fail the contract ({listed}),"
            f" more than max_quarantined_ratio {limit:g} allows: see the quarantine table, then correct"
            " the file or the contract"
        )
        self.uri = uri
        self.quarantined = quarantined
        self.read = read
        self.reasons = reasons


class QualityRuleError(PipelineError):
    """Raised when Spark cannot understand a quality rule's SQL."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"quality rule {rule} of the contract: {' '.join(message.split())[:300]}")
        self.rule = rule


class RecordKeyError(PipelineError):
    """Raised when the contract's record key is another than the one Silver's rows were written with."""

    def __init__(self, dataset: str, old: str, new: str) -> None:
        super().__init__(
            f"Silver's rows of {dataset} have the record key {old}, the contract says {new}: records would be"
            f" there twice; take the key back, or build the table anew: {_rebuild(dataset)}"
        )


class IncompatibleSchemaError(PipelineError):
    """Raised when a column's type differs from the one it has in the Silver table."""

    def __init__(self, path: str, changes: dict[str, tuple[str, str]]) -> None:
        listed = ", ".join(f"{name} is {old}, not {new}" for name, (old, new) in sorted(changes.items()))
        super().__init__(
            f"the table {path} has other column types than the contract: {listed}; give the column a new"
            f" name, or build the table anew: {_rebuild(path.rpartition('/')[2])}"
        )
        self.path = path
        self.changes = changes


class RowAccountingError(PipelineError):
    """Raised when the tables do not hold every row that was read."""

    def __init__(self, uri: str, read: int, rows: dict[str, int]) -> None:
        beside = f", {rows['aside']} beside it" if rows["aside"] else ""
        super().__init__(
            f"row accounting of {uri}: {read} rows read, but {rows['silver']} in Silver{beside} and"
            f" {rows['quarantined']} in quarantine; run the step again with --force true"
        )
        self.read = read
        self.rows = rows


def _rebuild(dataset: str) -> str:
    asked = f'{{"datasets": ["{dataset}"], "rebuild": "true"}}'
    return f"start the state machine of maintenance with {asked}, then make reprocess DATASET={dataset}"


def one_line(error: BaseException) -> str:
    """Say a Spark error in one line: its deepest cause, by the class's short name and message.

    What fails a step is often three exceptions below what Spark raises ("Job aborted."), in Java's chain of
    causes or, when it happened on an executor, in the text of a message only. An error of Python code on an
    executor is the last line of its traceback.
    """
    texts = [text for raised in _chain(error) for text in _causes(raised)]
    told = [text for text in texts if not _BARE_CLASS.fullmatch(text)]
    line = told[-1] if told else texts[-1] if texts else type(error).__name__
    unsaid = texts[texts.index(line) + 1 :] if texts else []  # deeper ones that say no more than their class
    line = " ".join([line, *(f"({text.rstrip(':')})" for text in unsaid[-1:])])
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _chain(error: BaseException) -> Iterator[str]:
    """Texts of ``error`` and the Java exceptions below it, outermost first."""
    # Py4JJavaError has the one, pyspark's CapturedException the other, or only its text
    java: Any = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        yield str(getattr(error, "desc", None) or error)
        below = getattr(error, "cause", None)
        if isinstance(below, BaseException):
            yield from _chain(below)
    for _ in range(50):  # a chain may bite its tail
        if java is None:
            return
        yield str(java.toString())
        java = java.getCause()


def _causes(text: str) -> Iterator[str]:
    """Yield the exceptions that the text of one tells of, outermost first.

    Each in one line without its stack.
    """
    text = _LOST_TASK.sub("", _DRIVER.sub("", text))
    if "Traceback (most recent call last)" in text:
        python = _PYTHON_ERROR.findall(re.split(r"\n\s+at ", text, maxsplit=1)[0])
        if python:
            yield " ".join(python[-1].split())
            return
    for part in _CAUSED_BY.split(text):
        line = " ".join(_STACK.split(part, maxsplit=1)[0].split())
        if line:
            yield _JAVA_CLASS.sub("", line)
