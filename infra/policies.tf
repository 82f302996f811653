# ---------------------------------------------------------------- who may assume which role
# aws_iam_role.<key> -> the one service that assumes it.
locals {
  trusted_services = {
    diag            = "ec2.amazonaws.com"
    events          = "events.amazonaws.com"
    flow_logs       = "vpc-flow-logs.amazonaws.com"
    glue            = "glue.amazonaws.com"
    gold_monitoring = "monitoring.rds.amazonaws.com"
    pipeline        = "states.amazonaws.com"
  }

  # Services that say for which account they assume a role (aws:SourceAccount): no other account can use them to
  # reach ours. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
  services_naming_the_account = toset(["events", "flow_logs", "gold_monitoring", "pipeline"])
}

data "aws_iam_policy_document" "trust" {
  for_each = local.trusted_services

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [each.value]
    }

    dynamic "condition" {
      for_each = contains(local.services_naming_the_account, each.key) ? [local.account] : []

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

# ---------------------------------------------------------------- TLS only
# Part of the policy of every bucket, of the queue and of the topic.
locals {
  tls_only = merge(
    {
      for role, bucket in aws_s3_bucket.this : role => {
        actions   = ["s3:*"]
        resources = [bucket.arn, "${bucket.arn}/*"]
      }
    },
    {
      dead_letters = { actions = ["sqs:*"], resources = [aws_sqs_queue.dead_letters.arn] }
      failures     = { actions = ["sns:Publish"], resources = [aws_sns_topic.failures.arn] }
    },
  )
}

data "aws_iam_policy_document" "tls_only" {
  for_each = local.tls_only

  statement {
    sid       = "DenyInsecureTransport"
    effect    = "Deny"
    actions   = each.value.actions
    resources = each.value.resources

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
