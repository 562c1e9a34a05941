"""Products at the desk: reading, drafting, comparing, publishing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from policies.products import services
from policies.products.models import ProductVersion
from tests.factories import superuser
from tests.quotes.making import product
from tests.workbench.desk import desk_of, local, open_form, send, source, words
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db
PRODUCT, VERSION = "/admin/products/product/", "/admin/products/productversion/"


@pytest.fixture
def draft(db: None) -> ProductVersion:
    return services.draft_version(None, product().pk)


def test_everybody_reads_products_with_their_coverages_and_rates(at_maya: Client) -> None:
    listed = words(at_maya.get(PRODUCT))
    assert "Homeowners HO Homeowners On sale 2 since 1 Jan 2020" in listed
    page = words(at_maya.get(f"{PRODUCT}{product().pk}/change/"))
    assert "2 Valid now 1 Jan 2020" in page
    assert "1 Ended 1 Jan 2000 1 Jan 2020" in page
    assert "Draft a new version" not in page
    version = ProductVersion.objects.valid_at(timezone.now()).get(product=product())
    shown = words(at_maya.get(f"{VERSION}{version.pk}/change/"))
    for expected in ("Dwelling", "100,000.00 – 1,500,000.00", "up to limit less deductible", "Masonry 0.9100", "from 1,000,000 2.6000"):
        assert expected in shown, expected
    assert "/edit/" not in source(at_maya.get(f"{VERSION}{version.pk}/change/")).partition("<main")[2]


def test_an_underwriter_drafts_edits_and_compares(at_priya: Client) -> None:
    at_priya.post(f"{PRODUCT}{product().pk}/draft/", {}, follow=True)
    draft = ProductVersion.objects.whole().get(status="draft")
    form = {
        "base_rate": "1,250.00",
        "short_rate_share": "0.15",
        "quote_days": "45",
        "valid_from": local(timezone.now() + timedelta(days=9)),
    }
    assert "Saved." in words(send(at_priya, f"{VERSION}{draft.pk}/edit/", "edit-form", **form))
    factor = draft.factors.get(code="construction")
    table = "frame = 1.05 Timber frame\nmasonry = 0.90 Masonry\nadobe = 0.95"
    answer = send(
        at_priya, f"/admin/products/ratingfactor/{factor.pk}/edit/", "edit-form", name="Walls", question="Of what?", most="", rates=table
    )
    assert "Timber frame 1.0500 , Masonry 0.9000 , adobe 0.9500" in words(answer)
    dwelling = draft.coverages.get(code="dwelling")
    cover = {
        "name": "Dwelling", "least_limit": "100,000", "most_limit": "2,000,000", "usual_limit": "300,000", "aggregate": "",
        "least_deductible": "500", "most_deductible": "25,000", "usual_deductible": "2,500", "settlement_rule": "limit",
        "claim_types": "dwelling, Fire, water damage",
    }  # fmt: skip
    assert "Saved." in words(send(at_priya, f"/admin/products/coverage/{dwelling.pk}/edit/", "edit-form", **cover))
    dwelling.refresh_from_db()
    assert (dwelling.most_limit, dwelling.claim_types) == (Decimal("2000000.00"), ["dwelling", "fire", "water_damage"])
    compared = words(at_priya.get(f"{PRODUCT}{product().pk}/compare/"))
    for expected in (
        "version 2 beside 3",
        "Base rate a year 1,180.00 1,180.00 1,250.00",
        "Dwelling, limit 100,000 to 1,500,000, usually 300,000 100,000 to 1,500,000, usually 300,000 100,000 to 2,000,000, usually 300,000",
        "Walls, adobe – – 0.9500",
    ):
        assert expected in compared, expected
    assert at_priya.post(f"{VERSION}{draft.pk}/publish/", {}).status_code == 403


def test_who_may_publishes_and_from_then_on_nothing_changes(draft: ProductVersion) -> None:
    boss = desk_of(superuser())
    assert "Say from when it is valid first" in words(boss.get(f"{VERSION}{draft.pk}/change/"))
    draft = services.update_version(None, draft.pk, version=1, changes={"valid_from": timezone.now() + timedelta(days=9)})
    assert "Homeowners 3 is published." in words(send(boss, f"{VERSION}{draft.pk}/publish/"))
    assert "Published, not yet valid" in words(boss.get(f"{VERSION}{draft.pk}/change/"))
    form = {"base_rate": "1.00", "short_rate_share": "0", "quote_days": "1", "valid_from": ""}
    assert send(boss, f"{VERSION}{draft.pk}/edit/", "edit-form", **form).status_code == 409
    coverage = draft.coverages.get(code="dwelling")
    cover = {f"{which}_{word}": "5" for which in ("least", "most", "usual") for word in ("limit", "deductible")}
    more = {"name": "House", "aggregate": "", "settlement_rule": "limit", "claim_types": "fire"}
    answer = send(boss, f"/admin/products/coverage/{coverage.pk}/edit/", "edit-form", **cover, **more)
    assert "published and never changes" in words(answer)


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ("frame = -0.5", "a factor is above 0"),
        ("frame: 1.0", "is not of the form"),
        ("frame = 1\nframe = 2", "Each line begins with another value."),
        ("500 = 1.0", "Each line begins with a word."),
        ("", "Rates is missing."),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_at_its_field(at_priya: Client, draft: ProductVersion, rates: str, says: str) -> None:
    factor = draft.factors.get(code="construction")
    answer = send(at_priya, f"/admin/products/ratingfactor/{factor.pk}/edit/", "edit-form", name="Walls", question="", most="", rates=rates)
    assert answer.status_code == 422
    assert says in words(answer)
    assert 'id="edit_rates_error"' in source(answer)
    assert factor.values.count() == 3


def test_two_at_one_factor_see_each_others_table(at_priya: Client, draft: ProductVersion) -> None:
    factor = draft.factors.get(code="construction")
    address = f"/admin/products/ratingfactor/{factor.pk}/edit/"
    opened = open_form(at_priya, address, "edit-form")
    send(desk_of(superuser()), address, "edit-form", name="Outer walls", question="", most="", rates="frame = 1.1")
    answer = at_priya.post(address, opened | {"name": "Walls", "question": "", "most": "", "rates": "frame = 1.2"})
    assert answer.status_code == 412
    assert "Outer walls" in words(answer)


def test_a_draft_is_thrown_away_and_a_product_is_withdrawn(draft: ProductVersion) -> None:
    boss = desk_of(superuser())
    assert "is thrown away" in words(send(boss, f"{VERSION}{draft.pk}/remove/"))
    assert "Homeowners is withdrawn from sale." in words(send(boss, f"{PRODUCT}{product().pk}/withdraw/"))
    assert "Homeowners is on sale again." in words(send(boss, f"{PRODUCT}{product().pk}/resume/"))


def test_versions_that_are_not_there_are_not_compared(at_maya: Client) -> None:
    for query in ("?before=9", "?after=x", "?before=-1"):
        assert at_maya.get(f"{PRODUCT}{product().pk}/compare/{query}").status_code == 404


COVER = {
    "name": "Contents", "least_limit": "5,000", "most_limit": "80,000", "usual_limit": "20,000", "aggregate": "",
    "least_deductible": "0", "most_deductible": "1,000", "usual_deductible": "250", "settlement_rule": "limit",
    "claim_types": "theft, fire",
}  # fmt: skip


def test_an_underwriter_makes_a_product_with_a_coverage_and_a_factor(at_priya: Client) -> None:
    made = send(at_priya, f"{PRODUCT}add/", "edit-form", name="Renters", code="RE", policy_type="Renters", base_rate="240")
    assert "Renters is there, with version 1 as a draft" in words(made)
    draft = ProductVersion.objects.get(product__code="RE")
    assert "None yet. A version needs one" in words(at_priya.get(f"{VERSION}{draft.pk}/change/"))
    assert "The coverage is added." in words(send(at_priya, f"{VERSION}{draft.pk}/addcoverage/", code="contents", **COVER))
    asked = {"code": "floor", "name": "Floor", "looks_at": "choice", "coverage_code": "", "question": "Which floor?", "most": ""}
    answer = send(at_priya, f"{VERSION}{draft.pk}/addfactor/", **asked, rates="ground = 1.2 Ground floor\nupper = 0.9")
    assert "Ground floor 1.2000 , upper 0.9000" in words(answer)
    factor = draft.factors.get()
    gone = send(at_priya, f"/admin/products/ratingfactor/{factor.pk}/remove/", "command-form")
    assert "Floor is taken out of the draft." in words(gone)


def test_each_refusal_stands_at_its_field(at_priya: Client, draft: ProductVersion) -> None:
    asked = {"code": "floor", "name": "Floor", "looks_at": "choice", "coverage_code": "", "question": "Which floor?", "most": ""}
    cases: list[tuple[str, str, dict[str, str], str, str]] = [
        ("addfactor", "command-form", asked | {"rates": "ground = -1.2"}, "addfactor_rates_error", "a factor is above 0"),
        ("addfactor", "command-form", asked | {"rates": "a = 1", "looks_at": "limit"}, "addfactor_coverage_code_error", "which coverage"),
        ("addcoverage", "command-form", COVER | {"code": "dwelling"}, "addcoverage_code_error", "has dwelling already"),
        ("addcoverage", "command-form", COVER | {"code": "x", "usual_limit": "1"}, "addcoverage_usual_limit_error", "not below the least"),
    ]
    for page, form, sent, error, says in cases:
        answer = send(at_priya, f"{VERSION}{draft.pk}/{page}/", form, **sent)
        assert answer.status_code in (409, 422), page
        assert f'id="{error}"' in source(answer)
        assert says in words(answer)
    taken = send(at_priya, f"{PRODUCT}add/", "edit-form", name="Homes", code="HO", policy_type="homes", base_rate="240")
    assert 'id="new_code_error"' in source(taken)


def test_a_part_of_a_published_version_says_why_it_stays(at_priya: Client) -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product=product())
    page = at_priya.get(f"/admin/products/coverage/{version.coverages.all()[0].pk}/remove/")
    assert "is published and never changes" in words(page)


def test_an_underwriter_writes_clauses_into_a_draft_and_takes_them_out(at_priya: Client, draft: ProductVersion) -> None:
    url = f"{VERSION}{draft.pk}/clause/"
    fields = {"reference": "E.1", "heading": "Wear", "topic": "exclusion", "coverage": "", "text": "We do not pay for wear."}
    assert "The clause is in the draft." in words(send(at_priya, url, **fields))
    answer = send(at_priya, url, **fields | {"reference": "A.5", "coverage": "dwelling", "heading": "Roofs", "topic": "valuation"})
    assert "A.5 Roofs" in words(answer)
    assert (draft.clauses.get(reference="E.1").text, draft.clauses.get(reference="A.5").coverage) == (
        "We do not pay for wear.",
        draft.coverages.get(code="dwelling"),
    )
    assert "is taken out" in words(send(at_priya, f"{VERSION}{draft.pk}/removeclause/", reference="A.5"))
    assert not draft.clauses.filter(reference="A.5").exists()
    wrong = send(at_priya, url, **fields | {"topic": "weather"})
    assert (wrong.status_code, 'id="clause_topic_error"' in source(wrong)) == (422, True)


def test_clauses_of_a_published_version_are_written_by_nobody(at_priya: Client) -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product=product())
    for change in (
        lambda: services.set_clause(None, version.pk, reference="E.1", topic="exclusion", heading="x", text="x"),
        lambda: services.remove_clause(None, version.pk, reference="E.1"),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert refused.value.code == "published"
