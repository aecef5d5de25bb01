"""A student's hour in JupyterLab: open a lecture, run it, play with the demo; answer a task, press Validate, correct the answer.

JupyterLab is the real one and works on a copy of the course, so that nothing in the repository changes.
"""

import shutil

import nbformat
import pytest
from lab import ROOT, TOKEN, UNIT, jupyterlab, run_all_cells, validate, words, write

from utils import demos
from utils.authoring import bank

PARTS_OF_THE_COURSE = ("utils", "data", "lectures", "exercises", "README.md", "nbgrader_config.py", "pyproject.toml")
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    course = home / "course"
    course.mkdir()
    for part in PARTS_OF_THE_COURSE:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, course / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        elif (ROOT / part).exists():
            shutil.copy(ROOT / part, course / part)
    with jupyterlab(course, home, utils=course) as running:
        yield running


@pytest.fixture
def page(open_page):
    return open_page(viewport={"width": 1300, "height": 900})


def test_it_opens_on_a_page_that_leads_to_the_lectures_and_assignments(lab, page):
    page.goto(f"{lab.address}/?token={TOKEN}")
    readme = page.locator(".jp-MarkdownViewer")
    readme.get_by_role("heading", name="Deep Learning for Computer Vision").wait_for()
    row = readme.get_by_role("row", name="Convolution arithmetic")
    for link, notebook in enumerate((f"lectures/{UNIT}.ipynb", f"exercises/{UNIT}/{UNIT}.ipynb")):
        page.get_by_role("main").get_by_role("tab", name="README.md").click()
        row.get_by_role("link", name="open", exact=True).nth(link).click()
        page.wait_for_function("path => jupyterapp.shell.currentWidget?.context?.path === path", arg=notebook)


def test_lecture_runs_and_its_demo_lives(lab, page):
    lab.open(page, f"lectures/{UNIT}.ipynb")
    cells = run_all_cells(page)
    errors = [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]
    assert not errors, "\n".join(errors[0]["traceback"])
    assert any("✔" in "".join(output.get("text", "")) for cell in cells for output in cell["outputs"])  # its claims hold

    frame = page.locator("iframe[title='Convolution arithmetic']")
    frame.scroll_into_view_if_needed()
    demo = frame.content_frame
    demo.get_by_role("slider", name="Stride S").press("ArrowRight")
    demo.get_by_text("the output is 3 × 3").wait_for()
    box = frame.bounding_box()
    assert box["height"] >= demo.locator("html").bounding_box()["height"]  # nothing to scroll inside the frame
    assert not page.locator("[data-demo-missing]").is_visible()

    question = page.locator(".Quiz", has_text="How large is the map?")
    question.scroll_into_view_if_needed()
    for given, told in (("7x7", "the window would hang over the edge"), ("5x5", "Yes: the left edge of the window")):
        question.get_by_text(given, exact=True).click()
        question.get_by_text(told).wait_for()


def test_lecture_as_downloaded_says_where_its_demo_is(lab, page):
    """JupyterLab trusts no notebook that it has not run: frames are taken out of its outputs."""
    shown = nbformat.v4.new_output("display_data", {"text/html": demos.show("convolution_arithmetic").data})
    cell = nbformat.v4.new_code_cell("# demos.show", execution_count=1, outputs=[shown])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL), lab.folder / "downloaded.ipynb")
    lab.open(page, "downloaded.ipynb")
    page.get_by_text("A demo that you can play with stands here").wait_for()
    assert page.locator(".jp-OutputArea iframe").count() == 0

    page.keyboard.press("ControlOrMeta+Shift+c")
    page.keyboard.insert_text("Trust Notebook")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Trust").click()
    page.frame_locator("iframe[title='Convolution arithmetic']").get_by_text("the output is 5 × 5").wait_for()


@pytest.fixture
def assignment():
    """The released assignment as a student received it."""
    return nbformat.read(ROOT / "exercises" / UNIT / f"{UNIT}.ipynb", as_version=4)


def test_validate_names_the_mistake_and_is_content_once_it_is_corrected(lab, page, assignment):
    answers = {(a.task, a.what): a for a in bank.answers(UNIT, ROOT)}
    wrong, right = answers["output_size", "plus_one"], answers["output_size", "divmod"]
    place = {cell.metadata.get("nbgrader", {}).get("grade_id"): i for i, cell in enumerate(assignment.cells)}
    tests = {task: assignment.cells[place[f"test_{task}"]].source for task in bank.tasks(assignment)}

    lab.open(page, f"exercises/{UNIT}/{UNIT}.ipynb")
    write(page, place[wrong.task], wrong.source)
    assert wrong.feedback in words(validate(page)[tests[wrong.task]])

    write(page, place[right.task], right.source)
    failed = validate(page)
    assert tests.pop(right.task) not in failed
    for test in tests.values():  # the other tasks, still to do
        assert "not written yet" in failed[test]


def test_validate_is_content_with_a_finished_notebook(lab, page, assignment):
    answers = {a.task: a.source for a in bank.answers(UNIT, ROOT) if a.kind == "right"}
    for cell in assignment.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answers.get(about["grade_id"], "What I think about this.")
    nbformat.write(assignment, lab.folder / "finished.ipynb")
    lab.open(page, "finished.ipynb")
    assert "Success! Your notebook passes all the tests." in validate(page)[""]
