"""The website's own checks: links that lead nowhere, and what a page would load from elsewhere. The site itself: tests/browser/test_site.py."""

import re
import shutil
from pathlib import Path

import nbformat
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


@pytest.fixture
def root(tmp_path):
    """The tiny course with the real one's pages."""
    root = tiny_course.built(tmp_path)
    shutil.copytree(tiny_course.REPOSITORY / "docs", root / "docs")
    return root


def test_pages_lie_as_in_the_course_and_carry_its_address(root):
    pages = {path.as_posix(): content.decode() for path, content in site._pages(root).items()}
    assert set(pages) == {
        "index.md", "syllabus.md", "instructors.md", "lectures/01_counting.ipynb", "exercises/01_counting/01_counting.ipynb",
    }  # fmt: skip
    assert "(https://github.com/tiny/course#start)" in pages["index.md"]
    assert (
        "[open](lectures/01_counting.ipynb)" in pages["syllabus.md"] and 'href="slides/01_counting.html"' in pages["syllabus.md"]
    )
    lecture = nbformat.reads(pages["lectures/01_counting.ipynb"], as_version=4)
    assert '<a href="../slides/01_counting.html">Slides</a>' in lecture.cells[1].source
    assert [cell.metadata.tags for cell in lecture.cells if "setup" in cell.metadata.get("tags", [])] == [
        ["setup", "remove-cell"]
    ]


def test_every_picture_has_an_alternative_text_that_says_where_it_stands():
    picture = nbformat.v4.new_output("display_data", data={"image/png": "AA=="})
    cells = [nbformat.v4.new_markdown_cell("Text\n## Where?"), nbformat.v4.new_code_cell("plot()", outputs=[picture])]
    told = site._describe_pictures(nbformat.v4.new_notebook(cells=cells)).cells[1]
    assert "(Where?)" in told.outputs[0].metadata["image/png"]["alt"] == told.metadata["mystnb"]["image"]["alt"]


def test_slides_ask_no_other_host_and_hide_what_the_page_folds(root):
    lecture = nbformat.read(root / "lectures/01_counting.ipynb", as_version=4)
    folded = nbformat.v4.new_code_cell("secret_of_the_quiz = 12", metadata={"tags": ["hide-input"]}, outputs=[])
    page = site.slides(nbformat.from_dict({**lecture, "cells": [*lecture.cells, folded]}), root / "docs")
    loaded = site._Page(page).loaded
    assert "../_static/reveal/dist/reveal.js" in loaded and "../_static/mathjax/tex-chtml.js" in loaded
    assert all(address.startswith("../_static/") for address in loaded), loaded
    assert "../exercises/01_counting/01_counting.html" in page and "secret_of_the_quiz" not in page
    assert not re.search(r"unpkg|cdnjs|jsdelivr", page)


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


def test_links_to_data_lead_to_the_repository(root):
    path = root / "lectures/01_counting.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += "\n\n[the datasheet](../data/savanna/README.md)"
    nbformat.write(notebook, path)
    page = nbformat.reads(site._pages(root)[Path("lectures/01_counting.ipynb")].decode(), as_version=4)
    assert "[the datasheet](https://github.com/tiny/course/blob/main/data/savanna/README.md)" in page.cells[0].source
