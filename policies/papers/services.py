"""Making papers: one transaction each, in which the policy stands still, and one paper for the same facts, however often it is asked."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from policies.models import Policy
from policies.papers.facts import PolicyFacts, facts_of
from policies.papers.letters import EDITION, paper_of
from policies.papers.models import PolicyDocument
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.documents.keeping import store
from vanguard.documents.papers import Paper
from vanguard.documents.sealed import OwnedContent
from vanguard.errors import Invalid
from vanguard.querysets import get_or_refuse


@dataclass(frozen=True, slots=True)
class Made:
    """A paper, and whether it was made just now or there already."""

    document: PolicyDocument
    is_new: bool


def make_document(actor: User | None, policy_id: UUID, *, kind: str, version: int | None = None) -> Made:
    """The paper of this kind for the policy as it stands now; for an endorsement the last one's, or that of version `version`.

    Raises Invalid for an unknown kind, and for a version of another kind of paper; Conflict "nothing_to_say" for a notice of what was
    not booked, and "no_typeface".
    """
    require(actor, "papers.add_policydocument")
    if kind not in PolicyDocument.Kind.values:
        raise Invalid(f"Kind is one of {', '.join(PolicyDocument.Kind.values)}.", code="unknown", field="kind")
    if version is not None and kind != PolicyDocument.Kind.ENDORSEMENT:
        raise Invalid("Only an endorsement is printed by its version.", code="not_an_endorsement", field="version")
    with unit_of_work(actor):
        policy = get_or_refuse(Policy.objects.select_for_update(no_key=True, of=("self",)).select_related("customer"), policy_id)
        facts = facts_of(policy, PolicyDocument.Kind(kind), version)
        digest = digest_of(facts)
        found = PolicyDocument.objects.filter(policy=policy, kind=kind, facts_digest=digest).first()
        return Made(found, is_new=False) if found else Made(_keep(actor, policy, facts, digest, version), is_new=True)


def digest_of(facts: PolicyFacts) -> str:
    """Of what a paper says, and of the wording's edition: SHA-256, 64 hex digits."""
    return hashlib.sha256(json.dumps([EDITION, facts.as_data()], sort_keys=True).encode()).hexdigest()


def _keep(actor: User | None, policy: Policy, facts: PolicyFacts, digest: str, version: int | None) -> PolicyDocument:
    paper = paper_of(facts)
    content = _rendered(paper)
    document = PolicyDocument(
        policy=policy,
        kind=facts.kind,
        name=f"{paper.title}{f' {version}' if version else ''} {policy.policy_number}.pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        facts_digest=digest,
        made_by=actor,
        made_at=timezone.now(),
    )
    store(document, OwnedContent(content, policy.customer.own_key()))
    return document


def _rendered(paper: Paper) -> bytes:
    # Loaded with the first paper: it would add half a second to the start of every process, most of which never make one.
    from vanguard.documents.pdf import render

    return render(paper)
