"""The container's health check: `python -m config.healthcheck` ends with 0 while this container's server answers.

It asks /health/live, which asks nobody else: what fails it is cured by a restart, and a database that is away is not.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException

# Below the 30 seconds that the check is given, so that the reason is printed.
SECONDS = 10


def is_alive(port: int) -> bool:
    """Whether /health/live answers 200 on this machine; says on stderr what it does instead."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/health/live")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        sys.stderr.write(f"/health/live does not answer: {type(error).__name__}\n")
        return False
    finally:
        connection.close()
    if status != 200:
        sys.stderr.write(f"/health/live answers {status}\n")
    return status == 200


if __name__ == "__main__":
    sys.exit(0 if is_alive(int(os.environ.get("PORT", "8000"))) else 1)
