"""How gunicorn serves the platform: `gunicorn config.asgi:application` finds this file by its name.

uvicorn's worker ignores some of these settings by itself; config/worker.py holds them (limit_request_*, worker_connections, timeout for
slow requests). docs/operations.md says which limit is held where.
"""

import os

from config import garbage, server
from config.server import child_exit, on_starting, pre_fork, when_ready
from vanguard.observability import workers as figures
from vanguard.observability.logs import logging_config

__all__ = ["child_exit", "on_starting", "pre_fork", "when_ready"]

figures.prepare()
garbage.expect_little()  # until it is loaded: config.server.when_ready

proc_name = "vanguardai"
bind = server.bind_address()
backlog = 2048

workers = server.worker_count()
worker_class = "config.worker.Worker"
worker_connections = 1000
max_requests = 1000
max_requests_jitter = 50
timeout = 30
keepalive = 2
# The application is loaded once and shared; pre_fork sees to it that no connection is.
preload_app = True
# A container's user has no home for it, and nobody asks through it.
control_socket_disable = True

limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

# Both to the container's output, as JSON lines. The application writes the access line itself (logger `vanguard.requests`: address, user,
# time, request line, status, bytes, referrer, agent, duration), because it knows the user and which parts of an address are private.
accesslog = "-"
errorlog = "-"
logconfig_dict = logging_config(os.environ.get("LOG_LEVEL", ""), os.environ.get("ENVIRONMENT", "development"))
