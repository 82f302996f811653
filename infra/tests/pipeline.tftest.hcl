# Faults of the orchestration: events that vanish, steps that never end, arguments Glue does not take.
# Few runs with many assertions: a run costs a second and a half, an assertion nothing.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "an_upload_becomes_an_execution_that_ends_and_tells" {
  # -------------------- an upload becomes an execution
  assert {
    condition     = aws_s3_bucket_notification.bronze.eventbridge && aws_s3_bucket_notification.bronze.bucket == aws_s3_bucket.this["bronze"].id
    error_message = "Without eventbridge = true on Bronze no event exists."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.upload.event_pattern) == {
      source        = ["aws.s3"]
      "detail-type" = ["Object Created"]
      detail = {
        bucket = { name = [aws_s3_bucket.this["bronze"].bucket] }
      }
    }
    error_message = "The pattern must match every Object Created event of Bronze, as what no rule matches vanishes, and of no other bucket: outputs must not trigger."
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.upload.arn == aws_sfn_state_machine.pipeline.arn &&
      aws_cloudwatch_event_target.upload.role_arn == aws_iam_role.events.arn &&
      aws_cloudwatch_event_target.upload.dead_letter_config[0].arn == aws_sqs_queue.dead_letters.arn
    )
    error_message = "The target must be the state machine, with a role and a dead-letter queue: events vanish otherwise."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.events.statement :
      contains(statement.actions, "states:StartExecution") && statement.resources == toset([aws_sfn_state_machine.pipeline.arn])
    ])
    error_message = "The events role must be allowed to start this state machine."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.dead_letters.statement : (
        contains(statement.actions, "sqs:SendMessage") &&
        one(statement.principals).identifiers == toset(["events.amazonaws.com"]) &&
        contains(one(statement.condition).values, aws_cloudwatch_event_rule.upload.arn)
      )
    ])
    error_message = "EventBridge, and only for this rule, must be allowed to send to the dead-letter queue."
  }

  # -------------------- no state waits for ever
  assert {
    condition     = jsondecode(aws_sfn_state_machine.pipeline.definition).TimeoutSeconds == 12 * 3600
    error_message = "The state machine needs a timeout."
  }

  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
      try(state.TimeoutSeconds, 0) > 0 if state.Type == "Task"
    ])
    error_message = "Every task needs a timeout."
  }

  assert {
    condition = alltrue([
      for step in ["Silver", "Gold"] :
      jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].TimeoutSeconds > aws_glue_job.this.timeout * 60
    ])
    error_message = "Glue's own timeout must come before the task's, so that the run says why it ended."
  }

  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
      contains(flatten([for catcher in state.Catch : catcher.ErrorEquals]), "States.ALL") if contains(["Task", "Map"], state.Type)
    ])
    error_message = "Every task must catch States.ALL: a failure nobody hears of is lost data."
  }

  # -------------------- steps start the job with arguments glue takes
  assert {
    condition = alltrue(flatten([
      for step in ["Silver", "Gold"] : [
        for key, value in jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Parameters.Arguments :
        startswith(key, "--") && can(regex("^(silver|gold|\\$)", value))
      ]
    ]))
    error_message = "Every Glue argument must begin with -- and be a string."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Queue the upload"].Parameters.Body["source.$"] == "$.source" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Queue the upload"].Parameters.Body["force.$"] == "$.force" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Describe the source"].Parameters["force.$"] == "$.detail.force" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Describe the source"].Parameters.source["sequencer.$"] == "$.detail.object.sequencer" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Go without a sequencer"].ResultPath == "$.detail.object.sequencer"
    )
    error_message = "The job must get the event's sequencer and force, or hear that there are none."
  }

  assert {
    condition = alltrue([
      for step in ["Silver", "Gold"] : (
        jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Resource == "arn:aws:states:::glue:startJobRun.sync" &&
        jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Parameters.JobName == aws_glue_job.this.name &&
        jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Parameters.Arguments["--step"] == lower(step)
      )
    ])
    error_message = "Both steps must run the Glue job and wait for its end (.sync)."
  }

  assert {
    condition = alltrue([
      for step in ["Silver", "Gold"] :
      jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Retry[0].ErrorEquals == ["Glue.ConcurrentRunsExceededException"] &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Retry[0].MaxAttempts >= 1000
    ])
    error_message = "A run that Glue has no room for must wait patiently."
  }

  assert {
    condition = alltrue([
      for step in ["Silver", "Gold"] : length(setsubtract(
        ["Glue.ThrottlingException", "Glue.AWSGlueException", "Glue.GlueException", "Glue.SdkClientException"],
        jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Retry[1].ErrorEquals
      )) == 0 && jsondecode(aws_sfn_state_machine.pipeline.definition).States[step].Retry[1].MaxAttempts >= 5
    ])
    error_message = "Throttling of StartJobRun must be waited out, whatever name it comes by: its own or that of the SDK's base class."
  }

  assert {
    condition = (
      !strcontains(jsonencode(jsondecode(aws_sfn_state_machine.pipeline.definition).States.Silver.Retry), "States.TaskFailed") &&
      strcontains(jsonencode(jsondecode(aws_sfn_state_machine.pipeline.definition).States.Gold.Retry), "States.TaskFailed")
    )
    error_message = "A failed load is run once more; a failed Silver step is not."
  }

  assert {
    condition     = aws_glue_job.this.execution_property[0].max_concurrent_runs == 2 && aws_glue_job.this.max_retries == 0
    error_message = "The job must run once a dataset at once, and not retry by itself."
  }

  # -------------------- one writer a dataset (docs/adr/0025)
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Queue the upload"].Next == "Start counting" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Start counting"].Next == "Read the lock" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Release the lock"].Next == "List what came meanwhile" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Release the lock"].Catch[0].Next == "List what came meanwhile" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["List what came meanwhile"].Parameters["Prefix.$"] == "States.Format('pending/{}/', $.dataset.name)" &&
      startswith(jsondecode(aws_sfn_state_machine.pipeline.definition).States["Queue the upload"].Parameters["Key.$"], "States.Format('pending/{}/uploads/{}.json', $.dataset.name, $$.Execution.Name")
    )
    error_message = "An upload must be in the queue before the lock is looked at, and the queue be looked at after the lock is released: it may be nobody's otherwise."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Make the lock"].Parameters.IfNoneMatch == "*" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Take the lock"].Parameters["IfMatch.$"] == "$.lock.etag" &&
      alltrue([
        for release in ["Release the lock", "Release after a failure"] :
        jsondecode(aws_sfn_state_machine.pipeline.definition).States[release].Parameters["IfMatch.$"] == "$.held.etag"
      ]) &&
      alltrue([
        for take in ["Make the lock", "Take the lock"] :
        !can(jsondecode(aws_sfn_state_machine.pipeline.definition).States[take].Retry) && jsondecode(aws_sfn_state_machine.pipeline.definition).States[take].Catch[0].Next == "Did somebody else take it?"
      ])
    )
    error_message = "The lock must be written on condition, by whoever saw it last, and a refusal be an answer."
  }

  # Of hundreds of executions at once: refusals to write the lock are answers, all else is tried again, spread by chance.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Did somebody else take it?"].Default == "Count the try" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Count the try"].Next == "Wait for S3" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Wait for S3"].Next == "Read the lock" &&
      alltrue([
        for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
        one([for retrier in state.Retry : retrier.MaxAttempts >= 8 && retrier.JitterStrategy == "FULL" if contains(retrier.ErrorEquals, "States.Timeout")])
        if can(state.Retry) && can(state.Parameters.Bucket)
      ])
    )
    error_message = "A burst must not end in QueueFailed where S3 slows it down."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Read the lock"].Next == "Is it a lock?" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Is it a lock?"].Default == "BrokenLock" &&
      strcontains(jsondecode(aws_sfn_state_machine.pipeline.definition).States["BrokenLock"].Parameters["cause.$"], "/locks/{}.json names no holder") &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Tell of each failure"].ItemProcessor.States["Is it a failure?"].Default == "Describe the broken failure"
    )
    error_message = "A broken lock must be named, and a broken failure not block the queue."
  }

  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
      startswith(state.Parameters["Prefix.$"], "States.Format('pending/{}/") || startswith(state.Parameters["Prefix.$"], "States.Format('quarantine-notes/{}.json', $$.Execution.Name")
      if can(state.Parameters["Prefix.$"])
    ])
    error_message = "A dataset's name must end before the slash: feedback is not feedback_2."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Does anything wait?"].Choices[1].NumericGreaterThanEquals == 3 &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Did anything come?"].Choices[1].NumericGreaterThanEquals == 3 &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Did anything come?"].Choices[1].Next == "Hand on"
    )
    error_message = "An execution must hand on before its time (12 hours for two runs of 75 minutes a round) or its history is used up."
  }

  # A failure is told of in 26 events, 20 failures at once, and an execution's history ends with 25,000.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Failures are told of"].Parameters["tellings.$"] == "States.MathAdd($.work.tellings, 1)" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["List the failures"].Parameters.MaxKeys * 26 * local.most_tellings <= 12500 &&
      alltrue([
        for state, next in { "Did an upload fail?" = "Release the lock", "Does anything wait?" = "Release the lock", "Did anything come?" = "Hand on" } :
        length([
          for choice in jsondecode(aws_sfn_state_machine.pipeline.definition).States[state].Choices : choice
          if choice.Next == next && strcontains(jsonencode(choice), "\"NumericGreaterThanEquals\":${local.most_tellings},\"Variable\":\"$.work.tellings\"")
        ]) == 1
      ]) &&
      alltrue([
        for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
        contains(keys(state.Parameters), "tellings.$") if try(state.ResultPath, "") == "$.work" && name != "Start counting"
      ])
    )
    error_message = "An execution that has told of hundreds of failures must hand on before its history is used up, in whatever round."
  }

  # https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html: 256 KB for a state's output, a Map's as well.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Tell of each failure"].ItemProcessor.States["Forget the failure"].OutputPath == "$.key" &&
      can(jsondecode(aws_sfn_state_machine.pipeline.definition).States["Look after each dataset"].ItemProcessor.States["Look after one"].ResultPath) &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Look after each dataset"].ItemProcessor.States["Look after one"].ResultPath == null
    )
    error_message = "A Map's items must hand on names only: together they would be too large, which nothing catches."
  }

  assert {
    condition = (
      jsondecode(aws_cloudwatch_event_target.waiting.input) == { datasets = ["feedback", "tickets"] } &&
      aws_cloudwatch_event_target.waiting.arn == aws_sfn_state_machine.pipeline.arn &&
      aws_cloudwatch_event_rule.waiting.schedule_expression == "rate(1 hour)"
    )
    error_message = "What a stopped execution leaves in the queue must be taken up, also where no further upload comes."
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.pipeline.statement : [
        for action in statement.actions : [for resource in statement.resources : "${action} ${resource}"]
      ] if anytrue([for action in statement.actions : startswith(action, "s3:") || startswith(action, "states:")])
      ])) == toset(concat(
      flatten([
        for prefix in ["locks/*", "pending/*", "quarantine-notes/*"] : [
          for action in ["s3:GetObject", "s3:PutObject"] : "${action} ${aws_s3_bucket.this["silver"].arn}/${prefix}"
        ]
      ]),
      [
        "s3:DeleteObject ${aws_s3_bucket.this["silver"].arn}/pending/*/failures/*",
        "s3:ListBucket ${aws_s3_bucket.this["silver"].arn}",
        "states:DescribeExecution arn:aws:states:us-east-1:123456789012:execution:glue-app-*:*",
        "states:StartExecution arn:aws:states:us-east-1:123456789012:stateMachine:glue-app-pipeline",
      ],
    ))
    error_message = "The state machine must reach the queue, the lock and its holder, and nothing else."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.glue.statement :
      statement.actions == toset(["glue:GetJobRuns"]) && statement.resources == toset(["arn:aws:glue:us-east-1:123456789012:job/glue-app-bronze-to-gold"])
    ])
    error_message = "A run must see the other runs of its job: one of a stopped execution ends late."
  }

  assert {
    condition = length([
      for choice in jsondecode(aws_sfn_state_machine.pipeline.definition).States["Did Silver succeed?"].Choices : choice
      if try(choice.And[2].StringMatches, "") == "*enrichment unfinished: *" && choice.Next == "List what waits"
    ]) == 1
    error_message = "A run that ran out of time while asking the model is followed by another, as often as the execution's time allows."
  }

  assert {
    condition = (
      aws_glue_job.this.default_arguments["--timeout_minutes"] == tostring(aws_glue_job.this.timeout) &&
      length([for name in keys(aws_glue_job.this.default_arguments) : name if startswith(name, "--bedrock_")]) == 1
    )
    error_message = "The job must know when Glue will stop it, and no quota that nobody told."
  }

  assert {
    condition     = strcontains(aws_sfn_state_machine.pipeline.definition, "States.ArrayContains(States.Array('feedback', 'tickets')")
    error_message = "The guard must know every dataset of glue/datasets."
  }

  assert {
    condition = alltrue([
      for name in [
        "csv", "CSV", "Csv", "cSv", "tsv", "TSV", "jsonl", "JSONL", "ndjson", "csv.gz", "CSV.GZ", "tsv.gz", "jsonl.gz",
        "ndjson.gz",
      ] :
      contains([
        for choice in jsondecode(aws_sfn_state_machine.pipeline.definition).States["Is the key valid?"].Choices[2].Not.Or :
        choice.StringMatches
      ], "*.${name}")
    ])
    error_message = "The guard must let through what the job reads."
  }

  assert {
    condition = [
      for choice in jsondecode(aws_sfn_state_machine.pipeline.definition).States["Is the key valid?"].Choices : choice.Next
    ] == ["AFolder", "NotInADatasetFolder", "UnreadableFile", "EmptyFile"]
    error_message = "The guard must say what is wrong with an upload, and let a folder of the console pass."
  }

  # -------------------- every failure is told
  assert {
    condition = alltrue([
      for name, state in jsondecode(aws_sfn_state_machine.pipeline.definition).States :
      contains(["Compose the message", "Does the cause describe a job run?"], state.Next)
      if contains(["NotAnUpload", "UnreadableFile", "NotInADatasetFolder", "EmptyFile", "UnknownDataset", "SilverFailed", "GoldFailed"], name)
    ])
    error_message = "Every failure must lead to the message."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Compose the message"].Next == "Write a quarantine note" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Write a quarantine note"].Next == "Publish the failure" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Write a quarantine note"].Catch[0].Next == "Publish the failure" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Publish the failure"].Next == "Is the lock held?" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Is the lock held?"].Default == "Failed" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Release after a failure"].Next == "Failed" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Release after a failure"].Catch[0].Next == "Failed" &&
      jsondecode(aws_sfn_state_machine.pipeline.definition).States["Failed"].Type == "Fail"
    )
    error_message = "A failure must leave a note, tell the topic and end as FAILED, whatever of this fails."
  }

  assert {
    condition = alltrue([
      for alarm in ["executions-failed", "executions-timed-out", "dead-letters", "glue-errors", "gold-cpu", "gold-storage", "gold-connections"] :
      contains(aws_cloudwatch_metric_alarm.this[alarm].alarm_actions, aws_sns_topic.failures.arn)
    ])
    error_message = "Every alarm must reach the failure topic."
  }

  assert {
    condition = (
      aws_sfn_state_machine.pipeline.logging_configuration[0].level == "ALL" &&
      endswith(aws_sfn_state_machine.pipeline.logging_configuration[0].log_destination, ":*") &&
      startswith(aws_cloudwatch_log_group.pipeline.name, "/aws/vendedlogs/states/")
    )
    error_message = "Executions must be logged in full to a /aws/vendedlogs/ group; the destination ends in :*."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 0
    error_message = "Nobody is subscribed unless an address is given."
  }
}

run "an_address_is_subscribed" {
  command = plan

  variables {
    notification_email   = "ops@example.com"
    glue_concurrent_runs = 1
  }

  assert {
    condition     = aws_glue_job.this.execution_property[0].max_concurrent_runs == 1
    error_message = "glue_concurrent_runs must bound the job's runs."
  }

  assert {
    condition     = aws_sns_topic_subscription.email[0].endpoint == "ops@example.com" && aws_sns_topic_subscription.email[0].protocol == "email"
    error_message = "notification_email must be subscribed to the failure topic."
  }
}
