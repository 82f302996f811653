# ---------------------------------------------------------------- log groups of the Glue job
# Created before the job, or Glue creates them itself: without expiry, and left behind by a destroy with a key that is
# about to be deleted. With a security configuration Glue uses groups of their own names. AWS's pages differ about
# them, so all of them exist; an empty group costs nothing.
locals {
  glue_security_configuration_name = var.name
  glue_role_name                   = "${var.name}-glue"

  glue_log_groups = toset([
    # What Glue writes to, as configurations in public use name it.
    "/aws-glue/jobs/${local.glue_security_configuration_name}-role/${local.glue_role_name}/output",
    "/aws-glue/jobs/${local.glue_security_configuration_name}-role/${local.glue_role_name}/error",
    # Continuous logging: the guide's name for it today, and until Glue 4.0.
    # https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html#monitor-logging-encrypt-log-data
    "/aws-glue/jobs/error-${local.glue_security_configuration_name}",
    "/aws-glue/jobs/logs-v2-${local.glue_security_configuration_name}",
    # As the API's page describes JobRun.LogGroupName.
    # https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-runs.html#aws-glue-api-jobs-runs-JobRun
    "/aws-glue/jobs-${local.glue_role_name}-${local.glue_security_configuration_name}/output",
    "/aws-glue/jobs-${local.glue_role_name}-${local.glue_security_configuration_name}/error",
  ])
}

resource "aws_cloudwatch_log_group" "glue" {
  for_each = local.glue_log_groups

  name              = each.key
  retention_in_days = var.retention_days.logs
  kms_key_id        = aws_kms_key.telemetry.arn
}

# Runs of an earlier version of this configuration made some of them already: those are taken over.
data "aws_cloudwatch_log_groups" "glue" {
  log_group_name_prefix = "/aws-glue/jobs"
}

locals {
  glue_log_groups_of_glue = setintersection(local.glue_log_groups, data.aws_cloudwatch_log_groups.glue.log_group_names)
}

import {
  for_each = local.glue_log_groups_of_glue

  to = aws_cloudwatch_log_group.glue[each.key]
  id = each.key
}
