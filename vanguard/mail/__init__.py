"""Letters: written in the transaction of what they tell of, sent after its commit, and tried again until they are out or too old.

    write(user, kind="invitation", subject="…", body="…", lasts=timedelta(days=2))

A letter is a row, so nothing is lost with the process or the mail server: what was not sent at once, `manage.py deliver_mail` sends.
See docs/decisions/0152.
"""
