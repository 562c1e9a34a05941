"""Who may listen, for how long, and what ends it."""

import time
from collections.abc import Iterator
from http.cookies import SimpleCookie

import httpx
import jwt
import pytest
from django.conf import settings

from tests.factories import PASSWORD
from tests.live import LiveServer, live_server
from tests.realtime.book import ADMIN, DANIEL, MAYA, TO_TAKE
from tests.realtime.listening import Listener, closed, heard, open_socket, refusal
from tests.security.long import figure
from vanguard.realtime import codes

pytestmark = [pytest.mark.slow, pytest.mark.once]
WITHIN = 5.0
PER_USER = 6


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    people = "; ".join(f"adjuster(email='{who}@vanguard.example')" for who in CHANGES)
    seed = f"from tests.factories import adjuster; from tests.realtime.book import fill; fill(); {people}"
    with live_server({"SOCKETS_PER_USER": str(PER_USER), "SOCKETS_AT_ONCE": "9"}, seed=seed) as server:
        yield server


def session_of(server: LiveServer, email: str) -> httpx.Client:
    """A browser that has logged in at the workbench."""
    client = httpx.Client(base_url=server.url, headers={"Origin": server.url, "Referer": server.url})
    client.get("/admin/login/")
    form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    assert client.post("/admin/login/", data=form).status_code == 302
    return client


def cookie_of(client: httpx.Client) -> dict[str, str]:
    jar = SimpleCookie(dict(client.cookies))
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in jar.items())}


def test_without_a_log_in_or_with_a_bad_token_nobody_is_let_in(server: LiveServer) -> None:
    assert refusal(server, "/ws/claims") == 401
    assert refusal(server, "/ws/claims", subprotocols=["bearer"]) == 401
    assert refusal(server, "/ws/claims", subprotocols=["bearer", "no.good.token"]) == 401
    assert refusal(server, "/ws/claims", subprotocols=["bearer", Listener(server, MAYA).token, "more"]) == 401
    assert refusal(server, "/ws/claims", additional_headers={"Cookie": "sessionid=made-up"}, origin=server.url) == 401


def lasting(server: LiveServer, seconds: int) -> str:
    """A good token of Maya's but for its end."""
    token = Listener(server, MAYA).token
    content = jwt.decode(token, options={"verify_signature": False}) | {"exp": int(time.time()) + seconds}
    return jwt.encode(content, settings.JWT_SECRET_KEY, headers={"kid": jwt.get_unverified_header(token)["kid"]})


def test_an_expired_token_is_refused(server: LiveServer) -> None:
    assert refusal(server, "/ws/claims", subprotocols=["bearer", lasting(server, 60)]) == 101
    assert refusal(server, "/ws/claims", subprotocols=["bearer", lasting(server, -1)]) == 401


def test_a_session_counts_from_our_own_pages_only(server: LiveServer) -> None:
    browser = session_of(server, MAYA)
    cookie = cookie_of(browser)
    assert refusal(server, "/ws/claims", additional_headers=cookie) == 403
    for foreign in ("https://evil.example", server.url.replace("127.0.0.1", "localhost"), "null", server.url + "0"):
        assert refusal(server, "/ws/claims", additional_headers=cookie, origin=foreign) == 403, foreign
    with open_socket(server, "/ws/claims", additional_headers=cookie, origin=server.url) as socket:
        assert socket.subprotocol is None
        daniel = Listener(server, DANIEL)
        daniel.post(f"/claims/{daniel.claim(TO_TAKE)['id']}/assign")
        assert heard(socket)["type"] == "claim.assigned"


def test_a_foreign_host_is_refused(server: LiveServer) -> None:
    maya = Listener(server, MAYA)
    assert refusal(server, "/ws/claims", subprotocols=["bearer", maya.token], additional_headers={"Host": "evil.example"}) == 400


def test_logging_out_ends_the_tokens_sockets_and_no_others(server: LiveServer) -> None:
    maya, elsewhere = Listener(server, MAYA), Listener(server, MAYA)
    with maya.listen() as socket, elsewhere.listen() as other:
        maya.post("/auth/logout")
        code, seconds = closed(socket)
        assert (code, seconds < WITHIN) == (codes.LOG_IN_ENDED, True)
        other.send("ping")
        assert heard(other) == {"type": "pong"}


def test_logging_out_of_the_workbench_ends_the_sessions_sockets(server: LiveServer) -> None:
    browser = session_of(server, MAYA)
    with open_socket(server, "/ws/claims", additional_headers=cookie_of(browser), origin=server.url) as socket:
        browser.post("/admin/logout/", data={"csrfmiddlewaretoken": browser.cookies["csrftoken"]})
        code, seconds = closed(socket)
        assert (code, seconds < WITHIN) == (codes.LOG_IN_ENDED, True)


CHANGES = {
    "password": ("user.set_password('Correct-horse-8!'); user.save()", "session", codes.LOG_IN_ENDED),
    "disabled": ("user.is_active = False; user.save()", "token", codes.LOG_IN_ENDED),
    "disabled-at-the-workbench": ("user.is_active = False; user.save()", "session", codes.LOG_IN_ENDED),
    "log-ins-ended": ("end_log_ins(user, 'test')", "token", codes.LOG_IN_ENDED),
    "role": ("user.groups.clear()", "token", codes.NOT_ALLOWED),
    "role-at-the-workbench": ("user.groups.clear()", "session", codes.NOT_ALLOWED),
}
IMPORTS = "import time\nfrom vanguard.accounts.models import User\nfrom vanguard.accounts.services import end_log_ins\n"


def test_what_is_taken_away_ends_the_socket_within_five_seconds(server: LiveServer) -> None:
    sockets = {}
    changes = [IMPORTS + "print(time.time())"]
    for who, (change, by, _) in CHANGES.items():
        email = f"{who}@vanguard.example"
        if by == "session":
            cookie = cookie_of(session_of(server, email))
            sockets[who] = open_socket(server, "/ws/claims", additional_headers=cookie, origin=server.url)
        else:
            sockets[who] = Listener(server, email).listen()
        changes.append(f"user = User.objects.get(email='{email}'); {change}")
    began = float(server.manage("shell", "--verbosity", "0", "--command", "\n".join(changes)).split()[0])
    found = {who: closed(socket)[0] for who, socket in sockets.items()}
    seconds = time.time() - began
    figure(
        "S8", f"{len(found)} sockets of log-ins and roles that were taken away: all closed after {seconds:.1f} s, {sorted(found.values())}"
    )
    assert found == {who: expected for who, (_, _, expected) in CHANGES.items()}
    assert seconds < WITHIN


def test_a_token_that_runs_out_takes_its_socket_with_it(server: LiveServer) -> None:
    with Listener(server, MAYA, lasting(server, 2)).listen() as socket:
        assert closed(socket)[0] == codes.LOG_IN_ENDED


def test_who_says_more_than_ping_is_shown_out(server: LiveServer) -> None:
    maya = Listener(server, MAYA)
    with maya.listen() as socket:
        socket.send("ping")
        assert heard(socket) == {"type": "pong"}
        socket.send("ping")
        assert closed(socket)[0] == codes.NOTHING_TO_SAY
    with maya.listen() as socket:
        socket.send('{"type": "subscribe"}')
        assert closed(socket)[0] == codes.NOTHING_TO_SAY
    with maya.listen() as socket:
        socket.send("x" * 65)
        assert closed(socket)[0] == 1009


def test_one_person_has_only_so_many_sockets_and_a_process_too(server: LiveServer) -> None:
    maya, daniel, admin = (Listener(server, email) for email in (MAYA, DANIEL, ADMIN))
    sockets = [maya.listen() for _ in range(PER_USER)]
    try:
        assert refusal(server, "/ws/claims", subprotocols=["bearer", maya.token]) == 429
        sockets += [daniel.listen() for _ in range(3)]
        assert refusal(server, "/ws/claims", subprotocols=["bearer", admin.token]) == 503
        assert httpx.get(f"{server.url}/api/claims", headers={"Authorization": f"Bearer {admin.token}"}).status_code == 200
    finally:
        for socket in sockets:
            socket.close()
    deadline = time.monotonic() + WITHIN
    while (status := refusal(server, "/ws/claims", subprotocols=["bearer", maya.token])) != 101 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert status == 101


def test_no_token_is_in_the_log(server: LiveServer) -> None:
    maya = Listener(server, MAYA)
    with maya.listen("/ws/claims?token=in-the-wrong-place"):
        pass
    line = server.wait_for_line(path="/ws/claims", status=101, query="token=***")
    assert line["user_id"]
    log = server.log.read_text()
    assert maya.token not in log
    assert "in-the-wrong-place" not in log
