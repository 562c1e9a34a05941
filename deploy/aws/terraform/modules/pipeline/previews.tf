# What makes and removes previews: in the previews' own account, and there only what carries their names. Reading is allowed broadly, because
# Terraform reads everything that it has made.
resource "aws_iam_role_policy" "preview" {
  count  = var.environment == "preview" ? 1 : 0
  name   = "previews"
  role   = aws_iam_role.this["preview"].id
  policy = data.aws_iam_policy_document.preview[0].json
}

data "aws_iam_policy_document" "preview" {
  count = var.environment == "preview" ? 1 : 0

  statement {
    sid = "Read"
    actions = [
      "ecs:Describe*", "ecs:List*", "elasticloadbalancing:Describe*", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy",
      "secretsmanager:GetRandomPassword", "tag:GetResources",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "DefinitionsCannotBeNamedBeforeTheyAreThere"
    actions   = ["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"]
    resources = ["*"]
  }
  statement {
    sid       = "Services"
    actions   = ["ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:TagResource", "ecs:UntagResource"]
    resources = ["arn:aws:ecs:${var.region}:${var.account_id}:service/vanguardai-cluster/pr-*", "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/vanguardai-pr-*"]
  }
  statement {
    sid = "Names"
    actions = [
      "elasticloadbalancing:AddTags", "elasticloadbalancing:CreateRule", "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteRule",
      "elasticloadbalancing:DeleteTargetGroup", "elasticloadbalancing:ModifyRule", "elasticloadbalancing:ModifyTargetGroup",
      "elasticloadbalancing:ModifyTargetGroupAttributes", "elasticloadbalancing:RemoveTags", "elasticloadbalancing:SetRulePriorities",
    ]
    resources = [
      "arn:aws:elasticloadbalancing:${var.region}:${var.account_id}:targetgroup/pr-*/*",
      "arn:aws:elasticloadbalancing:${var.region}:${var.account_id}:listener/app/vanguardai-alb/*",
      "arn:aws:elasticloadbalancing:${var.region}:${var.account_id}:listener-rule/app/vanguardai-alb/*",
    ]
  }
  statement {
    sid = "Secrets"
    actions = [
      "secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
      "secretsmanager:TagResource", "secretsmanager:UntagResource", "secretsmanager:UpdateSecret",
    ]
    resources = ["arn:aws:secretsmanager:${var.region}:${var.account_id}:secret:vanguardai/pr-*"]
  }
  statement {
    sid       = "SecretsAreEncrypted"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }
  statement {
    sid       = "WhatTheyShare"
    actions   = ["ssm:GetParameter", "ssm:GetParameters"]
    resources = ["arn:aws:ssm:${var.region}:${var.account_id}:parameter/vanguardai/previews"]
  }
  statement {
    sid       = "TheirRoles"
    actions   = ["iam:PassRole"]
    resources = ["arn:aws:iam::${var.account_id}:role/vanguardai-execution", "arn:aws:iam::${var.account_id}:role/vanguardai-task"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid       = "TheirStates"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:aws:s3:::vanguardai-state-${var.account_id}/previews/*"]
  }
  statement {
    sid       = "StatesAreEncrypted"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["arn:aws:kms:${var.region}:${var.account_id}:key/*"]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${var.region}.amazonaws.com"]
    }
  }
  statement {
    sid       = "WhichThereAre"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::vanguardai-state-${var.account_id}"]
  }
}
