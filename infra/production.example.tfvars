# Copy to production.tfvars (git-ignored) and change what is yours. docs/aws.md explains each step.
allowed_account_ids = ["123456789012"] # yours; with other credentials nothing is planned or applied
region              = "us-east-1"
protect_data        = true # buckets and database can't be destroyed by accident, nor the key of the backups
notification_email  = "data-team@example.com"
tags                = { CostCentre = "0000", Environment = "production" } # 8 at most

# After the first upload went through: the platform's buckets only (docs/aws.md, step 6).
# s3_endpoint_buckets = []
# job_makes_roles     = false # the job needs the master user's secret no more

# An inference profile spreads the calls over the regions of a geography: higher quotas than one region's.
bedrock_model_id = "us.amazon.nova-lite-v1:0"

gold_instance_class = "db.r7g.large"
gold_storage_gb     = { initial = 100, maximum = 1000 }
gold_backup_days    = 14

glue_version      = "4.0" # "5.0" after `make package GLUE_VERSION=5`
glue_worker_count = 4
