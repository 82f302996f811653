# ---------------------------------------------------------------- zones and subnets
# Private subnets only: no internet gateway and no NAT. The job reaches AWS through endpoints (endpoints.tf).
data "aws_availability_zones" "available" {
  state = "available"

  # An old zone of us-east-1 without newer instance types and services. By id: its name differs from account to account.
  exclude_zone_ids = ["use1-az3"]

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = (
    length(var.availability_zones) > 0
    ? var.availability_zones
    : slice(sort(data.aws_availability_zones.available.names), 0, var.availability_zone_count)
  )

  # Zone name -> index of its subnet in vpc_cidr. By name, so that a zone added later moves no other subnet.
  subnet_indexes = { for index, zone in local.zones : zone => index }
  subnet_newbits = var.subnet_prefix_length - tonumber(split("/", var.vpc_cidr)[1])
}

resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # private DNS of the interface endpoints needs both

  tags = { Name = var.name }
}

resource "aws_subnet" "private" {
  for_each = local.subnet_indexes

  vpc_id                  = aws_vpc.this.id
  cidr_block              = cidrsubnet(var.vpc_cidr, local.subnet_newbits, each.value)
  availability_zone       = each.key
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table" "private" {
  for_each = local.subnet_indexes

  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route_table_association" "private" {
  for_each = local.subnet_indexes

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

# ---------------------------------------------------------------- flow logs
resource "aws_cloudwatch_log_group" "flow_logs" {
  name              = "/${var.name}/vpc-flow-logs"
  retention_in_days = var.retention_days.logs
  kms_key_id        = aws_kms_key.telemetry.arn
}

data "aws_iam_policy_document" "flow_logs" {
  statement {
    sid       = "WriteFlowLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flow_logs.arn}:*"]
  }

  statement {
    sid       = "DescribeLogGroups"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["*"] # the action supports no resource
  }
}

resource "aws_iam_role" "flow_logs" {
  name               = "${var.name}-flow-logs"
  description        = "Writes VPC flow logs to CloudWatch Logs"
  assume_role_policy = data.aws_iam_policy_document.trust["flow_logs"].json
}

resource "aws_iam_role_policy" "flow_logs" {
  name   = "write-flow-logs"
  role   = aws_iam_role.flow_logs.id
  policy = data.aws_iam_policy_document.flow_logs.json
}

resource "aws_flow_log" "this" {
  vpc_id          = aws_vpc.this.id
  traffic_type    = "ALL"
  log_destination = aws_cloudwatch_log_group.flow_logs.arn
  iam_role_arn    = aws_iam_role.flow_logs.arn

  tags = { Name = var.name }
}
