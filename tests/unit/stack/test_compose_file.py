"""docker-compose.yml: what each container may do and who reaches it."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pytest
import yaml

from glue_app.bootstrap.layout import ROOT
from glue_app.containers import images
from glue_app.stack import compose

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def with_defaults(text: str) -> str:
    """As compose reads it where no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


FILE: dict[str, Any] = yaml.safe_load(with_defaults(TEXT))
AS_WRITTEN: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
each_service = pytest.mark.parametrize("name", list(SERVICES))


def published(service: dict[str, Any]) -> list[tuple[str, int, int]]:
    """(address of the host, its port, the container's port)"""
    found = [str(port).rsplit(":", 2) for port in service.get("ports", [])]
    return [(host, int(outside), int(inside)) for host, outside, inside in found]


def base_images(name: str) -> list[str]:
    """Of a service that is built: what its Dockerfile begins with."""
    build = SERVICES[name].get("build")
    if not build:
        return [SERVICES[name]["image"]]
    text = (ROOT / build["context"] / build["dockerfile"]).read_text()
    return re.findall(r"^FROM\s+(\S+)", text, re.MULTILINE)


def test_these_are_the_services() -> None:
    assert set(SERVICES) == {compose.LOCALSTACK, compose.POSTGRES, compose.GLUE, compose.STUB}


# ---------------------------------------------------------------- what a container may do
@each_service
def test_a_service_has_no_capability_and_gets_none(name: str) -> None:
    """But LocalStack, which gives files to the users they belong to."""
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    given = ["CHOWN", "DAC_OVERRIDE", "FOWNER"] if name == "localstack" else []
    assert service.get("cap_add", []) == given


@each_service
def test_a_service_is_apart_from_the_host(name: str) -> None:
    assert not SERVICES[name].keys() & {
        "privileged", "network_mode", "pid", "ipc", "userns_mode", "devices", "extra_hosts", "volumes_from",
    }  # fmt: skip


def test_no_container_commands_the_docker_engine() -> None:
    assert "docker.sock" not in TEXT


@each_service
def test_a_service_has_bounds(name: str) -> None:
    service = SERVICES[name]

    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 4096


@each_service
def test_a_service_says_whether_it_is_well(name: str) -> None:
    """And is waited for by those that need it to be."""
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries"} <= check.keys()
    for needed in SERVICES[name].get("depends_on", {}).values():
        assert needed == {"condition": "service_healthy"}


# ---------------------------------------------------------------- who reaches it
@each_service
def test_ports_are_published_on_loopback_alone(name: str) -> None:
    for address, _, _ in published(SERVICES[name]):
        assert ipaddress.ip_address(address).is_loopback


def test_the_inner_network_has_no_way_out() -> None:
    assert FILE["networks"]["inside"] == {"internal": True}
    assert all("inside" in service["networks"] for service in SERVICES.values())


@each_service
def test_who_publishes_nothing_has_no_way_out(name: str) -> None:
    if not published(SERVICES[name]):
        assert SERVICES[name]["networks"] == ["inside"]


def test_a_job_has_no_way_out() -> None:
    """It runs what the developer gives it; on AWS its way is a VPC's."""
    assert SERVICES["glue"]["networks"] == ["inside"]
    assert "ports" not in SERVICES["glue"]


def test_databases_are_told_to_be_where_they_are_published() -> None:
    """LocalStack and the forwarder of the jobs know the same addresses as the postgres container."""
    service = AS_WRITTEN["services"]["postgres"]
    ports = [re.fullmatch(r"(\$\{[^}]*\}):(\d+)", port) for port in service["ports"]]
    expected = ",".join(f"{port[1]}=postgres:{port[2]}" for port in ports if port)
    localstack, glue = (AS_WRITTEN["services"][name]["environment"] for name in ("localstack", "glue"))

    assert len(ports) == compose._PUBLISHED
    assert localstack["GLUE_APP_RDS_PUBLISHED"] == expected
    assert glue["RUNNER_FORWARD"] == expected


# ---------------------------------------------------------------- what it is made of
@each_service
def test_images_are_of_a_version(name: str) -> None:
    for image in base_images(name):
        assert re.search(r":[\w.-]*\d[\w.-]*$|@sha256:[0-9a-f]{64}$", image), image
        assert not image.endswith(":latest")


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("localstack", "localstack"),
        ("postgres", "postgres"),
        ("glue", "glue-4.0"),
        ("bedrock-stub", "python"),
    ],
)
def test_images_are_those_that_make_has_ready(name: str, image: str) -> None:
    assert base_images(name) == [images.REFERENCES[image]]


def test_what_is_kept_lies_on_named_volumes() -> None:
    named = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    named = {volume for volume in named if not volume.startswith((".", "/"))}

    assert named == set(FILE["volumes"]) == {"state", "databases", "runner"}
    assert f"state:{compose.STATE}" in SERVICES["localstack"]["volumes"]
    assert f"databases:{compose.DATABASES}" in SERVICES["postgres"]["volumes"]


@each_service
def test_of_the_hosts_files_only_terraforms_state_can_be_written(name: str) -> None:
    binds = [volume for volume in SERVICES[name].get("volumes", []) if volume.startswith((".", "/"))]

    writable = [bind for bind in binds if not bind.endswith(":ro")]
    assert writable == (
        ["./.state/terraform:/var/lib/glue-app/terraform"] if name == "localstack" else []
    )  # fmt: skip


@each_service
def test_no_secret_is_in_an_environment(name: str) -> None:
    """`docker inspect` shows it to everybody: a token comes as the name of a file."""
    for variable in SERVICES[name].get("environment", {}):
        if re.search(r"TOKEN|SECRET|PASSWORD|CREDENTIAL|_KEY", variable):
            assert variable.endswith("_FILE"), variable
