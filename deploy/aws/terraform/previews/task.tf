locals {
  # As in production, from the same file; what differs is said here.
  template = jsondecode(templatefile("${path.module}/../../task-definition.json", merge(
    { for name in ["cors_origins", "public_url", "workbench_url"] : name => "https://${local.host}" },
    { for name in ["insurer_address", "otlp_endpoint", "clamd_address", "file_system_id", "access_point_id"] : name => "" },
    {
      account_id       = local.shared.account_id
      image            = var.image
      version          = var.app_version
      environment      = "preview"
      log_level        = "info"
      workers          = "2"
      nodes            = "1"
      pool_size        = "4"
      pool_overflow    = "6"
      trusted_hosts    = local.host
      trusted_proxies  = local.shared.proxies
      mail_from        = local.shared.mail_from
      insurer_name     = "Vanguard Insurance (${local.name})"
      payment_provider = "none"
    },
  )))
  web = local.template.containerDefinitions[0]

  logs = {
    for stream in ["app", "folders", "seed", "database", "cache"] : stream => {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = local.shared.log_group
        "awslogs-region"        = local.shared.region
        "awslogs-stream-prefix" = "${local.name}/${stream}"
      }
    }
  }

  environment = concat(local.web.environment, [
    { name = "DATABASE_URL", value = "postgres://postgres@127.0.0.1:5432/vanguardai" },
    { name = "REDIS_URL", value = "redis://127.0.0.1:6379/0" },
  ])
  # Their ARNs are known once they are made; a version is there before the task is.
  secrets_of_task = [for variable, each in aws_secretsmanager_secret.this : { name = variable, valueFrom = each.arn }]

  app = merge(local.web, {
    environment      = local.environment
    secrets          = local.secrets_of_task
    dependsOn        = [{ containerName = "seed", condition = "SUCCESS" }, { containerName = "cache", condition = "HEALTHY" }]
    logConfiguration = local.logs.app
  })

  # Migrates and brings the demo's book in; the server starts once it is there. That takes longer than the 120 seconds which a startTimeout
  # may give it at most on Fargate, so it has none.
  seed = merge({ for key, value in local.web : key => value if !contains(["portMappings", "healthCheck", "startTimeout"], key) }, {
    name             = "seed"
    essential        = false
    command          = ["sh", "-c", "python manage.py migrate --noinput && python manage.py seed_demo --address https://${local.host}"]
    environment      = local.environment
    secrets          = local.secrets_of_task
    dependsOn        = [{ containerName = "folders", condition = "SUCCESS" }, { containerName = "database", condition = "HEALTHY" }]
    logConfiguration = local.logs.seed
  })

  folders = merge(local.template.containerDefinitions[1], {
    command = ["-d", "-o", "appuser", "-g", "appuser", "-m", "0700", "/run/vanguard", "/tmp", "/var/lib/vanguard"]
    mountPoints = concat(local.template.containerDefinitions[1].mountPoints, [
      { sourceVolume = "documents", containerPath = "/var/lib/vanguard", readOnly = false },
    ])
    logConfiguration = local.logs.folders
  })

  # Listens inside the task only, so that it needs no password.
  database = {
    name        = "database"
    image       = var.postgres_image
    essential   = true
    command     = ["postgres", "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=100"]
    environment = [{ name = "POSTGRES_HOST_AUTH_METHOD", value = "trust" }, { name = "POSTGRES_DB", value = "vanguardai" }]
    healthCheck = {
      command  = ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U postgres -d vanguardai"]
      interval = 5, timeout = 5, retries = 10, startPeriod = 10
    }
    logConfiguration = local.logs.database
  }

  cache = {
    name        = "cache"
    image       = var.redis_image
    essential   = true
    command     = ["redis-server", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    healthCheck = { command = ["CMD", "redis-cli", "ping"], interval = 5, timeout = 5, retries = 5, startPeriod = 5 }

    logConfiguration = local.logs.cache
  }
}

resource "aws_ecs_task_definition" "this" {
  family                   = "vanguardai-${local.name}"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = 1024
  memory                   = 3072
  execution_role_arn       = local.shared.execution
  task_role_arn            = local.shared.task
  container_definitions    = jsonencode([local.app, local.seed, local.folders, local.database, local.cache])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  dynamic "volume" {
    for_each = ["documents", "figures", "temporary"]
    content {
      name = volume.value
    }
  }
}
