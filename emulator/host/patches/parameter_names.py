"""moto notes a parameter that was only asked for: from then on DescribeParameters fails.

Its parameters lie in a defaultdict, whose look-up leaves an empty list of versions behind, and every listing
takes the last version of each. Here a name without versions is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from moto.ssm.models import ParameterDict

from .patch import Patch, replace


def _with_versions(original: Callable[..., bool]) -> Callable[..., bool]:
    def contains(self: Any, name: str) -> bool:
        return original(self, name) and bool(self[name])

    return contains


def _of_those_with_versions(original: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    def iterate(self: Any) -> Iterator[str]:
        return (name for name in list(original(self)) if dict.get(self, name))

    return iterate


def apply() -> None:
    replace(ParameterDict, "__contains__", _with_versions)
    replace(ParameterDict, "__iter__", _of_those_with_versions)


PATCH = Patch("parameter-names", "a parameter that was asked for, and isn't there, is in no list", apply)
