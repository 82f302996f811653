"""Jobs, connections, security configurations, tags and paging, as AWS answers them."""

from __future__ import annotations

from typing import Any

import pytest

from glue_app.emulator.glue import connections, jobs, security_configurations, tags
from glue_app.emulator.glue.exceptions import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
)
from glue_app.emulator.glue.models import GlueStore
from glue_app.emulator.glue.paging import page

COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://bucket/script.py"}
JOB = {"Name": "job", "Role": "role", "Command": COMMAND, "GlueVersion": "4.0"}
JOB_UPDATE = {name: value for name, value in JOB.items() if name != "Name"}
CONNECTION: dict[str, Any] = {
    "Name": "net",
    "ConnectionType": "NETWORK",
    "ConnectionProperties": {"USERNAME": "u", "PASSWORD": "p"},
    "MatchCriteria": ["a", "b"],
}


@pytest.fixture
def store() -> GlueStore:
    return GlueStore()


def test_a_job_has_glues_defaults(store: GlueStore) -> None:
    job = jobs.create_job(store, {**JOB, "Tags": {"a": "b"}}).as_dict()
    assert {k: job[k] for k in ("ExecutionProperty", "MaxRetries", "Timeout", "GlueVersion", "Command")} == {
        "ExecutionProperty": {"MaxConcurrentRuns": 1},
        "MaxRetries": 0,
        "Timeout": 2880,
        "GlueVersion": "4.0",
        "Command": {**COMMAND, "PythonVersion": "3"},
    }
    assert "Tags" not in job
    assert "ExecutionClass" not in job  # AWS leaves it out; Terraform would want to change it


def test_an_update_overwrites_the_whole_definition(store: GlueStore) -> None:
    jobs.create_job(store, {**JOB, "Description": "old", "Timeout": 5, "DefaultArguments": {"--a": "1"}})
    jobs.update_job(store, "job", {"Role": "new", "Command": COMMAND, "GlueVersion": "4.0"})
    job = jobs.get_job(store, "job").as_dict()
    assert (job["Role"], job["Timeout"], job["DefaultArguments"]) == ("new", 2880, {})
    assert "Description" not in job


def test_a_job_of_glue_5_ends_after_eight_hours_unless_it_says_otherwise(store: GlueStore) -> None:
    job = jobs.create_job(store, {**JOB, "GlueVersion": "5.0"}).as_dict()
    assert (job["GlueVersion"], job["Timeout"]) == ("5.0", 480)


def test_a_job_without_a_version_is_one_of_6_0(store: GlueStore) -> None:
    """https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html (GlueVersion)"""
    job = jobs.create_job(store, {name: value for name, value in JOB.items() if name != "GlueVersion"})
    assert (job.as_dict()["GlueVersion"], job.as_dict()["Timeout"]) == ("6.0", 480)
    jobs.update_job(store, "job", JOB_UPDATE)
    assert job.as_dict()["GlueVersion"] == "4.0"
    jobs.update_job(store, "job", {**JOB_UPDATE, "GlueVersion": None})
    assert job.as_dict()["GlueVersion"] == "6.0"


WRONG: list[dict[str, Any]] = [
    {"Role": ""},
    {"Command": {"Name": "ruby", "ScriptLocation": "x"}},
    {"Command": {"Name": "glueetl"}},
    {"Command": {**COMMAND, "PythonVersion": "3.9"}},
    {"Command": {**COMMAND, "Name": "pythonshell", "PythonVersion": "3"}},
    {"Command": {**COMMAND, "Name": "glueray"}},
    {"MaxRetries": 11},
    {"Timeout": 10081},
    {"GlueVersion": "banana"},
    {"GlueVersion": "0.9"},
    {"GlueVersion": "2.0"},
    {"WorkerType": "G.025X", "NumberOfWorkers": 2},
    {"WorkerType": "Z.2X", "NumberOfWorkers": 2},
    {"WorkerType": "banana", "NumberOfWorkers": 2},
    {"GlueVersion": "3.0", "WorkerType": "R.1X", "NumberOfWorkers": 2},
    {"WorkerType": "G.1X", "NumberOfWorkers": 1},
    {"WorkerType": "G.4X", "NumberOfWorkers": 2, "ExecutionClass": "FLEX"},
    {"Command": {**COMMAND, "Name": "gluestreaming"}, "ExecutionClass": "FLEX"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_job_is_refused_and_not_kept(store: GlueStore, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputException):
        jobs.create_job(store, {**JOB, **wrong})
    assert not store.jobs


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_update_is_refused_and_changes_nothing(store: GlueStore, wrong: dict[str, Any]) -> None:
    job = jobs.create_job(store, {**JOB, "WorkerType": "G.2X", "NumberOfWorkers": 3})
    before = job.as_dict()
    with pytest.raises(InvalidInputException):
        jobs.update_job(store, "job", {**JOB_UPDATE, **wrong})
    assert jobs.get_job(store, "job").as_dict() == before


def test_names_are_taken_once_and_deleting_a_job_that_is_not_there_is_no_error(store: GlueStore) -> None:
    jobs.create_job(store, JOB)
    with pytest.raises(AlreadyExistsException):
        jobs.create_job(store, JOB)
    jobs.delete_job(store, "job")
    jobs.delete_job(store, "job")
    with pytest.raises(EntityNotFoundException, match=r"Job job not found\."):
        jobs.get_job(store, "job")


def test_a_connections_password_can_be_hidden(store: GlueStore) -> None:
    connection = connections.create_connection(store, CONNECTION)
    assert connections.as_dict(connection)["ConnectionProperties"] == {"USERNAME": "u", "PASSWORD": "p"}
    hidden = connections.as_dict(connection, hide_password=True)
    assert hidden["ConnectionProperties"] == {"USERNAME": "u"}


def test_a_connection_is_updated_and_deleted_but_not_renamed(store: GlueStore) -> None:
    connections.create_connection(store, CONNECTION)
    with pytest.raises(AlreadyExistsException):
        connections.create_connection(store, CONNECTION)
    connections.update_connection(store, "net", {**CONNECTION, "Description": "new"})
    assert connections.as_dict(connections.get_connection(store, "net"))["Description"] == "new"
    with pytest.raises(InvalidInputException):
        connections.update_connection(store, "net", {**CONNECTION, "Name": "other"})
    connections.delete_connection(store, "net")
    with pytest.raises(EntityNotFoundException):
        connections.delete_connection(store, "net")


def test_connections_are_filtered_by_type_and_criteria(store: GlueStore) -> None:
    connection = connections.create_connection(store, CONNECTION)
    assert connections.matches(connection, {"ConnectionType": "NETWORK", "MatchCriteria": ["a"]})
    assert not connections.matches(connection, {"ConnectionType": "JDBC"})
    assert not connections.matches(connection, {"MatchCriteria": ["a", "z"]})


def test_security_configurations_come_and_go(store: GlueStore) -> None:
    made = security_configurations.create(store, "sec", {"S3Encryption": []})
    assert security_configurations.as_dict(made)["EncryptionConfiguration"] == {"S3Encryption": []}
    with pytest.raises(AlreadyExistsException):
        security_configurations.create(store, "sec", {})
    security_configurations.delete(store, "sec")
    with pytest.raises(EntityNotFoundException):
        security_configurations.get(store, "sec")


def test_tags_belong_to_resources_that_exist(store: GlueStore) -> None:
    arn = "arn:aws:glue:us-east-1:000000000000:job/job"
    with pytest.raises(EntityNotFoundException):
        tags.add(store, arn, {"a": "1"})
    jobs.create_job(store, JOB)
    tags.add(store, arn, {"a": "1", "b": "2"})
    tags.remove(store, arn, ["a", "none"])
    assert tags.get(store, arn) == {"b": "2"}
    with pytest.raises(InvalidInputException):
        tags.add(store, arn, {str(n): "" for n in range(50)})
    assert tags.get(store, arn) == {"b": "2"}


def test_the_catalogs_tags_are_not_ours_and_other_services_are_refused() -> None:
    assert not tags.is_ours("arn:aws:glue:us-east-1:000000000000:database/db")
    assert tags.is_ours("arn:aws:glue:us-east-1:000000000000:connection/net")
    with pytest.raises(InvalidInputException):
        tags.is_ours("arn:aws:s3:::bucket")


def test_pages_are_stable_when_items_are_added_in_front() -> None:
    first = page(["c", "b", "a"], {"MaxResults": 2}, "Items", str)
    assert first["Items"] == ["c", "b"]
    more = {"MaxResults": 2, "NextToken": first["NextToken"]}
    assert page(["d", "c", "b", "a"], more, "Items", str) == {"Items": ["a"]}


@pytest.mark.parametrize("token", ["garbage!", "bm9uZQ=="])
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(InvalidInputException, match="NextToken"):
        page(["a"], {"NextToken": token}, "Items", str)
