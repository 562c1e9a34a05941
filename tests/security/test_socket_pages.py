"""ASVS 4.4.2: a WebSocket that is opened by a session is one of our own pages'. On the running platform: tests/realtime/test_doors.py."""

import pytest
from django.conf import settings
from django.test import RequestFactory

from vanguard.errors import NotAllowed
from vanguard.realtime import door
from vanguard.realtime.streams import stream_named

pytestmark = pytest.mark.once


@pytest.mark.parametrize("origin", ["https://evil.example", "http://testserver.evil.example", "https://testserver", "null", ""])
async def test_another_sites_page_opens_no_socket(origin: str) -> None:
    request = RequestFactory().get("/ws/claims", headers={"Origin": origin} if origin else {})
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "sent by the browser, whatever page asks"
    claims = stream_named("claims")
    assert claims is not None
    with pytest.raises(NotAllowed, match="other sites"):
        await door.let_in(request, [], claims, None)
