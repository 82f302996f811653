# Who makes the database's roles.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "the_job_that_makes_the_roles_knows_the_master_users_secret" {
  assert {
    condition     = aws_glue_job.this.default_arguments["--gold_master_secret_arn"] == aws_db_instance.gold.master_user_secret[0].secret_arn
    error_message = "The first load makes the roles as the master user."
  }
}

run "afterwards_it_may_not_read_it" {
  variables {
    job_makes_roles = false
  }

  assert {
    condition = !contains(keys(aws_glue_job.this.default_arguments), "--gold_master_secret_arn") && alltrue([
      for statement in data.aws_iam_policy_document.glue.statement :
      !contains(statement.resources, aws_db_instance.gold.master_user_secret[0].secret_arn)
    ])
    error_message = "Without job_makes_roles, the job must neither be told of the master user's secret nor be allowed to read it."
  }
}
