"""The base of every error that is shown to people: what is wrong, and what to do about it.

Standard library, Python 3.8: the bootstrap, the runner and the emulator raise such errors, too.
"""

from __future__ import annotations

FAILED, BAD_SETTING, INTERRUPTED = 1, 2, 130
"""Exit codes of the commands: something failed, a setting can't be used, Ctrl-C."""


class GlueAppError(Exception):
    """Something that a person has to know of.

    problem: what is wrong, naming the file, setting or service.
    remedy: what to do, a command where there is one; empty where nothing can be said.
    """

    exit_code = FAILED
    """What a command ends with that fails with this error."""
    remedy_label = "fix"
    """What stands before the remedy."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    @property
    def advice(self) -> list[str]:
        """Lines to show below the problem; none where nothing can be said."""
        return [f"{self.remedy_label}: {self.remedy}"] if self.remedy else []

    def __str__(self) -> str:
        return "\n".join([self.problem, *self.advice])


class OneLineError(GlueAppError):
    """An error for a log or an answer, where one line is all that is shown."""

    def __str__(self) -> str:
        return f"{self.problem}: {self.remedy}" if self.remedy else self.problem
