data "aws_iam_policy_document" "tasks_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

# What ECS does before the platform runs: fetch the image and the secrets, write the logs.
resource "aws_iam_role" "execution" {
  name               = "vanguardai-execution"
  assume_role_policy = data.aws_iam_policy_document.tasks_trust.json
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "RegistriesAreAskedWithoutNamingOne"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = ["arn:aws:ecr:*:*:repository/vanguardai"]
  }
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.app.arn}:*"]
  }
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["arn:aws:secretsmanager:${var.region}:${var.account_id}:secret:vanguardai/*"]
  }
  statement {
    sid       = "SecretsAreEncrypted"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${var.region}.amazonaws.com"]
    }
  }
}

# What the platform itself may do at AWS: mount its own folder, and nothing else.
resource "aws_iam_role" "task" {
  name               = "vanguardai-task"
  assume_role_policy = data.aws_iam_policy_document.tasks_trust.json
}

resource "aws_iam_role_policy" "task" {
  count  = var.whole ? 1 : 0
  name   = "documents"
  role   = aws_iam_role.task.id
  policy = data.aws_iam_policy_document.task[0].json
}

data "aws_iam_policy_document" "task" {
  count = var.whole ? 1 : 0
  statement {
    actions   = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    resources = [var.file_system.arn]
    condition {
      test     = "StringEquals"
      variable = "elasticfilesystem:AccessPointArn"
      values   = [var.file_system.access_arn]
    }
  }
}

# The scheduler starts jobs, and nothing else.
resource "aws_iam_role" "scheduler" {
  count              = var.whole ? 1 : 0
  name               = "vanguardai-scheduler"
  assume_role_policy = data.aws_iam_policy_document.scheduler_trust.json
}

data "aws_iam_policy_document" "scheduler_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }
}

resource "aws_iam_role_policy" "scheduler" {
  count  = var.whole ? 1 : 0
  name   = "jobs"
  role   = aws_iam_role.scheduler[0].id
  policy = data.aws_iam_policy_document.scheduler[0].json
}

data "aws_iam_policy_document" "scheduler" {
  count = var.whole ? 1 : 0
  statement {
    sid       = "StartJobs"
    actions   = ["ecs:RunTask"]
    resources = [local.jobs_family, "${local.jobs_family}:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.this.arn]
    }
  }
  statement {
    sid       = "WithTheirTags"
    actions   = ["ecs:TagResource"]
    resources = ["arn:aws:ecs:${var.region}:${var.account_id}:task/${aws_ecs_cluster.this.name}/*"]
    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }
  statement {
    sid       = "TheirRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn, aws_iam_role.task.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid       = "WhatCouldNotBeStarted"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.not_started[0].arn]
  }
  statement {
    sid       = "TheQueueIsEncrypted"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = [var.key_arn]
  }
}

# The pipeline: register, run the migration, update these services, and pass on these two roles.
resource "aws_iam_role_policy" "deploy" {
  count  = var.whole ? 1 : 0
  name   = "deploy"
  role   = var.permissions_to
  policy = data.aws_iam_policy_document.deploy[0].json
}

data "aws_iam_policy_document" "deploy" {
  count = var.whole ? 1 : 0
  statement {
    sid       = "DefinitionsCannotBeNamedBeforeTheyAreThere"
    actions   = ["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition", "ecs:DescribeTaskDefinition"]
    resources = ["*"]
  }
  statement {
    sid       = "Services"
    actions   = ["ecs:DescribeServices", "ecs:UpdateService"]
    resources = [aws_ecs_service.app[0].id, aws_ecs_service.sealer[0].id]
  }
  statement {
    sid       = "Migration"
    actions   = ["ecs:RunTask"]
    resources = ["arn:aws:ecs:${var.region}:${var.account_id}:task-definition/vanguardai-migrate:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.this.arn]
    }
  }
  statement {
    sid       = "HowTheMigrationEnded"
    actions   = ["ecs:DescribeTasks"]
    resources = ["arn:aws:ecs:${var.region}:${var.account_id}:task/${aws_ecs_cluster.this.name}/*"]
  }
  statement {
    sid       = "TheirRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn, aws_iam_role.task.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid       = "WhichImageAnEarlierReleaseWas"
    actions   = ["ecr:DescribeImages"]
    resources = ["arn:aws:ecr:*:*:repository/vanguardai"]
  }
  statement {
    sid       = "WhatTerraformSaysOfTheEnvironment"
    actions   = ["ssm:GetParameter"]
    resources = [aws_ssm_parameter.facts[0].arn]
  }
}
