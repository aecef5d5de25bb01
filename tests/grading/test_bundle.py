"""A unit's bundle: what tests and students get, made once per change, refused if it would mark wrongly."""

import dataclasses
import json
import sys
from pathlib import Path

import pytest
import tiny_bundle

from utils.authoring.course import CourseError
from utils.grading import bundle as bundles
from utils.grading.folders import folders
from utils.grading.grade import Grader
from utils.grading.records import Verdict, bundle_from, result_from, to_dict

sys.path.append(str(Path(__file__).parents[1] / "unit"))
import tiny_course  # noqa: E402

UNIT = tiny_course.UNIT
NETWORK = """
import torch

### BEGIN SOLUTION
net = torch.nn.Linear(2, 2)
rate = 0.1
class Layer(torch.nn.Module):
    pass
### END SOLUTION
def double(number):"""


def grade(bundle, submission, full=("reference",)):
    """A stand-in for the grader: those named in `full` earn everything, the others nothing."""
    result = dataclasses.replace(
        tiny_bundle.grade(tiny_bundle.BUNDLE, tiny_bundle.Submission("x", tiny_bundle.BUNDLE.release.encode())), unit=bundle.unit
    )
    points = 1 if submission.student in full else 0
    verdicts = tuple(Verdict(t.name, t.points * points, t.points, "", (), f"report on {t.name}", None, 0.0) for t in bundle.tasks)
    return dataclasses.replace(result, verdicts=verdicts, findings=())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    root = tiny_course.built(tmp_path_factory.mktemp("bundle"))
    path = root / "solutions" / UNIT / f"{UNIT}.ipynb"
    text = json.loads(path.read_text())
    for cell in text["cells"]:
        source = "".join(cell["source"])
        if "def double" in source:
            cell["source"] = source.replace("def double(number):", NETWORK.strip("\n"))
        if "checks.equal(double(1)" in source:
            source = source.replace("checks.task(15)", "checks.task(15, seconds=90)")
            cell["source"] = source.replace("checks.equal(double(1)", "net, rate, Layer\n    checks.equal(double(1)")
    path.write_text(json.dumps(text))
    return folders(root)


@pytest.fixture(scope="module")
def bundle(course):
    return bundles.load(course, UNIT, grade)


def texts(notebook):
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(notebook)["cells"]}


def test_tasks_and_points_are_the_notebooks(bundle):
    assert [(task.name, task.points) for task in bundle.tasks] == [(name, 15.0) for name in tiny_course.TASKS]
    assert bundle.written == (("why", 10.0),)


def test_a_task_may_ask_for_more_time(bundle):
    assert [task.seconds for task in bundle.tasks[:2]] == [90.0, None]


def test_a_task_uses_what_solution_cells_make_and_its_test_names(bundle):
    assert [task.uses for task in bundle.tasks[:2]] == [("Layer", "double", "net", "rate"), ("triple",)]


def test_the_release_has_neither_solutions_nor_hidden_tests_and_the_master_has_hidden_tests_alone(bundle):
    source, master, release = map(texts, (bundle.source, bundle.master, bundle.release))
    assert "answer_of_triple" in source["triple"]
    assert "answer_of_triple" not in master["triple"] == release["triple"]
    assert "12345" in source["test_triple"] == master["test_triple"] == bundle.tasks[1].test
    assert "12345" not in release["test_triple"]
    assert "repeated adding" not in master["why"]


def test_the_release_is_the_one_that_was_built(course, bundle):
    # but for the cells that this test changed after the build
    built, made = texts((course.root / "exercises" / UNIT / f"{UNIT}.ipynb").read_text()), texts(bundle.release)
    assert {k: v for k, v in made.items() if "double" not in k} == {k: v for k, v in built.items() if "double" not in k}


def test_it_is_made_once_and_again_after_a_change(course, bundle, monkeypatch):
    made = []
    monkeypatch.setattr(bundles, "make", lambda *args: made.append(args) or bundle)
    assert bundles.load(course, UNIT, grade) == bundle
    assert made == []
    course.solution(UNIT).write_text(course.solution(UNIT).read_text().replace("12345", "54321"))
    bundles.load(course, UNIT, grade)
    assert len(made) == 1


def test_a_broken_cache_is_made_anew(course, bundle, monkeypatch):
    monkeypatch.setattr(bundles, "make", lambda unit, key, notebooks: dataclasses.replace(bundle, key=key))
    other_version = to_dict(bundle)
    other_version["tasks"][0]["names"] = other_version["tasks"][0].pop("uses")
    for text in ("", "[]", "{}", '{"tasks": []}', json.dumps(other_version)):
        (course.cache / f"{UNIT}.json").write_text(text)
        assert bundles.load(course, UNIT, grade).tasks == bundle.tasks


@pytest.mark.parametrize(
    ("full", "words"),
    [((), "its reference must earn everything"), (("reference", "untouched release"), "its untouched release must earn nothing")],
)
def test_it_is_refused_if_the_reference_does_not_pass_or_the_release_does(bundle, full, words):
    with pytest.raises(CourseError, match=words) as refusal:
        bundles.prove(bundle, lambda b, s: grade(b, s, full))
    assert "report on sevenfold" in str(refusal.value)


def test_it_is_refused_if_repair_finds_something_in_the_reference(bundle):
    with pytest.raises(CourseError, match="it was tampered with"):
        bundles.prove(bundle, lambda b, s: dataclasses.replace(grade(b, s), findings=("it was tampered with",)))


def test_a_test_that_uses_what_the_reference_does_not_make_is_refused(course):
    notebooks = bundles._notebooks(course, UNIT)
    notebooks["source"] = (
        notebooks["source"]
        .replace("answer_of_triple = number * 3", "1")
        .replace("def triple(number):", "del triple\\n1 / 0\\ndef triple(number):")
    )
    bundle = bundles.make(UNIT, "key", notebooks)
    with Grader(bundle) as grader, pytest.raises(CourseError, match="its reference must earn everything") as refusal:
        bundles.prove(bundle, lambda _, submission: grader.grade(submission))
    assert "triple earns 0 of 15" in str(refusal.value) and "`triple` is not there" in str(refusal.value)


def test_an_unknown_unit_is_an_error_that_says_which_there_are(course):
    with pytest.raises(CourseError, match=f"choose one of {UNIT}"):
        bundles.load(course, "99_nowhere", grade)


def test_another_directory_structure_is_refused(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.directory_structure = "{student_id}/{nbgrader_step}/{assignment_id}"'
    )
    with pytest.raises(CourseError, match="directory_structure"):
        folders(tmp_path)
    with pytest.raises(CourseError, match="is missing"):
        folders(tmp_path / "nowhere")


def test_bundles_and_results_survive_json():
    bundle = tiny_bundle.BUNDLE
    result = tiny_bundle.grade(bundle, tiny_bundle.Submission("amani", tiny_bundle.filled(tiny_bundle.ANSWERS)))
    assert bundle_from(json.loads(json.dumps(to_dict(bundle)))) == bundle
    assert result_from(json.loads(json.dumps(to_dict(result)))) == result
