"""A forgotten password: a letter with a link that works once, and a new password for who brings the link back.

The link carries Django's own reset token: signed over the password and the last log-in, so that it ends with its use, with any other
change of the password, and when somebody logs in, who evidently remembered it. After PASSWORD_RESET_TIMEOUT (an hour) it ends anyway.
"""

from datetime import timedelta
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from vanguard.accounts import invitations
from vanguard.accounts.models import ResetRequests, User
from vanguard.accounts.passwords import lockout_name
from vanguard.accounts.services import check_password_policy, end_log_ins
from vanguard.audit import unit_of_work
from vanguard.errors import Invalid
from vanguard.mail.services import write

# The same words whether there is such an account or not.
ANSWER = "If there is an account with this e-mail address, a letter with a link is on its way. The link works for an hour."
BAD_LINK = "This link does not work any more: it is good for an hour, and once. Ask for another."
FRONTEND_PAGE = "/reset-password"
WORKBENCH_PAGE = "/admin/reset/"
LETTERS_AN_HOUR = 3
HOUR = timedelta(hours=1)
PURGED_AT_ONCE = 10
# A letter that comes later leaves no time to use its link.
LETTER_LASTS = timedelta(minutes=50)
SUBJECT = "Your new password for Vanguard"
LETTER = """\
Hello,

somebody, we hope you, asked for a new password for this e-mail address at Vanguard. To choose one, open this link within an hour:

{link}

It works once. If you did not ask, do nothing: your password stays as it is.

Vanguard
"""

_tokens = PasswordResetTokenGenerator()


def send_link(email: str, *, to_workbench: bool = False) -> None:
    """A letter with a link, for who has an account and a password, three an hour at most. For everybody the same work, and no answer.

    The link leads to the frontend; `to_workbench` leads staff to the workbench instead.
    """
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).order_by().first()
    # A stranger's letter is written too, to nobody.
    body = _letter(user or User(email=email), to_workbench=to_workbench)
    with transaction.atomic():
        _purge_counts()
        to = user if _count(email) and user is not None and user.has_usable_password() else None
        write(to, address=to.email if to else "", kind="forgotten_password", subject=SUBJECT, body=body, lasts=LETTER_LASTS)


def reset_password(token: str, new_password: str) -> None:
    """Give the token's user a new password. Ends all their log-ins, and the lock that failed ones have brought.

    The lock stays for who has a second factor. The token of an invitation brings the first one (vanguard.accounts.invitations).

    Raises Invalid on `token` for one that is unknown, used, expired or of somebody who left; on `new_password` for one against the policy.
    """
    if invitations.is_token(token):
        invitations.accept(token, new_password)
        return
    user = _owner(token)
    check_password_policy(user, new_password)
    user.set_password(new_password)  # slow on purpose, so not while the row is locked
    with unit_of_work(user):
        # Two uses at the same instant: the second waits here for the first, and then its token is of an earlier password.
        if not _is_good(token, User.objects.select_for_update().get(pk=user.pk)):
            raise _bad_link()
        user.save(update_fields=["password"])
        end_log_ins(user, "password reset")
        if user.second_factor_since is None:  # else each letter would buy three more codes
            AxesProxyHandler.reset_attempts(username=lockout_name(None, {"username": user.email}))


def token_of(user: User) -> str:
    """What the link carries: who, and Django's token for them."""
    return f"{urlsafe_base64_encode(user.pk.bytes)}.{_tokens.make_token(user)}"


def _letter(user: User, *, to_workbench: bool) -> str:
    page = settings.WORKBENCH_URL + WORKBENCH_PAGE if to_workbench and user.is_staff else settings.PUBLIC_URL + FRONTEND_PAGE
    # In the fragment, which browsers send to nobody: not to our logs, not to a page that is linked from there.
    link = f"{page}#token={token_of(user)}"
    return LETTER.format(link=link)


def _count(email: str) -> bool:
    """Whether another letter may go to this address. The database counts, so that all workers count together; strangers are counted too."""
    now = timezone.now()
    digest = salted_hmac("vanguard.accounts.forgotten", email.strip().lower(), algorithm="sha256").hexdigest()
    ResetRequests.objects.bulk_create([ResetRequests(digest=digest, since=now, letters=0)], ignore_conflicts=True)
    over = Q(since__lt=now - HOUR)
    counted = ResetRequests.objects.filter(over | Q(letters__lt=LETTERS_AN_HOUR), digest=digest).update(
        letters=Case(When(over, then=1), default=F("letters") + 1), since=Case(When(over, then=now), default=F("since"))
    )
    return counted == 1


def _purge_counts() -> None:
    """Each request takes more old counts away than it adds, so that invented addresses do not pile up."""
    over = ResetRequests.objects.select_for_update(skip_locked=True).filter(since__lt=timezone.now() - HOUR)
    ResetRequests.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:PURGED_AT_ONCE])).delete()


def _owner(token: str) -> User:
    who, _, _rest = token.partition(".")
    try:
        user = User.objects.filter(pk=UUID(bytes=urlsafe_base64_decode(who))).first()
    except ValueError:  # not base64, or not as long as a UUID
        raise _bad_link() from None
    if user is None or not _is_good(token, user):
        raise _bad_link()
    return user


def _is_good(token: str, user: User) -> bool:
    return user.is_active and user.has_usable_password() and _tokens.check_token(user, token.partition(".")[2])


def _bad_link() -> Invalid:
    return Invalid(BAD_LINK, code="bad_token", field="token")
