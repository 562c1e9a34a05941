output "target_group" {
  value = aws_lb_target_group.app.arn
  # A service can be put behind it only once the listener is there.
  depends_on = [aws_lb_listener.tls]
}

output "listener" {
  value = aws_lb_listener.tls.arn
}

output "balancer_suffix" {
  value = aws_lb.this.arn_suffix
}

output "target_suffix" {
  value = aws_lb_target_group.app.arn_suffix
}

output "firewall_name" {
  value = aws_wafv2_web_acl.this.name
}
