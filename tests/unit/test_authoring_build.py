"""`dl4cv build` on a tiny course: what it makes, that it makes it once, and that it leaves nothing half-made."""

import json
import os

import nbformat
import pytest
import tiny_course
from tiny_course import UNIT, edit

from utils.authoring import build as build_module
from utils.authoring import course, execution, keys, pairing
from utils.authoring.build import build

LECTURE, SOLUTION, EXERCISE = f"lectures/{UNIT}", f"solutions/{UNIT}/{UNIT}", f"exercises/{UNIT}/{UNIT}.ipynb"


@pytest.fixture
def root(tmp_path):
    return tiny_course.built(tmp_path)


@pytest.fixture
def runs(monkeypatch):
    """The lectures that were run; running one takes no time and shows nothing new."""
    names = []

    def execute(notebook, root, name):
        names.append(name)
        for count, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                cell.execution_count = count
        return notebook, 7, 70

    monkeypatch.setattr(execution, "execute", execute)
    return names


def files(root):
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def read(root, path):
    return nbformat.read(root / path, as_version=4)


def changed(outcome):
    return {path.as_posix() for path in outcome.changed}


# -------------------------------------------------------------------------------------------------------- what it makes


def test_a_second_build_changes_nothing(root, runs):
    before = files(root)
    outcome = build(root)
    assert outcome == build_module.Outcome([], [])
    assert files(root) == before
    assert runs == []


def test_what_was_built_passes_the_check(root, runs):
    assert build(root, check=True) == build_module.Outcome([], [])


def test_the_lecture_is_executed_and_measured(root):
    notebook = read(root, f"{LECTURE}.ipynb")
    assert "✔ a 3x4 board has 12 squares" in notebook.cells[6].outputs[0].text
    measured = notebook.metadata.dl4cv
    assert measured.seconds >= 1
    assert 20 < measured.memory_mb < 1000
    assert f"runs in {measured.seconds} s with {measured.memory_mb} MB" in notebook.cells[1].source


def test_solutions_are_paired_and_not_executed(root):
    notebook = read(root, f"{SOLUTION}.ipynb")
    assert "answer_of_double" in "".join(cell.source for cell in notebook.cells)
    assert all(cell.execution_count is None and not cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_the_release_holds_stubs_and_no_secret(root):
    text = (root / EXERCISE).read_text()
    assert text.count("raise NotImplementedError") == 6
    assert "answer_of" not in text
    assert "12345" not in text
    assert "checks.equal(double(1), 2)" in text
    assert sorted(path.name for path in (root / "exercises").rglob("*") if path.is_file()) == [f"{UNIT}.ipynb"]


def test_building_leaves_no_gradebook_behind(root):
    assert list(root.rglob("*.db")) == []


def test_a_picture_beside_the_solution_is_released_with_it(root, runs):
    (root / f"solutions/{UNIT}/board.png").write_bytes(b"picture")
    assert changed(build(root)) == {f"exercises/{UNIT}/board.png"}
    assert build(root, check=True).problems == []


def test_ids_and_metadata_are_the_same_everywhere(root):
    for path in (f"{LECTURE}.ipynb", f"{SOLUTION}.ipynb", EXERCISE):
        notebook = read(root, path)
        assert set(notebook.metadata) <= {"kernelspec", "language_info", "dl4cv"}
        assert notebook.metadata.language_info == {"name": "python"}
        ids = [cell.id for cell in notebook.cells]
        assert ids == pairing.cell_ids(notebook)
        assert len(ids) == len(set(ids))
    assert "test_double" in ids


def test_an_assignment_ends_with_a_cell_that_downloads_it(root):
    for path in (f"{SOLUTION}.ipynb", EXERCISE):
        last = nbformat.read(root / path, as_version=4).cells[-1]
        assert last.metadata.tags == ["download"] and f'colab.download("{UNIT}.ipynb")' in last.source


def test_badges_of_a_solution_lead_to_the_exercise(root):
    badges = read(root, f"{SOLUTION}.ipynb").cells[1].source
    assert f"/blob/main/{EXERCISE}" in badges
    assert f"urlpath=lab/tree/{EXERCISE}" in badges
    assert "solutions" not in badges
    assert "100 points · 6 tasks" in badges


def test_the_map_shows_what_was_measured_and_counted(root):
    measured = read(root, f"{LECTURE}.ipynb").metadata.dl4cv
    (row,) = [line for line in (root / "README.md").read_text().splitlines() if line.startswith("| 01")]
    for text in (f"({LECTURE}.ipynb)", f"({EXERCISE})", f"| {measured.seconds} s | {measured.memory_mb} MB |", "| 100 | 6 |"):
        assert text in row


def test_another_repository_changes_every_link(root, runs):
    edit(root / "pyproject.toml", "github.com/tiny/course", "github.com/fork/mine")
    edit(root / "pyproject.toml", '"main"', '"work/new"')
    outcome = build(root)
    assert changed(outcome) == {*(f"{p}.{e}" for p in (LECTURE, SOLUTION) for e in ("py", "ipynb")), EXERCISE, "README.md"}
    assert runs == []
    text = "".join(content.decode() for content in files(root).values())
    assert "tiny/course" not in text
    assert "git+https://github.com/fork/mine@work/new" in text
    assert f"mybinder.org/v2/gh/fork/mine/work%2Fnew?urlpath=lab/tree/{EXERCISE}" in text
    assert "git clone https://github.com/fork/mine &&" in text
    pull = "git-pull?repo=https%3A%2F%2Fgithub.com%2Ffork%2Fmine&branch=student&urlpath=lab%2Ftree%2Fmine%2FREADME.md`."
    assert f"https://YOUR_HUB/hub/user-redirect/{pull}" in text


def test_an_empty_course_is_right(tmp_path):
    for name in ("lectures", "solutions", "exercises"):
        (tmp_path / name).mkdir()
    (tmp_path / "README.md").write_text(tiny_course.README)
    (tmp_path / "pyproject.toml").write_text('[tool.dl4cv]\nrepository = "https://github.com/tiny/course"\nbranch = "main"\n')
    assert changed(build(tmp_path)) == {"README.md"}  # its links
    assert build(tmp_path, check=True) == build_module.Outcome([], [])


def test_one_unit_alone(root, runs):
    (root / "lectures" / "02_more.py").write_text(tiny_course.LECTURE)
    assert changed(build(root, [UNIT])) == {"README.md"}
    assert "| 01 · Counting | [open](lectures/02_more.ipynb)" in (root / "README.md").read_text()


# ------------------------------------------------------------------------------------------------------------ round trip


@pytest.mark.parametrize("path", [LECTURE, SOLUTION])
def test_saving_a_notebook_in_jupyterlab_leaves_the_source_as_it_was(root, path):
    from jupytext.cli import jupytext

    os.utime(root / f"{path}.py", (1, 1))
    before = files(root)
    jupytext(["--sync", "--quiet", str(root / f"{path}.ipynb")])
    assert files(root) == before


def test_exercises_are_not_paired(root):
    from jupytext.cli import jupytext

    jupytext(["--sync", "--quiet", str(root / EXERCISE)])
    assert list((root / "exercises").rglob("*.py")) == []


def test_an_edit_in_jupyterlab_reaches_the_source(root):
    from jupytext.cli import jupytext

    os.utime(root / f"{LECTURE}.py", (1, 1))
    edit(root / f"{LECTURE}.ipynb", "## Quiz", "## Quiz!")
    jupytext(["--sync", "--quiet", str(root / f"{LECTURE}.ipynb")])
    assert (root / f"{LECTURE}.py").read_text().count("## Quiz!") == 1


# ------------------------------------------------------------------------------------------------------------------ keys


def test_new_code_runs_the_lecture_again(root, runs):
    edit(root / f"{LECTURE}.py", "3 * 4 == 12", "4 * 3 == 12")
    assert not changed(build(root, check=True))
    assert runs == []
    build(root)
    assert runs == [UNIT]
    assert read(root, f"{LECTURE}.ipynb").metadata.dl4cv.seconds == 7


def test_new_prose_does_not(root, runs):
    edit(root / f"{LECTURE}.py", "Now count yourself", "Count yourself")
    build(root)
    assert runs == []
    assert "✔" in (root / f"{LECTURE}.ipynb").read_text()
    assert "Count yourself" in (root / f"{LECTURE}.ipynb").read_text()


def test_force_runs_it_again(root, runs):
    build(root, force=True)
    assert runs == [UNIT]


def key(root):
    return keys.key(pairing.from_text((root / f"{LECTURE}.py").read_text()), root)


def test_the_key_covers_modules_that_the_lecture_imports_and_no_others(root):
    before = key(root)
    (root / "utils/other.py").write_text("x = 1")
    assert key(root) == before
    edit(root / "utils/claims.py", "✔", "ok")
    assert key(root) != before


def test_the_key_covers_what_imported_modules_import_even_late_and_relative(root):
    edit(root / "utils/quiz.py", "def show(questions):", "def show(questions):\n    from . import helper")
    (root / "utils/helper.py").write_text("from .deep import inner\n")
    (root / "utils/deep").mkdir()
    (root / "utils/deep/__init__.py").write_text("")
    (root / "utils/deep/inner.py").write_text("x = 1")
    (root / "utils/deep/page.html").write_text("<p>")
    notebook = pairing.from_text((root / f"{LECTURE}.py").read_text())
    found = {path.relative_to(root).as_posix() for path in keys.imported_files(notebook, root)}
    assert found == {
        *("utils/__init__.py", "utils/claims.py", "utils/quiz.py", "utils/helper.py"),
        *("utils/deep/__init__.py", "utils/deep/inner.py", "utils/deep/page.html"),
    }


def test_a_changed_setting_does_not_change_the_key(root, runs):
    before = key(root)
    edit(root / "pyproject.toml", "tiny/course", "fork/mine")
    build(root)
    assert key(root) == before


# --------------------------------------------------------------------------------------------------- check: what is stale


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (f"{LECTURE}.py", "Now count", "Count", [f"{LECTURE}.ipynb"]),
        (f"{LECTURE}.py", "3 * 4 == 12", "4 * 3 == 12", [f"{LECTURE}.ipynb"]),
        (f"{LECTURE}.ipynb", "Now count", "Count", [f"{LECTURE}.ipynb"]),
        (f"{LECTURE}.ipynb", "3 * 4 == 12", "4 * 3 == 12", [f"{LECTURE}.ipynb"]),
        (f"{LECTURE}.py", "Open in Colab", "Colab", [f"{LECTURE}.py"]),
        ("utils/claims.py", "✔", "✔ ", [f"{LECTURE}.ipynb"]),
        (f"{SOLUTION}.py", "number * 2\n", "2 * number\n", [f"{SOLUTION}.ipynb"]),
        (f"{SOLUTION}.py", "## Why?", "## Why so?", [f"{SOLUTION}.ipynb", EXERCISE]),
        (f"{SOLUTION}.ipynb", "number * 2\\n", "number * 2.0\\n", [f"{SOLUTION}.ipynb"]),
        (EXERCISE, "## Why?", "## Why so?", [EXERCISE]),
        ("README.md", "| 100 | 6 |", "| 100 | 7 |", ["README.md"]),
        ("pyproject.toml", "tiny/course", "fork/mine", [f"{LECTURE}.py", f"{SOLUTION}.py", EXERCISE, "README.md"]),
    ],
)
def test_check_names_what_is_stale_and_writes_nothing(root, runs, path, old, new, expected):
    edit(root / path, old, new)
    before = files(root)
    outcome = build(root, check=True)
    reported = changed(outcome) | {problem.split(" ")[0].rstrip(":") for problem in outcome.problems}
    said = " ".join([*reported, *outcome.problems])
    for path in expected:
        assert path in said
    assert files(root) == before
    assert runs == []


@pytest.mark.parametrize("path", [f"{LECTURE}.ipynb", f"{SOLUTION}.ipynb", EXERCISE])
@pytest.mark.parametrize("how", ["missing", "broken"])
def test_check_names_a_missing_or_broken_notebook(root, runs, path, how):
    (root / path).unlink() if how == "missing" else (root / path).write_text("<<<<<<< HEAD")
    outcome = build(root, check=True)
    assert path in " ".join([*changed(outcome), *outcome.problems])
    build(root)
    assert build(root, check=True).changed == []


def test_check_refuses_a_lecture_without_its_outputs(root, runs):
    notebook = read(root, f"{LECTURE}.ipynb")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    (root / f"{LECTURE}.ipynb").write_text(pairing.to_json(notebook))
    assert f"{LECTURE}.ipynb is older" in " ".join(build(root, check=True).problems)


@pytest.mark.parametrize(
    "path", ["lectures/02_gone.ipynb", "solutions/02_gone/02_gone.ipynb", f"exercises/{UNIT}/{UNIT}.py", "exercises/a.txt"]
)
def test_check_names_what_is_made_from_no_source(root, path):
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text("{}")
    assert f"{path} is made from no source: delete it" in build(root, check=True).problems


def test_all_problems_are_reported_at_once(root, runs):
    edit(root / f"{LECTURE}.py", "## Summary", "## End")
    edit(root / f"{SOLUTION}.py", '"points": 10', '"points": 9')
    edit(root / "README.md", "<!-- units:end -->", "")
    problems = "\n".join(build(root, check=True).problems)
    for words in ("## Summary", "99, not 100", "README.md: the map of units goes between"):
        assert words in problems


# ------------------------------------------------------------------------------------------------------- nothing half-made


def test_a_lecture_that_fails_keeps_its_files_and_names_the_cell(root):
    edit(root / f"{LECTURE}.py", "0 * 12 == 0", "0 * 12 == 12")
    edit(root / f"{SOLUTION}.py", "## Why?", "## Why so?")
    before = files(root)
    outcome = build(root)
    (problem,) = [p for p in outcome.problems if p.startswith(LECTURE)]
    assert 'cell 9 (claim("zero times' in problem
    assert "ClaimFailed: this claim does not hold: zero times anything is nothing" in problem
    after = files(root)
    assert after[f"{LECTURE}.ipynb"] == before[f"{LECTURE}.ipynb"]
    assert after[f"{LECTURE}.py"] == before[f"{LECTURE}.py"]
    assert b"## Why so?" in after[EXERCISE]


def test_a_release_with_a_secret_is_not_written(root, runs):
    edit(root / f"{SOLUTION}.py", "### BEGIN HIDDEN TESTS", "### begin hidden tests")
    before = files(root)
    outcome = build(root)
    assert "is not the marker '### BEGIN HIDDEN TESTS'" in "\n".join(outcome.problems)
    assert files(root)[EXERCISE] == before[EXERCISE]
    assert EXERCISE not in changed(outcome)


def test_what_nbgrader_refuses_is_reported_with_its_words(root, runs):
    edit(root / f"{SOLUTION}.py", "    ### END SOLUTION\n", "")
    problems = "\n".join(build(root).problems)
    assert "nbgrader refused" in problems
    assert "end solution" in problems.lower()


def test_an_interrupt_keeps_the_units_that_are_done(root, runs, monkeypatch):
    edit(root / f"{LECTURE}.py", "3 * 4 == 12", "4 * 3 == 12")
    (root / "lectures" / "02_more.py").write_text(tiny_course.LECTURE)
    run = execution.execute

    def execute(notebook, root, name):
        if name == "02_more":
            raise KeyboardInterrupt
        return run(notebook, root, name)

    monkeypatch.setattr(execution, "execute", execute)
    with pytest.raises(KeyboardInterrupt):
        build(root)
    assert "4 * 3 == 12" in (root / f"{LECTURE}.ipynb").read_text()
    assert not (root / "lectures/02_more.ipynb").exists()


# --------------------------------------------------------------------------------------------------------------- execution


def executed(root, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return execution.execute(nbformat.v4.new_notebook(cells=cells), root, "test")


def test_outputs_are_the_same_however_they_came(root):
    code = "import sys, time\nfor i in range(3):\n    print(i, flush=True); time.sleep(0.05)"
    bar = "from tqdm import tqdm\nfor i in tqdm(range(3)):\n    print(i)"
    notebook, _, _ = executed(root, code, bar)
    for cell in notebook.cells:
        assert [(output.name, output.text) for output in cell.outputs] == [("stdout", "0\n1\n2\n")]
        assert "execution" not in cell.metadata


def test_warnings_are_kept_for_the_review(root):
    notebook, _, _ = executed(root, "import warnings\nwarnings.warn('old')")
    assert "UserWarning: old" in notebook.cells[0].outputs[0].text


def test_memory_is_measured_at_its_peak(root):
    _, _, least = executed(root, "pass")
    _, _, most = executed(root, "import time\nx = bytearray(200_000_000); time.sleep(0.2); del x")
    assert 190 <= most - least <= 230


def test_a_kernel_that_dies_is_reported(root):
    with pytest.raises(course.CourseError, match="took the kernel with it"):
        executed(root, "import os\nos._exit(1)")


def test_lectures_run_in_the_course_folder_with_its_package(root):
    notebook, _, _ = executed(root, "import os, utils\nprint(os.getcwd()); print(os.path.dirname(utils.__file__))")
    assert notebook.cells[0].outputs[0].text.split() == [str(root), str(root / "utils")]


def test_the_key_is_kept_with_the_notebook(root):
    assert json.loads((root / f"{LECTURE}.ipynb").read_text())["metadata"]["dl4cv"]["key"] == key(root)
