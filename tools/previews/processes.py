"""A preview's processes: gunicorn and nginx. They are known by the folder that they work in, which no other process does."""

import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tools.previews.commands import environment
from tools.previews.place import PORTAL_ADDRESS, ROOT, Preview, PreviewError

START_SECONDS = 90.0
STOP_SECONDS = 15.0
NGINX_FILES = ROOT / "deploy" / "nginx"


def check_that_programs_are_there() -> None:
    if not Path("/proc/self/cwd").exists():
        raise PreviewError("Previews run on Linux: their processes are found by what /proc says of them.")
    for program in ("nginx", "openssl"):
        if _program(program) is None:
            raise PreviewError(f"A preview needs {program} (Debian: apt-get install {program}).")


def _program(name: str) -> str | None:
    # Debian keeps nginx where only root looks.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def start(preview: Preview, variables: Mapping[str, str], port: int) -> None:
    """Both, and waits until the platform answers through nginx. Raises PreviewError with what they wrote."""
    preview.running.mkdir(exist_ok=True)
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "config.asgi:application"]
    _begin(preview, [*gunicorn, "--bind", f"127.0.0.1:{port + 2}"], environment(variables), "application.log")
    _configure_nginx(preview, port)
    nginx = [_program("nginx") or "nginx", "-e", "stderr", "-c", str(preview.folder / "nginx" / "nginx.conf")]
    # Its workers are who made the preview, into whose folder, with the portal, nobody else may look.
    own = "daemon off; user root;" if os.getuid() == 0 else "daemon off;"
    _begin(preview, [*nginx, "-g", own], environment({}), "nginx.log")
    _wait_until_it_answers(preview, port)


def _begin(preview: Preview, command: list[str], variables: Mapping[str, str], log: str) -> None:
    """In a session of its own: a Ctrl-C at `make preview` is not for it."""
    with (preview.folder / log).open("ab") as output:
        subprocess.Popen(
            command,
            cwd=preview.running,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _configure_nginx(preview: Preview, port: int) -> None:
    folder = preview.folder / "nginx"
    subprocess.run([NGINX_FILES / "certificate.sh", folder, "127.0.0.1", PORTAL_ADDRESS], check=True)
    own = {
        "NGINX_NAMES": "127.0.0.1",
        "NGINX_HTTPS": f"127.0.0.1:{port}",
        "NGINX_PORTAL_NAMES": PORTAL_ADDRESS,
        "NGINX_PORTAL_HTTPS": f"{PORTAL_ADDRESS}:{port}",
        "NGINX_PORTAL_ROOT": str(preview.folder / "portal"),
        "NGINX_HTTP": f"127.0.0.1:{port + 1}",
        "NGINX_PORT_SUFFIX": f":{port}",
        "NGINX_UPSTREAM": f"127.0.0.1:{port + 2}",
        "NGINX_CERTIFICATE": str(folder / "certificate.pem"),
        "NGINX_KEY": str(folder / "key.pem"),
        "NGINX_HSTS": "",
        "NGINX_WORKERS": "1",
        "NGINX_ACCESS_LOG": str(preview.folder / "access.log"),
    }
    subprocess.run([NGINX_FILES / "render.sh", folder], env=environment(own), check=True)


def answers(preview: Preview, port: int) -> bool:
    """Whether the platform is healthy, asked through nginx and TLS."""
    certificate = preview.folder / "nginx" / "certificate.pem"
    try:
        trusting = ssl.create_default_context(cafile=str(certificate))
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/health", timeout=5, context=trusting) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_it_answers(preview: Preview, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if answers(preview, port):
            return
        if len(roots(preview)) < 2:
            break
        time.sleep(0.2)
    written = "".join((preview.folder / log).read_text()[-3000:] for log in ("application.log", "nginx.log"))
    raise PreviewError(f"{preview.name} did not start:\n{written}")


def processes(preview: Preview) -> dict[int, int]:
    """Its processes, each with its parent."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _is_ours(entry, str(preview.running)):
            try:
                found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    return found


def roots(preview: Preview) -> list[int]:
    """Those that began the others."""
    found = processes(preview)
    return [pid for pid, parent in found.items() if parent not in found]


def _is_ours(entry: Path, folder: str) -> bool:
    """By the folder it works in and by its name: a shell that somebody left in there is not ours to end."""
    try:
        # The kernel says " (deleted)" behind a folder that is gone.
        if (entry / "cwd").readlink().as_posix().removesuffix(" (deleted)") != folder:
            return False
        command = (entry / "cmdline").read_bytes()
        state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z" and (b"gunicorn" in command or b"nginx" in command)


def stop(preview: Preview) -> None:
    """Ends all of them: asks the first ones, waits, and then no longer asks."""
    for pid in roots(preview):
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while processes(preview) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in processes(preview):
        _signal(pid, signal.SIGKILL)
    while processes(preview):
        time.sleep(0.05)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
