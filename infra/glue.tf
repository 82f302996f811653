# ---------------------------------------------------------------- job
locals {
  glue_job_name = "${var.name}-bronze-to-gold"
  gold_master   = aws_db_instance.gold.master_user_secret[0].secret_arn

  # One a dataset: its lock lets one execution through.
  concurrent_runs = coalesce(var.glue_concurrent_runs, max(1, length(local.datasets)))

  makes_roles = { for argument in ["--gold_master_secret_arn"] : argument => local.gold_master if var.job_makes_roles }
}

resource "aws_glue_job" "this" {
  name                   = local.glue_job_name
  description            = "Bronze CSV to Silver (Delta) to Gold (PostgreSQL): one run is one step for the uploads of a dataset"
  role_arn               = aws_iam_role.glue.arn
  glue_version           = var.glue_version
  worker_type            = var.glue_worker_type
  number_of_workers      = var.glue_worker_count
  timeout                = var.glue_timeout_minutes
  execution_class        = "STANDARD"
  connections            = [for zone in local.zones : aws_glue_connection.private[zone].name] # in this order
  security_configuration = aws_glue_security_configuration.this.name
  max_retries            = 0 # the state machine retries, by kind of error

  # One writer a Delta table: two writers on S3 lose commits without an error. What keeps them apart is the dataset's
  # lock (docs/adr/0025), which the job checks, too; this bounds cost and addresses only.
  execution_property {
    max_concurrent_runs = local.concurrent_runs
  }

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "s3://${aws_s3_object.script.bucket}/${aws_s3_object.script.key}"
  }

  default_arguments = merge(local.makes_roles, local.bedrock_arguments, {
    # Glue's own: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
    "--job-language"                    = "python"
    "--extra-py-files"                  = "s3://${aws_s3_object.pipeline.bucket}/${aws_s3_object.pipeline.key}"
    "--additional-python-modules"       = join(",", [for wheel in aws_s3_object.wheel : "s3://${wheel.bucket}/${wheel.key}"])
    "--python-modules-installer-option" = "--no-index --no-deps" # only the wheels named above, together or one by one
    "--datalake-formats"                = "delta"
    # Glue takes several settings as one argument, with --conf between them.
    "--conf" = join(" --conf ", [
      "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
      "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
      "spark.delta.logStore.class=org.apache.spark.sql.delta.storage.S3SingleDriverLogStore",
    ])
    "--enable-metrics"                   = "true"
    "--enable-observability-metrics"     = "true"
    "--enable-continuous-cloudwatch-log" = "true"
    "--TempDir"                          = "s3://${aws_s3_bucket.this["assets"].bucket}/tmp/"

    # The script's own (glue/pipeline/arguments.py). The password is in the secret, never here.
    "--take_minutes"       = tostring(max(1, floor(var.glue_timeout_minutes / 4))) # then no further upload is begun
    "--quarantine_days"    = tostring(var.retention_days.quarantine)
    "--silver_bucket"      = aws_s3_bucket.this["silver"].bucket
    "--assets_bucket"      = aws_s3_bucket.this["assets"].bucket
    "--datasets_prefix"    = "datasets/"
    "--gold_secret_arn"    = aws_secretsmanager_secret.gold_loader.arn
    "--bi_secret_arn"      = aws_secretsmanager_secret.bi_reader.arn
    "--gold_host"          = aws_db_instance.gold.address
    "--gold_port"          = tostring(aws_db_instance.gold.port)
    "--gold_database"      = aws_db_instance.gold.db_name
    "--gold_ca_bundle_key" = aws_s3_object.gold_ca_bundle.key
    "--bedrock_model_id"   = var.bedrock_model_id
  })

  depends_on = [aws_iam_role_policy.glue, aws_s3_object.dataset, aws_s3_object.gold_ca_bundle, aws_cloudwatch_log_group.glue]
}

# ---------------------------------------------------------------- connections and encryption
# One a zone. For each run Glue takes the first one whose zone is healthy and whose subnet has free addresses:
# https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html#vpc-failover-behavior-error-10
resource "aws_glue_connection" "private" {
  for_each = toset(local.zones)

  name            = "${var.name}-private-${each.key}"
  description     = "Private subnet and security group of the job's workers"
  connection_type = "NETWORK"

  physical_connection_requirements {
    availability_zone      = aws_subnet.private[each.key].availability_zone # Glue requires the subnet's zone
    subnet_id              = aws_subnet.private[each.key].id
    security_group_id_list = [aws_security_group.glue.id]
  }
}

resource "aws_glue_security_configuration" "this" {
  name = local.glue_security_configuration_name

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = aws_kms_key.telemetry.arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "DISABLED" # the job uses no bookmarks: it records source versions
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = aws_kms_key.data.arn
    }
  }
}

# ---------------------------------------------------------------- role
# Written out instead of AWSGlueServiceRole, which allows every bucket named aws-glue-*, but neither our buckets nor
# the secrets.
data "aws_iam_policy_document" "glue" {
  statement {
    sid       = "ReadUploads"
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.this["bronze"].arn}/bronze/*"]
  }

  statement {
    sid       = "ReadAssets"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this["assets"].arn}/*"]
  }

  statement {
    sid     = "WriteSilverAndTemporaryFiles"
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    resources = [
      "${aws_s3_bucket.this["silver"].arn}/*",
      "${aws_s3_bucket.this["assets"].arn}/tmp/*",
    ]
  }

  # Without ListBucket, S3 answers 403 instead of 404 for a missing key, and Delta can't create a table.
  statement {
    sid       = "ListBuckets"
    actions   = ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"]
    resources = [for bucket in aws_s3_bucket.this : bucket.arn]
  }

  # A run without the event's sequencer has to know whether it needs one.
  statement {
    sid       = "ListVersionsOfUploads"
    actions   = ["s3:ListBucketVersions"]
    resources = [aws_s3_bucket.this["bronze"].arn]
  }

  # A run of an execution that was stopped ends late; the next one of the dataset waits for it.
  statement {
    sid       = "SeeOtherRuns"
    actions   = ["glue:GetJobRuns"]
    resources = ["arn:${local.partition}:glue:${var.region}:${local.account}:job/${local.glue_job_name}"]
  }

  statement {
    sid       = "UseDataKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = [aws_kms_key.data.arn]
  }

  # Read when a role is missing or its password is not its secret's, by no other load.
  dynamic "statement" {
    for_each = var.job_makes_roles ? [1] : []

    content {
      sid       = "ReadMasterSecret"
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
      resources = [local.gold_master]
    }
  }

  # The job creates the passwords of its own login and of BI's, and applies a value that somebody else put there.
  statement {
    sid       = "ReadAndWriteRoleSecrets"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
    resources = [aws_secretsmanager_secret.gold_loader.arn, aws_secretsmanager_secret.bi_reader.arn]
  }

  # AssociateKmsKey: without it, a job with a security configuration does not log at all. CreateLogGroup: Glue calls it
  # though the groups exist.
  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:AssociateKmsKey"]
    resources = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:/aws-glue/jobs*"] # of any name: glue_logs.tf
  }

  # https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html#encryption-setup-Glue, step 1
  statement {
    sid       = "EncryptLogs"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    resources = [aws_kms_key.telemetry.arn]
  }

  statement {
    sid       = "PutMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # the action supports no resource; the namespace limits it

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["Glue"]
    }
  }

  statement {
    sid     = "ReadConnections"
    actions = ["glue:GetConnection", "glue:GetConnections"]
    resources = concat(
      ["arn:${local.partition}:glue:${var.region}:${local.account}:catalog"],
      [for connection in aws_glue_connection.private : "arn:${local.partition}:glue:${var.region}:${local.account}:connection/${connection.name}"],
    )
  }

  # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsglue.html
  statement {
    sid       = "ReadSecurityConfiguration"
    actions   = ["glue:GetSecurityConfiguration"]
    resources = ["*"] # the action supports no resource
  }

  # Delta's catalog reads the database default when a session starts.
  statement {
    sid     = "ReadCatalog"
    actions = ["glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables", "glue:GetPartitions"]
    resources = [
      "arn:${local.partition}:glue:${var.region}:${local.account}:catalog",
      "arn:${local.partition}:glue:${var.region}:${local.account}:database/default",
      "arn:${local.partition}:glue:${var.region}:${local.account}:database/global_temp",
      "arn:${local.partition}:glue:${var.region}:${local.account}:database/${aws_glue_catalog_database.silver.name}",
      "arn:${local.partition}:glue:${var.region}:${local.account}:table/${aws_glue_catalog_database.silver.name}/*",
    ]
  }

  # Glue uses the role to create the workers' network interfaces in the subnet.
  statement {
    sid = "DescribeNetwork"
    actions = [
      "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
      "ec2:DescribeVpcEndpoints", "ec2:DescribeRouteTables", "ec2:DescribeVpcAttribute",
    ]
    resources = ["*"] # these actions support no resource
  }

  statement {
    sid     = "CreateNetworkInterfaces"
    actions = ["ec2:CreateNetworkInterface"]
    resources = concat([for subnet in aws_subnet.private : subnet.arn], [
      aws_security_group.glue.arn,
      "arn:${local.partition}:ec2:${var.region}:${local.account}:network-interface/*",
    ])
  }

  statement {
    sid       = "TagAndDeleteNetworkInterfaces"
    actions   = ["ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteNetworkInterface"]
    resources = ["arn:${local.partition}:ec2:${var.region}:${local.account}:network-interface/*"]
  }

  dynamic "statement" {
    for_each = local.bedrock_statements

    content {
      sid       = statement.key
      actions   = ["bedrock:InvokeModel"] # authorises Converse too
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.through_profile == null ? [] : [statement.value.through_profile]

        content {
          test     = "StringEquals"
          variable = "bedrock:InferenceProfileArn"
          values   = [condition.value]
        }
      }
    }
  }
}

resource "aws_iam_role" "glue" {
  name               = local.glue_role_name
  description        = "Role of the Glue job ${local.glue_job_name}"
  assume_role_policy = data.aws_iam_policy_document.trust["glue"].json
}

resource "aws_iam_role_policy" "glue" {
  name   = "job"
  role   = aws_iam_role.glue.id
  policy = data.aws_iam_policy_document.glue.json
}
