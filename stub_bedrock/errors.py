"""The errors of bedrock-runtime and of the bedrock control plane, with AWS's names, statuses and texts.

They travel as REST-JSON errors: status, `x-amzn-ErrorType` header, body `{"message": …}`.
https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
"""

# ruff: noqa: N818 - the names are AWS's
from typing import ClassVar


class BedrockError(Exception):
    """Base class. `default_message` is the text AWS sends where the cause adds nothing to it."""

    status: ClassVar[int] = 500
    default_message: ClassVar[str] = ""

    def __init__(self, message: str | None = None) -> None:
        self.message = self.default_message if message is None else message
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The error's name on the wire, as `ClientError.response["Error"]["Code"]` shows it.

        The class's own name, or that of AWS's error which it is a case of, whose name does not end in Error.
        """
        return next(kind.__name__ for kind in type(self).__mro__ if not kind.__name__.endswith("Error"))

    @property
    def event_type(self) -> str:
        """The error's name as an exception event inside a stream: the member name, so lower camel case."""
        return self.code[0].lower() + self.code[1:]

    def body(self) -> dict[str, object]:
        return {"message": self.message}


class ValidationException(BedrockError):
    """The request is well-formed JSON but breaks a rule of the API or of the model."""

    status = 400
    default_message = "The input fails to satisfy the constraints specified by an Amazon Bedrock service."


class SerializationException(BedrockError):
    """The body is no JSON, or a JSON type stands where the API's model has another one."""

    status = 400
    default_message = "Unable to parse request body."


class ServiceQuotaExceededException(BedrockError):
    """A quota that waiting does not cure."""

    status = 400
    default_message = "Your request exceeds the service quota for your account."


class AccessDeniedException(BedrockError):
    """Model access was not granted to the account."""

    status = 403
    default_message = "You don't have access to the model with the specified model ID."


class ResourceNotFoundException(BedrockError):
    """The model has reached its end of life, or the resource does not exist."""

    status = 404
    default_message = (
        "This model version has reached the end of its life. "
        "Please refer to the AWS documentation for more details."
    )


class ModelTimeoutException(BedrockError):
    """The model took too long."""

    status = 408
    default_message = "Model has timed out in processing the request. Try your request again."


class ModelErrorException(BedrockError):
    """The model failed. The text is what Nova says when it garbles a tool call."""

    status = 424
    default_message = (
        "Model produced invalid sequence as part of ToolUse. "
        "Please refer to the model tool use troubleshooting guide."
    )

    def body(self) -> dict[str, object]:
        return {**super().body(), "originalStatusCode": 424}


class ModelStreamErrorException(BedrockError):
    """The stream broke. Seen only inside a stream, after the 200."""

    status = 424
    default_message = "An error occurred while streaming the response. Retry your request."

    def body(self) -> dict[str, object]:
        return {**super().body(), "originalStatusCode": 424}


class ThrottlingException(BedrockError):
    """Too many requests; `TOKENS` is the text when it is the tokens that are too many."""

    status = 429
    default_message = "Too many requests, please wait before trying again."
    TOKENS: ClassVar[str] = "Too many tokens, please wait before trying again."


class ModelNotReadyException(BedrockError):
    """The model is being loaded; AWS's SDKs retry by themselves."""

    status = 429
    default_message = "The model is not ready for inference. Wait and try your request again."


class InternalServerException(BedrockError):
    status = 500
    default_message = "The system encountered an unexpected error during processing. Try your request again."


class ServiceUnavailableException(BedrockError):
    status = 503
    default_message = "Bedrock is unable to process your request."


class NotEmulatedException(BedrockError):
    """Not AWS's: an operation of Bedrock that this stub does not have. Loud on purpose."""

    status = 501


class NotAStubSetting(BedrockError):
    """Not AWS's: a control request under /_stub/ that names an unknown field or a bad value."""

    status = 422


ON_DEMAND: dict[str, type[BedrockError]] = {
    error.__name__: error
    for error in (
        ValidationException,
        ServiceQuotaExceededException,
        AccessDeniedException,
        ResourceNotFoundException,
        ModelTimeoutException,
        ModelErrorException,
        ModelStreamErrorException,
        ThrottlingException,
        ModelNotReadyException,
        InternalServerException,
        ServiceUnavailableException,
    )
}
"""The errors that a fault may ask for, by AWS's name."""
