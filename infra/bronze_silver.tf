# ---------------------------------------------------------------- buckets
# bronze: uploads, unchanged.  silver: Delta tables, cache and reports of the job.  assets: the job's code.
locals {
  buckets = toset(["bronze", "silver", "assets"])

  # Prefix -> days after which its objects expire. Never a Delta table's prefix (silver/, quarantine/): the log still
  # names expired files, and the table can't be read any more (VACUUM removes Delta's files). Never sources/: those
  # markers make a second delivery of an upload do nothing.
  expiring_prefixes = {
    bronze = {}
    silver = {
      "bedrock-cache/"    = var.retention_days.bedrock_cache
      "quarantine-notes/" = var.retention_days.notes_and_reports
      "runs/"             = var.retention_days.notes_and_reports
    }
    assets = { "tmp/" = 7 }
  }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  # Bucket names are unique across all AWS accounts: hence account and region.
  bucket        = "${var.name}-${each.key}-${local.account}-${var.region}"
  force_destroy = !var.protect_data
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true # one KMS call for many objects; Delta writes thousands

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# ---------------------------------------------------------------- bucket policies
resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = (
    each.key == "silver"
    ? data.aws_iam_policy_document.silver_bucket.json
    : data.aws_iam_policy_document.tls_only[each.key].json
  )

  depends_on = [aws_s3_bucket_public_access_block.this] # S3 answers 409 when both are changed at once
}

# The cache holds what the model made of people's texts, and nobody but the job needs it. Quarantined rows may hold
# personal data in free text. The account's root stays in, or nobody could mend the policy's effect.
locals {
  private_prefixes = merge(
    { "bedrock-cache" = [] },
    var.quarantine_reader_arns == null ? {} : { "quarantine" = var.quarantine_reader_arns },
  )
}

data "aws_iam_policy_document" "silver_bucket" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only["silver"].json]

  dynamic "statement" {
    for_each = local.private_prefixes

    content {
      sid       = "DenyOthers${replace(title(statement.key), "-", "")}"
      effect    = "Deny"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${aws_s3_bucket.this["silver"].arn}/${statement.key}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition {
        test     = "ArnNotLike"
        variable = "aws:PrincipalArn"
        values = concat(
          [aws_iam_role.glue.arn, "arn:${local.partition}:iam::${local.account}:root"],
          statement.value,
        )
      }
    }
  }
}

# ---------------------------------------------------------------- lifecycle
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "noncurrent-versions-and-abandoned-uploads"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.retention_days.noncurrent_versions
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = local.expiring_prefixes[each.key]

    content {
      id     = "expire-${trimsuffix(rule.key, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this] # rules on noncurrent versions need versioning
}

# ---------------------------------------------------------------- events of Bronze
# Without this, S3 sends no "Object Created" event to EventBridge, and no rule ever matches.
resource "aws_s3_bucket_notification" "bronze" {
  bucket      = aws_s3_bucket.this["bronze"].id
  eventbridge = true
}
