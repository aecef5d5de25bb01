"""Finding the course, its settings and units; and the command around it."""

import subprocess
import sys

import pytest
import tiny_course
from tiny_course import REPOSITORY, UNIT, edit

from utils.authoring import course


@pytest.fixture
def root(tmp_path):
    return tiny_course.write(tmp_path / "course")


def test_the_course_is_found_from_any_folder_in_it(root):
    assert course.root(root / "lectures") == root


def test_outside_the_course_the_error_says_so(tmp_path):
    with pytest.raises(course.CourseError, match="not inside the course"):
        course.root(tmp_path)


def test_settings(root):
    assert course.settings(root) == course.Settings("https://github.com/tiny/course", "main")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('branch = "main"', "", "has no branch"),
        ("https://github.com/tiny/course", "", "has no repository"),
        ("https://github.com/tiny/course", "git@github.com:tiny/course", "not of the form"),
        ("[tool.dl4cv]", "[tool.dl4cv", "cannot be read"),
    ],
)
def test_wrong_settings_are_named(root, old, new, words):
    edit(root / "pyproject.toml", old, new)
    with pytest.raises(course.CourseError, match=words):
        course.settings(root)


def test_units(root):
    (root / "lectures" / "02_more.py").write_text("")
    assert [(u.name, u.has_lecture, u.has_assignment) for u in course.units(root)] == [
        (UNIT, True, True),
        ("02_more", True, False),
    ]
    assert [u.name for u in course.units(root, ["02_more"])] == ["02_more"]


def test_an_unknown_unit_is_named_with_those_there_are(root):
    with pytest.raises(course.CourseError, match=f"no unit named 09_none; there is: {UNIT}"):
        course.units(root, ["09_none"])


def test_a_misnamed_unit_is_named(root):
    (root / "lectures" / "More.py").write_text("")
    with pytest.raises(course.CourseError, match="rename More"):
        course.units(root)


def dl4cv(folder, *arguments, before="pass"):
    """Run the command in a folder; `before` is Python that runs first."""
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); sys.argv[0] = 'dl4cv'; {before}; from utils.cli import main; main()"
    run = subprocess.run([sys.executable, "-P", "-c", code, *arguments], cwd=folder, capture_output=True, text=True)
    return run.returncode, run.stdout + run.stderr


def test_check_fails_until_the_course_is_built(root, tmp_path):
    code, said = dl4cv(root, "build", "--check")
    assert code == 1
    assert f"stale: solutions/{UNIT}/{UNIT}.ipynb" in said
    code, said = dl4cv(tiny_course.built(tmp_path / "built") / "lectures", "build", "--check")
    assert (code, said.split(",")[0]) == (0, "0 stale")


def test_a_mistake_of_the_author_is_a_line_not_a_traceback(tmp_path):
    code, said = dl4cv(tmp_path, "build")
    assert code == 1
    assert said.startswith("dl4cv: ")
    assert "Traceback" not in said


@pytest.mark.parametrize("missing", ["typer", "jupytext", "nbclient", "nbgrader", "mistune"])
def test_a_missing_dependency_says_what_to_install(root, missing):
    code, said = dl4cv(root, "build", "--check", before=f"sys.modules[{missing!r}] = None")
    assert code == 1
    assert f"dl4cv needs {missing}" in said
    assert "pip install 'dl4cv[authoring]'" in said
    assert "Traceback" not in said
