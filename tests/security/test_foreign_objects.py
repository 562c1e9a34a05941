"""S2: ids of somebody else, wherever one can stand: in the path, beneath another record, in a body, in a question.

Which role may do what to which record: tests/api/who_may.py, where no path may be without a rule. Whether refusals tell of what exists:
tests/security/long/foreign_ids.py.
"""

import re
from typing import Any

import pytest

from config.api import api
from policies.quotes.models import Quote
from tests.api.calling import Caller
from tests.api.standing import overpaid
from tests.api.who_may import EVERYBODY, LIST, OWNER, QUESTIONS, TABLE, Row, address, operations
from tests.factories import policyholder, superuser
from tests.quotes import making
from tests.security.effects import written

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SCHEMA: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/"))
# Ids in the bodies of what a policyholder may call → whether one of somebody else's is refused, or it is everybody's.
IDS_IN_BODIES = {
    "POST /api/claims": {"policyId": "refused", "notDuplicateOf": "refused"},
    "POST /api/quotes": {"customerId": "refused", "productId": "everybody's"},
}


def nested() -> list[str]:
    return [name for name, row in TABLE.items() if row is not None and name.count("{") > 1]


def test_every_path_beneath_another_record_is_among_those_that_are_tried() -> None:
    assert len(nested()) >= 9
    assert {name for name in operations() if name.count("{") > 1} == set(nested())


@pytest.mark.parametrize("operation", nested())
def test_a_record_is_not_found_beneath_another_ones_parent(operation: str) -> None:
    row = TABLE[operation]
    assert row is not None
    mine, other = row.make(), row.make()
    method, path = address(operation, mine)
    parent = {"claims": (mine.pk, other.pk), "policies": (mine.policy_id, other.policy_id)}[path.split("/")[1]]
    body, boss = row.body(other), Caller(superuser())
    with written() as tables:
        answer = boss.send(method, path.replace(str(parent[0]), str(parent[1])), body)
    assert (answer.status, tables) == (404, set()), answer


def for_policyholders(row: Row | None) -> bool:
    return row is not None and (row is LIST or bool(OWNER & row.may))


def ids_in(schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {name for name, field in schema.get("properties", {}).items() if '"uuid"' in str(field).replace("'", '"')}


def test_every_id_in_a_body_that_a_policyholder_may_send_has_a_rule() -> None:
    found = {}
    for operation, row in TABLE.items():
        method, _, path = operation.partition(" ")
        plain = re.sub(r"\{(\w+?)_number\}", "{number}", path)
        plain = re.sub(r"\{(?:customer|policy|product|quote|invoice|payment|document|claim)\}", "{id}", plain)
        content = SCHEMA["paths"][plain][method.lower()].get("requestBody", {}).get("content", {})
        ids = ids_in(content["application/json"]["schema"]) if "application/json" in content else set()
        if for_policyholders(row) and ids:
            found[operation] = ids
    assert found == {operation: set(fields) for operation, fields in IDS_IN_BODIES.items()}


def test_no_question_of_a_policyholder_is_answered_with_anything_of_somebody_else() -> None:
    theirs = overpaid()
    quote = making.quoted(theirs.policy.customer)
    person = theirs.policy.customer
    canaries = [
        str(theirs.pk),
        theirs.claim_number,
        str(theirs.policy_id),
        theirs.policy.policy_number,
        person.email,
        person.last_name,
        str(quote.pk),
    ]
    values = {
        "customer_id": str(person.pk),
        "policy_id": str(theirs.policy_id),
        "claim_id": str(theirs.pk),
        "q": person.last_name,
        "email": person.email,
        "policy_number": theirs.policy.policy_number,
        "claim_number": theirs.claim_number,
    }
    owner, asked = Caller(policyholder()), 0
    for operation, row in TABLE.items():
        method, _, path = operation.partition(" ")
        if method != "GET" or "{" in path or row is None or not (row is LIST or row.may == EVERYBODY):
            continue
        parameters = {each["name"] for each in SCHEMA["paths"][path]["get"].get("parameters", []) if each["in"] == "query"}
        questions = ["", *(f"?{name}={value}" for name, value in values.items() if name in parameters)]
        if path in QUESTIONS:
            questions = [QUESTIONS[path].replace("0199b6a2-7c11-7a5e-9f40-1234567890ab", str(theirs.policy_id))]
        for question in questions:
            answer = owner.get(path.removeprefix("/api") + question)
            assert answer.status in (200, 404), (path, question, answer)
            assert [each for each in canaries if each in answer.text] == [], (path, question)
            asked += 1
    assert asked > 10
    assert Quote.objects.filter(pk=quote.pk).exists()
