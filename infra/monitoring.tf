# ---------------------------------------------------------------- the topic people listen to
resource "aws_sns_topic" "failures" {
  name              = "${var.name}-failures"
  display_name      = "${var.name}: failed uploads and alarms"
  kms_master_key_id = aws_kms_key.telemetry.arn
}

data "aws_iam_policy_document" "failures" {
  statement {
    sid       = "AlarmsOfThisAccount"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.failures.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  # A topic policy of one's own replaces AWS's default, so the account must be named again.
  statement {
    sid       = "ThisAccount"
    actions   = ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]
    resources = [aws_sns_topic.failures.arn]

    principals {
      type        = "AWS"
      identifiers = [local.account_root_arn]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.failures.arn]

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

resource "aws_sns_topic_policy" "failures" {
  arn    = aws_sns_topic.failures.arn
  policy = data.aws_iam_policy_document.failures.json
}

resource "aws_sns_topic_subscription" "email" {
  count = var.notification_email == null ? 0 : 1

  topic_arn = aws_sns_topic.failures.arn
  protocol  = "email"
  endpoint  = var.notification_email
}

# ---------------------------------------------------------------- alarms
locals {
  pipeline_dimensions = { StateMachineArn = local.state_machine_arn }
  gold_dimensions     = { DBInstanceIdentifier = aws_db_instance.gold.identifier }

  # Spelled, not read from the resource: an alarm on a machine being replaced would wait for it.
  state_machine_arn = "arn:${local.partition}:states:${var.region}:${local.account}:stateMachine:${local.state_machine_name}"

  # name -> alarm. Those of the pipeline fire at the first event; those of the database after a quarter of an hour.
  alarms = {
    "executions-failed" = {
      description = "An upload ended as a failure; the topic got its own message with the cause."
      namespace   = "AWS/States", metric = "ExecutionsFailed", dimensions = local.pipeline_dimensions
      statistic   = "Sum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "executions-timed-out" = {
      description = "An upload took longer than pipeline_timeout_hours; no failure branch ran."
      namespace   = "AWS/States", metric = "ExecutionsTimedOut", dimensions = local.pipeline_dimensions
      statistic   = "Sum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "executions-aborted" = {
      description = "Somebody stopped an execution; its upload is not in Gold."
      namespace   = "AWS/States", metric = "ExecutionsAborted", dimensions = local.pipeline_dimensions
      statistic   = "Sum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "dead-letters" = {
      description = "EventBridge could not start the state machine; the event waits in the queue."
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = aws_sqs_queue.dead_letters.name }
      statistic   = "Maximum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "glue-errors" = {
      description = "A run of the Glue job ended with an error, whoever started it."
      namespace   = "Glue", metric = "glue.error.ALL"
      dimensions  = { JobName = local.glue_job_name, JobRunId = "ALL", Type = "count", ObservabilityGroup = "error" }
      statistic   = "Sum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "gold-cpu" = {
      description = "The Gold database's CPU is above 80 %."
      namespace   = "AWS/RDS", metric = "CPUUtilization", dimensions = local.gold_dimensions
      statistic   = "Average", period = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = 80
    }
    "gold-storage" = {
      description = "Less than a tenth of the Gold database's initial storage is free, in spite of autoscaling."
      namespace   = "AWS/RDS", metric = "FreeStorageSpace", dimensions = local.gold_dimensions
      statistic   = "Minimum", period = 300, periods = 3, comparison = "LessThanThreshold"
      threshold   = var.gold_storage_gb.initial * pow(1024, 3) / 10
    }
    "gold-connections" = {
      description = "More than 100 connections to the Gold database: the job uses one at a time."
      namespace   = "AWS/RDS", metric = "DatabaseConnections", dimensions = local.gold_dimensions
      statistic   = "Maximum", period = 300, periods = 3, comparison = "GreaterThanThreshold", threshold = 100
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = each.value.period
  evaluation_periods  = each.value.periods
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching" # nothing uploaded, nothing measured
  alarm_actions       = [aws_sns_topic.failures.arn]
  ok_actions          = [aws_sns_topic.failures.arn]
}
