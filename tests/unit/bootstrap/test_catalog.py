"""LocalStack finds the index of AWS operations that the bootstrap made, where it looks first."""

from __future__ import annotations

from pathlib import Path

from localstack.aws import spec

from glue_app.bootstrap.toolchain import Toolchain
from glue_app.settings import Settings
from glue_app.stack.record import StackRecord
from glue_app.stack.services import LOCALSTACK, services


def test_it_is_lent_under_the_name_that_localstack_asks_for(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    listed = services(settings, Toolchain.load(), StackRecord("embedded", "g", 1, 2, 3))
    (localstack,) = (service for service in listed if service.name == LOCALSTACK)
    root = Path(localstack.environment["FILESYSTEM_ROOT"])
    assert not root.exists(), "asking how the services are must not change what they use"
    localstack.prepare()
    file = root / "usr/lib/localstack" / spec._get_catalog_filename()
    assert spec.load_service_index_cache(str(file)).service_names
