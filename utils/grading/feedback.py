"""What a student reads: for each task what passed, what did not, what that usually means, and one next step. No test source is in it.

The page is made from a small template of its own (0.1 s with nbconvert, about a millisecond here). Everything that comes from the student's
code is text: escaped and cut to a length.
"""

import functools
import json
import re

from utils.grading.records import Bundle, Result, Verdict

MOST_CHARACTERS = 1_500
SAID = {
    "passed": "passed",
    "partial": "partly there",
    "failed": "not yet",
    "unwritten": "not written yet",
    "timeout": "your code took too long, and was stopped",
    "died": "your code ended the program",
    "error": "could not be tested",
}


def page(bundle: Bundle, result: Result, by_hand: dict | None = None) -> str:
    """The feedback on one submission, as HTML.

    Parameters
    ----------
    by_hand : dict, optional
        What persons entered: {"scores": {cell: points}, "comments": {cell: text}, "penalty": points}.
    """
    by_hand = {"scores": {}, "comments": {}, "penalty": 0.0} | (by_hand or {})
    tasks = [_task(bundle, verdict, by_hand) for verdict in result.verdicts]
    written = [
        {"name": _words(name), "points": by_hand["scores"].get(name), "of": of, "comment": by_hand["comments"].get(name)}
        for name, of in bundle.written
    ]
    earned = sum(part["points"] or 0 for part in tasks + written)
    return template("feedback.html").render(
        unit=bundle.unit,
        student=result.student,
        status=result.status,
        tasks=tasks,
        written=written,
        earned=max(0.0, earned - by_hand["penalty"]),
        of=sum(part["of"] for part in tasks + written),
        waiting=any(part["points"] is None for part in written),
        penalty=by_hand["penalty"],
        findings=[cut(finding) for finding in result.findings],
    )


def _task(bundle: Bundle, verdict: Verdict, by_hand: dict) -> dict:
    test = f"test_{verdict.task}"
    points = by_hand["scores"].get(test)
    failed = [part for part in verdict.parts if part.problem is not None]
    misconceptions = list(dict.fromkeys(part.misconception for part in failed if part.misconception))
    hints = hints_of(bundle.release).get(verdict.task, ())
    return {
        "name": verdict.task,
        "points": verdict.points if points is None else points,
        "by_hand": points is not None,
        "of": verdict.of,
        "status": verdict.status,
        "said": SAID.get(verdict.status, verdict.status),
        "parts": _parts(verdict),
        "report": "" if verdict.parts else cut(verdict.report),
        "raised": cut(verdict.raised),
        "misconceptions": misconceptions,
        "hint": _next_hint(hints, verdict) if verdict.points < verdict.of else None,
        "comment": by_hand["comments"].get(verdict.task),
    }


def _parts(verdict: Verdict) -> list[dict]:
    """The parts of a task. What went wrong is said once: `again` where it is what went wrong in the part before."""
    parts, before = [], None
    for part in verdict.parts:
        told = {"name": part.name, "points": part.points, "of": part.of, "hidden": part.hidden}
        parts.append(told | {"problem": cut(part.problem), "again": part.problem is not None and part.problem == before})
        before = part.problem
    return parts


def _next_hint(hints: tuple[tuple[str, str], ...], verdict: Verdict) -> tuple[str, str] | None:
    """The hint that helps next: the nearer the answer, the nearer the hint."""
    if not hints or verdict.status in ("error", "passed"):
        return None
    far = 0 if verdict.status == "unwritten" else 1 + int(verdict.points / verdict.of * (len(hints) - 1))
    return hints[min(far, len(hints) - 1)]


@functools.lru_cache(maxsize=8)
def hints_of(release: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """The hints of each task in the release, in order: (title, HTML)."""
    import mistune

    found, waiting = {}, []
    for cell in json.loads(release)["cells"]:
        label, source = cell["metadata"].get("nbgrader", {}), "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            waiting += re.findall(r"<summary>\s*(Hint.*?)\s*</summary>(.*?)</details>", source, re.DOTALL)
        elif label.get("solution"):
            found[label["grade_id"]] = tuple((title, mistune.html(text.strip())) for title, text in waiting)
            waiting = []
    return found


@functools.cache
def template(name: str):
    """A page of utils/grading/pages, with everything escaped that is put into it."""
    import jinja2

    pages = jinja2.Environment(loader=jinja2.PackageLoader("utils.grading", "pages"), autoescape=True, trim_blocks=True)
    pages.filters["points"] = lambda number: f"{number:.4g}"
    return pages.get_template(name)


def cut(text: str | None, most: int = MOST_CHARACTERS) -> str:
    text = text or ""
    return text if len(text) <= most else text[:most] + f" … ({len(text) - most:,} more characters)"


def _words(name: str) -> str:
    return name.replace("_", " ")
