"""EventBridge takes any pattern, and one that its engine can't read stops every younger rule of the bus.

PutRule and CreateArchive compile the pattern and refuse it in AWS's words; each rule handles an event by
itself, so that none can hold up or break another's delivery; a disabled rule delivers nothing.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable
from typing import Any

from localstack.aws.api.events import InvalidEventPatternException, RuleState
from localstack.services.events import provider
from localstack.services.events.archive import ArchiveService
from localstack.services.events.provider import EventsProvider
from localstack.services.events.rule import RuleService
from localstack.services.events.utils import to_json_str
from localstack.utils.threads import start_worker_thread

from glue_app.aws.event_patterns import InvalidPatternError, Pattern, compile_pattern
from glue_app.emulator.host import event_metrics

from .patch import Patch, replace

LOG = logging.getLogger(__name__)


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Pattern:
    return compile_pattern(pattern)


def check(pattern: str | None) -> Pattern | None:
    """Compile a pattern; None where there is none. Raises InvalidEventPatternException as AWS does."""
    if not pattern:
        return None
    try:
        return _compiled(pattern)
    except InvalidPatternError as error:
        raise InvalidEventPatternException(str(error)) from error


def _on_the_bus(event: Any) -> Any:
    """Return the event as parsed JSON: its times are text there."""
    return json.loads(event if isinstance(event, str) else to_json_str(event))


def _matches(_original: Callable[..., bool]) -> Callable[..., bool]:
    def matches_event(pattern: str | None, event: Any) -> bool:
        compiled = check(pattern)
        return compiled is None or compiled.matches(_on_the_bus(event))

    return matches_event


def _each_by_itself(_original: Callable[..., None]) -> Callable[..., None]:
    def process(self: Any, params: dict[str, Any]) -> None:
        event = _on_the_bus(params["event_formatted"])  # once, however many rules there are
        for rule in params["rules"]:
            if _takes(rule, event):  # few do: a thread for each rule would be many
                start_worker_thread(
                    functools.partial(_deliver, self, rule), params=params, name="events-process-rule"
                )

    return process


def _takes(rule: Any, event: Any) -> bool:
    """Whether the rule is one for events, enabled, and matches.

    One that can't be read does not, nor one that fails, whatever with: it is of no other rule's concern.
    """
    if rule.schedule_expression or rule.state == RuleState.DISABLED:
        return False
    try:
        compiled = check(rule.event_pattern)
    except InvalidEventPatternException as error:  # an older version of the stack took it
        LOG.warning("rule %s takes no events: %s", rule.arn, error)
        return False
    try:
        return compiled is None or compiled.matches(event)
    except Exception:  # RecursionError among them: an event may be nested as deeply as a pattern
        LOG.exception("rule %s could not be compared with an event", rule.arn)
        return False


def _deliver(events: Any, rule: Any, params: dict[str, Any]) -> None:
    event_metrics.count(rule.arn, event_metrics.TRIGGERED)
    try:
        events._process_rules(
            rule, params["region"], params["account_id"], params["event_formatted"], params["trace_header"]
        )
    except Exception:
        LOG.exception("rule %s could not handle an event", rule.arn)


def _checking_rule(original: Any) -> Any:
    def validate(cls: Any, event_pattern: str | None, *arguments: Any, **options: Any) -> None:
        original.__func__(cls, event_pattern, *arguments, **options)
        check(event_pattern)

    return classmethod(validate)


def _checking_new_archive(original: Any) -> Any:
    def create(cls: Any, name: str, region: str, account_id: str, source: str, *more: Any) -> Any:
        check(more[1])  # description, event_pattern, retention_days
        return original.__func__(cls, name, region, account_id, source, *more)

    return classmethod(create)


def _checking_archive(original: Callable[..., None]) -> Callable[..., None]:
    def update(self: Any, description: Any, event_pattern: str | None, retention_days: Any) -> None:
        check(event_pattern)
        original(self, description, event_pattern, retention_days)

    return update


def apply() -> None:
    replace(RuleService, "_validate_input", _checking_rule)
    replace(ArchiveService, "create_archive_service", _checking_new_archive)
    replace(ArchiveService, "update", _checking_archive)
    replace(provider, "matches_event", _matches)
    replace(EventsProvider, "_process_rules_async", _each_by_itself)


PATCH = Patch(
    "event-patterns",
    "PutRule refuses a pattern that AWS refuses; no rule can touch another's delivery",
    apply,
)
