"""The home page's claims part: one for each role, each figure a link to its rows."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from claims import worklist
from claims.admin import diary, pages
from claims.admin.charts import bars
from claims.admin.figures import figures
from claims.admin.owners import loads
from claims.admin.timeline import DONE
from claims.intake.models import NoticeDraft
from claims.models import Claim, ClaimTransition
from vanguard.accounts.models import User
from vanguard.accounts.permissions import role_names
from vanguard.money import dollars
from vanguard.workbench.contributions import Board, Panel, Tile
from vanguard.workbench.model_admin import actor_of

ROWS = 9
AGE_TONES = {"61–90": "wb-warn", "over 90": "wb-bad"}
# Late, today, tomorrow and the day after.
SOON = 4
LATELY = timedelta(days=90)
TEAM_ROLES = {"Supervisor", "Administrator"}


def board(request: HttpRequest) -> Board | None:
    """What this person's role needs to see first; None where claims are not their work."""
    user = actor_of(request)
    roles = set(role_names(user))
    if roles & TEAM_ROLES:
        return _team(request, user)
    if "Adjuster" in roles:
        return _own(request, user)
    if "Finance" in roles:
        return _payments(request, user)
    return _records() if "Compliance" in roles else None


def _own(request: HttpRequest, user: User) -> Board:
    """An adjuster's: my queue, what waits for others, what waits for an owner."""
    found, at = figures(request), worklist.moments()
    mine = worklist.queue("mine", user, at, ROWS, why_now=True)
    month = worklist.decided_since(at.month, user).count()
    average = round((found["team"] - found["unassigned"]) / found["owners"]) if found["owners"] else 0
    late = found["mine_late"]
    tiles = [
        Tile("Late", str(late), "of my claims", _rows("mine", due="late"), *(("bad", "stop") if late else ())),
        Tile("Due within 7 days", str(found["mine_week"]), f"{found['mine_today']} of them today", _rows("mine", due="week")),
        Tile("With a second person", str(found["proposed"]), "asked for by me", _rows("proposed")),
        Tile("My open claims", str(found["mine"]), f"Team average {average}", _rows("mine")),
        Tile("Claimed in all", _whole(found["mine_claimed"]), "on my open claims", _rows("mine", o="-6")),
        Tile("Decided this month", str(month), "by me", _rows("all", owner="me", decided="month")),
    ]
    side = [
        *diary.at_home(user),
        _short("With a second person", worklist.queue("proposed", user, at, 4), _rows("proposed"), found["proposed"], money=True),
        _short("Waiting for an owner", worklist.queue("unassigned", user, at, 5), _rows("unassigned"), found["unassigned"]),
    ]
    queue = Panel(
        "claims/panels/queue.html", {"title": "My queue", "rows": mine, "more": _rows("mine"), "count": found["mine"], "view": "mine"}
    )
    wide = [queue, _pair(_ages("My open claims by age", "mine", user, at), _deadlines("My next deadlines", "mine", user, at))]
    return Board(
        _summary(mine, late, found["mine_today"]) + _notices(), pages.tools(request), tiles, [*wide, *(panel for panel in side if panel)]
    )


def _team(request: HttpRequest, user: User) -> Board:
    """A supervisor's: what waits for a second person, what is late, who has how much."""
    found, at = figures(request), worklist.moments()
    late = worklist.queue("late", user, at, ROWS, why_now=True)
    rows = late or worklist.queue("team", user, at, ROWS, why_now=True)
    title, view = ("Late, whole team", "late") if late else ("Next deadlines, whole team", "team")
    today = worklist.decided_since(at.day).count()
    tiles = [
        Tile(
            "Late, whole team",
            str(found["late"]),
            f"{found['team_today']} more are due today",
            _rows("late"),
            *(("bad", "stop") if found["late"] else ()),
        ),
        Tile("Due within 7 days", str(found["team_week"]), f"{found['team_today']} of them today", _rows("team", due="week")),
        Tile("To approve", str(found["approve"]), f"${dollars(found['approve_sum'])} in all", _rows("approve")),
        Tile("Open claims", str(found["team"]), f"{found['owners']} people own them", _rows("team")),
        Tile("Not assigned", str(found["unassigned"]), "wait for an owner", _rows("unassigned")),
        Tile("Decided today", str(today), "whole team", _rows("all", decided="today")),
    ]
    queue = Panel(
        "claims/panels/queue.html", {"title": title, "rows": rows, "more": _rows(view), "count": found[view], "view": view, "owner": True}
    )
    people = [load for load in loads() if load.open]
    busiest = max((load.open for load in people), default=1)
    may_hand_over = user.has_perm("claims.reassign_claim")
    team = Panel("claims/panels/team.html", {"people": people, "busiest": busiest, "may_hand_over": may_hand_over}, side=True)
    queues = Panel(
        "claims/panels/queues.html", {"queues": worklist.by_queue(at), "may_change": user.has_perm("intake.change_queue")}, side=True
    )
    charts = _pair(_ages("Open claims by age", "team", user, at), _deadlines("Next deadlines", "team", user, at))
    waiting = _short("Waiting for my approval", worklist.queue("approve", user, at, 5), _rows("approve"), found["approve"], money=True)
    panels = [queue, charts, *([waiting] if waiting else []), *diary.at_home(user), queues, team]
    return Board(_summary(rows, found["late"], found["team_today"]) + _notices(), pages.tools(request), tiles, panels)


def _payments(request: HttpRequest, user: User) -> Board:
    """Finance's: approved and not paid."""
    found, at = figures(request), worklist.moments()
    number, paid = worklist.paid_since(at.month)
    rows = worklist.queue("unpaid", user, at, ROWS, why_now=True)
    late = Claim.objects.filter(worklist.in_view("unpaid", user, at), worklist.due("late", at)).count()
    tiles = [
        Tile("To pay", str(found["unpaid"]), f"${dollars(found['unpaid_sum'])} in all", _rows("unpaid")),
        Tile("Late to pay", str(late), "past the payment clock", _rows("unpaid", due="late"), *(("bad", "stop") if late else ())),
        Tile("Paid this month", _whole(paid), f"{number} payment{'' if number == 1 else 's'}", _rows("all", paid="month")),
    ]
    queue = Panel(
        "claims/panels/queue.html",
        {"title": "Approved, not paid", "rows": rows, "more": _rows("unpaid"), "count": found["unpaid"], "view": "unpaid", "owner": True},
    )
    words = f"{found['unpaid']} approved claims wait for their payment." if found["unpaid"] else "Every approved claim is paid."
    return Board(words, (), tiles, [queue])


def _records() -> Board:
    """Compliance's: the steps just made, by whom."""
    at = worklist.moments()
    recent = ClaimTransition.objects.filter(at__gte=at.now - LATELY)
    steps = list(recent.select_related("claim", "actor").order_by("-at", "-id")[:14])
    tiles = [
        Tile("Decided today", str(worklist.decided_since(at.day).count()), "approved or denied", _rows("all", decided="today")),
        Tile("Decided this month", str(worklist.decided_since(at.month).count()), "approved or denied", _rows("all", decided="month")),
        Tile("Late", str(Claim.objects.filter(worklist.in_view("late", User(), at)).count()), "open past a deadline", _rows("late")),
    ]
    return Board(
        "What was done lately, and by whom.",
        (),
        tiles,
        [Panel("claims/panels/steps.html", {"steps": [(step, DONE.get(step.command, step.command)) for step in steps]})],
    )


def _summary(rows: list[Claim], late: int, today: int) -> str:
    """“1 claim is late and 2 are due today. Start with Rosa Delgado’s.”"""
    if not rows:
        return "No open claim waits here."
    parts = [f"{late} claim{' is' if late == 1 else 's are'} late"] if late else []
    parts += [f"{today} {'is' if today == 1 else 'are'} due today"] if today else []
    first = f"Start with {rows[0].policy.customer.full_name}’s."
    return f"{' and '.join(parts)}. {first}" if parts else f"Nothing is late and nothing is due today. {first}"


def _notices() -> str:
    """What was told and is no claim yet, where there is any."""
    number = NoticeDraft.objects.filter(status=NoticeDraft.Status.OPEN).count()
    return f" {number} notice{' is' if number == 1 else 's are'} not filed yet." if number else ""


def _ages(title: str, view: str, user: User, at: worklist.Moments) -> Panel:
    figures_ = []
    for label, number in worklist.by_age(Claim.objects.filter(worklist.in_view(view, user, at)), at):
        since, until = worklist.reported_between(label, at)
        edges = {"reported_date_from": str(since)} if since else {}
        figures_.append((label, number, AGE_TONES.get(label, "wb-s1"), _rows(view, **edges, reported_date_to=str(until))))
    words = {
        "title": title,
        "bars": bars(figures_),
        "id": f"age-{view}",
        "unit": "days since the report",
        "column": "Days since the report",
    }
    return Panel("claims/panels/chart.html", words)


def _deadlines(title: str, view: str, user: User, at: worklist.Moments) -> Panel:
    figures_ = []
    for index, (on, number) in enumerate(worklist.by_deadline(Claim.objects.filter(worklist.in_view(view, user, at)), at)):
        label = ("today" if index == 1 else f"{on:%a}") if on else "late"
        edges = {"due_at_from": str(on), "due_at_to": str(on)} if on else {"due": "late"}
        figures_.append((label, number, "wb-bad" if on is None else "wb-warn" if index < SOON else "wb-s1", _rows(view, **edges)))
    words = {"title": title, "bars": bars(figures_), "id": f"deadline-{view}", "unit": "late, then the next 7 days", "column": "Due"}
    return Panel("claims/panels/chart.html", words)


def _short(title: str, rows: list[Claim], more: str, count: int, *, money: bool = False) -> Panel | None:
    words = {"title": title, "rows": rows, "more": more, "count": count, "money": money}
    return Panel("claims/panels/short.html", words, side=True) if rows else None


def _pair(left: Panel, right: Panel) -> Panel:
    return Panel("claims/panels/pair.html", {"left": left, "right": right})


def _rows(view: str, **query: Any) -> str:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{reverse('admin:claims_claim_changelist')}?view={view}{more}"


def _whole(amount: Decimal) -> str:
    return f"${amount:,.0f}"
