import pytest

from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, adjuster, submitted_claim, superuser, supervisor, underwriter

pytestmark = pytest.mark.django_db
OBJECTS = ["customers", "policies", "claims"]


@pytest.fixture
def paths() -> dict[str, str]:
    claim = submitted_claim()
    return {
        "customers": f"/customers/{claim.policy.customer_id}",
        "policies": f"/policies/{claim.policy_id}",
        "claims": f"/claims/{claim.pk}",
    }


CHANGE = {"customers": {"firstName": "Ada"}, "policies": {"policyType": "auto"}, "claims": {"claimType": "fire"}}


@pytest.mark.parametrize("kind", OBJECTS)
def test_an_object_is_not_sent_again_to_who_has_it(paths: dict[str, str], kind: str) -> None:
    caller = Caller(adjuster())
    for held in ('"1"', 'W/"1"', '"7", "1"', "*"):
        answer = caller.get(paths[kind], If_None_Match=held)
        assert (answer.status, answer.text, answer.etag) == (304, "", '"1"'), held
    for other in ('"2"', "1", '"11"'):
        assert caller.get(paths[kind], If_None_Match=other).status == 200


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_without_if_match_is_428_and_with_a_stale_one_412(paths: dict[str, str], kind: str, method: str) -> None:
    caller, body = Caller(superuser()), None if method == "DELETE" else CHANGE[kind]
    if method == "PUT":
        read = caller.get(paths[kind]).data
        body = {name: str(value) for name, value in read.items() if name in WHOLE[kind]}
    missing = caller.send(method, paths[kind], body)
    assert (missing.status, missing.errors) == (428, {"If-Match": "precondition_required"})
    for stale in ('"2"', '"0"', '"01"', 'W/"1"', "1", '"x"', '"' + "9" * 400 + '"'):
        answer = caller.send(method, paths[kind], body, If_Match=stale)
        assert (answer.status, answer.errors) == (412, {"": "stale"}), stale
    assert caller.get(paths[kind]).etag == '"1"'


WHOLE = {
    "customers": {"email", "firstName", "lastName"},
    "policies": {"policyType", "premiumAmount", "coverageAmount", "startDate", "endDate"},
    "claims": {"claimType", "claimAmount", "incidentDate"},
}


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("held", ['"1"', '"9", "1"', "*"])
def test_a_change_with_the_right_one_counts_the_version_up(paths: dict[str, str], kind: str, held: str) -> None:
    answer = Caller(superuser()).patch(paths[kind], CHANGE[kind], If_Match=held)
    assert (answer.status, answer.etag) == (200, '"2"')


def test_of_two_who_read_the_same_the_second_learns_that_he_is_late() -> None:
    policy, first, second = PolicyFactory.create(), Caller(underwriter()), Caller(underwriter())
    read = first.get(f"/policies/{policy.pk}").etag
    assert first.patch(f"/policies/{policy.pk}", {"premiumAmount": 1}, If_Match=read).status == 200
    assert second.patch(f"/policies/{policy.pk}", {"premiumAmount": 2}, If_Match=read).status == 412
    assert first.get(f"/policies/{policy.pk}").data["premiumAmount"] == 1


def test_a_command_takes_if_match_and_needs_none(paths: dict[str, str]) -> None:
    caller = Caller(supervisor())
    assert caller.post(f"{paths['claims']}/start", If_Match='"4"').status == 412
    assert caller.post(f"{paths['claims']}/start", If_Match='"1"').status == 200
    assert caller.post(f"{paths['claims']}/deny", {"reason": "No cover for wear"}).status == 200


def test_who_may_not_change_an_object_learns_that_before_its_version() -> None:
    customer, caller = CustomerFactory.create(), Caller(adjuster())
    for headers in ({}, {"If_Match": '"9"'}, {"If_Match": '"1"'}):
        assert caller.patch(f"/customers/{customer.pk}", {"firstName": "Ada"}, **headers).status == 403


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_is_not_there_is_404_with_or_without_if_match(kind: str, method: str) -> None:
    path, caller = f"/{kind}/00000000-0000-7000-8000-000000000000", Caller(superuser())
    body = WHOLE_BODIES[kind] if method == "PUT" else {} if method == "PATCH" else None
    assert caller.send(method, path, body).status == 404
    assert caller.send(method, path, body, If_Match='"1"').status == 404


WHOLE_BODIES = {
    "customers": {"email": "a@example.com", "firstName": "A", "lastName": "B"},
    "policies": {"policyType": "a", "premiumAmount": 1, "coverageAmount": 1, "startDate": "2026-01-01", "endDate": "2027-01-01"},
    "claims": {"claimType": "a", "claimAmount": 1, "incidentDate": "2026-01-01"},
}
