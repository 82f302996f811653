# ---------------------------------------------------------------- buckets
output "bronze_bucket" {
  description = "Bucket for uploads: bronze/<dataset>/<anything>.csv starts the pipeline."
  value       = aws_s3_bucket.this["bronze"].bucket
}

output "silver_bucket" {
  description = "Bucket of the Delta tables silver/<dataset>/ and quarantine/<dataset>/, run reports and notes."
  value       = aws_s3_bucket.this["silver"].bucket
}

output "assets_bucket" {
  description = "Bucket of the job's script, package, wheels and dataset contracts."
  value       = aws_s3_bucket.this["assets"].bucket
}

# ---------------------------------------------------------------- pipeline
output "state_machine_arn" {
  description = "ARN of the state machine; an execution is one upload."
  value       = aws_sfn_state_machine.pipeline.arn
}

output "glue_job_name" {
  description = "Name of the Glue job both steps run."
  value       = aws_glue_job.this.name
}

output "catalog_database" {
  description = "Glue catalog database of the Silver and quarantine tables."
  value       = aws_glue_catalog_database.silver.name
}

output "event_rule_name" {
  description = "EventBridge rule that starts the state machine."
  value       = aws_cloudwatch_event_rule.upload.name
}

# ---------------------------------------------------------------- Gold
output "gold_endpoint" {
  description = "Gold database as address:port."
  value       = "${aws_db_instance.gold.address}:${aws_db_instance.gold.port}"
}

output "gold_address" {
  description = "Host name of the Gold database; it stays the same through a failover."
  value       = aws_db_instance.gold.address
}

output "gold_port" {
  description = "Port of the Gold database."
  value       = aws_db_instance.gold.port
}

output "gold_database" {
  description = "Database with the Gold tables."
  value       = aws_db_instance.gold.db_name
}

output "gold_secret_arn" {
  description = "Secrets Manager secret with the master user's name and password."
  value       = aws_db_instance.gold.master_user_secret[0].secret_arn
}

output "bi_secret_arn" {
  description = "Secrets Manager secret with the login of BI tools (role bi_reader); it has a value after the first load."
  value       = aws_secretsmanager_secret.bi_reader.arn
}

# ---------------------------------------------------------------- failures
output "dlq_url" {
  description = "Queue of the events EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letters.url
}

output "failure_topic_arn" {
  description = "Topic told of failed uploads and of alarms."
  value       = aws_sns_topic.failures.arn
}

# ---------------------------------------------------------------- diagnosis
output "diag_instance_id" {
  description = "Diagnostic instance for `aws ssm start-session --target`; null when diag_enabled is false."
  value       = one(aws_instance.diag[*].id)
}
