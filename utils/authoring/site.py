"""`dl4cv site`: the course as a website, made of the committed notebooks; nothing is executed.

A page for each lecture, with its outputs, and for each assignment as students get it; the lectures as slides; a syllabus with what was
measured; the instructor's guide. Sphinx, myst-nb and sphinx-book-theme make the pages (docs/conf.py), nbconvert the slides (docs/slides).

What it guarantees:
- A page that is opened asks no other host for anything: MathJax and reveal.js, as Python packages carry them, are copied into the site.
- What Sphinx warns about, a link inside the site that leads nowhere, and a page that would load something from elsewhere is an error.
- No solution and no hidden test is in it: it is made of lectures/, exercises/ and docs/, and checked as the student copy is.
"""

import importlib.util
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode

from utils import files
from utils.authoring import course, pairing, readme, student
from utils.authoring.course import CourseError, Unit
from utils.authoring.review import student_copy

NOT_IN_THE_SITE = {"setup", "download"}  # the cells that install the course and save the work: for those who run the notebook


def build(root: Path, out: Path) -> None:
    """Build the site of the course in `root` into the folder `out`/html; `out` also keeps what makes the next build fast."""
    pages = _pages(root)
    if leaks := student_copy.problems(student.sources(root), pages):
        raise CourseError("\n".join(["the site was not built:", *leaks]))
    _lay_out(pages, out / "source")
    _sphinx(root / "docs", out)
    for place, source, patterns in _LIBRARIES:
        _copy_library(source, patterns, out / "html" / "_static" / place)
    shutil.rmtree(out / "html" / "slides", ignore_errors=True)  # there may be those of a lecture that is gone
    for unit in course.units(root):
        if unit.has_lecture:
            page = slides(_notebook(root, unit.lecture), root / "docs")
            files.write(out / "html" / "slides" / f"{unit.name}.html", page.encode())
    if wrong := problems(out / "html"):
        raise CourseError("\n".join(["the site has faults:", *wrong]))


def _pages(root: Path) -> dict[Path, bytes]:
    """What Sphinx reads, by path; the notebooks lie as in the course, so that their links to each other hold."""
    settings, rows, pages = course.settings(root), [], {}
    for unit in course.units(root):
        lecture = _notebook(root, unit.lecture) if unit.has_lecture else None
        assignment = _notebook(root, unit.exercise) if unit.has_assignment else None
        row = readme.row(unit, lecture, assignment, settings)
        if lecture:
            pages[unit.lecture] = pairing.to_json(_lecture(lecture, unit)).encode()
            row[1] += f' · <a href="slides/{unit.name}.html">Slides</a>'
        if assignment:
            pages[unit.exercise] = pairing.to_json(_without_setup(assignment)).encode()
        rows.append(row)
    for path in (root / "docs").glob("*.md"):
        pages[Path(path.name)] = path.read_text(encoding="utf-8").replace("REPOSITORY", settings.repository).encode()
    pages[Path("syllabus.md")] = readme.fill(pages[Path("syllabus.md")].decode(), rows, settings).encode()
    return pages


def _lecture(notebook: NotebookNode, unit: Unit) -> NotebookNode:
    """A lecture as a page: with a link to its slides, and without the set-up cell."""
    notebook = _describe_pictures(_without_setup(notebook))
    for cell in notebook.cells:
        if pairing.tag(cell) == "badges":
            links, facts = cell.source.split("\n", 1)
            cell.source = f'{links} · <a href="../slides/{unit.name}.html">Slides</a>\n{facts}'
    return notebook


def _without_setup(notebook: NotebookNode) -> NotebookNode:
    for cell in notebook.cells:
        if pairing.tag(cell) in NOT_IN_THE_SITE:
            cell.metadata["tags"] = [*cell.metadata["tags"], "remove-cell"]
    return notebook


def _describe_pictures(notebook: NotebookNode) -> NotebookNode:
    """Give every picture that code made an alternative text: whoever cannot see it is told where it stands, and where to read on."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = next((line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("#")), section)
            continue
        alt = f"Picture that the code before it makes ({section}). The text around it says what it shows."
        cell.metadata.setdefault("mystnb", {}).setdefault("image", {})["alt"] = alt
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.metadata.setdefault("image/png", {})["alt"] = alt
    return notebook


def _notebook(root: Path, path: Path) -> NotebookNode:
    """A notebook of the course. What it says of data/ stands in the repository, not in the site: its links lead there."""
    try:
        notebook = nbformat.read(root / path, as_version=4)
    except OSError as error:
        raise CourseError(f"{path.as_posix()} cannot be read ({error.strerror}): run `dl4cv build` first") from None
    settings = course.settings(root)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../data/", f"]({settings.repository}/blob/{settings.branch}/data/")
    return notebook


def _lay_out(pages: dict[Path, bytes], source: Path) -> None:
    """Write what has changed, for Sphinx reads by the time of a file; delete what is gone."""
    for path in source.rglob("*"):
        if path.is_file() and path.relative_to(source) not in pages:
            path.unlink()
    for path, content in pages.items():
        if not (source / path).is_file() or (source / path).read_bytes() != content:
            files.write(source / path, content)


def _sphinx(docs: Path, out: Path) -> None:
    from sphinx.cmd.build import main

    options = ["--quiet", "--fail-on-warning", "--keep-going", "--builder", "html", "--doctree-dir", out / "doctrees"]
    if main([str(word) for word in (*options, "--conf-dir", docs, out / "source", out / "html")]):
        raise CourseError("the site was not built: see Sphinx's words above")


# ---------------------------------------------------------------------------------------------------------------------- slides


def slides(lecture: NotebookNode, docs: Path) -> str:
    """A lecture as one page of reveal.js slides, which lies in slides/ of the site."""
    from nbconvert.exporters import SlidesExporter
    from traitlets.config import Config

    config = Config()
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_input_tags = {"hide-input"}
    config.HTMLExporter.exclude_anchor_links = True
    for cell in lecture.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(?<=\]\()(\.[^)]*)\.ipynb\)", r"\1.html)", cell.source)  # from notebooks here to their pages
    config.SlidesExporter.update(
        reveal_url_prefix="../_static/reveal", mathjax_url="../_static/mathjax/tex-chtml.js", reveal_theme="white",
        reveal_width="1280", reveal_height="800", reveal_number="c/t", reveal_transition="none",
    )  # fmt: skip
    exporter = SlidesExporter(config=config, extra_template_basedirs=[str(docs)], template_name="slides")
    notebook = _describe_pictures(lecture)
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": title}})
    return page


# ------------------------------------------------------------------------------------------------------ what comes from elsewhere

_LIBRARIES = [
    # place in _static, folder of a Python package, what of it
    ("mathjax", ("sphinx-mathjax-offline", "static/mathjax"), ["tex-chtml.js", "output/chtml/fonts/woff-v2/*", "input/tex/extensions/[!a]*", "a11y/*"]),
    ("reveal", ("sphinx_revealjs", "_static/revealjs"), ["LICENSE", "dist/*.js", "dist/*.css", "dist/theme/white.css", "dist/theme/fonts/source-sans-pro/*", "plugin/notes/*"]),
]  # fmt: skip


def _copy_library(source: tuple[str, str], patterns: list[str], place: Path) -> None:
    package, folder = source
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    home = Path(spec.submodule_search_locations[0], folder)
    for path in (path for pattern in patterns for path in home.glob(pattern) if path.is_file()):
        to = place / path.relative_to(home)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)


# ---------------------------------------------------------------------------------------------------- links, and what is loaded


LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "link": "href",
}  # by the browser, unasked


class _Page(HTMLParser):
    """The ids of a page, where its links lead, and what a browser loads with it."""

    def __init__(self, text: str):
        super().__init__()
        self.ids, self.targets, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        self.ids |= {facts[name] for name in ("id", "name") if facts.get(name)}
        self.targets += [facts[name] for name in ("href", "src") if facts.get(name)]
        if facts.get(LOADED.get(tag)):
            self.loaded.append(facts[LOADED[tag]])


def problems(site: Path) -> list[str]:
    """Links between pages to a file or a place that is not there, and what a page or a style sheet would load from another host."""
    paths = [
        path for path in site.rglob("*.html") if path.relative_to(site).parts[0] != "_static"
    ]  # there lie templates of the theme
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in paths}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site).as_posix()
        found += [
            f"{name}: {target} leads nowhere" for target in dict.fromkeys(page.targets) if _leads_nowhere(target, path, pages)
        ]
        found += [f"{name} loads {target}" for target in dict.fromkeys(page.loaded) if urlsplit(target).netloc]
    for path in site.rglob("*.css"):
        for target in re.findall(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]+)""", path.read_text(encoding="utf-8")):
            found.append(f"{path.relative_to(site).as_posix()} loads {target}")
    return found


def _leads_nowhere(target: str, path: Path, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.fragment.startswith("/"):  # elsewhere, or a slide of the page
        return False
    to = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
    to = to / "index.html" if to.is_dir() else to
    fragment = unquote(parts.fragment)
    return not to.is_file() or bool(fragment and to in pages and fragment not in pages[to].ids)
