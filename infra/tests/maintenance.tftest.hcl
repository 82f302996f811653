# The upkeep: it is scheduled, it takes the lock of the uploads, and it tells when it fails.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "the_tables_are_maintained_each_night_under_the_lock_of_the_uploads" {
  assert {
    condition = (
      aws_cloudwatch_event_rule.maintenance[0].schedule_expression == "cron(0 18 * * ? *)" &&
      aws_cloudwatch_event_target.maintenance[0].arn == aws_sfn_state_machine.maintenance.arn &&
      aws_cloudwatch_event_target.maintenance[0].role_arn == aws_iam_role.maintenance_events.arn &&
      toset(jsondecode(aws_cloudwatch_event_target.maintenance[0].input).datasets) == toset(local.datasets)
    )
    error_message = "The schedule must start the upkeep of every dataset."
  }

  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Maintain"].Parameters.JobName == aws_glue_job.this.name &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Maintain"].Parameters.Arguments["--step.$"] == "$.task.step" &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Ask for the upkeep"].Result.step == "maintain"
    )
    error_message = "The upkeep is a step of the job."
  }

  assert {
    condition = alltrue([
      for name in ["Make the lock", "Take the lock"] :
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States[name].Parameters.Body["holder.$"] == "$$.Execution.Id" &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States[name].Next == "Maintain"
    ])
    error_message = "No run without the lock."
  }

  # As the pipeline does: a lock that S3 wrote without an answer is read again, a broken one ends no other dataset's upkeep.
  assert {
    condition = (
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Did somebody else take it?"].Default == "Count the try" &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Count the try"].Next == "Wait for S3" &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Wait for S3"].Next == "Read the lock" &&
      contains([for choice in jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Is the lock free?"].Choices : choice.Next if try(choice.StringEqualsPath, "") == "$.execution"], "Take the lock") &&
      alltrue([for name in ["Count the wait", "Count the try"] : jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States[name].Parameters["execution.$"] == "$.execution"]) &&
      # whoever counts hands on all that the Map gave
      alltrue([for name in ["Count the wait", "Count the try"] :
        toset([for key in keys(jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States[name].Parameters) : trimsuffix(key, ".$")])
        == toset([for key in keys(jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemSelector) : trimsuffix(key, ".$")])
      ])
    )
    error_message = "An unclear answer to a write of the lock must not leave it held by an execution that goes on."
  }

  assert {
    condition = (
      length(jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Release the lock"].Retry) > 0 &&
      contains(jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Release the lock"].Retry[0].ErrorEquals, "States.Timeout")
    )
    error_message = "The execution goes on with other datasets: a lock that is not released stops the uploads of this one."
  }

  assert {
    condition = (
      !strcontains(aws_sfn_state_machine.maintenance.definition, "StringToJson") &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Is it a lock?"].Choices == jsondecode(aws_sfn_state_machine.pipeline.definition).States["Is it a lock?"].Choices &&
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Tell that it is broken"].Next == "Publish the failure"
    )
    error_message = "A broken lock must be told of, and not end the Map."
  }

  assert {
    condition = contains(
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Maintain"].Catch[0].ErrorEquals, "States.ALL"
      ) && (
      jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States["Maintain"].Catch[0].Next == "Publish the failure"
    )
    error_message = "A failure must be told of."
  }

  assert {
    condition = alltrue([
      for state in values(jsondecode(aws_sfn_state_machine.maintenance.definition).States["Maintain each dataset"].ItemProcessor.States) :
      try(state.TimeoutSeconds > 0, false) if state.Type == "Task"
    ])
    error_message = "No state may wait for ever."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.maintenance.statement :
      !contains(statement.resources, "*") || contains(["DeliverLogs", "WriteTraces"], statement.sid)
    ])
    error_message = "The upkeep's role must name what it may use."
  }
}

run "the_schedule_can_be_left_out" {
  variables {
    maintenance_schedule = null
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.maintenance) == 0 && length(aws_cloudwatch_event_target.maintenance) == 0
    error_message = "Null means no schedule."
  }
}

run "a_schedule_that_is_none_is_refused" {
  command = plan

  variables {
    maintenance_schedule = "daily"
  }

  expect_failures = [var.maintenance_schedule]
}
