"""The second net: with the application's own filters taken out, PostgreSQL still shows a policyholder nothing of somebody else.

Decision 0108. On SQLite there is no such net; the filters themselves are held by tests/api/test_permissions.py.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from pytest_django import Settings

from claims.models import Claim
from customers.models import Customer
from policies.quotes.models import Quote
from tests import needs
from tests.api.calling import Caller
from tests.api.standing import overpaid
from tests.api.test_reads import Reader, logged_in, reader
from tests.api.who_may import EVERYBODY, LIST, OWNER, TABLE, address
from tests.factories import policyholder, superuser
from tests.quotes import making
from vanguard import confinement
from vanguard.context import confined_to

__all__ = ["reader"]
pytestmark = [pytest.mark.django_db, needs.postgresql]
# What no policyholder reads through the API, whoever's it is. A new model is named here, or its room says whose its rows are.
# fmt: off
HOUSE = [
    "accounts_failedlogins", "accounts_invitation", "accounts_passwordhistory", "accounts_recoverycode", "accounts_refreshtoken",
    "accounts_resetrequests", "accounts_secondfactor", "accounts_tokenfamily", "accounts_user_user_permissions", "audit_head",
    "audit_key", "audit_link", "audit_record", "auditlog_logentry", "auth_group_permissions", "auth_permission", "axes_accessattempt",
    "axes_accessattemptexpiration", "axes_accessfailurelog", "axes_accesslog", "billing_graceperiod", "billing_providerevent",
    "claims_authoritylimit", "claims_claimnote", "claims_claimpayment", "claims_earlierdescription", "claims_ledgerentry",
    "claims_settlementproof", "clocks_clock", "clocks_clockrule", "clocks_holiday", "customers_breakglass", "customers_contactentry",
    "customers_customerexport", "customers_customermerge", "customers_erasure", "customers_legalhold", "customers_movedrecord",
    "customers_reveal", "decisions_appeal", "decisions_coveragecheck",
    "diary_diaryentry", "diary_diarymove", "diary_diaryrule", "django_admin_log", "django_content_type",
    "django_session", "fraud_fraudrule", "fraud_investigationnote", "fraud_referral", "intake_claimlink", "intake_coverfinding",
    "intake_noticedraft", "intake_queue", "intake_queue_members", "intake_triage", "intake_triagerule", "jobs_jobruns",
    "letters_jurisdictiontext", "mail_letter", "parties_claimant", "parties_claimanterasure", "parties_claimantexport",
    "parties_claimantkey", "parties_claimantlook",
    "oversight_booksfinding", "oversight_booksresult", "oversight_booksrun", "oversight_examinationpack", "policies_endorsementrequest",
    "quotes_quotetransition", "quotes_underwritingrule", "trail_verification", "vanguard_idempotencykey", "vanguard_numberseries",
    "webhooks_cursor", "webhooks_delivery", "webhooks_endpoint", "webhooks_event", "webhooks_health",
]
# fmt: on


@pytest.fixture
def without_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody had forgotten every one of them."""
    for model in apps.get_models():
        rows = type(model._default_manager.all())
        if "visible_to" in vars(rows):
            monkeypatch.setattr(rows, "visible_to", lambda rows, _user: rows.exclude(pk=UUID(int=0)))


def canaries_of(claim: Claim, quote: Quote) -> list[str]:
    """What would tell of it."""
    policy, person = claim.policy, claim.policy.customer
    keys = [str(each.pk) for each in (claim, policy, quote)]
    return [*keys, claim.claim_number, policy.policy_number, quote.quote_number, person.email, person.last_name]


def questions(theirs: Claim) -> Iterator[str]:
    """Every address that answers policyholders, beneath somebody else's record where it is about one."""
    for operation, row in TABLE.items():
        if operation.startswith("GET ") and row is not None and (row is LIST or row.may == EVERYBODY or OWNER & row.may):
            yield address(operation, theirs)[1]


def test_every_table_is_somebodys_everybodys_or_the_houses() -> None:
    assert confinement.unnamed() == sorted(HOUSE)


@pytest.mark.parametrize("role", ["Policyholder", "superuser"])
def test_without_the_applications_filters_no_foreign_row_comes_out(role: str, without_filters: None) -> None:
    theirs = overpaid()
    quote = making.quoted(theirs.policy.customer)
    caller = Caller(policyholder() if role == "Policyholder" else superuser())
    canaries = canaries_of(theirs, quote)
    answers = {path: caller.get(path).text for path in questions(theirs)}
    told = [path for path, answer in answers.items() if any(each in answer for each in canaries if each not in path)]
    # The superuser shows that the questions would find something.
    assert told == [] if role == "Policyholder" else len(told) > 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("natively", [True, False])
async def test_nor_on_the_connections_that_the_event_loop_reads_on(reader: Reader, natively: bool, without_filters: None) -> None:
    theirs, quote, mine, boss = await sync_to_async(
        lambda: ((claim := overpaid()), making.quoted(claim.policy.customer), overpaid(), superuser())
    )()
    person = await sync_to_async(lambda: policyholder(mine.policy.customer))()
    own, whole = await logged_in(person), await logged_in(boss)
    canaries = canaries_of(theirs, quote)
    numbers = {"/claims": mine.claim_number, "/policies": mine.policy.policy_number, "/customers": mine.policy.customer.email}
    for _ in range(2):  # one after the other on the same few connections
        for path, number in numbers.items():
            answer = (await reader.get(path, own, natively=natively)).text
            assert number in answer
            assert [each for each in canaries if each in answer] == []
            assert number in (everything := (await reader.get(path, whole, natively=natively)).text)
            assert any(each in everything for each in canaries)
        assert (await reader.get(f"/claims/{theirs.pk}", own, natively=natively)).status_code == 404
        assert (await reader.get(f"/claims/{theirs.pk}", whole, natively=natively)).status_code == 200


def confined(user_id: Any, work: Callable[[], Any]) -> Any:
    token = confined_to.set(str(user_id))
    try:
        with confinement.reads_of_the_caller():
            return work()
    finally:
        confined_to.reset(token)


def test_a_confined_caller_reads_nothing_of_the_house_and_writes_nothing() -> None:
    mine = overpaid().policy.customer
    owner = policyholder(mine)
    assert list(confined(owner.pk, lambda: list(Customer.objects.all()))) == [mine]
    for work in (
        lambda: connection.cursor().execute("SELECT FROM audit_record"),
        lambda: connection.cursor().execute("SELECT FROM claims_claimnote"),
        lambda: connection.cursor().execute("SELECT FROM accounts_passwordhistory"),
        lambda: Customer.objects.update(version=7),
        lambda: Customer.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            confined(owner.pk, work)
    assert Customer.objects.count() == 1


def test_who_was_confined_within_a_transaction_is_free_again_after_it() -> None:
    overpaid()
    assert confined(superuser().pk, Customer.objects.count) == 0
    assert Customer.objects.count() == 1


def test_migrating_again_changes_nothing_and_puts_back_what_was_taken_away() -> None:
    overpaid()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("DROP POLICY own_rows ON claims_claim")
        cursor.execute("GRANT SELECT ON claims_claimnote TO vanguard_confined")
    call_command("migrate", verbosity=0)
    assert confined(superuser().pk, Claim.objects.count) == 0
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        confined(superuser().pk, lambda: connection.cursor().execute("SELECT FROM claims_claimnote"))


@pytest.mark.parametrize("inherits", [True, False])
def test_a_user_who_owns_no_tables_sees_the_house_unless_the_role_is_inherited_which_the_check_tells(inherits: bool) -> None:
    overpaid()
    with connection.cursor() as cursor:
        since_16 = cursor.connection.info.server_version >= 160000
        options = f" WITH INHERIT {inherits}, SET TRUE" if since_16 else ""
        cursor.execute(f"CREATE ROLE some_app {'INHERIT' if inherits else 'NOINHERIT'}; GRANT vanguard_confined TO some_app{options}")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO some_app; SET LOCAL ROLE some_app")
    assert confinement.is_inherited() is inherits
    assert [error.id for error in run_checks(tags=["database"], databases=["default"])] == (["vanguard.E005"] if inherits else [])
    assert Customer.objects.count() == (0 if inherits else 1)


def test_a_database_whose_user_may_make_no_role_says_what_its_administrator_has_to_do(settings: Settings) -> None:
    settings.CONFINED_ROLE = "some_other_role"
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE some_clerk; GRANT ALL ON SCHEMA public TO some_clerk; SET LOCAL ROLE some_clerk")
    with pytest.raises(ImproperlyConfigured, match='CREATE ROLE "some_other_role" NOLOGIN; GRANT'), transaction.atomic():
        confinement.install()
