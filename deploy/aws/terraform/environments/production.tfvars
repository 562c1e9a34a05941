account_id       = "000000000000" # production's own account
environment      = "production"
domain           = "api.vanguardai.com"
zone_id          = "Z00000000000000000000"
frontend_url     = "https://app.vanguardai.com"
repository       = "vanguardai/vanguard"
alarm_addresses  = ["operations@vanguardai.com"]
image_accounts   = ["000000000000"] # staging's account
with_vpn         = false
payment_provider = "none"

insurer = {
  name      = "Vanguard Insurance"
  address   = ""
  mail_from = "Vanguard <no-reply@vanguardai.com>"
}

size = {
  nat_gateways    = 2
  endpoints       = true
  log_days        = 400
  tasks           = 3
  tasks_max       = 10
  workers         = 3
  pool_size       = 4
  pool_overflow   = 6
  database_class  = "db.m7g.large" # 8 GiB
  database_gb     = 100
  database_max_gb = 1000
  connections     = 600
  multi_zone      = true
  backup_days     = 35
  cache_type      = "cache.t4g.small"
  protected       = true
}
