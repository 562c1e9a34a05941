"""What the rates say of a policy that was bound from a quote, when its term is put right."""

from decimal import Decimal

from policies.events import RatedTerm, TermRating
from policies.products.models import ProductVersion
from policies.products.rules import Cover, read_answers
from policies.products.tariff import premium_of
from policies.quotes.models import Quote
from vanguard.errors import Invalid


def rate_again(question: TermRating) -> None:
    """Answers for a policy that was sold by a quote: by the quote's answers, with the limits and deductibles that the policy has."""
    quote = Quote.objects.filter(policy=question.policy_id).first()
    if quote is None:
        return
    question.rated = True
    question.premium_before, question.premium_after = _premium(quote, question.before), _premium(quote, question.after)


def _premium(quote: Quote, rated: RatedTerm) -> Decimal | None:
    """None where the version asks for what the quote did not answer, or has no rate for what the policy has."""
    if rated.product_version_id is None:
        return None
    version = ProductVersion.objects.whole().get(pk=rated.product_version_id)
    asked = {factor.code for factor in version.factors.all() if factor.is_asked}
    given = {code: value for code, value in quote.inputs.items() if code in asked}
    answers, errors = read_answers(version, given, complete=True, stored=True)
    if errors:
        return None
    covers = {
        each.code: Cover(rated.terms.coverage_amount, rated.terms.deductible_amount)
        if each.is_principal
        else Cover(*rated.terms.figures_for(each.code))
        for each in version.coverages.all()
    }
    try:
        return premium_of(version, answers, covers, rated.start_date, rated.end_date).premium
    except Invalid:
        return None
