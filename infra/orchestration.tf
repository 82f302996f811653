# ---------------------------------------------------------------- state machine
locals {
  state_machine_name = "${var.name}-pipeline"

  # What the job reads (glue/pipeline/reading/kinds.py). StringMatches is case-sensitive, so there is one comparison for
  # each spelling: .csv and .tsv in any case, the longer ones as people write them.
  spellings = concat(
    [for letters in setproduct(["c", "C", "t", "T"], ["s", "S"], ["v", "V"]) : join("", letters)],
    flatten([for name in ["jsonl", "ndjson"] : [name, upper(name), title(name)]]),
  )
  readable_names = [
    for parts in setproduct(local.spellings, ["", ".gz", ".GZ", ".Gz"]) :
    { Variable = "$.source.key", StringMatches = "*.${join("", parts)}" }
  ]

  # Which errors of a Glue task are retried. Step Functions takes the first retrier that matches.
  retriers = {
    # As many runs as the job may have at once are at work (a stopped one counts until it has ended): wait, for hours
    # if necessary. Runs of one dataset do not wait here: its lock lets one execution through (docs/adr/0025).
    busy = {
      ErrorEquals     = ["Glue.ConcurrentRunsExceededException"]
      IntervalSeconds = 5
      BackoffRate     = 1.5
      MaxDelaySeconds = 60
      MaxAttempts     = 2000
      JitterStrategy  = "FULL"
    }
    # Glue has an internal error, or throttles, or the account's quota is used up. Throttling is none of the errors
    # that StartJobRun declares (botocore's model), so it may arrive under the name of the SDK's base class.
    # https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html. No run was started: asking again costs nothing.
    service = {
      ErrorEquals = [
        "Glue.InternalServiceException", "Glue.OperationTimeoutException", "Glue.ResourceNumberLimitExceededException",
        "Glue.ThrottlingException", "Glue.AWSGlueException", "Glue.GlueException", "Glue.SdkClientException",
      ]
      IntervalSeconds = 5
      BackoffRate     = 2
      MaxDelaySeconds = 120
      MaxAttempts     = 6
      JitterStrategy  = "FULL"
    }
    # The run failed. Each attempt is a new run that costs: see the comments of the states Silver and Gold.
    failed_run = {
      ErrorEquals     = ["States.TaskFailed"]
      IntervalSeconds = 20
      BackoffRate     = 1
      MaxAttempts     = 1
    }
  }
}

# ---------------------------------------------------------------- the queue
locals {
  step_timeout_seconds = var.glue_timeout_minutes * 60 + 900 # Glue's own timeout comes first, even after a wait for workers

  # Each round has two runs. Of the 25,000 events that an execution may have, one round needs about 100, and telling of a
  # failure 26: 10,400 for twenty times the 20 that are told of at once. Repeated calls add a few.
  most_rounds   = max(1, min(20, floor(var.pipeline_timeout_hours * 3600 / (2 * local.step_timeout_seconds)) - 1))
  most_tellings = 20

  # Hundreds of uploads start as many executions at once, and S3 and Step Functions slow callers down. Up to five minutes,
  # spread by chance: an upload that can't be queued has to be sent again by somebody.
  call_retriers = [{
    ErrorEquals     = ["States.TaskFailed", "States.Timeout"]
    IntervalSeconds = 2
    MaxAttempts     = 8
    BackoffRate     = 2
    MaxDelaySeconds = 60
    JitterStrategy  = "FULL"
  }]

  # What is not there is an answer, not a failure.
  answers         = ["S3.NoSuchKeyException", "Sfn.ExecutionDoesNotExistException", "Sfn.InvalidArnException"]
  lookup_retriers = concat([{ ErrorEquals = local.answers, MaxAttempts = 0 }], local.call_retriers)
}

resource "aws_sfn_state_machine" "pipeline" {
  name     = local.state_machine_name
  type     = "STANDARD" # .sync tasks need it
  role_arn = aws_iam_role.pipeline.arn

  definition = templatefile("${path.module}/pipeline.asl.json.tftpl", {
    name                     = var.name
    partition                = local.partition
    pipeline_timeout_seconds = var.pipeline_timeout_hours * 3600
    step_timeout_seconds     = local.step_timeout_seconds
    most_rounds              = local.most_rounds
    most_tellings            = local.most_tellings
    call_retriers            = jsonencode(local.call_retriers)
    lookup_retriers          = jsonencode(local.lookup_retriers)
    readable_names           = jsonencode(local.readable_names)
    known_datasets           = join(", ", [for dataset in local.datasets : "'${dataset}'"])
    silver_retriers          = jsonencode([local.retriers.busy, local.retriers.service])
    gold_retriers            = jsonencode([local.retriers.busy, local.retriers.service, local.retriers.failed_run])
    glue_job_name            = aws_glue_job.this.name
    bronze_bucket            = aws_s3_bucket.this["bronze"].bucket
    silver_bucket            = aws_s3_bucket.this["silver"].bucket
    failure_topic_arn        = aws_sns_topic.failures.arn
  })

  logging_configuration {
    level                  = "ALL"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.pipeline.arn}:*"
  }

  tracing_configuration {
    enabled = true
  }

  lifecycle {
    precondition {
      condition     = length(local.datasets) > 0
      error_message = "${local.glue_dir}/datasets holds no <name>.yaml: the pipeline would reject every upload. Add a dataset's contract."
    }
  }

  depends_on = [aws_iam_role_policy.pipeline] # Step Functions checks the log permissions at creation
}

# With the prefix /aws/vendedlogs/ the account's CloudWatch Logs resource policy does not grow with each group:
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
resource "aws_cloudwatch_log_group" "pipeline" {
  name              = "/aws/vendedlogs/states/${local.state_machine_name}"
  retention_in_days = var.retention_days.logs
  kms_key_id        = aws_kms_key.telemetry.arn
}

# ---------------------------------------------------------------- role
data "aws_iam_policy_document" "pipeline" {
  # .sync needs all four: it starts the run, polls it, and stops it when the execution is stopped.
  statement {
    sid       = "RunGlueJob"
    actions   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
    resources = [aws_glue_job.this.arn]
  }

  statement {
    sid     = "QueueAndTell"
    actions = ["s3:GetObject", "s3:PutObject"]
    resources = [
      for prefix in ["locks", "pending", "quarantine-notes"] : "${aws_s3_bucket.this["silver"].arn}/${prefix}/*"
    ]
  }

  statement {
    sid       = "ForgetWhatWasTold"
    actions   = ["s3:DeleteObject"]
    resources = ["${aws_s3_bucket.this["silver"].arn}/pending/*/failures/*"]
  }

  # Without ListBucket, S3 answers 403 instead of 404 for a lock that is not there. GetObject gives no prefix.
  statement {
    sid       = "SeeWhatWaits"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.this["silver"].arn]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = ["pending/*", "quarantine-notes/*"]
    }
  }

  # The lock's holder may be another machine of this deployment, as for maintenance.
  statement {
    sid       = "AskWhetherTheHolderRuns"
    actions   = ["states:DescribeExecution"]
    resources = ["arn:${local.partition}:states:${var.region}:${local.account}:execution:${var.name}-*:*"]
  }

  statement {
    sid       = "HandOn"
    actions   = ["states:StartExecution"]
    resources = [local.state_machine_arn]
  }

  statement {
    sid       = "PublishFailures"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.failures.arn]
  }

  statement {
    sid       = "EncryptObjectsAndFailures"
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

resource "aws_iam_role" "pipeline" {
  name               = local.state_machine_name
  description        = "Role of the state machine ${local.state_machine_name}"
  assume_role_policy = data.aws_iam_policy_document.trust["pipeline"].json
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "pipeline"
  role   = aws_iam_role.pipeline.id
  policy = data.aws_iam_policy_document.pipeline.json
}
