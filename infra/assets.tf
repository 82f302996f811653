# ---------------------------------------------------------------- the job's files
# `make package` builds dist/: pipeline.zip (our package) and wheels/<Glue version>/ (modules which that version lacks;
# no package index can be reached from the VPC). An object is replaced when the hash of its file changes
# (source_hash; the ETag of an object encrypted with KMS is no hash of its content).
locals {
  glue_dir = coalesce(var.glue_dir, "${path.module}/../glue")

  wheels_dir = "${local.glue_dir}/dist/wheels/${var.glue_version}"
  wheels     = sort(fileset(local.wheels_dir, "*.whl"))

  # What the job verifies the Gold database with; public certificates.
  gold_ca_bundle = coalesce(var.gold_ca_bundle, "${local.glue_dir}/certificates/rds-bundle.pem")

  # dataset -> file of its contract; extra_datasets replace those of glue/datasets with the same name
  contract_files = merge(
    { for file in fileset("${local.glue_dir}/datasets", "*.yaml") : trimsuffix(file, ".yaml") => "${local.glue_dir}/datasets/${file}" },
    { for file in var.extra_datasets : trimsuffix(basename(file), ".yaml") => file },
  )
  datasets = sort(keys(local.contract_files))

  packaged = fileexists("${local.glue_dir}/dist/pipeline.zip") && length(local.wheels) > 0
}

resource "aws_s3_object" "script" {
  bucket      = aws_s3_bucket.this["assets"].id
  key         = "scripts/bronze_to_gold.py"
  source      = "${local.glue_dir}/bronze_to_gold.py"
  source_hash = filesha256("${local.glue_dir}/bronze_to_gold.py")

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}

resource "aws_s3_object" "pipeline" {
  bucket      = aws_s3_bucket.this["assets"].id
  key         = "lib/pipeline.zip"
  source      = "${local.glue_dir}/dist/pipeline.zip"
  source_hash = try(filesha256("${local.glue_dir}/dist/pipeline.zip"), "not packaged")

  lifecycle {
    precondition {
      condition     = local.packaged
      error_message = "${local.glue_dir}/dist lacks pipeline.zip or wheels/${var.glue_version}/*.whl: run `make package GLUE_VERSION=${var.glue_version}` first (in the repository's root)."
    }
  }

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}

resource "aws_s3_object" "wheel" {
  for_each = toset(local.wheels)

  bucket      = aws_s3_bucket.this["assets"].id
  key         = "wheels/${each.key}"
  source      = "${local.wheels_dir}/${each.key}"
  source_hash = filesha256("${local.wheels_dir}/${each.key}")

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}

resource "aws_s3_object" "gold_ca_bundle" {
  bucket      = aws_s3_bucket.this["assets"].id
  key         = "certificates/rds-bundle.pem"
  source      = local.gold_ca_bundle
  source_hash = filesha256(local.gold_ca_bundle)

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}

resource "aws_s3_object" "dataset" {
  for_each = local.contract_files

  bucket      = aws_s3_bucket.this["assets"].id
  key         = "datasets/${each.key}.yaml"
  source      = each.value
  source_hash = filesha256(each.value)

  lifecycle {
    precondition {
      # The name becomes a folder in Bronze, a table in the catalog and a literal in the state machine.
      condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", each.key))
      error_message = "datasets/${each.key}.yaml: rename it to lower-case letters, digits and underscores, a letter first."
    }
  }

  depends_on = [aws_s3_bucket_server_side_encryption_configuration.this, aws_s3_bucket_versioning.this]
}
