"""`dl4cv student`: what is in the copy, what never is, and that nobody's work in it is lost."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import tiny_course

from utils.authoring import course, student
from utils.authoring.course import CourseError

UNIT = tiny_course.UNIT


@pytest.fixture(autouse=True)
def identity(monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Amani")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "amani@example.org")


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def root(tmp_path):
    """A built tiny course in git, with the README, Makefile and package of the real one, a wing for authors, and files of no commit."""
    root = tiny_course.built(tmp_path)
    for name in ("README.md", "Makefile", "pyproject.toml", "LICENSE", "LICENSE-CONTENT", "constraints.txt"):
        shutil.copy(tiny_course.REPOSITORY / name, root / name)
    for name in ("utils/grading/sandbox.py", "utils/authoring/build.py", "utils/cli.py", "tests/answers/one.py", "data/set.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("# a file\n")
    (root / f"exercises/{UNIT}/picture.png").write_bytes(b"\x89PNG\xff")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "course")
    (root / "data/marks.csv").write_text("amani,100\n")
    return root


@pytest.fixture
def copy(root, tmp_path):
    assert student.write(root, tmp_path / "copy")
    return tmp_path / "copy"


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}


def state(folder):
    """All that an update might touch: files, what is staged, and the history."""
    return (
        {name: (folder / name).read_bytes() for name in files(folder)},
        git(folder, "status", "--porcelain"),
        git(folder, "log"),
    )


# ---------------------------------------------------------------------------------------------------------------- what is in it


def test_holds_what_students_need_and_nothing_else(copy):
    assert files(copy) == {
        "README.md", "Makefile", "pyproject.toml", "LICENSE", "LICENSE-CONTENT", "constraints.txt", "nbgrader_config.py", ".student-copy",
        f"lectures/{UNIT}.ipynb", f"lectures/{UNIT}.py", f"exercises/{UNIT}/{UNIT}.ipynb", f"exercises/{UNIT}/picture.png", "data/set.csv",
        "utils/__init__.py", "utils/checks.py", "utils/claims.py", "utils/quiz.py",
    }  # fmt: skip
    assert git(copy, "status", "--porcelain") == ""
    assert (git(copy, "branch", "--show-current"), git(copy, "log", "--format=%an %s").split()[0]) == ("student", "Amani")


def test_its_links_lead_to_the_copy(copy):
    for name in (f"lectures/{UNIT}.ipynb", f"lectures/{UNIT}.py", f"exercises/{UNIT}/{UNIT}.ipynb", "README.md"):
        text = (copy / name).read_text()
        assert "blob/student/" in text and "dl4cv/student?" in text, name
        assert "blob/main/" not in text and "@main" not in text, name
    readme = (copy / "README.md").read_text()
    assert "git clone --branch student https://github.com/YOUR_ORGANISATION/dl4cv && cd dl4cv" in readme
    assert "## Students" in readme and "## Instructors" not in readme and "## Authors" not in readme


def test_installs_as_the_course_does_but_without_its_tools(copy):
    course_s, copy_s = (tomllib.loads((p / "pyproject.toml").read_text()) for p in (tiny_course.REPOSITORY, copy))
    assert copy_s["project"]["dependencies"] == course_s["project"]["dependencies"]
    assert copy_s["project"]["optional-dependencies"] == {"lab": course_s["project"]["optional-dependencies"]["lab"]}
    assert "scripts" not in copy_s["project"] and "pytest" not in copy_s["tool"]
    assert copy_s["tool"]["hatch"] == course_s["tool"]["hatch"] and copy_s["build-system"] == course_s["build-system"]
    assert copy_s["tool"]["dl4cv"]["branch"] == "student"
    told = subprocess.run(["make", "--dry-run", "lab"], cwd=copy, check=True, capture_output=True, text=True).stdout
    assert "--editable '.[lab]'" in told and ".venv/bin/jupyter lab" in told


# --------------------------------------------------------------------------------------------------------------------- no leak


LEAKS = {
    f"exercises/{UNIT}/notes.md": "answer_of_double = number * 2",
    f"data/{UNIT}.csv": "checks.equal(triple(12345), 3 * 12345)",
    "utils/more.py": "\n".join(["def double(number):", "    answer_of_double = number * 2", "    return answer_of_double"]),
    f"exercises/{UNIT}/why.txt": "Because multiplying is repeated adding.",
}


@pytest.mark.parametrize("where", LEAKS)
def test_a_solution_or_hidden_test_anywhere_stops_it(root, tmp_path, where):
    (root / where).parent.mkdir(parents=True, exist_ok=True)
    (root / where).write_text(LEAKS[where])
    git(root, "add", "--all")
    with pytest.raises(CourseError, match=f"(?s)not written.*{where} shows a"):
        student.write(root, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_leak_in_a_notebook_s_outputs_or_metadata_stops_it(root, tmp_path):
    path = root / "exercises" / UNIT / f"{UNIT}.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][-1]["metadata"]["note"] = "    ### BEGIN SOLUTION\n    answer_of_double = number * 2"
    path.write_text(json.dumps(notebook))
    with pytest.raises(CourseError, match="(?s)marker of a solution.*'answer_of_double = number"):
        student.write(root, tmp_path / "copy")


def test_a_leak_stops_an_update_and_leaves_the_copy_as_it_is(root, copy):
    before = state(copy)
    tiny_course.edit(root / "data/set.csv", "# a file", "answer_of_sixfold = number * 6")
    with pytest.raises(CourseError, match="data/set.csv shows a line"):
        student.write(root, copy)
    assert state(copy) == before


def test_the_course_s_own_copy_shows_nothing_and_its_package_stands_alone(tmp_path):
    for path, content in student.contents(tiny_course.REPOSITORY).items():
        assert path.parts[0] in ("lectures", "exercises", "data", "utils", ".jupyter") or len(path.parts) == 1, path
        if path.parts[0] == "utils":
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
    modules = [
        ".".join(p.relative_to(tmp_path).with_suffix("").parts) for p in tmp_path.rglob("*.py") if "builders" not in p.parts
    ]
    run = subprocess.run(
        [sys.executable, "-c", f"import importlib\nfor name in {modules}: importlib.import_module(name)"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert len(modules) > 15


def test_the_course_s_own_copy_passes_the_check():
    from utils.authoring.review import student_copy

    root = tiny_course.REPOSITORY
    solutions = [root / unit.solution.with_suffix(".py") for unit in course.units(root) if unit.has_assignment]
    sources = student.sources(root)
    copied = student.contents(root)
    assert student_copy.problems(sources, copied) == []
    # And the check is not blind: each solution itself is found, wherever it may get to.
    planted = {Path("data", path.name): path.read_bytes() for path in solutions} | {Path("utils/x.py"): solutions[0].read_bytes()}
    found = "\n".join(student_copy.problems(sources, planted))
    assert all(path.as_posix() in found for path in planted)


# ------------------------------------------------------------------------------------------------------------- updates lose nothing


def test_an_update_takes_over_what_changed_and_leaves_what_others_added(root, copy):
    (copy / "week1.md").write_text("Welcome\n")
    (copy / "draft.txt").write_text("not committed\n")
    git(copy, "add", "week1.md")
    git(copy, "commit", "--quiet", "-m", "welcome")
    assert not student.write(root, copy)  # nothing new: no commit

    (root / "data/set.csv").unlink()
    (root / "data/other.csv").write_text("1\n")
    tiny_course.edit(root / "utils/claims.py", '"""', '"""New. ')
    git(root, "add", "--all", "data/set.csv", "data/other.csv")
    assert student.write(root, copy)
    assert not (copy / "data/set.csv").exists() and (copy / "data/other.csv").read_text() == "1\n"
    assert (copy / "utils/claims.py").read_text().startswith('"""New. ')
    assert ((copy / "week1.md").read_text(), (copy / "draft.txt").read_text()) == ("Welcome\n", "not committed\n")
    assert git(copy, "status", "--porcelain") == "?? draft.txt"
    assert not student.write(root, copy)


@pytest.mark.parametrize("committed", [True, False])
def test_a_change_made_in_the_copy_is_not_overwritten(root, copy, committed):
    tiny_course.edit(copy / "utils/claims.py", '"""', '"""Mended. ')
    if committed:
        git(copy, "commit", "--quiet", "--all", "-m", "mended")
    tiny_course.edit(root / "utils/claims.py", '"""', '"""New. ')
    before = state(copy)
    with pytest.raises(CourseError, match="utils/claims.py"):
        student.write(root, copy)
    assert state(copy) == before


@pytest.mark.parametrize("committed", [True, False])
def test_a_file_that_somebody_put_where_a_new_one_goes_is_not_overwritten(root, copy, committed):
    (copy / "data/other.csv").write_text("mine\n")
    if committed:
        git(copy, "add", "--all")
        git(copy, "commit", "--quiet", "-m", "mine")
    (root / "data/other.csv").write_text("the course's\n")
    git(root, "add", "data/other.csv")
    before = state(copy)
    with pytest.raises(CourseError, match="data/other.csv"):
        student.write(root, copy)
    assert state(copy) == before


def test_refuses_a_folder_that_is_something_else(root, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("years of work\n")
    with pytest.raises(CourseError, match="not a student copy"):
        student.write(root, other)
    git(other, "init", "--quiet")
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "-m", "thesis")
    before = state(other)
    with pytest.raises(CourseError, match="no student copy"):
        student.write(root, other)
    assert state(other) == before
    with pytest.raises(CourseError, match="no student copy"):
        student.write(root, root)
    with pytest.raises(CourseError, match="not a student copy"):
        student.write(root, other / "thesis.tex")


def test_an_empty_folder_and_a_fresh_clone_of_nothing_will_do(root, tmp_path):
    (tmp_path / "empty").mkdir()
    assert student.write(root, tmp_path / "empty")
    git(tmp_path, "init", "--quiet", "--bare", "server")
    git(tmp_path, "clone", "--quiet", tmp_path / "server", tmp_path / "clone")
    assert student.write(root, tmp_path / "clone")
    assert files(tmp_path / "empty") == files(tmp_path / "clone")


@pytest.mark.parametrize("there", [True, False])
def test_a_failure_at_the_end_leaves_nothing_behind(root, tmp_path, monkeypatch, there):
    def merge_fails(folder, *arguments, **options):
        if arguments[0] == "merge":
            raise CourseError("no space left on device")
        return really(folder, *arguments, **options)

    really = student._git
    monkeypatch.setattr(student, "_git", merge_fails)
    if there:
        (tmp_path / "copy").mkdir()
    with pytest.raises(CourseError, match="no space"):
        student.write(root, tmp_path / "copy")
    assert list((tmp_path / "copy").iterdir()) == [] if there else not (tmp_path / "copy").exists()


def test_says_what_is_missing(root, tmp_path):
    (root / "exercises" / UNIT / f"{UNIT}.ipynb").unlink()
    with pytest.raises(CourseError, match=rf"exercises/{UNIT}/{UNIT}.ipynb cannot be read .*dl4cv build"):
        student.write(root, tmp_path / "copy")
    shutil.rmtree(root / ".git")
    with pytest.raises(CourseError, match="not a git repository"):
        student.write(root, tmp_path / "copy")
