output "image_repository" {
  value = aws_ecr_repository.this.repository_url
}

output "roles" {
  value = { for name, each in aws_iam_role.this : name => each.arn }
}

output "deploy_role" {
  value = aws_iam_role.this["deploy"].name
}
