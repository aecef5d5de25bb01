"""A course of one lecture and one assignment, small enough to build in a test, and with nothing wrong."""

import functools
import shutil
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
UNIT = "01_counting"

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""

LECTURE = (
    HEADER
    + """\
# %% [markdown] slideshow={"slide_type": "slide"}
# # 01 · Counting

# %% [markdown] slideshow={"slide_type": "skip"} tags=["badges"]
# filled by dl4cv build

# %% [markdown]
# **You will be able to** count. **You need** nothing.

# %% slideshow={"slide_type": "skip"} tags=["setup"]
pass

# %%
from utils import quiz
from utils.claims import claim

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How many squares are there?
#
# A 3x4 board has 12 squares, for Conv2d as for us; in formulas, $3 \\\\times 4 = 12$.

# %% tags=["nbval-check-output"]
claim("a 3x4 board has 12 squares", 3 * 4 == 12)

# %% tags=["nbval-check-output"]
claim("so has a 4x3 board", 4 * 3 == 12)
claim("and a 2x6 board", 2 * 6 == 12)

# %% tags=["nbval-check-output"]
claim("zero times anything is nothing", 0 * 12 == 0)
claim("one times anything is the same", 1 * 12 == 12)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz

# %%
quiz.show(["How many squares has a 3x4 board?"])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# It has 12 squares. Now count yourself: [assignment](../exercises/01_counting/01_counting.ipynb).
"""
)


def task(name: str, factor: int, points: int) -> str:
    """A task of the assignment: statement, hints, solution cell, test cell."""
    hints = "\n".join(f"# <details><summary>Hint {n} · a nudge</summary>Multiply.</details>" for n in (1, 2, 3))
    return f'''
# %% [markdown] nbgrader={{"grade": false, "grade_id": "{name}_statement", "locked": true, "schema_version": 3, "solution": false, "task": false}}
# ## Task: {name} ({points} points)

# %% [markdown]
{hints}

# %% nbgrader={{"grade": false, "grade_id": "{name}", "locked": false, "schema_version": 3, "solution": true, "task": false}}
def {name}(number):
    """The number, multiplied."""
    ### BEGIN SOLUTION
    answer_of_{name} = number * {factor}
    return answer_of_{name}
    ### END SOLUTION


# %% nbgrader={{"grade": true, "grade_id": "test_{name}", "locked": true, "points": {points}, "schema_version": 3, "solution": false, "task": false}}
from utils import checks

task = checks.task({points})
with task.part(5, "values"):
    checks.equal({name}(1), {factor})
### BEGIN HIDDEN TESTS
with task.part({points - 5}, "fresh values"):
    checks.equal({name}(12345), {factor} * 12345)
### END HIDDEN TESTS
task.score()
'''


TASKS = {"double": 2, "triple": 3, "fourfold": 4, "fivefold": 5, "sixfold": 6, "sevenfold": 7}

ASSIGNMENT = (
    HEADER
    + """\
# %% [markdown]
# # 01 · Counting: assignment

# %% [markdown] tags=["badges"]
# filled by dl4cv build

# %% tags=["setup"]
pass
"""
    + "".join(task(name, factor, 15) for name, factor in TASKS.items())
    + """
# %% [markdown] nbgrader={"grade": false, "grade_id": "why_statement", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Why? (10 points)

# %% [markdown] nbgrader={"grade": true, "grade_id": "why", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# Because multiplying is repeated adding.
# ### END SOLUTION
"""
)

README = """\
# A tiny course

git clone https://github.com/somebody/else && cd else

Follow `https://YOUR_HUB/hub/user-redirect/git-pull?repo=else`.

<!-- units:begin -->
<!-- units:end -->
"""


def write(root: Path) -> Path:
    """The sources of the course, nothing built."""
    for folder in ("lectures", f"solutions/{UNIT}", "exercises", "utils/datasets"):
        (root / folder).mkdir(parents=True)
    (root / "lectures" / f"{UNIT}.py").write_text(LECTURE)
    (root / "solutions" / UNIT / f"{UNIT}.py").write_text(ASSIGNMENT)
    (root / "README.md").write_text(README)
    (root / "pyproject.toml").write_text('[tool.dl4cv]\nrepository = "https://github.com/tiny/course"\nbranch = "main"\n')
    for name in ("jupytext.toml", "nbgrader_config.py", "utils/__init__.py", "utils/claims.py", "utils/checks.py"):
        shutil.copy(REPOSITORY / name, root / name)
    (root / "utils" / "quiz.py").write_text("def show(questions):\n    print(len(questions), 'question')\n")
    return root


@functools.cache
def _built() -> Path:
    from utils.authoring.build import build

    root = write(Path(tempfile.mkdtemp(prefix="tiny_course_")) / "course")
    outcome = build(root)
    assert outcome.problems == []
    return root


def built(folder: Path) -> Path:
    """A copy of the course as `dl4cv build` leaves it."""
    return Path(shutil.copytree(_built(), folder / "course"))


def edit(path: Path, old: str, new: str) -> None:
    """Change a file; the text to change must be there once at least."""
    text = path.read_text()
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1))
