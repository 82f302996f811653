"""Each service that infra/ uses: create, save, kill -9, restore; then reads are equal and writes work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from glue_app.emulator.host.state import SERVICES
from tests.integration.state import estate
from tests.integration.state.conftest import folder
from tests.integration.state.kept_stack import KeptStack
from tests.support.polling import wait_for


@dataclass
class Survivor:
    """A stack in its second life."""

    stack: KeptStack
    client: Callable[[str], Any]
    before: dict[str, dict[str, Any]]
    #: what making each service's part returned
    made: dict[str, Any]
    #: what the save says that it holds
    inventory: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def survivor() -> Iterator[Survivor]:
    """One of everything was made, described and saved; then LocalStack was killed and restored."""
    stack = KeptStack(folder())
    clients: dict[str, Any] = {}

    def client(name: str) -> Any:
        return clients.setdefault(name, stack.client(name))

    try:
        stack.start()
        made = {name: make(client) for name, make in estate.MAKE.items()}
        before = {name: estate.describe(name, client) for name in estate.DESCRIBE}
        stack.save()
        stack.localstack.kill()
        save = stack.bring_back()
        yield Survivor(stack, client, before, made, save.manifest.inventory)
    finally:
        stack.remove()


def test_every_kept_service_is_described() -> None:
    """A service that is added to the list gets a test here."""
    assert set(estate.DESCRIBE) == set(estate.MAKE) == set(SERVICES)


@pytest.mark.parametrize("service", estate.MAKE)
def test_reads_are_equal(survivor: Survivor, service: str) -> None:
    """Every describe and list call answers as before the kill; S3 data by content, version by version."""
    if service == "rds":
        wait_for("the database", lambda: estate.rds_status(survivor.client) == "available", timeout=60)
    assert estate.describe(service, survivor.client) == survivor.before[service]


# ---------------------------------------------------------------- writes: one a service
def write_iam(survivor: Survivor) -> None:
    survivor.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument="{}")
    survivor.client("iam").delete_role_policy(RoleName="estate", PolicyName="all")


def write_sts(survivor: Survivor) -> None:
    """The credentials of before are still those of the role's session."""
    kept = survivor.made["sts"]
    session = survivor.stack.client(
        "sts",
        aws_access_key_id=kept["AccessKeyId"],
        aws_secret_access_key=kept["SecretAccessKey"],
        aws_session_token=kept["SessionToken"],
    )
    assert session.get_caller_identity()["Arn"].endswith("assumed-role/estate/kept")
    assert survivor.client("sts").assume_role(RoleArn=estate.ROLE, RoleSessionName="new")["Credentials"]


def write_kms(survivor: Survivor) -> None:
    """What was encrypted before is decrypted after."""
    kms = survivor.client("kms")
    assert kms.decrypt(CiphertextBlob=survivor.made["kms"])["Plaintext"] == b"hello"
    kms.create_alias(AliasName="alias/new", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])


def write_s3(survivor: Survivor) -> None:
    """An upload begun before is completed after, and an old version can be deleted."""
    s3, upload = survivor.client("s3"), survivor.made["s3"]
    asked = {"Bucket": "estate-plain", "Key": "parts", "UploadId": upload}
    s3.upload_part(PartNumber=2, Body=b"2", **asked)
    parts = [
        {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in s3.list_parts(**asked)["Parts"]
    ]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **asked)
    body = s3.get_object(Bucket="estate-plain", Key="parts")["Body"].read()
    assert body == b"1" * 5 * estate.MIB + b"2"
    oldest = s3.list_object_versions(Bucket="estate", Prefix="数")["Versions"][-1]
    s3.delete_object(Bucket="estate", Key=oldest["Key"], VersionId=oldest["VersionId"])
    assert len(s3.list_object_versions(Bucket="estate", Prefix="数")["Versions"]) == 2


def write_sqs(survivor: Survivor) -> None:
    """A receipt handle of before is good; order and deduplication go on."""
    sqs = survivor.client("sqs")
    url = sqs.get_queue_url(QueueName="estate")["QueueUrl"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=survivor.made["sqs"])
    left = [sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"][0]["Body"] for _ in range(2)]
    assert sorted(left) == ["m1", "m2"]
    fifo = sqs.get_queue_url(QueueName="estate.fifo")["QueueUrl"]
    sqs.send_message(QueueUrl=fifo, MessageBody="f0", MessageGroupId="g")  # a duplicate
    sqs.send_message(QueueUrl=fifo, MessageBody="f3", MessageGroupId="g")
    got = sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in got] == ["f0", "f1", "f2", "f3"]


def write_sns(survivor: Survivor) -> None:
    """A subscription of before delivers, by its filter."""
    for kind in ("other", "kept"):
        survivor.client("sns").publish(
            TopicArn=survivor.made["sns"],
            Message=f"sns {kind}",
            MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}},
        )
    assert "sns other" not in bodies_until(survivor, "sns kept")


def write_stepfunctions(survivor: Survivor) -> None:
    """An execution's name is taken; a new one runs."""
    states = survivor.client("stepfunctions")
    quick = estate.machine_arn("quick")
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=estate.machine_arn("failing"), name="kept", input="{}")
    arn = states.start_execution(stateMachineArn=quick)["executionArn"]
    wait_for("the execution", lambda: states.describe_execution(executionArn=arn)["status"] == "SUCCEEDED")


def write_events(survivor: Survivor) -> None:
    """A rule of before delivers, is archived, and can be deleted."""
    events = survivor.client("events")
    entry = {"Source": "estate", "DetailType": "d", "Detail": '{"after": 1}', "EventBusName": "estate"}
    events.put_events(Entries=[entry])
    wait_for("the message", lambda: any('"after"' in body for body in receive(survivor)))
    wait_for("the archive", lambda: events.describe_archive(ArchiveName="estate")["EventCount"] == 2)
    events.remove_targets(Rule="scheduled", Ids=["1"])
    events.delete_rule(Name="scheduled")


def write_logs(survivor: Survivor) -> None:
    logs = survivor.client("logs")
    logs.create_log_stream(logGroupName="/estate", logStreamName="new")
    line = {"timestamp": 1_790_000_000_000, "message": "after"}
    logs.put_log_events(logGroupName="/estate", logStreamName="new", logEvents=[line])


def write_cloudwatch(survivor: Survivor) -> None:
    """New data joins the old; an alarm of before is evaluated again."""
    cloudwatch = survivor.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="estate", StateValue="OK", StateReason="test")
    wait_for("an evaluation", lambda: estate.alarm_state(survivor.client) == "ALARM")
    cloudwatch.put_metric_data(Namespace="estate", MetricData=[{"MetricName": "m", "Value": 100.0}])
    after = estate.describe("cloudwatch", survivor.client)["data"]
    assert sum(point["Sum"] for point in after) == 110.0
    cloudwatch.delete_alarms(AlarmNames=["estate"])


def write_ec2(survivor: Survivor) -> None:
    ec2, vpc = survivor.client("ec2"), survivor.made["ec2"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.9.0/24")
    ec2.create_security_group(GroupName="new", Description="d", VpcId=vpc)


def write_ssm(survivor: Survivor) -> None:
    """A name that was not there: the first write of all is the one that failed."""
    ssm = survivor.client("ssm")
    ssm.put_parameter(Name="/estate/new", Value="1", Type="String")
    assert ssm.put_parameter(Name="/estate/a", Value="3", Type="String", Overwrite=True)["Version"] == 3


def write_secretsmanager(survivor: Survivor) -> None:
    secrets = survivor.client("secretsmanager")
    secrets.put_secret_value(SecretId="estate", SecretString="three")
    secrets.create_secret(Name="new", SecretString="s")
    names = [secret["Name"] for secret in secrets.list_secrets()["SecretList"]]
    assert any(name.startswith("rds!") for name in names), "the one that RDS keeps"


def write_glue(survivor: Survivor) -> None:
    glue = survivor.client("glue")
    assert glue.start_job_run(JobName="estate")["JobRunId"]
    glue.create_database(DatabaseInput={"Name": "new"})


def write_rds(survivor: Survivor) -> None:
    """The instance can be changed; what is in the database is RDS's own test."""
    rds = survivor.client("rds")
    wait_for("the database", lambda: estate.rds_status(survivor.client) == "available", timeout=60)
    rds.modify_db_instance(DBInstanceIdentifier="estate", BackupRetentionPeriod=3, ApplyImmediately=True)
    rds.create_db_parameter_group(
        DBParameterGroupName="new", DBParameterGroupFamily="postgres15", Description="d"
    )


WRITE = {
    name.removeprefix("write_"): function
    for name, function in list(globals().items())
    if name.startswith("write_")
}


@pytest.mark.parametrize("service", estate.MAKE)
def test_writes_work(survivor: Survivor, service: str) -> None:
    """Equal reads prove nothing about the next write."""
    WRITE[service](survivor)


# ---------------------------------------------------------------- across services
def test_a_running_execution_is_aborted(survivor: Survivor) -> None:
    states = survivor.client("stepfunctions")
    arn = estate.machine_arn("waiting").replace(":stateMachine:", ":execution:") + ":kept"

    described = states.describe_execution(executionArn=arn)

    assert (described["status"], described["error"]) == ("ABORTED", "EmulatorRestarted")
    history = states.get_execution_history(executionArn=arn)["events"]
    assert history[-1]["type"] == "ExecutionAborted"
    assert [event["id"] for event in history] == list(range(1, len(history) + 1))


def test_an_upload_still_starts_the_pipeline(survivor: Survivor) -> None:
    """S3, EventBridge and Step Functions together."""
    states, quick = survivor.client("stepfunctions"), estate.machine_arn("quick")

    def executions() -> int:
        return len(states.list_executions(stateMachineArn=quick)["executions"])

    before = executions()
    survivor.client("s3").put_object(Bucket="estate", Key="bronze/after.csv", Body=b"a,b\n1,2\n")
    wait_for("the execution", lambda: executions() > before)


def test_the_save_says_what_it_holds(survivor: Survivor) -> None:
    """By kind and name, with what would differ: two saves are told apart by it."""
    inventory = survivor.inventory
    objects = [name.partition("@")[0] for name in inventory["s3 object"]]
    assert (
        sorted(objects)
        == ["estate-plain/copy", "estate-plain/x", "estate/large.bin"] + ["estate/数 a.csv"] * 4
    )
    assert list(inventory["s3 object"].values()).count("delete marker") == 1
    queues = {arn.rpartition(":")[2]: held for arn, held in inventory["sqs queue"].items()}
    assert queues == {"estate": "4 messages", "estate.fifo": "3 messages"}
    assert list(inventory["sns topic"].values()) == ["1 subscriptions"]
    executions = {arn.split(":")[-2]: status for arn, status in inventory["execution"].items()}
    assert executions["failing"] == "FAILED"
    assert executions["waiting"] == "RUNNING"
    lines = {arn.split(":log-group:")[1]: held for arn, held in inventory["log group"].items()}
    assert lines["/estate"].startswith("3050 events")


def test_data_lies_in_the_stacks_own_folder(survivor: Survivor) -> None:
    blobs = list((survivor.stack.state / "s3").glob("??/*"))
    assert any(path.stat().st_size == 3 * estate.MIB for path in blobs)


def test_a_save_does_not_wait_for_a_long_poll(survivor: Survivor) -> None:
    """Twenty seconds of ReceiveMessage, which still gets what is sent afterwards."""
    sqs, polling = survivor.client("sqs"), survivor.stack.client("sqs")
    url = sqs.create_queue(QueueName="polled")["QueueUrl"]
    got: list[Any] = []
    poll = threading.Thread(
        target=lambda: got.append(polling.receive_message(QueueUrl=url, WaitTimeSeconds=20))
    )
    poll.start()

    for _ in range(3):  # it comes before the last of them at least
        survivor.stack.save()
        assert poll.is_alive(), "it goes on"
    sqs.send_message(QueueUrl=url, MessageBody="after the save")
    poll.join(60)
    assert got[0]["Messages"][0]["Body"] == "after the save"


def receive(survivor: Survivor) -> list[str]:
    """The bodies of what is in the queue of the estate, each given once."""
    sqs = survivor.client("sqs")
    url = sqs.get_queue_url(QueueName="estate")["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    for message in answer.get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in answer.get("Messages", [])]


def bodies_until(survivor: Survivor, last: str) -> list[str]:
    """All bodies that come until one is `last`."""
    seen: list[str] = []
    wait_for(f"the message {last!r}", lambda: last in (seen.extend(receive(survivor)) or seen))  # type: ignore[func-returns-value]
    return seen
