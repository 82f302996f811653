"""The rules that Bedrock itself puts on a conversation, after its shape was found right.

The texts are AWS's, as callers of Converse report them.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from itertools import pairwise

from stub_bedrock.bodies.fields import unsupported
from stub_bedrock.catalog import FoundationModel
from stub_bedrock.conversation import Attachment, Conversation, Message, Text, ToolResult, ToolUse
from stub_bedrock.errors import ValidationException
from stub_bedrock.schema.checking import check_schema
from stub_bedrock.schema.structured import check_structured
from stub_bedrock.tokens import estimate, estimate_json

TOO_LONG = "Input is too long for requested model."
_TOOL_USE_PREAMBLE = 150  # tokens of the system prompt that a model gets when tools are offered
_MODALITIES = ("image", "video")
_PER_MESSAGE = 4  # tokens of a turn's own markup


def check(conversation: Conversation, model: FoundationModel) -> None:
    """Raise ValidationException: the first rule that the conversation breaks."""
    _check_turns(conversation.messages)
    for number, message in enumerate(conversation.messages):
        _check_content(message, number, model)
    _check_tools(conversation)
    _check_tool_results(conversation.messages)
    _check_output_schema(conversation, model)
    _check_limits(conversation, model)


def input_tokens(conversation: Conversation) -> int:
    """Estimate of the tokens that the request costs."""
    tokens = sum(estimate(text) + _PER_MESSAGE for text in conversation.system)
    for message in conversation.messages:
        tokens += _PER_MESSAGE + estimate(message.text)
        tokens += sum(estimate_json(b.input) for b in message.content if isinstance(b, ToolUse))
    if conversation.tools:
        tokens += _TOOL_USE_PREAMBLE
        tokens += sum(
            estimate(tool.name) + estimate(tool.description) + estimate_json(tool.input_schema)
            for tool in conversation.tools
        )
    return tokens


def _check_turns(messages: list[Message]) -> None:
    if not messages or messages[0].role != "user":
        raise ValidationException(
            "A conversation must start with a user message. Try again with a conversation that starts with a "
            "user message."
        )
    for before, after in pairwise(messages):
        if before.role == after.role:
            raise ValidationException(
                "A conversation must alternate between user and assistant roles. Make sure the conversation "
                "alternates between user and assistant roles and try again."
            )


def _check_content(message: Message, number: int, model: FoundationModel) -> None:
    if not message.content:
        raise ValidationException(
            f"The content field in the Message object at messages.{number} is empty. Add a ContentBlock "
            "object to the content field and try again."
        )
    for at, block in enumerate(message.content):
        if isinstance(block, Text) and not block.text.strip():
            raise ValidationException(
                f"The text field in the ContentBlock object at messages.{number}.content.{at} is blank. Add "
                "text to the text field, and try again."
            )
        if isinstance(block, Attachment) and block.kind in _MODALITIES:
            _check_modality(block.kind, model)
    kinds = {block.kind for block in message.content if isinstance(block, Attachment)}
    if "document" in kinds and not any(isinstance(block, Text) for block in message.content):
        raise ValidationException("A text block must be included when using documents.")


def _check_modality(kind: str, model: FoundationModel) -> None:
    if kind.upper() not in model.input_modalities:
        raise ValidationException(f"This model doesn't support {kind}s.")


def _check_tools(conversation: Conversation) -> None:
    names = [tool.name for tool in conversation.tools]
    first: dict[str, int] = {}
    for number, name in enumerate(names):
        if name in first:
            raise ValidationException(
                f"The tool name {name} is already defined at toolConfig.tools.{first[name]}."
            )
        first[name] = number
    for number, tool in enumerate(conversation.tools):
        check_schema(tool.input_schema, f"tools.{number}.custom.input_schema")
    uses_tools = any(
        isinstance(block, ToolUse | ToolResult)
        for message in conversation.messages
        for block in message.content
    )
    if uses_tools and not names:
        raise ValidationException(
            "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        )
    wanted = conversation.tool_choice.name
    if wanted is not None and wanted not in names:
        raise ValidationException(
            f"The tool choice {wanted} is not defined in toolConfig.tools. Define the tool or choose one of: "
            f"{', '.join(names)}."
        )


def _check_tool_results(messages: list[Message]) -> None:
    asked: list[str] = []  # the ids of the turn before
    for number, message in enumerate(messages):
        answered = [block.tool_use_id for block in message.content if isinstance(block, ToolResult)]
        if len(answered) > len(asked):
            raise ValidationException(
                f"The number of toolResult blocks at messages.{number}.content exceeds the number of toolUse "
                "blocks of previous turn."
            )
        known = set(answered)
        missing = [one for one in asked if one not in known]
        if missing:
            raise ValidationException(
                f"Expected toolResult blocks at messages.{number}.content for the following Ids: "
                f"{', '.join(missing)}"
            )
        asked = [block.tool_use_id for block in message.content if isinstance(block, ToolUse)]


def _check_output_schema(conversation: Conversation, model: FoundationModel) -> None:
    if conversation.output_schema is None:
        return
    if not model.structured_outputs:
        raise unsupported("outputConfig.textFormat")
    check_schema(conversation.output_schema, "output_config.format.schema")
    check_structured(conversation.output_schema, "output_config.format.schema")


def _check_limits(conversation: Conversation, model: FoundationModel) -> None:
    inference = conversation.inference
    limit = model.max_output_tokens
    if inference.max_tokens is not None and inference.max_tokens > limit:
        raise ValidationException(
            f"The maximum tokens you requested exceeds the model limit of {limit}. Try again with a maximum "
            f"tokens value that is lower than {limit}."
        )
    if model.one_sampling_parameter and inference.temperature is not None and inference.top_p is not None:
        raise ValidationException(
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified for "
            "this model. Please use only one."
        )
    if model.no_sampling_parameters:
        for name in ("temperature", "top_p", "top_k"):
            if getattr(inference, name) is not None:
                raise ValidationException(
                    f"The model returned the following errors: `{name}` is deprecated for this model."
                )
    if model.no_forced_tool and conversation.tool_choice.kind in ("any", "tool"):
        raise ValidationException(  # the words are those of bug reports against live Bedrock
            'The model returned the following errors: tool_choice: type "tool" and "any" are not supported '
            "for this model."
        )
    if input_tokens(conversation) > model.context_window:
        raise ValidationException(TOO_LONG)
