"""`python -m config.together [gunicorn's options]`: the server, and the periodic jobs beside it in one container.

For where documents lie on a volume that only the serving container has (docs/decisions/0151). This process becomes gunicorn, so that
signals reach it as ever; the jobs' process is begun again when it ends, and ends when the server has.
"""

import os
import signal
import subprocess
import sys
import time

JOBS = [sys.executable, "manage.py", "run_jobs"]
BEGUN_AGAIN_SECONDS = 10.0


def main(options: list[str]) -> None:
    server = os.getpid()
    if os.fork() == 0:
        _keep_jobs_running(server)
    os.execvp("gunicorn", ["gunicorn", "config.asgi:application", *options])  # noqa: S606  # it takes this process's place


def _keep_jobs_running(server: int) -> None:
    """Until the server is gone. Never returns."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    jobs, again = subprocess.Popen(JOBS), 0.0
    while os.getppid() == server:
        if jobs.poll() is not None:
            again = again or time.monotonic() + BEGUN_AGAIN_SECONDS
            if time.monotonic() >= again:
                jobs, again = subprocess.Popen(JOBS), 0.0
        time.sleep(0.5)
    jobs.terminate()
    os._exit(jobs.wait())


if __name__ == "__main__":
    main(sys.argv[1:])
