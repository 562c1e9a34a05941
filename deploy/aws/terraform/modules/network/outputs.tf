output "vpc_id" {
  value = aws_vpc.this.id
}

output "private_subnets" {
  value = [for each in aws_subnet.private : each.id]
}

output "public_subnets" {
  value = [for each in aws_subnet.public : each.id]
}

output "public_ranges" {
  description = "Where the load balancer's addresses are: its word on the caller's address is believed."
  value       = values(local.public)
}

output "groups" {
  description = "Security groups by what they are for."
  value       = { for name, each in aws_security_group.this : name => each.id }
}

output "vpn_gateway_id" {
  value = one(aws_vpn_gateway.this[*].id)
}
