"""Quizzes: questions are checked, output is the same every time, feedback can be read by everyone."""

import base64
import json
import random
import re
import zlib

import pytest

from utils import quiz

CHOICE = {"question": "How large is the map?", "right": {"5x5": "Yes."}, "wrong": {"7x7": "It needs padding.", "4x4": "Add 1."}}
NUMBER = {"question": "How many weights?", "right": {27: "Yes."}, "wrong": {9: "You left out the depth."}, "otherwise": "Count."}


def unpacked(page: str) -> str:
    """The script that the page will run."""
    return zlib.decompress(base64.b64decode(re.search(r'atob\("([^"]+)"\)', page)[1])).decode()


def questions_of(page: str) -> list[dict]:
    return json.loads(re.search(r"var questions\w+=(\[.*\]);", unpacked(page))[1])


def test_text_answers_become_a_choice_and_each_keeps_its_feedback():
    (question,) = questions_of(quiz.render([CHOICE])[0])
    assert question["type"] == "multiple_choice"
    assert {a["answer"]: (a["correct"], a["feedback"]) for a in question["answers"]} == {
        "5x5": (True, "Yes."),
        "7x7": (False, "It needs padding."),
        "4x4": (False, "Add 1."),
    }


def test_several_right_answers_make_a_choice_of_many():
    (question,) = questions_of(quiz.render([CHOICE | {"right": {"a": "Yes.", "b": "Yes."}}])[0])
    assert question["type"] == "many_choice"


def test_numbers_become_a_field_to_type_into_with_feedback_for_any_other_number():
    (question,) = questions_of(quiz.render([NUMBER])[0])
    assert question["type"] == "numeric"
    assert question["answers"] == [
        {"value": 27, "correct": True, "feedback": "Yes."},
        {"value": 9, "correct": False, "feedback": "You left out the depth."},
        {"type": "default", "feedback": "Count."},
    ]


def test_the_same_questions_make_the_same_output_and_others_another_id():
    first, again, other = quiz.render([CHOICE])[0], quiz.render([CHOICE])[0], quiz.render([NUMBER])[0]
    assert first == again
    assert re.search(r'id="(\w+)"', first)[1] != re.search(r'id="(\w+)"', other)[1]


def test_no_random_state_is_touched():
    random.seed(5)
    before = random.getstate()
    quiz.render([CHOICE, NUMBER])
    assert random.getstate() == before


def test_nothing_is_fetched_and_a_quiz_is_small():
    page, _ = quiz.render([CHOICE])
    assert "http" not in page
    assert len(page) < 16_000


def test_code_is_set_as_code_and_everything_else_is_taken_literally():
    (question,) = questions_of(quiz.render([CHOICE | {"question": "Is `a<b` so, or </script><b>not</b>?"}])[0])
    assert question["question"] == "Is <code>a&lt;b</code> so, or &lt;/script&gt;&lt;b&gt;not&lt;/b&gt;?"


def test_where_scripts_do_not_run_the_questions_can_be_read_but_not_the_feedback():
    page, text = quiz.render([CHOICE, NUMBER])
    visible = re.sub(r"<script>.*</script>", "", page, flags=re.S)
    for shown in (visible, text):
        assert "How large is the map?" in shown and "7x7" in shown and "How many weights?" in shown
        assert "Yes." not in shown and "27" not in shown


def test_show_displays_the_page_with_a_text_beside_it(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    assert quiz.show([CHOICE]) is None
    assert shown == [dict(zip(("text/html", "text/plain"), quiz.render([CHOICE]), strict=True))]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How large?", "question 1 is str 'How large\\?', expected a dict"),
        ({k: v for k, v in CHOICE.items() if k != "wrong"}, "has the keys 'question', 'right'; expected"),
        (CHOICE | {"hint": "think"}, "'hint'; expected question, right, wrong"),
        (CHOICE | {"question": "  "}, "should be a sentence"),
        (CHOICE | {"right": {}}, "'right' is {}, expected a dict of at least one answer"),
        (CHOICE | {"wrong": ["7x7"]}, r"'wrong' is \['7x7'\]"),
        (CHOICE | {"wrong": {"7x7": ""}}, "'' should be a sentence"),
        (CHOICE | {"wrong": {"5x5": "No."}}, "'5x5' is given as right and as wrong"),
        (CHOICE | {"wrong": {7: "No."}}, "the answers are int and str, expected all text or all whole numbers"),
        (NUMBER | {"right": {2.5: "Yes."}, "wrong": {1.5: "No."}}, "the answers are float"),
        ({k: v for k, v in NUMBER.items() if k != "otherwise"}, "'otherwise' is the feedback for numbers"),
        (CHOICE | {"otherwise": "No."}, "'otherwise' is the feedback for numbers"),
        (CHOICE | {"question": "Is $x$ large?"}, r"holds a \$"),
    ],
)
def test_an_incomplete_question_is_refused_with_what_is_expected(question, said):
    with pytest.raises(ValueError, match=said):
        quiz.render([question])


def test_the_wrong_question_is_named_by_its_number():
    with pytest.raises(ValueError, match="question 2"):
        quiz.render([CHOICE, {}])


def test_an_empty_quiz_is_refused():
    with pytest.raises(ValueError, match="at least one question"):
        quiz.render([])


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *[("--jq-text-color", f"--jq-{kind}-bg") for kind in ("multiple-choice", "many-choice", "numeric")],
        ("--jq-text-color", "--jq-correct-color"),  # a button that was pressed
        ("--jq-text-color", "--jq-incorrect-color"),
        ("#1A1A1A", "--jq-mc-button-bg"),
        ("#1A1A1A", "--jq-numeric-input-bg"),
        ("--jq-numeric-input-label", "#FFFFFF"),
        ("--jq-correct-color", "#FFFFFF"),  # feedback
        ("--jq-incorrect-color", "#FFFFFF"),
    ],
)
def test_every_text_stands_out_from_its_ground(text, ground):
    assert contrast(quiz.COLOURS.get(text, text), quiz.COLOURS.get(ground, ground)) >= 4.5


def test_feedback_is_told_by_a_sign_and_not_by_colour_alone():
    script = unpacked(quiz.render([CHOICE])[0])
    assert re.search(r"\.correct::before \{content: ..✔", script) and re.search(r"\.incorrect::before \{content: ..✘", script)
