resource "aws_ecs_cluster" "this" {
  name = "vanguardai-cluster"
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE"]
}

resource "aws_cloudwatch_log_group" "app" {
  name              = "/ecs/vanguardai"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}
