"""Short quizzes with instant feedback, through jupyterquiz: no kernel, account or network is needed to answer them.

A question is plain data; each answer stands against what the student is told who gives it:

    quiz.show([
        {"question": "How large is the map?", "right": {"5 x 5": "Yes: ..."}, "wrong": {"7 x 7": "That needs padding.", ...}},
        {"question": "How many weights?", "right": {27: "Yes: ..."}, "wrong": {9: "You left out the depth."}, "otherwise": "Count ..."},
    ])

Answers that are text become buttons (several right ones: all are to be found), whole numbers a field to type into. `code` in backticks
is set as code; the rest is taken literally. Every wrong answer carries feedback that names the misconception behind it.
"""

import base64
import hashlib
import html
import json
import random
import re
import zlib

# Checked by tests/unit/test_quiz.py against WCAG 2 AA: 4.5 to 1 for each text on its ground.
COLOURS = {
    "--jq-multiple-choice-bg": "#0B4F7A",
    "--jq-many-choice-bg": "#0B4F7A",
    "--jq-numeric-bg": "#0B4F7A",
    "--jq-mc-button-bg": "#FFFFFF",
    "--jq-mc-button-border": "#767676",
    "--jq-numeric-input-bg": "#F2F2F2",
    "--jq-numeric-input-label": "#1A1A1A",
    "--jq-incorrect-color": "#A33C00",
    "--jq-correct-color": "#00664B",
    "--jq-text-color": "#FFFFFF",
}
# Feedback stands on white in light and dark themes alike, and is told by its sign as well as by its colour.
_STYLE = """
#ID .Quiz {font-size: 1rem; line-height: 1.4}
#ID .Feedback {font-size: 1rem; text-align: left}
#ID .correct, #ID .incorrect {background: #FFFFFF; border-left: 6px solid; padding: 8px 12px}
#ID .Feedback.correct::before {content: "✔ "}
#ID .Feedback.incorrect::before {content: "✘ "}
#ID .Answer {margin: 8px 0}
#ID .MCButton {font-size: 1rem; gap: 8px; justify-content: flex-start; text-align: left}
#ID .MCButton:not(.correctButton):not(.incorrectButton) {color: #1A1A1A}
#ID .MCButton:focus-within, #ID .Input-text:focus {outline: 3px solid #E69F00}
#ID .InpLabel {background: #FFFFFF; font-size: 1rem; padding: 0 8px}
#ID .Input-text {border: 1px solid #767676; color: #1A1A1A; font-size: 1rem}
#ID .Input-text.correctButton, #ID .Input-text.incorrectButton {color: #FFFFFF}
"""


def show(questions: list[dict]) -> None:
    """Show questions under the cell. The same questions always make the same output, and no random state is touched.

    Parameters
    ----------
    questions : list of dict
        question : str
        right, wrong : dict
            Answer against feedback; the answers all text, or all whole numbers. At least one of each.
        otherwise : str, where the answers are numbers
            Feedback for any other number.

    Raises
    ------
    ValueError
        If a question is incomplete, with what was given and what is expected.
    """
    from IPython.display import display

    page, text = render(questions)
    display({"text/html": page, "text/plain": text}, raw=True)


def render(questions: list[dict]) -> tuple[str, str]:
    """The quiz as HTML and, for where nothing runs, as text. Parameters and errors as `show`."""
    data = [_checked(question, i) for i, question in enumerate(questions)]
    if not data:
        raise ValueError("a quiz needs at least one question, got an empty list")
    name = "quiz" + hashlib.sha256(json.dumps(data).encode()).hexdigest()[:12]
    page, script = _jupyterquiz(data)
    found = re.search(r'<div id="(\w+)"', page)[1]
    container, style = page.replace(found, name).split("<style>", 1)
    style = f"<style>{style}<style>{_STYLE.replace('#ID', '#' + name)}</style>"
    # Where scripts do not run (a code host's preview, an untrusted notebook) the questions can still be read.
    before = f'document.getElementById("{name}").innerHTML = {json.dumps(style, ensure_ascii=False)};\n'
    after = f"""
document.querySelectorAll("#{name} .Feedback").forEach(f => f.setAttribute("aria-live", "polite"));
document.querySelectorAll("#{name} .InpLabel").forEach(label => {{ label.htmlFor = label.nextElementSibling.id; }});"""
    packed = _packed(before + script.replace(found, name) + after)
    return f"{container}{_reading(questions)}</div><script>{packed}</script>", _as_text(questions)


# ----------------------------------------------------------------------------------------------------------- internals


def _checked(question: dict, index: int) -> dict:
    """A question in jupyterquiz's own form."""
    where = f"question {index + 1}"
    if not isinstance(question, dict):
        raise ValueError(f"{where} is {type(question).__name__} {question!r:.60}, expected a dict with question, right and wrong")
    unknown = set(question) - {"question", "right", "wrong", "otherwise"}
    missing = {"question", "right", "wrong"} - set(question)
    if unknown or missing:
        raise ValueError(
            f"{where} has the keys {', '.join(map(repr, question))}; expected question, right, wrong and, for numbers, otherwise"
        )
    where += f" ({_text(question['question'], where):.40}…)"
    for key in ("right", "wrong"):
        if not isinstance(question[key], dict) or not question[key]:
            raise ValueError(
                f"{where}: {key!r} is {question[key]!r:.60}, expected a dict of at least one answer against its feedback"
            )
    twice = set(question["right"]) & set(question["wrong"])
    if twice:
        raise ValueError(f"{where}: {sorted(map(str, twice))[0]!r} is given as right and as wrong")
    kinds = {type(answer) for key in ("right", "wrong") for answer in question[key]}
    if kinds not in ({str}, {int}):
        raise ValueError(
            f"{where}: the answers are {' and '.join(sorted(k.__name__ for k in kinds))}, expected all text or all whole numbers"
        )
    number = kinds == {int}
    if number != ("otherwise" in question):
        raise ValueError(
            f"{where}: 'otherwise' is the feedback for numbers that are not listed: give it with numbers, and only then"
        )
    answers = [
        {"value" if number else "answer": answer if number else _text(answer, where), "correct": key == "right"}
        | {"feedback": _text(feedback, where)}
        for key in ("right", "wrong")
        for answer, feedback in question[key].items()
    ]
    if number:
        answers.append({"type": "default", "feedback": _text(question["otherwise"], where)})
    kind = "numeric" if number else "many_choice" if len(question["right"]) > 1 else "multiple_choice"
    return {"question": _text(question["question"], where), "type": kind, "answers": answers}


def _text(text, where: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{where}: {text!r} should be a sentence: every question, answer and feedback is text that is not empty")
    if "$" in text:
        raise ValueError(
            f"{where}: {text!r:.60} holds a $ for a formula, which JupyterLab does not set in a quiz: write it in `backticks`"
        )
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def _jupyterquiz(data: list[dict]) -> tuple[str, str]:
    """What jupyterquiz would display: its HTML and its script. It draws an id, so the random state is put back."""
    from unittest import mock

    from jupyterquiz import display_quiz

    state, shown = random.getstate(), []
    try:
        with mock.patch.dict(display_quiz.__globals__, display=shown.append):
            display_quiz(data, colors=COLOURS, max_width=720)
    finally:
        random.setstate(state)
    page, script = shown
    return page.data, script.data


def _packed(script: str) -> str:
    """A script that unpacks `script` and runs it, names kept to itself. Every quiz of a lecture must bring its own copy of jupyterquiz's
    script, because Colab walls the cells off from each other; packed, it is a fifth of the size. It would fetch MathJax from the internet
    where it sees an older one, as in JupyterLab; quizzes have no formulas, so it is shown none."""
    packed = base64.b64encode(zlib.compress(f"(function () {{\nvar MathJax;\n{script}\n}})();".encode(), 9)).decode()
    return (
        f'(function () {{ const packed = Uint8Array.from(atob("{packed}"), c => c.charCodeAt(0));\n'
        'new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).text().then(text => {\n'
        'const script = document.createElement("script"); script.textContent = text; document.body.appendChild(script); }); })();'
    )


def _reading(questions: list[dict]) -> str:
    items = (
        f"<li>{_text(q['question'], '')}"
        + ("" if "otherwise" in q else "<ul>" + "".join(f"<li>{_text(a, '')}</li>" for a in _mixed(q)) + "</ul>")
        + "</li>"
        for q in questions
    )
    return "<p>Run this cell to answer and get feedback:</p><ol>" + "".join(items) + "</ol>"


def _as_text(questions: list[dict]) -> str:
    return "\n".join(
        f"{i}. {q['question']}" + ("" if "otherwise" in q else "  [" + " | ".join(_mixed(q)) + "]")
        for i, q in enumerate(questions, 1)
    )


def _mixed(question: dict) -> list[str]:
    """The answers in an order that does not give the right one away."""
    return sorted([*question["right"], *question["wrong"]])
