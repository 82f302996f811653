# Bad input is refused at plan, with a message that says what to do.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "out_of_range" {
  command = plan

  variables {
    name                     = "Glue--App"
    allowed_account_ids      = ["my-account"]
    region                   = "us_east_1"
    tags                     = { "aws:owner" = "me" }
    vpc_cidr                 = "10.0.0.0/8"
    availability_zone_count  = 1
    glue_version             = "5"
    glue_worker_type         = "G.025X"
    glue_worker_count        = 1
    glue_timeout_minutes     = 0
    gold_instance_class      = "t4g.medium"
    gold_engine_version      = "16.1"
    gold_storage_gb          = { initial = 10, maximum = 5 }
    gold_backup_days         = 0
    s3_endpoint_buckets      = ["arn:aws:s3:::mine"]
    retention_days           = { logs = 10 }
    kms_deletion_window_days = 1
    notification_email       = "nobody"
    diag_instance_type       = "t3.micro"
  }

  expect_failures = [
    var.name, var.allowed_account_ids, var.region, var.tags, var.vpc_cidr, var.availability_zone_count,
    var.glue_version, var.glue_worker_type, var.glue_worker_count, var.glue_timeout_minutes, var.gold_instance_class, var.gold_engine_version, var.gold_storage_gb, var.gold_backup_days,
    var.s3_endpoint_buckets, var.retention_days, var.kms_deletion_window_days, var.notification_email, var.diag_instance_type,
  ]
}

# Those look at other variables as well, and are checked only when the others are right.
run "not_fitting_to_each_other" {
  command = plan

  variables {
    availability_zones     = ["eu-west-1a", "eu-west-1b"]
    pipeline_timeout_hours = 1
    glue_timeout_minutes   = 60
    bedrock_model_id       = "Claude 3"
  }

  expect_failures = [var.availability_zones, var.pipeline_timeout_hours, var.bedrock_model_id]
}

run "workers_that_do_not_fit_the_subnet_and_a_profile_of_another_region" {
  command = plan

  variables {
    subnet_prefix_length = 27
    glue_worker_count    = 12
    bedrock_model_id     = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0"
  }

  expect_failures = [var.subnet_prefix_length, var.bedrock_model_id]
}

# 11 addresses are left for workers: one run of six fits, two do not. Other zones do not help: all runs may be in one.
run "runs_at_once_that_do_not_fit_the_subnet" {
  command = plan

  variables {
    subnet_prefix_length = 27
    glue_worker_count    = 6
    glue_concurrent_runs = 2
  }

  expect_failures = [var.subnet_prefix_length]
}

run "a_bound_on_runs_at_once_fits_them_into_the_subnet" {
  command = plan

  variables {
    subnet_prefix_length = 27
    glue_worker_count    = 11
    glue_concurrent_runs = 1
  }
}

run "subnets_that_do_not_fit_the_vpc_and_an_application_inference_profile" {
  command = plan

  variables {
    vpc_cidr             = "10.0.0.0/22"
    subnet_prefix_length = 23
    bedrock_model_id     = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"
  }

  expect_failures = [var.subnet_prefix_length, var.bedrock_model_id]
}

# Two tags are ours, and an S3 object takes ten: one more and no file of the job could be uploaded.
run "more_tags_than_an_object_takes" {
  command = plan

  variables {
    tags = { for number in range(9) : "Tag${number}" => "x" }
  }

  expect_failures = [var.tags]
}

run "as_many_tags_as_an_object_takes" {
  command = plan

  variables {
    tags = merge({ for number in range(8) : "Tag${number}" => "費用 +-=._:/@" }, { Project = "ours" })
  }
}

run "a_tag_that_aws_refuses" {
  command = plan

  variables {
    tags = { Owner = "a & b" }
  }

  expect_failures = [var.tags]
}
