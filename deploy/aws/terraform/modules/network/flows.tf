resource "aws_cloudwatch_log_group" "flows" {
  name              = "/vpc/vanguardai"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_flow_log" "this" {
  vpc_id          = aws_vpc.this.id
  traffic_type    = "REJECT" # what was tried and refused; everything would be mostly the platform's own talk
  log_destination = aws_cloudwatch_log_group.flows.arn
  iam_role_arn    = aws_iam_role.flows.arn
  tags            = { Name = "vanguardai" }
}

resource "aws_iam_role" "flows" {
  name               = "vanguardai-flows"
  assume_role_policy = data.aws_iam_policy_document.flows_trust.json
}

data "aws_iam_policy_document" "flows_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "flows" {
  name   = "write"
  role   = aws_iam_role.flows.id
  policy = data.aws_iam_policy_document.flows.json
}

data "aws_iam_policy_document" "flows" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${aws_cloudwatch_log_group.flows.arn}:*"]
  }
}
