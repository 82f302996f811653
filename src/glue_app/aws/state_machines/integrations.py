"""What the Resource of a Task may be: a function, an activity, an optimised or an AWS SDK integration.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botocore.model import OperationModel

from . import services

SYNC, SYNC2, TOKEN = ".sync", ".sync:2", ".waitForTaskToken"
_RUN, _RUN_OR_TOKEN = frozenset({"", SYNC}), frozenset({"", SYNC, TOKEN})
_CALL, _CALL_OR_TOKEN = frozenset({""}), frozenset({"", TOKEN})


def _each(operations: str, patterns: frozenset[str]) -> dict[str, frozenset[str]]:
    return dict.fromkeys(operations.split(), patterns)


#: operations of the optimised integrations and the patterns each has
OPTIMISED: dict[str, dict[str, frozenset[str]]] = {
    "apigateway": _each("invoke", _CALL_OR_TOKEN),
    "athena": {
        **_each("startQueryExecution", _RUN),
        **_each("stopQueryExecution getQueryExecution getQueryResults", _CALL),
    },
    "batch": _each("submitJob", _RUN_OR_TOKEN),
    "bedrock": {
        **_each("invokeModel", _CALL_OR_TOKEN),
        **_each("createModelCustomizationJob", _RUN_OR_TOKEN),
    },
    "codebuild": {
        **_each("startBuild startBuildBatch retryBuildBatch", _RUN),
        **_each("stopBuild batchDeleteBuilds batchGetReports stopBuildBatch deleteBuildBatch", _CALL),
    },
    "databrew": _each("startJobRun", _RUN),
    "dynamodb": _each("getItem putItem deleteItem updateItem", _CALL),
    "ecs": _each("runTask", _RUN_OR_TOKEN),
    "eks": {
        **_each(
            "createCluster deleteCluster createNodegroup deleteNodegroup createFargateProfile"
            " deleteFargateProfile runJob",
            _RUN_OR_TOKEN,
        ),
        **_each("call", _CALL_OR_TOKEN),
    },
    "elasticmapreduce": {
        **_each("createCluster terminateCluster addStep", _RUN),
        **_each(
            "cancelStep setClusterTerminationProtection modifyInstanceFleetByName modifyInstanceGroupByName",
            _CALL,
        ),
    },
    "emr-containers": {
        **_each("createVirtualCluster cancelJobRun", _CALL),
        **_each("deleteVirtualCluster startJobRun", _RUN),
    },
    "emr-serverless": _each(
        "createApplication startApplication stopApplication deleteApplication startJobRun cancelJobRun", _RUN
    ),
    "events": _each("putEvents", _CALL_OR_TOKEN),
    "glue": _each("startJobRun", _RUN),
    "http": _each("invoke", _CALL),
    "lambda": _each("invoke", _CALL_OR_TOKEN),
    "mediaconvert": _each("createJob", _RUN),
    "sagemaker": {
        **_each("createEndpoint createEndpointConfig createModel updateEndpoint", _CALL),
        **_each(
            "createHyperParameterTuningJob createLabelingJob createProcessingJob createTrainingJob"
            " createTransformJob",
            _RUN,
        ),
    },
    "sns": _each("publish", _CALL_OR_TOKEN),
    "sqs": _each("sendMessage", _CALL_OR_TOKEN),
    "states": _each("startExecution", frozenset({"", SYNC, SYNC2, TOKEN})),
}
#: optimised integrations whose parameters are their own, not those of the API
_OWN_PARAMETERS = frozenset({"apigateway", "bedrock", "elasticmapreduce", "http"})
_BOTOCORE_NAMES = {"states": "stepfunctions"}

_PARTITION = r"arn:aws(?:-[a-z]+)*"
_FUNCTION = re.compile(_PARTITION + r":lambda:[a-z0-9-]*:\d*:function:[\w$-]+(?::[\w$-]+)?")
_ACTIVITY = re.compile(_PARTITION + r":states:[a-z0-9-]*:\d*:activity:\S+")
_SERVICE = re.compile(
    _PARTITION + r":states:[a-z0-9-]*:\d*:(aws-sdk:)?([\w-]+):(\w+)(\.sync|\.sync:2|\.waitForTaskToken)?"
)


@dataclass(frozen=True)
class Integration:
    """A resource that was understood. `action` and `service` are empty for functions and activities."""

    resource: str
    activity: bool = False
    sdk: bool = False
    service: str = ""
    action: str = ""
    pattern: str = ""

    def operation(self) -> OperationModel | None:
        """Return what is called, None where the parameters are no API's."""
        if self.sdk:
            service = services.service_of(self.service)
        elif self.service in _OWN_PARAMETERS or not self.service:
            service = None
        else:
            service = _BOTOCORE_NAMES.get(self.service, self.service)
        return services.operation(service, self.action) if service else None


class UnknownResourceError(ValueError):
    """The text is AWS's message."""


def integration_of(resource: str) -> Integration:
    """Return what a task's Resource names.

    Raises UnknownResourceError.
    """
    if not resource.startswith("arn:"):
        raise UnknownResourceError("Value is not a valid resource ARN")
    if _FUNCTION.fullmatch(resource):
        return Integration(resource)
    if _ACTIVITY.fullmatch(resource):
        return Integration(resource, activity=True)
    if found := _SERVICE.fullmatch(resource):
        sdk, service, action, pattern = found[1], found[2], found[3], found[4] or ""
        integration = Integration(resource, False, bool(sdk), service, action, pattern)
        if sdk:
            exists = pattern in _CALL_OR_TOKEN and integration.operation() is not None
        else:
            exists = pattern in OPTIMISED.get(service, {}).get(action, frozenset())
        if exists:
            return integration
    raise UnknownResourceError(
        f"The resource provided {resource} is not recognized. The value is not a valid resource ARN, or the "
        "resource is not available in this region."
    )


def express_refusal(integration: Integration) -> str | None:
    """Why an Express workflow can't use it, None where it can."""
    if integration.activity:
        return "Express state machine does not support Activity ARN"
    if integration.pattern:
        return f"Express state machine does not support '{integration.pattern}' service integration "
    return None
