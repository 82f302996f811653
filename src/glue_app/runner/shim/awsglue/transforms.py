"""awsglue.transforms: the documented names can be imported, each use raises NotEmulatedError.

https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-python-transforms.html
"""

from __future__ import annotations

from typing import Any

from . import NotEmulatedError

_NAMES = (
    "ApplyMapping", "DropFields", "DropNullFields", "ErrorsAsDynamicFrame", "EvaluateDataQuality",
    "FillMissingValues", "Filter", "FindIncrementalMatches", "FindMatches", "FlatMap", "Join",
    "Map", "MapToCollection", "Relationalize", "RenameField", "ResolveChoice", "SelectFields",
    "SelectFromCollection", "Spigot", "SplitFields", "SplitRows", "Unbox", "UnnestFrame",
)  # fmt: skip


class _Transform:
    """Stands for a transform; calling it or one of its methods raises."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotEmulatedError(f"transforms.{self._name}")

    def __getattr__(self, method: str) -> Any:
        raise NotEmulatedError(f"transforms.{self._name}.{method}")


globals().update({name: _Transform(name) for name in _NAMES})
__all__ = list(_NAMES)
