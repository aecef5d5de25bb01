"""The course itself: everything generated is up to date, and the release check finds nothing."""

from pathlib import Path

from utils.authoring import course
from utils.authoring.build import build


def test_the_course_is_built_and_right():
    outcome = build(course.root(Path(__file__).parent), check=True)
    assert [*(f"stale: {path}" for path in outcome.changed), *outcome.problems] == []
