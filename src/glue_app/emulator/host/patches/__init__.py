"""Patches of LocalStack 4.14.0 and moto: where they differ from AWS in a way the project would feel.

Each patch is a module of its own, with the reason in its docstring and a test that fails when the patch
no longer works or is no longer needed. `PATCHES` is the list the parity ledger shows. What every request
passes is no patch: `emulator/gateway.py` has that table.
"""

from __future__ import annotations

from . import (
    alarm_answers,
    alarm_tags,
    endpoint_policy,
    event_delivery,
    event_patterns,
    event_targets,
    first_use,
    glue_sync_task,
    json_paths,
    kms_data_key,
    listen_address,
    log_group_key,
    log_group_listing,
    log_group_tags,
    moto_errors,
    nested_errors,
    parameter_names,
    post_form_errors,
    post_forms,
    s3_event_key,
    s3_event_sequencer,
    s3_storage,
    security_group_rule,
    service_loading,
    slow_readers,
    state_machine_definition,
    state_machine_parsing,
    states_logs,
    states_metrics,
    task_parameters,
    terminal_errors,
    tracing_configuration,
    vpc_endpoints,
    websocket_refusal,
    xml_characters,
)
from .patch import Patch

BEFORE_LISTEN: tuple[Patch, ...] = (listen_address.PATCH,)

INSTALL: tuple[Patch, ...] = (
    alarm_answers.PATCH,
    alarm_tags.PATCH,
    endpoint_policy.PATCH,
    event_delivery.PATCH,
    event_patterns.PATCH,
    event_targets.PATCH,
    first_use.PATCH,
    glue_sync_task.PATCH,
    json_paths.PATCH,
    kms_data_key.PATCH,
    log_group_key.PATCH,
    log_group_listing.PATCH,
    log_group_tags.PATCH,
    moto_errors.PATCH,
    nested_errors.PATCH,
    parameter_names.PATCH,
    post_form_errors.PATCH,
    post_forms.PATCH,
    s3_event_key.PATCH,
    s3_event_sequencer.PATCH,
    s3_storage.PATCH,
    security_group_rule.PATCH,
    service_loading.PATCH,
    slow_readers.PATCH,
    state_machine_definition.PATCH,
    state_machine_parsing.PATCH,
    states_logs.PATCH,
    states_metrics.PATCH,
    task_parameters.PATCH,
    terminal_errors.PATCH,
    tracing_configuration.PATCH,
    vpc_endpoints.PATCH,
    websocket_refusal.PATCH,
    xml_characters.PATCH,
)

PATCHES: tuple[Patch, ...] = BEFORE_LISTEN + INSTALL


def before_listen() -> None:
    """Put in place what has to be there before the gateway listens."""
    for patch in BEFORE_LISTEN:
        patch.apply()


def install() -> None:
    """Put in place what has to be there before the first request."""
    for patch in INSTALL:
        patch.apply()
