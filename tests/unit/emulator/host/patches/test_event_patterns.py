"""The patch event_patterns: patterns are checked when they are put, and no rule touches another."""

from __future__ import annotations

import datetime
import json
from types import SimpleNamespace
from typing import Any

import pytest
from localstack.aws.api.events import InvalidEventPatternException
from localstack.services.events import provider
from localstack.services.events.archive import ArchiveService
from localstack.services.events.provider import EventsProvider
from localstack.services.events.rule import RuleService

from glue_app.emulator.host.patches import event_patterns
from glue_app.emulator.host.patches.patch import original
from tests.support.polling import wait_for

TYPO = json.dumps({"detail": {"key": [{"sufix": ".csv"}]}})
SOUND = json.dumps({"source": ["app"]})
EVENT = {"source": "app", "time": datetime.datetime(2026, 11, 28, tzinfo=datetime.timezone.utc)}
WORDS = "Event pattern is not valid. Reason: Unrecognized match type sufix"


@pytest.fixture(autouse=True)
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    event_patterns.apply()
    monkeypatch.setattr(event_patterns.event_metrics, "count", lambda *_: None)


def rule(name: str, pattern: str, state: str = "ENABLED") -> Any:
    return SimpleNamespace(
        name=name, arn=f"arn:{name}", event_pattern=pattern, schedule_expression=None, state=state
    )


class Events:
    """Stands for the provider: notes what each rule was given; the rule `broken` fails."""

    def __init__(self) -> None:
        self.delivered: list[str] = []

    def _process_rules(self, rule: Any, *_: Any) -> None:
        if rule.name == "broken":
            raise RuntimeError("a target that can't be reached")
        self.delivered.append(rule.name)


def put_event(rules: list[Any], process: Any = None) -> Events:
    events = Events()
    params = {
        "rules": rules,
        "region": "us-east-1",
        "account_id": "0",
        "event_formatted": EVENT,
        "trace_header": None,
    }
    (process or EventsProvider._process_rules_async)(events, params)
    return events


def test_a_rule_that_cannot_be_compared_touches_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it fails with. One nested too deeply is refused, and takes nothing where it is kept."""

    def failing(self: Any, *_: Any) -> bool:
        raise RecursionError

    deep = '{"a":' * 500 + "[1]" + "}" * 500
    with pytest.raises(InvalidEventPatternException, match="nested too deeply"):
        event_patterns.check(deep)
    event_patterns.check(SOUND)  # compiled before
    broken = event_patterns._compiled('{"source": ["else"]}')
    monkeypatch.setattr(type(broken), "matches", failing)

    events = put_event([rule("deep", deep), rule("fails", SOUND), rule("all", None)])

    wait_for("the rule that takes all", lambda: events.delivered == ["all"])


def test_localstack_still_stops_at_a_rule_that_fails() -> None:
    with pytest.raises(RuntimeError):
        put_event(
            [rule("broken", SOUND), rule("sound", SOUND)], original(EventsProvider, "_process_rules_async")
        )


def test_localstack_still_takes_any_pattern() -> None:
    assert "compile" not in original(RuleService, "_validate_input").__func__.__code__.co_names


@pytest.mark.parametrize("older", [rule("typo", TYPO), rule("broken", SOUND), rule("off", SOUND, "DISABLED")])
def test_a_rule_that_is_wrong_off_or_fails_leaves_the_younger_ones_alone(older: Any) -> None:
    """And takes nothing itself."""
    events = put_event([older, rule("sound", SOUND)])

    wait_for("the sound rule's delivery", lambda: events.delivered)
    assert events.delivered == ["sound"]


def test_put_rule_refuses_a_mistyped_pattern() -> None:
    with pytest.raises(InvalidEventPatternException, match=WORDS):
        RuleService.create_rule_service("r", "us-east-1", "000000000000", event_pattern=TYPO)
    RuleService.create_rule_service("r", "us-east-1", "000000000000", event_pattern=SOUND)


def test_so_do_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ArchiveService, "_initialize_client", lambda _self: None)
    source = "arn:aws:events:us-east-1:000000000000:event-bus/default"

    def archive(pattern: str) -> Any:
        return ArchiveService.create_archive_service("a", "us-east-1", "0", source, None, pattern, None)

    with pytest.raises(InvalidEventPatternException, match=WORDS):
        archive(TYPO)
    made = archive(SOUND)
    with pytest.raises(InvalidEventPatternException, match=WORDS):
        made.update(None, TYPO, None)
    assert made.archive.event_pattern == SOUND


def test_the_time_of_an_event_is_text_to_a_pattern() -> None:
    assert provider.matches_event(json.dumps({"time": [{"prefix": "2026-11-28"}]}), EVENT)
