"""The patch json_paths: each JSONPath is read once."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from localstack.services.stepfunctions.asl.component.common.path.result_path import ResultPath
from localstack.services.stepfunctions.asl.utils import json_path

from glue_app.emulator.host.patches import json_paths
from glue_app.emulator.host.patches.patch import original


@pytest.mark.parametrize("uses", [json_path.extract_json, ResultPath])
def test_localstack_still_reads_it_each_time(uses: Any) -> None:
    assert "= parse(" in inspect.getsource(uses)


def test_it_is_read_once_and_finds_what_is_in_each_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path that is wrong is wrong again, with the same error."""
    read: list[str] = []
    parse = original(json_path, "parse")

    def counted(path: str) -> Any:
        read.append(path)
        return parse(path)

    monkeypatch.setattr(json_path, "parse", json_paths._once(counted))
    assert [json_path.extract_json("$.a[0].b", {"a": [{"b": n}]}) for n in range(3)] == [0, 1, 2]
    assert read == ["$.a[0].b"]
    for _ in range(2):
        with pytest.raises(json_path.NoSuchJsonPathError):
            json_path.extract_json("$.c", {})
        with pytest.raises(Exception, match="Parse error"):
            json_path.extract_json("$.[", {})
