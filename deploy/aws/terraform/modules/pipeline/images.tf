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

# ECR does not know what runs: an image that expires can no longer be started, neither for a task that failed nor to scale. So far longer than
# anything runs: a pull request is open for weeks, and a push to main that production does not take is an image too, of several parts.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name
  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What previews ran"
        selection    = { tagStatus = "tagged", tagPrefixList = ["pr-"], countType = "sinceImagePushed", countUnit = "days", countNumber = 90 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Enough releases to go back to"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 500 }
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
