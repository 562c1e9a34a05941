"""S13: the platform opens no connection that anybody but its operator names; with one exception, whose guard has tests of its own.

Webhooks go where an administrator says: tests/webhooks/test_guard.py.
"""

import pytest

from tests.security.long import figure
from tests.security.sources import sources

pytestmark = pytest.mark.once

# Where a connection is opened → whose word says where to.
OPENS = {
    "config/healthcheck.py": "nobody's: the server's own port, on loopback",
    "vanguard/realtime/neighbours.py": "nobody's: this machine's workers tell each other of events",
    "vanguard/mail/sending.py": "the operator's: EMAIL_URL",
    "vanguard/documents/scanning.py": "the operator's: CLAMD_ADDRESS",
    "vanguard/webhooks/outgoing.py": "an administrator's: guarded at the moment of connecting",
    "vanguard/observability/health.py": "the operator's: REDIS_URL and OTLP_ENDPOINT",
}
CONNECTS = ("create_connection", "open_connection", "open_unix_connection", "urlopen", "HTTPConnection", "HTTPSConnection", ".socket")
CLIENTS = {"requests", "httpx", "aiohttp", "urllib3", "urllib.request", "smtplib", "ftplib", "http.client", "xmlrpc.client", "httpcore"}


def test_connections_are_opened_where_the_operator_says_and_nowhere_else() -> None:
    found = {
        path for path, source in sources().items() if source.imports & CLIENTS or any(name.endswith(CONNECTS) for name, _ in source.calls)
    }
    figure("S13", f"{len(found)} modules open connections, {len(found - set(OPENS))} of them where nobody says")
    assert found == set(OPENS)
