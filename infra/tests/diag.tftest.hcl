# The diagnostic instance, its role, group and endpoints exist only when asked for.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "off_by_default" {
  assert {
    condition = (
      length(aws_instance.diag) == 0 && length(aws_iam_role.diag) == 0 && length(aws_security_group.diag) == 0 &&
      length(aws_vpc_security_group_ingress_rule.gold_from_diag) == 0 && output.diag_instance_id == null
    )
    error_message = "Nothing of the diagnosis may exist by default."
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 7
    error_message = "Session Manager's endpoints cost money: they must not exist by default."
  }
}

run "on_when_asked_for" {
  variables {
    diag_enabled = true
  }

  assert {
    condition     = length(aws_instance.diag) == 1 && output.diag_instance_id == aws_instance.diag[0].id
    error_message = "diag_enabled must make one instance and name it."
  }

  assert {
    condition = length(aws_vpc_endpoint.interface) == 10 && length(setsubtract(
      ["ssm", "ssmmessages", "ec2messages"], keys(aws_vpc_endpoint.interface)
    )) == 0
    error_message = "Session Manager needs its three endpoints in a VPC without a way out."
  }

  assert {
    condition = (
      aws_iam_role_policy_attachment.diag[0].policy_arn == "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" &&
      aws_instance.diag[0].metadata_options[0].http_tokens == "required" &&
      aws_instance.diag[0].root_block_device[0].encrypted &&
      aws_vpc_security_group_ingress_rule.endpoints_from_diag[0].referenced_security_group_id == aws_security_group.diag[0].id
    )
    error_message = "The instance must register with Session Manager, with IMDSv2 and an encrypted disk."
  }
}
