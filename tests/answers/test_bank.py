"""Every unit's tests against its bank of answers: what is right passes however it is written, what is wrong does not and is told why.

Each answer is marked beside the reference, in this process (utils.authoring.bank.mark), and again together with other answers, in the sandbox
(utils.grading): the same points, so that neither the company nor the wall makes a difference. Plain nbgrader, which takes a kernel for
each submission, gets one of a unit, and gives it the same points too.
"""

from collections import Counter
from functools import cache
from itertools import zip_longest
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import PyFileConfigLoader

from utils.authoring import bank
from utils.grading import bundle, folders, gradebook
from utils.grading.grade import Grader
from utils.grading.records import Submission

ROOT = Path(__file__).parents[2]
UNITS = sorted(path.parent.name for path in (ROOT / "solutions").glob("*/*.py"))
BANKS = sorted(path.name for path in Path(__file__).parent.iterdir() if path.is_dir() and not path.name.startswith("__"))
ANSWERS = [answer for unit in BANKS for answer in bank.answers(unit, ROOT)]
SLOW = {"challenge"}


@cache
def notebook(unit):
    return jupytext.read(ROOT / "solutions" / unit / f"{unit}.py")


@cache
def reference(unit):
    return bank.mark(notebook(unit))


def autograded(unit):
    """Points by task, as the notebook declares them."""
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook(unit).cells if "nbgrader" in cell.metadata}
    return {task: cells[f"test_{task}"].metadata.nbgrader.points for task in bank.tasks(notebook(unit))}


def one_line(report):
    return " ".join(report.split())


def identify(answer):
    return f"{answer.unit}-{answer.task}-{answer.kind}-{answer.what}"


def test_units_and_banks_are_the_same_folders():
    assert UNITS == BANKS, "every unit in solutions/ needs a folder in tests/answers/, and the other way round"


@pytest.mark.parametrize("unit", UNITS)
def test_there_are_at_least_six_tasks_and_a_hundred_points(unit):
    points = [cell.metadata.nbgrader.points for cell in notebook(unit).cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert len(autograded(unit)) >= 6
    assert sum(points) == 100


@pytest.mark.parametrize("unit", UNITS)
def test_every_task_has_two_right_and_five_wrong_answers(unit):
    counts = Counter((answer.task, answer.kind) for answer in ANSWERS if answer.unit == unit)
    assert {task for task, _ in counts} == set(autograded(unit)), "the bank's folders are the tasks"
    short = [task for task in autograded(unit) if counts[task, "right"] < 2 or counts[task, "wrong"] < 5]
    assert not short, f"too few answers: {[(task, counts[task, 'right'], counts[task, 'wrong']) for task in short]}"


@pytest.mark.parametrize("unit", UNITS)
def test_the_reference_earns_everything(unit):
    assert {task: verdict.points for task, verdict in reference(unit).items()} == autograded(unit)


@pytest.mark.parametrize("unit", UNITS)
def test_the_untouched_release_earns_nothing(unit):
    stub = {"python": "raise NotImplementedError"}  # as nbgrader_config.py has it
    release, _ = ClearSolutions(code_stub=stub).preprocess(bank.fill(notebook(unit), {}), {})
    verdicts = bank.mark(release)
    assert {task: verdict.points for task, verdict in verdicts.items()} == dict.fromkeys(autograded(unit), 0)
    assert all("not written yet" in verdict.report for verdict in verdicts.values())


@pytest.mark.parametrize("unit", UNITS)
def test_a_student_sees_neither_solutions_nor_hidden_tests(unit):
    stub = {"python": "raise NotImplementedError"}
    release, _ = ClearSolutions(code_stub=stub).preprocess(bank.fill(notebook(unit), {}), {})
    release, _ = ClearHiddenTests().preprocess(release, {})
    text = "\n".join(cell.source for cell in release.cells)
    assert "### END" not in text.upper()
    shown = bank.mark(notebook(unit), {c.metadata.nbgrader.grade_id: c.source for c in release.cells if _is_test(c)})
    for task, verdict in shown.items():
        assert 0 < verdict.points < verdict.of, f"{task}: some points are visible, and some hidden"


def _is_test(cell):
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


@cache
def alone(answer):
    """The verdict on one answer, the reference everywhere else."""
    return bank.mark(notebook(answer.unit), {answer.task: answer.source}, only=answer.task)[answer.task]


@pytest.mark.parametrize("answer", ANSWERS, ids=identify)
def test_answer(answer):
    verdict = alone(answer)
    if answer.kind == "right":
        assert verdict.points == verdict.of, verdict.report
    else:
        assert verdict.points < verdict.of, "a wrong answer earned everything"
        assert answer.feedback in one_line(verdict.report)


def rows(unit):
    """Every answer of the unit once, one for each task at a time: as many submissions as the longest task has answers."""
    by_task = [[answer for answer in ANSWERS if (answer.unit, answer.task) == (unit, task)] for task in autograded(unit)]
    return [[answer for answer in row if answer] for row in zip_longest(*by_task)]


@cache
def sandboxed(unit):
    """The unit's bundle, which exists only if the reference earns everything and the untouched release nothing; and what the sandbox gives to
    the sample for nbgrader and to every row of answers."""
    notebooks = bundle._notebooks(folders.folders(ROOT), unit)
    with Grader(bundle.make(unit, bundle._key(notebooks), notebooks)) as grader:  # starting it takes longer than all that follows
        work = [sample(unit), *(handed_in(unit, {answer.task: answer.source for answer in row}) for row in rows(unit))]
        return grader.bundle, [grader.grade(Submission("student", text.encode())) for text in work]


def handed_in(unit, sources):
    """A submission, as JSON: these sources by task, and the other tasks as released."""
    release = nbformat.read(ROOT / "exercises" / unit / f"{unit}.ipynb", as_version=4)
    return nbformat.writes(bank.fill(release, sources))


def sample(unit):
    """A submission, as JSON: three wrong answers and the reference to the other tasks, but what trains for long is left as released."""
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in notebook(unit).cells if "nbgrader" in cell.metadata}
    written = {task: cells[task] for task in bank.tasks(notebook(unit)) if task not in SLOW}
    wrong = {answer.task: answer.source for answer in reversed(ANSWERS) if (answer.unit, answer.kind) == (unit, "wrong")}
    return handed_in(unit, written | {task: wrong[task] for task in [*written][1::2][:3]})


@pytest.mark.parametrize("unit", UNITS)
def test_in_the_sandbox_everyone_gets_the_same_points(unit):
    _, (_, *results) = sandboxed(unit)
    for answers, result in zip(rows(unit), results, strict=True):
        assert result.status == "graded"
        points = {verdict.task: verdict.points for verdict in result.verdicts}
        assert points == dict.fromkeys(autograded(unit), 0) | {answer.task: alone(answer).points for answer in answers}
        for verdict in result.verdicts:
            assert sum(part.points for part in verdict.parts) == verdict.points
            words = [answer.feedback for answer in answers if answer.task == verdict.task and answer.feedback]
            assert all(feedback in one_line(verdict.report) for feedback in words), verdict.report


@pytest.mark.filterwarnings("ignore:Object of type:sqlalchemy.exc.SAWarning")  # of nbgrader's own gradebook
@pytest.mark.parametrize("unit", UNITS)
def test_plain_nbgrader_gives_every_cell_the_same_points(unit, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made, (result, *_) = sandboxed(unit)
    found = by_nbgrader(tmp_path, unit, sample(unit))
    assert found == gradebook.marks(made, result)["scores"]
    assert sum(v.points < v.of for v in result.verdicts) == 3 + len(SLOW & set(autograded(unit)))


def by_nbgrader(root, unit, text):
    """The automatic scores in nbgrader's gradebook: cell -> points, None where a person marks."""
    for folder, content in (("solutions", nbformat.writes(notebook(unit))), ("submitted/student", text)):
        path = root / folder / unit / f"{unit}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(content)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
    config.CourseDirectory.root = str(root)
    api = NbGraderAPI(config=config)
    for done in (api.generate_assignment(unit), api.autograde(unit, "student")):
        assert done["success"], done["log"]
    with api.gradebook as marks:
        return {grade.name: grade.auto_score for grade in marks.find_submission_notebook(unit, unit, "student").grades}
