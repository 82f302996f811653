"""The authority that signs this stack's databases, as Terraform is told of it (`TF_VAR_gold_ca_bundle`).

On AWS the bundle of RDS lies beside the job; here it is fetched from where the emulator serves it.
"""

from __future__ import annotations

import urllib.error
import urllib.request

from glue_app.bootstrap.stamps import write_atomically
from glue_app.stack.errors import StackError
from glue_app.stack.layout import StateLayout
from glue_app.stack.record import StackRecord

_PATH = "/_glue-app/rds/global/global-bundle.pem"


def fetch(record: StackRecord, layout: StateLayout) -> None:
    """Keep the running stack's bundle at `layout.gold_authority`. Raises StackError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(record.endpoint + _PATH, timeout=30) as answer:
            bundle = answer.read().decode("ascii")
    except (OSError, urllib.error.URLError) as error:
        raise StackError(
            f"the emulator does not give its authority's certificate: {error}", "make logs"
        ) from error
    write_atomically(layout.gold_authority, bundle)
