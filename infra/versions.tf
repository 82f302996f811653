# ---------------------------------------------------------------- versions
# One provider, pinned: the plan is the same on every machine.
# No .terraform.lock.hcl is committed: written from a mirror on disk, which often holds one platform only, it refuses
# every other platform. The exact version below takes its place; docs/aws.md says how to write a lock file.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# Endpoint and credentials come from the environment (AWS_ENDPOINT_URL, AWS_PROFILE, ...).
provider "aws" {
  region              = var.region
  allowed_account_ids = var.allowed_account_ids

  default_tags {
    tags = merge({ Project = var.name, ManagedBy = "terraform" }, var.tags)
  }
}

# ---------------------------------------------------------------- account and partition
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  account_root_arn = "arn:${local.partition}:iam::${local.account}:root"
}
