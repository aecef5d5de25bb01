"""A real Chromium for the tests of this folder: the system's own, driven by Playwright, with nothing to reach but this machine."""

import os
from importlib.resources import files
from urllib.parse import urlsplit

import chromium
import pytest
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        try:
            running = chromium.launch(playwright)
        except FileNotFoundError as error:
            pytest.fail(str(error)) if os.environ.get("CI") == "true" else pytest.skip(str(error))
        yield running
        running.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.when == "call":
        item.failed_in_call = report.failed
    return report


@pytest.fixture
def open_page(browser, request, tmp_path):
    """open_page(known=(), **options of browser.new_context) -> a page. The test fails if a page asks another machine for anything.
    The hosts in `known` are kept from it too, but may be asked for.

    What each page said on its console as an error, and what it threw, is in `page.problems`. If the test fails, a picture of each
    page is kept in the test's temporary folder.
    """
    pages, strangers = [], set()

    def note(url, known):
        parts = urlsplit(url)
        here = parts.scheme in ("data", "blob", "about", "file", "chrome-error")
        if not here and parts.hostname not in ("127.0.0.1", "localhost", *known):
            strangers.add(url)

    def hear(page, said, known):
        if said.type == "error" and urlsplit(said.location["url"]).hostname not in known:
            page.problems.append(said.text)

    def opened(known=(), **options):
        page = browser.new_context(**options).new_page()
        page.problems = []
        for host in known:
            page.route(f"https://{host}/**", lambda route: route.abort())
        page.on("request", lambda asked: note(asked.url, known))
        page.on("console", lambda said: hear(page, said, known))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        pages.append(page)
        return page

    yield opened
    for number, page in enumerate(pages):
        if getattr(request.node, "failed_in_call", False):
            picture = tmp_path / f"page{number}.png"
            page.screenshot(path=picture)
            print(f"picture of the page: {picture}")
        page.context.close()
    assert not strangers, f"the page asked for {sorted(strangers)}"


@pytest.fixture
def demo(open_page, request):
    """demo(**options of a browser context) -> a page with the demo that the test's file names, free of errors when the test ends."""
    pages = []

    def opened(**options):
        page = open_page(**options)
        page.goto(f"file://{files('utils.demos') / (request.module.NAME + '.html')}")
        pages.append(page)
        return page

    yield opened
    assert [page.problems for page in pages] == [[] for _ in pages]
