# The revisions that the services begin with. From then on the pipeline makes them, from the same file: Terraform must not go back to its own.
resource "aws_ecs_task_definition" "app" {
  count                    = var.whole ? 1 : 0
  family                   = local.first.family
  network_mode             = local.first.networkMode
  requires_compatibilities = local.first.requiresCompatibilities
  cpu                      = local.first.cpu
  memory                   = local.first.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.app, local.folders])
  skip_destroy             = true

  runtime_platform {
    operating_system_family = local.first.runtimePlatform.operatingSystemFamily
    cpu_architecture        = local.first.runtimePlatform.cpuArchitecture
  }

  volume {
    name = "documents"
    efs_volume_configuration {
      file_system_id     = var.file_system.id
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = var.file_system.access_point
        iam             = "ENABLED"
      }
    }
  }
  volume {
    name = "figures"
  }
  volume {
    name = "temporary"
  }

  lifecycle {
    ignore_changes = all
  }
}

resource "aws_ecs_task_definition" "jobs" {
  count                    = var.whole ? 1 : 0
  family                   = "${local.first.family}-jobs"
  network_mode             = local.first.networkMode
  requires_compatibilities = local.first.requiresCompatibilities
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions    = jsonencode([local.job, local.folders])
  skip_destroy             = true

  runtime_platform {
    operating_system_family = local.first.runtimePlatform.operatingSystemFamily
    cpu_architecture        = local.first.runtimePlatform.cpuArchitecture
  }

  volume {
    name = "documents"
    efs_volume_configuration {
      file_system_id     = var.file_system.id
      transit_encryption = "ENABLED"
      authorization_config {
        access_point_id = var.file_system.access_point
        iam             = "ENABLED"
      }
    }
  }
  volume {
    name = "figures"
  }
  volume {
    name = "temporary"
  }

  lifecycle {
    ignore_changes = all
  }
}

resource "aws_ecs_service" "app" {
  count           = var.whole ? 1 : 0
  name            = "vanguardai"
  cluster         = aws_ecs_cluster.this.arn
  task_definition = aws_ecs_task_definition.app[0].arn
  desired_count   = var.size.tasks
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"

  # Rolling: never fewer than now, at most half as many again. Tasks that do not become healthy stop it, and the earlier ones stay.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 150
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
  # A worker warms its pools and asks PostgreSQL before it answers.
  health_check_grace_period_seconds = 60
  availability_zone_rebalancing     = "ENABLED"

  network_configuration {
    subnets          = var.subnets
    security_groups  = [var.group]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_group
    container_name   = "vanguardai-app"
    container_port   = 8000
  }

  service_registries {
    registry_arn = aws_service_discovery_service.app[0].arn
  }

  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }
}

# The process that seals the audit trail every ten seconds; two at once are allowed, so a release needs no gap.
resource "aws_ecs_service" "sealer" {
  count                              = var.whole ? 1 : 0
  name                               = "vanguardai-sealer"
  cluster                            = aws_ecs_cluster.this.arn
  task_definition                    = aws_ecs_task_definition.jobs[0].arn
  desired_count                      = 1
  launch_type                        = "FARGATE"
  propagate_tags                     = "SERVICE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnets
    security_groups  = [var.group]
    assign_public_ip = false
  }

  lifecycle {
    ignore_changes = [task_definition]
  }
}

resource "aws_appautoscaling_target" "app" {
  count              = var.whole ? 1 : 0
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.app[0].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.size.tasks
  max_capacity       = var.size.tasks_max
}

resource "aws_appautoscaling_policy" "processor" {
  count              = var.whole ? 1 : 0
  name               = "vanguardai-processor"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.app[0].service_namespace
  resource_id        = aws_appautoscaling_target.app[0].resource_id
  scalable_dimension = aws_appautoscaling_target.app[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_out_cooldown = 60
    scale_in_cooldown  = 300
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# Prometheus finds every task by this name: each task counts for itself, and /metrics is not to be had through the load balancer.
resource "aws_service_discovery_private_dns_namespace" "this" {
  count = var.whole ? 1 : 0
  name  = "vanguardai.internal"
  vpc   = var.vpc_id
}

resource "aws_service_discovery_service" "app" {
  count = var.whole ? 1 : 0
  name  = "app"
  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.this[0].id
    routing_policy = "MULTIVALUE"
    dns_records {
      type = "A"
      ttl  = 15
    }
  }
}
