"""The website: what a reader finds there, with nothing to reach but the site itself. It is built once for all tests of this file."""

import functools
import http.server
import threading
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from utils.authoring import course, site

ROOT = Path(__file__).parents[2]
LECTURE = "lectures/03_convolution_arithmetic.html"
ASSIGNMENT = "exercises/03_convolution_arithmetic/03_convolution_arithmetic.html"
SLIDES = "slides/03_convolution_arithmetic.html"
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder of the site; building it fails on a warning, a broken link, a leak, and what a page would load from another host."""
    out = tmp_path_factory.mktemp("site")
    site.build(ROOT, out)
    return out / "html"


@pytest.fixture(scope="session")
def address(built):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=built)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def read(open_page, address):
    """read(path, **options of a browser context) -> a page of the site; it must say no error and ask no other host (open_page)."""
    pages = []

    def opened(path, **options):
        page = open_page(**options)
        page.goto(f"{address}/{path}", wait_until="load")
        pages.append(page)
        return page

    yield opened
    assert [page.problems for page in pages] == [[] for _ in pages]


def faults(page, leave_out=()):
    """What axe-core finds serious or critical once no colour changes any more, but for the elements to leave out."""
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")
    options = {
        "preload": False,
        "resultTypes": ["violations"],
    }  # preload: fetches style sheets again, and looks in the wrong place
    found = Axe().run(page, context={"exclude": [list(leave_out)]} if leave_out else None, options=options).response["violations"]
    return [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]


def test_has_a_page_for_every_lecture_assignment_and_deck(built):
    for unit in course.units(ROOT):
        assert not unit.has_lecture or (built / unit.lecture.with_suffix(".html")).is_file(), unit.name
        assert not unit.has_lecture or (built / "slides" / f"{unit.name}.html").is_file(), unit.name
        assert not unit.has_assignment or (built / unit.exercise.with_suffix(".html")).is_file(), unit.name
    size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
    assert size < 80e6, f"{size / 1e6:.0f} MB"


def test_a_lecture_can_be_read_with_its_pictures_formulas_and_links(read):
    page = read(LECTURE)
    assert page.get_by_role("heading", level=1).inner_text().startswith("03 · Convolution arithmetic")
    page.wait_for_function("document.querySelectorAll('mjx-container').length > 5")
    assert page.locator(".cell_output img").count() > 10
    pictures = page.locator(".cell_output img").evaluate_all("all => all.map((one) => [one.alt, one.naturalWidth])")
    assert all("picture" in alt.lower() and width for alt, width in pictures), pictures
    assert page.get_by_text("Installing the course").count() == 0
    launch = page.locator(".dropdown-launch-buttons a").evaluate_all("all => all.map((one) => one.href)")
    assert [link for link in launch if link.endswith("/main/lectures/03_convolution_arithmetic.ipynb") and "colab" in link], (
        launch
    )
    page.get_by_role("link", name="Slides", exact=True).click()
    page.wait_for_url(f"**/{SLIDES}")


def test_demo_and_quiz_live_without_a_kernel_and_the_demo_follows_the_theme(read):
    page = read(LECTURE, color_scheme="light")
    frame = page.locator("iframe").first.element_handle().content_frame()
    frame.wait_for_function("window.demo")
    frame.evaluate("demo.set({stride: 2})")
    assert frame.evaluate("demo.state().output_size") == 3
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    frame.wait_for_function("document.documentElement.dataset.theme === 'dark'")

    quiz = page.locator(".Quiz").first
    quiz.locator(".MCButton").first.click()
    page.wait_for_function("document.querySelector('.Feedback').innerText.length > 10")


def test_search_finds_a_word_of_a_lecture(read):
    page = read("search.html?q=dilation")
    page.get_by_role("link", name="03 · Convolution arithmetic", exact=True).last.wait_for()
    assert page.locator("#search-results li").count() >= 2  # the lecture and its assignment


def test_an_assignment_shows_tasks_and_hints_and_no_solution(read):
    page = read(ASSIGNMENT)
    assert page.locator("details").count() >= 18
    text = page.locator("main").inner_text()
    assert "raise NotImplementedError" in text
    assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text


@pytest.mark.parametrize("path", ["index.html", "syllabus.html", "instructors.html", LECTURE, ASSIGNMENT])
def test_nothing_is_wider_than_a_phone(read, path):
    page = read(path, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(read, address, scheme):
    page = read("index.html", color_scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    found = {"index.html": faults(page)}
    paths = ["syllabus.html", "instructors.html", ASSIGNMENT, LECTURE]
    for path in paths if scheme == "light" else [ASSIGNMENT]:
        page.goto(f"{address}/{path}")
        found[path] = faults(
            page, [".highlight"] if path == LECTURE else ()
        )  # thousands of words of code; an assignment has them too
    assert found == {path: [] for path in found}


def test_slides_go_forward_by_key_with_formulas_and_show_nothing_serious_to_axe(read):
    page = read(SLIDES)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.wait_for_function("document.querySelector('mjx-container')")
    for _ in range(12):
        page.keyboard.press("Space")
    assert page.evaluate("Reveal.getSlidePastCount()") > 3
    assert page.evaluate("Reveal.getTotalSlides()") > 30
    assert faults(page) == []
    with page.expect_popup() as speaker:
        page.keyboard.press("s")
    speaker.value.wait_for_selector("#current-slide iframe", state="attached")
    speaker.value.close()


def test_slides_print_every_slide(read):
    page = read(f"{SLIDES}?print-pdf")
    page.wait_for_function("document.querySelectorAll('.pdf-page').length > 30")
    pages = page.locator(".pdf-page")
    assert pages.count() >= page.evaluate("Reveal.getTotalSlides()")  # a slide that is too high goes on to a second page
    assert page.evaluate("document.querySelectorAll('.pdf-page .jp-RenderedImage img').length") > 10
