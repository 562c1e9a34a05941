account_id       = "000000000000" # staging's own account
environment      = "staging"
domain           = "api.staging.vanguardai.com"
zone_id          = "Z00000000000000000000"
frontend_url     = "https://app.staging.vanguardai.com"
repository       = "vanguardai/vanguard"
alarm_addresses  = ["operations@vanguardai.com"]
image_repository = "000000000000.dkr.ecr.us-east-1.amazonaws.com/vanguardai" # production's

insurer = {
  name      = "Vanguard Insurance (staging)"
  address   = ""
  mail_from = "Vanguard staging <no-reply@staging.vanguardai.com>"
}

size = {
  nat_gateways    = 1
  endpoints       = false
  log_days        = 30
  tasks           = 2
  tasks_max       = 3
  workers         = 3
  pool_size       = 4
  pool_overflow   = 6
  database_class  = "db.t4g.medium" # 4 GiB
  database_gb     = 20
  database_max_gb = 100
  connections     = 300
  multi_zone      = false
  backup_days     = 7
  cache_type      = "cache.t4g.micro"
  protected       = false
}
