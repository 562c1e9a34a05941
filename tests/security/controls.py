"""A control → how to switch it off → the test that must then fail. `make security` tries each (tests/security/switched_off.py).

`target` is what is put out of its work, as `module:name`, `module:Class.name`; `instead` is what stands in its place. A control that
PostgreSQL holds is taken away by statements (`InDatabase`), within the test's own transaction.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import jwt
import pytest
from django.db import connection
from django.utils.crypto import get_random_string


def nothing(*_args: Any, **_kwargs: Any) -> None:
    """In the place of what refuses by raising, or adds something."""


def yes(*_args: Any, **_kwargs: Any) -> bool:
    return True


def no(*_args: Any, **_kwargs: Any) -> bool:
    return False


def first(value: Any, *_args: Any, **_kwargs: Any) -> Any:
    """In the place of what narrows, masks or scrubs: the thing as it is."""
    return value


def never(*_args: Any, **_kwargs: Any) -> int:
    """No time has come, no try was too many."""
    return 0


def path_itself(_middleware: Any, request: Any, _status: int) -> str:
    return str(request.path)


class Around(NamedTuple):
    """In the place of something that is needed still: made from it."""

    make: Callable[[Any], Any]


def endless(verified: Any) -> Any:
    """Tokens as they are, but that they never run out."""
    return lambda token, keys: (verified(token, keys)[0], float("inf"))


def as_any_page(costly: Any) -> Any:
    """What is costly is counted with the rest."""
    return replace(costly, name="pages", setting="PAGES_A_MINUTE")


def any_fitting_code(user: Any, code: str) -> bool:
    """A code counts as often as it is sent."""
    from vanguard.accounts import second_factor
    from vanguard.accounts.models import SecondFactor

    return second_factor._step_of(SecondFactor.objects.get(user=user).secret, code) is not None


def without_end(_allowance: Any) -> Any:
    from vanguard.http.rates import Allowance

    class WithoutEnd(Allowance):
        a_minute = 0

    return WithoutEnd("nobody", "REQUESTS_A_MINUTE")


def whoever_signed(_verified: Any) -> Any:
    """A token that our key signed, whatever it is for."""

    def read(token: str, keys: tuple[str, ...]) -> tuple[Any, float]:
        from vanguard.accounts.tokens import AccessClaims

        said = jwt.decode(token, keys[0], algorithms=["HS256"], options={"verify_aud": False, "verify_iss": False})
        return AccessClaims(said["sub"], UUID(said["sid"]), int(said["tv"])), float(said["exp"])

    return read


def no_work_for_nobody(set_password: Any) -> Any:
    """Where there is no such account, nothing is hashed."""
    return lambda user, password: set_password(user, password) if user.email else None


def unknown_fields_dropped(get_request_data: Any) -> Any:
    """A body's fields that its operation does not name are left out, and not refused."""

    def read(cls: Any, request: Any, api: Any, path_params: Any) -> Any:
        data = get_request_data.__func__(cls, request, api, path_params)
        name = cls.__read_from_single_attr__
        known = {field.alias or key for key, field in cls.model_fields[name].annotation.model_fields.items()}
        return {name: {key: value for key, value in data[name].items() if key in known}} if isinstance(data[name], dict) else data

    return classmethod(read)


def all_who_listen(here: Any) -> set[Any]:
    """Whatever became of their log-ins."""
    return {each.visitor for each in here}


def all_users_who_listen(_permission: str, here: Any) -> set[Any]:
    """Whatever became of their roles."""
    return {each.visitor.user_id for each in here}


async def wherever_it_leads(target: Any, body: bytes, headers: Any) -> Any:
    """A delivery goes where the answer says."""
    from vanguard.webhooks.outgoing import Answer

    async with httpx.AsyncClient(follow_redirects=True, timeout=10) as client:
        url = f"{'https' if target.is_tls else 'http'}://{target.host}:{target.port}{target.path}"
        got = await client.post(url, content=body, headers=dict(headers))
    return Answer(got.status_code, "", got.text)


def used_again(accept: Any) -> Any:
    """Invitations, open again each time."""

    def take(token: str, new_password: str) -> Any:
        from vanguard.accounts.models import Invitation

        Invitation.objects.update(accepted_at=None)
        return accept(token, new_password)

    return take


def same_for_all(*_args: Any, **_kwargs: Any) -> Any:
    """In the place of a digest under a key."""
    return hmac.new(b"", b"", hashlib.sha256)


class InDatabase(NamedTuple):
    """Taken away by what these give, row for row: `find` is a query for statements, `back` for those that undo it where a test commits."""

    find: str
    back: str = ""

    def off(self) -> None:
        self._run(self.find)

    def on(self) -> None:
        if self.back:
            self._run(self.back)

    def _run(self, query: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(query)
            found = [statement for (statement,) in cursor.fetchall()]
            assert found, "there is nothing to switch"
            for statement in found:
                cursor.execute(statement)


def triggers_of(*tables: str) -> InDatabase:
    named = ", ".join(f"'{table}'" for table in tables)
    off, on = (
        f"SELECT format('ALTER TABLE %I {word} TRIGGER USER', relname) FROM pg_class WHERE relname IN ({named})"
        for word in ("DISABLE", "ENABLE")
    )
    return InDatabase(off, on)


ROWS_OF_OTHERS = InDatabase("""
    SELECT format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', relname) FROM pg_class
    WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace
""")
WRITES_TO_OTHERS = InDatabase("""
    SELECT format('DROP TRIGGER own_rows ON %I', relname) FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid
    WHERE tgname = 'own_rows' AND relnamespace = current_schema()::regnamespace
""")


class Control(NamedTuple):
    name: str
    target: str
    instead: Any
    test: str
    # What holds the same on PostgreSQL, and goes with it: else its test would notice nothing there.
    second_net: InDatabase | None = None

    @property
    def in_database(self) -> InDatabase | None:
        return self.instead if isinstance(self.instead, InDatabase) else None

    def off(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What PostgreSQL holds is no attribute: see InDatabase."""
        module, _, name = self.target.partition(":")
        *owners, last = name.split(".")
        owner: Any = import_module(module)
        for each in owners:
            owner = getattr(owner, each)
        instead = self.instead.make(getattr(owner, last)) if isinstance(self.instead, Around) else self.instead
        monkeypatch.setattr(owner, last, instead)


A, W, S, V = "tests/api", "tests/web", "tests/security", "tests/workbench"
PERMISSIONS, LOCKOUT = f"{A}/test_permissions.py", f"{A}/test_lockout.py"
accounts: Callable[[str], str] = "vanguard.accounts.{}".format
web: Callable[[str], str] = "vanguard.web.{}".format
CONTROLS = [
    Control("a role's permissions", accounts("models:User.has_perm"), yes,
            f"{PERMISSIONS}::WhoMayDoWhatTest::test_each_operation_is_open_to_its_roles_and_shut_to_the_others"),
    Control("a policyholder's scope: claims", "claims.models.claim:ClaimQuerySet.visible_to", first,
            f"{A}/test_own_and_others.py::test_a_policyholder_sees_only_the_own_whatever_the_filter[/claims]"),
    Control("a policyholder's scope: policies", "policies.models.policy:PolicyQuerySet.visible_to", first,
            f"{A}/test_own_and_others.py::test_a_policyholder_sees_only_the_own_whatever_the_filter[/policies]"),
    Control("a policyholder's scope: quotes", "policies.quotes.models:QuoteQuerySet.visible_to", first,
            f"{S}/test_foreign_objects.py::test_no_question_of_a_policyholder_is_answered_with_anything_of_somebody_else", ROWS_OF_OTHERS),
    Control("nobody handles the own claim", "claims.services.decisions:refuse_parties", nothing,
            "tests/claims/test_decisions.py::test_nobody_decides_on_a_claim_in_which_they_are_insured"),
    Control("the lock after three failures", accounts("lockout:_count"), never,
            f"{LOCKOUT}::test_three_failures_lock_and_then_the_right_password_is_refused_too"),
    Control("known devices have a lock of their own", accounts("lockout:_device"), lambda *_: "",
            f"{LOCKOUT}::test_a_stranger_who_fails_on_purpose_does_not_lock_out_who_comes_from_a_known_device"),
    Control("a code of the second factor counts once", accounts("second_factor:_use_step"), any_fitting_code,
            f"{S}/test_guessing.py::test_the_same_code_twice_at_once_is_one_log_in[authenticator]"),
    Control("staff must have a second factor", "vanguard.workbench.site:is_missing", no,
            f"{V}/test_second_factor.py::test_where_it_is_required_staff_without_one_can_do_nothing_but_set_it_up"),
    Control("money asks for a fresh code", accounts("step_up:is_wanting"), no,
            f"{V}/test_step_up.py::test_the_service_itself_refuses_whatever_door_it_is_called_through"),
    Control("tokens run out", accounts("tokens:_verified"), Around(endless),
            f"{A}/test_tokens.py::test_a_token_that_was_good_a_moment_ago_is_refused_once_it_has_expired"),
    Control("a log-out ends the log-in", accounts("tokens:end_families"), nothing,
            f"{A}/test_tokens.py::test_a_refresh_token_works_once_and_a_second_use_ends_the_family"),
    Control("passwords of breaches", accounts("passwords:NotCommon.validate"), nothing,
            "tests/platform/test_passwords.py::test_a_password_that_breaches_are_full_of_is_refused_in_its_usual_disguise_too"),
    Control("the last five passwords", accounts("history:NotReused.validate"), nothing,
            "tests/platform/test_passwords.py::test_none_of_the_last_five_passwords_comes_back_and_the_sixth_does"),
    Control("forms of another site", "django.middleware.csrf:CsrfViewMiddleware.process_view", nothing,
            f"{V}/test_pages_by_role.py::test_no_view_of_the_workbench_takes_a_form_from_another_site"),
    Control("pages a minute", "vanguard.workbench.site:page_asked_for", nothing,
            f"{V}/test_rates.py::test_a_script_is_told_when_to_go_on_and_the_next_person_notices_nothing"),
    Control("costly pages a minute", "vanguard.workbench.rates:COSTLY", Around(as_any_page),
            f"{V}/test_rates.py::test_what_is_costly_has_a_smaller_allowance_of_its_own[search]"),
    Control("headers on each answer", web("headers:SecurityHeaders.add"), nothing,
            f"{W}/test_headers.py::test_every_answer_has_each_header_once"),
    Control("our hosts only", web("middleware:WebMiddleware._check_host"), nothing,
            f"{W}/test_hosts.py::test_a_foreign_host_is_refused_in_the_envelope"),
    Control("forwarded headers of strangers", web("addresses:TrustedProxies.include"), yes,
            f"{W}/test_client_address.py::test_without_trusted_proxies_nobody_is_believed"),
    Control("bodies of a mebibyte", web("limits:BODY"), 1 << 30,
            f"{W}/test_request_limits.py::test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not"),
    Control("metrics by route", web("middleware:WebMiddleware._endpoint"), path_itself,
            "tests/observability/test_metrics.py::test_random_addresses_and_methods_make_no_new_series"),
    Control("harm hidden in an upload", "vanguard.documents.inspection:_refuse_hidden", nothing,
            f"{V}/test_uploads.py::test_what_is_not_what_it_says_is_refused_with_a_reason"),
    Control("pictures that fill the memory", "vanguard.documents.inspection:is_of_bounded_size", yes,
            f"{V}/test_uploads.py::test_a_picture_that_unpacks_to_more_than_any_camera_makes_is_refused_unopened"),
    Control("what was not scanned is kept back", "vanguard.documents.downloads:_refuse_withheld", nothing,
            "tests/claims/test_documents.py::test_what_waits_for_the_scanner_is_not_handed_out_until_it_is_clean"),
    Control("parts of an archive", "vanguard.documents.kinds:OFFICE_MAX_ENTRIES", 1 << 40,
            f"{V}/test_uploads.py::test_of_a_document_of_thousands_of_parts_not_even_the_list_is_read"),
    Control("what an archive says that it unpacks to", "vanguard.documents.kinds:OFFICE_MAX_UNPACKED", 1 << 40,
            f"{V}/test_uploads.py::test_a_document_that_unpacks_to_more_than_a_hundred_mebibytes_is_refused"),
    Control("what an archive really unpacks to", "zipfile:ZipFile.testzip", nothing,
            f"{V}/test_uploads.py::test_a_part_that_holds_more_than_it_says_is_refused"),
    Control("formulas", "vanguard.workbench.export:FORMULA_STARTS", (),
            f"{S}/test_exports.py::test_whatever_a_spreadsheet_could_run_begins_with_an_apostrophe"),
    Control("secrets out of the log", "vanguard.observability.redaction:is_private", no,
            "tests/observability/test_logs.py::test_secrets_are_redacted_by_name_however_deep"),
    Control("the query out of the log", web("requestlog:mask_query"), first,
            f"{W}/test_request_line.py::test_secrets_and_people_stay_out_of_it"),
    Control("the page of a WebSocket", "vanguard.realtime.door:check_origin", nothing,
            f"{S}/test_socket_pages.py::test_another_sites_page_opens_no_socket"),
    Control("who listens by a token", "vanguard.realtime.standing:_standing_tokens", all_who_listen,
            "tests/realtime/test_standing.py::test_each_end_of_a_log_in_is_found"),
    Control("who listens by a session", "vanguard.realtime.standing:_standing_sessions", all_who_listen,
            "tests/realtime/test_standing.py::test_what_ends_all_log_ins_ends_those_of_the_workbench_too"),
    Control("who listens to everybody's", "vanguard.realtime.standing:_holders", all_users_who_listen,
            "tests/realtime/test_standing.py::test_a_role_taken_away_ends_what_saw_everything_and_nothing_else"),
    Control("fields that an operation does not name", "vanguard.http.parsing:_JsonBodyModel.get_request_data",
            Around(unknown_fields_dropped),
            f"{S}/test_extra_fields.py::test_every_field_of_every_model_is_refused_where_it_is_not_asked_for"),
    Control("redirects of a webhook", "vanguard.webhooks.outgoing:_sent", wherever_it_leads,
            "tests/webhooks/test_guard.py::test_a_redirect_is_followed_nowhere"),
    Control("where a webhook may go", "vanguard.webhooks.guard:is_public", yes,
            "tests/webhooks/test_guard.py::test_a_name_that_stands_for_one_address_of_ours_among_its_own_is_refused"),
    Control("requests of an account", "vanguard.http.rates:REQUESTS", Around(without_end),
            f"{A}/test_rates.py::test_each_is_counted_by_itself[of an account]"),
    Control("costly requests of an account", "vanguard.http.rates:COSTLY", Around(without_end),
            f"{A}/test_rates.py::test_each_is_counted_by_itself[of what is costly]"),
    Control("refused tokens of an address", "vanguard.http.rates:REFUSED_TOKENS", Around(without_end),
            f"{A}/test_rates.py::test_each_is_counted_by_itself[of refused tokens]"),
    Control("an address without a token", "vanguard.http.rates:ANONYMOUS", Around(without_end),
            f"{A}/test_rates.py::test_each_is_counted_by_itself[without a token]"),
    Control("failures of an address", accounts("lockout:_address"), lambda _: get_random_string(64),
            f"{LOCKOUT}::test_an_address_that_fails_with_many_names_waits_and_locks_no_account"),
    Control("the same work for unknown accounts", accounts("models:User.set_password"), Around(no_work_for_nobody),
            f"{LOCKOUT}::test_an_unknown_name_costs_the_same_work"),
    Control("how long a password is, and of what", accounts("passwords:PasswordPolicy.validate"), nothing,
            "tests/platform/test_passwords.py::test_a_password_against_the_policy_is_refused"),
    Control("what a token is for", accounts("tokens:_verified"), Around(whoever_signed),
            f"{A}/test_tokens.py::test_a_token_that_says_something_else_is_refused"),
    Control("a body's deadline", web("limits:BYTES_A_SECOND"), 0.001,
            f"{W}/test_request_limits.py::test_a_body_that_comes_by_drops_is_not_waited_for"),
    Control("masks over personal data", "customers.models.customer:Customer.masked_phone", property(lambda customer: customer.phone),
            f"{A}/test_personal_data.py::test_staff_see_personal_data_masked"),
    Control("reports of crashes are scrubbed", "vanguard.observability.errors:before_send", first,
            "tests/observability/test_error_tracking.py::test_a_crash_is_reported_with_its_request_and_without_its_data"),
    Control("a fresh code before personal data", "customers.services.revealing:require_recent", nothing,
            f"{S}/test_looking_at_personal_data.py::test_who_has_a_second_factor_gives_a_fresh_code_first"),
    Control("a fresh code before all that is held is handed out", "customers.services.exporting:require_recent", nothing,
            f"{S}/test_looking_at_personal_data.py::TestAllThatIsHeld::test_who_has_a_second_factor_gives_a_fresh_code_first"),
    Control("the day's looks are counted", "customers.services.revealing:revealed_today", never,
            f"{S}/test_looking_at_personal_data.py::TestAllThatIsHeld::"
            "test_it_counts_with_single_looks_and_alarms_beyond_the_same_quota"),
    Control("looks at personal data are audited", "customers.services.revealing:audit_access", nothing,
            f"{S}/test_looking_at_personal_data.py::test_each_look_shows_what_was_asked_for_and_is_a_row_an_audit_entry_and_an_event"),
    Control("legal holds", "customers.services.erasing:hold_on", no,
            f"{S}/test_erasure.py::test_under_a_legal_hold_nothing_is_erased_neither_asked_for_nor_due"),
    Control("who was erased stays erased", "customers.services.ledger:_erased", list,
            "tests/platform/test_backup.py::"
            "test_while_somebody_who_was_erased_can_be_read_again_the_platform_is_not_ready_and_the_books_say_so"),
    Control("an invitation works once", accounts("invitations:accept"), Around(used_again),
            f"{V}/test_invitations.py::test_the_link_works_once"),
    Control("the signature of who tells of payments", "policies.billing.providers:LocalProvider.verify", nothing,
            "tests/billing/test_webhooks.py::test_a_forged_an_old_and_an_unsigned_delivery_change_nothing"),
    Control("our own signature", "vanguard.webhooks.signing:signature", lambda *_: "v1,",
            "tests/webhooks/test_document.py::test_a_signature_is_the_one_that_the_specification_gives_as_its_example"),
    Control("scripts by nonce only", web("headers:ContentSecurityPolicyMiddleware.process_response"), nothing,
            f"{W}/test_headers.py::test_a_page_runs_only_scripts_with_its_nonce"),
    Control("which sites may read answers", web("cors:Cors.origin_found_in_white_lists"), yes,
            f"{W}/test_headers.py::test_a_page_of_another_site_is_not_given_what_the_api_answers"),
    Control("a key is for one body", "vanguard.http.idempotency:salted_hmac", same_for_all,
            f"{A}/test_idempotency.py::test_the_same_key_with_another_body_is_409"),
    Control("PostgreSQL: rows of others are not read", "", ROWS_OF_OTHERS,
            f"{S}/test_row_security.py::test_without_the_applications_filters_no_foreign_row_comes_out"),
    Control("PostgreSQL: rows of others are not written", "", WRITES_TO_OTHERS,
            f"{S}/test_own_writes.py::test_of_no_table_a_policyholder_changes_a_row_of_somebody_else_and_of_each_the_own"),
    Control("PostgreSQL: four eyes before money", "", triggers_of("claims_claimpayment", "claims_claim"),
            f"{S}/test_four_eyes.py::TestPaying::test_what_was_not_approved"),
    Control("PostgreSQL: what was approved is never changed", "", triggers_of("claims_claimpayment", "claims_claim"),
            f"{S}/test_four_eyes.py::TestAltering::test_what_is_paid"),
    Control("PostgreSQL: what is written is recorded", "", triggers_of("claims_claim"),
            f"{S}/test_recording.py::TestWhateverTheWay::test_raw_sql"),
    Control("PostgreSQL: the audit trail is only added to", "", triggers_of("audit_record", "audit_link", "audit_head", "audit_key"),
            f"{S}/test_audit_chain.py::TestInsertOnly::test_what_was_written_is_neither_changed_nor_deleted"),
]  # fmt: skip
# Which controls stand before which threat. A row without any says why.
OF_ROW = {
    "S2": ("a role's permissions", "a policyholder's scope: claims", "PostgreSQL: rows of others are not read",
           "PostgreSQL: rows of others are not written"),
    "S3": ("fields that an operation does not name",),
    "S4": ("the lock after three failures", "failures of an address", "a code of the second factor counts once",
           "an address without a token"),
    "S5": ("known devices have a lock of their own",),
    "S6": ("the same work for unknown accounts",),
    "S7": ("what a token is for", "tokens run out", "refused tokens of an address"),
    "S8": ("a log-out ends the log-in", "who listens by a token", "who listens by a session", "who listens to everybody's"),
    "S9": ("a body's deadline",),
    "S10": ("bodies of a mebibyte", "pictures that fill the memory", "parts of an archive", "what an archive says that it unpacks to",
            "what an archive really unpacks to"),
    "S11": ("harm hidden in an upload", "what was not scanned is kept back"),
    "S12": ("formulas",),
    "S13": ("where a webhook may go", "redirects of a webhook"),
    "S14": ("secrets out of the log", "the query out of the log", "masks over personal data", "reports of crashes are scrubbed"),
    "S15": ("metrics by route",),
    "S16": ("forms of another site",),
    "S17": ("forwarded headers of strangers",),
    "S18": ("headers on each answer", "scripts by nonce only", "which sites may read answers"),
    "S20": ("PostgreSQL: the audit trail is only added to", "PostgreSQL: what is written is recorded"),
}  # fmt: skip
WITHOUT_CONTROL = {
    "S1": "what is looked for are mistakes, against which there is no one control",
    "S19": "that nothing fails while keys change is no control",
}
