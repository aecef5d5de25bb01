"""An assignment's whole way, by clicks: released, fetched, answered, checked, handed in, collected, graded, marked by hand, given back.

Instructor and student each have a JupyterLab and a folder of their own, and one exchange between them. What the guide lets instructors
type (grade, feedback) is typed here.
"""

import os
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from lab import ROOT, UNIT, jupyterlab, menu, ready, validate, words, write

from utils.authoring import bank

MATHJAX = "cdnjs.cloudflare.com"  # formgrader sets formulas with it, where there is a network; nothing of the course asks for it


@pytest.fixture
def labs(browser, tmp_path, monkeypatch):
    """The instructor's JupyterLab on a course folder, and the student's on an empty home."""
    course, home, exchange = tmp_path / "course", tmp_path / "home", tmp_path / "exchange"
    for part in ("solutions", "exercises"):
        shutil.copytree(ROOT / part / UNIT, course / part / UNIT, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    shutil.copy(ROOT / "pyproject.toml", course)
    home.mkdir()
    exchange.mkdir()
    for folder in (course, home):
        shutil.copy(ROOT / "nbgrader_config.py", folder)
    monkeypatch.setenv("NBGRADER_EXCHANGE", str(exchange))
    with jupyterlab(course, tmp_path / "a") as instructor, jupyterlab(home, tmp_path / "b") as student:
        yield instructor, student


def test_an_assignment_goes_to_a_student_and_comes_back_with_feedback(labs, open_page):
    instructor, student = labs
    desk = open_page(viewport={"width": 1300, "height": 900}, known=(MATHJAX,))
    seat = open_page(viewport={"width": 1300, "height": 900})
    for page in (desk, seat):
        page.set_default_timeout(60_000)

    instructor.start(desk)
    menu(desk, "Nbgrader$", "Formgrader")
    formgrader = desk.frame_locator("iframe[src*=formgrader]")
    row = formgrader.locator("tr", has_text=UNIT)
    row.locator(".release a").click()
    confirm(formgrader, "Successfully released")

    student.start(seat)
    menu(seat, "Nbgrader$", "Assignment List")
    seat.get_by_role("button", name="Fetch", exact=True).click()
    seat.locator("#fetched_assignments_list").get_by_role("button", name=UNIT).click()
    seat.locator(".nested_list_item").get_by_text(UNIT, exact=True).click()
    ready(seat)
    answer(seat, nbformat.read(student.folder / UNIT / f"{UNIT}.ipynb", as_version=4))
    seat.get_by_role("tab", name="Assignments").click()
    seat.get_by_role("button", name="Submit", exact=True).click()
    seat.locator("#submitted_assignments_list").get_by_text(UNIT).wait_for()

    row.locator(".collect a").click()
    confirm(formgrader, "Successfully collected")
    dl4cv(instructor.folder, "grade")
    mark(formgrader, points="7", comment="Which arithmetic shows that your change works?")
    dl4cv(instructor.folder, "feedback")
    formgrader.get_by_role("link", name="Manual Grading").first.click()
    formgrader.get_by_role("link", name="Manage Assignments").click()
    row.locator(".release-feedback a").click()
    confirm(formgrader, "Successfully released")

    seat.get_by_role("button", name="Fetch Feedback").click()
    seat.get_by_text("(view feedback)").click()
    seat.locator(".jp-DirListing-item", has_text=".html").dblclick()
    shown = seat.frame_locator(".jp-HTMLViewer iframe").locator("body")
    shown.get_by_text("19 of 100 points").wait_for()
    told = words(shown.inner_text())
    assert "output_size 12 of 12 passed" in told and "the unseen edge 7 of 10" in told
    assert "Which arithmetic shows that your change works?" in told
    assert not seat.problems
    assert [said for said in desk.problems if "MathJax" not in said] == []


def answer(page, assignment):
    """One task wrong, Validate says why; then right, Validate is content with it; then the written answer."""
    answers = {(a.task, a.what): a for a in bank.answers(UNIT, ROOT)}
    wrong, right = answers["output_size", "plus_one"], answers["output_size", "divmod"]
    place = {cell.metadata.get("nbgrader", {}).get("grade_id"): i for i, cell in enumerate(assignment.cells)}
    test = assignment.cells[place[f"test_{right.task}"]].source
    write(page, place[wrong.task], wrong.source)
    assert wrong.feedback in words(validate(page)[test])
    write(page, place[right.task], right.source)
    assert test not in validate(page)
    write(page, place["the_unseen_edge"], "The last row and the last column: 13 of 49 pixels.")
    page.keyboard.press("ControlOrMeta+Enter")
    page.keyboard.press("ControlOrMeta+s")
    page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")


def confirm(formgrader, message: str):
    """Read what formgrader says that it has done, and put it away."""
    dialog = formgrader.locator(".modal-dialog")
    dialog.wait_for()
    assert message in dialog.inner_text(), dialog.inner_text()
    dialog.get_by_role("button", name="OK").click()
    dialog.wait_for(state="detached")


def mark(formgrader, points: str, comment: str):
    """Mark the written answer of the only submission."""
    formgrader.get_by_role("link", name="Manual Grading").click()
    for column in ("Assignment ID", "Notebook ID"):  # the second page has a link of the same name in the same place
        formgrader.locator("table", has_text=column).get_by_role("link", name=UNIT).click()
    formgrader.get_by_role("link", name="Submission #1").click()
    field = formgrader.locator("input#the_unseen_edge.needs_manual_grade")
    field.wait_for()  # the page knows by now what the gradebook holds
    field = formgrader.locator("input#the_unseen_edge")
    with field.page.expect_response(re.compile("/formgrader/api/grade/")) as saved:
        field.fill(points)
        field.press("Tab")
    assert saved.value.ok
    field = formgrader.get_by_placeholder("Type any comments here").last
    with field.page.expect_response(re.compile("/formgrader/api/comment/")) as saved:
        field.fill(comment)
        field.press("Tab")
    assert saved.value.ok


def dl4cv(course, command: str):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "utils.cli", command, UNIT], cwd=course, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
