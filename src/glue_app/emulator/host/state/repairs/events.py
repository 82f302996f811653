"""EventBridge's provider works with services and senders that it makes at creation and keeps by ARN."""

from __future__ import annotations

from typing import Any

from localstack.services.events.api_destination import APIDestinationService
from localstack.services.events.archive import ArchiveService
from localstack.services.events.connection import ConnectionService
from localstack.services.events.event_bus import EventBusService
from localstack.services.events.models import events_stores
from localstack.services.events.rule import RuleService
from localstack.services.events.utils import extract_event_bus_name, is_archive_arn


def restore(provider: Any) -> None:
    """Make them anew from the store. Replays are not: one that was running does not go on."""
    for account, region, store in list(events_stores.iter_stores()):
        for bus in store.event_buses.values():
            provider._event_bus_services_store[bus.arn] = EventBusService(bus)
            for rule in bus.rules.values():
                _restore_rule(provider, rule, account, region)
        for archive in store.archives.values():
            provider._archive_service_store[archive.arn] = _archive_service(archive)
        by_arn = {connection.arn: connection for connection in store.connections.values()}
        for arn, connection in by_arn.items():
            provider._connection_service_store[arn] = ConnectionService.restore_from_connection(connection)
        for destination in store.api_destinations.values():
            if connection := by_arn.get(destination.connection_arn):
                provider._api_destination_service_store[destination.arn] = (
                    APIDestinationService.restore_from_api_destination_and_connection(destination, connection)
                )


def _restore_rule(provider: Any, rule: Any, account: str, region: str) -> None:
    service = RuleService(rule)
    provider._rule_services_store[rule.arn] = service
    for target in rule.targets.values():
        if not is_archive_arn(target["Arn"]):  # an archive takes its events without a sender
            provider.create_target_sender(target, rule.arn, rule.name, region, account)
    if rule.schedule_expression and rule.targets:
        job = provider._get_scheduled_rule_job_function(account, region, rule)
        service.create_schedule_job(job)


def _archive_service(archive: Any) -> Any:
    """Not by its constructor: that would make the archive a new one."""
    service = ArchiveService.__new__(ArchiveService)
    service.archive = archive
    service.client = service._initialize_client()
    service.event_bus_name = extract_event_bus_name(archive.event_source_arn)
    service.rule_name = service.target_id = f"Events-Archive-{archive.name}"
    return service
