import csv
import io

import pytest
from auditlog.models import LogEntry
from django.test import Client

from claims.models import Claim
from tests.factories import CustomerFactory, PolicyFactory, adjuster, started_claim, submitted_claim, underwriter
from tests.workbench.desk import Answer, source, words
from vanguard.accounts.models import User
from vanguard.workbench.export import neutral

pytestmark = pytest.mark.django_db
LIST = "/admin/claims/claim/?view=team"


def act(client: Client, action: str, *claims: Claim, across: bool = False) -> Answer:
    fields = {"action": action, "index": "0", "select_across": str(int(across)), "_selected_action": [str(claim.pk) for claim in claims]}
    return client.post(LIST, fields, follow=True)


@pytest.mark.parametrize("key", ["http://elsewhere.example\r\nSet-Cookie: x=1", "1", "", "' OR 1=1 --"])
def test_a_ticked_row_that_can_be_none_is_no_row(at_daniel: Client, key: str) -> None:
    answer = at_daniel.post(LIST, {"action": "export", "index": "0", "select_across": "0", "_selected_action": [key]}, follow=True)
    assert answer.status_code == 200
    assert "Items must be selected" in words(answer)


def give(client: Client, to: User, *keys: object) -> Answer:
    return client.post("/admin/claims/claim/reassign/", {"assignee": str(to.pk), "claim": [str(key) for key in keys]}, follow=True)


def exported(answer: Answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_supervisor_gives_several_claims_to_one_person(at_daniel: Client, maya: User) -> None:
    claims = [submitted_claim(), submitted_claim()]
    asked = act(at_daniel, "reassign", *claims)
    assert "Give 2 claims to them" in words(asked)
    assert "Maya Okafor, 0 open" in words(asked)
    answer = give(at_daniel, maya, *(claim.pk for claim in claims))
    assert "2 claims given to Maya Okafor." in words(answer)
    assert {claim.assignee for claim in Claim.objects.all()} == {maya}


def test_what_was_refused_is_named_and_the_rest_is_given(at_daniel: Client, maya: User) -> None:
    hers, nobodys = started_claim(maya), submitted_claim()
    answer = give(at_daniel, maya, hers.pk, nobodys.pk)
    text = words(answer)
    assert f"{hers}: {hers} is already Maya Okafor's." in text
    assert "1 claim given to Maya Okafor." in text
    assert Claim.objects.get(pk=nobodys.pk).assignee == maya


def test_giving_twice_gives_once(at_daniel: Client, maya: User) -> None:
    claim = submitted_claim()
    give(at_daniel, maya, claim.pk)
    give(at_daniel, maya, claim.pk)
    assert list(claim.transitions.values_list("command", flat=True)) == ["submit", "assign"]


def test_only_people_who_handle_claims_can_be_chosen(at_daniel: Client) -> None:
    claim, priya = submitted_claim(), underwriter()
    answer = give(at_daniel, priya, claim.pk)
    assert answer.status_code == 422
    assert Claim.objects.get(pk=claim.pk).assignee is None


def test_an_adjuster_cannot_reassign_in_bulk(at_maya: Client) -> None:
    claim, tom = submitted_claim(), adjuster()
    assert give(at_maya, tom, claim.pk).status_code == 403
    act(at_maya, "reassign", claim)
    assert Claim.objects.get(pk=claim.pk).assignee is None


def test_keys_that_are_none_are_passed_over(at_daniel: Client, maya: User) -> None:
    assert give(at_daniel, maya, "not-a-key", "00000000-0000-0000-0000-000000000000").status_code == 200


def test_no_bulk_action_decides_about_money(everybody: dict[str, Client]) -> None:
    claim = submitted_claim()
    for client in everybody.values():
        page = source(client.get(LIST))
        assert {part.partition('"')[0] for part in page.split('name="action" value="')[1:]} <= {"reassign", "export"}
        for action in ("approve", "deny", "close", "delete_selected"):
            act(client, action, claim)
    assert Claim.objects.get(pk=claim.pk).version == claim.version


def test_the_selected_rows_are_exported(at_maya: Client) -> None:
    first, _ = submitted_claim(), submitted_claim()
    rows = exported(act(at_maya, "export", first))
    assert [row["Claim"] for row in rows] == [first.claim_number]
    assert rows[0]["Claimed"] == "5000.00"
    assert rows[0]["Next action"] == "Acknowledge and start"
    assert "10 CCR 2695.5(e)" in rows[0]["Why"]


def test_all_rows_of_the_view_are_exported_when_all_are_selected(at_maya: Client) -> None:
    claims = [submitted_claim() for _ in range(3)]
    assert len(exported(act(at_maya, "export", claims[0], across=True))) == 3


def test_an_export_is_a_download_that_is_not_kept(at_maya: Client) -> None:
    answer = act(at_maya, "export", submitted_claim())
    assert answer.headers["Content-Disposition"] == 'attachment; filename="claims.csv"'
    assert "no-store" in answer.headers["Cache-Control"]


def test_no_cell_of_an_export_can_act_as_a_formula(at_maya: Client) -> None:
    person = CustomerFactory.create(first_name='=HYPERLINK("http://evil.example")', last_name="+1")
    claim = submitted_claim(PolicyFactory.create(customer=person), claim_type="@sum(a1)", description="-2+3")
    row = exported(act(at_maya, "export", claim))[0]
    assert row["Insured"].startswith("'=HYPERLINK")
    assert row["Type of loss"] == "'@sum(a1)"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "  =1", "\0=1"])
def test_each_way_a_formula_starts_is_neutralised(cell: str) -> None:
    assert neutral(cell).startswith("'")


def test_selecting_nothing_changes_nothing_and_says_so(at_daniel: Client) -> None:
    assert "Items must be selected" in words(act(at_daniel, "reassign"))


def test_an_export_leaves_one_entry_with_how_many_rows_and_what_was_asked_for(
    at_maya: Client, maya: User, everybody: dict[str, Client]
) -> None:
    claims = [submitted_claim() for _ in range(3)]
    fields = {"action": "export", "index": "0", "select_across": "1", "_selected_action": [str(claims[0].pk)]}
    at_maya.post(f"{LIST}&claim_type=water_damage", fields)
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert entry.actor == maya
    assert entry.additional_data == {"rows": 3, "asked": "view=team&claim_type=water_damage"}
    assert "Export of 3 claims: view=team" in words(everybody["compliance"].get("/admin/auditlog/logentry/"))
    assert everybody["compliance"].get(f"/admin/auditlog/logentry/{entry.pk}/change/").status_code == 200
