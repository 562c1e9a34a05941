locals {
  # A rolling release has up to half as many tasks again beside the running ones.
  nodes = ceil(var.size.tasks_max * 1.5)
  # docs/configuration.md: a worker's pool, and the connection on which it is told of changes. A job of each kind, and the sealer, beside them.
  most_connections = var.size.workers * (var.size.pool_size + var.size.pool_overflow + 1) * local.nodes + 20
}

resource "terraform_data" "limits" {
  lifecycle {
    precondition {
      condition     = !local.whole || local.most_connections <= var.size.connections - 10
      error_message = "${local.most_connections} connections can be asked for, and PostgreSQL is to give ${var.size.connections}."
    }
    precondition {
      condition     = var.size.tasks <= var.size.tasks_max
      error_message = "More tasks than at most."
    }
    precondition {
      condition     = contains([1, 2], var.size.nat_gateways)
      error_message = "One NAT gateway, or one in each of the two zones."
    }
    precondition {
      condition     = var.size.replica_class == "" || (local.whole && var.size.backup_days > 0)
      error_message = "RDS makes a read replica only of a database that has backups."
    }
    precondition {
      condition     = var.environment != "production" || (var.size.multi_zone && var.size.protected && var.size.tasks >= 3)
      error_message = "Production has two zones, deletion protection and three tasks."
    }
  }
}
