# ---------------------------------------------------------------- S3, through the route tables
# A gateway endpoint costs nothing, and it must be in the route table of the subnet the Glue connection names.
data "aws_iam_policy_document" "s3_endpoint" {
  statement {
    sid = "BucketsOfThePlatform"
    actions = [
      "s3:GetObject*", "s3:PutObject*", "s3:DeleteObject*", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
      "s3:ListBucket*", "s3:GetBucketLocation",
    ]
    resources = flatten([for bucket in aws_s3_bucket.this : [bucket.arn, "${bucket.arn}/*"]])

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

  # Amazon Linux keeps its package repositories in S3; the diagnostic instance installs psql from there.
  dynamic "statement" {
    for_each = var.diag_enabled ? [1] : []

    content {
      sid       = "PackagesOfAmazonLinux"
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

# ---------------------------------------------------------------- everything else, by private DNS
locals {
  # service -> what the job would hang on without it (a tag: EC2 takes no apostrophes there)
  interface_endpoints = {
    "bedrock-runtime" = "Converse calls of the enrichment"
    "secretsmanager"  = "passwords of the Gold database"
    "logs"            = "continuous logging"
    "monitoring"      = "metrics of the job"
    "kms"             = "data keys of the buckets"
    "glue"            = "catalog and security configuration"
    "sts"             = "session of the role"
  }

  # Session Manager's own; paid for only while the diagnostic instance is there.
  diag_endpoints = {
    "ssm"         = "registration of the instance"
    "ssmmessages" = "data channel of a session"
    "ec2messages" = "messages of the agent"
  }
}

# Those two are called by our own code alone, so their endpoints can say so. The others serve Glue's own agents
# too and keep AWS's default policy: IAM decides there.
data "aws_iam_policy_document" "own_calls_only" {
  for_each = {
    "bedrock-runtime" = ["bedrock:InvokeModel*"]
    "secretsmanager"  = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
  }

  statement {
    sid       = "PrincipalsOfThisAccount"
    actions   = each.value
    resources = ["*"]

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
