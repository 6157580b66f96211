"""The board in a real browser: what it draws, that nothing leaves it, and whoever has only a keyboard or a phone.

Debian's or Google's Chromium on PATH, driven by playwright; without one these tests are skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from operations.board import serving
from operations.board.rendering import render
from tests.unit.operations.board import canned

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=f"no browser on PATH: none of {', '.join(NAMES)}")
BOARDS = {
    "week": canned.week,
    "hostile": lambda: canned.week(canned.HOSTILE),
    "empty": canned.empty,
    "critical": canned.critical,
    "down": canned.down,
}
# Far more than anything takes: a machine may be busy.
SECONDS = 200
WIDE, PHONE = (1360, 900), (390, 844)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("boards")
    for name, make in BOARDS.items():
        (folder / f"{name}.html").write_text(render(make()), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in BOARDS}


class Visit:
    """A page that was opened, with what it asked for and what it complained of."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        context.set_default_timeout(SECONDS * 1000)
        self.page: Page = context.new_page()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.goto(address)

    def is_drawn(self, number: int) -> bool:
        """Whether the plot has pixels that are not all the same."""
        script = """number => { const canvas = document.querySelectorAll("canvas")[number];
          const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
          return new Set(new Uint32Array(data.buffer)).size }"""
        return int(self.page.evaluate(script, number)) > 2


def opened(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Iterator[Visit]:
    dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
    )
    yield Visit(context, address)
    context.close()


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, files: dict[str, Path]) -> Iterator[Visit]:
    name, size, scheme = request.param
    yield from opened(browser, files[name].as_uri(), size, scheme)


def shown(*cases: tuple[str, tuple[int, int], str]) -> pytest.MarkDecorator:
    ids = [f"{name}-{size[0]}-{scheme}" for name, size, scheme in cases]
    return pytest.mark.parametrize("visit", cases, indirect=True, ids=ids)


# Every board, both widths and both colours; not all of them together: each costs a second or two.
EACH = (
    ("week", WIDE, "light"),
    ("hostile", PHONE, "dark"),
    ("empty", PHONE, "light"),
    ("critical", WIDE, "dark"),
    ("down", PHONE, "light"),
)


@shown(*EACH)
def test_it_is_accessible_quiet_asks_nobody_and_never_scrolls_sideways(visit: Visit) -> None:
    found = Axe().run(visit.page)
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []
    assert visit.said == []
    assert [url for url in visit.asked if not url.startswith(("file:", "data:"))] == []
    assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@shown(("week", WIDE, "light"), ("week", PHONE, "dark"))
def test_each_plot_is_drawn(visit: Visit) -> None:
    assert visit.page.locator("canvas").count() == 3
    assert [visit.is_drawn(number) for number in range(3)] == [True, True, True]


@shown(("hostile", WIDE, "light"))
def test_what_others_wrote_stands_there_as_they_wrote_it(visit: Visit) -> None:
    assert visit.page.locator("img").count() == 0
    assert visit.page.get_by_text(canned.HOSTILE, exact=True).first.is_visible()
    assert visit.said == []


@shown(("week", WIDE, "light"))
def test_no_script_but_its_own_can_run(visit: Visit) -> None:
    visit.page.evaluate("""() => { const added = document.createElement("script");
      added.textContent = "window.hacked = 1"; document.body.append(added); }""")
    assert visit.page.evaluate("window.hacked") is None
    assert "Content Security Policy" in visit.said[0]


@shown(("week", WIDE, "light"))
def test_a_keyboard_reaches_panels_tables_and_lineage(visit: Visit) -> None:
    page, focused = visit.page, "document.activeElement.textContent.trim()"
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "To the panels"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#health"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    assert page.get_by_role("row", name="was not well").is_visible()
    page.get_by_label("Object", exact=True).focus()
    page.keyboard.type("caption_bandit")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    article = page.locator("article:target")
    assert article.locator("h3").text_content() == "caption_bandit_stats"
    assert article.get_by_text("written by").is_visible()
    assert page.locator(".chooser [aria-current]").text_content() == "caption_bandit_stats"
    article.get_by_role("link", name="update_caption_performance_at").first.press("Enter")
    assert page.locator("article:visible h3").all_text_contents() == ["update_caption_performance_at"]


@shown(("critical", WIDE, "light"), ("down", WIDE, "light"))
def test_the_answer_is_in_the_first_window(visit: Visit) -> None:
    reasons = visit.page.locator(".reasons li")
    assert reasons.count() >= 1
    for number in range(reasons.count()):
        box = reasons.nth(number).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < WIDE[1] / 2


@shown(("week", WIDE, "light"))
def test_a_change_of_the_colours_is_drawn_too(visit: Visit) -> None:
    pixel = "() => document.querySelector('canvas').toDataURL()"
    light = visit.page.evaluate(pixel)
    visit.page.emulate_media(color_scheme="dark")
    visit.page.wait_for_function(f"before => ({pixel})() !== before", arg=light)
    assert visit.is_drawn(0)


def test_the_server_shows_the_same_page_and_reads_it_again(browser: Browser) -> None:
    listening = serving.bound(0)
    server = uvicorn.Server(uvicorn.Config(serving.app(canned.critical), log_level="error", lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        for visit in opened(browser, address, WIDE, "light"):
            visit.page.get_by_role("link", name="read again").click()
            assert visit.page.get_by_role("heading", level=1).text_content() == "✕ Not well"
            assert visit.is_drawn(0)
            assert visit.said == []
            assert {url for url in visit.asked if not url.startswith("data:")} == {address}
    finally:
        server.should_exit = True
        thread.join()
