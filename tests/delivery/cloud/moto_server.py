"""AWS's interfaces on loopback, run by .venv-delivery: `python moto_server.py PORT`."""

import sys

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.server import main

# Terraform's provider asks for it after each scaling target, and moto lacks it.
ApplicationAutoScalingResponse.list_tags_for_resource = lambda self: '{"Tags": {}}'
sys.argv = ["moto_server", "-H", "127.0.0.1", "-p", sys.argv[1]]
main()
