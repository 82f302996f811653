# ---------------------------------------------------------------- failure topic
resource "aws_sns_topic" "failures" {
  name              = "${var.name}-failures"
  display_name      = "${var.name}: failed uploads and alarms"
  kms_master_key_id = aws_kms_key.telemetry.arn
}

data "aws_iam_policy_document" "failures" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["failures"].json]

  statement {
    sid       = "PublishAlarms"
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

  # This policy replaces AWS's default, which allows the account; so does this statement.
  statement {
    sid       = "AllowOwnAccount"
    actions   = ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]
    resources = [aws_sns_topic.failures.arn]

    principals {
      type        = "AWS"
      identifiers = [local.account_root_arn]
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

  # Composed here, not read from the resource: the alarms need not wait for the state machine.
  state_machine_arn = "arn:${local.partition}:states:${var.region}:${local.account}:stateMachine:${local.state_machine_name}"

  # name -> alarm. The pipeline's alarms fire at the first event, the database's after 15 minutes.
  alarms = {
    "executions-failed" = {
      description = "An execution failed; a message with the cause was published to the failure topic."
      namespace   = "AWS/States", metric = "ExecutionsFailed", dimensions = local.pipeline_dimensions
      statistic   = "Sum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "executions-timed-out" = {
      description = "An execution took longer than pipeline_timeout_hours; it published no message."
      namespace   = "AWS/States", metric = "ExecutionsTimedOut", dimensions = local.pipeline_dimensions
      statistic   = "Sum", period = 60, periods = 1, comparison = "GreaterThanOrEqualToThreshold", threshold = 1
    }
    "executions-aborted" = {
      description = "An execution was stopped; its upload is not in Gold."
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
      description = "A run of the Glue job failed, whoever started it."
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
      description = "Free storage of the Gold database is below a tenth of its initial size, despite autoscaling."
      namespace   = "AWS/RDS", metric = "FreeStorageSpace", dimensions = local.gold_dimensions
      statistic   = "Minimum", period = 300, periods = 3, comparison = "LessThanThreshold"
      threshold   = var.gold_storage_gb.initial * pow(1024, 3) / 10
    }
    "gold-connections" = {
      description = "More than 100 connections to the Gold database; the job uses one at a time."
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
  treat_missing_data  = "notBreaching" # without uploads there are no metrics
  alarm_actions       = [aws_sns_topic.failures.arn]
  ok_actions          = [aws_sns_topic.failures.arn]
}
