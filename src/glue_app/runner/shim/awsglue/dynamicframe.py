"""awsglue.dynamicframe: names only; each use raises NotEmulatedError."""

from __future__ import annotations

from typing import Any

from . import NotEmulatedError


class _NotEmulated(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotEmulatedError(f"{cls.__name__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise NotEmulatedError(cls.__name__)


class DynamicFrame(metaclass=_NotEmulated):
    """AWS Glue's own data frame."""


class DynamicFrameCollection(metaclass=_NotEmulated):
    """Several DynamicFrames."""
