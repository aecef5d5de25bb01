"""What a student reads: what passed, what did not, the likely misconception, one next step; nothing hidden, and nothing of theirs alive."""

import dataclasses
import html
import re
import time

import pytest
from tiny_bundle import ANSWERS, BUNDLE, filled, grade

from utils.grading import feedback
from utils.grading.records import Part, Submission, without_marks


def result(answers):
    return grade(BUNDLE, Submission("amani", filled(answers)))


def text(page: str) -> str:
    body = re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_it_says_what_passed_what_did_not_and_which_misconception_that_is():
    page = text(feedback.page(BUNDLE, result({"double": "def double(number):\n    print()", "triple": ANSWERS["triple"]})))
    assert "50 of 100 points , and what is still to be marked by hand" in page
    assert "✔ visible values: 20 of 20" in page
    assert "✘ fresh values: 0 of 40 (hidden test) off by one" in page
    assert "Probably: off." in page
    assert "partly there" in page


def test_what_went_wrong_in_the_same_way_again_is_said_once():
    missing = [Part(name, 0.0, 20.0, problem, False) for name, problem in {"a": "no loop", "b": "no loop", "c": "no sum"}.items()]
    failed = result({})
    failed = dataclasses.replace(
        failed, verdicts=(dataclasses.replace(failed.verdicts[0], parts=tuple(missing)), failed.verdicts[1])
    )
    page = text(feedback.page(BUNDLE, failed))
    assert "✘ a: 0 of 20 no loop ✘ b: 0 of 20, for the same reason ✘ c: 0 of 20 no sum" in page
    assert page.count("no loop") == 1


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("raise NotImplementedError", "Hint 1 · a nudge"),
        ("return 0", "Hint 2 · nearly there"),
        ("print()", "Hint 2 · nearly there"),
    ],
)
def test_the_next_step_is_the_hint_for_how_far_it_is(source, hint):
    page = text(feedback.page(BUNDLE, result({"double": source})))
    assert f"Next step: {hint}" in page
    other = {"Hint 1 · a nudge", "Hint 2 · nearly there"} - {hint}
    assert not any(title in page for title in other)


def test_full_marks_need_no_next_step():
    page = text(feedback.page(BUNDLE, result(ANSWERS)))
    assert "Next step" not in page and "Probably" not in page


def test_no_test_source_is_in_it():
    page = html.unescape(feedback.page(BUNDLE, result({})))
    assert "12345" not in page and "check(" not in page


ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 * 7 }}" + "A" * 10_000_000


def test_what_the_students_code_says_is_text_and_short():
    odd = result({})
    part = Part(ATTACK[:200], 0.0, 60.0, ATTACK, False, ATTACK[:100])
    verdict = dataclasses.replace(odd.verdicts[0], parts=(part,), raised=ATTACK, report=ATTACK)
    odd = dataclasses.replace(odd, student="<b>amani", verdicts=(verdict, odd.verdicts[1]), findings=(ATTACK,))
    page = feedback.page(BUNDLE, odd)
    assert "<script>alert" not in page and "<img" not in page and "<b>" not in page and "49" not in text(page)
    assert "more characters" in page
    assert len(page) < 30_000


def test_an_unreadable_notebook_is_explained():
    page = text(feedback.page(BUNDLE, without_marks(BUNDLE, Submission("amani", b""), "unreadable", ("the file is empty",))))
    assert "Your notebook could not be read" in page and "the file is empty" in page


def test_what_was_mended_is_told():
    page = text(feedback.page(BUNDLE, dataclasses.replace(result({}), findings=("cell 'why' was missing",))))
    assert "had to be mended" in page and "cell 'why' was missing" in page


def test_marks_and_comments_by_hand_and_lateness_are_in_it():
    by_hand = {
        "scores": {"why": 7.5, "test_double": 55.0},
        "comments": {"why": "Well <said>.", "double": "Almost."},
        "penalty": 10.0,
    }
    page = text(feedback.page(BUNDLE, result(ANSWERS), by_hand))
    assert "82.5 of 100 points; 10 were taken off because it was late." in page.replace(" ;", ";")
    assert "why 7.5 of 10 marked by hand" in page
    assert "55 of 60, by hand" in page
    assert "Comment: Well <said>." in page and "Comment: Almost." in page


def test_hints_are_rendered_and_formulas_left_as_they_are():
    titles, bodies = zip(*feedback.hints_of(BUNDLE.release)["double"], strict=True)
    assert titles == ("Hint 1 · a nudge", "Hint 2 · nearly there")
    assert "<code>*</code>" in bodies[1] and r"$a \times b$" in bodies[1]
    assert feedback.hints_of(BUNDLE.release)["triple"] == ()


def test_it_takes_a_few_milliseconds():
    feedback.page(BUNDLE, result(ANSWERS))
    begun = time.process_time()
    for _ in range(20):
        feedback.page(BUNDLE, result({}))
    assert (time.process_time() - begun) / 20 < 0.02
