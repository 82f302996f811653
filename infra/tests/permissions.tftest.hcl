# What AWS's documentation asks for and no plan checks: a run on AWS would fail, or would write unencrypted.
# Few runs with many assertions: a run costs a second and a half, an assertion nothing.
mock_provider "aws" {
  source = "./tests/mocks"
}

# The mocks give both keys one ARN.
override_resource {
  target = aws_kms_key.telemetry
  values = { arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111" }
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "the_job_gets_what_glue_documents" {
  # -------------------- actions without a resource
  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html, list_amazonec2.html,
  # list_amazoncloudwatch.html, list_amazoncloudwatchlogs.html and list_awsx-ray.html: the resource column is empty
  assert {
    condition = alltrue(flatten([
      for document in [data.aws_iam_policy_document.glue, data.aws_iam_policy_document.pipeline, data.aws_iam_policy_document.flow_logs] : [
        for statement in document.statement : statement.resources == toset(["*"]) if anytrue([
          for action in statement.actions : (
            startswith(action, "ec2:Describe") || startswith(action, "xray:") || endswith(action, "LogDelivery") || contains([
              "glue:GetSecurityConfiguration", "cloudwatch:PutMetricData", "logs:DescribeLogGroups",
              "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
            ], action)
          )
        ])
      ]
    ]))
    error_message = "An action that knows no resource is allowed by * only, in a statement of its own."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.glue.statement : statement.actions if contains(statement.actions, "glue:GetSecurityConfiguration")
    ] == [toset(["glue:GetSecurityConfiguration"])]
    error_message = "The job must be allowed to read its security configuration, and what stands on * must be nothing more."
  }

  # -------------------- the log groups and their key
  # https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html, step 1
  assert {
    condition = one([
      for statement in data.aws_iam_policy_document.glue.statement : statement.actions if contains(statement.resources, aws_kms_key.telemetry.arn) && statement.sid == "EncryptLogs"
    ]) == toset(["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"])
    error_message = "A role with a security configuration needs the key of its log groups."
  }

  assert {
    condition = (
      toset([for group in aws_cloudwatch_log_group.glue : group.name]) == toset([
        "/aws-glue/jobs/glue-app-role/glue-app-glue/output", "/aws-glue/jobs/glue-app-role/glue-app-glue/error",
        "/aws-glue/jobs/error-glue-app", "/aws-glue/jobs/logs-v2-glue-app",
        "/aws-glue/jobs-glue-app-glue-glue-app/output", "/aws-glue/jobs-glue-app-glue-glue-app/error",
      ]) &&
      alltrue([for group in aws_cloudwatch_log_group.glue : group.retention_in_days == 90 && group.kms_key_id == aws_kms_key.telemetry.arn])
    )
    error_message = "Every log group that Glue may write to with this security configuration must exist, with an end and our key."
  }

  assert {
    condition = (
      one([for statement in data.aws_iam_policy_document.glue.statement : statement if statement.sid == "WriteLogs"]).resources == toset(["arn:aws:logs:us-east-1:123456789012:log-group:/aws-glue/jobs*"]) &&
      alltrue([for group in aws_cloudwatch_log_group.glue : startswith(group.name, "/aws-glue/jobs")])
    )
    error_message = "The job's role must be allowed to write to each of its log groups, whatever suffix Glue gives their names."
  }

  assert {
    condition     = aws_glue_security_configuration.this.name == "glue-app" && aws_iam_role.glue.name == "glue-app-glue" && aws_glue_job.this.security_configuration == "glue-app"
    error_message = "The log groups' names are made of those of the security configuration and the role."
  }
}

# An account in which Glue made the groups, with those of other jobs: creating them again would fail.
run "log_groups_that_glue_made_are_taken_over" {
  command = plan

  override_data {
    target = data.aws_cloudwatch_log_groups.glue
    values = { log_group_names = ["/aws-glue/jobs/error", "/aws-glue/jobs/error-glue-app", "/aws-glue/jobs/error-glue-app-2"] }
  }

  assert {
    condition     = local.glue_log_groups_of_glue == toset(["/aws-glue/jobs/error-glue-app"]) && length(aws_cloudwatch_log_group.glue) == 6
    error_message = "Terraform must take over the job's own groups that are there already, and no others."
  }
}
