locals {
  # Without its revision: a job is started from the newest one, which the pipeline registers only after its migration.
  jobs_family = "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/vanguardai-jobs"
  jobs = {
    for name, each in jsondecode(file("${local.folder}/jobs.json")) : name => each
    if var.whole && (!can(each.needs) || lookup(local.facts, try(each.needs, "region"), "") != "")
  }
}

resource "aws_scheduler_schedule_group" "jobs" {
  count = var.whole ? 1 : 0
  name  = "vanguardai"
}

resource "aws_scheduler_schedule" "job" {
  for_each                     = local.jobs
  name                         = "vanguardai-${each.key}"
  group_name                   = aws_scheduler_schedule_group.jobs[0].name
  schedule_expression          = each.value.schedule
  schedule_expression_timezone = "America/New_York"
  kms_key_arn                  = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = aws_iam_role.scheduler[0].arn
    input = jsonencode({
      containerOverrides = [{ name = "vanguardai-app", command = concat(["python", "manage.py"], each.value.command) }]
    })

    ecs_parameters {
      task_definition_arn = local.jobs_family
      launch_type         = "FARGATE"
      propagate_tags      = "TASK_DEFINITION"
      network_configuration {
        subnets          = var.subnets
        security_groups  = [var.group]
        assign_public_ip = false
      }
    }

    # What could not be started at all: asked for again for a quarter of an hour, then kept and told (observability).
    retry_policy {
      maximum_event_age_in_seconds = 900
      maximum_retry_attempts       = 5
    }
    dead_letter_config {
      arn = aws_sqs_queue.not_started[0].arn
    }
  }

  depends_on = [aws_ecs_task_definition.jobs, aws_iam_role_policy.scheduler]
}

resource "aws_sqs_queue" "not_started" {
  count                     = var.whole ? 1 : 0
  name                      = "vanguardai-jobs-not-started"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.key_arn
}
