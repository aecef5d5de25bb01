"""utils.authoring.bank on small notebooks: reading answers, filling in, marking."""

import os

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from utils.authoring import bank


def cell(source, name=None, **settings):
    metadata = {"nbgrader": {"grade_id": name, **settings}} if name else {}
    return new_code_cell(source, metadata=metadata)


def one_task(solution="def f():\n    return 1", test="float(f())", setup="x = 1"):
    return new_notebook(
        cells=[
            new_markdown_cell("# Assignment", metadata={"nbgrader": {"grade_id": "statement_f"}}),
            cell(setup),
            cell(solution, "f", solution=True),
            cell(test, "test_f", grade=True, points=2),
        ]
    )


def test_a_task_is_a_cell_with_a_test_of_its_name():
    assert bank.tasks(one_task()) == ["f"]


def test_the_value_of_the_last_expression_is_the_points():
    assert bank.mark(one_task())["f"] == bank.Verdict(1.0, 2.0, "")


@pytest.mark.parametrize("test", ["f()\nprint('all good')", "", "'2'", "True", "x = 2", "__import__('numpy').float64(2)"])
def test_what_was_not_seen_to_pass_has_not_passed(test):
    assert bank.mark(one_task(test=test))["f"].points == 0


def test_what_a_cell_prints_and_raises_is_the_report():
    verdict = bank.mark(one_task(test="print('one')\nraise ValueError('two')"))["f"]
    assert verdict == bank.Verdict(0.0, 2.0, "one\nValueError: two\n")


@pytest.mark.parametrize("broken", ["def f(:", "1 / 0", "raise SystemExit"])
def test_a_broken_cell_does_not_stop_the_rest(broken):
    assert bank.mark(one_task(setup=broken))["f"].points == 1
    assert "NameError" in bank.mark(one_task(), {"f": broken})["f"].report


def test_cells_see_what_a_kernel_and_autograde_would_show_them(monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    test = "import os\nprint(__name__, os.environ['NBGRADER_EXECUTION'])"
    assert bank.mark(one_task(test=test))["f"].report == "__main__ autograde\n"
    assert "NBGRADER_EXECUTION" not in os.environ


def test_a_magic_that_is_not_reached_does_no_harm():
    assert bank.mark(one_task(setup="if False:\n    %pip install dl4cv"))["f"].points == 1


def test_only_leaves_out_the_tests_of_other_tasks():
    notebook = one_task()
    notebook.cells += [cell("g = 1", "g", solution=True), cell("1 / 0", "test_g", grade=True, points=1)]
    assert list(bank.mark(notebook, only="f")) == ["f"]
    assert list(bank.mark(notebook)) == ["f", "g"]


def test_filling_leaves_the_notebook_as_it_was():
    notebook = one_task()
    filled = bank.fill(notebook, {"f": "f = 2"})
    assert (notebook.cells[2].source, filled.cells[2].source) == ("def f():\n    return 1", "f = 2")
    assert filled.cells[2].metadata == notebook.cells[2].metadata


def test_filling_a_cell_that_is_not_there_says_which_there_are():
    with pytest.raises(KeyError, match="no cell with grade_id 'h'.*'f'"):
        bank.fill(one_task(), {"h": ""})


def write(root, name, text):
    path = root / "tests" / "answers" / "01_unit" / "f" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_answers_are_read_with_their_feedback(tmp_path):
    write(tmp_path, "right_loops.py", "# By loops.\nf = 1\n")
    write(tmp_path, "wrong_plus_one.py", "# One too few.\n# feedback: the + 1\nf = 0\n")
    right, wrong = bank.answers("01_unit", tmp_path)
    assert (right.task, right.kind, right.what, right.feedback) == ("f", "right", "loops", None)
    assert (wrong.kind, wrong.what, wrong.feedback) == ("wrong", "plus_one", "the + 1")
    assert wrong.source == "# One too few.\n# feedback: the + 1\nf = 0"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("loops.py", "# x\n", "right_<what>.py or wrong_<what>.py"),
        ("right_.py", "# x\n", "right_<what>.py or wrong_<what>.py"),
        ("right_x.py", "f = 1\n", "the first line is a comment"),
        ("right_x.py", "", "the first line is a comment"),
        ("wrong_x.py", "# x\nf = 1\n", "# feedback:"),
        ("wrong_x.py", "# x\n# feedback:  \n", "# feedback:"),
        ("wrong_x.py", "# x\n", "# feedback:"),
    ],
)
def test_a_misshapen_answer_is_an_error(tmp_path, name, text, says):
    write(tmp_path, name, text)
    with pytest.raises(ValueError, match=says):
        bank.answers("01_unit", tmp_path)


def test_a_unit_without_a_bank_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="01_unit has no answer bank"):
        bank.answers("01_unit", tmp_path)
