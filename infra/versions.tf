# ---------------------------------------------------------------- versions
# One provider, pinned: the plan is the same on every machine and in both clouds. terraform_data is built in.
# No .terraform.lock.hcl is committed: a mirror of providers on disk may hold one platform only, and a lock file
# written from it refuses every other platform. The exact version below is the lock; docs/aws.md tells how to write
# a lock file for an account of your own.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

# The endpoint and the credentials come from the environment (AWS_ENDPOINT_URL, AWS_PROFILE, ...): nothing here
# knows which cloud it talks to.
provider "aws" {
  region              = var.region
  allowed_account_ids = var.allowed_account_ids

  default_tags {
    tags = merge({ Project = var.name, ManagedBy = "terraform" }, var.tags)
  }
}

# ---------------------------------------------------------------- where we are
data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  account_root_arn = "arn:${local.partition}:iam::${local.account}:root"
}
