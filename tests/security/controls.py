"""A control → how to switch it off → the test that must then fail. `make security` tries each (tests/security/switched_off.py).

`target` is what is put out of its work, as `module:name`, `module:Class.name`; `instead` is what stands in its place.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple

import pytest


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


class Control(NamedTuple):
    name: str
    target: str
    instead: Any
    test: str

    def off(self, monkeypatch: pytest.MonkeyPatch) -> None:
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
            f"{S}/test_foreign_objects.py::test_no_question_of_a_policyholder_is_answered_with_anything_of_somebody_else"),
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
    Control("formulas", "vanguard.workbench.export:FORMULA_STARTS", (),
            f"{S}/test_exports.py::test_whatever_a_spreadsheet_could_run_begins_with_an_apostrophe"),
    Control("secrets out of the log", "vanguard.observability.redaction:is_private", no,
            "tests/observability/test_logs.py::test_secrets_are_redacted_by_name_however_deep"),
    Control("the query out of the log", web("requestlog:mask_query"), first,
            f"{W}/test_request_line.py::test_secrets_and_people_stay_out_of_it"),
    Control("the page of a WebSocket", "vanguard.realtime.door:check_origin", nothing,
            f"{S}/test_socket_pages.py::test_another_sites_page_opens_no_socket"),
    Control("where a webhook may go", "vanguard.webhooks.guard:is_public", yes,
            "tests/webhooks/test_guard.py::test_a_name_that_stands_for_one_address_of_ours_among_its_own_is_refused"),
]  # fmt: skip
