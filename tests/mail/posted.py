"""Letters in tests. What is written waits for `posted`: a test's transaction never ends, and so no thread would find the letter."""

from django.core import mail
from django.core.mail import EmailMessage

from vanguard.mail.sending import deliver


def posted() -> list[EmailMessage]:
    """Everything that was sent, once what is due has been."""
    deliver()
    return mail.outbox
