resource "aws_elasticache_subnet_group" "this" {
  name       = "vanguardai"
  subnet_ids = var.subnets
}

# ElastiCache takes no write-only token yet, so this one stands in the state (encrypted, and only for who applies it).
data "aws_secretsmanager_secret_version" "cache_token" {
  secret_id  = aws_secretsmanager_secret_version.made_for_servers["cache-token"].secret_id
  version_id = aws_secretsmanager_secret_version.made_for_servers["cache-token"].version_id
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = "vanguardai"
  description          = "The cache, and live events between tasks"
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.cache_type
  parameter_group_name = "default.redis7" # counts that run out go first when memory is short (volatile-lru)
  subnet_group_name    = aws_elasticache_subnet_group.this.name
  security_group_ids   = [var.cache_group]

  num_cache_clusters         = var.multi_zone ? 2 : 1
  multi_az_enabled           = var.multi_zone
  automatic_failover_enabled = var.multi_zone

  at_rest_encryption_enabled = true
  kms_key_id                 = var.key_arn
  transit_encryption_enabled = true
  auth_token                 = data.aws_secretsmanager_secret_version.cache_token.secret_string

  maintenance_window         = "sun:09:30-sun:10:30"
  snapshot_retention_limit   = var.protected ? 7 : 1
  auto_minor_version_upgrade = true
}
