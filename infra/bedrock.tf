# ---------------------------------------------------------------- which ARNs the model id stands for
# A plain model id is one ARN of this region. An inference profile routes a call to any region of its geography, and
# the caller needs the profile and the model in every one of them, or a part of the calls is denied at random.
# https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
locals {
  # Destination regions by geography. A region too many grants nothing: the models are reachable only through the
  # profile (condition bedrock:InferenceProfileArn), and the profile decides.
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
    global = ["*", ""] # every commercial region, and the ARN without a region global routing is authorised by
  }

  bedrock_id        = reverse(split("/", var.bedrock_model_id))[0] # of an ARN the part after the slash
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
    { InvokeTheModel = { resources = local.bedrock_model_arns, through_profile = local.bedrock_profile_arn } },
    local.bedrock_profile_arn == null ? {} : {
      InvokeTheProfile = { resources = [local.bedrock_profile_arn], through_profile = null }
    },
  )
}
