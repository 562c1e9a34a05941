locals {
  balancer = { LoadBalancer = var.balancer }
  database = { DBInstanceIdentifier = var.database }

  # What the platform's own figures (Prometheus) cannot tell because they are a part of it, or because AWS alone knows. Each: what is asked,
  # over how many seconds, how many times in a row, and what a person should look at.
  alarms = merge(
    {
      no-healthy-task = {
        says      = "Fewer tasks than wanted answer /health/live. Look at the service's events, then at log group /ecs/vanguardai."
        namespace = "AWS/ApplicationELB", metric = "HealthyHostCount", of = merge(local.balancer, { TargetGroup = var.target })
        statistic = "Minimum", than = "LessThanThreshold", threshold = var.tasks, period = 60, times = 5, missing = "breaching"
      }
      server-errors = {
        says      = "The platform answers with 5xx. Sentry and the log's lines of level error say why."
        namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", of = local.balancer
        statistic = "Sum", than = "GreaterThanThreshold", threshold = 10, period = 60, times = 3, missing = "notBreaching"
      }
      balancer-errors = {
        says      = "The load balancer itself answers with 5xx: no task took the request, or one closed the connection."
        namespace = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", of = local.balancer
        statistic = "Sum", than = "GreaterThanThreshold", threshold = 10, period = 60, times = 3, missing = "notBreaching"
      }
      slow = {
        says      = "One answer in twenty takes longer than a second."
        namespace = "AWS/ApplicationELB", metric = "TargetResponseTime", of = local.balancer
        statistic = "p95", than = "GreaterThanThreshold", threshold = 1, period = 60, times = 5, missing = "notBreaching"
      }
      memory = {
        says      = "Tasks are about to be killed for their memory."
        namespace = "AWS/ECS", metric = "MemoryUtilization", of = { ClusterName = var.cluster, ServiceName = var.service }
        statistic = "Maximum", than = "GreaterThanThreshold", threshold = 85, period = 60, times = 5, missing = "breaching"
      }
      processor-at-the-most-tasks = {
        says      = "Scaling does not bring relief: the most tasks run, or new ones do not start."
        namespace = "AWS/ECS", metric = "CPUUtilization", of = { ClusterName = var.cluster, ServiceName = var.service }
        statistic = "Average", than = "GreaterThanThreshold", threshold = 85, period = 60, times = 15, missing = "notBreaching"
      }
      database-processor = {
        says      = "PostgreSQL is busy. Performance Insights says with which statements."
        namespace = "AWS/RDS", metric = "CPUUtilization", of = local.database
        statistic = "Average", than = "GreaterThanThreshold", threshold = 80, period = 60, times = 15, missing = "breaching"
      }
      database-storage = {
        says      = "Less than 10 GB are left. Storage grows by itself up to database_max_gb."
        namespace = "AWS/RDS", metric = "FreeStorageSpace", of = local.database
        statistic = "Minimum", than = "LessThanThreshold", threshold = 10000000000, period = 300, times = 2, missing = "breaching"
      }
      database-connections = {
        says      = "Nine of ten connections are taken. docs/configuration.md: do the pools fit?"
        namespace = "AWS/RDS", metric = "DatabaseConnections", of = local.database
        statistic = "Maximum", than = "GreaterThanThreshold", threshold = floor(var.connections * 0.9), period = 60, times = 5, missing = "breaching"
      }
      database-transactions = {
        says      = "Transaction ids run out unless PostgreSQL vacuums: a transaction has been left open."
        namespace = "AWS/RDS", metric = "MaximumUsedTransactionIDs", of = local.database
        statistic = "Maximum", than = "GreaterThanThreshold", threshold = 1000000000, period = 3600, times = 1, missing = "notBreaching"
      }
      jobs-not-started = {
        says      = "A scheduled job could not be started. The message in the queue names it and the reason."
        namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", of = { QueueName = var.dead_queue }
        statistic = "Maximum", than = "GreaterThanThreshold", threshold = 0, period = 300, times = 1, missing = "notBreaching"
      }
      firewall = {
        says      = "Many requests are refused: somebody tries, or a rule is wrong. Log group aws-waf-logs-vanguardai."
        namespace = "AWS/WAFV2", metric = "BlockedRequests", of = { WebACL = var.firewall, Region = var.region, Rule = "ALL" }
        statistic = "Sum", than = "GreaterThanThreshold", threshold = 1000, period = 300, times = 2, missing = "notBreaching"
      }
    },
    { for name in compact([var.replica]) : "replica-lag" => {
      says      = "The replica is behind, so that the primary answers for it. docs/runbook/ReplicaUnused.md."
      namespace = "AWS/RDS", metric = "ReplicaLag", of = { DBInstanceIdentifier = name }
      statistic = "Average", than = "GreaterThanThreshold", threshold = 30, period = 60, times = 5, missing = "breaching"
    } },
    { for name in var.cache : "cache-memory-${name}" => {
      says      = "Redis is nearly full."
      namespace = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", of = { CacheClusterId = name }
      statistic = "Maximum", than = "GreaterThanThreshold", threshold = 80, period = 300, times = 3, missing = "breaching"
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "vanguardai-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.of
  statistic           = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic  = startswith(each.value.statistic, "p") ? each.value.statistic : null
  comparison_operator = each.value.than
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.times
  datapoints_to_alarm = each.value.times
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_sns_topic" "alarms" {
  name              = "vanguardai-alarms"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.addresses)
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.key
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account_id]
    }
  }

  # EventBridge takes no conditions in a topic's policy.
  statement {
    sid       = "Events"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}
