# A job that ends with anything but 0: the books do not add up, the audit chain is broken, or it fell over or never began. It is not tried again by itself.
resource "aws_cloudwatch_event_rule" "job_failed" {
  name        = "vanguardai-job-failed"
  description = "A scheduled job ended with an error"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Task State Change"]
    detail = {
      clusterArn = [var.cluster_arn]
      group      = ["family:vanguardai-jobs"]
      lastStatus = ["STOPPED"]
      "$or" = [
        { containers = { exitCode = [{ anything-but = 0 }] } },
        { stopCode = ["TaskFailedToStart"] }, # its containers have no exit code
      ]
    }
  })
}

resource "aws_cloudwatch_event_target" "job_failed" {
  rule = aws_cloudwatch_event_rule.job_failed.name
  arn  = aws_sns_topic.alarms.arn
  input_transformer {
    input_paths = {
      command = "$.detail.overrides.containerOverrides[0].command"
      task    = "$.detail.taskArn"
      reason  = "$.detail.stoppedReason"
    }
    input_template = "\"Job <command> failed: <reason>. What it wrote: log group ${var.log_group}, stream jobs/vanguardai-app/ and the end of <task>.\""
  }
}

# A release that ECS has rolled back by itself.
resource "aws_cloudwatch_event_rule" "release_failed" {
  name        = "vanguardai-release-failed"
  description = "ECS gave a deployment up"
  event_pattern = jsonencode({
    source      = ["aws.ecs"]
    detail-type = ["ECS Deployment State Change"]
    resources   = [{ prefix = "arn:aws:ecs:${var.region}:${var.account_id}:service/${var.cluster}/" }]
    detail      = { eventName = ["SERVICE_DEPLOYMENT_FAILED"] }
  })
}

resource "aws_cloudwatch_event_target" "release_failed" {
  rule = aws_cloudwatch_event_rule.release_failed.name
  arn  = aws_sns_topic.alarms.arn
}
