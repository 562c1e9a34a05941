locals {
  folder = "${path.module}/../../.."

  # What deploy/aws/task-definition.json asks for, but for the image and the version; tools/ecs reads the same from the parameter below.
  facts = {
    account_id       = var.account_id
    region           = var.region
    environment      = var.environment
    log_level        = var.environment == "staging" ? "debug" : "info"
    workers          = tostring(var.size.workers)
    nodes            = tostring(ceil(var.size.tasks_max * 1.5))
    pool_size        = tostring(var.size.pool_size)
    pool_overflow    = tostring(var.size.pool_overflow)
    trusted_hosts    = var.domain
    trusted_proxies  = join(",", var.proxies)
    cors_origins     = var.frontend_url
    public_url       = var.frontend_url
    workbench_url    = "https://${var.domain}"
    mail_from        = var.insurer.mail_from
    insurer_name     = var.insurer.name
    insurer_address  = var.insurer.address
    payment_provider = var.payments
    otlp_endpoint    = var.otlp_endpoint
    clamd_address    = var.clamd_address
    file_system_id   = var.whole ? var.file_system.id : ""
    access_point_id  = var.whole ? var.file_system.access_point : ""
  }

  first = jsondecode(replace(
    templatefile("${local.folder}/task-definition.json", merge(
      # As they stand inside a JSON string.
      { for name, value in local.facts : name => substr(jsonencode(value), 1, length(jsonencode(value)) - 2) },
      { image = "${var.image}:first", version = "first" },
    )),
    "us-east-1", var.region,
  ))
  secrets_of_first = [for each in local.first.containerDefinitions[0].secrets : {
    name      = each.name
    valueFrom = lookup(var.secrets, reverse(split(":secret:", each.valueFrom))[0], each.valueFrom)
  }]
  app    = merge(local.first.containerDefinitions[0], { secrets = local.secrets_of_first })
  server = ["portMappings", "healthCheck"]
  job = merge(
    { for key, value in local.app : key => value if !contains(local.server, key) },
    { command = ["python", "manage.py", "audit_seal", "--every", "10"] },
    { logConfiguration = { logDriver = "awslogs", options = merge(local.app.logConfiguration.options, { "awslogs-stream-prefix" = "jobs" }) } },
  )
  folders = local.first.containerDefinitions[1]
}

resource "aws_ssm_parameter" "facts" {
  count = var.whole ? 1 : 0
  name  = "/vanguardai/delivery"
  type  = "String"
  # Beyond 4 KB it would have to be of the other tier.
  tier        = "Standard"
  description = "What the pipeline fills into the task definition, and where it deploys to"
  value = jsonencode(merge(local.facts, {
    secrets         = var.secrets
    cluster         = aws_ecs_cluster.this.name
    service         = aws_ecs_service.app[0].name
    sealer          = aws_ecs_service.sealer[0].name
    subnets         = var.subnets
    security_groups = [var.group]
    health_url      = "https://${var.domain}/health"
  }))
}

# What a preview environment is put into (previews/).
resource "aws_ssm_parameter" "previews" {
  count       = var.whole ? 0 : 1
  name        = "/vanguardai/previews"
  type        = "String"
  tier        = "Standard"
  description = "What every preview environment shares"
  value = jsonencode({
    account_id = var.account_id
    region     = var.region
    vpc_id     = var.vpc_id
    subnets    = var.subnets
    group      = var.group
    proxies    = join(",", var.proxies)
    listener   = var.listener
    cluster    = aws_ecs_cluster.this.name
    domain     = var.domain
    log_group  = aws_cloudwatch_log_group.app.name
    key_arn    = var.key_arn
    execution  = aws_iam_role.execution.arn
    task       = aws_iam_role.task.arn
    mail_from  = var.insurer.mail_from
  })
}
