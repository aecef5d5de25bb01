"""The website's own checks: links that lead nowhere, and what a page would load from elsewhere. The site itself: tests/browser/test_site.py."""

import pytest
import tiny_course

from utils.authoring import site
from utils.authoring.course import CourseError


@pytest.fixture
def pages(tmp_path):
    """pages(name=content) -> the folder of a site with these files."""

    def write(files):
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        return tmp_path

    return write


GOOD = {
    "index.html": '<a href="a/page.html#there"></a><a href="a/"></a><a href="#top"></a><p id="top"></p><a href="https://example.org/x"></a>',
    "a/index.html": '<img src="../p%20q.png"><img src="data:image/png;base64,AA"><a href="mailto:a@example.org"></a><a href="#/2/1"></a>',
    "a/page.html": '<h2 id="there"></h2><link rel="stylesheet" href="../_static/s.css?v=1">',
    "p q.png": "",
    "_static/s.css": "@import url(fonts/f.css); p { background: url('x.png') }",
    "_static/template.html": '<a href="{{ nowhere }}"></a>',
}


def test_a_good_site_has_no_problems(pages):
    assert site.problems(pages(GOOD)) == []


@pytest.mark.parametrize(
    ("name", "added", "problem"),
    [
        ("index.html", '<a href="gone.html"></a>', "index.html: gone.html leads nowhere"),
        ("index.html", '<a href="a/page.html#gone"></a>', "index.html: a/page.html#gone leads nowhere"),
        ("a/page.html", '<a href="../03.ipynb"></a>', "a/page.html: ../03.ipynb leads nowhere"),
        ("a/page.html", '<img src="picture.png">', "a/page.html: picture.png leads nowhere"),
        ("index.html", '<script src="https://cdn.example.org/x.js"></script>', "index.html loads https://cdn.example.org/x.js"),
        ("index.html", '<link rel="stylesheet" href="//fonts.example.org/f.css">', "index.html loads //fonts.example.org/f.css"),
        ("_static/s.css", "@import 'https://fonts.example.org/f';", "_static/s.css loads https://fonts.example.org/f"),
        ("_static/s.css", "p { background: url(//example.org/p) }", "_static/s.css loads //example.org/p"),
    ],
)
def test_a_fault_is_named(pages, name, added, problem):
    assert site.problems(pages({**GOOD, name: GOOD[name] + added})) == [problem]


def test_a_solution_in_a_page_stops_it_before_anything_is_built(tmp_path):
    root = tiny_course.built(tmp_path)
    (root / "docs").mkdir()
    (root / "docs/syllabus.md").write_text("<!-- units:begin -->\n<!-- units:end -->\n")
    (root / "docs/instructors.md").write_text("A good answer:\n\nBecause multiplying is repeated adding.\n")
    with pytest.raises(CourseError, match="instructors.md shows a line that students must not see"):
        site.build(root, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_lecture_that_is_not_built_is_named(tmp_path):
    root = tiny_course.built(tmp_path)
    (root / "lectures/01_counting.ipynb").unlink()
    with pytest.raises(CourseError, match=r"lectures/01_counting.ipynb cannot be read .*dl4cv build"):
        site.build(root, tmp_path / "site")
