"""Requirement 3.3: TLS as the real nginx speaks it, the way to it from plain HTTP, and the files that it needs to start."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from tests import needs
from tests.delivery.proxied import NGINX_FILES, Proxy, proxy

__all__ = ["proxy"]
pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]


def test_plain_http_is_sent_to_the_same_address_over_tls(proxy: Proxy) -> None:
    answer = proxy.call("/api/claims?page=2", tls=False)
    assert (answer.status, answer.one("Location")) == (301, f"https://localhost:{proxy.https}/api/claims?page=2")
    assert answer.one("X-Content-Type-Options") == "nosniff"
    assert answer.one("Strict-Transport-Security") is None


def test_no_redirect_leads_to_a_strangers_host(proxy: Proxy) -> None:
    answer = proxy.call("/admin/", headers={"Host": "evil.example"}, tls=False)
    assert (answer.status, answer.one("Location")) == (400, None)


def test_plain_http_on_the_port_for_tls_is_sent_to_tls(proxy: Proxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.https)) as connection:
        connection.sendall(b"GET /admin/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 301 ")
    assert b"Location: https://localhost:%d/admin/\r\n" % proxy.https in answer
    assert answer.lower().count(b"\r\nx-frame-options: deny\r\n") == 1


@pytest.mark.parametrize(("version", "accepted"), [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)])
def test_tls_is_1_2_or_1_3(proxy: Proxy, version: str, accepted: bool) -> None:
    # Security level 0: or else it would be this client that refuses the old ones.
    assert handshake(proxy, version, "-cipher", "DEFAULT@SECLEVEL=0")[0] is accepted


@pytest.mark.parametrize(
    ("cipher", "accepted"),
    [
        ("ECDHE-RSA-AES256-GCM-SHA384", True),
        ("ECDHE-RSA-AES128-GCM-SHA256", True),
        ("ECDHE-RSA-AES128-SHA256", False),
        ("ECDHE-RSA-CHACHA20-POLY1305", False),
        ("AES256-GCM-SHA384", False),
        ("DHE-RSA-AES256-GCM-SHA384", False),
    ],
)
def test_tls_1_2_has_two_ciphers(proxy: Proxy, cipher: str, accepted: bool) -> None:
    assert handshake(proxy, "-tls1_2", "-cipher", cipher)[0] is accepted


def test_no_ticket_is_given_whose_key_would_open_yesterdays_talk(proxy: Proxy) -> None:
    assert "TLS session ticket:" not in handshake(proxy, "-tls1_2")[1]


def handshake(proxy: Proxy, *options: str) -> tuple[bool, str]:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.https}", "-CAfile", str(proxy.certificate), *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=20)
    return done.returncode == 0 and "Verify return code: 0 (ok)" in done.stdout, done.stdout


def test_http_2_is_offered_and_spoken(proxy: Proxy) -> None:
    context = proxy.trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", proxy.https)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        assert connection.selected_alpn_protocol() == "h2"
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
        settings_frame = 4
        assert connection.recv(9)[3] == settings_frame


# The files


def test_without_a_certificate_one_sentence_says_how_to_make_one(tmp_path: Path) -> None:
    variables = {"PATH": "/usr/bin:/bin", "NGINX_CERTIFICATE": str(tmp_path / "none.pem")}
    done = subprocess.run([str(NGINX_FILES / "start.sh")], env=variables, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "make certificate" in done.stderr


def test_without_the_portals_files_one_sentence_says_how_to_make_them(tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_text("there")
    variables = {"PATH": "/usr/bin:/bin", "NGINX_CERTIFICATE": str(tmp_path / "certificate.pem"), "NGINX_PORTAL_NAMES": "app.localhost"}
    done = subprocess.run(
        [str(NGINX_FILES / "start.sh")],
        env={**variables, "NGINX_PORTAL_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "make portal" in done.stderr


def test_the_certificate_script_leaves_a_good_certificate_alone(tmp_path: Path) -> None:
    command = [str(NGINX_FILES / "certificate.sh"), str(tmp_path), "localhost", "127.0.0.1"]
    subprocess.run(command, check=True)
    first = (tmp_path / "certificate.pem").read_bytes()
    subprocess.run(command, check=True)
    assert (tmp_path / "certificate.pem").read_bytes() == first
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    assert ssl.PEM_cert_to_DER_cert(first.decode())
