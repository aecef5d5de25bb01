"""How long a student waits in JupyterLab, from the click on a lecture or an assignment until its first cell has run.

    python benchmarks/first_cell.py            # every unit
    python benchmarks/first_cell.py 02_convolution

Clicks on the README's links in the system's own Chromium, as a student does who has typed `make lab`; how long that takes until the README
stands there is the first line. The page then has nothing in its cache. The first code cell is the one that finds the course and sets up.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

import chromium  # noqa: E402
from lab import RUN, TOKEN, jupyterlab, menu, ready  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from utils.authoring import course  # noqa: E402

FIRST = """() => jupyterapp.shell.currentWidget.content.widgets
    .findIndex((cell) => cell.model.type === 'code' && cell.model.sharedModel.source.trim())"""
HAS_RUN = """first => jupyterapp.shell.currentWidget.content.model.cells.get(first).executionCount
    && jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"""


def first_cell(page) -> None:
    """Wait until the notebook in front stands there, and run its first code cell."""
    ready(page)
    menu(page, "Edit$", "Clear Outputs of All Cells")
    first = page.evaluate(FIRST)
    page.evaluate("first => { jupyterapp.shell.currentWidget.content.activeCellIndex = first }", first)
    page.evaluate("jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_function(HAS_RUN, arg=first, timeout=RUN)


def line(what: str, since: float) -> None:
    print(f"{what:68} {time.perf_counter() - since:5.1f} s", flush=True)


def main():
    units = course.units(ROOT, sys.argv[1:] or None)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        copy = Path(home) / "course"  # running changes notebooks
        kept = shutil.ignore_patterns(".*", "__pycache__", "build", "exchange", "student")
        shutil.copytree(ROOT, copy, ignore=kept)
        begun = time.perf_counter()
        with jupyterlab(copy, Path(home) / "home", utils=copy) as lab:
            for unit in units:
                for link, path in enumerate((unit.lecture, unit.exercise)):
                    page = browser.new_page(viewport={"width": 1300, "height": 900})
                    page.goto(f"{lab.address}/?token={TOKEN}")
                    readme = page.locator(".jp-MarkdownViewer")
                    row = readme.locator("tr", has=page.locator(f'a[href*="{unit.lecture.name}"]'))
                    opens = row.get_by_role("link", name="open", exact=True).nth(link)
                    opens.wait_for(timeout=RUN)
                    if begun:
                        line("JupyterLab is started and shows the README", begun)
                        begun = None
                    clicked = time.perf_counter()
                    opens.click()
                    first_cell(page)
                    line(path.as_posix(), clicked)
                    # Twenty kernels slow the next one down.
                    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
                    page.close()


if __name__ == "__main__":
    main()
