"""What waits of a dataset: a JSON object an upload, put by the state machine before it looks at the lock.

All below ``pending/<dataset>/`` in the Silver bucket, so that one listing says whether there is work:
``uploads/<name>.json``, ``failures/<name>.json`` until it is told of, ``gold.json`` while Gold is due.
Whatever else is there would count as work for ever: it is taken away, and told of where it is more
than an empty folder.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pipeline.contract.model import Contract
from pipeline.errors import BrokenObjectError, RunsDiedError
from pipeline.source import SourceObject
from pipeline.storage import Storage
from pipeline.uploads.position import sequencer

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
_READERS = 16
_LONGEST_CAUSE = 4000
_LONGEST_NAME = 200
_OWN = ("attempts", "force", "once_more")


@dataclass(frozen=True)
class Upload:
    """One that waits. ``told``: what a message about it says, beside error and cause."""

    name: str
    source: SourceObject
    sequencer: str | None
    force: bool
    attempts: int
    """Runs that began it and did not come to an end."""
    told: Mapping[str, Any]
    once_more: bool = False
    """It came, and comes again when all others have: ``uploads.redelivery``."""

    @classmethod
    def of(cls, name: str, data: Mapping[str, Any]) -> Upload:
        """Read what the state machine wrote. Raises KeyError, TypeError, ValueError for anything else."""
        source = data["source"]
        return cls(
            name=name,
            source=SourceObject(source["bucket"], source["key"], source["version_id"]),
            sequencer=sequencer(source.get("sequencer")),
            force=bool(data.get("force", False)),
            attempts=int(data.get("attempts", 0)),
            told={field: value for field, value in data.items() if field not in _OWN},
            once_more=bool(data.get("once_more", False)),
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        flags = {"force": self.force, "once_more": self.once_more}
        return {**self.told, "attempts": self.attempts} | {name: True for name, on in flags.items() if on}


@dataclass(frozen=True)
class Waiting:
    """The queue of one dataset. ``job_run_id``: who works on it."""

    storage: Storage
    bucket: str
    dataset: str
    job_run_id: str

    def uploads(self) -> list[Upload]:
        """Return all that wait, in no order. What can't be read is put among the failures, as are strays.

        Raises ObjectRefusedError.
        """
        names = []
        for key, size in self.storage.sizes(self.bucket, f"{self._prefix}/").items():
            place, _, name = key[len(self._prefix) + 1 :].partition("/")
            in_place = bool(name) and "/" not in name
            if in_place and place == "uploads":
                names.append(name)
            elif key != self._gold and not (in_place and place == "failures"):
                self._take_away(key, size)
        with ThreadPoolExecutor(_READERS) as readers:
            found = readers.map(self._upload, names)
            return [upload for upload in found if upload is not None]

    def _upload(self, name: str) -> Upload | None:
        try:
            data = self.storage.json(self.bucket, self._key(name))
            return Upload.of(name, data) if data is not None else None
        except BrokenObjectError as error:
            self._fail(name, {}, f"{type(error).__name__}: {error}")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            uri = f"s3://{self.bucket}/{self._key(name)}"
            self._fail(name, {}, f"{uri} names no upload ({error!r}): upload the file again")
        return None

    def _take_away(self, key: str, size: int) -> None:
        """Keep a stray from counting as work. The console's "Create folder" makes empty ones."""
        if not size and key.endswith("/"):
            log.info("s3://%s/%s is an empty folder: deleted", self.bucket, key)
            self.storage.delete(self.bucket, key)
            return
        name = key[len(self._prefix) + 1 :].strip("/").replace("/", "-")[-_LONGEST_NAME:] or "nameless"
        why = "is nothing that may wait here: taken away, and kept as an older version"
        self._fail(name, {}, f"s3://{self.bucket}/{key} {why}", key)

    def begin(self, upload: Upload) -> None:
        """Count an attempt: a run that is killed over the upload says nothing of it any more.

        Raises RunsDiedError for one too many.
        """
        if upload.attempts >= MOST_ATTEMPTS:
            raise RunsDiedError(upload.source.uri, upload.attempts)
        self._put(upload.name, {**upload.to_dict(), "attempts": upload.attempts + 1})

    def leave(self, upload: Upload) -> None:
        """Leave it as it was: what ended the run is not its fault."""
        self._put(upload.name, upload.to_dict())

    def once_more(self, upload: Upload) -> Upload:
        """Let it wait for its second time, which no marker may spare it."""
        again = replace(upload, force=True, once_more=True, attempts=0)
        self._put(again.name, again.to_dict())
        return again

    def done(self, upload: Upload) -> None:
        self.storage.delete(self.bucket, self._key(upload.name))

    def fail(self, upload: Upload, error: Exception) -> None:
        """Leave the failure for the state machine to tell of."""
        self._fail(upload.name, dict(upload.told), f"{type(error).__name__}: {error}")

    def _fail(self, name: str, told: dict[str, Any], message: str, key: str = "") -> None:
        log.error("%s/%s: %s", self.dataset, name, message)
        cause = f"Glue job run {self.job_run_id} FAILED: {message[:_LONGEST_CAUSE]}"
        told = {"source": None, "execution_arn": None, "started_at": None, **told}
        failure = {**told, "error": "SilverFailed", "cause": cause}
        self.storage.put_json(self.bucket, f"{self._prefix}/failures/{name}", failure)
        self.storage.delete(self.bucket, key or self._key(name))

    # ------------------------------------------------------------------ Gold
    @property
    def is_gold_due(self) -> bool:
        return self._gold in self.storage.keys(self.bucket, self._gold)

    def gold_is_due(self) -> None:
        """Say so before Silver is written."""
        self.storage.put_json(self.bucket, self._gold, {"since": self.job_run_id})

    def gold_is_not_due(self) -> None:
        self.storage.delete(self.bucket, self._gold)

    def is_loaded(self, contract: Contract) -> bool:
        """Tell whether Gold was loaded by the contract as it is now."""
        return (self.storage.json(self.bucket, self._loaded) or {}).get("contract_digest") == contract.digest

    def loaded(self, contract: Contract) -> None:
        """Say that Gold has what Silver has."""
        said = {"contract_digest": contract.digest, "job_run_id": self.job_run_id}
        self.storage.put_json(self.bucket, self._loaded, said)
        self.gold_is_not_due()

    @property
    def _prefix(self) -> str:
        return f"pending/{self.dataset}"

    @property
    def _gold(self) -> str:
        return f"{self._prefix}/gold.json"

    @property
    def _loaded(self) -> str:
        return f"loads/{self.dataset}.json"

    def _key(self, name: str) -> str:
        return f"{self._prefix}/uploads/{name}"

    def _put(self, name: str, data: Mapping[str, Any]) -> None:
        self.storage.put_json(self.bucket, self._key(name), data)
