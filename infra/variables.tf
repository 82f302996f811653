# ---------------------------------------------------------------- identity
variable "name" {
  description = "Prefix of every resource's name. Bucket names are <name>-<role>-<account>-<region>."
  type        = string
  default     = "glue-app"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name must have 3 to 24 lower-case letters, digits and single hyphens, and start with a letter: it becomes part of bucket names."
  }
}

variable "region" {
  description = "AWS region of all resources. Bedrock must offer the model there (see bedrock_model_id)."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region's code, for example us-east-1 or ap-northeast-1."
  }
}

# No default: nothing is created in an account that nobody named.
variable "allowed_account_ids" {
  description = "Ids of the AWS accounts that this configuration may be applied to. Plan and apply fail with the credentials of any other account."
  type        = list(string)

  validation {
    condition     = length(var.allowed_account_ids) > 0 && alltrue([for id in var.allowed_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "allowed_account_ids must hold at least one account id of 12 digits: aws sts get-caller-identity --query Account."
  }
}

variable "tags" {
  description = "Tags added to every resource, for example a cost centre."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "A tag's key must not start with aws: (the prefix is reserved)."
  }

  validation {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
    condition     = length(setsubtract(keys(var.tags), ["Project", "ManagedBy"])) <= 8
    error_message = "tags may have 8 keys beside Project and ManagedBy: the job's files in S3 carry them too, and an S3 object takes 10 tags."
  }

  validation {
    condition = alltrue([
      for key, value in var.tags :
      length(key) <= 128 && length(value) <= 256 && can(regex("^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$", "${key}${value}"))
    ])
    error_message = "A tag's key has up to 128 characters, its value up to 256: letters, digits, spaces and _ . : / = + - @."
  }
}

variable "glue_dir" {
  description = "Folder with bronze_to_gold.py, datasets/ and dist/. Null: glue/ of this repository."
  type        = string
  default     = null
}

variable "extra_datasets" {
  description = "Files of additional dataset contracts (<name>.yaml)."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for file in var.extra_datasets : endswith(file, ".yaml") && fileexists(file)])
    error_message = "Every file of extra_datasets must exist and end in .yaml; the rest of its name is the dataset's name."
  }
}

# ---------------------------------------------------------------- network
variable "vpc_cidr" {
  description = "IPv4 range of the VPC. The subnets are cut from its start."
  type        = string
  default     = "10.20.0.0/16"

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && can(regex("/(1[6-9]|2[0-4])$", var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range from /16 to /24, for example 10.20.0.0/16."
  }
}

variable "subnet_prefix_length" {
  description = "Prefix length of each private subnet. Every Glue worker and every interface endpoint takes one of its addresses."
  type        = number
  default     = 22

  validation {
    condition     = var.subnet_prefix_length >= tonumber(split("/", var.vpc_cidr)[1]) + 2 && var.subnet_prefix_length <= 27
    error_message = "subnet_prefix_length must be at least 2 more than the VPC's own (four subnets must fit) and at most 27."
  }

  validation {
    # AWS reserves 5 addresses of a subnet; 10 endpoints, database and diagnostic instance are rounded to 16.
    # All runs may be in the first zone: Glue takes the next connection only when this one's subnet is full.
    condition     = pow(2, 32 - var.subnet_prefix_length) - 5 >= local.concurrent_runs * var.glue_worker_count + 16
    error_message = "The subnets are too small for ${local.concurrent_runs} runs at once, each with glue_worker_count workers, and the endpoints: lower subnet_prefix_length, or bound the runs by glue_concurrent_runs."
  }
}

variable "availability_zone_count" {
  description = "Number of zones to use when availability_zones is empty. Multi-AZ RDS needs two."
  type        = number
  default     = 2

  validation {
    condition     = contains([2, 3, 4], var.availability_zone_count)
    error_message = "availability_zone_count must be 2, 3 or 4: a database subnet group needs at least two zones."
  }
}

variable "availability_zones" {
  description = "Zones by name, for example [\"us-east-1a\", \"us-east-1b\"]; empty: the first ones of the region."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.availability_zones) == 0 || (length(var.availability_zones) >= 2 && length(var.availability_zones) <= 4)
    error_message = "availability_zones must be empty or name two to four zones."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : startswith(zone, var.region)])
    error_message = "Every zone of availability_zones must lie in var.region."
  }
}

variable "s3_endpoint_buckets" {
  description = <<-EOT
    Buckets that may be reached through the VPC's S3 endpoint beside the platform's own, by name; * stands for any
    characters. All of them is AWS's own default: Glue's pages do not say which buckets of its own it reads.
    [] leaves the platform's only.
  EOT
  type        = list(string)
  default     = ["*"]

  validation {
    condition     = alltrue([for bucket in var.s3_endpoint_buckets : can(regex("^[a-z0-9.*-]+$", bucket))])
    error_message = "s3_endpoint_buckets takes names of buckets, for example aws-glue-*: no s3:// and no ARN."
  }
}

# ---------------------------------------------------------------- Glue and Bedrock
variable "glue_version" {
  description = "Version of AWS Glue: 4.0 is Spark 3.3 on Python 3.10, 5.0 is Spark 3.5 on Python 3.11. The job's wheels must be packaged for it."
  type        = string
  default     = "4.0"

  validation {
    condition     = contains(["4.0", "5.0"], var.glue_version)
    error_message = "glue_version must be \"4.0\" or \"5.0\", the versions the job is tested on."
  }
}

variable "glue_worker_type" {
  description = "Size of a Glue worker. G.1X has 4 vCPU, 16 GB and 1 DPU; each larger type has twice as much."
  type        = string
  default     = "G.1X"

  validation {
    # G.12X, G.16X and R.1X to R.8X exist on AWS; the pinned provider refuses them.
    condition     = contains(["G.1X", "G.2X", "G.4X", "G.8X"], var.glue_worker_type)
    error_message = "glue_worker_type must be G.1X, G.2X, G.4X or G.8X."
  }
}

variable "glue_worker_count" {
  description = "Number of Glue workers of a run, including the driver."
  type        = number
  default     = 2

  validation {
    condition     = var.glue_worker_count >= 2 && var.glue_worker_count <= 299 && floor(var.glue_worker_count) == var.glue_worker_count
    error_message = "glue_worker_count must be a whole number from 2 (one driver, one executor) to 299."
  }
}

variable "glue_timeout_minutes" {
  description = "Minutes after which Glue stops a run. Limits the cost of a run that hangs."
  type        = number
  default     = 60

  validation {
    condition     = var.glue_timeout_minutes >= 1 && var.glue_timeout_minutes <= 2880
    error_message = "glue_timeout_minutes must be from 1 to 2880 (48 hours)."
  }
}

variable "glue_concurrent_runs" {
  description = "Runs of the job at once, each of another dataset; null: one a dataset. Each has glue_worker_count workers, and an address for each of them."
  type        = number
  default     = null

  validation {
    condition     = var.glue_concurrent_runs == null || try(var.glue_concurrent_runs >= 1 && floor(var.glue_concurrent_runs) == var.glue_concurrent_runs, false)
    error_message = "glue_concurrent_runs must be a whole number above 0, or null."
  }
}

variable "waiting_uploads_schedule" {
  description = "How often uploads are looked for that a stopped or failed execution left in the queue: a schedule expression of EventBridge."
  type        = string
  default     = "rate(1 hour)"

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", var.waiting_uploads_schedule))
    error_message = "waiting_uploads_schedule must be rate(…) or cron(…)."
  }
}

variable "pipeline_timeout_hours" {
  description = "Hours after which an execution times out, including the uploads that come while it works on their dataset."
  type        = number
  default     = 12

  validation {
    condition     = var.pipeline_timeout_hours >= 1 && var.pipeline_timeout_hours * 60 > 2 * var.glue_timeout_minutes
    error_message = "pipeline_timeout_hours must be longer than two runs of glue_timeout_minutes: one execution has two steps."
  }
}

variable "bedrock_model_id" {
  description = "Model for the enrichment: a model id, an inference profile id (us., eu., apac., ...) or a profile's ARN."
  type        = string
  default     = "amazon.nova-lite-v1:0"

  validation {
    condition = (
      can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+(:[0-9]+)*$", var.bedrock_model_id)) ||
      can(regex("^arn:[a-z-]+:bedrock:[a-z0-9-]+:[0-9]{12}:inference-profile/[a-z0-9-]+(\\.[a-z0-9-]+)+(:[0-9]+)*$", var.bedrock_model_id))
    )
    error_message = "bedrock_model_id must be a model id (amazon.nova-lite-v1:0), an inference profile id (us.amazon.nova-lite-v1:0) or the ARN of a system-defined inference profile. An application inference profile does not name its model: use the profile it was created from."
  }

  validation {
    condition     = !startswith(var.bedrock_model_id, "arn:") || try(split(":", var.bedrock_model_id)[3], "") == var.region
    error_message = "The inference profile of bedrock_model_id must lie in var.region: the job calls Bedrock there."
  }
}

variable "bedrock_requests_per_minute" {
  description = "Requests a minute that the job may make: the model's quota (Service Quotas), or the job's part of it. Null: the job finds it."
  type        = number
  default     = null

  validation {
    condition     = var.bedrock_requests_per_minute == null || try(var.bedrock_requests_per_minute >= 1 && floor(var.bedrock_requests_per_minute) == var.bedrock_requests_per_minute, false)
    error_message = "bedrock_requests_per_minute must be a whole number above 0, or null."
  }
}

variable "bedrock_tokens_per_minute" {
  description = "The same of tokens. Told, prompts are made no larger than a quarter of it."
  type        = number
  default     = null

  validation {
    condition     = var.bedrock_tokens_per_minute == null || try(var.bedrock_tokens_per_minute >= 1 && floor(var.bedrock_tokens_per_minute) == var.bedrock_tokens_per_minute, false)
    error_message = "bedrock_tokens_per_minute must be a whole number above 0, or null."
  }
}

variable "bedrock_max_calls" {
  description = "Most calls of the model for one run of the job; a file that needs more fails before anything is asked. A contract's enrich.limits may be lower. Null: no limit."
  type        = number
  default     = null

  validation {
    condition     = var.bedrock_max_calls == null || try(var.bedrock_max_calls >= 1 && floor(var.bedrock_max_calls) == var.bedrock_max_calls, false)
    error_message = "bedrock_max_calls must be a whole number above 0, or null."
  }
}

variable "bedrock_max_tokens" {
  description = "The same of tokens, in and out."
  type        = number
  default     = null

  validation {
    condition     = var.bedrock_max_tokens == null || try(var.bedrock_max_tokens >= 1 && floor(var.bedrock_max_tokens) == var.bedrock_max_tokens, false)
    error_message = "bedrock_max_tokens must be a whole number above 0, or null."
  }
}

variable "bedrock_price_per_million" {
  description = "What a million tokens of bedrock_model_id cost, in and out, in any currency: the estimate in log and report then names a price. Null: none."
  type        = object({ input = number, output = number })
  default     = null

  validation {
    condition     = var.bedrock_price_per_million == null || try(var.bedrock_price_per_million.input >= 0 && var.bedrock_price_per_million.output >= 0, false)
    error_message = "bedrock_price_per_million must be two prices, for example { input = 0.06, output = 0.24 }."
  }
}

# ---------------------------------------------------------------- Gold database
variable "gold_ca_bundle" {
  description = "PEM file of the authorities that sign the Gold database's certificate. Default: glue/certificates/rds-bundle.pem, AWS's of all regions."
  type        = string
  default     = null

  validation {
    condition     = var.gold_ca_bundle == null || can(regex("-----BEGIN CERTIFICATE-----", file(var.gold_ca_bundle)))
    error_message = "gold_ca_bundle must be a PEM file, for example AWS's https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem."
  }
}

variable "job_makes_roles" {
  description = "Whether the job may read the master user's secret, with which it makes its own role and BI's. false after the first load: it needs neither until a password is rotated."
  type        = bool
  default     = true
}

variable "gold_instance_class" {
  description = "Instance class of the Gold database."
  type        = string
  default     = "db.t4g.medium"

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.gold_instance_class))
    error_message = "gold_instance_class must be an RDS class, for example db.t4g.medium or db.r7g.large."
  }
}

variable "gold_engine_version" {
  description = "PostgreSQL version. With the major version alone, AWS chooses the minor version and upgrades it in the maintenance window."
  type        = string
  default     = "15"

  validation {
    condition     = can(regex("^15(\\.[0-9]+)?$", var.gold_engine_version))
    error_message = "gold_engine_version must be 15 or 15.<minor>: the parameter group is of family postgres15."
  }
}

variable "gold_storage_gb" {
  description = "Storage of the Gold database in GB: initial size, and the maximum that autoscaling may reach."
  type        = object({ initial = number, maximum = number })
  default     = { initial = 20, maximum = 100 }

  validation {
    condition     = var.gold_storage_gb.initial >= 20 && var.gold_storage_gb.maximum >= var.gold_storage_gb.initial * 1.1
    error_message = "gold_storage_gb.initial must be 20 or more (gp3's minimum) and maximum at least 10 % above it."
  }
}

variable "gold_multi_az" {
  description = "Run a synchronous standby of the Gold database in a second zone. False halves the cost of the database."
  type        = bool
  default     = true
}

variable "gold_backup_days" {
  description = "Retention of the Gold database's automated backups, in days: how far back point-in-time recovery reaches."
  type        = number
  default     = 7

  validation {
    condition     = var.gold_backup_days >= 1 && var.gold_backup_days <= 35
    error_message = "gold_backup_days must be from 1 to 35; 0 would turn off point-in-time recovery."
  }
}

variable "gold_client_security_groups" {
  description = "Security groups whose members may connect to the Gold database, for example the BI tool's. Of this VPC or of one peered with it."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for group in var.gold_client_security_groups : can(regex("^sg-[0-9a-f]+$", group))])
    error_message = "gold_client_security_groups takes ids of security groups, for example sg-0123456789abcdef0."
  }
}

# ---------------------------------------------------------------- protection and retention
variable "protect_data" {
  description = <<-EOT
    Protect the data, as in production: buckets that hold objects can't be destroyed, nor the database, which has
    deletion protection, nor (see keep_backups) the key that all of it is encrypted with.
    False, the default, lets `terraform destroy` remove everything, as in development.
  EOT
  type        = bool
  default     = false
}

variable "keep_backups" {
  description = <<-EOT
    A destroyed database leaves a final snapshot and its automated backups, and the key of the data, without which
    nobody can read them, refuses to be deleted. docs/aws.md says how to take the stack down around it.
    Null, the default: as protect_data.
  EOT
  type        = bool
  default     = null
}

variable "retention_days" {
  description = "Days to keep replaced object versions, cached model answers, rows in quarantine, quarantine notes and run reports, logs."
  type = object({
    noncurrent_versions = optional(number, 30)
    bedrock_cache       = optional(number, 180)
    quarantine          = optional(number, 365)
    notes_and_reports   = optional(number, 365)
    logs                = optional(number, 90)
  })
  default = {}

  validation {
    condition     = alltrue([for days in values(var.retention_days) : days >= 1])
    error_message = "Every period of retention_days must be one day or more."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.retention_days.logs)
    error_message = "retention_days.logs must be a period that CloudWatch Logs allows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, ..."
  }
}

variable "quarantine_reader_arns" {
  description = "Roles and users (ARNs, * for any characters) that may read rows in quarantine, beside the job. Null: who may read the Silver bucket may."
  type        = list(string)
  default     = null

  validation {
    condition     = var.quarantine_reader_arns == null || alltrue([for arn in coalesce(var.quarantine_reader_arns, []) : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:", arn))])
    error_message = "quarantine_reader_arns must hold ARNs of roles or users, for example arn:aws:iam::123456789012:role/analysts."
  }
}

variable "kms_deletion_window_days" {
  description = "Waiting period before a destroyed KMS key is deleted, in days. Until then the deletion can be cancelled."
  type        = number
  default     = 7

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "kms_deletion_window_days must be from 7 to 30."
  }
}

# ---------------------------------------------------------------- operations
variable "notification_email" {
  description = "E-mail address subscribed to failures and alarms; the subscription must be confirmed once. Null: no subscription."
  type        = string
  default     = null

  validation {
    condition     = var.notification_email == null || can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", var.notification_email))
    error_message = "notification_email must be an e-mail address, or null."
  }
}

variable "diag_enabled" {
  description = "Create a diagnostic instance in the VPC, reached with Session Manager, and the three endpoints it needs."
  type        = bool
  default     = false
}

variable "diag_instance_type" {
  description = "Instance type of the diagnostic instance. Its image is arm64 (Graviton)."
  type        = string
  default     = "t4g.nano"

  validation {
    condition     = can(regex("^[a-z]+[0-9]+g[a-z]*\\.[a-z0-9]+$", var.diag_instance_type))
    error_message = "diag_instance_type must be an arm64 type, for example t4g.nano: the image is arm64."
  }
}
