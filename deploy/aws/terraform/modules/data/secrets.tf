locals {
  # Made here once and never changed by Terraform: the platform's own ways of changing them are in docs/operations.md and docs/accounts.md.
  generated = toset(["jwt-secret", "encryption-key", "encryption-salt", "payment-webhook"])

  # Begin with what the platform does without them, so that every task starts; set by hand. A space is nothing.
  set_by_hand = {
    email-url                = "dummymail://"
    sentry-dsn               = " "
    jwt-earlier-secrets      = " "
    encryption-key-fallbacks = " "
  }

  # What the servers themselves are protected with; tasks get it as a part of a URL. A higher number makes a new one.
  made_for_servers = {
    database-password    = 1
    application-password = 1
    cache-token          = 1
  }

  # Addresses. The first three are for task definitions as they are now; `database-url` and `database-replica-url` are what definitions from before
  # there were two roles name: the owner's as ever, so that their tasks start until the next release, and where one goes back past it.
  addresses = ["application-database-url", "application-database-replica-url", "database-owner-url", "database-url", "database-replica-url", "redis-url"]
  names     = setunion(local.generated, keys(local.set_by_hand), keys(local.made_for_servers), local.addresses)

  # As whom the platform serves: the migration makes this role of PostgreSQL, which owns nothing, and gives it its rights (docs/operations.md).
  application = "vanguard_app"
}

resource "aws_secretsmanager_secret" "this" {
  for_each   = local.names
  name       = "vanguardai/${each.key}"
  kms_key_id = var.key_arn
  # Long where losing the encryption key loses every customer's data.
  recovery_window_in_days = var.protected ? 30 : 7
}

ephemeral "aws_secretsmanager_random_password" "generated" {
  for_each            = local.generated
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret_version" "generated" {
  for_each                 = local.generated
  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.generated[each.key].random_password
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret_version" "set_by_hand" {
  for_each                 = local.set_by_hand
  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = each.value
  secret_string_wo_version = 1
}

ephemeral "aws_secretsmanager_random_password" "made_for_servers" {
  for_each            = local.made_for_servers
  password_length     = 48
  exclude_punctuation = true # it stands in a URL
}

resource "aws_secretsmanager_secret_version" "made_for_servers" {
  for_each                 = local.made_for_servers
  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.made_for_servers[each.key].random_password
  secret_string_wo_version = each.value
}

# Read back, so that the database and its URL have the same one, even when an apply stops half-way.
ephemeral "aws_secretsmanager_secret_version" "database_password" {
  secret_id  = aws_secretsmanager_secret_version.made_for_servers["database-password"].secret_id
  version_id = aws_secretsmanager_secret_version.made_for_servers["database-password"].version_id
}

ephemeral "aws_secretsmanager_secret_version" "application_password" {
  secret_id  = aws_secretsmanager_secret_version.made_for_servers["application-password"].secret_id
  version_id = aws_secretsmanager_secret_version.made_for_servers["application-password"].version_id
}

resource "aws_secretsmanager_secret_version" "application_database_url" {
  secret_id = aws_secretsmanager_secret.this["application-database-url"].id
  secret_string_wo = format(
    "postgres://%s:%s@%s:5432/%s?sslmode=require",
    local.application,
    ephemeral.aws_secretsmanager_secret_version.application_password.secret_string,
    aws_db_instance.this.address,
    local.database,
  )
  secret_string_wo_version = local.made_for_servers["application-password"]
}

# The owner of the tables: read by the migration's task alone, and by whoever restores or changes keys in its place.
resource "aws_secretsmanager_secret_version" "database_owner_url" {
  secret_id = aws_secretsmanager_secret.this["database-owner-url"].id
  secret_string_wo = format(
    "postgres://%s:%s@%s:5432/%s?sslmode=require",
    aws_db_instance.this.username,
    ephemeral.aws_secretsmanager_secret_version.database_password.secret_string,
    aws_db_instance.this.address,
    local.database,
  )
  secret_string_wo_version = local.made_for_servers["database-password"]
}

# For task definitions from before there were two roles: neither its name here nor its version may change, or an apply would write it anew.
resource "aws_secretsmanager_secret_version" "database_url" {
  secret_id = aws_secretsmanager_secret.this["database-url"].id
  secret_string_wo = format(
    "postgres://%s:%s@%s:5432/%s?sslmode=require",
    aws_db_instance.this.username,
    ephemeral.aws_secretsmanager_secret_version.database_password.secret_string,
    aws_db_instance.this.address,
    local.database,
  )
  secret_string_wo_version = local.made_for_servers["database-password"]
}

resource "aws_secretsmanager_secret_version" "redis_url" {
  secret_id     = aws_secretsmanager_secret.this["redis-url"].id
  secret_string = "rediss://:${data.aws_secretsmanager_secret_version.cache_token.secret_string}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379/0"
}
