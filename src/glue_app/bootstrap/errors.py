"""What can go wrong while the machine is set up; each says what to do about it."""

from __future__ import annotations

from pathlib import Path


class BootstrapError(Exception):
    """A step failed. `fix` is what the user can do, `log` where the whole output is."""

    def __init__(self, problem: str, fix: str = "", log: Path | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.log = log

    def __str__(self) -> str:
        lines = [self.problem]
        if self.fix:
            lines.append("  fix: " + self.fix.replace("\n", "\n       "))
        if self.log:
            lines.append(f"  log: {self.log}")
        return "\n".join(lines)


class MissingProgramError(BootstrapError):
    """A program that can't be got for the user (Terraform), or that nothing offered for this machine."""


class DigestMismatchError(BootstrapError):
    """A downloaded file isn't the one that was locked."""

    def __init__(self, name: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{name} has sha256 {actual}, locked is {expected}",
            fix="the file was changed on its way or by its publisher: don't use it; "
            "look at the mirror or proxy between you and the registry",
        )
        self.expected = expected
        self.actual = actual
