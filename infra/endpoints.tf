# ---------------------------------------------------------------- S3, through the route tables
# A gateway endpoint costs nothing, and it must be in the route table of the subnet the Glue connection names.
data "aws_iam_policy_document" "s3_endpoint" {
  source_policy_documents = [data.aws_iam_policy_document.own_calls_only["s3"].json]

  # Glue's workers read S3 for Glue itself, too. https://docs.aws.amazon.com/glue/latest/dg/vpc-endpoints-s3.html
  dynamic "statement" {
    for_each = length(var.s3_endpoint_buckets) > 0 ? [1] : []

    content {
      sid       = "ReachBuckets"
      actions   = ["*"] # as in AWS's default policy; IAM decides
      resources = flatten([for bucket in var.s3_endpoint_buckets : ["arn:${local.partition}:s3:::${bucket}", "arn:${local.partition}:s3:::${bucket}/*"]])

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }

  # Amazon Linux keeps its package repositories in S3; the diagnostic instance installs psql from there.
  dynamic "statement" {
    for_each = var.diag_enabled ? [1] : []

    content {
      sid       = "ReadAmazonLinuxPackages"
      actions   = ["s3:GetObject"]
      resources = ["arn:${local.partition}:s3:::al2023-repos-${var.region}-*/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in aws_route_table.private : table.id]
  policy            = data.aws_iam_policy_document.s3_endpoint.json

  tags = { Name = "${var.name}-s3" }
}

# ---------------------------------------------------------------- every other service, by private DNS
locals {
  # service -> what the job needs it for (the tag Purpose: EC2 allows no apostrophes in tags)
  interface_endpoints = {
    "bedrock-runtime" = "Converse calls of the enrichment"
    "secretsmanager"  = "passwords of the Gold database"
    "logs"            = "continuous logging"
    "monitoring"      = "metrics of the job"
    "kms"             = "data keys of the buckets"
    "glue"            = "catalog and security configuration"
    "sts"             = "session of the role"
  }

  # Session Manager's own; they exist, and cost, only with the diagnostic instance.
  diag_endpoints = {
    "ssm"         = "registration of the instance"
    "ssmmessages" = "data channel of a session"
    "ec2messages" = "messages of the agent"
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = merge(local.interface_endpoints, var.diag_enabled ? local.diag_endpoints : {})

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true # boto3 and Spark use the ordinary host names
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = try(data.aws_iam_policy_document.own_calls_only[each.key].json, null)

  tags = { Name = "${var.name}-${each.key}", Purpose = each.value }
}

# ---------------------------------------------------------------- what may pass
# Policies for the endpoints that only our own code uses. Glue's own agents use the others too, so those keep AWS's
# default policy (everything passes, IAM decides).
locals {
  own_calls = {
    "s3" = {
      actions = [
        "s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
        "s3:ListBucket*", "s3:GetBucketLocation",
      ]
      resources = flatten([for bucket in aws_s3_bucket.this : [bucket.arn, "${bucket.arn}/*"]])
    }
    "bedrock-runtime" = { actions = ["bedrock:InvokeModel*"], resources = ["*"] }
    "secretsmanager" = {
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
      resources = ["*"]
    }
  }
}

data "aws_iam_policy_document" "own_calls_only" {
  for_each = local.own_calls

  statement {
    sid       = "AllowOwnAccount"
    actions   = each.value.actions
    resources = each.value.resources

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account]
    }
  }
}
