"""The tests' side: runs the notebook's cells and the test cells against the student's process, and says one verdict a task.

It is trusted with the hidden tests, and it reads what the student's process sends; so every submission has a tester of its own, forked
from a warm process and behind walls like the student's.

The grader sends the steps, in the notebook's order: ("run", number, source) and ("test", task). Each is answered by a frame when it is
done, {"run": …} or {"verdict": …}; {"broken": why} ends it all when the student's process can no longer be asked. Meanwhile {"cpu": None}
asks the grader for the processor seconds of the student's processes, which are best not asked for their own.
"""

import contextlib
import hashlib
import io
import sys
import time

import nbformat

from utils import checks
from utils.authoring import bank
from utils.grading import proxies, wire

MAX_REPORT = 20_000
_tasks = {}


def prepare(setup: dict) -> dict:
    """Compile the tests, and run the whole solution once: whatever is loaded or compiled at first use is then there for every child."""
    for task in setup["tasks"]:
        _tasks[task["name"]] = task | {"code": bank.compile_cell(task["test"], _file(task["name"]))}
    marks = bank.mark(nbformat.reads(setup["source"], as_version=4))
    checks.seed(0)
    return {"modules": sorted(sys.modules), "points": {name: verdict.points for name, verdict in marks.items()}}


def serve(student, grader) -> None:
    def cpu() -> float:
        wire.send(grader, wire.pack({"cpu": None}))
        return wire.unpack(wire.receive(grader))

    peer = proxies.Peer(student, cpu)
    for step in wire.unpack(wire.receive(grader)):
        try:
            answer = {"run": run(peer, *step[1:])} if step[0] == "run" else {"verdict": test(peer, step[1])}
        except proxies.Broken as broken:
            answer = {"broken": broken.why}
        except Exception as error:
            answer = {"broken": "error", "detail": f"{type(error).__name__}: {error}"[:1000]}
        wire.send(grader, wire.pack(answer))
        if "broken" in answer:
            return


def run(peer, number: int, source: str) -> dict:
    """Run one cell of the student's notebook."""
    start = time.perf_counter()
    _, outputs = peer.ask({"run": source})
    return {"cell": number, "outputs": outputs, "seconds": time.perf_counter() - start}


def test(peer, name: str) -> dict:
    """The verdict on one task, as plain data in the terms of records.Verdict."""
    task, start = _tasks[name], time.perf_counter()
    peer.calls, peer.raised = 0, []
    peer.ask({"forget": True})
    peer.known.clear()
    checks.far = None
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    checks.seed(number)
    peer.seed(number)
    names = peer.names(task["uses"])
    checks.far = peer
    touched = any(not isinstance(value, proxies.Far) for value in names.values())
    points, printed, error, namespace = _run(task, names)
    if peer.broken:
        raise peer.broken
    parts = namespace["task"].parts if isinstance(namespace.get("task"), checks.Task) else []
    earned = sum(part.points for part in parts if part.problem is None)
    if points is None:
        points, status = 0.0, "failed" if isinstance(error, checks.FarError | NameError | checks.CheckFailed) else "error"
        if isinstance(error, NotImplementedError):
            status = "unwritten"
    elif points != earned or not 0 <= points <= task["points"]:
        raise ValueError(f"the test cell of {name} scored {points}, but its parts hold {earned} of {task['points']}")
    elif points > 0 and not (peer.calls or touched):
        points, status, printed = 0.0, "error", printed + "\nthe test never called the student's work, so it has tested nothing"
    else:
        unwritten = any((part.problem or "").startswith("not written yet") for part in parts)
        status = "passed" if points == task["points"] else "partial" if points else "unwritten" if unwritten else "failed"
    return {
        "task": name,
        "points": points,
        "of": task["points"],
        "status": status,
        "parts": [_part(part, task, status) for part in parts],
        "report": printed[:MAX_REPORT],
        "raised": next((raised for raised in peer.raised if raised in printed), None),
        "seconds": time.perf_counter() - start,
    }


def _run(task, names):
    """Points, what was printed, the error that ended the test cell, and its namespace."""
    body, last = task["code"]
    namespace = {"__name__": "__main__", **names}
    points, error, out = None, None, io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(body, namespace)
            value = eval(last, namespace) if last else None
            points = float(value) if type(value) in (int, float) else None
        except (Exception, SystemExit, KeyboardInterrupt) as raised:
            error = raised
            print(f"{type(raised).__name__}: {raised}")
    return points, out.getvalue(), error, namespace


def _part(part, task, status):
    passed = part.problem is None and status != "error"
    return {
        "name": part.name,
        "points": part.points if passed else 0.0,
        "of": part.points,
        "problem": None if passed else (part.problem or "it was not counted")[:MAX_REPORT],
        "hidden": _hidden(task["test"], part.line),
        "misconception": part.misconception,
    }


def _hidden(source: str, line: int) -> bool:
    """Whether a line of a test cell is among the hidden tests."""
    before = [text.strip().upper() for text in source.splitlines()[: line - 1]]
    marks = [text for text in before if text in ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")]
    return bool(marks) and marks[-1] == "### BEGIN HIDDEN TESTS"


def _file(task: str) -> str:
    return f"<test of {task}>"
