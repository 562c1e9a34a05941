"""S2, long: a policyholder tries an id of somebody else on every path, and one that nobody has. The answers are the same."""

import re
from uuid import uuid4

import pytest

from policies.papers.services import make_document
from tests.api.calling import Answer, Caller
from tests.api.standing import overpaid
from tests.api.who_may import TABLE, UPLOAD, address
from tests.factories import policyholder
from tests.quotes import making
from tests.security.long import figure

pytestmark = pytest.mark.django_db


def said(answer: Answer) -> tuple[int, str, dict[str, str]]:
    """The refusal, but for its time and its id."""
    return answer.status, str(answer.body.get("message")), answer.errors


def test_what_is_somebody_elses_is_refused_in_the_words_of_what_is_not_there() -> None:
    """Whoever tries ids learns from no answer which of them exist."""
    theirs = overpaid()
    make_document(None, theirs.policy_id, kind="schedule")
    making.quoted(theirs.policy.customer)
    stranger, told, tried = Caller(policyholder()), {}, 0
    for operation, row in TABLE.items():
        # Ids of products are everybody's; what is beneath a record is tried above.
        if row is None or operation.count("{") != 1 or "{product}" in operation or row.body(theirs) is UPLOAD:
            continue
        method, path = address(operation, theirs)
        if "by-number" in path:
            absent = path.rpartition("/")[0] + "/NO-SUCH-000001"
        else:
            absent = re.sub(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", str(uuid4()), path)
        body = row.body(theirs)
        found, nothing = (said(stranger.send(method, each, body, If_Match='"1"')) for each in (path, absent))
        tried += 1
        if found != nothing or found[0] not in (403, 404):
            told[operation] = (found, nothing)
    figure("S2", f"{tried} paths with somebody else's id and with nobody's: {len(told)} answered differently")
    assert told == {}
