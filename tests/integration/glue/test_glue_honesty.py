"""The honesty test: what would fail on AWS fails here, through Step Functions, all the way to the alarm.

Emulators that answer SUCCEEDED for a script they never ran are the reason this project exists.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.local_stack import ACCOUNT_ID, GLUE_VERSION, REGION
from tests.support.polling import wait_for

MakeJob = Callable[..., Any]
Client = Callable[[str], Any]
STATES_TRUST = {
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "states.amazonaws.com"}}
    ]
}


@pytest.fixture(scope="session")
def states_role(client: Client) -> str:
    name = f"states-tests-{uuid.uuid4().hex[:8]}"
    client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(STATES_TRUST))
    return f"arn:aws:iam::{ACCOUNT_ID}:role/{name}"


@pytest.fixture
def alarm(client: Client) -> Iterator[tuple[str, Callable[[], list[dict[str, Any]]]]]:
    """A topic's ARN, and what has arrived in the queue that subscribes to it."""
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    queue_arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
    client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"}
    )

    def received() -> list[dict[str, Any]]:
        messages = client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        return [json.loads(message["Body"]) for message in messages]

    yield topic, received
    client("sns").delete_topic(TopicArn=topic)
    client("sqs").delete_queue(QueueUrl=queue)


@pytest.fixture
def execute(client: Client, states_role: str) -> Iterator[Callable[[dict[str, Any]], str]]:
    """execute(states): runs a state machine of these states (the first is where it starts); its execution."""
    machines: list[str] = []

    def start(states: dict[str, Any]) -> str:
        machine = client("stepfunctions").create_state_machine(
            name=f"tests-{uuid.uuid4().hex[:8]}",
            roleArn=states_role,
            definition=json.dumps({"StartAt": next(iter(states)), "States": states}),
        )["stateMachineArn"]
        machines.append(machine)
        return str(client("stepfunctions").start_execution(stateMachineArn=machine)["executionArn"])

    yield start
    for machine in machines:
        client("stepfunctions").delete_state_machine(stateMachineArn=machine)


@pytest.fixture
def wait_for_end(client: Client) -> Callable[[str], dict[str, Any]]:
    def wait(execution: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            seen: dict[str, Any] = client("stepfunctions").describe_execution(executionArn=execution)
            return seen if seen["status"] != "RUNNING" else None

        return wait_for(f"{execution} to end", ended, timeout=60)

    return wait


def test_a_script_that_only_raises_fails_the_run_the_task_and_rings_the_alarm(
    client: Client,
    make_job: MakeJob,
    alarm: tuple[str, Callable[[], list[dict[str, Any]]]],
    execute: Callable[[dict[str, Any]], str],
    wait_for_end: Callable[[str], dict[str, Any]],
) -> None:
    topic, received = alarm
    job = make_job("raise RuntimeError('the data is bad')")
    before = {o["Key"] for o in client("s3").list_objects_v2(Bucket=job.bucket)["Contents"]}

    execution = wait_for_end(
        execute(
            {
                "Load": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::glue:startJobRun.sync",
                    "Parameters": {"JobName": job.name},
                    "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Alarm"}],
                    "Next": "Loaded",
                },
                "Loaded": {"Type": "Succeed"},
                "Alarm": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sns:publish",
                    "Parameters": {"TopicArn": topic, "Message.$": "$"},
                    "Next": "Failed",
                },
                "Failed": {"Type": "Fail", "Error": "LoadFailed"},
            }
        )
    )

    assert (execution["status"], execution["error"]) == ("FAILED", "LoadFailed")
    (run,) = client("glue").get_job_runs(JobName=job.name)["JobRuns"]
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "RuntimeError: the data is bad")
    (message,) = wait_for("the alarm", received)
    assert message["Error"] == "States.TaskFailed"
    cause = json.loads(message["Cause"])
    assert (cause["Id"], cause["JobRunState"], cause["ErrorMessage"]) == (
        run["Id"], "FAILED", "RuntimeError: the data is bad",
    )  # fmt: skip
    after = {o["Key"] for o in client("s3").list_objects_v2(Bucket=job.bucket)["Contents"]}
    assert after == before


def test_a_task_waits_for_its_turn_when_the_job_is_busy(
    make_job: MakeJob,
    execute: Callable[[dict[str, Any]], str],
    wait_for_end: Callable[[str], dict[str, Any]],
    client: Client,
) -> None:
    job = make_job("import sys, time\nif '--hold' in sys.argv: time.sleep(600)\n")
    holder = job.start(Arguments={"--hold": "1"})
    execution = execute(
        {
            "Load": {
                "Type": "Task",
                "Resource": "arn:aws:states:::glue:startJobRun.sync",
                "Parameters": {"JobName": job.name},
                "Retry": [
                    {
                        "ErrorEquals": ["Glue.ConcurrentRunsExceededException"],
                        "IntervalSeconds": 1,
                        "BackoffRate": 1,
                        "MaxAttempts": 60,
                    }
                ],
                "End": True,
            }
        }
    )

    def refused() -> bool:
        history = client("stepfunctions").get_execution_history(executionArn=execution)["events"]
        errors = [e.get("taskFailedEventDetails", {}).get("error") for e in history]
        return "Glue.ConcurrentRunsExceededException" in errors

    wait_for("the task to be refused once", refused)
    client("glue").batch_stop_job_run(JobName=job.name, JobRunIds=[holder])
    ended = wait_for_end(execution)
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["JobRunState"] == "SUCCEEDED"


def test_a_job_of_another_glue_version_is_not_run_on_this_one(make_job: MakeJob) -> None:
    other = {"4.0": "5.0", "5.0": "4.0"}[GLUE_VERSION]
    job = make_job("print('never')", GlueVersion=other)
    run = job.wait(job.start())
    assert (run["JobRunState"], run["GlueVersion"]) == ("FAILED", other)
    assert run["ErrorMessage"] == (
        f"this stack runs Glue {GLUE_VERSION} jobs; the job asks for {other}: make up GLUE_VERSION={other}"
    )
    assert "never" not in job.log(run["Id"])


def test_a_job_that_names_no_version_is_one_of_6_0_and_its_run_says_what_that_needs(
    make_job: MakeJob,
) -> None:
    job = make_job("print('never')", GlueVersion=None)
    glue = job.client("glue")
    (seen,) = glue.batch_get_jobs(JobNames=[job.name])["Jobs"]
    assert (seen["GlueVersion"], seen["Timeout"]) == ("6.0", 480)
    run = job.wait(job.start())
    assert (run["JobRunState"], run["GlueVersion"]) == ("FAILED", "6.0")
    assert "needs Spark 4.1.1, Python 3.13 and Java 17" in run["ErrorMessage"]
    assert run["ErrorMessage"].endswith("set the job's GlueVersion to 4.0 or 5.0")


def test_worker_types_that_botocore_does_not_know_are_taken_and_those_that_aws_lacks_are_refused(
    make_job: MakeJob,
) -> None:
    """The gateway's parser, too, has the enumeration of an older day: it must not be in the way."""
    job = make_job("print('never')", WorkerType="R.1X", NumberOfWorkers=3)
    glue = job.client("glue")
    before = glue.get_job(JobName=job.name)["Job"]
    assert (before["WorkerType"], before["MaxCapacity"]) == ("R.1X", 3.0)
    for wrong in (
        {"WorkerType": "Z.2X", "NumberOfWorkers": 2},
        {"WorkerType": "G.025X", "NumberOfWorkers": 2},
        {"WorkerType": "R.1X", "NumberOfWorkers": 2, "GlueVersion": "2.0"},
        {"WorkerType": "R.1X", "NumberOfWorkers": 2, "GlueVersion": "7.0"},
    ):
        update = {name: before[name] for name in ("Role", "Command", "GlueVersion")} | wrong
        with pytest.raises(glue.exceptions.InvalidInputException):
            glue.update_job(JobName=job.name, JobUpdate=update)
    with pytest.raises(glue.exceptions.InvalidInputException, match=r"R\.16X"):
        glue.start_job_run(JobName=job.name, WorkerType="R.16X", NumberOfWorkers=2)
    assert glue.get_job(JobName=job.name)["Job"] == before
    assert glue.get_job_runs(JobName=job.name)["JobRuns"] == []


def test_the_end_of_a_run_is_an_event(client: Client, make_job: MakeJob) -> None:
    job = make_job("raise ValueError('boom')")
    name = f"glue-events-{uuid.uuid4().hex[:8]}"
    queue = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    pattern = {"source": ["aws.glue"], "detail": {"jobName": [job.name]}}
    client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}"
    client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])

    run_id = job.start()
    messages = wait_for(
        "the event",
        lambda: client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"),
    )
    event = json.loads(messages[0]["Body"])
    assert event["detail-type"] == "Glue Job State Change"
    message = f"JobName:{job.name} and JobRunId:{run_id} failed to execute with exception ValueError: boom"
    assert event["detail"] == {
        "jobName": job.name,
        "severity": "ERROR",
        "state": "FAILED",
        "jobRunId": run_id,
        "message": message,
    }
