"""Requirement 3.3: what the real nginx tells: the application of who calls, and the log of each request, without a person's data."""

import json
import time

import pytest

from tests import needs
from tests.delivery.proxied import FORGED, Proxy, deserted, proxy, told

__all__ = ["deserted", "proxy"]
pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]


def test_what_a_client_claims_to_forward_is_written_over(proxy: Proxy) -> None:
    reached = told(proxy.call("/api/claims", headers=FORGED, source="127.0.0.41"))
    assert reached["x-forwarded-for"] == reached["x-real-ip"] == "127.0.0.41"
    assert reached["x-forwarded-proto"] == "https"
    assert reached["host"] == f"localhost:{proxy.https}"
    assert not {"x-forwarded-host", "x-forwarded-port", "forwarded", "x_forwarded_for"} & set(reached)


def test_a_well_formed_correlation_id_is_handed_on_and_others_are_replaced(proxy: Proxy) -> None:
    assert told(proxy.call("/x", headers={"X-Correlation-ID": "order-66.of_mine"}))["x-correlation-id"] == "order-66.of_mine"
    for sent in ({}, {"X-Correlation-ID": "short"}, {"X-Correlation-ID": "x" * 65}, {"X-Correlation-ID": 'with"quote and more'}):
        made = told(proxy.call("/x", headers=sent))["x-correlation-id"]
        assert len(made) == 32
        assert made.isalnum()


# The access line


def line_of(proxy: Proxy, correlation_id: str) -> dict[str, object]:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for line in proxy.log().splitlines():
            found: dict[str, object] = json.loads(line)
            if found["correlation_id"] == correlation_id:
                return found
        time.sleep(0.05)
    raise AssertionError(f"No line with {correlation_id} in:\n{proxy.log()}")


def test_each_request_is_a_json_line_with_its_correlation_id(proxy: Proxy) -> None:
    proxy.call(
        "/api/policies/7?q=Smith", headers={"X-Correlation-ID": "a-line-of-mine", "Referer": "https://x/?q=Smith"}, source="127.0.0.51"
    )
    line = line_of(proxy, "a-line-of-mine")
    assert (line["path"], line["status"], line["client_ip"], line["method"]) == ("/api/policies/7", 200, "127.0.0.51", "GET")
    assert "Smith" not in json.dumps(line)


@pytest.mark.parametrize("path", ["/api/customers/123-45-6789", "/api/customers/jane%40example.com", "/x/123456789", "/x/555-123-4567"])
def test_a_path_that_looks_like_a_persons_data_is_not_written(proxy: Proxy, path: str) -> None:
    proxy.call(path, headers={"X-Correlation-ID": (name := f"private-{abs(hash(path))}")})
    assert line_of(proxy, name)["path"] == "/[redacted]"


def test_an_id_of_ours_is_written(proxy: Proxy) -> None:
    path = "/api/claims/019ac0de-1234-7000-8123-123456789012"
    proxy.call(path, headers={"X-Correlation-ID": "an-id-of-ours"})
    assert line_of(proxy, "an-id-of-ours")["path"] == path


def test_probes_are_not_written(proxy: Proxy) -> None:
    proxy.call("/health/live", headers={"X-Correlation-ID": "not-in-the-log"})
    proxy.call("/healthy", headers={"X-Correlation-ID": "but-this-one"})
    line_of(proxy, "but-this-one")
    assert "not-in-the-log" not in proxy.log()


def test_the_error_log_never_quotes_a_request(deserted: Proxy) -> None:
    deserted.call("/api/customers?q=Okonkwo")
    written = "".join(file.read_text() for file in deserted.folder.glob("*.log"))
    assert "Okonkwo" not in written
