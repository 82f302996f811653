# ---------------------------------------------------------------- diagnostic instance, off by default
# An instance without an open port or a key pair. `aws ssm start-session` opens a shell on it, or forwards a port
# through it to the Gold database. diag_enabled = true creates it with its role, its security group and Session
# Manager's three endpoints (endpoints.tf); false removes them all.
locals {
  diag_count = var.diag_enabled ? 1 : 0
}

data "aws_ssm_parameter" "diag_image" {
  count = local.diag_count

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

resource "aws_instance" "diag" {
  count = local.diag_count

  ami                    = data.aws_ssm_parameter.diag_image[0].insecure_value
  instance_type          = var.diag_instance_type
  subnet_id              = aws_subnet.private[local.zones[0]].id
  vpc_security_group_ids = [aws_security_group.diag[0].id]
  iam_instance_profile   = aws_iam_instance_profile.diag[0].name
  ebs_optimized          = true

  user_data = <<-EOT
    #!/bin/sh
    dnf install -y postgresql15
  EOT

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    kms_key_id  = aws_kms_key.data.arn
    volume_type = "gp3"
    volume_size = 8
  }

  tags = { Name = "${var.name}-diag" }

  lifecycle {
    ignore_changes = [ami] # a newer image must not replace a working instance
  }

  # the package psql and the agent's registration need the endpoints
  depends_on = [aws_vpc_endpoint.interface, aws_vpc_endpoint.s3]
}

# ---------------------------------------------------------------- role
resource "aws_iam_role" "diag" {
  count = local.diag_count

  name               = "${var.name}-diag"
  description        = "Session Manager on the diagnostic instance, without access to data or secrets"
  assume_role_policy = data.aws_iam_policy_document.trust["diag"].json
}

resource "aws_iam_role_policy_attachment" "diag" {
  count = local.diag_count

  role       = aws_iam_role.diag[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "diag" {
  count = local.diag_count

  name = "${var.name}-diag"
  role = aws_iam_role.diag[0].name
}

# ---------------------------------------------------------------- security group
resource "aws_security_group" "diag" {
  count = local.diag_count

  name        = "${var.name}-diag"
  description = "Diagnostic instance: nothing in"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-diag" }
}

resource "aws_vpc_security_group_egress_rule" "diag_to_endpoints" {
  count = local.diag_count

  security_group_id            = aws_security_group.diag[0].id
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "Session Manager and AWS APIs"
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_diag" {
  count = local.diag_count

  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.diag[0].id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "Session Manager and AWS APIs for the diagnostic instance"
}

resource "aws_vpc_security_group_egress_rule" "diag_to_gold" {
  count = local.diag_count

  security_group_id            = aws_security_group.diag[0].id
  referenced_security_group_id = aws_security_group.gold.id
  ip_protocol                  = "tcp"
  from_port                    = local.gold_port
  to_port                      = local.gold_port
  description                  = "PostgreSQL of the Gold database"
}

resource "aws_vpc_security_group_ingress_rule" "gold_from_diag" {
  count = local.diag_count

  security_group_id            = aws_security_group.gold.id
  referenced_security_group_id = aws_security_group.diag[0].id
  ip_protocol                  = "tcp"
  from_port                    = local.gold_port
  to_port                      = local.gold_port
  description                  = "PostgreSQL for the diagnostic instance"
}

resource "aws_vpc_security_group_egress_rule" "diag_to_s3" {
  count = local.diag_count

  security_group_id = aws_security_group.diag[0].id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "Amazon Linux packages from S3 through the gateway endpoint"
}
