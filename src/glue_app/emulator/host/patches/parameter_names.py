"""moto notes a parameter that was only asked for: from then on DescribeParameters fails.

Its parameters lie in a defaultdict. Labelling one that isn't there leaves an empty list of versions behind,
and every listing takes the last version of each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ssm.exceptions import ParameterNotFound
from moto.ssm.models import SimpleSystemManagerBackend

from .patch import Patch, replace


def _of_one_that_is_there(original: Callable[..., Any]) -> Callable[..., Any]:
    def label(self: Any, name: str, version: int, labels: list[str]) -> Any:
        if name not in self._parameters:
            raise ParameterNotFound(f"Parameter {name} not found.")
        return original(self, name, version, labels)

    return label


def apply() -> None:
    replace(SimpleSystemManagerBackend, "label_parameter_version", _of_one_that_is_there)
    replace(SimpleSystemManagerBackend, "unlabel_parameter_version", _of_one_that_is_there)


PATCH = Patch("parameter-names", "a parameter that was asked for, and isn't there, is in no list", apply)
