"""What holds for all patches."""

from __future__ import annotations

import pkgutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from glue_app.emulator.host import patches
from glue_app.emulator.host.patches.patch import PatchMisfitError, original, replace

MODULES = {module.name for module in pkgutil.iter_modules(patches.__path__)} - {"patch"}


def test_every_module_is_in_the_list() -> None:
    """A patch that is written is applied, and shown in the ledger."""
    assert {patch.name.replace("-", "_") for patch in patches.PATCHES} == MODULES


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_patch_has_a_test(module: str) -> None:
    """A patch without a test would outlive its reason."""
    assert (Path(__file__).parent / f"test_{module}.py").is_file()


def test_replacing_twice_changes_nothing_and_keeps_the_original() -> None:
    owner = SimpleNamespace(greet=lambda: "hello")

    for _ in range(2):
        replace(owner, "greet", lambda before: lambda: before() + "!")

    assert owner.greet() == "hello!"
    assert original(owner, "greet")() == "hello"


def test_two_patches_of_one_attribute_both_hold() -> None:
    """The second one was dropped without a word once."""
    owner = SimpleNamespace(greet=lambda: "hello")

    replace(owner, "greet", lambda before: lambda: before() + "!")
    replace(owner, "greet", lambda before: lambda: before() + "?")

    assert (owner.greet(), original(owner, "greet")()) == ("hello!?", "hello")


def test_a_patch_whose_target_is_gone_fails_at_start() -> None:
    """It names what is gone, and what to do."""
    with pytest.raises(PatchMisfitError, match=r"SimpleNamespace has no greet, .*: install the Local"):
        replace(SimpleNamespace(), "greet", lambda before: before)
