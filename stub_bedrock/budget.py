"""What one answer may cost. A request over it is refused as Bedrock refuses a schema that it can't compile.

Counts work and not the clock's time, so that a slow machine answers the same as a fast one; the processor
time of the thread is only the last guard.
"""

from time import thread_time

from stub_bedrock.errors import ValidationException

MOST_NODES = 100_000
"""Values of an answer and subschemas that are looked at for it."""
MOST_CHARACTERS = 4_000_000
"""Characters of all the strings of an answer: more than any model's longest answer."""
MOST_CPU_S = 1.0
"""Seconds of processor time, of the answering thread."""
DEEPEST_SCHEMA = 64
"""Levels of a schema, references followed."""


class SchemaTooComplexError(ValidationException):
    """The schema asks for more than one answer may cost.

    The text is what Claude says of a schema whose grammar is too large (anthropics/anthropic-sdk-python issue
    1185), behind Bedrock's own beginning; what Bedrock says where a tool is not strict could not be verified.
    https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
    """

    default_message = (
        "The model returned the following errors: The compiled grammar is too large, which would cause "
        "performance issues. Simplify your tool schemas or reduce the number of strict tools."
    )


class Budget:
    """The account of one answer."""

    def __init__(self) -> None:
        self._nodes = MOST_NODES
        self._characters = MOST_CHARACTERS
        self._until = thread_time() + MOST_CPU_S

    def node(self, depth: int = 0) -> None:
        """Count one more value or subschema.

        :raises SchemaTooComplexError: there were too many, it lies too deep, or the time is used up.
        """
        self._nodes -= 1
        if self._nodes < 0 or depth > DEEPEST_SCHEMA or thread_time() > self._until:
            raise SchemaTooComplexError()

    def text(self, size: int) -> None:
        """So many more characters, asked for before they are made.

        :raises SchemaTooComplexError: there were too many.
        """
        self._characters -= size
        if self._characters < 0:
            raise SchemaTooComplexError()
