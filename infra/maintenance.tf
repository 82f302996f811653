# ---------------------------------------------------------------- the upkeep of the Delta tables, on a schedule
# OPTIMIZE, VACUUM and a change of a table's layout: glue/pipeline/silver/maintenance.py. The job and its role are those
# of the uploads, as is the lock: a second writer of a Delta table on S3 loses commits.
variable "maintenance_schedule" {
  description = "When the Delta tables are put in order and old versions removed: a schedule expression of EventBridge, in UTC. Null: never, which lets files and storage grow without end."
  type        = string
  default     = "cron(0 18 * * ? *)" # 3 in the morning in Japan

  validation {
    condition     = var.maintenance_schedule == null || can(regex("^(rate|cron)\\(.+\\)$", var.maintenance_schedule))
    error_message = "maintenance_schedule must be rate(…), cron(…) or null."
  }
}

locals {
  maintenance_name = "${var.name}-maintenance"

  maintenance_call_retriers = [{
    ErrorEquals     = ["States.TaskFailed", "States.Timeout"]
    IntervalSeconds = 2
    MaxAttempts     = 3
    BackoffRate     = 2
    JitterStrategy  = "FULL"
  }]

  # What is not there is an answer, not a failure.
  maintenance_lookup_retriers = concat(
    [{
      ErrorEquals = ["S3.NoSuchKeyException", "Sfn.ExecutionDoesNotExistException", "Sfn.InvalidArnException"]
      MaxAttempts = 0
    }],
    local.maintenance_call_retriers,
  )
}

resource "aws_cloudwatch_event_rule" "maintenance" {
  count = var.maintenance_schedule == null ? 0 : 1

  name                = local.maintenance_name
  description         = "The upkeep of the Delta tables"
  schedule_expression = var.maintenance_schedule
}

resource "aws_cloudwatch_event_target" "maintenance" {
  count = var.maintenance_schedule == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.maintenance[0].name
  target_id = "maintenance"
  arn       = aws_sfn_state_machine.maintenance.arn
  role_arn  = aws_iam_role.maintenance_events.arn
  input     = jsonencode({ datasets = local.datasets })

  depends_on = [aws_iam_role_policy.maintenance_events]
}

resource "aws_sfn_state_machine" "maintenance" {
  name     = local.maintenance_name
  type     = "STANDARD" # .sync tasks need it
  role_arn = aws_iam_role.maintenance.arn

  definition = templatefile("${path.module}/maintenance.asl.json.tftpl", {
    name                 = var.name
    partition            = local.partition
    timeout_seconds      = var.pipeline_timeout_hours * 3600 * 2
    step_timeout_seconds = var.glue_timeout_minutes * 60 + 900 # Glue's own timeout comes first, even after a wait for workers
    most_waits           = 24                                  # of five minutes
    call_retriers        = jsonencode(local.maintenance_call_retriers)
    lookup_retriers      = jsonencode(local.maintenance_lookup_retriers)
    job_retriers         = jsonencode([local.retriers.busy, local.retriers.service, local.retriers.failed_run]) # may be repeated safely
    glue_job_name        = aws_glue_job.this.name
    silver_bucket        = aws_s3_bucket.this["silver"].bucket
    failure_topic_arn    = aws_sns_topic.failures.arn
    pipeline_arn         = aws_sfn_state_machine.pipeline.arn
  })

  logging_configuration {
    level                  = "ALL"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.maintenance.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  depends_on = [aws_iam_role_policy.maintenance] # Step Functions checks the log permissions at creation
}

resource "aws_cloudwatch_log_group" "maintenance" {
  name              = "/aws/vendedlogs/states/${local.maintenance_name}"
  retention_in_days = var.retention_days.logs
  kms_key_id        = aws_kms_key.telemetry.arn
}

# ---------------------------------------------------------------- roles
data "aws_iam_policy_document" "maintenance" {
  # .sync needs all four: it starts the run, polls it, and stops it when the execution is stopped.
  statement {
    sid       = "RunGlueJob"
    actions   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    resources = [aws_glue_job.this.arn]
  }

  statement {
    sid       = "TakeLocks"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${aws_s3_bucket.this["silver"].arn}/locks/*"]
  }

  # Without ListBucket, S3 answers 403 instead of 404 for a lock that is not there.
  statement {
    sid       = "SeeThatThereIsNoLock"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this["silver"].arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["locks/*"]
    }
  }

  statement {
    sid       = "AskWhetherTheHolderRuns"
    actions   = ["states:DescribeExecution"]
    resources = ["arn:${local.partition}:states:${var.region}:${local.account}:execution:${var.name}-*:*"]
  }

  statement {
    sid       = "HandOnUploads"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.pipeline.arn]
  }

  statement {
    sid       = "PublishFailures"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.failures.arn]
  }

  statement {
    sid       = "EncryptLocksAndFailures"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [aws_kms_key.data.arn, aws_kms_key.telemetry.arn]
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html: none of these supports a resource
  statement {
    sid = "DeliverLogs"
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    ]
    resources = ["*"]
  }

  statement {
    sid = "WriteTraces"
    actions = [
      "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "maintenance" {
  name               = local.maintenance_name
  description        = "Role of the state machine ${local.maintenance_name}"
  assume_role_policy = data.aws_iam_policy_document.trust["pipeline"].json
}

resource "aws_iam_role_policy" "maintenance" {
  name   = "maintenance"
  role   = aws_iam_role.maintenance.id
  policy = data.aws_iam_policy_document.maintenance.json
}

data "aws_iam_policy_document" "maintenance_events" {
  statement {
    sid       = "StartExecution"
    actions   = ["states:StartExecution"]
    resources = [aws_sfn_state_machine.maintenance.arn]
  }
}

resource "aws_iam_role" "maintenance_events" {
  name               = "${local.maintenance_name}-events"
  description        = "Starts the upkeep for EventBridge"
  assume_role_policy = data.aws_iam_policy_document.trust["events"].json
}

resource "aws_iam_role_policy" "maintenance_events" {
  name   = "start-the-upkeep"
  role   = aws_iam_role.maintenance_events.id
  policy = data.aws_iam_policy_document.maintenance_events.json
}
