"""Requirement 1.7: the limits that uvicorn's worker ignores hold all the same, and a worker that ends loses nothing. Real gunicorn."""

import http.client
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.delivery.servers import exchange, served

pytestmark = [pytest.mark.slow, pytest.mark.once]
HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served("tests.delivery.echo:application", WEB_CONCURRENCY="1") as server:
        yield server.port


@pytest.fixture(scope="module")
def hurried_port() -> Iterator[int]:
    hurried = ("--worker-class", "tests.delivery.hurried.HurriedWorker")
    with served("tests.delivery.echo:application", *hurried, WEB_CONCURRENCY="1") as server:
        yield server.port


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def path_for_a_line_of(length: int) -> bytes:
    return b"/" + b"x" * (length - len(b"GET / HTTP/1.1"))


@pytest.mark.parametrize(("length", "expected"), [(4094, 200), (4095, 414), (200_000, 414)])
def test_a_request_line_has_4094_bytes_at_most(port: int, length: int, expected: int) -> None:
    assert status(exchange(port, b"GET " + path_for_a_line_of(length) + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")) == expected


@pytest.mark.parametrize(("more", "expected"), [(98, 200), (99, 431)])
def test_a_request_has_100_header_fields_at_most(port: int, more: int, expected: int) -> None:
    fields = b"".join(b"X-%d: y\r\n" % number for number in range(more))
    assert status(exchange(port, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + fields + b"\r\n")) == expected


@pytest.mark.parametrize(("length", "expected"), [(8190, 200), (8191, 431)])
def test_a_header_field_has_8190_bytes_at_most(port: int, length: int, expected: int) -> None:
    field = b"X-Long: " + b"y" * (length - len(b"X-Long: ")) + b"\r\n"
    assert status(exchange(port, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + field + b"\r\n")) == expected


def test_a_header_field_that_never_ends_is_not_kept_in_memory(port: int) -> None:
    endless = [b"y" * 65536] * 20
    assert status(exchange(port, b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: ", *endless)) == 431


def test_a_chunk_extension_that_never_ends_is_not_kept_in_memory(port: int) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5;x="
    assert status(exchange(port, head, *[b"y" * 65536] * 20)) == 431


def test_a_trailer_adds_nothing_to_the_headers(port: int) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = exchange(port, head, b"5\r\nhello\r\n0\r\nX-Forged: yes\r\n\r\n", pause=0.1)
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert told["bytes"] == 5
    assert "x-forged" not in dict(told["headers"])


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5, 5\r\n",
    ],
)
def test_a_body_whose_length_can_be_read_in_two_ways_hides_no_second_request(port: int, framing: bytes) -> None:
    hidden = b"GET /hidden HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    answers = exchange(port, b"POST / HTTP/1.1\r\n" + HOST + framing + b"\r\n0\r\n\r\n" + hidden)
    assert (status(answers), answers.count(b"HTTP/1.1 ")) == (400, 1)


def test_forwarded_headers_are_left_to_the_application(port: int) -> None:
    forged = b"X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
    told = json.loads(exchange(port, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + forged + b"\r\n").partition(b"\r\n\r\n")[2])
    assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")


def test_a_refusal_is_an_answer_like_any_other(port: int) -> None:
    head, _, body = exchange(port, b"nonsense\r\n\r\n").partition(b"\r\n\r\n")
    assert status(head) == 400
    for header in (b"x-content-type-options: nosniff", b"x-frame-options: DENY", b"content-security-policy:", b"x-correlation-id:"):
        assert header in head
    assert b"server:" not in head.lower()
    answer = json.loads(body)
    assert answer["success"] is False
    assert answer["data"] is None
    assert answer["correlationId"] in head.decode()


def test_a_body_of_many_megabytes_passes(port: int) -> None:
    size = 11 * 1024 * 1024
    head = b"POST / HTTP/1.1\r\n" + HOST + CLOSE + b"Content-Length: %d\r\n\r\n" % size
    assert json.loads(exchange(port, head, b"z" * size).partition(b"\r\n\r\n")[2])["bytes"] == size


def test_many_requests_on_one_connection_are_each_counted_anew(port: int) -> None:
    request = b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 4000) for n in range(90)) + b"\r\n"
    answers = exchange(port, request, request, request.replace(HOST, HOST + CLOSE), pause=0.2)
    assert answers.count(b"HTTP/1.1 200") == 3


def test_an_idle_connection_is_closed_after_two_seconds(port: int) -> None:
    started = time.monotonic()
    assert status(exchange(port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")) == 200
    assert 1.5 < time.monotonic() - started < 4


def test_a_head_that_does_not_come_is_given_up(hurried_port: int) -> None:
    started = time.monotonic()
    assert status(exchange(hurried_port, b"GET / HTTP/1.1\r\n")) == 408
    assert time.monotonic() - started < 4


def test_a_head_that_comes_a_byte_at_a_time_is_given_up(hurried_port: int) -> None:
    drip = [bytes([byte]) for byte in b"GET / HTTP/1.1\r\nX: y"]
    assert status(exchange(hurried_port, *drip, pause=0.1)) == 408


def test_a_body_that_stands_still_is_given_up(hurried_port: int) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n"
    assert status(exchange(hurried_port, head, b"half")) == 408


def test_a_connection_too_many_is_told_to_come_again(hurried_port: int) -> None:
    with socket.create_connection(("127.0.0.1", hurried_port)), socket.create_connection(("127.0.0.1", hurried_port)):
        time.sleep(0.2)
        answer = exchange(hurried_port, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    assert status(answer) == 503
    assert b"retry-after: 1" in answer
    time.sleep(1.5)
    assert status(exchange(hurried_port, b"GET / HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")) == 200


def test_no_request_is_lost_while_workers_are_recycled_and_reloaded() -> None:
    request = b"GET / HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    recycling = ("--max-requests", "30", "--max-requests-jitter", "5")
    with served("tests.delivery.echo:application", *recycling, WEB_CONCURRENCY="2") as server, ThreadPoolExecutor(8) as clients:
        answers = clients.map(lambda _: status(exchange(server.port, request)), range(800))
        os.kill(server.pid, signal.SIGHUP)
        assert set(answers) == {200}
        assert "Error" not in server.output()


def test_no_client_that_keeps_its_connection_loses_a_request_to_a_worker_that_ends() -> None:
    def statuses(port: int) -> set[int]:
        connection, found = http.client.HTTPConnection("127.0.0.1", port, timeout=20), set()
        for _ in range(150):
            connection.request("GET", "/")
            with connection.getresponse() as answer:
                found.add(answer.status)
                answer.read()
        connection.close()
        return found

    recycling = ("--max-requests", "40", "--max-requests-jitter", "5")
    with served("tests.delivery.echo:application", *recycling, WEB_CONCURRENCY="2") as server, ThreadPoolExecutor(8) as clients:
        assert set().union(*clients.map(statuses, [server.port] * 8)) == {200}
