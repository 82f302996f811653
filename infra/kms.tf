# ---------------------------------------------------------------- both keys
# IAM policies of this account decide who uses a key, as in the key policy AWS gives a key by default.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
data "aws_iam_policy_document" "key_of_this_account" {
  statement {
    sid       = "EnableIamPolicies"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account_root_arn]
    }
  }
}

# ---------------------------------------------------------------- key of the data
# Encrypts customers' data: buckets, database, its secrets, the job's shuffle files. S3, RDS and Secrets Manager use
# it on behalf of the caller, so its policy names no service.
locals {
  keep_backups = coalesce(var.keep_backups, var.protect_data)
}

data "aws_iam_policy_document" "data_key" {
  source_policy_documents = [data.aws_iam_policy_document.key_of_this_account.json]

  # A destroy would end with the key's deletion, and what it left (snapshots, backups, objects) could not be read.
  dynamic "statement" {
    for_each = local.keep_backups ? [1] : []

    content {
      sid       = "KeepForBackups"
      effect    = "Deny"
      actions   = ["kms:ScheduleKeyDeletion"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_kms_key" "data" {
  description             = "${var.name}: buckets, Gold database, secrets"
  enable_key_rotation     = true
  deletion_window_in_days = var.kms_deletion_window_days
  policy                  = data.aws_iam_policy_document.data_key.json
}

resource "aws_kms_alias" "data" {
  name          = "alias/${var.name}-data"
  target_key_id = aws_kms_key.data.key_id
}

# ---------------------------------------------------------------- key of the telemetry
# Encrypts logs, the failure topic and the dead-letter queue. Services use it in their own name: without these
# statements alarms and dead letters are lost without any error.
data "aws_iam_policy_document" "telemetry_key" {
  source_policy_documents = [data.aws_iam_policy_document.key_of_this_account.json]

  statement {
    sid       = "EncryptLogs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:*"]
    }
  }

  # EventBridge sends dead letters to the encrypted queue, CloudWatch publishes alarms to the encrypted topic.
  statement {
    sid       = "EncryptEventsAndAlarms"
    actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_kms_key" "telemetry" {
  description             = "${var.name}: logs, failure topic, dead-letter queue"
  enable_key_rotation     = true
  deletion_window_in_days = var.kms_deletion_window_days
  policy                  = data.aws_iam_policy_document.telemetry_key.json
}

resource "aws_kms_alias" "telemetry" {
  name          = "alias/${var.name}-telemetry"
  target_key_id = aws_kms_key.telemetry.key_id
}
