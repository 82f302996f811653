"""What a patch is, and the one way to replace an attribute of somebody else's class or module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from glue_app.errors import OneLineError


class PatchMisfitError(OneLineError, AttributeError):
    """What a patch replaces is gone: the code it is for has changed."""

    def __init__(self, owner: Any, attribute: str) -> None:
        name = getattr(owner, "__name__", type(owner).__name__)
        super().__init__(
            f"{name} has no {attribute}, which glue-app patches",
            "install the LocalStack that requirements/plugin.txt names, or mend the patch",
        )


_originals: dict[tuple[int, str], Any] = {}
_built: set[tuple[int, str, Any]] = set()


@dataclass(frozen=True)
class Patch:
    """A difference between LocalStack or moto and AWS that is put right here."""

    name: str
    #: what AWS does and the unpatched code does not, in one line: the parity ledger shows it
    reason: str
    apply: Callable[[], None]


def replace(owner: Any, attribute: str, build: Callable[[Any], Any]) -> None:
    """Set `owner.attribute` to `build(what it is)`; doing it twice with one `build` changes nothing.

    owner: a class or module. Several patches may wrap one attribute; the later ones are outside. Raise
        PatchMisfitError where the attribute is gone, so that a patch which no longer fits fails at start and
        not in the middle of a pipeline.
    """
    key = (id(owner), attribute)
    code = getattr(build, "__code__", build)
    if (*key, code) in _built:
        return
    current = _own(owner, attribute)
    setattr(owner, attribute, build(current))
    _originals.setdefault(key, current)
    _built.add((*key, code))


def original(owner: Any, attribute: str) -> Any:
    """Return what `owner.attribute` was before it was patched (itself, where it was not)."""
    key = (id(owner), attribute)
    return _originals[key] if key in _originals else _own(owner, attribute)


def _own(owner: Any, attribute: str) -> Any:
    """Return the attribute as it was defined: a property or static method, not what it gives."""
    try:
        return vars(owner)[attribute] if attribute in vars(owner) else getattr(owner, attribute)
    except AttributeError as error:
        raise PatchMisfitError(owner, attribute) from error
