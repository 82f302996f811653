"""A stand-in for AWS Glue's Python library, written from AWS's public documentation.

On the path only where the real `awsglue` is absent (AWS's own images have it). It covers getResolvedOptions,
GlueContext's Spark session and logger, and Job; DynamicFrames raise NotEmulatedError.
"""


class NotEmulatedError(NotImplementedError):
    """Raised for what works on AWS and is not part of this stand-in."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"awsglue: {what} is not emulated by glue-app. On AWS this works; here, use Spark's DataFrame "
            f"API, or run the job in AWS's Glue image (ENGINE=docker)."
        )
        self.what = what
