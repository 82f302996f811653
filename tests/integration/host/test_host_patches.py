"""The patches in a running stack, seen through AWS's API alone."""

from __future__ import annotations

import datetime
import json
import socket
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.integration.local_stack import ACCOUNT_ID, GLUE_VERSION, LocalStack
from tests.support.polling import wait_for

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/tests"
FAILING = {"StartAt": "Failed", "States": {"Failed": {"Type": "Fail", "Error": "OnPurpose"}}}
SLEEPING_SCRIPT = "import time\ntime.sleep(120)\n"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "glue.amazonaws.com"}}
    ],
}


@pytest.fixture
def name() -> str:
    return f"patches-{uuid.uuid4().hex[:8]}"


def state_machine(client: Callable[[str], Any], name: str, definition: dict[str, Any]) -> str:
    made = client("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn=ROLE,
        tracingConfiguration={"enabled": True},
    )
    return str(made["stateMachineArn"])


@pytest.mark.embedded("in a container it listens on all of the container's addresses")
def test_the_gateway_listens_on_its_address_alone(stack: LocalStack) -> None:
    """127.0.0.2 leads to the same machine; a gateway bound to 0.0.0.0 would answer there."""
    with pytest.raises(OSError, match=r"refused|assign"):
        socket.create_connection(("127.0.0.2", stack.edge_port), timeout=60)


def test_health_names_the_generation_and_what_is_down(stack: LocalStack) -> None:
    """The stub may not have been started; all else is up."""
    answer = httpx.get(f"{stack.endpoint}/_glue-app/health", trust_env=False)
    body = answer.json()

    assert body["generation"] == stack.generation
    assert body["services"]["runner"] == "up"
    assert answer.status_code == (200 if set(body["services"].values()) == {"up"} else 503)


def test_a_target_with_an_input_path_starts_a_state_machine(client: Callable[[str], Any], name: str) -> None:
    """A mistyped rule is refused; the sound one delivers the part of the event it asks for, counted."""
    events, states, cloudwatch = client("events"), client("stepfunctions"), client("cloudwatch")
    typo = json.dumps({"source": [name], "detail": {"key": [{"sufix": ".csv"}]}})
    with pytest.raises(ClientError, match=r"InvalidEventPatternException.*Unrecognized match type sufix"):
        events.put_rule(Name=f"{name}-typo", EventPattern=typo)
    machine = state_machine(client, name, {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
    events.put_targets(
        Rule=name, Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE, "InputPath": "$.detail"}]
    )

    events.put_events(Entries=[{"Source": name, "DetailType": "test", "Detail": '{"key": "声.csv"}'}])

    started = wait_for("the execution", lambda: states.list_executions(stateMachineArn=machine)["executions"])
    execution = states.describe_execution(executionArn=started[0]["executionArn"])
    assert json.loads(execution["input"]) == {"key": "声.csv"}
    dimensions = [{"Name": "RuleName", "Value": name}]
    wait_for(
        "the metric",
        lambda: cloudwatch.list_metrics(
            Namespace="AWS/Events", MetricName="Invocations", Dimensions=dimensions
        )["Metrics"],
    )


def test_an_event_without_a_target_ends_in_the_dead_letter_queue(
    client: Callable[[str], Any], name: str
) -> None:
    """With the attributes EventBridge gives it; a target that does not exist is not tried again."""
    events, sqs = client("events"), client("sqs")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    target = f"arn:aws:states:us-east-1:{ACCOUNT_ID}:stateMachine:nowhere-{name}"
    rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(
        Rule=name,
        Targets=[{"Id": "1", "Arn": target, "RoleArn": ROLE, "DeadLetterConfig": {"Arn": queue_arn}}],
    )

    events.put_events(Entries=[{"Source": name, "DetailType": "test", "Detail": '{"key": "声.csv"}'}])

    def received() -> Any:
        return sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], WaitTimeSeconds=1).get(
            "Messages"
        )

    (message,) = wait_for("the dead letter", received)
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"key": "声.csv"}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": rule, "TARGET_ARN": target, "ERROR_CODE": "NO_RESOURCE"}


def test_a_failed_execution_is_counted(client: Callable[[str], Any], name: str) -> None:
    """In AWS/States, by state machine: what an alarm on ExecutionsFailed looks at."""
    arn = state_machine(client, name, FAILING)
    client("stepfunctions").start_execution(stateMachineArn=arn)
    query = {
        "Id": "failed",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/States",
                "MetricName": "ExecutionsFailed",
                "Dimensions": [{"Name": "StateMachineArn", "Value": arn}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }

    def counted() -> bool:
        now = datetime.datetime.now(datetime.timezone.utc)
        minutes = datetime.timedelta(minutes=5)
        data = client("cloudwatch").get_metric_data(
            MetricDataQueries=[query], StartTime=now - minutes, EndTime=now + minutes
        )
        return bool(sum(data["MetricDataResults"][0]["Values"]) == 1.0)

    wait_for("ExecutionsFailed to be 1", counted)


def test_tracing_and_alarm_tags_are_told(client: Callable[[str], Any], name: str) -> None:
    """A second Terraform plan compares both."""
    arn = state_machine(client, name, FAILING)
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/States",
        MetricName="ExecutionsFailed",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Tags=[{"Key": "Project", "Value": "glue-app"}],
    )
    alarm = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]

    described = client("stepfunctions").describe_state_machine(stateMachineArn=arn)

    assert described["tracingConfiguration"] == {"enabled": True}
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm)["Tags"] == [
        {"Key": "Project", "Value": "glue-app"}
    ]


def test_an_endpoint_policy_comes_back_whole(client: Callable[[str], Any]) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    policy = {"Version": "2012-10-17", "Statement": []}

    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=json.dumps(policy)
    )["VpcEndpoint"]["VpcEndpointId"]

    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"][0]
    assert json.loads(found["PolicyDocument"]) == policy


def test_an_endpoint_that_aws_would_not_make_is_refused(client: Callable[[str], Any]) -> None:
    """On creation and on modification, with AWS's code and text."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]

    def make(service: str, private_dns: bool = True) -> str:
        made = ec2.create_vpc_endpoint(
            VpcId=vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.us-east-1.{service}",
            PrivateDnsEnabled=private_dns,
        )
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    with pytest.raises(ClientError, match=r"InvalidServiceName.*bedrock_runtime' does not exist"):
        make("bedrock_runtime")
    with pytest.raises(ClientError, match=r"InvalidParameter.*requires both enableDnsSupport"):
        make("glue")
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    make("glue")
    second = make("glue", private_dns=False)
    with pytest.raises(ClientError, match=r"InvalidParameter.*conflicting DNS domain for glue"):
        ec2.modify_vpc_endpoint(VpcEndpointId=second, PrivateDnsEnabled=True)


@pytest.mark.parametrize("ending", ["stopped", "timed out"])
def test_the_run_a_task_waits_for_ends_with_it(client: Callable[[str], Any], name: str, ending: str) -> None:
    """A stopped execution and a task that timed out leave no job run behind."""
    job_of(client, name)
    task: dict[str, Any] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": name},
        "End": True,
    }
    if ending == "timed out":
        task["TimeoutSeconds"] = 4
    arn = state_machine(client, name, {"StartAt": "Run", "States": {"Run": task}})
    states, glue = client("stepfunctions"), client("glue")
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]

    def runs() -> Any:
        return [run["JobRunState"] for run in glue.get_job_runs(JobName=name)["JobRuns"]]

    wait_for("the job run", runs)
    if ending == "stopped":
        states.stop_execution(executionArn=execution)

    wait_for("the job run to be stopped", lambda: runs() == ["STOPPED"], timeout=60)
    status = states.describe_execution(executionArn=execution)["status"]
    assert status == {"stopped": "ABORTED", "timed out": "FAILED"}[ending]


def job_of(client: Callable[[str], Any], name: str) -> None:
    """A Glue job that would take two minutes."""
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="job.py", Body=SLEEPING_SCRIPT.encode())
    role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    client("glue").create_job(
        Name=name,
        Role=role,
        GlueVersion=GLUE_VERSION,
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Command={"Name": "glueetl", "ScriptLocation": f"s3://{name}/job.py", "PythonVersion": "3"},
    )


@pytest.mark.parametrize(
    ("asked_for", "size"),
    [({"NumberOfBytes": 64}, 64), ({"KeySpec": "AES_128"}, 16), ({"KeySpec": "AES_256"}, 32)],
)
def test_a_data_key_has_the_size_that_was_asked_for(
    client: Callable[[str], Any], asked_for: dict[str, Any], size: int
) -> None:
    """And Decrypt gives it back, in its encryption context only."""
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **asked_for)
    assert len(made["Plaintext"]) == size
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"]
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "c"})


@pytest.mark.parametrize("asked_for", [{}, {"NumberOfBytes": 64, "KeySpec": "AES_256"}])
def test_a_data_key_wants_one_size(client: Callable[[str], Any], asked_for: dict[str, Any]) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    with pytest.raises(ClientError, match="either number of bytes or key spec"):
        kms.generate_data_key(KeyId=key, **asked_for)
