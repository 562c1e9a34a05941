locals {
  # A preview account has what its previews share: network, load balancer, cluster, images. Databases come and go with each preview.
  whole = var.environment != "preview"

  zones    = slice(data.aws_availability_zones.these.names, 0, 2)
  log_days = var.size.log_days

  # Of `host:port` and of `http://host:port/…`; an address without a port has none.
  port         = ":([0-9]+)(?:/|$)"
  ports_inside = toset([for each in [var.clamd_address, var.otlp_endpoint] : regex(local.port, each)[0] if can(regex(local.port, each))])
}

data "aws_availability_zones" "these" {
  state = "available"
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

module "network" {
  source       = "./modules/network"
  region       = var.region
  zones        = local.zones
  nat_gateways = var.size.nat_gateways
  endpoints    = var.size.endpoints
  with_vpn     = var.with_vpn
  ports_inside = local.ports_inside
  log_days     = local.log_days
  key_arn      = aws_kms_key.this.arn
}

module "data" {
  source = "./modules/data"
  count  = local.whole ? 1 : 0

  subnets         = module.network.private_subnets
  database_group  = module.network.groups.database
  cache_group     = module.network.groups.cache
  files_group     = module.network.groups.files
  key_arn         = aws_kms_key.this.arn
  database_class  = var.size.database_class
  database_gb     = var.size.database_gb
  database_max_gb = var.size.database_max_gb
  replica_class   = var.size.replica_class
  connections     = var.size.connections
  multi_zone      = var.size.multi_zone
  backup_days     = var.size.backup_days
  cache_type      = var.size.cache_type
  protected       = var.size.protected
  log_days        = local.log_days
}

module "edge" {
  source = "./modules/edge"

  vpc_id    = module.network.vpc_id
  subnets   = module.network.public_subnets
  group     = module.network.groups.balancer
  domain    = var.domain
  zone_id   = var.zone_id
  wildcard  = !local.whole
  protected = var.size.protected
  log_days  = local.log_days
  key_arn   = aws_kms_key.this.arn
}

module "pipeline" {
  source = "./modules/pipeline"

  account_id     = var.account_id
  region         = var.region
  environment    = var.environment
  repository     = var.repository
  image_accounts = var.image_accounts
  key_arn        = aws_kms_key.this.arn
}

module "service" {
  source = "./modules/service"

  account_id     = var.account_id
  region         = var.region
  environment    = var.environment
  whole          = local.whole
  vpc_id         = module.network.vpc_id
  subnets        = module.network.private_subnets
  group          = module.network.groups.app
  proxies        = module.network.public_ranges
  target_group   = module.edge.target_group
  listener       = module.edge.listener
  domain         = var.domain
  frontend_url   = var.frontend_url
  insurer        = var.insurer
  secrets        = local.whole ? module.data[0].secrets : {}
  file_system    = local.whole ? module.data[0].file_system : null
  image          = coalesce(var.image_repository, module.pipeline.image_repository)
  size           = var.size
  clamd_address  = var.clamd_address
  otlp_endpoint  = var.otlp_endpoint
  payments       = var.payment_provider
  key_arn        = aws_kms_key.this.arn
  log_days       = local.log_days
  permissions_to = module.pipeline.deploy_role
}

module "observability" {
  source = "./modules/observability"
  count  = local.whole ? 1 : 0

  account_id  = var.account_id
  region      = var.region
  addresses   = var.alarm_addresses
  key_arn     = aws_kms_key.this.arn
  balancer    = module.edge.balancer_suffix
  target      = module.edge.target_suffix
  firewall    = module.edge.firewall_name
  cluster     = module.service.cluster_name
  cluster_arn = module.service.cluster_arn
  service     = module.service.service_name
  tasks       = var.size.tasks
  database    = module.data[0].database_id
  replica     = module.data[0].replica_id
  connections = var.size.connections
  cache       = module.data[0].cache_members
  dead_queue  = module.service.dead_queue_name
  log_group   = module.service.log_group
}
