locals {
  # In this order. What a group of AWS's would refuse wrongly is only counted, with its reason.
  managed = {
    AWSManagedRulesAmazonIpReputationList = {}
    AWSManagedRulesKnownBadInputsRuleSet  = {}
    AWSManagedRulesCommonRuleSet = {
      SizeRestrictions_BODY        = "documents have up to 10 MiB; the platform itself holds the limits"
      CrossSiteScripting_BODY      = "a claim's description may quote anything; it is escaped wherever it is shown"
      GenericRFI_BODY              = "a description may hold a link"
      GenericLFI_BODY              = "and a path; of a file's name the platform keeps the last part alone"
      EC2MetaDataSSRF_BODY         = "as before; the platform fetches no address that a caller names"
      NoUserAgent_HEADER           = "an insurer's own batch programs send none"
      SizeRestrictions_QUERYSTRING = "filters and cursors are long; gunicorn holds the request line to 4094 bytes"
    }
    AWSManagedRulesSQLiRuleSet = {
      SQLi_BODY                 = "a description may say \"select a plan; drop by the office\"; every statement is parametrised"
      SQLiExtendedPatterns_BODY = "as before"
    }
  }

  # Requests of one address that a rule lets through in its window, and then no more: as in deploy/nginx, 10 a second and 5 a minute.
  limits = {
    logins = { limit = 25, window = 300 }
    calls  = { limit = 620, window = 60 }
  }
}

resource "aws_wafv2_web_acl" "this" {
  name  = "vanguardai"
  scope = "REGIONAL"
  default_action {
    allow {}
  }

  custom_response_body {
    key          = "throttled"
    content_type = "APPLICATION_JSON"
    content = jsonencode({
      data    = null
      success = false
      message = "Too many requests. Try again later."
      errors  = [{ field = "", code = "throttled", message = "Too many requests. Try again later." }]
    })
  }

  # The load balancer has a rule for it as well, which knows the path only as it is written: %6Detrics is the same address to the platform.
  rule {
    name     = "figures"
    priority = 0
    action {
      block {
        custom_response {
          response_code = 404
        }
      }
    }
    statement {
      byte_match_statement {
        search_string         = "/metrics"
        positional_constraint = "STARTS_WITH"
        field_to_match {
          uri_path {}
        }
        text_transformation {
          priority = 0
          type     = "URL_DECODE"
        }
        text_transformation {
          priority = 1
          type     = "NORMALIZE_PATH"
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "figures"
      sampled_requests_enabled   = false
    }
  }

  # Paths are compared as the platform reads them: decoded, and without what a detour adds.
  rule {
    name     = "logins"
    priority = 1
    action {
      block {
        custom_response {
          response_code            = 429
          custom_response_body_key = "throttled"
          response_header {
            name  = "Retry-After"
            value = "60"
          }
        }
      }
    }
    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        limit                 = local.limits.logins.limit
        evaluation_window_sec = local.limits.logins.window
        # What proves who somebody is: POST to the API's log-in and the workbench's form. Who am I, and a fresh token, count as calls.
        scope_down_statement {
          and_statement {
            statement {
              byte_match_statement {
                search_string         = "POST"
                positional_constraint = "EXACTLY"
                field_to_match {
                  method {}
                }
                text_transformation {
                  priority = 0
                  type     = "NONE"
                }
              }
            }
            statement {
              or_statement {
                dynamic "statement" {
                  for_each = ["/api/auth/", "/admin/login/"]
                  content {
                    byte_match_statement {
                      search_string         = statement.value
                      positional_constraint = "STARTS_WITH"
                      field_to_match {
                        uri_path {}
                      }
                      text_transformation {
                        priority = 0
                        type     = "URL_DECODE"
                      }
                      text_transformation {
                        priority = 1
                        type     = "NORMALIZE_PATH"
                      }
                    }
                  }
                }
              }
            }
            statement {
              not_statement {
                statement {
                  byte_match_statement {
                    search_string         = "/api/auth/refresh"
                    positional_constraint = "EXACTLY"
                    field_to_match {
                      uri_path {}
                    }
                    text_transformation {
                      priority = 0
                      type     = "URL_DECODE"
                    }
                    text_transformation {
                      priority = 1
                      type     = "NORMALIZE_PATH"
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "logins"
      sampled_requests_enabled   = false # samples hold addresses with what is in them
    }
  }

  rule {
    name     = "calls"
    priority = 2
    action {
      block {
        custom_response {
          response_code            = 429
          custom_response_body_key = "throttled"
          response_header {
            name  = "Retry-After"
            value = "60"
          }
        }
      }
    }
    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        limit                 = local.limits.calls.limit
        evaluation_window_sec = local.limits.calls.window
        scope_down_statement {
          byte_match_statement {
            search_string         = "/api/"
            positional_constraint = "STARTS_WITH"
            field_to_match {
              uri_path {}
            }
            text_transformation {
              priority = 0
              type     = "URL_DECODE"
            }
            text_transformation {
              priority = 1
              type     = "NORMALIZE_PATH"
            }
          }
        }
      }
    }
    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "calls"
      sampled_requests_enabled   = false
    }
  }

  dynamic "rule" {
    for_each = { for place, name in keys(local.managed) : name => place }
    content {
      name     = rule.key
      priority = 10 + rule.value
      override_action {
        none {}
      }
      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.key
          dynamic "rule_action_override" {
            for_each = keys(local.managed[rule.key])
            content {
              name = rule_action_override.value
              action_to_use {
                count {}
              }
            }
          }
        }
      }
      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "vanguardai"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = aws_lb.this.arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}

resource "aws_cloudwatch_log_group" "firewall" {
  name              = "aws-waf-logs-vanguardai" # the beginning is WAF's condition
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

# Refused and counted requests only, without what tells who somebody is.
resource "aws_wafv2_web_acl_logging_configuration" "this" {
  resource_arn            = aws_wafv2_web_acl.this.arn
  log_destination_configs = [aws_cloudwatch_log_group.firewall.arn]

  dynamic "redacted_fields" {
    for_each = ["authorization", "cookie", "x-device-token"]
    content {
      single_header {
        name = redacted_fields.value
      }
    }
  }
  redacted_fields {
    query_string {}
  }

  logging_filter {
    default_behavior = "DROP"
    filter {
      behavior    = "KEEP"
      requirement = "MEETS_ANY"
      condition {
        action_condition {
          action = "BLOCK"
        }
      }
      condition {
        action_condition {
          action = "COUNT"
        }
      }
    }
  }
}
