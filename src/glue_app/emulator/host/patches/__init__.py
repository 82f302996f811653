"""Patches of LocalStack 4.14.0 and moto: where they differ from AWS in a way the project would feel.

Each patch is a module of its own, with the reason in its docstring and a test that fails when the patch
no longer works or is no longer needed. `PATCHES` is the list the parity ledger shows.
"""

from __future__ import annotations

from glue_app.emulator.host import health

from . import (
    alarm_tags,
    endpoint_policy,
    event_delivery,
    event_patterns,
    event_targets,
    failure_log,
    forwarded_bodies,
    glue_sync_task,
    kms_data_key,
    listen_address,
    log_group_listing,
    long_calls,
    moto_errors,
    nested_errors,
    not_emulated,
    parameter_names,
    post_form_errors,
    post_forms,
    presigned_urls,
    protocol_errors,
    request_gate,
    request_shapes,
    s3_event_key,
    s3_storage,
    security_group_rule,
    slow_readers,
    state_machine_definition,
    states_metrics,
    task_parameters,
    terminal_errors,
    tracing_configuration,
    unknown_service,
    vpc_endpoints,
    web_pages,
    websocket_refusal,
    xml_characters,
)
from .patch import Patch

BEFORE_LISTEN: tuple[Patch, ...] = (listen_address.PATCH, web_pages.PATCH)

INSTALL: tuple[Patch, ...] = (
    alarm_tags.PATCH,
    endpoint_policy.PATCH,
    event_delivery.PATCH,
    event_patterns.PATCH,
    event_targets.PATCH,
    failure_log.PATCH,
    forwarded_bodies.PATCH,
    glue_sync_task.PATCH,
    kms_data_key.PATCH,
    log_group_listing.PATCH,
    long_calls.PATCH,
    moto_errors.PATCH,
    nested_errors.PATCH,
    not_emulated.PATCH,
    parameter_names.PATCH,
    post_form_errors.PATCH,
    post_forms.PATCH,
    presigned_urls.PATCH,
    protocol_errors.PATCH,
    request_gate.PATCH,
    request_shapes.PATCH,
    s3_event_key.PATCH,
    s3_storage.PATCH,
    security_group_rule.PATCH,
    slow_readers.PATCH,
    state_machine_definition.PATCH,
    states_metrics.PATCH,
    task_parameters.PATCH,
    terminal_errors.PATCH,
    tracing_configuration.PATCH,
    unknown_service.PATCH,
    vpc_endpoints.PATCH,
    websocket_refusal.PATCH,
    xml_characters.PATCH,
)

PATCHES: tuple[Patch, ...] = BEFORE_LISTEN + INSTALL


def before_listen() -> None:
    """What has to be in place before the gateway listens."""
    for patch in BEFORE_LISTEN:
        patch.apply()


def install() -> None:
    """What has to be in place before the first request."""
    for patch in INSTALL:
        patch.apply()
    health.install()
