"""The job's role: checked as Glue checks it when a run starts, then assumed.

STS of LocalStack gives credentials for any role ARN, existing or not: existence and trust are read from IAM.
"""

from __future__ import annotations

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from glue_app.aws.policies import Policy, trusts

GLUE_PRINCIPAL = "glue.amazonaws.com"
SESSION_NAME = "GlueJobRunnerSession"


class RoleNotAssumableError(Exception):
    """Raised when Glue could not assume a job's role; its text is AWS's."""

    def __init__(self, role_arn: str) -> None:
        super().__init__(f"Role {role_arn} should be given assume role permissions for Glue Service.")
        self.role_arn = role_arn


def assume_role(role: str, account_id: str, region: str) -> dict[str, str]:
    """Session credentials of a job's role as the AWS_* variables SDKs read.

    role: name or ARN, as the job has it. Raises RoleNotAssumableError when the role does not exist or its
    trust policy does not let AWS Glue assume it.
    """
    role_arn = role if role.startswith("arn:") else f"arn:aws:iam::{account_id}:role/{role}"
    clients = connect_to(aws_access_key_id=account_id, region_name=region)
    try:
        trust = clients.iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    except ClientError as error:
        raise RoleNotAssumableError(role_arn) from error
    if not trusts_glue(trust):
        raise RoleNotAssumableError(role_arn)
    sts = clients.sts.request_metadata(service_principal="glue")
    credentials = sts.assume_role(RoleArn=role_arn, RoleSessionName=SESSION_NAME)["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def trusts_glue(trust_policy: Policy) -> bool:
    """Whether a trust policy allows sts:AssumeRole to AWS Glue. Conditions are not evaluated."""
    return trusts(trust_policy, GLUE_PRINCIPAL)
