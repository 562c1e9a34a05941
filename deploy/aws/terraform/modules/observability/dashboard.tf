locals {
  graphs = [
    { title = "Requests", metrics = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.balancer, { stat = "Sum" }]] },
    { title = "Answers with an error", metrics = [
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", var.balancer, { stat = "Sum" }],
      ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", var.balancer, { stat = "Sum" }],
      ["AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", "LoadBalancer", var.balancer, { stat = "Sum" }],
    ] },
    { title = "Seconds to an answer", metrics = [
      for part in ["p50", "p95", "p99"] : ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.balancer, { stat = part }]
    ] },
    { title = "Tasks", metrics = [
      ["AWS/ApplicationELB", "HealthyHostCount", "TargetGroup", var.target, "LoadBalancer", var.balancer, { stat = "Minimum" }],
      ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster, "ServiceName", var.service, { stat = "Average" }],
    ] },
    { title = "Processor and memory, %", metrics = [
      ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster, "ServiceName", var.service],
      ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster, "ServiceName", var.service],
    ] },
    { title = "PostgreSQL: connections", metrics = [["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database, { stat = "Maximum" }]] },
    { title = "PostgreSQL: processor, %", metrics = [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database]] },
    { title = "Refused by the firewall", metrics = [["AWS/WAFV2", "BlockedRequests", "WebACL", var.firewall, "Region", var.region, "Rule", "ALL", { stat = "Sum" }]] },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "vanguardai"
  dashboard_body = jsonencode({
    widgets = [for place, each in local.graphs : {
      type       = "metric"
      x          = 12 * (place % 2)
      y          = 6 * floor(place / 2)
      width      = 12
      height     = 6
      properties = { title = each.title, metrics = each.metrics, region = var.region, period = 60, view = "timeSeries" }
    }]
  })
}
