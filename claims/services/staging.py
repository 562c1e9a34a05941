"""Which stage a claim is in once a step was taken: read from its history and its last coverage check, never guessed."""

from claims.models import Claim, Stage, Status
from claims.services.checking import last_check
from claims.stages import LOOKED_INTO, REFERRED, WAITS, Work


def work_on(claim: Claim) -> Work:
    """Two queries. A claim without history has just been started."""
    check = last_check(claim)
    work = Work(appealed=claim.appealed_at is not None, cover_open=check is not None and not check.finds_cover)
    steps = claim.transitions.filter(command__in=(*LOOKED_INTO, *REFERRED)).order_by("at", "id")
    for command in steps.values_list("command", flat=True):
        work = work.after(command)
    return work


def stage_after(claim: Claim, command: str = "") -> Stage:
    """Where the claim stands once `command` was given. A decided or waiting claim stays where it is; so does one that is not started."""
    stage = Stage(claim.stage)
    if claim.status != Status.PROCESSING or stage in WAITS:
        return stage
    return work_on(claim).after(command).stage


def question_left_open(claim: Claim) -> str:
    """What is open of the cover, in words, wherever a claim that is processing stands; empty where nothing is asked. One query at most."""
    if claim.status != Status.PROCESSING:
        return ""
    check = last_check(claim)
    return (check.left_open if check else "") or ""
