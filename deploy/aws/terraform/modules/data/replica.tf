# An option (`replica_class`): lists and reports of staff are read here while it has everything that was committed (docs/operations.md).
# Password, subnets, encryption and parameters are the primary's; it needs no backups and no second zone, because the primary answers for it.
locals {
  with_replica = var.replica_class != ""
}

resource "aws_cloudwatch_log_group" "replica" {
  for_each          = toset(local.with_replica ? ["postgresql", "upgrade"] : [])
  name              = "/aws/rds/instance/vanguardai-replica/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_db_instance" "replica" {
  #checkov:skip=CKV_AWS_293:it holds nothing that the primary, which is protected, does not, and is an option to be taken away
  #checkov:skip=CKV_AWS_133:the primary is what is backed up
  #checkov:skip=CKV_AWS_157:while it is away the primary answers
  count               = local.with_replica ? 1 : 0
  identifier          = "vanguardai-replica"
  replicate_source_db = aws_db_instance.this.identifier
  instance_class      = var.replica_class

  max_allocated_storage = var.database_max_gb
  storage_type          = "gp3"
  storage_encrypted     = true # by the primary's key, as AWS has it within a region

  vpc_security_group_ids     = [var.database_group]
  publicly_accessible        = false
  parameter_group_name       = aws_db_parameter_group.this.name # `connections` may not be fewer than the primary's
  ca_cert_identifier         = "rds-ca-rsa2048-g1"
  maintenance_window         = "sun:10:30-sun:11:30"
  backup_retention_period    = 0
  copy_tags_to_snapshot      = true
  skip_final_snapshot        = true
  auto_minor_version_upgrade = true

  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.key_arn
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  depends_on = [aws_cloudwatch_log_group.replica]
}

# A space is nothing: the task definition is the same with and without.
resource "aws_secretsmanager_secret_version" "application_database_replica_url" {
  secret_id = aws_secretsmanager_secret.this["application-database-replica-url"].id
  secret_string_wo = local.with_replica ? format(
    "postgres://%s:%s@%s:5432/%s?sslmode=require",
    local.application,
    ephemeral.aws_secretsmanager_secret_version.application_password.secret_string,
    aws_db_instance.replica[0].address,
    local.database,
  ) : " "
  # Written again when the password is another, and when the replica comes or goes.
  secret_string_wo_version = local.made_for_servers["application-password"] * 2 + (local.with_replica ? 1 : 0)
}

# For task definitions from before there were two roles (secrets.tf).
resource "aws_secretsmanager_secret_version" "database_replica_url" {
  secret_id = aws_secretsmanager_secret.this["database-replica-url"].id
  secret_string_wo = local.with_replica ? format(
    "postgres://%s:%s@%s:5432/%s?sslmode=require",
    aws_db_instance.this.username,
    ephemeral.aws_secretsmanager_secret_version.database_password.secret_string,
    aws_db_instance.replica[0].address,
    local.database,
  ) : " "
  secret_string_wo_version = local.made_for_servers["database-password"] * 2 + (local.with_replica ? 1 : 0)
}
