"""/api/policies: reads through the scoped querysets, writes through the services."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Router

from customers.models import Customer
from policies import services
from policies.models import Policy, PolicyQuerySet, PolicyVersion
from policies.reading import Draft, as_of, words_of_renewal
from policies.schemas import (
    AsOfParams,
    CancelIn,
    DecideIn,
    EndorseIn,
    Number,
    PolicyIn,
    PolicyListParams,
    PolicyOut,
    PolicyPatch,
    PolicyPut,
    PolicyReading,
    PreviewOut,
    ReinstateIn,
    RenewIn,
    VersionListParams,
    VersionOut,
    reading_of,
)
from vanguard.accounts.permissions import sees_only_own
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import one_of, page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import etag_of, no_such_record, optional_version, required_version
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, created, deleted, headers_in_schema, write

router = Router(tags=["Policies"], by_alias=True)
of_customer = Router(tags=["Policies"], by_alias=True)
PolicyId = Annotated[UUID, Path(alias="id")]
PolicyPage = ApiResponse[PaginatedResponse[PolicyOut]]


def _policies(request: AuthenticatedRequest, **which: object) -> PolicyQuerySet:
    return Policy.objects.visible_to(request.auth).filter(**which)


@router.get("", response=PolicyPage)
async def list_policies(request: AuthenticatedRequest, params: Asked[PolicyListParams]) -> HttpResponse:
    """The policies that the caller may see, newest first unless sorted otherwise."""
    return await page_of(params.of(_policies(request)), params, PolicyOut.of, own=sees_only_own(request.auth, Policy))


@of_customer.get("/{id}/policies", response=PolicyPage)
async def list_policies_of_customer(request: AuthenticatedRequest, customer_id: PolicyId, params: Asked[PolicyListParams]) -> HttpResponse:
    """One customer's policies."""
    customer = Customer.objects.visible_to(request.auth).filter(pk=customer_id)
    rows, own = _policies(request, customer_id=customer_id), sees_only_own(request.auth, Policy)
    return await page_of(params.of(rows), params, PolicyOut.of, within=customer, own=own)


@router.get("/by-number/{number}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-None-Match"))
async def get_policy_by_number(request: AuthenticatedRequest, number: Number) -> HttpResponse:
    """The policy with this number."""
    return await one_of(request, _policies(request, policy_number=number), PolicyOut.of)


@router.get("/{id}", response=ApiResponse[PolicyReading], openapi_extra=headers_in_schema("If-None-Match"))
async def get_policy(request: AuthenticatedRequest, policy_id: PolicyId, params: Asked[AsOfParams]) -> HttpResponse:
    """One policy, with the ETag that a change of it must send back; or, without one, as it was effective and known at other moments."""
    if params.effective_at is None and params.known_at is None:
        return await one_of(request, _policies(request), PolicyOut.of, policy_id)
    return await in_thread(lambda: _as_of(_policies(request, pk=policy_id), params))


def _as_of(rows: PolicyQuerySet, params: AsOfParams) -> HttpResponse:
    policy, now = rows.first(), timezone.now()
    if policy is None:
        raise no_such_record()
    return ok(reading_of(policy, as_of(policy, params.effective_at or now, params.known_at or now)).shown())


@router.get("/{id}/versions", response=ApiResponse[PaginatedResponse[VersionOut]])
async def list_policy_versions(request: AuthenticatedRequest, policy_id: PolicyId, params: Asked[VersionListParams]) -> HttpResponse:
    """What was booked on a policy, and the term as it was known after each booking."""
    policies = _policies(request, pk=policy_id)
    rows = PolicyVersion.objects.filter(policy__in=policies.values("pk")).prefetch_related("segments")
    return await page_of(rows, params, VersionOut.of, within=policies)


@router.post("", response={201: ApiResponse[PolicyOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def book_policy(request: AuthenticatedRequest, body: Json[PolicyIn]) -> HttpResponse:
    """Book a policy for a customer."""
    service = partial(services.book_policy, request.auth, **body.whole())
    return await write(request, service, created(request, PolicyOut.of, "The policy is booked."))


async def _update(request: AuthenticatedRequest, policy_id: UUID, sent: dict[str, object]) -> HttpResponse:
    """The policy as it now is, also where the correction must wait for a second person."""
    changes = {name: value for name, value in sent.items() if name != "no_known_loss"}
    statement = str(sent.get("no_known_loss", ""))

    def service() -> Policy:
        with required_version(request, _policies(request, pk=policy_id)) as version:
            return services.update_policy(request.auth, policy_id, version=version, changes=changes, no_known_loss=statement)

    return await write(request, service, changed(PolicyOut.of, "The correction is taken." if statement else "The policy is changed."))


@router.put("/{id}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-Match"))
async def replace_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[PolicyPut]) -> HttpResponse:
    """Replace all terms."""
    return await _update(request, policy_id, body.whole())


@router.patch("/{id}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-Match"))
async def update_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[PolicyPatch]) -> HttpResponse:
    """Change the terms that are sent."""
    return await _update(request, policy_id, body.sent())


@router.delete("/{id}", response={204: None}, openapi_extra=headers_in_schema("If-Match"))
async def delete_policy(request: AuthenticatedRequest, policy_id: PolicyId) -> HttpResponse:
    """Delete a policy that nothing refers to yet."""

    def service() -> None:
        with required_version(request, _policies(request, pk=policy_id)) as version:
            services.delete_policy(request.auth, policy_id, version=version)

    return await write(request, service, deleted)


@router.post("/{id}/cancel", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def cancel_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[CancelIn]) -> HttpResponse:
    """End the cover: now, or from the effective date on."""
    return await _command(request, policy_id, partial(services.cancel_policy, **body.asked), "The policy is cancelled.")


@router.post("/{id}/cancel/preview", response=ApiResponse[PreviewOut])
async def preview_cancellation(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[CancelIn]) -> HttpResponse:
    """What the cancellation would give back, by the same arithmetic; nothing is written."""
    return await _preview(request, policy_id, partial(services.draft_cancellation, **body.asked))


@router.post("/{id}/endorse", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def endorse_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[EndorseIn]) -> HttpResponse:
    """Change terms from a moment on, backdated too. The policy as it now is, also when a second person must approve."""
    return await _command(request, policy_id, partial(services.endorse_policy, asked=body.asked), "The endorsement is taken.")


@router.post("/{id}/endorse/preview", response=ApiResponse[PreviewOut])
async def preview_endorsement(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[EndorseIn]) -> HttpResponse:
    """What the endorsement would cost, what clashes, and whether it would wait for a second person; nothing is written."""
    return await _preview(request, policy_id, partial(services.draft_endorsement, asked=body.asked))


@router.post("/{id}/approve", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def approve_endorsement(request: AuthenticatedRequest, policy_id: PolicyId) -> HttpResponse:
    """Approve, as the second person, the endorsement or the reinstatement that waits."""
    return await _command(request, policy_id, services.approve_endorsement, "It is approved and booked.")


@router.post("/{id}/decline", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def decline_endorsement(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[DecideIn]) -> HttpResponse:
    """Decline what waits, or take it back."""
    service = partial(services.decline_endorsement, reason=body.reason)
    return await _command(request, policy_id, service, "It is declined.")


@router.post("/{id}/reinstate", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def reinstate_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[ReinstateIn]) -> HttpResponse:
    """Put a cancelled policy in force again: without a gap, or from the effective date on. As it now is, also where that must wait."""
    service = partial(services.reinstate_policy, effective_at=body.effective_date, reason=body.reason, no_known_loss=body.no_known_loss)
    return await _command(request, policy_id, service, "The reinstatement is taken.")


@router.post("/{id}/reinstate/preview", response=ApiResponse[PreviewOut])
async def preview_reinstatement(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[ReinstateIn]) -> HttpResponse:
    """What the reinstatement would charge again; nothing is written."""
    work_out = partial(services.draft_reinstatement, effective_at=body.effective_date, no_known_loss=body.no_known_loss)
    return await _preview(request, policy_id, work_out)


@router.post("/{id}/renew", response={201: ApiResponse[PolicyOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def renew_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[RenewIn]) -> HttpResponse:
    """Book the renewal: a policy of its own that starts where this one ends."""

    def service() -> Policy:
        version = optional_version(request, _policies(request, pk=policy_id))
        return services.renew_policy(request.auth, policy_id, terms=body.sent(), version=version)

    def answer(renewal: Policy) -> HttpResponse:
        headers = {"Location": f"{request.path.split(str(policy_id))[0]}{renewal.pk}", "ETag": etag_of(renewal)}
        return ok(PolicyOut.of(renewal).shown(), "The policy is renewed.", status=201, headers=headers)

    return await write(request, service, answer)


async def _preview(request: AuthenticatedRequest, policy_id: UUID, work_out: Callable[..., Draft]) -> HttpResponse:
    """A booking worked out on a policy in the caller's scope, as it stands now."""

    def show() -> HttpResponse:
        policy = _policies(request, pk=policy_id).first()
        if policy is None:
            raise no_such_record()
        return ok(PreviewOut.show(work_out(request.auth, policy)).shown())

    return await in_thread(show)


async def _command(request: AuthenticatedRequest, policy_id: UUID, command: Callable[..., Policy], message: str) -> HttpResponse:
    """One command on a policy in the caller's scope, on the version that If-Match names, if it names one.

    The answer says what has become of the renewal.
    """

    def service() -> Policy:
        version = optional_version(request, _policies(request, pk=policy_id))
        return command(request.auth, policy_id, version=version)

    def answer(policy: Policy) -> HttpResponse:
        return changed(PolicyOut.of, f"{message} {words_of_renewal(policy)}".strip())(policy)

    return await write(request, service, answer)
