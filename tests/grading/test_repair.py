"""Whatever is handed in, repair gives a notebook that can be graded, or says in words why there is none."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_bundle import ANSWERS, BUNDLE, filled

from utils.grading import repair as repair_module
from utils.grading.records import Submission
from utils.grading.repair import repair

WANTED = {cell["id"]: cell for cell in json.loads(BUNDLE.master)["cells"] if cell["metadata"]}


def repaired(notebook) -> repair_module.Repaired:
    data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return repair(BUNDLE, Submission("amani", data))


def release():
    return json.loads(BUNDLE.release)


def cells_of(notebook) -> dict:
    return {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in notebook["cells"] if cell["metadata"]}


def find(notebook, name):
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def assert_gradable(notebook):
    """Every cell of the assignment once, with its type, flags and points; tests and locked cells with their text."""
    labels = [cell["metadata"]["nbgrader"]["grade_id"] for cell in notebook["cells"] if cell["metadata"]]
    assert sorted(labels) == sorted(WANTED)
    for name, cell in cells_of(notebook).items():
        assert cell["cell_type"] == WANTED[name]["cell_type"]
        assert cell["metadata"] == WANTED[name]["metadata"]
        if not cell["metadata"]["nbgrader"]["solution"]:
            assert cell["source"] == WANTED[name]["source"]
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    json.dumps(notebook, ensure_ascii=False).encode()
    import nbformat

    nbformat.validate(nbformat.from_dict(notebook))


def test_an_honest_notebook_gives_no_findings_and_keeps_its_answers():
    notebook = json.loads(filled(ANSWERS | {"why": "Because."}))
    notebook["cells"].insert(3, {"cell_type": "code", "id": "mine", "metadata": {}, "source": ["helper = 1\n", "helper"]})
    find(notebook, "double")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "hello"}]
    result = repaired(notebook)
    assert result.findings == ()
    assert_gradable(result.notebook)
    cells = cells_of(result.notebook)
    assert {name: cells[name]["source"] for name in ANSWERS} == ANSWERS
    assert cells["why"]["source"] == "Because."
    assert cells["double"]["outputs"] == []
    ids = [cell["id"] for cell in result.notebook["cells"]]
    assert ids == ["title", "hints_double", "double", "mine", "test_double", "triple", "test_triple", "why"]
    assert find(result.notebook, "mine")["source"] == "helper = 1\nhelper"


def test_the_untouched_release_and_the_reference_give_no_findings():
    for notebook in (BUNDLE.release, BUNDLE.source):
        result = repaired(notebook.encode())
        assert result.findings == ()
        assert_gradable(result.notebook)


def test_white_space_at_line_ends_is_no_tampering():
    notebook = release()
    find(notebook, "test_double")["source"] += "  \n"
    assert repaired(notebook).findings == ()


def test_two_cells_never_get_the_same_id():
    notebook = release()
    own = [{"cell_type": "code", "id": id, "metadata": {}, "source": ""} for id in ("own-4", "own-4", "own-1", "why", 5, "a b")]
    notebook["cells"][1:1] = own
    assert_gradable(repaired(notebook).notebook)


# ---------------------------------------------------------------------------------------------- changed and lost cells


def test_a_missing_test_is_put_back_after_the_answer_it_tests():
    notebook = json.loads(filled(ANSWERS))
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != "test_double"]
    result = repaired(notebook)
    assert_gradable(result.notebook)
    ids = [cell["id"] for cell in result.notebook["cells"]]
    assert ids.index("test_double") == ids.index("double") + 1
    assert result.findings == ("cell 'test_double' was missing, and was put back as released",)


def test_a_changed_test_is_restored_and_reported():
    notebook = json.loads(filled(ANSWERS))
    find(notebook, "test_double")["source"] = "60"
    result = repaired(notebook)
    assert_gradable(result.notebook)
    assert result.findings == ("cell 'test_double' is locked, and differs from the release: it was restored",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": 100}, "points were changed from 60 to 100"),
        ({"points": "60"}, "points were changed from 60 to '60'"),
        ({"points": None}, "points were changed from 60 to None"),
        ({"grade": False}, "mark 'grade' was flipped"),
        ({"solution": True}, "mark 'solution' was flipped"),
        ({"locked": False, "task": True}, "mark 'locked' was flipped, its mark 'task' was flipped"),
    ],
)
def test_flags_and_points_are_restored_and_reported(change, words):
    notebook = release()
    find(notebook, "test_double")["metadata"]["nbgrader"] |= change
    result = repaired(notebook)
    assert_gradable(result.notebook)
    (finding,) = result.findings
    assert "cell 'test_double'" in finding and words in finding


def test_a_changed_type_is_restored_with_what_was_written():
    notebook = json.loads(filled(ANSWERS))
    find(notebook, "double")["cell_type"] = "markdown"
    result = repaired(notebook)
    assert_gradable(result.notebook)
    assert find(result.notebook, "double")["source"] == ANSWERS["double"]
    assert result.findings == ("cell 'double': its type was changed from code to markdown; all is as released again",)


@pytest.mark.parametrize(
    "copies",
    [["first", ANSWERS["double"]], [ANSWERS["double"], "", "  \n"], [ANSWERS["double"], "def double(number):\n    raise NotImplementedError"]],
)  # fmt: skip
def test_the_last_copy_that_holds_an_answer_counts_and_the_others_become_cells_of_the_students_own(copies):
    notebook = release()
    at = next(i for i, cell in enumerate(notebook["cells"]) if cell["id"] == "double")
    original = notebook["cells"].pop(at)
    for source in reversed(copies):
        notebook["cells"].insert(at, copy.deepcopy(original) | {"source": source})
    result = repaired(notebook)
    assert_gradable(result.notebook)
    assert cells_of(result.notebook)["double"]["source"] == ANSWERS["double"]
    assert [cell["source"] for cell in result.notebook["cells"] if not cell["metadata"]][1:] == [
        c for c in copies if c != ANSWERS["double"]
    ]
    assert result.findings == ("cell 'double' is there more than once: the last copy that holds an answer counts",)


@pytest.mark.parametrize("keep_ids", [True, False])
def test_cells_that_lost_their_labels_are_recognised(keep_ids):
    notebook = json.loads(filled(ANSWERS))
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {}
        if not keep_ids:
            cell["id"] = f"c{number}"
    result = repaired(notebook)
    assert_gradable(result.notebook)
    cells = cells_of(result.notebook)
    assert {name: cells[name]["source"] for name in ANSWERS} == ANSWERS
    lost = "6" if keep_ids else "5"
    assert any(finding.startswith(f"{lost} cells") and "lost their labels" in finding for finding in result.findings)
    # without its id nothing tells which cell was the written answer
    assert any("'why' was missing" in finding for finding in result.findings) is not keep_ids


def test_another_assignment_is_said_to_be_one():
    notebook = release()
    notebook["cells"] = [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "area", "solution": True}}, "source": "1"}]
    result = repaired(notebook)
    assert_gradable(result.notebook)
    assert "no cell of this assignment is in the notebook" in result.findings[0]


def test_a_picture_pasted_into_a_written_answer_stays():
    notebook = json.loads(filled({"why": "![a](attachment:a.png)"}))
    find(notebook, "why")["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}
    result = repaired(notebook)
    assert find(result.notebook, "why")["attachments"] == {"a.png": {"image/png": "iVBORw0KGgo="}}
    assert result.findings == ()


# -------------------------------------------------------------------------------------------------- files that are odd


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "latin-1", "utf-32"])
def test_other_encodings_are_read_and_said(encoding):
    text = filled(ANSWERS | {"why": "Weil é."}).decode()
    text = json.dumps(json.loads(text), ensure_ascii=False)
    data = text.encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    result = repaired(data)
    assert_gradable(result.notebook)
    assert find(result.notebook, "why")["source"] == "Weil é."
    (finding,) = result.findings
    assert "the file is encoded as" in finding


def test_an_old_notebook_is_read():
    cells = [
        {**cell, "input" if cell["cell_type"] == "code" else "source": cell["source"]}
        for cell in json.loads(filled(ANSWERS))["cells"]
    ]
    for cell in cells:
        if cell["cell_type"] == "code":
            del cell["source"]
    result = repaired({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]})
    assert_gradable(result.notebook)
    assert cells_of(result.notebook)["triple"]["source"] == ANSWERS["triple"]
    assert result.findings == ()


CONFLICT = BUNDLE.release.replace('"metadata"', '"a": 1\n<<<<<<< HEAD\n"metadata"', 1).encode()
UNREADABLE = {
    "empty": (b"", "the file is empty"),
    "broken": (BUNDLE.release[:300].encode(), "not valid JSON"),
    "conflict": (CONFLICT, "line 2 of the file is a conflict marker of git (<<<<<<<)"),
    "binary": (bytes(range(256)), "not valid JSON"),
    "a list": (b"[1, 2]", "no list of cells"),
    "no cells": (b'{"nbformat": 4}', "no list of cells"),
    "cells of another type": (b'{"cells": {"a": 1}}', "no list of cells"),
    "deep nesting": (b"[" * 200_000, "nested too deeply"),
    "a deep notebook": (b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    "10,000 cells": (json.dumps(release() | {"cells": [find(release(), "double")] * 10_000}).encode(), "10,000 cells"),
    "a number of many digits": (b'{"cells": [' + b"9" * 5_000 + b"]}", "not valid JSON"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_said_in_words(case):
    data, words = UNREADABLE[case]
    result = repaired(data)
    assert result.notebook is None
    (finding,) = result.findings
    assert words in finding


def test_a_file_of_100_mb_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(json, "loads", lambda *args: pytest.fail("it was parsed"))
    result = repaired(b"[" + b" " * 100_000_000)
    assert (result.notebook, result.findings) == (None, ("the file has 100 MB; at most 50 MB are read",))


def test_how_it_was_handed_in_is_repeated_and_stands_alone_if_there_is_no_notebook():
    assert repair(BUNDLE, Submission("amani", BUNDLE.release.encode(), findings=("renamed",))).findings == ("renamed",)
    assert repair(BUNDLE, Submission("amani", b"", findings=("nothing was handed in",))).findings == ("nothing was handed in",)


@pytest.mark.parametrize("source", [None, 7, {"a": 1}, ["a", None, 3, "b"], ["\ud800"], "\x00"])
def test_a_source_of_another_type_is_no_error(source):
    notebook = release()
    find(notebook, "double")["source"] = source
    assert_gradable(repaired(notebook).notebook)


# ---------------------------------------------------------------------------------------------------- anything at all

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(sorted(WANTED))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
keys = st.sampled_from(["cell_type", "source", "metadata", "id", "outputs", "attachments"])
label_keys = st.sampled_from(["grade_id", "points", "grade", "solution", "locked", "task", "cell_type", "checksum"])


@st.composite
def mutated(draw):
    """The release after a few changes of any kind: cells removed, copied, moved, relabelled, or with anything in any of their fields."""
    notebook = json.loads(filled(draw(st.sampled_from([{}, ANSWERS]))))
    for _ in range(draw(st.integers(0, 8))):
        cells = notebook["cells"]
        if not cells:
            break
        at = draw(st.integers(0, len(cells) - 1))
        change = draw(st.sampled_from(["remove", "copy", "move", "field", "label", "lose", "junk"]))
        if change == "remove":
            del cells[at]
        elif change == "copy":
            cells.insert(draw(st.integers(0, len(cells))), copy.deepcopy(cells[at]))
        elif change == "move":
            cells.insert(draw(st.integers(0, len(cells) - 1)), cells.pop(at))
        elif change == "junk":
            cells.insert(at, draw(anything))
        elif isinstance(cells[at], dict):
            metadata = cells[at].get("metadata")
            if change == "field":
                cells[at][draw(keys)] = draw(anything)
            elif change == "lose":
                cells[at].pop(draw(keys), None)
            elif isinstance(metadata, dict) and isinstance(metadata.get("nbgrader"), dict):
                metadata["nbgrader"][draw(label_keys)] = draw(anything)
    return notebook


@settings(max_examples=300, deadline=None)
@given(mutated())
def test_any_change_gives_a_notebook_with_every_graded_cell_and_the_bundles_tests(notebook):
    assert_gradable(repaired(json.dumps(notebook).encode()).notebook)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200)
    | anything.map(lambda value: json.dumps(value).encode())
    | anything.map(lambda value: json.dumps({"cells": value}).encode())
)
def test_any_bytes_give_a_notebook_or_a_reason(data):
    result = repaired(data)
    if result.notebook is None:
        assert result.findings
    else:
        assert_gradable(result.notebook)
