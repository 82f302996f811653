"""What AWS or a Delta table refuses an operation, as one line instead of a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from deltalake.exceptions import DeltaError

from glue_app.operations.errors import OperationError

_NOBODY = ("NoCredentialsError", "PartialCredentialsError", "TokenRetrievalError", "SSOTokenLoadError")
_LONGEST = 500


@contextmanager
def in_a_line() -> Iterator[None]:
    """Raise OperationError for what the AWS client or delta-rs raises.

    ClientError is an answer of AWS with its code (AccessDenied, ExpiredToken); BotoCoreError is of the client
    itself (no credentials, no endpoint). botocore's documentation, "Error handling".
    """
    try:
        yield
    except ClientError as error:
        raise OperationError(_line(error), "") from error
    except BotoCoreError as error:
        nobody = type(error).__name__ in _NOBODY
        raise OperationError(_line(error), "log in to AWS, as for the AWS CLI" if nobody else "") from error
    except DeltaError as error:
        raise OperationError(f"a Delta table can't be read: {_line(error)}", "") from error


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
