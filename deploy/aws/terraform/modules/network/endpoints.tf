# Images' layers come from S3; the gateway costs nothing and spares NAT's traffic.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for each in aws_route_table.private : each.id]
  tags              = { Name = "vanguardai-s3" }
}

# Secrets and logs stay off the internet, and go on while NAT does not.
resource "aws_vpc_endpoint" "inside" {
  for_each            = var.endpoints ? toset(["ecr.api", "ecr.dkr", "logs", "secretsmanager"]) : toset([])
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for each in aws_subnet.private : each.id]
  security_group_ids  = [aws_security_group.this["endpoints"].id]
  tags                = { Name = "vanguardai-${each.key}" }
}
