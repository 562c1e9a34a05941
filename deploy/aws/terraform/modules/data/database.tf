locals {
  database = "vanguardai"
  postgres = "15" # the release that the tests run on
}

resource "aws_db_subnet_group" "this" {
  name       = "vanguardai"
  subnet_ids = var.subnets
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "vanguardai-postgres${local.postgres}-"
  family      = "postgres${local.postgres}"

  dynamic "parameter" {
    # The log holds what happened and nobody's data: no statement (its values stand in it), no value that a constraint quotes. Which statements
    # are slow is in pg_stat_statements, without their values.
    for_each = {
      "rds.force_ssl"                     = "1"
      "max_connections"                   = tostring(var.connections)
      "log_connections"                   = "1"
      "log_disconnections"                = "1"
      "log_error_verbosity"               = "terse"
      "log_lock_waits"                    = "1"
      "log_min_duration_statement"        = "-1"
      "log_min_error_statement"           = "panic"
      "log_parameter_max_length"          = "0"
      "log_parameter_max_length_on_error" = "0"
      "log_statement"                     = "ddl"
      "shared_preload_libraries"          = "pg_stat_statements"
    }
    content {
      name         = parameter.key
      value        = parameter.value
      apply_method = contains(["max_connections", "shared_preload_libraries"], parameter.key) ? "pending-reboot" : "immediate"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "database" {
  for_each          = toset(["postgresql", "upgrade"])
  name              = "/aws/rds/instance/vanguardai/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_db_instance" "this" {
  identifier     = "vanguardai"
  engine         = "postgres"
  engine_version = local.postgres
  instance_class = var.database_class
  db_name        = local.database
  username       = "vanguardai"
  # Never in the state: made once, kept in Secrets Manager, read from there while this is applied.
  password_wo         = ephemeral.aws_secretsmanager_secret_version.database_password.secret_string
  password_wo_version = local.made_for_servers["database-password"]

  allocated_storage     = var.database_gb
  max_allocated_storage = var.database_max_gb
  storage_type          = "gp3"
  storage_encrypted     = true
  kms_key_id            = var.key_arn

  multi_az               = var.multi_zone
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.database_group]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  # Point-in-time recovery reaches as far back as backups are kept.
  backup_retention_period    = var.backup_days
  backup_window              = "07:00-08:00"
  maintenance_window         = "sun:08:30-sun:09:30"
  copy_tags_to_snapshot      = true
  delete_automated_backups   = !var.protected
  deletion_protection        = var.protected
  skip_final_snapshot        = !var.protected
  final_snapshot_identifier  = var.protected ? "vanguardai-final" : null
  auto_minor_version_upgrade = true

  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.key_arn
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  depends_on = [aws_cloudwatch_log_group.database, aws_iam_role_policy_attachment.monitoring]
}

resource "aws_iam_role" "monitoring" {
  name               = "vanguardai-database-monitoring"
  assume_role_policy = data.aws_iam_policy_document.monitoring_trust.json
}

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
