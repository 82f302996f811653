# ---------------------------------------------------------------- Gold: PostgreSQL
locals {
  gold_port       = 5432
  gold_database   = "gold_db"
  gold_user       = "postgres_admin"
  gold_identifier = "${var.name}-gold"
  gold_logs       = toset(["postgresql", "upgrade"])
}

resource "aws_db_subnet_group" "gold" {
  name        = local.gold_identifier
  description = "Private subnets of ${var.name} in at least two zones"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
}

resource "aws_db_parameter_group" "gold" {
  name        = "${local.gold_identifier}-postgres15"
  description = "TLS only, slow statements logged"
  family      = "postgres15"

  parameter {
    name  = "rds.force_ssl"
    value = "1" # clients must use TLS; the default since version 15
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "500" # ms
  }
}

# Created before the instance, or RDS creates them itself: unencrypted and without expiry.
resource "aws_cloudwatch_log_group" "gold" {
  for_each = local.gold_logs

  name              = "/aws/rds/instance/${local.gold_identifier}/${each.key}"
  retention_in_days = var.retention_days.logs
  kms_key_id        = aws_kms_key.telemetry.arn
}

# When this stack was created: a final snapshot's name must be new, but must not change with every plan.
resource "terraform_data" "created_at" {
  input = formatdate("YYYYMMDDhhmmss", plantimestamp())

  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_db_instance" "gold" {
  identifier     = local.gold_identifier
  engine         = "postgres"
  engine_version = var.gold_engine_version
  instance_class = var.gold_instance_class
  multi_az       = var.gold_multi_az

  allocated_storage     = var.gold_storage_gb.initial
  max_allocated_storage = var.gold_storage_gb.maximum
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.data.arn

  # RDS creates the password, keeps it in Secrets Manager and rotates it: it is never in Terraform's state.
  db_name                             = local.gold_database
  username                            = local.gold_user
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.data.arn
  iam_database_authentication_enabled = true

  port                   = local.gold_port
  db_subnet_group_name   = aws_db_subnet_group.gold.name
  vpc_security_group_ids = [aws_security_group.gold.id]
  parameter_group_name   = aws_db_parameter_group.gold.name
  publicly_accessible    = false
  # No ca_cert_identifier: AWS's default is right, and naming it doubles the time the creation takes.

  backup_retention_period    = var.gold_backup_days
  backup_window              = "17:00-18:00"         # UTC; 02:00 in Japan
  maintenance_window         = "sun:18:30-sun:19:30" # never during the backup
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true

  deletion_protection       = var.protect_data
  skip_final_snapshot       = !local.keep_backups
  final_snapshot_identifier = "${local.gold_identifier}-final-${terraform_data.created_at.output}"
  delete_automated_backups  = !local.keep_backups

  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.data.arn
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.gold_monitoring.arn
  enabled_cloudwatch_logs_exports = local.gold_logs

  apply_immediately = true

  depends_on = [
    aws_cloudwatch_log_group.gold,
    aws_iam_role_policy_attachment.gold_monitoring,
    # a destroy that the database refuses must not take its logins away
    aws_secretsmanager_secret.bi_reader,
    aws_secretsmanager_secret.gold_loader,
  ]
}

# ---------------------------------------------------------------- login of the job
# Without a value, as the next one: the job's first load creates the role gold_loader with the master user's secret.
resource "aws_secretsmanager_secret" "gold_loader" {
  name        = "${local.gold_identifier}/gold_loader"
  description = "Login of the Glue job to the Gold database, written by its step gold: owns what it loads, makes no roles"
  kms_key_id  = aws_kms_key.data.arn

  recovery_window_in_days = var.protect_data ? var.kms_deletion_window_days : 0

  tags = { Name = "${local.gold_identifier}/gold_loader" }
}

# ---------------------------------------------------------------- login of BI tools
# Without a value: the job creates the role bi_reader and its password, which is never in Terraform's state.
resource "aws_secretsmanager_secret" "bi_reader" {
  name        = "${local.gold_identifier}/bi_reader" # not <word>-<six characters>: Secrets Manager's ARNs end so
  description = "Read-only login of BI tools to the Gold database, written by the step gold of the Glue job"
  kms_key_id  = aws_kms_key.data.arn

  # The name can't be used again during the recovery window, so unprotected data has none.
  recovery_window_in_days = var.protect_data ? var.kms_deletion_window_days : 0

  tags = { Name = "${local.gold_identifier}/bi_reader" }
}

# ---------------------------------------------------------------- enhanced monitoring
resource "aws_iam_role" "gold_monitoring" {
  name               = "${var.name}-gold-monitoring"
  description        = "Enhanced monitoring of the Gold database"
  assume_role_policy = data.aws_iam_policy_document.trust["gold_monitoring"].json
}

resource "aws_iam_role_policy_attachment" "gold_monitoring" {
  role       = aws_iam_role.gold_monitoring.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
