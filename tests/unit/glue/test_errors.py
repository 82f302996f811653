"""One line of what failed in Spark, however deep it lies."""

from __future__ import annotations

import pytest

from pipeline.errors import one_line

TRACEBACK = """org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 failed, \
most recent failure: Lost task 0.3 in stage 1.0 (TID 7) (172.35.1.2 executor 1): \
org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "worker.py", line 1, in main
pipeline.errors.HeaderError: the header does not fit

\tat org.apache.spark.api.python.BasePythonRunner.handle(PythonRunner.scala:559)
Caused by: java.io.IOException: nothing to do with it
"""
STAGE = """org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 13.0 failed, \
most recent failure: Lost task 0.0 in stage 13.0 (TID 16) (10.0.0.1 executor driver): \
org.apache.spark.SparkException: Task failed while writing rows.
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.x(QueryExecutionErrors.scala:642)
Caused by: com.amazonaws.services.s3.model.AmazonS3Exception: Access Denied
 (Service: Amazon S3)
\tat com.amazonaws.http.AmazonHttpClient.x(AmazonHttpClient.java:1)
\t... 9 more

Driver stacktrace:"""
CRASH = "org.apache.spark.SparkException: Python worker exited unexpectedly (crashed)\n\tat a.b(c)\n" \
        "Caused by: java.io.EOFException\n\tat d.e(f)"  # fmt: skip


class Throwable:
    """Java's, by Py4J."""

    def __init__(self, text: str, cause: Throwable | None = None) -> None:
        self._text, self._cause = text, cause

    def toString(self) -> str:  # noqa: N802 - Java's name
        return self._text

    def getCause(self) -> Throwable | None:  # noqa: N802
        return self._cause


class JavaError(Exception):
    """As Py4JJavaError."""

    def __init__(self, java: Throwable) -> None:
        super().__init__("An error occurred while calling o1.save.")
        self.java_exception = java


@pytest.mark.parametrize(
    ("java", "line"),
    [
        (Throwable("org.apache.spark.SparkException: Job aborted.", Throwable(STAGE)),
         "AmazonS3Exception: Access Denied (Service: Amazon S3)"),
        (Throwable("org.apache.spark.SparkException: Job aborted.",
                   Throwable("java.util.concurrent.ExecutionException: x",
                             Throwable("java.lang.IllegalStateException: full"))),
         "IllegalStateException: full"),
        (Throwable(TRACEBACK), "HeaderError: the header does not fit"),
        (Throwable(CRASH), "SparkException: Python worker exited unexpectedly (crashed) (EOFException)"),
        (Throwable("java.lang.NullPointerException"), "NullPointerException"),
    ],
)  # fmt: skip
def test_the_deepest_cause_that_says_something_is_told(java: Throwable, line: str) -> None:
    """Of Java's chain and of what an executor's text holds; Python's own error where that is the cause."""
    assert one_line(JavaError(java)) == line


def test_a_chain_that_never_ends_is_cut() -> None:
    """And so is a line that is too long."""
    snake = Throwable("a.B: " + "x" * 2000)
    snake._cause = snake
    assert len(one_line(JavaError(snake))) == 800
