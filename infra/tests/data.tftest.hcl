# Protection of the data, and permissions.
# Few runs with many assertions: a run costs a second and a half, an assertion nothing.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "data_is_kept_safe_and_roles_may_do_their_work" {
  # -------------------- buckets are private encrypted and versioned
  assert {
    condition = toset(keys(aws_s3_bucket.this)) == toset(["bronze", "silver", "assets"]) && alltrue([
      for role, bucket in aws_s3_bucket.this : bucket.bucket == "glue-app-${role}-123456789012-us-east-1"
    ])
    error_message = "Bucket names must be unique in the world: account and region belong into them."
  }

  assert {
    condition = alltrue([
      for role, bucket in aws_s3_bucket.this : (
        aws_s3_bucket_versioning.this[role].versioning_configuration[0].status == "Enabled" &&
        one(aws_s3_bucket_server_side_encryption_configuration.this[role].rule).bucket_key_enabled &&
        one(one(aws_s3_bucket_server_side_encryption_configuration.this[role].rule).apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.data.arn &&
        aws_s3_bucket_public_access_block.this[role].block_public_policy && aws_s3_bucket_public_access_block.this[role].restrict_public_buckets &&
        aws_s3_bucket_ownership_controls.this[role].rule[0].object_ownership == "BucketOwnerEnforced"
      )
    ])
    error_message = "Every bucket must be versioned, encrypted with our key, closed to the public and without ACLs."
  }

  assert {
    condition = alltrue([
      for target, document in data.aws_iam_policy_document.tls_only : (
        one(document.statement).effect == "Deny" &&
        one(one(document.statement).condition).variable == "aws:SecureTransport" &&
        one(document.statement).resources == toset(local.tls_only[target].resources)
      )
    ])
    error_message = "Every bucket, the queue and the topic must refuse requests without TLS."
  }

  assert {
    condition = alltrue([
      for role, bucket in aws_s3_bucket.this : toset(local.tls_only[role].resources) == toset([bucket.arn, "${bucket.arn}/*"])
    ])
    error_message = "A bucket must refuse requests without TLS for itself and for its objects."
  }

  assert {
    condition = (
      contains(data.aws_iam_policy_document.dead_letters.source_policy_documents, data.aws_iam_policy_document.tls_only["dead_letters"].json) &&
      contains(data.aws_iam_policy_document.failures.source_policy_documents, data.aws_iam_policy_document.tls_only["failures"].json) &&
      contains(data.aws_iam_policy_document.telemetry_key.source_policy_documents, data.aws_iam_policy_document.key_of_this_account.json)
    )
    error_message = "The policies of queue, topic and telemetry key must contain what they share with others."
  }

  # -------------------- lifecycle never breaks a delta table
  assert {
    condition = alltrue(flatten([
      for role, prefixes in local.expiring_prefixes : [
        for prefix in keys(prefixes) :
        !startswith(prefix, "silver/") && !startswith(prefix, "quarantine/") && !startswith(prefix, "sources/") && endswith(prefix, "/")
      ]
    ]))
    error_message = "Objects of a Delta table, and the markers of loaded sources, must never expire."
  }

  assert {
    condition = alltrue([
      for role, configuration in aws_s3_bucket_lifecycle_configuration.this :
      one([for rule in configuration.rule : rule if rule.id == "noncurrent-versions-and-abandoned-uploads"]).noncurrent_version_expiration[0].noncurrent_days == 30
    ])
    error_message = "Replaced versions must expire in every bucket."
  }

  # -------------------- gold is kept safe
  assert {
    condition = (
      aws_db_instance.gold.multi_az && aws_db_instance.gold.storage_encrypted && aws_db_instance.gold.manage_master_user_password &&
      aws_db_instance.gold.db_name == "gold_db" && aws_db_instance.gold.username == "postgres_admin" &&
      aws_db_instance.gold.password == null &&
      aws_db_instance.gold.backup_retention_period == 7
    )
    error_message = "Gold must be Multi-AZ, encrypted and backed up, with a password only RDS knows."
  }

  assert {
    condition = contains([
      for parameter in aws_db_parameter_group.gold.parameter : "${parameter.name}=${parameter.value}"
    ], "rds.force_ssl=1")
    error_message = "Gold must refuse connections without TLS."
  }

  assert {
    condition = (
      aws_db_instance.gold.deletion_protection == false && aws_db_instance.gold.skip_final_snapshot &&
      alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy])
    )
    error_message = "By default `terraform destroy` must be able to remove everything."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.data_key.statement) == 0 && contains(data.aws_iam_policy_document.data_key.source_policy_documents, data.aws_iam_policy_document.key_of_this_account.json)
    error_message = "By default the key must be deleted with the data, and IAM decide who uses it."
  }

  # -------------------- services may use the keys they need
  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.telemetry_key.statement : (
        one(statement.principals).identifiers == toset(["logs.us-east-1.amazonaws.com"]) && contains(statement.actions, "kms:GenerateDataKey*")
      )
    ])
    error_message = "CloudWatch Logs must be allowed to use the telemetry key, or no log group can be made with it."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.telemetry_key.statement : (
        length(setsubtract(["events.amazonaws.com", "cloudwatch.amazonaws.com"], one(statement.principals).identifiers)) == 0 &&
        length(setsubtract(["kms:GenerateDataKey*", "kms:Decrypt"], statement.actions)) == 0
      )
    ])
    error_message = "EventBridge (dead letters) and CloudWatch (alarms) must be allowed to use the telemetry key."
  }

  assert {
    condition     = aws_sqs_queue.dead_letters.kms_master_key_id == aws_kms_key.telemetry.arn && aws_sns_topic.failures.kms_master_key_id == aws_kms_key.telemetry.arn
    error_message = "Queue and topic must be encrypted with the key whose policy knows the services."
  }

  # -------------------- roles may do their work
  assert {
    condition = alltrue([
      for role, service in {
        glue            = "glue.amazonaws.com"
        pipeline        = "states.amazonaws.com"
        events          = "events.amazonaws.com"
        flow_logs       = "vpc-flow-logs.amazonaws.com"
        gold_monitoring = "monitoring.rds.amazonaws.com"
        diag            = "ec2.amazonaws.com"
      } : one(one(data.aws_iam_policy_document.trust[role].statement).principals).identifiers == toset([service])
    ])
    error_message = "Each role must be assumed by its own service, and by nothing else."
  }

  assert {
    condition = alltrue([
      for role in ["pipeline", "events", "flow_logs", "gold_monitoring"] :
      one(one(one(data.aws_iam_policy_document.trust[role].statement).condition).values) == "123456789012"
    ])
    error_message = "A service that names the account it acts for must be trusted for this account alone."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.pipeline.statement : (
        statement.actions == toset(["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]) &&
        statement.resources == toset([aws_glue_job.this.arn])
      )
    ])
    error_message = "glue:startJobRun.sync needs StartJobRun, GetJobRun, GetJobRuns and BatchStopJobRun on the job."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.pipeline.statement : contains(statement.actions, "logs:CreateLogDelivery")
    ])
    error_message = "Step Functions needs the log delivery actions."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.glue.statement :
      contains(statement.actions, "secretsmanager:GetSecretValue") && statement.resources == toset([aws_db_instance.gold.master_user_secret[0].secret_arn])
    ])
    error_message = "The job must be allowed to read the Gold database's secret, and no other."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.glue.statement : [
        for action in statement.actions : action if startswith(action, "secretsmanager:")
      ] if contains(statement.resources, aws_secretsmanager_secret.bi_reader.arn)
    ] == [["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]]
    error_message = "The job must be allowed to read and to put the value of BI's secret, and nothing more."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.glue.statement :
      statement.resources == toset([aws_secretsmanager_secret.gold_loader.arn, aws_secretsmanager_secret.bi_reader.arn]) if contains(statement.actions, "secretsmanager:PutSecretValue")
    ])
    error_message = "The job must not write any secret but those of its own role and BI's."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.silver_bucket.statement : (
        statement.effect == "Deny" &&
        statement.resources == toset(["${aws_s3_bucket.this["silver"].arn}/bedrock-cache/*"]) &&
        toset(one(statement.condition).values) == toset([aws_iam_role.glue.arn, "arn:aws:iam::123456789012:root"])
      )
    ]) && length(data.aws_iam_policy_document.silver_bucket.statement) == 1
    error_message = "Nobody but the job may read the answers of the model."
  }

  assert {
    condition = (
      aws_glue_job.this.default_arguments["--gold_secret_arn"] == aws_secretsmanager_secret.gold_loader.arn &&
      aws_glue_job.this.default_arguments["--gold_ca_bundle_key"] == aws_s3_object.gold_ca_bundle.key &&
      aws_secretsmanager_secret.gold_loader.kms_key_id == aws_kms_key.data.arn &&
      aws_secretsmanager_secret.gold_loader.recovery_window_in_days == 0
    )
    error_message = "The job must load as a role of its own, and verify the database by the bundle in assets."
  }

  assert {
    condition = (
      aws_secretsmanager_secret.bi_reader.kms_key_id == aws_kms_key.data.arn &&
      aws_secretsmanager_secret.bi_reader.recovery_window_in_days == 0 &&
      aws_glue_job.this.default_arguments["--bi_secret_arn"] == aws_secretsmanager_secret.bi_reader.arn &&
      output.bi_secret_arn == aws_secretsmanager_secret.bi_reader.arn
    )
    error_message = "BI's secret must be encrypted with our key, known to the job, named by an output, and its name free after a destroy."
  }

  assert {
    condition = alltrue([
      for action in ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"] :
      contains(one(data.aws_iam_policy_document.own_calls_only["secretsmanager"].statement).actions, action)
    ])
    error_message = "The VPC endpoint must let through what the job does with the secrets."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.glue.statement : (
        length(setsubtract(["kms:Decrypt", "kms:GenerateDataKey"], statement.actions)) == 0 && statement.resources == toset([aws_kms_key.data.arn])
      )
    ])
    error_message = "The job must be allowed to use the data key: every bucket is encrypted with it."
  }

  assert {
    condition = !anytrue(flatten([
      for document in [data.aws_iam_policy_document.glue, data.aws_iam_policy_document.pipeline, data.aws_iam_policy_document.events] : [
        for statement in document.statement : [for action in statement.actions : endswith(action, ":*")]
      ]
    ]))
    error_message = "No role may have all actions of a service."
  }

  assert {
    condition = !anytrue([
      for statement in data.aws_iam_policy_document.glue.statement : (
        contains(statement.actions, "s3:PutObject") && contains(statement.resources, "${aws_s3_bucket.this["bronze"].arn}/*")
      )
    ])
    error_message = "The job must not write to Bronze: its outputs would start executions for ever."
  }

  # -------------------- the job brings everything along
  assert {
    condition = (
      aws_glue_job.this.glue_version == "4.0" &&
      aws_glue_job.this.default_arguments["--datalake-formats"] == "delta" &&
      aws_glue_job.this.default_arguments["--python-modules-installer-option"] == "--no-index --no-deps" &&
      length(split(",", aws_glue_job.this.default_arguments["--additional-python-modules"])) == 2 &&
      alltrue([for module in split(",", aws_glue_job.this.default_arguments["--additional-python-modules"]) : startswith(module, "s3://${aws_s3_object.pipeline.bucket}/wheels/")])
    )
    error_message = "Every Python module must come from the assets bucket: there is no way to a package index."
  }

  assert {
    condition = alltrue([
      for key, value in aws_glue_job.this.default_arguments : startswith(key, "--") && !strcontains(lower(key), "password")
    ])
    error_message = "Arguments begin with --, and none of them is a password."
  }

  assert {
    condition     = alltrue([for value in values(aws_glue_job.this.default_arguments) : !strcontains(value, "s3a://")])
    error_message = "Glue speaks s3://, never s3a://."
  }
}

run "protected_data_stays" {
  command = plan

  variables {
    protect_data = true
  }

  assert {
    condition = (
      aws_db_instance.gold.deletion_protection && aws_db_instance.gold.skip_final_snapshot == false &&
      aws_db_instance.gold.delete_automated_backups == false &&
      can(regex("^glue-app-gold-final-[0-9]{14}$", aws_db_instance.gold.final_snapshot_identifier)) &&
      !anytrue([for bucket in aws_s3_bucket.this : bucket.force_destroy]) &&
      aws_secretsmanager_secret.bi_reader.recovery_window_in_days == 7
    )
    error_message = "protect_data must keep the database (with a final snapshot of a new name), the buckets' objects and BI's secret."
  }

  assert {
    condition = [
      for statement in data.aws_iam_policy_document.data_key.statement : statement.actions
      if statement.effect == "Deny" && one(statement.principals).identifiers == toset(["*"])
    ] == [toset(["kms:ScheduleKeyDeletion"])]
    error_message = "The key that kept snapshots, backups and objects are encrypted with must refuse to be deleted."
  }
}

run "backups_and_their_key_stay_after_an_unprotected_destroy" {
  command = plan

  variables {
    keep_backups = true
  }

  assert {
    condition = (
      aws_db_instance.gold.deletion_protection == false && alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy]) &&
      aws_db_instance.gold.skip_final_snapshot == false && aws_db_instance.gold.delete_automated_backups == false &&
      one([for statement in data.aws_iam_policy_document.data_key.statement : statement.effect]) == "Deny"
    )
    error_message = "keep_backups must let everything be destroyed but the database's backups and the key that reads them."
  }
}

run "backups_of_protected_data_may_go" {
  command = plan

  variables {
    protect_data = true
    keep_backups = false
  }

  assert {
    condition = (
      aws_db_instance.gold.deletion_protection && aws_db_instance.gold.skip_final_snapshot &&
      length(data.aws_iam_policy_document.data_key.statement) == 0
    )
    error_message = "keep_backups = false must let the key be deleted, whatever protect_data says."
  }
}

# Glue 5.0 has no PyYAML: its job brings along what 4.0's does not.
run "the_job_brings_the_wheels_of_its_glue_version" {
  command = apply

  variables {
    glue_version = "5.0"
  }

  assert {
    condition = (
      aws_glue_job.this.glue_version == "5.0" &&
      length(split(",", aws_glue_job.this.default_arguments["--additional-python-modules"])) == 3 &&
      strcontains(aws_glue_job.this.default_arguments["--additional-python-modules"], "/wheels/PyYAML-") &&
      toset(keys(aws_s3_object.wheel)) == toset(["PyYAML-6.0.1-py3-none-any.whl", "boto3-1.40.76-py3-none-any.whl", "pg8000-1.31.5-py3-none-any.whl"])
    )
    error_message = "A job of Glue 5.0 must get the wheels of dist/wheels/5.0, all of them and no others."
  }
}

run "an_unpackaged_job_is_refused" {
  command = plan

  variables {
    glue_dir = "tests/fixture/unpackaged"
  }

  expect_failures = [aws_s3_object.pipeline]
}

run "a_job_packaged_for_another_glue_version_is_refused" {
  command = plan

  variables {
    glue_dir     = "tests/fixture/packaged_for_4"
    glue_version = "5.0"
  }

  expect_failures = [aws_s3_object.pipeline]
}
