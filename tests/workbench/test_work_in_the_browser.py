"""People at work in a real browser, against the real server: decisions, keys, the list, a quote, and every step without script."""

import re

import pytest
from playwright.sync_api import expect

from tests import needs
from tests.live import LiveServer
from tests.workbench.book import ADJUSTER, SUPERVISOR, UNDERWRITER
from tests.workbench.in_a_browser import CLAIMS, Desk, browser, desk, from_api, server, session_of, trouble

__all__ = ["browser", "desk", "server", "session_of", "trouble"]
pytestmark = [needs.chromium, pytest.mark.once]


def test_an_adjuster_takes_a_claim_starts_it_and_approves_it(desk: Desk, server: LiveServer) -> None:
    with desk(ADJUSTER) as page:
        page.get_by_role("button", name="Take next claim").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000001")
        expect(page.get_by_text("CLM-2026-000001 is yours now.")).to_be_visible()
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".wb-record .wb-chip")).to_contain_text("Processing")
        page.get_by_role("link", name="Approve $4,000.00…").click()
        dialog = page.get_by_role("dialog", name="Approve $4,000.00")
        dialog.get_by_label("Amount to Rosa Delgado").fill("3,900.50")
        expect(dialog.get_by_text("left 21,099.50")).to_be_visible()
        dialog.get_by_role("button", name="Approve $3,900.50").click()
        expect(page.locator(".messagelist")).to_have_text("Approved: $3,900.50 to Rosa Delgado.")
        newest = page.locator(".wb-timeline > li").first
        expect(newest).to_contain_text("Maya Okafor approved $3,900.50")
        expect(newest.locator("time")).to_have_text(re.compile(r"Today \d\d:\d\d"))
    claim = from_api(server, ADJUSTER, "CLM-2026-000001")
    assert (claim["status"], claim["approvedAmount"]) == ("approved", 3900.5)


def test_a_supervisor_denies_another_claim_with_a_reason(desk: Desk, server: LiveServer) -> None:
    with desk(SUPERVISOR) as page:
        page.keyboard.press("/")
        page.keyboard.type("CLM-2026-000003")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000003")
        page.keyboard.press("d")
        dialog = page.get_by_role("dialog", name="Deny the claim")
        expect(dialog.get_by_label("Reason")).to_be_focused()
        dialog.get_by_role("button", name="Show the letter").click()
        expect(page.get_by_text("Reason is missing.")).to_be_visible()
        dialog.get_by_label("Reason").fill("Wear and tear is not covered, HO-3 section I.A.2(c).")
        dialog.get_by_label("Ground").select_option("excluded_peril")
        page.get_by_role("button", name="Show the letter").click()
        expect(page.get_by_role("region", name="The letter")).to_contain_text("California Department of Insurance")
        page.get_by_role("button", name="Deny and send this letter").click()
        expect(page.locator(".wb-timeline")).to_contain_text("Daniel Reyes denied the claim")
        expect(page.locator(".wb-timeline")).to_contain_text("Wear and tear is not covered")
    assert from_api(server, SUPERVISOR, "CLM-2026-000003")["status"] == "denied"


def test_the_authority_bar_follows_the_typing_and_says_over_before_anybody_presses(desk: Desk) -> None:
    with desk(SUPERVISOR) as page:
        page.goto(f"{CLAIMS}?view=approve")
        page.get_by_role("link", name="CLM-2026-000002").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000002")
        page.keyboard.press("a")
        dialog = page.get_by_role("dialog", name="Approve $59,000.00")
        expect(dialog.get_by_text("Asked by Maya Okafor")).to_be_visible()
        dialog.get_by_label("Amount to Harold Finch").fill("59000.01")
        expect(dialog.get_by_role("button", name="Approve this amount")).to_be_visible()
        dialog.get_by_role("button", name="Approve this amount").click()
        expect(page.get_by_text("Amount is 0.01 above what is payable (59,000.00).")).to_be_visible()
        page.get_by_role("button", name="Use 59,000.00").click()
        expect(page.get_by_label("Amount to Harold Finch")).to_have_value("59,000.00")
        expect(page.get_by_role("button", name="Approve $59,000.00")).to_be_visible()


def test_the_worklist_is_run_from_the_keyboard(desk: Desk) -> None:
    with desk(SUPERVISOR) as page:
        page.keyboard.press("g")
        page.keyboard.press("w")
        expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
        chosen = page.get_by_label("Saved views").locator("[aria-current]")
        expect(chosen).to_contain_text("To approve")
        for key, view in ((".", "Late, whole team"), (".", "Not assigned"), (",", "Late, whole team")):
            page.keyboard.press(key)
            expect(chosen).to_contain_text(view)
        for key in ("j", "x", "j", "x"):
            page.keyboard.press(key)
        expect(page.locator(".action-counter")).to_have_text("2 of 5 selected")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000004")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("n")
        page.keyboard.type("a d x j")
        expect(page.get_by_label("Note")).to_have_value("a d x j")


def test_reassigning_several_claims_works_from_the_list(desk: Desk) -> None:
    with desk(SUPERVISOR) as page:
        page.goto(f"{CLAIMS}?view=late")
        page.get_by_label("Select CLM-2026-000005").check()
        page.get_by_role("button", name="Reassign…").click()
        daniel = page.locator("option", has_text="Daniel Reyes").get_attribute("value")
        page.get_by_label("New owner").select_option(daniel)
        page.get_by_role("button", name="Give 1 claim to them").click()
        expect(page.locator(".messagelist")).to_have_text("1 claim given to Daniel Reyes.")


def test_a_first_notice_offers_policies_while_a_name_is_typed(desk: Desk) -> None:
    with desk(ADJUSTER) as page:
        page.goto(f"{CLAIMS}add/")
        page.get_by_label("Policy", exact=True).press_sequentially("whitf")
        expect(page.locator("#policies option")).to_have_text(re.compile("Amos Whitfield, homeowners"))


def test_every_step_works_without_script(desk: Desk) -> None:
    with desk(ADJUSTER, java_script_enabled=False) as page:
        page.goto(f"{CLAIMS}?view=mine")
        page.get_by_role("link", name="CLM-2026-000006").click()
        page.get_by_role("button", name="Start").click()
        page.get_by_role("link", name="Approve $4,000.00…").click()
        expect(page.get_by_role("heading", name="Approve $4,000.00")).to_be_visible()
        page.get_by_role("button", name="Approve $4,000.00").click()
        expect(page.locator(".messagelist")).to_contain_text("Approved: $4,000.00")


def test_an_underwriter_quotes_a_house_approves_the_referral_and_binds(desk: Desk) -> None:
    with desk(UNDERWRITER) as page:
        page.get_by_role("link", name="New quote").click()
        page.get_by_label("Customer").fill("rosa.delgado@example.com")
        page.get_by_label("Product").select_option(label="Homeowners")
        page.get_by_role("button", name="Go on to the questions").click()
        page.get_by_role("link", name="Price…").click()
        dialog = page.get_by_role("dialog", name="Price QUO-")
        dialog.get_by_label("Construction").select_option(label="Masonry")
        for question, answer in (("Age of the roof", "31"), ("Miles to the fire station", "1"), ("Losses in five years", "0")):
            dialog.get_by_label(question).fill(answer)
        dialog.get_by_label("Alarm").select_option(label="Monitored")
        dialog.get_by_role("button", name="Price QUO-").click()
        expect(page.locator(".messagelist")).to_contain_text("comes to $1,139.72 and is referred")
        expect(page.get_by_role("table", name="Rules that fired")).to_contain_text("Old roof")
        page.keyboard.press("a")
        page.get_by_role("dialog", name="Approve QUO-").get_by_role("button", name="Approve at $1,139.72").click()
        page.get_by_role("link", name="Bind at $1,139.72…").click()
        page.get_by_role("dialog", name="Bind QUO-").get_by_role("button", name="Bind at $1,139.72").click()
        expect(page.locator(".wb-record .wb-chip")).to_contain_text("Bound")
        page.get_by_role("link", name=re.compile("^POL-")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^POL-"))
        expect(page.get_by_text("Bound from")).to_be_visible()
