import pytest

from tests.api.calling import Caller
from tests.factories import CustomerFactory, adjuster, policyholder, staff, superuser, underwriter

pytestmark = pytest.mark.django_db
FIELDS = ("phone", "dateOfBirth", "address")


@pytest.mark.parametrize("role", ["Adjuster", "Supervisor", "Underwriter", "Finance", "Compliance"])
def test_staff_see_personal_data_masked(role: str) -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    caller = Caller(staff(role))
    one, listed = caller.get(f"/customers/{customer.pk}"), caller.get("/customers")
    for answer, shown in ((one, one.data), (listed, listed.data["data"][0])):
        assert [shown[field] for field in FIELDS] == ["•••• 0142", "••••", "••••"]
        assert not any(part in answer.text for part in ("Alder", "1961-04-09", "078051120", "078-05-1120", customer.ssn_hash))


def test_the_customer_sees_it_all_and_a_superuser_no_more_than_other_staff() -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    data = Caller(policyholder(customer)).get(f"/customers/{customer.pk}").data
    assert [data[field] for field in FIELDS] == ["+1 916 555 0142", "1961-04-09", "1187 Alder Court, Sacramento CA"]
    assert "ssn" not in data
    data = Caller(superuser()).get(f"/customers/{customer.pk}").data
    assert [data[field] for field in FIELDS] == ["•••• 0142", "••••", "••••"]


@pytest.mark.parametrize("field", FIELDS)
def test_null_is_nothing_in_each_of_them(field: str) -> None:
    body = {"email": "a@example.com", "firstName": "A", "lastName": "B", field: None}
    assert Caller(underwriter()).post("/customers", body).status == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_masked_values_sent_back_as_they_were_read_stay_as_they_are_stored(method: str) -> None:
    customer, caller = CustomerFactory.create(ssn="078-05-1120"), Caller(underwriter())
    read = caller.get(f"/customers/{customer.pk}")
    body = {name: value for name, value in read.data.items() if name not in ("id", "createdAt", "updatedAt")}
    answer = caller.send(method, f"/customers/{customer.pk}", body | {"lastName": "Bird"}, If_Match=read.etag)
    assert (answer.status, answer.data["lastName"]) == (200, "Bird")
    digest = customer.ssn_hash
    customer.refresh_from_db()
    assert (customer.phone, str(customer.date_of_birth), customer.address, customer.ssn_hash) == (
        "+1 916 555 0142",
        "1961-04-09",
        "1187 Alder Court, Sacramento CA",
        digest,
    )


def test_another_mask_is_422_and_changes_nothing() -> None:
    customer, caller = CustomerFactory.create(), Caller(underwriter())
    answer = caller.patch(f"/customers/{customer.pk}", {"phone": "•••• 9999", "address": "•••• Court"}, If_Match='"1"')
    assert (answer.status, answer.errors) == (422, {"phone": "masked", "address": "masked"})
    body = {"email": "a@example.com", "firstName": "A", "lastName": "B", "dateOfBirth": "••••"}
    assert caller.post("/customers", body).errors == {"dateOfBirth": "masked"}


def test_a_put_without_them_empties_phone_birth_date_and_address_but_not_the_ssn() -> None:
    customer, caller = CustomerFactory.create(ssn="078-05-1120"), Caller(underwriter())
    body = {"email": customer.email, "firstName": "Harold", "lastName": "Finch"}
    answer = caller.put(f"/customers/{customer.pk}", body, If_Match='"1"')
    assert not set(answer.data) & set(FIELDS)
    customer.refresh_from_db()
    assert (customer.phone, customer.date_of_birth, customer.address, customer.ssn) == ("", None, "", "078051120")


def test_a_customer_is_looked_up_by_ssn_in_any_spelling_by_who_may() -> None:
    customer = CustomerFactory.create(ssn="078-05-1120")
    caller = Caller(underwriter())
    for spelling in ("078051120", "078 05 1120", "078-05-1120"):
        answer = caller.post("/customers/lookup", {"ssn": spelling})
        assert (answer.status, [found["id"] for found in answer.data]) == (200, [str(customer.pk)])
        assert "078051120" not in answer.text
    assert caller.post("/customers/lookup", {"ssn": "078-05-1121"}).data == []
    assert caller.post("/customers/lookup", {"ssn": "12"}).errors == {"ssn": "invalid"}
    assert Caller(adjuster()).post("/customers/lookup", {"ssn": "078051120"}).status == 403
    assert Caller(policyholder(customer)).post("/customers/lookup", {"ssn": "078051120"}).status == 403
