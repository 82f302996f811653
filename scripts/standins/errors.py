"""What can go wrong with images."""

from __future__ import annotations

from glue_app.bootstrap.errors import BootstrapError


class ImageError(BootstrapError):
    """An image is neither on the engine nor to be pulled, and its stand-in can't be built."""
