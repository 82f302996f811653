# ---------------------------------------------------------------- buckets
output "bronze_bucket" {
  description = "Bucket for uploads. An object bronze/<dataset>/<file> starts the pipeline: CSV, TSV or JSON lines, also as .gz."
  value       = aws_s3_bucket.this["bronze"].bucket
}

output "silver_bucket" {
  description = "Bucket of the Delta tables silver/<dataset>/ and quarantine/<dataset>/, of run reports and quarantine notes."
  value       = aws_s3_bucket.this["silver"].bucket
}

output "assets_bucket" {
  description = "Bucket of the job's script, package, wheels and dataset contracts."
  value       = aws_s3_bucket.this["assets"].bucket
}

# ---------------------------------------------------------------- pipeline
output "state_machine_arn" {
  description = "ARN of the state machine. One execution processes one upload."
  value       = aws_sfn_state_machine.pipeline.arn
}

output "glue_job_name" {
  description = "Name of the Glue job, which runs both steps."
  value       = aws_glue_job.this.name
}

output "catalog_database" {
  description = "Name of the Glue catalog database with the Silver and quarantine tables."
  value       = aws_glue_catalog_database.silver.name
}

output "event_rule_name" {
  description = "Name of the EventBridge rule that starts the state machine."
  value       = aws_cloudwatch_event_rule.upload.name
}

# ---------------------------------------------------------------- Gold
output "gold_endpoint" {
  description = "Address of the Gold database as <host>:<port>."
  value       = "${aws_db_instance.gold.address}:${aws_db_instance.gold.port}"
}

output "gold_address" {
  description = "Host name of the Gold database. A failover does not change it."
  value       = aws_db_instance.gold.address
}

output "gold_port" {
  description = "Port of the Gold database."
  value       = aws_db_instance.gold.port
}

output "gold_database" {
  description = "Name of the database with the Gold tables."
  value       = aws_db_instance.gold.db_name
}

output "gold_secret_arn" {
  description = "ARN of the secret with the master user's name and password."
  value       = aws_db_instance.gold.master_user_secret[0].secret_arn
}

output "gold_loader_secret_arn" {
  description = "Secret with the login the job loads with (role gold_loader). It has a value after the first load."
  value       = aws_secretsmanager_secret.gold_loader.arn
}

output "bi_secret_arn" {
  description = "ARN of the secret with the login of BI tools (role bi_reader). The first load gives it its value."
  value       = aws_secretsmanager_secret.bi_reader.arn
}

# ---------------------------------------------------------------- failures
output "dlq_url" {
  description = "URL of the queue of events that EventBridge could not deliver."
  value       = aws_sqs_queue.dead_letters.url
}

output "failure_topic_arn" {
  description = "ARN of the topic for failed uploads and alarms."
  value       = aws_sns_topic.failures.arn
}

# ---------------------------------------------------------------- diagnosis
output "diag_instance_id" {
  description = "Id of the diagnostic instance, for `aws ssm start-session --target`. Null when diag_enabled is false."
  value       = one(aws_instance.diag[*].id)
}
