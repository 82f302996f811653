"""One of everything that `infra/` uses, and more: how to make and to describe it, service by service."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.integration.local_stack import ACCOUNT_ID, GLUE_VERSION, REGION
from tests.support.polling import wait_for

Client = Callable[[str], Any]
Answers = Iterator[tuple[str, Any]]

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/estate"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:estate"
TAGS = [{"Key": "Project", "Value": "estate"}]
MIB = 2**20
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["glue.amazonaws.com", "states.amazonaws.com"]},
        }
    ],
}
MACHINES = {
    "quick": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"声": 1}, "End": True}}},
    "failing": {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "OnPurpose", "Cause": "a test"}}},
    "waiting": {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 900, "End": True}}},
}


def machine_arn(name: str) -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT_ID}:stateMachine:{name}"


# ---------------------------------------------------------------- making: returns what later tests need
def make_iam(client: Client) -> Any:
    iam = client("iam")
    iam.create_role(RoleName="estate", AssumeRolePolicyDocument=json.dumps(TRUST), Tags=TAGS)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="estate", PolicyName="all", PolicyDocument=json.dumps(everything))
    iam.create_policy(PolicyName="estate", PolicyDocument=json.dumps(everything), Tags=TAGS)
    iam.attach_role_policy(RoleName="estate", PolicyArn=f"arn:aws:iam::{ACCOUNT_ID}:policy/estate")
    iam.create_instance_profile(InstanceProfileName="estate")


def make_sts(client: Client) -> Any:
    return client("sts").assume_role(RoleArn=ROLE, RoleSessionName="kept")["Credentials"]


def make_kms(client: Client) -> Any:
    kms = client("kms")
    key = kms.create_key(Description="estate", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"][
        "KeyId"
    ]
    kms.create_alias(AliasName="alias/estate", TargetKeyId=key)
    kms.enable_key_rotation(KeyId=key)
    kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    return kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]


def make_s3(client: Client) -> Any:
    s3 = client("s3")
    for bucket in ("estate", "estate-plain"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="estate", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket="estate", Tagging={"TagSet": TAGS})
    s3.put_bucket_notification_configuration(
        Bucket="estate", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    for number in range(3):
        s3.put_object(Bucket="estate", Key="数 a.csv", Body=b"v%d" % number, Metadata={"n": str(number)})
    s3.put_object(Bucket="estate", Key="large.bin", Body=bytes(range(256)) * 4096 * 3)
    s3.delete_object(Bucket="estate", Key="数 a.csv")
    s3.put_object(Bucket="estate-plain", Key="x", Body=b"old")
    s3.put_object(Bucket="estate-plain", Key="x", Body=b"new")
    s3.put_object_tagging(Bucket="estate-plain", Key="x", Tagging={"TagSet": TAGS})
    source = {"Bucket": "estate-plain", "Key": "x"}
    s3.copy_object(Bucket="estate-plain", Key="copy", CopySource=source)
    upload = s3.create_multipart_upload(Bucket="estate-plain", Key="parts")["UploadId"]
    s3.upload_part(Bucket="estate-plain", Key="parts", UploadId=upload, PartNumber=1, Body=b"1" * 5 * MIB)
    return upload


def make_sqs(client: Client) -> Any:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="estate", Attributes={"VisibilityTimeout": "600"}, tags={"a": "b"})[
        "QueueUrl"
    ]
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"m{number}")
    sqs.send_message(QueueUrl=url, MessageBody="late", DelaySeconds=600)
    fifo = sqs.create_queue(
        QueueName="estate.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )["QueueUrl"]
    for number in range(3):
        sqs.send_message(QueueUrl=fifo, MessageBody=f"f{number}", MessageGroupId="g")
    return sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]


def make_sns(client: Client) -> Any:
    sns = client("sns")
    topic = sns.create_topic(Name="estate", Tags=TAGS)["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=QUEUE_ARN,
        Attributes={"FilterPolicy": '{"kind":["kept"]}', "RawMessageDelivery": "true"},
    )
    return topic


def make_stepfunctions(client: Client) -> Any:
    states = client("stepfunctions")
    for name, definition in MACHINES.items():
        states.create_state_machine(
            name=name,
            definition=json.dumps(definition),
            roleArn=ROLE,
            tags=[{"key": "a", "value": "b"}],
            tracingConfiguration={"enabled": True},
        )
        states.start_execution(stateMachineArn=machine_arn(name), name="kept", input='{"i": "数"}')
    for name in ("quick", "failing"):
        execution = machine_arn(name).replace(":stateMachine:", ":execution:") + ":kept"
        wait_for(
            f"{name} to end",
            lambda arn=execution: states.describe_execution(executionArn=arn)["status"] != "RUNNING",  # type: ignore[misc]
        )


def make_events(client: Client) -> Any:
    events = client("events")
    events.create_event_bus(Name="estate")
    events.put_rule(
        Name="custom", EventBusName="estate", EventPattern='{"source":["estate"]}', Tags=TAGS, Description="d"
    )
    events.put_targets(Rule="custom", EventBusName="estate", Targets=[{"Id": "1", "Arn": QUEUE_ARN}])
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": ["estate"]}}}
    events.put_rule(Name="upload", EventPattern=json.dumps(pattern))
    target = {"Id": "1", "Arn": machine_arn("quick"), "RoleArn": ROLE, "DeadLetterConfig": {"Arn": QUEUE_ARN}}
    events.put_targets(Rule="upload", Targets=[target])
    events.put_rule(Name="scheduled", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="scheduled", Targets=[{"Id": "1", "Arn": QUEUE_ARN, "Input": '{"tick":1}'}])
    source = f"arn:aws:events:{REGION}:{ACCOUNT_ID}:event-bus/estate"
    events.create_archive(ArchiveName="estate", EventSourceArn=source)
    events.put_events(
        Entries=[{"Source": "archived", "DetailType": "d", "Detail": "{}", "EventBusName": "estate"}]
    )
    wait_for("the archive", lambda: events.describe_archive(ArchiveName="estate")["EventCount"] == 1)


def make_logs(client: Client) -> Any:
    logs = client("logs")
    logs.create_log_group(logGroupName="/estate", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="/estate", retentionInDays=7)
    logs.create_log_stream(logGroupName="/estate", logStreamName="s")
    now = int(time.time() * 1000)
    lines = [{"timestamp": now + number, "message": f"行 {number}"} for number in range(50)]
    logs.put_log_events(logGroupName="/estate", logStreamName="s", logEvents=lines)
    logs.create_log_stream(logGroupName="/estate", logStreamName="long")
    for call in range(3):  # more than a save holds: the rest is in blobs
        lines = [
            {"timestamp": now + call, "message": f"{call} {number} ".ljust(700, "語")}
            for number in range(1000)
        ]
        logs.put_log_events(logGroupName="/estate", logStreamName="long", logEvents=lines)


def make_cloudwatch(client: Client) -> Any:
    cloudwatch = client("cloudwatch")
    data = [{"MetricName": "m", "Value": float(number)} for number in range(5)]
    cloudwatch.put_metric_data(Namespace="estate", MetricData=data)
    cloudwatch.put_metric_alarm(
        AlarmName="estate",
        Namespace="estate",
        MetricName="absent",
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
        Tags=TAGS,
    )
    wait_for("the alarm's first evaluation", lambda: alarm_state(client) == "ALARM")
    cloudwatch.put_dashboard(DashboardName="estate", DashboardBody='{"widgets":[]}')


def alarm_state(client: Client) -> str:
    found = client("cloudwatch").describe_alarms(AlarmNames=["estate"])["MetricAlarms"]
    return str(found[0]["StateValue"])


def make_ec2(client: Client) -> Any:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=TAGS)
    for number, zone in enumerate(("a", "b")):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{number}.0/24", AvailabilityZone=REGION + zone)
    group = ec2.create_security_group(GroupName="estate", Description="d", VpcId=vpc)["GroupId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.7.0.0/16"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table])
    return vpc


def make_ssm(client: Client) -> Any:
    ssm = client("ssm")
    for value in ("1", "2"):
        ssm.put_parameter(Name="/estate/a", Value=value, Type="String", Overwrite=True)
    ssm.put_parameter(Name="/estate/secret", Value="s", Type="SecureString")


def make_secretsmanager(client: Client) -> Any:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="estate", SecretString="one", Tags=TAGS)
    secrets.put_secret_value(SecretId="estate", SecretString="two")


def make_glue(client: Client) -> Any:
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "estate"})
    columns = [{"Name": "id", "Type": "bigint"}]
    glue.create_table(
        DatabaseName="estate", TableInput={"Name": "t", "StorageDescriptor": {"Columns": columns}}
    )
    glue.create_job(
        Name="estate",
        Role=ROLE,
        GlueVersion=GLUE_VERSION,
        WorkerType="G.1X",
        NumberOfWorkers=2,
        Command={"Name": "glueetl", "ScriptLocation": "s3://estate/nothing.py"},
        Tags={"a": "b"},
    )
    run = glue.start_job_run(JobName="estate")["JobRunId"]  # FAILED: there is no such script
    states = ("STARTING", "RUNNING")
    wait_for(
        "the run to end",
        lambda: glue.get_job_run(JobName="estate", RunId=run)["JobRun"]["JobRunState"] not in states,
    )


def make_rds(client: Client) -> Any:
    rds = client("rds")
    rds.create_db_parameter_group(
        DBParameterGroupName="estate", DBParameterGroupFamily="postgres15", Description="d", Tags=TAGS
    )
    rds.create_db_instance(
        DBInstanceIdentifier="estate",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="estate",
        ManageMasterUserPassword=True,
        Tags=TAGS,
    )
    wait_for("the database", lambda: rds_status(client) == "available", timeout=120)
    rds.create_db_snapshot(DBInstanceIdentifier="estate", DBSnapshotIdentifier="estate", Tags=TAGS)
    rds.get_waiter("db_snapshot_available").wait(
        DBSnapshotIdentifier="estate", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def rds_status(client: Client) -> str:
    found = client("rds").describe_db_instances(DBInstanceIdentifier="estate")["DBInstances"]
    return str(found[0]["DBInstanceStatus"])


# ---------------------------------------------------------------- describing: (call, answer) of each call
def describe_iam(client: Client) -> Answers:
    iam = client("iam")
    yield "policies", iam.list_policies(Scope="Local")
    yield "profiles", iam.list_instance_profiles()
    yield "aws policies", iam.list_policies(Scope="AWS", MaxItems=1000)
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        yield f"role {name}", iam.get_role(RoleName=name)
        yield f"attached to {name}", iam.list_attached_role_policies(RoleName=name)
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            yield f"policy {policy} of {name}", iam.get_role_policy(RoleName=name, PolicyName=policy)


def describe_sts(client: Client) -> Answers:
    yield "identity", client("sts").get_caller_identity()


def describe_kms(client: Client) -> Answers:
    kms = client("kms")
    yield "aliases", kms.list_aliases()
    for key in kms.list_keys()["Keys"]:
        name = key["KeyId"]
        described = kms.describe_key(KeyId=name)
        yield f"key {name}", described
        yield f"policy {name}", kms.get_key_policy(KeyId=name, PolicyName="default")
        yield f"tags {name}", kms.list_resource_tags(KeyId=name)
        if described["KeyMetadata"]["KeySpec"].startswith("RSA"):
            yield f"public key {name}", kms.get_public_key(KeyId=name)
        else:
            yield f"rotation {name}", kms.get_key_rotation_status(KeyId=name)


def describe_s3(client: Client) -> Answers:
    s3 = client("s3")
    yield "buckets", s3.list_buckets()
    for bucket in ("estate", "estate-plain"):
        asked = {"Bucket": bucket}
        for call in (
            "get_bucket_versioning", "get_bucket_notification_configuration", "get_bucket_encryption",
            "get_public_access_block", "get_bucket_acl", "list_objects_v2", "list_multipart_uploads",
        ):  # fmt: skip
            yield f"{call} {bucket}", getattr(s3, call)(**asked)
        versions = s3.list_object_versions(**asked)
        yield f"versions of {bucket}", versions
        for version in versions["Versions"]:
            one = asked | {"Key": version["Key"], "VersionId": version["VersionId"]}
            yield f"object {one}", s3.get_object(**one)
            yield f"tags of {one}", s3.get_object_tagging(**one)
    yield "tags", s3.get_bucket_tagging(Bucket="estate")
    for upload in s3.list_multipart_uploads(Bucket="estate-plain")["Uploads"]:
        key, name = upload["Key"], upload["UploadId"]
        yield f"parts of {key}", s3.list_parts(Bucket="estate-plain", Key=key, UploadId=name)


def describe_sqs(client: Client) -> Answers:
    sqs = client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    yield "queues", urls
    for url in urls:
        yield f"attributes of {url}", sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        yield f"tags of {url}", sqs.list_queue_tags(QueueUrl=url)


def describe_sns(client: Client) -> Answers:
    sns = client("sns")
    for topic in sns.list_topics()["Topics"]:
        yield f"topic {topic}", sns.get_topic_attributes(**topic)
        yield f"tags of {topic}", sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])
    for subscription in sns.list_subscriptions()["Subscriptions"]:
        arn = subscription["SubscriptionArn"]
        yield f"subscription {arn}", sns.get_subscription_attributes(SubscriptionArn=arn)


def describe_stepfunctions(client: Client) -> Answers:
    states = client("stepfunctions")
    yield "machines", states.list_state_machines()
    for name in MACHINES:
        arn = machine_arn(name)
        yield f"machine {name}", states.describe_state_machine(stateMachineArn=arn)
        yield f"tags of {name}", states.list_tags_for_resource(resourceArn=arn)
        if name == "waiting":  # it ends: test_a_running_execution_is_aborted
            continue
        for execution in states.list_executions(stateMachineArn=arn)["executions"]:
            asked = {"executionArn": execution["executionArn"]}
            yield f"execution {asked}", states.describe_execution(**asked)
            yield f"history of {asked}", states.get_execution_history(**asked)
            yield f"machine of {asked}", states.describe_state_machine_for_execution(**asked)


def describe_events(client: Client) -> Answers:
    events = client("events")
    yield "archives", events.list_archives()
    yield "archive", events.describe_archive(ArchiveName="estate")
    for bus in events.list_event_buses()["EventBuses"]:
        on = {"EventBusName": bus["Name"]}
        yield f"bus {bus['Name']}", events.describe_event_bus(Name=bus["Name"])
        for rule in events.list_rules(**on)["Rules"]:
            yield f"rule {rule['Arn']}", events.describe_rule(Name=rule["Name"], **on)
            yield f"targets of {rule['Arn']}", events.list_targets_by_rule(Rule=rule["Name"], **on)
            yield f"tags of {rule['Arn']}", events.list_tags_for_resource(ResourceARN=rule["Arn"])


def describe_logs(client: Client) -> Answers:
    logs = client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        of = {"logGroupName": group["logGroupName"]}
        yield f"group {of}", group
        yield f"streams of {of}", logs.describe_log_streams(**of)
        yield f"lines of {of}", logs.filter_log_events(**of)
        yield f"tags of {of}", logs.list_tags_log_group(**of)


def describe_cloudwatch(client: Client) -> Answers:
    cloudwatch = client("cloudwatch")
    alarms = cloudwatch.describe_alarms()
    yield "alarms", alarms
    for alarm in alarms["MetricAlarms"]:
        yield (
            f"tags of {alarm['AlarmName']}",
            cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"]),
        )
    yield "dashboards", cloudwatch.list_dashboards()
    yield "metrics", cloudwatch.list_metrics(Namespace="estate")
    hour = int(time.time() // 86400) * 86400
    yield "data", [
        {name: point[name] for name in ("Sum", "SampleCount", "Minimum", "Maximum")}
        for point in cloudwatch.get_metric_statistics(
            Namespace="estate", MetricName="m", StartTime=hour - 86400, EndTime=hour + 2 * 86400,
            Period=86400, Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
        )["Datapoints"]
    ]  # fmt: skip


def describe_ec2(client: Client) -> Answers:
    ec2 = client("ec2")
    for call in (
        "describe_vpcs", "describe_subnets", "describe_security_groups", "describe_security_group_rules",
        "describe_route_tables", "describe_vpc_endpoints", "describe_network_acls", "describe_tags",
        "describe_internet_gateways", "describe_network_interfaces", "describe_prefix_lists",
        "describe_vpc_endpoint_services", "describe_images", "describe_dhcp_options",
    ):  # fmt: skip
        yield call, getattr(ec2, call)()


def describe_ssm(client: Client) -> Answers:
    ssm = client("ssm")
    yield "parameters", ssm.describe_parameters()
    yield "values", ssm.get_parameters_by_path(Path="/estate", WithDecryption=True)
    yield "history", ssm.get_parameter_history(Name="/estate/a")


def describe_secretsmanager(client: Client) -> Answers:
    secrets = client("secretsmanager")
    for secret in secrets.list_secrets()["SecretList"]:
        asked = {"SecretId": secret["ARN"]}
        yield f"secret {asked}", secrets.describe_secret(**asked)
        yield f"value of {asked}", secrets.get_secret_value(**asked)
        yield f"versions of {asked}", secrets.list_secret_version_ids(IncludeDeprecated=True, **asked)


def describe_glue(client: Client) -> Answers:
    glue = client("glue")
    yield "databases", glue.get_databases()
    yield "tables", glue.get_tables(DatabaseName="estate")
    yield "jobs", glue.get_jobs()
    yield "runs", glue.get_job_runs(JobName="estate")
    yield "tags", glue.get_tags(ResourceArn=f"arn:aws:glue:{REGION}:{ACCOUNT_ID}:job/estate")


def describe_rds(client: Client) -> Answers:
    rds = client("rds")
    instances = rds.describe_db_instances()
    yield "instances", instances
    yield "parameter groups", rds.describe_db_parameter_groups()
    yield "snapshots", rds.describe_db_snapshots(SnapshotType="manual")
    for instance in instances["DBInstances"]:
        arn = instance["DBInstanceArn"]
        yield f"tags of {arn}", rds.list_tags_for_resource(ResourceName=arn)


MAKE: dict[str, Callable[[Client], Any]] = {
    "iam": make_iam, "sts": make_sts, "kms": make_kms, "s3": make_s3, "sqs": make_sqs, "sns": make_sns,
    "stepfunctions": make_stepfunctions, "events": make_events, "logs": make_logs,
    "cloudwatch": make_cloudwatch, "ec2": make_ec2, "ssm": make_ssm, "secretsmanager": make_secretsmanager,
    "glue": make_glue, "rds": make_rds,
}  # fmt: skip
"""In an order in which each finds what it needs."""

DESCRIBE: dict[str, Callable[[Client], Answers]] = {
    name.removeprefix("describe_"): function
    for name, function in list(globals().items())
    if name.startswith("describe_")
}

VOLATILE = {
    "ResponseMetadata": "of the request",
    "RoleLastUsed": "the emulator itself uses roles after the save",
    "LatestRestorableTime": "the database goes on archiving",
    "LastAccessedDate": "reading a secret's value changes it",
    "nextToken": "opaque, made anew at each call",
    "NextToken": "opaque, made anew at each call",
}


def describe(service: str, client: Client) -> dict[str, Any]:
    """Every describe and list call of a service, without what is volatile."""
    return {call: _plain(answer) for call, answer in DESCRIBE[service](client)}


def _plain(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _plain(value) for name, value in answer.items() if name not in VOLATILE}
    if isinstance(answer, list):
        return [_plain(value) for value in answer]
    if hasattr(answer, "read"):  # an object's data
        return hashlib.sha256(answer.read()).hexdigest()
    return answer
