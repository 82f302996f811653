# ---------------------------------------------------------------- an upload starts an execution
# The suffix decides here, in any case; the prefix, the size and the dataset are checked by the state machine, which
# can say what is wrong with a file. EventBridge can't ask for a prefix AND a suffix of one field.
resource "aws_cloudwatch_event_rule" "upload" {
  name        = "${var.name}-upload"
  description = "CSV files created in the Bronze bucket"

  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.this["bronze"].bucket] }
      object = { key = [{ suffix = { "equals-ignore-case" = ".csv" } }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "upload" {
  rule      = aws_cloudwatch_event_rule.upload.name
  target_id = "pipeline"
  arn       = aws_sfn_state_machine.pipeline.arn
  role_arn  = aws_iam_role.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 86400
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_iam_role_policy.events, aws_sqs_queue_policy.dead_letters]
}

# ---------------------------------------------------------------- may start it
data "aws_iam_policy_document" "events_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "events" {
  statement {
    sid       = "StartThePipeline"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.pipeline.arn]
  }
}

resource "aws_iam_role" "events" {
  name               = "${var.name}-events"
  description        = "EventBridge starts the state machine"
  assume_role_policy = data.aws_iam_policy_document.events_trust.json
}

resource "aws_iam_role_policy" "events" {
  name   = "start-the-pipeline"
  role   = aws_iam_role.events.id
  policy = data.aws_iam_policy_document.events.json
}

# ---------------------------------------------------------------- what could not be delivered
resource "aws_sqs_queue" "dead_letters" {
  name                              = "${var.name}-dead-letters"
  message_retention_seconds         = 1209600 # 14 days, the longest there is
  kms_master_key_id                 = aws_kms_key.telemetry.arn
  kms_data_key_reuse_period_seconds = 300
}

data "aws_iam_policy_document" "dead_letters" {
  statement {
    sid       = "DeadLettersOfTheUploadRule"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.upload.arn]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [aws_sqs_queue.dead_letters.arn]

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

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy    = data.aws_iam_policy_document.dead_letters.json
}
