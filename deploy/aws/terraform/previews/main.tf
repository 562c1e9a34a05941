data "aws_ssm_parameter" "shared" {
  name = "/vanguardai/previews"
}

locals {
  name   = "pr-${var.number}"
  shared = jsondecode(nonsensitive(data.aws_ssm_parameter.shared.value))
  host   = "${local.name}.${local.shared.domain}"

  secrets = {
    JWT_SECRET_KEY  = "jwt"
    ENCRYPTION_KEY  = "encryption-key"
    ENCRYPTION_SALT = "encryption-salt"
    DEMO_PASSWORD   = "demo-password"
  }
}

# Secrets of its own, gone at once with it.
resource "aws_secretsmanager_secret" "this" {
  for_each                = local.secrets
  name                    = "vanguardai/${local.name}/${each.value}"
  kms_key_id              = local.shared.key_arn
  recovery_window_in_days = 0
}

ephemeral "aws_secretsmanager_random_password" "this" {
  for_each                   = local.secrets
  password_length            = 40
  require_each_included_type = true
  # Those that the platform asks of a password are left in.
  exclude_characters = "\"'`\\/,;:.<>?|{}[]()~=+-_ %"
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each                 = local.secrets
  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.this[each.key].random_password
  secret_string_wo_version = 1
}

resource "aws_lb_target_group" "this" {
  name                 = local.name
  vpc_id               = local.shared.vpc_id
  target_type          = "ip"
  port                 = 8000
  protocol             = "HTTP"
  deregistration_delay = 0

  health_check {
    path              = "/health/ready"
    matcher           = "200"
    interval          = 10
    timeout           = 5
    healthy_threshold = 2
  }
}

resource "aws_lb_listener_rule" "this" {
  listener_arn = local.shared.listener
  priority     = var.number + 1 # the first place is taken by /metrics
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
  condition {
    host_header {
      values = [local.host]
    }
  }
}

resource "aws_ecs_service" "this" {
  name            = local.name
  cluster         = local.shared.cluster
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  propagate_tags  = "SERVICE"
  # The database is in the task, so the new task is a new environment: the earlier one goes first.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  health_check_grace_period_seconds  = 300
  force_delete                       = true

  deployment_circuit_breaker {
    enable   = true
    rollback = false
  }

  network_configuration {
    subnets          = local.shared.subnets
    security_groups  = [local.shared.group]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = "vanguardai-app"
    container_port   = 8000
  }

  depends_on = [aws_lb_listener_rule.this, aws_secretsmanager_secret_version.this]
}

output "url" {
  value = "https://${local.host}"
}

output "log_ins" {
  description = "Where the demo's password is."
  value       = aws_secretsmanager_secret.this["DEMO_PASSWORD"].name
}
