# Who may speak to whom, all of it: the world → load balancer → application → database, cache, files; the application → the world over TLS,
# and what scans or collects inside the VPC.
locals {
  groups = {
    balancer  = "The load balancer"
    app       = "Tasks of the platform"
    database  = "PostgreSQL"
    cache     = "Redis"
    files     = "Documents"
    endpoints = "AWS inside the VPC"
  }

  between = {
    balancer-app  = { from = "balancer", to = "app", port = 8000 }
    app-database  = { from = "app", to = "database", port = 5432 }
    app-cache     = { from = "app", to = "cache", port = 6379 }
    app-files     = { from = "app", to = "files", port = 2049 }
    app-endpoints = { from = "app", to = "endpoints", port = 443 }
  }

  # AWS's interfaces, Sentry and collectors; a mail server; that server's older port.
  outwards = { https = 443, submission = 587, smtps = 465 }
}

resource "aws_security_group" "this" {
  for_each    = local.groups
  name        = "vanguardai-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "vanguardai-${each.key}" }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "world" {
  for_each          = toset(["80", "443"])
  security_group_id = aws_security_group.this["balancer"].id
  description       = each.key == "80" ? "Is redirected to TLS" : "TLS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "between" {
  for_each                     = local.between
  security_group_id            = aws_security_group.this[each.value.from].id
  referenced_security_group_id = aws_security_group.this[each.value.to].id
  description                  = "To ${local.groups[each.value.to]}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_ingress_rule" "between" {
  for_each                     = local.between
  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = aws_security_group.this[each.value.from].id
  description                  = "From ${local.groups[each.value.from]}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

# The scanner and the collector of traces, where there are any.
resource "aws_vpc_security_group_egress_rule" "inside" {
  for_each          = var.ports_inside
  security_group_id = aws_security_group.this["app"].id
  description       = "Inside the VPC to port ${each.key}"
  cidr_ipv4         = local.range
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "outwards" {
  for_each          = local.outwards
  security_group_id = aws_security_group.this["app"].id
  description       = "To other services by ${each.key}"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
