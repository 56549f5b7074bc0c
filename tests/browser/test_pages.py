"""Every page as it opens, and with a result on it."""

import pytest
from playwright.sync_api import expect

from tests.browser.judging import PHONE, looks_right
from tests.browser.watching import MANY, SCREENSHOTS, SOON, Visitor

PRODUCT = f"?prompt=Nike+Men+Red+Running+Shoes&seed=3{SOON}"
DRAWN = {
    "shoes": f"?prompt=Black+ankle+boots&seed=5{SOON}",
    "guitars": f"?prompt=Red+Fender+Stratocaster&seed=2{SOON}",
    "birds": f"?prompt=a+small+yellow+bird+with+black+wings&seed=1{SOON}",
}
SIDE = 3 if SCREENSHOTS else 2
ROWS, COLUMNS = ("Sports+Shoes", "Handbags", "Watches")[:SIDE], ("Red", "Blue", "Black")[:SIDE]
GRID = "&".join(
    ["?seed=3&rows=category&columns=colour", *(f"row={name}" for name in ROWS), *(f"column={name}" for name in COLUMNS)]
)
HURTS = '<img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'


def test_a_link_draws_its_result_for_the_first_visitor_of_all_and_the_page_gives_the_same_link(
    visitor: Visitor,
) -> None:
    visitor.opens("products", PRODUCT)
    expect(visitor.pictures()).to_have_count(MANY)
    visitor.waits()
    looks_right(visitor, "products")
    before = visitor.pictures().first.get_attribute("src")
    visitor.presses("Link to this result")
    link = visitor.tab.get_by_text("/products?prompt=").first.inner_text()
    assert link.startswith(visitor.address)
    visitor.opens("products", link.partition("products")[2])
    expect(visitor.pictures()).to_have_count(MANY)
    visitor.waits()
    assert visitor.pictures().first.get_attribute("src") == before


@pytest.mark.parametrize("page", DRAWN)
def test_a_link_draws_its_pictures_on_a_page_that_looks_right(visitor: Visitor, page: str) -> None:
    visitor.opens(page, DRAWN[page])
    expect(visitor.pictures()).to_have_count(MANY)
    visitor.waits()
    looks_right(visitor, page)


def test_a_link_draws_its_grid_and_a_click_opens_a_picture_with_its_settings(visitor: Visitor) -> None:
    visitor.opens("variations", GRID)
    expect(visitor.pictures()).to_have_count(SIDE * SIDE)
    visitor.waits()
    looks_right(visitor, "variations")
    cells = visitor.tab.locator('[class*="st-key-cells_"]')  # lists have buttons of that name too
    cells.get_by_role("button", name="Open").nth(SIDE + 1).click()
    expect(visitor.tab.get_by_role("heading", name="Products", exact=True)).to_be_visible()
    expect(visitor.pictures()).to_have_count(1)
    visitor.waits()
    for chip in ("Category: Handbags", "Colour: Blue"):
        expect(visitor.tab.get_by_role("button", name=chip)).to_be_visible()


@pytest.mark.parametrize("page", ["", "gallery", "models"])
def test_a_page_that_draws_nothing_opens_and_looks_right(visitor: Visitor, page: str) -> None:
    looks_right(visitor.opens(page), page or "home")


def test_the_menu_of_a_phone_leads_to_another_page(visitor: Visitor) -> None:
    tab = visitor.opens("models").uses(PHONE).tab
    tab.get_by_test_id("stExpandSidebarButton").click()
    tab.get_by_test_id("stSidebarNavLink").filter(has_text="Gallery").click()
    expect(tab.get_by_role("heading", name="Gallery", exact=True)).to_be_visible()
    assert visitor.waits().overflow() <= 0


def test_a_hostile_link_is_answered_in_a_sentence_and_hurts_nobody(visitor: Visitor) -> None:
    visitor.opens("products", f"?prompt={HURTS}&attribute.colour={HURTS}").sees("colour cannot be")
    visitor.opens("variations", f"?prompt={HURTS}&rows={HURTS}&row=x").sees("no attribute")
    assert visitor.tab.evaluate("window.hurt") is None
