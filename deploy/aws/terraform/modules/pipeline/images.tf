resource "aws_ecr_repository" "this" {
  name                 = "vanguardai"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.environment == "preview"
  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What previews ran"
        selection    = { tagStatus = "tagged", tagPrefixList = ["pr-"], countType = "sinceImagePushed", countUnit = "days", countNumber = 14 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Enough releases to go back to"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
        action       = { type = "expire" }
      },
    ]
  })
}

resource "aws_ecr_repository_policy" "others" {
  count      = length(var.image_accounts) > 0 ? 1 : 0
  repository = aws_ecr_repository.this.name
  policy     = data.aws_iam_policy_document.others.json
}

data "aws_iam_policy_document" "others" {
  statement {
    sid     = "OtherEnvironmentsPull"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:DescribeImages"]
    principals {
      type        = "AWS"
      identifiers = [for each in var.image_accounts : "arn:aws:iam::${each}:root"]
    }
  }
}
