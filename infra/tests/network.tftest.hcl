# Faults of the network that only show when a job hangs on AWS.
# Few runs with many assertions: a run costs a second and a half, an assertion nothing.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "the_job_reaches_all_it_needs_and_nothing_else" {
  # -------------------- glue workers reach each other
  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.glue_from_itself, aws_vpc_security_group_egress_rule.glue_to_itself] : (
        rule.security_group_id == aws_security_group.glue.id &&
        rule.referenced_security_group_id == aws_security_group.glue.id &&
        rule.ip_protocol == "tcp" && rule.from_port == 0 && rule.to_port == 65535
      )
    ])
    error_message = "Glue refuses a connection whose group does not open every TCP port to itself, in and out."
  }

  assert {
    condition = alltrue([
      for zone, connection in aws_glue_connection.private : (
        connection.physical_connection_requirements[0].security_group_id_list == toset([aws_security_group.glue.id]) &&
        connection.physical_connection_requirements[0].subnet_id == aws_subnet.private[zone].id
      )
    ])
    error_message = "Every Glue connection must name a private subnet and the group of the workers."
  }

  assert {
    condition = alltrue([
      for zone, connection in aws_glue_connection.private :
      connection.physical_connection_requirements[0].availability_zone == aws_subnet.private[zone].availability_zone
    ])
    error_message = "Every Glue connection must name the zone its subnet lies in."
  }

  assert {
    condition = (
      length(aws_subnet.private) == 2 &&
      aws_glue_job.this.connections == tolist(["glue-app-private-us-east-1a", "glue-app-private-us-east-1b"])
    )
    error_message = "The job must have a connection in every zone: Glue passes over those of a zone that is down."
  }

  assert {
    condition = length(setsubtract(
      [for subnet in aws_subnet.private : subnet.arn],
      one([for statement in data.aws_iam_policy_document.glue.statement : statement if statement.sid == "CreateNetworkInterfaces"]).resources
    )) == 0
    error_message = "The job's role must be allowed to make network interfaces in every subnet that a run may be placed in."
  }

  # -------------------- s3 is reached through every route table
  assert {
    condition = (
      aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" &&
      toset(aws_vpc_endpoint.s3.route_table_ids) == toset([for table in aws_route_table.private : table.id])
    )
    error_message = "The S3 gateway endpoint must be in the route table of every private subnet."
  }

  assert {
    condition = toset([for zone, association in aws_route_table_association.private : association.subnet_id]) == toset(
      [for subnet in aws_subnet.private : subnet.id]
    )
    error_message = "Every private subnet must have its route table, or it falls to the main one without S3."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.s3_endpoint.statement : statement.resources if statement.actions == toset(["*"])
    ] == [toset(["arn:aws:s3:::*", "arn:aws:s3:::*/*"])]
    error_message = "At first the S3 endpoint must let everything through, as AWS's default policy does: Glue does not say what it reads."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.glue_to_s3.prefix_list_id == aws_vpc_endpoint.s3.prefix_list_id
    error_message = "The workers' group must let traffic out to the prefix list of S3."
  }

  # -------------------- every service of the job has an endpoint
  assert {
    condition = length(setsubtract(
      ["bedrock-runtime", "secretsmanager", "logs", "monitoring", "kms", "glue", "sts"],
      keys(aws_vpc_endpoint.interface)
    )) == 0
    error_message = "Without NAT, a service without an interface endpoint hangs the job until its timeout."
  }

  assert {
    condition = alltrue([
      for endpoint in aws_vpc_endpoint.interface : (
        endpoint.private_dns_enabled && toset(endpoint.subnet_ids) == toset([for subnet in aws_subnet.private : subnet.id]) &&
        toset(endpoint.security_group_ids) == toset([aws_security_group.endpoints.id])
      )
    ])
    error_message = "Every interface endpoint needs private DNS, all subnets and the endpoints' group."
  }

  assert {
    condition     = aws_vpc.this.enable_dns_support && aws_vpc.this.enable_dns_hostnames
    error_message = "Private DNS needs DNS support and DNS hostnames of the VPC."
  }

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.endpoints_from_glue, aws_vpc_security_group_egress_rule.glue_to_endpoints] :
      rule.from_port == 443 && rule.to_port == 443 && rule.ip_protocol == "tcp"
    ])
    error_message = "Glue must reach the endpoints on 443, both groups agreeing."
  }

  # -------------------- gold is open to glue and to nobody else
  assert {
    condition = (
      aws_vpc_security_group_ingress_rule.gold_from_glue.security_group_id == aws_security_group.gold.id &&
      aws_vpc_security_group_ingress_rule.gold_from_glue.referenced_security_group_id == aws_security_group.glue.id &&
      aws_vpc_security_group_ingress_rule.gold_from_glue.from_port == 5432 &&
      aws_vpc_security_group_egress_rule.glue_to_gold.referenced_security_group_id == aws_security_group.gold.id &&
      length(aws_vpc_security_group_ingress_rule.gold_from_diag) == 0
    )
    error_message = "The Gold database must be open to the Glue workers on 5432, and closed to everything else."
  }

  assert {
    condition     = aws_db_instance.gold.publicly_accessible == false
    error_message = "The Gold database must have no public address."
  }

  assert {
    condition     = length(aws_db_subnet_group.gold.subnet_ids) >= 2 && length(distinct([for subnet in aws_subnet.private : subnet.availability_zone])) >= 2
    error_message = "A Multi-AZ database needs subnets in two zones."
  }
}

run "subnets_are_sized_and_placed_by_variables" {
  command = plan

  variables {
    vpc_cidr             = "10.99.0.0/20"
    subnet_prefix_length = 24
    availability_zones   = ["us-east-1c", "us-east-1f", "us-east-1a"]
  }

  assert {
    condition = { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == {
      "us-east-1c" = "10.99.0.0/24", "us-east-1f" = "10.99.1.0/24", "us-east-1a" = "10.99.2.0/24"
    }
    error_message = "Subnets must be cut from vpc_cidr in the order of availability_zones."
  }
}

run "the_s3_endpoint_is_narrowed_to_named_buckets" {
  command = plan

  variables {
    s3_endpoint_buckets = ["aws-glue-*"]
  }

  assert {
    condition = [for statement in data.aws_iam_policy_document.s3_endpoint.statement : statement.resources] == [
      toset(["arn:aws:s3:::aws-glue-*", "arn:aws:s3:::aws-glue-*/*"])
    ] && contains(data.aws_iam_policy_document.s3_endpoint.source_policy_documents, data.aws_iam_policy_document.own_calls_only["s3"].json)
    error_message = "s3_endpoint_buckets must open the endpoint for those buckets and the platform's own, and for no others."
  }
}

run "the_s3_endpoint_is_narrowed_to_the_platforms_buckets" {
  command = plan

  variables {
    s3_endpoint_buckets = []
  }

  assert {
    condition     = length(data.aws_iam_policy_document.s3_endpoint.statement) == 0
    error_message = "An empty s3_endpoint_buckets must leave the platform's own buckets only."
  }
}
