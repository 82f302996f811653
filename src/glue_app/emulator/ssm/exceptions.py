"""Systems Manager's errors by their own names; each message is written here and nowhere else.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartSession.html#API_StartSession_Errors
"""

from __future__ import annotations

from localstack.aws.api import CommonServiceException


class SsmError(CommonServiceException):  # type: ignore[misc]  # LocalStack carries no types
    """An error of Systems Manager's API: its class name is its code, and its status is 400."""

    def __init__(self, message: str) -> None:
        super().__init__(type(self).__name__, message, status_code=400, sender_fault=True)


class TargetNotConnected(SsmError):  # noqa: N818  (AWS's names here and below)
    """Raised when the target is no managed node, or its agent does not answer."""

    def __init__(self, target: str) -> None:
        super().__init__(f"{target} is not connected.")


class InvalidDocument(SsmError):  # noqa: N818
    """Raised when there is no such document, or it is none of Session Manager's."""

    @classmethod
    def not_there(cls, name: str) -> InvalidDocument:
        return cls(f"Document with name {name} does not exist.")

    @classmethod
    def of_another_type(cls, document_type: str) -> InvalidDocument:
        return cls(
            f"Document type: '{document_type}' is not supported. "
            "Only type: 'Session' is supported for Session Manager."
        )


class InvalidDocumentContent(SsmError):  # noqa: N818
    """Raised when a document's content can't be read."""

    def __init__(self, why: str) -> None:
        """why: a clause; the words are ours."""
        super().__init__(f"The content for the document is not valid: {why}.")


class InvalidPolicyAttributeException(SsmError):  # noqa: N818
    """Raised when a parameter's policies can't be read."""

    def __init__(self) -> None:
        super().__init__("A policy attribute or its value is invalid.")


class InvalidParameters(SsmError):  # noqa: N818
    """Raised when a session's parameters are not those of its document."""

    @classmethod
    def unknown(cls, name: str) -> InvalidParameters:
        return cls(f"Parameter {name} is not defined in the document.")

    @classmethod
    def not_one_value(cls, name: str) -> InvalidParameters:
        return cls(f"Parameter {name} is of type String and takes exactly one value.")

    @classmethod
    def not_allowed(cls, name: str, pattern: str) -> InvalidParameters:
        return cls(f"Value of parameter {name} does not match the allowed pattern {pattern}.")

    @classmethod
    def missing(cls, name: str) -> InvalidParameters:
        return cls(f"Parameter {name} has no default and is missing.")


class DoesNotExistException(SsmError):  # noqa: N818
    """Raised when no session has this id."""

    def __init__(self, session_id: str) -> None:
        super().__init__(f"Session {session_id} does not exist.")


class InvalidFilterKey(SsmError):  # noqa: N818
    """Raised for a filter that the operation does not know."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The filter key {key} is not valid.")


class InvalidInstanceInformationFilterValue(SsmError):  # noqa: N818
    """Raised for a filter's value that cannot be one."""


class InvalidNextToken(SsmError):  # noqa: N818
    """Raised for a token that was not given by the operation."""

    def __init__(self) -> None:
        super().__init__("The specified token is not valid.")


class ValidationException(SsmError):  # noqa: N818
    """Raised for a field outside of its limits."""
