# ---------------------------------------------------------------- an upload starts an execution
# The rule matches every object of the bucket: an upload that no rule matches vanishes without a word. The state
# machine checks folder, name, size and dataset, because it can report what is wrong with a file.
resource "aws_cloudwatch_event_rule" "upload" {
  name        = "${var.name}-upload"
  description = "Objects created in the Bronze bucket"

  event_pattern = jsonencode({
    source        = ["aws.s3"]
    "detail-type" = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.this["bronze"].bucket] }
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

# ---------------------------------------------------------------- what was left waiting
# An execution that is stopped, or fails for another reason than its file, leaves uploads in the queue. The dataset's
# next upload takes them along; where none comes, this does.
resource "aws_cloudwatch_event_rule" "waiting" {
  name                = "${var.name}-waiting"
  description         = "Takes up uploads that an execution left in the queue"
  schedule_expression = var.waiting_uploads_schedule
}

resource "aws_cloudwatch_event_target" "waiting" {
  rule      = aws_cloudwatch_event_rule.waiting.name
  target_id = "pipeline"
  arn       = aws_sfn_state_machine.pipeline.arn
  role_arn  = aws_iam_role.events.arn
  input     = jsonencode({ datasets = local.datasets })

  depends_on = [aws_iam_role_policy.events]
}

# ---------------------------------------------------------------- role
data "aws_iam_policy_document" "events" {
  statement {
    sid       = "StartExecution"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.pipeline.arn]
  }
}

resource "aws_iam_role" "events" {
  name               = "${var.name}-events"
  description        = "Starts the state machine for EventBridge"
  assume_role_policy = data.aws_iam_policy_document.trust["events"].json
}

resource "aws_iam_role_policy" "events" {
  name   = "start-the-pipeline"
  role   = aws_iam_role.events.id
  policy = data.aws_iam_policy_document.events.json
}

# ---------------------------------------------------------------- dead-letter queue
resource "aws_sqs_queue" "dead_letters" {
  name                              = "${var.name}-dead-letters"
  message_retention_seconds         = 1209600 # 14 days, SQS's maximum
  kms_master_key_id                 = aws_kms_key.telemetry.arn
  kms_data_key_reuse_period_seconds = 300
}

data "aws_iam_policy_document" "dead_letters" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["dead_letters"].json]

  statement {
    sid       = "SendDeadLetters"
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
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy    = data.aws_iam_policy_document.dead_letters.json
}
