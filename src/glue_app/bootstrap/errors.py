"""What can go wrong while the machine is set up; each says what to do about it."""

from __future__ import annotations

from pathlib import Path

from glue_app.errors import GlueAppError


class BootstrapError(GlueAppError):
    """A step failed. `log` is the file with its whole output."""

    def __init__(self, problem: str, remedy: str = "", log: Path | None = None) -> None:
        super().__init__(problem, remedy)
        self.log = log

    @property
    def advice(self) -> list[str]:
        fix = self.remedy.replace("\n", "\n       ")
        return ([f"  fix: {fix}"] if fix else []) + ([f"  log: {self.log}"] if self.log else [])


class MissingProgramError(BootstrapError):
    """A program that can't be got for the user (Terraform), or that nothing offered for this machine."""


class DigestMismatchError(BootstrapError):
    """A downloaded file isn't the one that was locked."""

    def __init__(self, name: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{name} has sha256 {actual}, locked is {expected}",
            remedy="the file was changed on its way or by its publisher: don't use it; "
            "look at the mirror or proxy between you and the registry",
        )
        self.expected = expected
        self.actual = actual
