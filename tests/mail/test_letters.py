"""Letters survive what happens to mail servers and processes, are told of once, and say nothing to who has no business with them."""

import datetime
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from config.mail import mailers
from tests import needs
from tests.factories import staff, superuser
from tests.mail.postbox import Postbox, postbox
from tests.observability.test_asked_figures import told
from tests.workbench.desk import desk_of, words
from vanguard.accounts.models import User
from vanguard.accounts.services import erase_user
from vanguard.mail import sending, services
from vanguard.mail.models import Letter
from vanguard.mail.sending import deliver
from vanguard.mail.services import clear_letters, hurry, take_back

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
SECRET, HOUR, PAGE = "https://app.example/#token=canary-7731", datetime.timedelta(hours=1), "/admin/letters/"


@pytest.fixture
def box(settings: Any) -> Iterator[Postbox]:
    """A mail server that is there, and is the platform's."""
    with postbox() as box:
        settings.EMAIL_URL, settings.MAILERS = box.url, mailers(box.url)
        yield box


def address(letter: Letter) -> str:
    assert letter.user is not None
    return letter.user.email


def write(to: User | None = None, kind: str = "invitation", lasts: datetime.timedelta = HOUR) -> Letter:
    person = to or staff("Adjuster")
    return services.write(person, address=person.email, kind=kind, subject="Your log-in", body=f"Open {SECRET}", lasts=lasts)


def later(**by: float) -> None:
    """So much time passes for every letter."""
    by_then = datetime.timedelta(**by)
    names = ("made_at", "next_at", "expires_at", "leased_until", "settled_at")
    Letter.objects.update(**{name: F(name) - by_then for name in names})


def again(letter: Letter) -> tuple[str, int, str]:
    letter.refresh_from_db()
    return letter.state, letter.attempts, letter.trouble


def page(view: str = "") -> str:
    return words(desk_of(superuser()).get(f"{PAGE}?view={view}"))


def test_a_letter_is_sent_once_and_nothing_of_it_is_kept(box: Postbox) -> None:
    person = staff("Adjuster")
    letter = write(person)
    deliver()
    deliver()
    [got] = box.got
    assert (got["To"], got["Subject"], SECRET in got.get_payload()) == (person.email, "Your log-in", True)
    assert got["Message-ID"] == f"<{letter.pk}@vanguardai.com>"
    assert again(letter) == ("sent", 1, "")
    assert (letter.address, letter.body) == (None, None)
    assert not deliver().sent


def test_many_letters_go_over_one_line(box: Postbox) -> None:
    for _ in range(5):
        write()
    assert deliver().sent == 5
    assert (len(box.got), box.lines) == (5, 1)


def test_what_is_rolled_back_is_never_sent(box: Postbox) -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    deliver()
    assert (box.got, Letter.objects.count()) == ([], 0)


def test_a_mail_server_that_is_away_is_asked_ever_less_often_until_it_is_back(settings: Any, box: Postbox) -> None:
    there = settings.MAILERS
    settings.MAILERS = mailers("smtp://127.0.0.1:1")
    first, second = write(), write()
    assert deliver().failed == 1  # the other is not even tried: it would only wait as long
    assert again(first) == ("waiting", 1, "ConnectionRefusedError")
    assert 20 < (first.next_at - timezone.now()).total_seconds() < 40
    later(minutes=1)
    Letter.objects.filter(pk=second.pk).update(next_at=timezone.now() + HOUR / 2)
    deliver()
    assert again(first)[1] == 2
    assert 60 < (first.next_at - timezone.now()).total_seconds() < 120
    settings.MAILERS = there
    assert (deliver().sent, hurry(), deliver().sent) == (0, 2, 2)
    assert len(box.got) == 2


def test_an_unknown_mailbox_is_refused_for_good_and_holds_up_nobody(box: Postbox, caplog: pytest.LogCaptureFixture) -> None:
    box.refuses = "550 no such mailbox: {address}"
    letter = write()
    with caplog.at_level("INFO"):
        deliver()
    assert again(letter) == ("refused", 1, "SMTPRecipientsRefused 550")
    assert letter.body is None
    assert told()["vanguard_mail_not_delivered"] == 1
    said = [str(vars(record)) for record in caplog.records]
    assert any("SMTPRecipientsRefused 550" in each and "invitation" in each for each in said)
    assert not any(address(letter) in each or "canary" in each for each in said)
    box.refuses = "250 ok"
    write()
    assert deliver().sent == 1


def test_a_full_mailbox_and_a_line_that_drops_are_tried_again(box: Postbox) -> None:
    box.refuses = "452 mailbox full"
    letter = write()
    deliver()
    assert again(letter) == ("waiting", 1, "SMTPRecipientsRefused 452")
    box.refuses, box.after_data = "250 ok", ""
    hurry()
    deliver()
    assert again(letter) == ("waiting", 2, "SMTPServerDisconnected, while it was sent")
    box.after_data = "250 ok"
    hurry()
    deliver()
    assert (again(letter)[0], len(box.got)) == ("sent", 1)


def test_a_letter_that_may_have_arrived_is_not_sent_again_and_again(box: Postbox) -> None:
    """A server that takes it and never says so would bring it every quarter of an hour for days."""
    letter = write()
    box.after_data = ""
    for _ in range(6):
        deliver()
        later(hours=0, minutes=20)
        Letter.objects.update(expires_at=F("expires_at") + HOUR)
    letter.refresh_from_db()
    assert (letter.state, letter.attempts) == ("refused", sending.MOST_IN_DOUBT)
    assert letter.trouble.endswith("while it was sent")


def test_one_that_is_just_being_tried_is_taken_back_too(box: Postbox) -> None:
    person = staff("Adjuster")
    letter = write(person)
    [held] = sending._taken(Letter.objects.filter(pk=letter.pk))
    assert take_back(person, "invitation") == 1
    sending._settle(held, sending.Outcome("SMTPServerDisconnected"))
    letter.refresh_from_db()
    assert letter.state == "withdrawn"
    later(hours=0, minutes=30)
    deliver()
    assert box.got == []


def test_nothing_is_sent_to_nor_kept_of_somebody_who_was_erased(box: Postbox) -> None:
    person = staff("Adjuster")
    letter = write(person)
    erase_user(person)
    deliver()
    letter.refresh_from_db()
    assert (letter.state, letter.address, letter.body, box.got) == ("withdrawn", None, None, [])


def test_what_is_for_nobody_is_not_counted_among_what_is_tried_now() -> None:
    services.write(None, address="", kind="forgotten", subject="x", body="x", lasts=HOUR)
    assert hurry() == 0
    write()
    assert hurry() == 1


def test_a_letter_that_is_too_old_is_not_sent_and_its_link_is_gone(box: Postbox) -> None:
    letter = write()
    later(minutes=61)
    assert deliver().too_old == 1
    assert again(letter)[0] == "too_old"
    assert (box.got, letter.body) == ([], None)
    assert told()["vanguard_mail_not_delivered"] == 1
    later(days=2)
    assert told()["vanguard_mail_not_delivered"] == 0


def test_a_letter_that_has_become_untrue_is_taken_back(box: Postbox) -> None:
    person = staff("Adjuster")
    letter, other = write(person), write(person, kind="webhook_off")
    assert take_back(person, "invitation") == 1
    deliver()
    assert (again(letter)[0], again(other)[0], len(box.got)) == ("withdrawn", "sent", 1)


def test_what_waits_stands_in_the_database_encrypted_and_is_brought_under_a_new_key(settings: Any, box: Postbox) -> None:
    letter = write()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM mail_letter")
        row: bytes = b" ".join(bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in cursor.fetchone())
    assert b"canary" not in row
    assert address(letter).encode() not in row
    settings.ENCRYPTION_KEY_FALLBACKS, settings.ENCRYPTION_KEY = [settings.ENCRYPTION_KEY], "another key, of thirty-two letters and more"
    call_command("rotate_keys", stdout=io.StringIO())
    settings.ENCRYPTION_KEY_FALLBACKS = []
    assert deliver().sent == 1


def test_one_letter_that_no_key_opens_holds_up_no_other(box: Postbox) -> None:
    lost, letter = write(), write()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mail_letter SET body = %s WHERE subject = %s AND attempts = 0", [b"m1:00000000:x", "Your log-in"])
    Letter.objects.filter(pk=letter.pk).update(body=f"Open {SECRET}")
    deliver()
    assert again(lost) == ("refused", 1, "It cannot be decrypted")
    assert again(letter)[0] == "sent"


def test_the_database_keeps_no_words_of_a_letter_that_waits_no_more() -> None:
    letter = write()
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(state="sent", settled_at=timezone.now())


def test_what_waits_and_what_failed_is_seen_by_administrators_and_by_nobody_else(settings: Any, box: Postbox) -> None:
    settings.MAILERS = mailers("smtp://127.0.0.1:1")
    letter = write()
    deliver()
    assert (told()["vanguard_mail_waiting"], told()["vanguard_mail_not_delivered"]) == (1, 0)
    assert "Letters do not get out" not in words(desk_of(superuser()).get("/admin/"))
    later(minutes=20)
    assert told()["vanguard_mail_oldest_seconds"] == pytest.approx(1200, abs=30)
    shown = page("waiting")
    assert "1 letter waits for more than a quarter of an hour." in shown
    assert "ConnectionRefusedError" in shown
    assert address(letter) in shown
    assert "canary" not in shown
    assert "Letters do not get out. 1 waits" in words(desk_of(superuser()).get("/admin/"))
    assert [desk_of(staff("Compliance")).get(PAGE).status_code, desk_of(staff("Compliance")).post(PAGE).status_code] == [403, 403]
    assert "1 letter will be tried" in words(desk_of(superuser()).post(PAGE, follow=True))
    assert "No letter in this state" in page("sent")


def test_where_no_mail_server_is_set_the_page_says_that_letters_go_nowhere(settings: Any) -> None:
    settings.EMAIL_URL, settings.MAILERS = "dummymail://", mailers("dummymail://")
    write()
    deliver()
    assert "Letters go nowhere." in page()


def test_settled_letters_go_after_a_month() -> None:
    write()
    deliver()
    later(days=29)
    assert clear_letters() == 0
    later(days=2)
    assert (clear_letters(), Letter.objects.count()) == (1, 0)


def test_a_letter_to_nobody_is_written_alike_and_goes_to_nobody(box: Postbox) -> None:
    services.write(None, address="", kind="forgotten_password", subject="Your new password", body=SECRET, lasts=HOUR)
    assert (told()["vanguard_mail_waiting"], told()["vanguard_mail_oldest_seconds"]) == (0, 0)
    assert "Your new password" not in page()
    assert deliver().sent == 0
    assert (box.got, Letter.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_the_process_that_wrote_it_sends_it_by_itself_soon_after_the_commit(box: Postbox, soon: None) -> None:
    letter = write()
    until = time.monotonic() + 20
    while again(letter)[0] == "waiting":
        assert time.monotonic() < until, again(letter)
        time.sleep(0.05)
    assert (again(letter), len(box.got)) == (("sent", 1, ""), 1)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch, really_soon: Any) -> None:
    monkeypatch.setattr(sending, "send_soon", really_soon)


def process(box: Postbox) -> subprocess.Popen[str]:
    """`manage.py deliver_mail` on the test's database."""
    at = connection.settings_dict
    url = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"
    around = os.environ | {"ENVIRONMENT": "test", "DATABASE_URL": url, "EMAIL_URL": box.url}
    command = [sys.executable, str(ROOT / "manage.py"), "deliver_mail"]
    return subprocess.Popen(command, env=around, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@needs.postgresql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_two_processes_at_once_send_each_letter_once(box: Postbox) -> None:
    letters = [write() for _ in range(30)]
    both = [process(box), process(box)]
    said = [each.communicate(timeout=120)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert sorted(got["Message-ID"] for got in box.got) == sorted(f"<{each.pk}@vanguardai.com>" for each in letters)


@needs.postgresql
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_what_a_killed_process_had_in_hand_is_sent_by_the_next(box: Postbox) -> None:
    letters = [write() for _ in range(4)]
    box.seconds = 0.5
    killed = process(box)
    until = time.monotonic() + 60
    while len(box.got) < 2:
        assert time.monotonic() < until, "nothing arrived"
        time.sleep(0.02)
    killed.kill()
    killed.wait(60)
    box.seconds = 0.0
    assert Letter.objects.filter(state="waiting").exists()
    later(minutes=4)  # the lease of what it had in hand
    deliver()
    assert not Letter.objects.exclude(state="sent").exists()
    arrived = {got["Message-ID"] for got in box.got}
    assert arrived == {f"<{each.pk}@vanguardai.com>" for each in letters}
    assert len(box.got) <= len(letters) + 1  # the one under way may have arrived, and arrives again under the same id
