"""Names of services in `aws-sdk` integrations, and botocore's models of what they are called with.

AWS names a service as its Java SDK does: the service id in small letters. Models are those of the installed
botocore, so a service younger than it is not known.
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

from functools import cache

import botocore.session
from botocore.model import OperationModel, ServiceModel

#: botocore's names that are not the service id without its hyphens
_NAMED_OTHERWISE = {
    "ce": ("costexplorer",),
    "cognito-idp": ("cognitoidentityprovider",),
    "config": ("config", "configservice"),
    "cur": ("costandusagereport", "costandusagereportservice"),
    "discovery": ("applicationdiscovery", "applicationdiscoveryservice"),
    "dms": ("databasemigration", "databasemigrationservice"),
    "ds": ("directory", "directoryservice"),
    "ds-data": ("directoryservicedata",),
    "elb": ("elasticloadbalancing",),
    "elbv2": ("elasticloadbalancingv2",),
    "es": ("elasticsearch", "elasticsearchservice"),
    "events": ("eventbridge",),
    "iot-data": ("iotdataplane",),
    "iot-jobs-data": ("iotjobsdataplane",),
    "lex-models": ("lexmodelbuilding", "lexmodelbuildingservice"),
    "lex-runtime": ("lexruntime", "lexruntimeservice"),
    "lexv2-models": ("lexmodelsv2",),
    "lexv2-runtime": ("lexruntimev2",),
    "logs": ("cloudwatchlogs",),
    "marketplace-entitlement": ("marketplaceentitlement", "marketplaceentitlementservice"),
    "meteringmarketplace": ("marketplacemetering",),
    "mgh": ("migrationhub",),
    "sdb": ("simpledb",),
    "serverlessrepo": ("serverlessapplicationrepository",),
    "sms-voice": ("pinpointsmsvoice",),
    "stepfunctions": ("sfn",),
}


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def _sdk_names() -> dict[str, str]:
    return {
        name: service
        for service in _session().get_available_services()
        for name in _NAMED_OTHERWISE.get(service, (service.replace("-", ""),))
    }


def service_of(sdk_name: str) -> str | None:
    """botocore's name of a service that an `aws-sdk` resource names, None where there is none."""
    return _sdk_names().get(sdk_name)


@cache
def _model(service: str) -> ServiceModel:
    return _session().get_service_model(service)


@cache
def operation(service: str, action: str) -> OperationModel | None:
    """Return the operation that `action` (camelCase, as in a resource) names, None where there is none."""
    if action[:1] != action[:1].lower():
        return None
    model = _model(service)
    for name in model.operation_names:
        if name.casefold() == action.casefold():
            return model.operation_model(name)
    return None
