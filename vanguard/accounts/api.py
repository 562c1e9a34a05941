"""/api/auth: logging in and out. Nothing here is ever stored under an Idempotency-Key: the answers are secrets."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from ninja import Router

from vanguard.accounts import forgotten, lockout, login, second_factor, tokens
from vanguard.accounts.profile import profile_of
from vanguard.accounts.schemas import (
    CodeIn,
    CredentialsIn,
    ForgottenIn,
    LogoutIn,
    PasswordIn,
    ProfileOut,
    RecoveryCodesOut,
    RefreshIn,
    ResetIn,
    SetUpIn,
    SetUpOut,
    StepUpOut,
    TokenOut,
)
from vanguard.errors import Unauthenticated
from vanguard.http import rates
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, nothing, ok
from vanguard.http.parsing import Json
from vanguard.http.threads import in_thread

router = Router(tags=["Log-in"], by_alias=True)


def _shown(pair: tokens.TokenPair, device: str | None = None) -> HttpResponse:
    return ok(TokenOut(access_token=pair.access, refresh_token=pair.refresh, expires_in=pair.seconds, device_token=device).shown())


@router.post("/token", auth=None, response=ApiResponse[TokenOut])
async def log_in(request: HttpRequest, body: Json[CredentialsIn]) -> HttpResponse:
    """Log in with e-mail address and password. Three failures lock the account for 15 minutes (429).

    Who has a second factor sends a code of it as `otp`: six digits, or a recovery code. Where it is needed and absent: 401 `otp_required`.
    Staff who must have one and have none: 403 `second_factor_missing`; they set it up in the workbench.
    Send the `deviceToken` of an earlier log-in as `X-Device-Token`: then failures elsewhere do not lock you out.
    """
    if not lockout.comes_from_known_device(request, body.email):
        await rates.anonymous()
    return _shown(*await in_thread(partial(login.log_in, request, body.email, body.password, body.otp or "")))


@router.post("/refresh", auth=None, response=ApiResponse[TokenOut])
async def refresh_tokens(request: HttpRequest, body: Json[RefreshIn]) -> HttpResponse:
    """Fresh tokens for a refresh token, which works once: a second use ends the log-in that it came from."""
    try:
        return _shown(await in_thread(partial(tokens.refresh, body.refresh_token)))
    except Unauthenticated:
        await rates.refused_token()
        raise


@router.post("/logout", response={204: None})
async def log_out(request: AuthenticatedRequest, body: Json[LogoutIn]) -> HttpResponse:
    """End this log-in. The access token it was called with is dead from now on, and so is the refresh token."""
    await in_thread(partial(tokens.log_out, request.auth, request.family_id, body.refresh_token))
    return nothing()


@router.post("/password", response={204: None})
async def change_password(request: AuthenticatedRequest, body: Json[PasswordIn]) -> HttpResponse:
    """Change one's own password, which ends all other log-ins. A wrong current one is 401, and counts towards the lock."""
    change = partial(login.change_password, request, request.auth, request.family_id, body.current_password, body.new_password)
    await in_thread(change)
    return nothing()


@router.post("/password/forgot", auth=None, response={202: ApiResponse[None]})
async def forgot_password(request: HttpRequest, body: Json[ForgottenIn]) -> HttpResponse:
    """Ask for a letter with a link that sets a new password. The answer is the same whether there is such an account or not."""
    await rates.anonymous()
    await in_thread(partial(forgotten.send_link, body.email))
    return ok(None, forgotten.ANSWER, status=202)


@router.post("/password/reset", auth=None, response={204: None})
async def reset_password(request: HttpRequest, body: Json[ResetIn]) -> HttpResponse:
    """Set a new password by the token of the letter, which works once and for an hour. Ends all log-ins, and the lock of the account."""
    await rates.anonymous()
    await in_thread(partial(forgotten.reset_password, body.token, body.new_password))
    return nothing()


@router.post("/step-up", response=ApiResponse[StepUpOut])
async def step_up_log_in(request: AuthenticatedRequest, body: Json[CodeIn]) -> HttpResponse:
    """Give a code of the second factor, after an operation has answered 403 `step_up_required`. It counts for this log-in, for minutes.

    A wrong code is 401, and counts towards the lock. 409 for who has no second factor: then it is not asked for.
    """
    until = await in_thread(partial(second_factor.step_up, request, request.auth, body.otp, request.family_id))
    return ok(StepUpOut(until=until).shown())


@router.post("/second-factor", response=ApiResponse[SetUpOut])
async def begin_second_factor(request: AuthenticatedRequest) -> HttpResponse:
    """A key for an authenticator. It counts once its first code has been sent to `confirm`, within half an hour."""
    made = second_factor.new_set_up(request.auth)
    return ok(SetUpOut(secret=made.secret, address=made.address, set_up=made.sealed).shown())


@router.post("/second-factor/confirm", response=ApiResponse[RecoveryCodesOut])
async def confirm_second_factor(request: AuthenticatedRequest, body: Json[SetUpIn]) -> HttpResponse:
    """Make the key one's second factor. The answer has ten recovery codes, this once. All log-ins end, this one too.

    Who replaces an earlier one needs a fresh code of that (403 `step_up_required`).
    """
    codes = await in_thread(partial(second_factor.enrol, request.auth, body.set_up, body.otp))
    return ok(RecoveryCodesOut(recovery_codes=codes).shown())


@router.get("/me", response=ApiResponse[ProfileOut])
async def who_am_i(request: AuthenticatedRequest) -> HttpResponse:
    """Who the token belongs to: roles, permissions, and the customer that the log-in is tied to."""
    return ok(await in_thread(partial(profile_of, request.auth)))
