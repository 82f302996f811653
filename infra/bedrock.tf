# ---------------------------------------------------------------- which ARNs the model id stands for
# A plain model id is one ARN of this region. An inference profile routes each call to some region of its geography:
# the caller needs permission for the profile and for the model in every region, or some of the calls are denied.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
locals {
  # Destination regions by geography. A superfluous region grants nothing: the models are allowed only through the
  # profile (condition bedrock:InferenceProfileArn), which chooses the region.
  bedrock_geographies = {
    us     = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1"]
    us-gov = ["us-gov-east-1", "us-gov-west-1"]
    ca     = ["ca-central-1", "ca-west-1", "us-east-1", "us-east-2", "us-west-2"]
    eu = [
      "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3",
    ]
    apac = [
      "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1",
      "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7", "me-central-1",
    ]
    jp     = ["ap-northeast-1", "ap-northeast-3"]
    au     = ["ap-southeast-2", "ap-southeast-4"]
    global = ["*", ""] # every commercial region, and the ARN without a region, which authorises global routing
  }

  bedrock_id        = reverse(split("/", var.bedrock_model_id))[0] # the part of an ARN after the slash
  bedrock_geography = try(regex("^(us-gov|us|ca|eu|apac|jp|au|global)\\.", local.bedrock_id)[0], null)

  bedrock_profile_arn = (
    local.bedrock_geography == null ? null
    : "arn:${local.partition}:bedrock:${var.region}:${local.account}:inference-profile/${local.bedrock_id}"
  )

  bedrock_model_arns = (
    local.bedrock_geography == null
    ? ["arn:${local.partition}:bedrock:${var.region}::foundation-model/${local.bedrock_id}"]
    : [
      for region in local.bedrock_geographies[local.bedrock_geography] :
      "arn:${local.partition}:bedrock:${region}::foundation-model/${trimprefix(local.bedrock_id, "${local.bedrock_geography}.")}"
    ]
  )

  # sid -> what the job's role may invoke
  bedrock_statements = merge(
    { InvokeModel = { resources = local.bedrock_model_arns, through_profile = local.bedrock_profile_arn } },
    local.bedrock_profile_arn == null ? {} : {
      InvokeInferenceProfile = { resources = [local.bedrock_profile_arn], through_profile = null }
    },
  )
}

# ---------------------------------------------------------------- how much is asked (glue/pipeline/arguments.py)
locals {
  bedrock_arguments = merge(
    { "--timeout_minutes" = tostring(var.glue_timeout_minutes) },
    {
      for name, value in {
        requests_per_minute = var.bedrock_requests_per_minute
        tokens_per_minute   = var.bedrock_tokens_per_minute
        max_calls           = var.bedrock_max_calls
        max_tokens          = var.bedrock_max_tokens
        price_per_million   = try("${var.bedrock_price_per_million.input},${var.bedrock_price_per_million.output}", null)
      } : "--bedrock_${name}" => tostring(value) if value != null
    },
  )
}
