"""Fetches a run's files from S3 with the credentials of the job's role."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from .special_parameters import LaunchError

_URI = re.compile(r"s3[an]?://(?P<bucket>[^/]+)/(?P<key>.+)", re.DOTALL)


class S3Files:
    """One client for all files of a run."""

    def __init__(self) -> None:
        import boto3

        self._client: Any = boto3.client("s3")

    def fetch(self, uri: str, folder: Path) -> Path:
        """Download `uri` into `folder` under its own name. Raise LaunchError with S3's reason."""
        from botocore.exceptions import BotoCoreError, ClientError

        match = _URI.fullmatch(uri)
        if match is None:
            raise LaunchError(f"Not an S3 URI: {uri}.")
        bucket, key = match.group("bucket"), match.group("key")
        name = key.rsplit("/", 1)[-1]
        if not is_file_name(name):
            raise LaunchError(f"The last part of this S3 key can't be a file's name: {uri!r}.")
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / name
        try:
            with target.open("wb") as file:
                for chunk in self._client.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
                    file.write(chunk)
        except ClientError as error:
            raise LaunchError(
                f"Error downloading from S3 for bucket: {bucket}, key: {key}.{_reason(error)}"
            ) from error
        except BotoCoreError as error:
            raise LaunchError(
                f"Error downloading from S3 for bucket: {bucket}, key: {key}.{error}"
            ) from error
        return target


def is_file_name(name: str) -> bool:
    """Return False for what would be no file of the folder it is put into, or none that the system takes."""
    return (
        name not in ("", ".", "..")
        and not any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in name)
        and len(name.encode()) <= 255
    )


def _reason(error: Any) -> str:
    """Amazon S3's answer in the words of AWS's Java SDK, which Glue shows."""
    response = error.response
    detail, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
    return (
        f"{detail.get('Message', '')} (Service: Amazon S3; Status Code: {meta.get('HTTPStatusCode')}; "
        f"Error Code: {detail.get('Code')}; Request ID: {meta.get('RequestId')})"
    )
