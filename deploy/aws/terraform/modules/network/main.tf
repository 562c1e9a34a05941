locals {
  range = "10.0.0.0/16"
  private = {
    (var.zones[0]) = "10.0.1.0/24"
    (var.zones[1]) = "10.0.2.0/24"
  }
  public = {
    (var.zones[0]) = "10.0.101.0/24"
    (var.zones[1]) = "10.0.102.0/24"
  }
  nat_zones = toset(slice(var.zones, 0, var.nat_gateways))
}

resource "aws_vpc" "this" {
  cidr_block           = local.range
  enable_dns_hostnames = true
  enable_dns_support   = true
  tags                 = { Name = "vanguardai-vpc" }
}

# Nobody is to use it by accident.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "private" {
  for_each          = local.private
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = { Name = "vanguardai-private-${each.key}" }
}

resource "aws_subnet" "public" {
  for_each          = local.public
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = { Name = "vanguardai-public-${each.key}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "vanguardai" }
}

resource "aws_eip" "nat" {
  for_each   = local.nat_zones
  domain     = "vpc"
  tags       = { Name = "vanguardai-nat-${each.key}" }
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each      = local.nat_zones
  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "vanguardai-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "vanguardai-public" }
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  for_each = local.private
  vpc_id   = aws_vpc.this.id
  tags     = { Name = "vanguardai-private-${each.key}" }
}

resource "aws_route" "through_nat" {
  for_each               = local.private
  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  # A zone's own gateway where it has one, so that a zone that fails takes no other with it.
  nat_gateway_id = aws_nat_gateway.this[contains(local.nat_zones, each.key) ? each.key : var.zones[0]].id
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

# The other side of the tunnel is the customer's and not ours to know: docs/aws.md says what is added for it.
resource "aws_vpn_gateway" "this" {
  count  = var.with_vpn ? 1 : 0
  vpc_id = aws_vpc.this.id
  tags   = { Name = "vanguardai-vpn" }
}

resource "aws_vpn_gateway_route_propagation" "private" {
  for_each       = var.with_vpn ? local.private : {}
  vpn_gateway_id = aws_vpn_gateway.this[0].id
  route_table_id = aws_route_table.private[each.key].id
}
