"""What a failed Terraform is reported with: the first error and its cause, whichever command it was."""

from __future__ import annotations

import json

import pytest

from glue_app.stack.terraform_errors import first_error

PLAIN = """\
There are some problems with the CLI configuration:
╷
│ Warning: Unable to open CLI configuration file
│
│ The CLI configuration file at "~/.terraformrc" does not exist.
╵

Error: reading EC2 Availability Zones: operation error EC2: DescribeAvailabilityZones, exceeded maximum
number of attempts, 25

  with data.aws_availability_zones.available,
  on network.tf line 3, in data "aws_availability_zones" "available":
   3: data "aws_availability_zones" "available" {

connection refused: is the
stack up?

Error: a second one
"""
PLACE = (
    "data.aws_availability_zones.available: reading EC2 Availability Zones: operation error EC2: "
    "DescribeAvailabilityZones, exceeded maximum number of attempts, 25: connection refused: is the stack up?"
)


def test_the_error_is_said_with_its_place_and_cause() -> None:
    """On one line: neither a warning, nor the line of the source that Terraform quotes, nor a later error."""
    assert first_error(PLAIN) == PLACE


def test_an_error_without_a_cause_is_its_summary() -> None:
    """The quoted line of the source, which then comes last, is no cause."""
    text = 'Error: No such zone\n\n  on network.tf line 3, in data "a" "b":\n   3: data "a" "b" {\n\n'
    assert first_error(text) == "network.tf: No such zone"


def test_a_box_in_colours_is_read_alike() -> None:
    box = (
        "\x1b[31m╷\x1b[0m\x1b[0m\n"
        "\x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1mBad state\x1b[0m\n"
        "\x1b[31m│\x1b[0m \x1b[0m\n"
        "\x1b[31m│\x1b[0m \x1b[0m\x1b[0mThe state file could not be\n"
        "\x1b[31m│\x1b[0m \x1b[0mparsed.\n"
        "\x1b[31m╵\x1b[0m\x1b[0m\n"
    )
    assert first_error(box) == "Bad state: The state file could not be parsed."


def test_a_message_of_json_is_read_alike() -> None:
    diagnostic = {"summary": "Boom", "detail": "why\nso", "address": "aws_x.y"}
    lines = [
        {"@level": "warn", "type": "diagnostic", "diagnostic": {"summary": "old"}},
        {"@level": "error", "type": "diagnostic", "diagnostic": diagnostic},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    assert first_error(f"Terraform\n{text}") == "aws_x.y: Boom: why so"


@pytest.mark.parametrize("text", ["", "No changes.\n", '{"type": "version"}\n', "{no json\n"])
def test_where_nothing_failed_there_is_no_error(text: str) -> None:
    assert first_error(text) == ""
