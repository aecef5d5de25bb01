"""What grading leaves on disk, a submission at a time and all or nothing, so that it can be cut off at any moment and go on later.

    autograded/<student>/<unit>/<unit>.ipynb     the repaired notebook with its outputs and reports, for formgrader
    autograded/<student>/<unit>/results.json     everything known of it: what resuming, the reports and the export read
    feedback/<student>/<unit>/<unit>.html        what the student reads

Beside notebook and page lies a copy of what nbgrader's exchange knows a submission by: `nbgrader release_feedback` asks for it.

The order for one submission:

1. All files are written to autograded/<student>/.<unit>.staged, results.json last. Cut off before that, the submission is graded anew.
2. The gradebook is written, in one transaction.
3. The staged files are moved to their places, results.json last. Cut off after 1, steps 2 and 3 are done again, without grading.

A failure in 1 (disk full) leaves all as it was. One in 2 or 3 (gradebook held) leaves the staged files, which the next run records.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from utils import files
from utils.authoring.course import CourseError
from utils.grading import collect, feedback
from utils.grading.folders import Folders
from utils.grading.gradebook import Gradebook, marks
from utils.grading.records import Bundle, Result, Submission, result_from, to_dict

RESULTS = "results.json"
KNOWN_BY = ("timestamp.txt", "submission_secret.txt")


@contextlib.contextmanager
def alone(folders: Folders) -> Iterator[None]:
    """Hold the course for one grading process; the system lets go of it however that ends.

    Raises
    ------
    CourseError
        If another one holds it.
    """
    folders.cache.mkdir(parents=True, exist_ok=True)
    with (folders.cache / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError("another `dl4cv grade` is running in this course: wait for it, or end it first") from None
        yield


class Store:
    """The graded submissions of one unit."""

    def __init__(self, folders: Folders, bundle: Bundle, gradebook: Gradebook):
        self.folders, self.bundle, self.gradebook = folders, bundle, gradebook

    def load(self, student: str) -> dict | None:
        """What results.json holds of a student, or None if it is not there or from another version."""
        return load(self.folders, student, self.bundle.unit)

    def is_done(self, digest: str, student: str) -> bool:
        """Whether this very notebook was graded with this very bundle, and its files are there."""
        place, found = self.folders.autograded(student, self.bundle.unit), self.load(student)
        if found is None or not (place / f"{self.bundle.unit}.ipynb").is_file():
            return False
        result = found["result"]
        return (result.digest, result.bundle, result.status == "failed") == (digest, self.bundle.key, False)

    def save(self, submission: Submission, result: Result) -> list[str]:
        """Record a result; returns what changed against the last time, in words."""
        before = self.load(result.student)
        changes = compare(before["result"], result) if before else []
        staged = self._staged(result.student)
        shutil.rmtree(staged, ignore_errors=True)
        try:
            self._stage(staged, submission, result, changes)
        except OSError as error:
            shutil.rmtree(staged, ignore_errors=True)
            raise CourseError(
                f"the result of {result.student} could not be written, and nothing of it was kept: {error}"
            ) from None
        self._finish(result.student)
        return changes

    def recover(self) -> list[str]:
        """Finish what was cut off: record staged results, and enter in the gradebook what it lacks. Returns the students concerned."""
        unit, finished = self.bundle.unit, []
        root = self.folders.autograded("x", unit).parents[1]
        for staged in sorted(root.glob(f"*/.{unit}.staged")):
            student = staged.parent.name
            if (staged / RESULTS).is_file() and _read(staged / RESULTS)["result"].bundle == self.bundle.key:
                self._finish(student)
                finished.append(student)
            else:
                shutil.rmtree(staged)
        held = self.gradebook.auto_scores()
        for place in sorted(root.glob(f"*/{unit}/{RESULTS}")):
            student = place.parents[1].name
            found = self.load(student)
            if found and found["marks"]["scores"] != held.get(student) and _same_cells(found, self.bundle):
                self.gradebook.write(student, found["marks"], found["handed_in"], reopened=False)
                finished.append(student)
        return finished

    def _staged(self, student: str) -> Path:
        return self.folders.autograded(student, self.bundle.unit).with_name(f".{self.bundle.unit}.staged")

    def _stage(self, staged, submission, result, changes):
        unit = self.bundle.unit
        found = {
            "result": to_dict(result) | {"notebook": None},
            "marks": marks(self.bundle, result),
            "handed_in": submission.handed_in,
            "changes": changes,
        }
        for folder in (staged, self.folders.autograded(result.student, unit), self.folders.feedback(result.student, unit)):
            folder.mkdir(parents=True, exist_ok=True)
        (staged / f"{unit}.ipynb").write_text(autograded(self.bundle, result), encoding="utf-8")
        (staged / f"{unit}.html").write_text(feedback.page(self.bundle, result), encoding="utf-8")
        text = json.dumps(found, indent=1, ensure_ascii=False)
        new = staged / f"{RESULTS}.new"
        with new.open("w", encoding="utf-8", errors="replace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(staged / RESULTS)

    def _finish(self, student):
        unit, staged = self.bundle.unit, self._staged(student)
        found, before = _read(staged / RESULTS), self.load(student)
        reopened = before is not None and before["result"].digest != found["result"].digest
        self.gradebook.write(student, found["marks"], found["handed_in"], reopened)
        place, pages = self.folders.autograded(student, unit), self.folders.feedback(student, unit)
        try:
            for name, folder in ((f"{unit}.ipynb", place), (f"{unit}.html", pages), (RESULTS, place)):
                if (staged / name).exists():
                    if not folder.is_dir():  # somebody removed it since this was staged
                        folder.mkdir(parents=True)
                    (staged / name).replace(folder / name)
            follow(self.folders, student, unit)
            shutil.rmtree(staged)
        except OSError as error:
            raise CourseError(f"the result of {student} is in {staged}, but cannot be moved from there: {error}") from None


def follow(folders: Folders, student: str, unit: str) -> None:
    """Copy KNOWN_BY from what was handed in to where its results lie; one that is not there any more is removed there too."""
    known = collect.beside(folders, student, unit, KNOWN_BY)
    for folder in (folders.autograded(student, unit), folders.feedback(student, unit)):
        for name in KNOWN_BY:
            if name in known:
                files.write(folder / name, known[name])
            else:
                (folder / name).unlink(missing_ok=True)


def load(folders: Folders, student: str, unit: str) -> dict | None:
    """What results.json holds: "result" (a Result), "marks", "handed_in", "changes"; None if it is not there or from another version."""
    try:
        return _read(folders.autograded(student, unit) / RESULTS)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _read(path: Path) -> dict:
    found = json.loads(path.read_text(encoding="utf-8"))
    return {**found, "result": result_from(found["result"]), "marks": found["marks"], "handed_in": found["handed_in"]}


def _same_cells(found: dict, bundle: Bundle) -> bool:
    cells = {f"test_{task.name}" for task in bundle.tasks} | {name for name, _ in bundle.written}
    return found["marks"]["scores"].keys() == cells


def compare(before: Result, after: Result) -> list[str]:
    """What a regrade changed, and why, in words: one line a task whose points are not the same."""
    if before.digest != after.digest:
        why = "another notebook was handed in"
    elif before.bundle != after.bundle:
        why = "the assignment or its tests changed"
    elif "failed" in (before.status, after.status):
        why = "the grader failed once"
    else:
        why = "though neither the notebook nor its tests changed: is the answer random, or slow?"
    points = {verdict.task: verdict.points for verdict in before.verdicts}
    changed = [v for v in after.verdicts if v.task in points and points[v.task] != v.points]
    lines = [f"{v.task}: {points[v.task]:g} → {v.points:g} points, because {why}" for v in changed]
    if before.status != after.status:
        lines.insert(0, f"{before.status} → {after.status}, because {why}")
    return [line.replace("because though", "though") for line in lines]


def autograded(bundle: Bundle, result: Result) -> str:
    """The notebook that formgrader shows: what the student's code gave, each test's report and points, and the findings on top."""
    notebook = json.loads(result.notebook or bundle.master)
    verdicts = {f"test_{verdict.task}": verdict for verdict in result.verdicts}
    for cell in notebook["cells"]:
        verdict = verdicts.get(cell["metadata"].get("nbgrader", {}).get("grade_id"))
        if verdict:
            points = {"output_type": "execute_result", "execution_count": None, "metadata": {}}
            points["data"] = {"text/plain": repr(float(verdict.points))}
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": verdict.report + "\n"}, points]
    if result.findings:
        text = "**Found while grading**\n\n" + "\n".join(f"    {finding}" for finding in result.findings)
        notebook["cells"].insert(0, {"cell_type": "markdown", "id": "findings-of-the-grader", "metadata": {}, "source": text})
    return json.dumps(notebook, indent=1, ensure_ascii=False)
