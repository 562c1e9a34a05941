account_id   = "000000000000" # the previews' own account
environment  = "preview"
domain       = "preview.vanguardai.com" # pr-12.preview.vanguardai.com
zone_id      = "Z00000000000000000000"
frontend_url = "https://preview.vanguardai.com"
repository   = "vanguardai/vanguard"

insurer = {
  name      = "Vanguard Insurance (preview)"
  address   = ""
  mail_from = "Vanguard preview <no-reply@preview.vanguardai.com>"
}

# A preview brings its own PostgreSQL and Redis: what says "database" and "cache" counts for staging and production only.
size = {
  nat_gateways    = 1
  endpoints       = false
  log_days        = 14
  tasks           = 1
  tasks_max       = 1
  workers         = 2
  pool_size       = 4
  pool_overflow   = 6
  database_class  = "none"
  database_gb     = 0
  database_max_gb = 0
  connections     = 0
  multi_zone      = false
  backup_days     = 0
  cache_type      = "none"
  protected       = false
}
