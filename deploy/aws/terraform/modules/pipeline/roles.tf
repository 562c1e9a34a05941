# GitHub proves by a signed token which repository and environment a job belongs to; no key is kept anywhere.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

locals {
  # Which jobs may take which role on. `environment:` is granted by GitHub only after that environment's approval.
  trusted = merge(
    {
      build  = "repo:${var.repository}:ref:refs/heads/main"
      deploy = "repo:${var.repository}:environment:${var.environment}"
    },
    var.environment == "preview" ? {
      preview = "repo:${var.repository}:environment:preview"
    } : {},
  )
}

data "aws_iam_policy_document" "trust" {
  for_each = local.trusted
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.trusted
  name                 = "vanguardai-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 14400 # a release that is taken back in the end: .github/workflows/deploy.yml
}

data "aws_iam_policy_document" "push" {
  statement {
    sid       = "RegistriesAreAskedWithoutNamingOne"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid = "Push"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.this.arn]
  }
}

resource "aws_iam_role_policy" "push" {
  for_each = toset([for name, _ in local.trusted : name if name != "deploy"])
  name     = "push"
  role     = aws_iam_role.this[each.key].id
  policy   = data.aws_iam_policy_document.push.json
}
