output "secrets" {
  description = "Whole ARNs of what tasks read, by name."
  value       = { for name, each in aws_secretsmanager_secret.this : each.name => each.arn if !contains(keys(local.made_for_servers), name) }
}

output "secrets_to_set" {
  value = [for name, _ in local.set_by_hand : "vanguardai/${name}"]
}

output "file_system" {
  value = {
    id           = aws_efs_file_system.this.id
    arn          = aws_efs_file_system.this.arn
    access_point = aws_efs_access_point.this.id
    access_arn   = aws_efs_access_point.this.arn
  }
}

output "database_id" {
  value = aws_db_instance.this.identifier
}

output "replica_id" {
  description = "Empty where there is none."
  value       = local.with_replica ? aws_db_instance.replica[0].identifier : ""
}

output "cache_members" {
  description = "The nodes' names, as ElastiCache makes them."
  value       = [for number in range(1, (var.multi_zone ? 2 : 1) + 1) : format("%s-%03d", aws_elasticache_replication_group.this.replication_group_id, number)]
}
