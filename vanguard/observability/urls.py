"""What operators probe. The web middleware answers these itself, whatever the Host and without TLS; see vanguard/web/probes.py."""

from django.urls import path

from vanguard.observability import health, metrics

urlpatterns = [
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.metrics, name="metrics"),
]
