output "cluster_name" {
  value = aws_ecs_cluster.this.name
}

output "cluster_arn" {
  value = aws_ecs_cluster.this.arn
}

output "service_name" {
  value = one(aws_ecs_service.app[*].name)
}

output "log_group" {
  value = aws_cloudwatch_log_group.app.name
}

output "dead_queue_name" {
  value = one(aws_sqs_queue.not_started[*].name)
}

output "task_definition" {
  description = "What the service begins with."
  value       = one(aws_ecs_task_definition.app[*].container_definitions)
}

output "schedules" {
  value = { for name, each in aws_scheduler_schedule.job : name => each.schedule_expression }
}
