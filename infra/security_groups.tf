# ---------------------------------------------------------------- groups
# No rule allows a range of addresses: each names another group, or the prefix list of S3.
resource "aws_security_group" "glue" {
  name        = "${var.name}-glue"
  description = "Workers of the Glue job"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-glue" }
}

resource "aws_security_group" "gold" {
  name        = "${var.name}-gold"
  description = "Gold database"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-gold" }
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Interface endpoints"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

# Without rules: a resource that names no group gets no traffic at all.
resource "aws_default_security_group" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "${var.name}-default-unused" }
}

# ---------------------------------------------------------------- between Glue workers
# Glue requires a group that allows all TCP ports from itself: driver and executors talk on any of them.
resource "aws_vpc_security_group_ingress_rule" "glue_from_itself" {
  security_group_id            = aws_security_group.glue.id
  referenced_security_group_id = aws_security_group.glue.id
  ip_protocol                  = "tcp"
  from_port                    = 0
  to_port                      = 65535
  description                  = "Between driver and executors"
}

resource "aws_vpc_security_group_egress_rule" "glue_to_itself" {
  security_group_id            = aws_security_group.glue.id
  referenced_security_group_id = aws_security_group.glue.id
  ip_protocol                  = "tcp"
  from_port                    = 0
  to_port                      = 65535
  description                  = "Between driver and executors"
}

# ---------------------------------------------------------------- Glue to Gold and to AWS
resource "aws_vpc_security_group_egress_rule" "glue_to_gold" {
  security_group_id            = aws_security_group.glue.id
  referenced_security_group_id = aws_security_group.gold.id
  ip_protocol                  = "tcp"
  from_port                    = local.gold_port
  to_port                      = local.gold_port
  description                  = "PostgreSQL of the Gold database"
}

resource "aws_vpc_security_group_ingress_rule" "gold_from_glue" {
  security_group_id            = aws_security_group.gold.id
  referenced_security_group_id = aws_security_group.glue.id
  ip_protocol                  = "tcp"
  from_port                    = local.gold_port
  to_port                      = local.gold_port
  description                  = "PostgreSQL for the Glue job"
}

resource "aws_vpc_security_group_ingress_rule" "gold_from_client" {
  for_each = toset(var.gold_client_security_groups)

  security_group_id            = aws_security_group.gold.id
  referenced_security_group_id = each.key
  ip_protocol                  = "tcp"
  from_port                    = local.gold_port
  to_port                      = local.gold_port
  description                  = "PostgreSQL for BI tools"
}

resource "aws_vpc_security_group_egress_rule" "glue_to_endpoints" {
  security_group_id            = aws_security_group.glue.id
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "AWS APIs"
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_glue" {
  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.glue.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  description                  = "AWS APIs for the Glue job"
}

resource "aws_vpc_security_group_egress_rule" "glue_to_s3" {
  security_group_id = aws_security_group.glue.id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  description       = "S3 through the gateway endpoint"
}
