# An inference profile needs the model in every region it routes to; a plain model exactly one ARN.
mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  allowed_account_ids = ["123456789012"]
  glue_dir            = "tests/fixture/glue"
}

run "a_model_id_is_one_arn" {
  assert {
    condition = (
      one(local.bedrock_model_arns) == "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0" &&
      local.bedrock_profile_arn == null
    )
    error_message = "A plain model id stands for the foundation model of this region."
  }

  assert {
    condition = toset(flatten([
      for statement in data.aws_iam_policy_document.glue.statement : statement.resources if contains(statement.actions, "bedrock:InvokeModel")
    ])) == toset(["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"])
    error_message = "The job's role must be allowed to invoke the model, and no other."
  }

  assert {
    condition     = aws_glue_job.this.default_arguments["--bedrock_model_id"] == "amazon.nova-lite-v1:0"
    error_message = "The job must be told the model id as it was given."
  }
}

run "a_profile_id_is_the_profile_and_its_models" {
  variables {
    bedrock_model_id = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
  }

  assert {
    condition = length(setsubtract(
      [
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0",
        "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0",
        "arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0",
        "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0",
      ],
      flatten([
        for statement in data.aws_iam_policy_document.glue.statement : tolist(statement.resources) if contains(statement.actions, "bedrock:InvokeModel")
      ])
    )) == 0
    error_message = "A profile needs its own ARN and the model's in every destination region."
  }

  assert {
    condition = alltrue([
      for statement in data.aws_iam_policy_document.glue.statement :
      one(statement.condition).variable == "bedrock:InferenceProfileArn" && one(one(statement.condition).values) == local.bedrock_profile_arn
      if anytrue([for resource in statement.resources : strcontains(resource, ":foundation-model/")])
    ])
    error_message = "The models behind a profile must be reachable through the profile only."
  }
}

run "every_geography_is_known" {
  command = plan

  variables {
    region           = "ap-northeast-1"
    bedrock_model_id = "arn:aws:bedrock:ap-northeast-1:123456789012:inference-profile/jp.anthropic.claude-sonnet-4-5-20250929-v1:0"
  }

  assert {
    condition = (
      local.bedrock_profile_arn == "arn:aws:bedrock:ap-northeast-1:123456789012:inference-profile/jp.anthropic.claude-sonnet-4-5-20250929-v1:0" &&
      toset(local.bedrock_model_arns) == toset([
        "arn:aws:bedrock:ap-northeast-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:ap-northeast-3::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
      ])
    )
    error_message = "A profile's ARN must be understood like its id."
  }
}

run "a_global_profile_needs_the_arn_without_region" {
  command = plan

  variables {
    bedrock_model_id = "global.anthropic.claude-sonnet-4-20250514-v1:0"
  }

  assert {
    condition = contains(local.bedrock_model_arns, "arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0") && contains(
      local.bedrock_model_arns, "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0"
    )
    error_message = "Global routing is authorised by the ARN without a region as well."
  }
}

run "what_is_told_of_quota_and_cost_reaches_the_job" {
  variables {
    bedrock_requests_per_minute = 200
    bedrock_max_tokens          = 5000000
    bedrock_price_per_million   = { input = 0.06, output = 0.24 }
  }

  assert {
    condition = (
      aws_glue_job.this.default_arguments["--bedrock_requests_per_minute"] == "200" &&
      aws_glue_job.this.default_arguments["--bedrock_max_tokens"] == "5000000" &&
      aws_glue_job.this.default_arguments["--bedrock_price_per_million"] == "0.06,0.24" &&
      !contains(keys(aws_glue_job.this.default_arguments), "--bedrock_max_calls")
    )
    error_message = "The job must be told the quota, the limit and the price, as it reads them, and no other."
  }
}

run "a_quota_of_nothing_is_refused" {
  command = plan

  variables {
    bedrock_requests_per_minute = 0
    bedrock_tokens_per_minute   = 1.5
    bedrock_price_per_million   = { input = -1, output = 1 }
  }

  expect_failures = [var.bedrock_requests_per_minute, var.bedrock_tokens_per_minute, var.bedrock_price_per_million]
}
