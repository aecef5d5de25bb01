"""The release check: nothing is wrong with the tiny course; each thing broken in it is found and named."""

import copy

import nbformat
import pytest
import tiny_course
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from utils.authoring import course
from utils.authoring.review import assignment, lecture, noise, regions, release, test_cells

UNIT = course.Unit(tiny_course.UNIT, True, True)


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    root = tiny_course.built(tmp_path_factory.mktemp("review"))
    return {kind: nbformat.read(root / getattr(UNIT, kind), as_version=4) for kind in ("lecture", "solution", "exercise")}


def one(problems, *words):
    """There is one problem, and it says these words."""
    assert len(problems) == 1, problems
    for word in words:
        assert word in problems[0]


def cell(notebook, id):
    return next(cell for cell in notebook.cells if cell.id == id)


def graded(notebook, id):
    return cell(notebook, id).metadata.nbgrader


def change(notebook, id, old, new):
    assert old in cell(notebook, id).source
    cell(notebook, id).source = cell(notebook, id).source.replace(old, new)


# ------------------------------------------------------------------------------------------------------- assignment


@pytest.fixture
def source(notebooks):
    return copy.deepcopy(notebooks["solution"])


def test_the_tiny_assignment_is_right(source):
    assert assignment.problems(source) == []


def test_an_assignment_begins_with_its_title(source):
    source.cells[0].source = "Counting"
    one(assignment.problems(source), "title")


@pytest.mark.parametrize("points", [5, 25])
def test_points_that_do_not_add_up(source, points):
    graded(source, "why").points = points
    one(assignment.problems(source), f"{90 + points}, not 100")


@pytest.mark.parametrize("points", [None, 0, -1, "ten"])
def test_points_that_are_no_points(source, points):
    graded(source, "why").points = points
    assert any("'why' is worth" in problem for problem in assignment.problems(source))


def test_fewer_than_six_tasks(source):
    gone = {"double_statement", "double", "test_double"}
    source.cells = [c for c in source.cells if c.id not in gone]
    graded(source, "why").points = 25
    one(assignment.problems(source), "5 tasks", "at least 6")


def test_no_written_answer(source):
    source.cells = [c for c in source.cells if c.id != "why"]
    problems = assignment.problems(source)
    assert any("written answer" in problem for problem in problems)


@pytest.mark.parametrize(("id", "kind"), [("test_double", "test"), ("double_statement", "read-only")])
def test_a_cell_that_students_could_change(source, id, kind):
    graded(source, id).locked = False
    assert any(f"'{id}' is a {kind} cell" in problem for problem in assignment.problems(source))


def test_an_unlocked_task_cell(source):
    source.cells.append(
        new_markdown_cell("Draw", metadata={"nbgrader": {"grade_id": "draw", "task": True, "points": 1, "locked": False}})
    )
    assert any("'draw' is a task cell" in problem for problem in assignment.problems(source))


def test_a_locked_answer(source):
    graded(source, "double").locked = True
    one(assignment.problems(source), "'double'", "locked")


def test_a_repeated_grade_id(source):
    graded(source, "why_statement").grade_id = "triple_statement"
    one(assignment.problems(source), "'triple_statement'", "grade_id of cell 8")


@pytest.mark.parametrize("id", [None, "", "Why Not?"])
def test_a_missing_or_odd_grade_id(source, id):
    graded(source, "why_statement").grade_id = id
    one(assignment.problems(source), "grade_id")


def test_a_solution_cell_without_a_test(source):
    graded(source, "double").grade_id = "duble"
    problems = assignment.problems(source)
    assert any("'test_double': a test cell is named" in problem for problem in problems)
    assert any("'duble' is a solution cell without a test cell" in problem for problem in problems)


def test_a_task_without_hints_and_statement(source):
    double = source.cells.index(cell(source, "double"))
    del source.cells[double - 1]
    one(assignment.problems(source), "'double'", "hints")
    del source.cells[double - 2]
    assert any("no statement" in problem for problem in assignment.problems(source))


def test_a_solution_cell_without_a_region(source):
    cell(source, "double").source = "def double(number):\n    return 2 * number"
    one(assignment.problems(source), "'double'", "BEGIN SOLUTION")


def test_a_solution_region_outside_a_solution_cell(source):
    cell(source, "setup").source = "### BEGIN SOLUTION\nx = 1\n### END SOLUTION"
    one(assignment.problems(source), "no solution cell")


def test_a_hidden_region_outside_a_test_cell(source):
    cell(source, "setup").source = "### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS"
    one(assignment.problems(source), "no test cell")


def test_a_solution_that_is_no_python(source):
    change(source, "double", "number * 2", "number * ")
    assert any("'double': line" in problem for problem in assignment.problems(source))


def test_a_problem_of_a_test_cell_names_the_cell(source):
    change(source, "test_double", "checks.task(15)", "checks.task(14)")
    one(assignment.problems(source), "'test_double': checks.task(14) does not state")


# ---------------------------------------------------------------------------------------------------------- markers


@pytest.mark.parametrize(
    "line",
    [
        "### begin hidden tests",
        "### BEGIN HIDDEN TEST",
        "###BEGIN HIDDEN TESTS",
        "# BEGIN HIDDEN TESTS",
        "### BEGN HIDDEN TESTS",
        "### BEGIN HIDDEN TESTS: fresh",
        "### Begin hidden-tests",
    ],
)
def test_a_misspelt_marker(source, line):
    change(source, "test_double", "### BEGIN HIDDEN TESTS", line)
    problems = [problem for problem in assignment.problems(source) if "is not the marker '### BEGIN HIDDEN TESTS'" in problem]
    one(problems, "'test_double'", line)


@pytest.mark.parametrize("line", ["### end solution", "### END SOLUTIONS", "#END SOLUTION", "x = 1  ### END SOLUTION"])
def test_a_misspelt_end_of_a_solution(line):
    found, problems = regions.regions(f"### BEGIN SOLUTION\nx = 1\n{line}")
    assert found == []
    assert "'### END SOLUTION'" in problems[0]


def test_an_end_that_is_missing(source):
    change(source, "test_double", "### END HIDDEN TESTS\n", "")
    assert any("'test_double'" in problem and "never ended" in problem for problem in assignment.problems(source))


def test_a_begin_that_is_missing(source):
    change(source, "double", "    ### BEGIN SOLUTION\n", "")
    assert any("'double'" in problem and "without '### BEGIN SOLUTION'" in problem for problem in assignment.problems(source))


def test_nested_regions():
    _, problems = regions.regions("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION")
    assert "inside the region that line 1 begins" in problems[0]


@pytest.mark.parametrize("line", ["# the solution ends here", "## Solutions", "# hidden units", "### Testing", "solution = 1"])
def test_ordinary_comments_are_no_markers(line):
    assert regions.regions(line) == ([], [])


# ------------------------------------------------------------------------------------------------------- test cells

GOOD = """\
from utils import checks

task = checks.task(12)
with task.part(4, "values"):
    checks.equal(f(1), 2)
### BEGIN HIDDEN TESTS
numbers = [5, 6]
with task.part(8, "fresh values"):
    for number in numbers:
        checks.equal(f(number), 2 * number)
### END HIDDEN TESTS
task.score()"""


def test_a_good_test_cell():
    assert test_cells.problems(GOOD, 12, {"f"}) == []


def broken(old, new, points=12):
    assert old in GOOD
    return test_cells.problems(GOOD.replace(old, new), points, {"f"})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("checks.task(12)", "checks.task(10)", "checks.task(10) does not state the points in the cell's metadata, 12"),
        ("task = checks.task(12)\n", "", "task = checks.task(12)"),
        ("checks.task(12)", "checks.task(12, seconds=minutes * 60)", "it takes only seconds=, as a number"),
        ("task.part(8", "task.part(7", "parts hold 11 points, its metadata 12"),
        ('with task.part(4, "values"):', 'with task.part(2 + 2, "values"):', "states its points as a number"),
        ("### BEGIN HIDDEN TESTS\n", "", "no hidden part"),
        ("task.score()", "task.score", "last line must be `task.score()`"),
        ("task.score()", "task.score()\nf(1)", "last line must be `task.score()`"),
        ("### END HIDDEN TESTS\ntask.score()", "task.score()\n### END HIDDEN TESTS", "stands in the hidden region"),
        ("f(1), 2", "f(1), torch.tensor(2)", "`torch` is neither imported"),
        ("f(1), 2", "f(1), expected", "`expected` is neither imported"),
        ("numbers = [5, 6]", "numbers = [f(5), 6]", "uses `f` outside a part"),
        ("numbers = [5, 6]", "def g():\n    return 1\n\nnumbers = [5, 6]", "call it `_g`"),
        ("numbers = [5", "import torch\ntorch.manual_seed(0)\nnumbers = [5", "checks.seed"),
        ("numbers = [5", "from unittest import mock\nnumbers = [5", "mock does not work"),
        ("numbers = [5", "import unittest.mock\nnumbers = [5", "mock does not work"),
        ("numbers = [5", "import inspect\nnumbers = [5", "inspect does not work"),
        ("numbers = [5", "globals()\nnumbers = [5", "globals does not work"),
        ("numbers = [5", "from contextlib import redirect_stdout\nnumbers = [5", "redirect_stdout does not work"),
        ("f(1), 2", "f(1), 2 +", "not valid Python"),
    ],
)
def test_a_broken_test_cell(old, new, words):
    problems = broken(old, new)
    assert any(words in problem for problem in problems), problems


def test_a_test_cell_without_a_visible_part():
    begin = "### BEGIN HIDDEN TESTS\n"
    source = GOOD.replace(begin, "").replace('with task.part(4, "values"):', f'{begin}with task.part(4, "values"):')
    one(test_cells.problems(source, 12, {"f"}), "no visible part")


def test_a_test_cell_that_tests_nothing_of_the_student():
    one(test_cells.problems(GOOD.replace("f(", "abs("), 12, {"f"}), "tests no work of the student")


def test_names_bound_in_the_cell_are_not_free():
    source = GOOD.replace(
        "numbers = [5, 6]",
        "def _oracle(n, *more, **named):\n    import math\n    return [n + k for k in range(math.floor(n))], more, named\n\n\nnumbers = [n for n in range(3)]",
    )
    assert test_cells.problems(source, 12, {"f"}) == []


def test_a_generator_may_be_seeded():
    assert broken("numbers = [5", "import torch\ng = torch.Generator().manual_seed(3)\nnumbers = [5") == []


def test_imports_of_a_solution_cell_are_not_the_students_work():
    assert test_cells.bound_names("import torch\nx = 1\ndef f(): y = 2\nclass C: pass") == {"x", "f", "C"}


# ---------------------------------------------------------------------------------------------------------- release


@pytest.fixture
def released(notebooks):
    return copy.deepcopy(notebooks["exercise"])


def test_the_tiny_release_is_right(source, released):
    assert release.problems(source, released) == []


@pytest.mark.parametrize(
    "line", ["answer_of_double = number * 2", "checks.equal(double(12345), 2 * 12345)", "Because multiplying is repeated adding."]
)
@pytest.mark.parametrize("where", ["source", "metadata", "outputs"])
def test_a_secret_line_in_the_release(source, released, line, where):
    target = cell(released, "setup")
    if where == "source":
        target.source += f"\n    {line}  # here"
    elif where == "metadata":
        target.metadata["note"] = line
    else:
        target.outputs = [new_output("stream", text=line)]
    assert any("students must not see" in problem and line in problem for problem in release.problems(source, released))


def test_a_solution_that_the_source_shows_a_second_time(source, released):
    for notebook in (source, released):
        cell(notebook, "setup").source = "def f(number):\n    answer_of_double = number * 2\n    return answer_of_double"
    one(release.problems(source, released), "shows a piece of the solution of 'double'")


def test_a_marker_in_the_release(source, released):
    cell(released, "setup").source = "### begin hidden tests"
    one(release.problems(source, released), "holds the marker")


def test_another_stub(source, released):
    change(released, "double", "raise NotImplementedError", "pass")
    one(release.problems(source, released), "'double'", "raise NotImplementedError")


def test_a_stub_that_is_no_python(source, released):
    cell(released, "double").source = "def double(number):\nraise NotImplementedError"
    one(release.problems(source, released), "'double'", "not valid Python")


def test_an_unlocked_test_in_the_release(source, released):
    graded(released, "test_double").locked = False
    one(release.problems(source, released), "'test_double' is not locked")


def test_a_missing_cell_in_the_release(source, released):
    released.cells = [c for c in released.cells if c.id != "test_double"]
    one(release.problems(source, released), "'test_double' is missing")


def test_outputs_in_the_release(source, released):
    cell(released, "double").outputs = [new_output("stream", text="2")]
    one(release.problems(source, released), "'double' has outputs")


# ---------------------------------------------------------------------------------------------------------- lecture


@pytest.fixture
def talk(notebooks):
    return copy.deepcopy(notebooks["lecture"])


def drop(notebook, words):
    notebook.cells = [c for c in notebook.cells if words not in c.source]


def test_the_tiny_lecture_is_right(talk):
    assert lecture.problems(talk, UNIT) == []
    assert lecture.output_problems(talk) == []


@pytest.mark.parametrize("title", ["Counting", "# Counting", "# 02 · Counting", "## 01 · Counting"])
def test_a_lecture_begins_with_its_title(talk, title):
    talk.cells[0].source = title
    assert any("`# 01 · Name`" in problem for problem in lecture.problems(talk, UNIT))


def test_badges_stand_second(talk):
    talk.cells[1], talk.cells[2] = talk.cells[2], talk.cells[1]
    one(lecture.problems(talk, UNIT), "badges", "after the title")


def test_setup_is_the_first_code_cell(talk):
    talk.cells.insert(2, new_code_cell("x = 1"))
    one(lecture.problems(talk, UNIT), "setup", "first code cell")


@pytest.mark.parametrize("words", ["You will be able to", "You need"])
def test_the_opening_says_what_for(talk, words):
    talk.cells[2].source = talk.cells[2].source.replace(words, "")
    one(lecture.problems(talk, UNIT), words)


def test_fewer_than_five_claims(talk):
    drop(talk, "so has a 4x3")
    one(lecture.problems(talk, UNIT), "3 claims", "at least 5")


def test_no_quiz(talk):
    drop(talk, "quiz.show")
    one(lecture.problems(talk, UNIT), "no quiz")


def test_no_summary(talk):
    talk.cells[-1].source = talk.cells[-1].source.replace("## Summary", "## End")
    one(lecture.problems(talk, UNIT), "Summary")


def test_no_link_to_the_assignment(talk):
    talk.cells[-1].source = talk.cells[-1].source.replace("../exercises", "../solutions")
    one(lecture.problems(talk, UNIT), "no link to its assignment", "../exercises/01_counting/01_counting.ipynb")


def test_a_section_that_begins_no_slide(talk):
    del talk.cells[-1].metadata["slideshow"]
    one(lecture.problems(talk, UNIT), "Summary", "slideshow")


def test_a_lecture_imports_no_tools_of_authors(talk):
    talk.cells.append(new_code_cell("from utils.authoring import course"))
    one(lecture.problems(talk, UNIT), "utils.authoring")


def test_magics_are_no_syntax_errors(talk):
    talk.cells.append(new_code_cell("%matplotlib inline\n!ls"))
    assert lecture.problems(talk, UNIT) == []


def test_a_lecture_that_is_no_python(talk):
    talk.cells.append(new_code_cell("x = "))
    one(lecture.problems(talk, UNIT), "(x =)", "line 1 is not valid Python")


def test_an_error_among_the_outputs(talk):
    talk.cells[4].outputs = [new_output("error", ename="ValueError", evalue="no", traceback=["..."])]
    one(lecture.output_problems(talk), "cell 5", "ValueError")


def test_a_warning_among_the_outputs(talk):
    talk.cells[4].outputs = [new_output("stream", name="stderr", text="UserWarning: old")]
    one(lecture.output_problems(talk), "cell 5", "UserWarning: old")


def test_fewer_than_three_compared_cells(talk):
    talk.cells[6].metadata.tags = []
    one(lecture.output_problems(talk), "2 cells are tagged")


def test_a_compared_cell_without_text(talk):
    talk.cells[8].outputs = []
    one(lecture.output_problems(talk), "no text that could be compared")


def test_a_compared_cell_with_a_picture(talk):
    talk.cells[6].outputs.append(new_output("display_data", data={"image/png": "aaaa", "text/plain": "<Figure>"}))
    one(lecture.output_problems(talk), "shows a picture")


def test_a_number_without_a_claim(talk):
    talk.cells[5].source += " And 13 more."
    one(lecture.output_problems(talk), "13")


@pytest.mark.parametrize(("key", "value"), [("seconds", 91), ("memory_mb", 1510)])
def test_a_lecture_that_needs_too_much(talk, key, value):
    talk.metadata.dl4cv[key] = value
    one(lecture.output_problems(talk), str(value))


# ------------------------------------------------------------------------------------------------------------ noise


@pytest.mark.parametrize("kind", ["lecture", "solution", "exercise"])
def test_no_noise_in_the_tiny_course(notebooks, kind):
    assert noise.problems(notebooks[kind]) == []


@pytest.mark.parametrize("key", ["authors", "vscode", "colab", "widgets", "celltoolbar"])
def test_noise_of_an_author_or_editor(talk, key):
    talk.metadata[key] = {"a": 1}
    one(noise.problems(talk), f"'{key}'")


@pytest.mark.parametrize("key", ["vscode", "colab", "id", "execution", "collapsed"])
def test_noise_in_a_cell(talk, key):
    talk.cells[4].metadata[key] = {"a": 1}
    one(noise.problems(talk), "cell 5", f"'{key}'")


def test_noise_of_a_kernel(talk):
    talk.metadata.language_info["version"] = "3.11.7"
    one(noise.problems(talk), "version of Python")
    del talk.metadata.language_info["version"]
    talk.metadata.kernelspec["name"] = "my_env"
    one(noise.problems(talk), "my_env")


@pytest.mark.parametrize("path", ["/home/ana/course/a.png", "/Users/ana/a.png", "/root/a", "C:\\Users\\ana\\a"])
def test_a_path_of_one_machine(talk, path):
    talk.cells[4].outputs = [new_output("stream", text=f"saved '{path}'")]
    one(noise.problems(talk), path)


def test_an_address_in_memory(talk):
    talk.cells[4].outputs = [new_output("execute_result", data={"text/plain": "[<Line2D at 0x7f2a10b3c4d0>]"})]
    one(noise.problems(talk), "address in memory")


def test_a_formula_that_shows_a_backslash(talk):
    cell(talk, "badges").source += r" $\text{in}\_\text{channels}$"
    assert noise.problems(talk) == []
    cell(talk, "badges").source += r" $\text{in\_channels}$"
    one(noise.problems(talk), r"shows the backslash of \text{in\_channels}")


def test_a_notebook_that_is_too_large(talk):
    talk.cells[4].outputs = [new_output("display_data", data={"image/png": "a" * 1_000_000})]
    one(noise.problems(talk), "more than 1,000,000")


@pytest.mark.parametrize("tag", ["badges", "setup"])
def test_generated_cells_are_there_once(talk, tag):
    again = copy.deepcopy(cell(talk, tag))
    drop(talk, cell(talk, tag).source)
    one(noise.problems(talk), f'0 cells tagged "{tag}"')
    talk.cells += [again, type(again)({**again, "id": "another"})]
    one(noise.problems(talk), f'2 cells tagged "{tag}"')
