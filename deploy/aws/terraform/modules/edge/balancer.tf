resource "aws_lb" "this" {
  name                       = "vanguardai-alb"
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [var.group]
  subnets                    = var.subnets
  enable_deletion_protection = var.protected
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  # Below the server's 65 seconds (docs/decisions/0147), above the 20 between two pings of a WebSocket.
  idle_timeout = 60
  # No access log: it would keep each whole address, with the name or the e-mail that somebody searched for. Each request that reaches the
  # platform has a line of its own, with its query masked; those that do not are counted here, and logged by the firewall without their query.
}

resource "aws_lb_target_group" "app" {
  name                 = "vanguardai"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  port                 = 8000
  protocol             = "HTTP"
  deregistration_delay = 30
  # A request that waits at a busy task is no worse off at another only where that one has fewer.
  load_balancing_algorithm_type = "least_outstanding_requests"

  # ECS replaces a task whose target is unhealthy: asked for /health/ready, all of them would go while the database fails over
  # (docs/decisions/0003).
  health_check {
    path                = "/health/live"
    port                = "traffic-port"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "plain" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "tls" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate_validation.this.certificate_arn
  # TLS 1.3, and 1.2 with ECDHE and AES-GCM only.
  ssl_policy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

  # On the load balancer's own answers too, which the application never sees. It replaces, so that each is there once.
  routing_http_response_server_enabled                         = false
  routing_http_response_strict_transport_security_header_value = "max-age=31536000; includeSubDomains; preload"
  routing_http_response_x_content_type_options_header_value    = "nosniff"
  routing_http_response_x_frame_options_header_value           = "DENY"

  # Names of previews are rules of their own; one that is not there is told so.
  dynamic "default_action" {
    for_each = var.wildcard ? [] : [aws_lb_target_group.app.arn]
    content {
      type             = "forward"
      target_group_arn = default_action.value
    }
  }
  dynamic "default_action" {
    for_each = var.wildcard ? ["There is no such preview.\n"] : []
    content {
      type = "fixed-response"
      fixed_response {
        content_type = "text/plain"
        message_body = default_action.value
        status_code  = "404"
      }
    }
  }
}

# Figures are for Prometheus inside the VPC.
resource "aws_lb_listener_rule" "metrics" {
  listener_arn = aws_lb_listener.tls.arn
  priority     = 1 # before the names of previews
  action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "There is nothing at this address.\n"
      status_code  = "404"
    }
  }
  condition {
    path_pattern {
      values = ["/metrics", "/metrics/*"]
    }
  }
}

resource "aws_acm_certificate" "this" {
  domain_name       = var.wildcard ? "*.${var.domain}" : var.domain
  validation_method = "DNS"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "proof" {
  # Of one name there is one proof; its own name is known only after the certificate was asked for.
  for_each        = toset([aws_acm_certificate.this.domain_name])
  zone_id         = var.zone_id
  name            = one([for each in aws_acm_certificate.this.domain_validation_options : each.resource_record_name])
  type            = one([for each in aws_acm_certificate.this.domain_validation_options : each.resource_record_type])
  records         = [for each in aws_acm_certificate.this.domain_validation_options : each.resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

resource "aws_acm_certificate_validation" "this" {
  certificate_arn         = aws_acm_certificate.this.arn
  validation_record_fqdns = [for each in aws_route53_record.proof : each.fqdn]
}

resource "aws_route53_record" "name" {
  zone_id = var.zone_id
  name    = aws_acm_certificate.this.domain_name
  type    = "A"
  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = true
  }
}
