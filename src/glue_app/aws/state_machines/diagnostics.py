"""What a check found, in the form ValidateStateMachineDefinition answers it.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

ERROR = "ERROR"
WARNING = "WARNING"


@dataclass(frozen=True)
class Diagnostic:
    """One finding; `location` is a path such as /States/A/Choices[0]/Next, None where AWS gives none."""

    code: str
    message: str
    location: str | None = None
    severity: str = ERROR


@dataclass
class Report:
    """Collects diagnostics in the order they are found."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    #: characters of JSONata so far
    expressions_read: int = 0

    def error(self, code: str, message: str, location: str | None) -> None:
        self.diagnostics.append(Diagnostic(code, message, location))

    def schema(self, message: str, location: str) -> None:
        self.error("SCHEMA_VALIDATION_FAILED", message, location or "/")

    def warning(self, code: str, message: str, location: str) -> None:
        self.diagnostics.append(Diagnostic(code, message, location, WARNING))


def errors(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Return those that keep a state machine from being created."""
    return [found for found in diagnostics if found.severity == ERROR]


def invalid_definition(diagnostics: list[Diagnostic]) -> str:
    """Return the message of InvalidDefinition; AWS writes `at null` where there is no location."""
    found = ", ".join(f"{d.code}: {d.message} at {d.location or 'null'}" for d in errors(diagnostics))
    return f"Invalid State Machine Definition: '{found}'"
