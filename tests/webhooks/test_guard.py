"""S13: what an administrator enters is called only where it is an address of the public internet; whatever its name says a moment later."""

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from tests.security.long import figure
from tests.webhooks.receiver import Receiver, drips, endless, hangs_up, receiving, slow, status
from vanguard.errors import Invalid
from vanguard.webhooks import outgoing
from vanguard.webhooks.guard import Refused, checked, is_public, target_of
from vanguard.webhooks.outgoing import Answer, post
from vanguard.webhooks.services import subscribe

pytestmark = pytest.mark.once
NOT_PUBLIC = [
    "127.0.0.1", "127.9.9.9", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001:0:4136:e378::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "3fff::1", "4000::1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
NO_ADDRESSES = [
    "", "partner.example", "ftp://partner.example/", "file:///etc/passwd", "gopher://partner.example/", "https://", "https:///path",
    "https://user@partner.example/", "https://user:secret@partner.example/", "https://partner.example/#part", "https://partner.example:0/",
    "https://partner.example:99999/", "https://partner example/", "https://partner.example\\@127.0.0.1/", "https://[::1", "https://[fe80::1%25eth0]/",
    "https://pärtner.example/", "https://partner.example/\r\nX-Header: 1", "https://partner.example/" + "x" * 500, "javascript:alert(1)",
]  # fmt: skip


@pytest.fixture
def deployed(settings: Settings) -> None:
    settings.LOOPBACK_WEBHOOKS = False


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which addresses were connected to, by whatever way."""
    seen: list[str] = []
    connect = socket.socket.connect

    def noted(self: socket.socket, address: Any) -> None:
        seen.append(address[0])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    monkeypatch.setattr("asyncio.selector_events.BaseSelectorEventLoop.sock_connect", _refusing(seen))
    return seen


def _refusing(seen: list[str]) -> Callable[..., Any]:
    async def sock_connect(_loop: Any, _socket: Any, address: Any) -> None:
        seen.append(address[0])
        raise OSError("nobody is called in a test")

    return sock_connect


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names stand for these addresses, each time for the next ones. Returns which names were asked for."""
    left, asked = list(answers), list[str]()

    def answer(host: str, port: int, **_options: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        now = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in now]

    monkeypatch.setattr("vanguard.webhooks.guard.socket.getaddrinfo", answer)
    return asked


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_address_but_a_public_one_is_called(address: str, deployed: None, dialled: list[str]) -> None:
    assert not is_public(ipaddress.ip_address(address))
    url = f"https://[{address}]/" if ":" in address else f"https://{address}/"
    told = post(url, b"{}", {}).trouble
    figure("S13", f"an address that is not public: {len(dialled)} connects")
    assert told == "This address is not on the public internet over https."
    assert dialled == []


@pytest.mark.parametrize("address", PUBLIC)
def test_public_ones_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("written", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "127.0.0.1."])
def test_however_loopback_is_written_it_is_loopback(written: str, deployed: None, dialled: list[str]) -> None:
    status = post(f"https://{written}/", b"{}", {}).status
    figure("S13", f"loopback, written in another way: {len(dialled)} connects")
    assert status is None
    assert dialled == []


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        checked(target_of(url))


def test_without_tls_nobody_is_called_but_a_developers_own_receiver(deployed: None, settings: Settings, receiver: Receiver) -> None:
    assert post(receiver.url, b"{}", {}).trouble == "Enter an address that begins with https://."
    settings.LOOPBACK_WEBHOOKS = True
    assert post(receiver.url, b"{}", {}).status == 200
    assert post("http://93.184.216.34/", b"{}", {}).trouble == "This address is not on the public internet over https."


def test_a_name_that_stands_for_one_address_of_ours_among_its_own_is_refused(
    monkeypatch: pytest.MonkeyPatch, deployed: None, dialled: list[str]
) -> None:
    resolving(monkeypatch, ["93.184.216.34", "10.0.0.1"])
    assert post("https://partner.example/", b"{}", {}).status is None
    assert dialled == []


def test_a_name_is_resolved_once_and_what_was_checked_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, deployed: None, dialled: list[str]
) -> None:
    """Rebinding: the second answer is loopback, and nobody ever asks for it."""
    asked = resolving(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    assert post("https://partner.example/", b"{}", {}).trouble == "Nobody can be connected to there."
    figure("S13", f"a name that changes its mind: asked for {len(asked)} time, connected to {', '.join(dialled)} only")
    assert asked == ["partner.example"]
    assert dialled == ["93.184.216.34"]


@pytest.mark.django_db
def test_an_address_is_checked_when_it_is_saved_and_again_when_something_is_sent(
    monkeypatch: pytest.MonkeyPatch, deployed: None, dialled: list[str]
) -> None:
    resolving(monkeypatch, ["169.254.169.254"])
    with pytest.raises(Invalid, match="public internet"):
        subscribe(None, name="Cloud", url="https://metadata.example/", event_types=["claim.filed"])
    resolving(monkeypatch, ["93.184.216.34"], ["169.254.169.254"])
    endpoint, _ = subscribe(None, name="Cloud", url="https://metadata.example/", event_types=["claim.filed"])
    assert post(endpoint.url, b"{}", {}).status is None
    assert dialled == []


def test_a_redirect_is_followed_nowhere(receiver: Receiver) -> None:
    with receiving() as other:
        for code in (301, 302, 303, 307, 308):
            receiver.answer(status(code, Location=other.url))
            answer = post(receiver.url, b"{}", {})
            assert (answer.status, answer.is_success) == (code, False)
            assert answer.trouble == "It answered with a redirect, which is not followed."
        figure("S13", f"five redirects: {len(other.got)} followed")
        assert other.got == []


def test_no_variable_of_the_environment_sends_a_delivery_elsewhere(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.url, b"{}", {}).status == 200
        assert proxy.got == []


class TestLimits:
    """Whatever a receiver does takes a bounded time and fills no memory."""

    @pytest.fixture(autouse=True)
    def _hurry(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outgoing, "READ_SECONDS", 0.3)
        monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 0.6)
        monkeypatch.setattr(outgoing, "BODY_SECONDS", 0.3)

    def sent(self, receiver: Receiver, *answers: Any) -> Answer:
        receiver.answer(*answers)
        return post(receiver.url, b"{}", {})

    def test_one_that_says_nothing(self, receiver: Receiver) -> None:
        assert self.sent(receiver, slow(2)).trouble == "No answer in time."

    def test_one_that_says_a_byte_at_a_time(self, receiver: Receiver) -> None:
        assert self.sent(receiver, drips).trouble == "No whole answer within 1 seconds."

    def test_one_that_never_stops_saying_yes(self, receiver: Receiver) -> None:
        answer = self.sent(receiver, endless)
        assert (answer.status, len(answer.text)) == (200, outgoing.MOST_KEPT)

    def test_one_that_hangs_up(self, receiver: Receiver) -> None:
        assert self.sent(receiver, hangs_up).trouble == "The connection broke, or what came was no HTTP."

    def test_one_with_a_head_without_end(self, receiver: Receiver) -> None:
        assert self.sent(receiver, lambda handler: handler.say(200, X="y" * 200_000)).status is None

    def test_one_that_is_not_there(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        assert post(f"http://127.0.0.1:{port}/", b"{}", {}).trouble == "Nobody can be connected to there."


def test_no_secret_is_kept_that_a_receiver_says_back(receiver: Receiver) -> None:
    receiver.answer(status(500, b"wrong signature v1,abc= for whsec_c2VjcmV0 \x00\x1b[31m"))
    answer = post(receiver.url, b"{}", {}, ["whsec_c2VjcmV0", "v1,abc="])
    assert answer.text == "wrong signature •••• for •••• [31m"


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver with a certificate for partner.example, of an authority that counts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("partner.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "partner.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    with receiving(server) as receiver:
        resolving(monkeypatch, ["127.0.0.1"])
        yield receiver
    monkeypatch.undo()


def test_the_certificate_is_the_names_although_the_connection_is_to_the_address(
    certified: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "trust", lambda: ssl.create_default_context(cafile=str(tmp_path / "partner.pem")))
    assert post(f"https://partner.example:{certified.port}/hook", b"{}", {}).status == 200
    assert certified.got[0].headers["host"] == f"partner.example:{certified.port}"
    assert post(f"https://another.example:{certified.port}/hook", b"{}", {}).trouble == "The certificate does not hold."


def test_a_certificate_of_an_authority_that_nobody_knows_does_not_count(certified: Receiver) -> None:
    assert post(f"https://partner.example:{certified.port}/hook", b"{}", {}).trouble == "The certificate does not hold."
    assert certified.got == []
