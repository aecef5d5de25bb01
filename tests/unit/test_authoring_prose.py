"""Numbers in a lecture's prose are held by claims of the same section."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from utils.authoring import prose


def found(text, formula=False):
    return [number for number, _ in prose.numbers(text, formula)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 7x7 image", ["7", "7"]),
        ("a 7×7 image and a 3 x 3 kernel", ["7", "7", "3", "3"]),
        ("3x32x32", ["3", "32", "32"]),
        ("it is 2.33, not 2.", ["2.33", "2"]),
        ("1,000 of 61,100,840 weights", ["1,000", "61,100,840"]),
        ("1, 2, 3 and 10,5", ["1", "2", "3", "10", "5"]),
        ("33 % or 12.5% of it", ["33", "12.5"]),
        ("a 3-channel image, 32-bit", ["3", "32"]),
        ("in 10ms, 9x faster", ["10", "9"]),
        ("a step of 1e-4", ["1e-4"]),
        ("from 3–5 to 3-5, and 4:1 or 1/9", ["3", "5", "3", "5", "4", "1", "1", "9"]),
        ("an edge of -4 or −5", ["4", "5"]),
        ("(3, 224, 224)", ["3", "224", "224"]),
        ("2-D, 1-D, 3D and 3-d signals", []),
        ("Conv2d, CS231n, conv_2, x1, VGG-16 and ResNet18", []),
        ("the 3rd and the 21st", []),
        ("lecture 03, unit 11, lectures 12 and 13", []),
        ("(Fukushima, 1980) and LeNet (1998)", []),
        ("it has 1998 weights", ["1998"]),
        ("v1.2.3", []),
    ],
)
def test_numbers_in_words(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\frac{7 - 3}{1} + 1 = 5", ["7", "3", "5"]),
        (r"(N - F + 2P)/S + 1", []),
        (r"61{,}100{,}840 = 61\,100\,840", ["61,100,840", "61,100,840"]),
        (r"3 \times 3 \cdot D_1 + x_{12}", ["3", "3"]),
        (r"10^{6}", ["10", "6"]),
        (r"2.5 \text{ GB}", ["2.5"]),
    ],
)
def test_numbers_in_formulas(formula, expected):
    assert found(formula, formula=True) == expected


def lecture(*cells):
    """Markdown cells, and code cells that printed what begins with ✔."""
    made = []
    for text in cells:
        if text.startswith("✔"):
            made.append(new_code_cell("claim(...)", outputs=[new_output("stream", name="stdout", text=text + "\n")]))
        else:
            made.append(new_markdown_cell(text))
    return new_notebook(cells=made)


def test_a_number_that_the_section_claims_is_held():
    assert prose.problems(lecture("# 03 · X", "## How?\nThere are 25 places.", "✔ 25 places")) == []


def test_a_number_that_nothing_claims_is_named_with_its_section_and_sentence():
    (problem,) = prose.problems(lecture("## How?\nFirst this. There are 26 places, or so.", "✔ 25 places"))
    assert "'How?'" in problem
    assert "26" in problem
    assert "There are 26 places, or so." in problem
    assert "First" not in problem


def test_a_claim_of_another_section_does_not_hold_it():
    assert len(prose.problems(lecture("## One\nWords.", "✔ 25 places", "## Two\nThere are 25."))) == 1


@pytest.mark.parametrize("title", ["Summary", "Quiz"])
def test_summary_and_quiz_may_use_every_claim(title):
    assert prose.problems(lecture("## One\nWords.", "✔ 25 places", f"## {title}\nThere are 25.")) == []
    assert len(prose.problems(lecture("## One\nWords.", "✔ 25 places", f"## {title}\nThere are 26."))) == 1


def test_the_opening_may_use_every_claim():
    assert prose.problems(lecture("# 03 · X", "There are 25.", "## One", "✔ 25 places")) == []


def test_further_reading_is_exempt():
    assert prose.problems(lecture("## Further reading\nChapter 9, 1998.")) == []


def test_a_value_counts_not_how_it_is_written():
    assert prose.problems(lecture("## One\nIt is 1,000 or 2.50.", "✔ 1000 and 2.5")) == []


def test_code_links_headings_and_tags_are_not_looked_at():
    text = (
        "## One\n### 77 things\n`f(78)` and [79](http://x/80) ![81](a.png)\n\n```python\n82\n```\n\n<img width='83'> <!-- 84 -->"
    )
    assert prose.problems(lecture(text)) == []


def test_list_numbers_are_not_looked_at_but_items_are():
    (problem,) = prose.problems(lecture("## One\n7. an item\n8. with 99 things"))
    assert "99" in problem


@pytest.mark.parametrize(
    "text", ["**35** of them", "| a | b |\n|---|---|\n| 35 | x |", "$35$", "$$\n35\n$$", "- a\n    - 35", "> 35"]
)
def test_numbers_hide_nowhere(text):
    (problem,) = prose.problems(lecture(f"## One\n\n{text}"))
    assert "35" in problem


def test_details_are_prose():
    (problem,) = prose.problems(lecture("## One\n\n<details><summary>More</summary>\n\nIt is 35.\n\n</details>"))
    assert "35" in problem


def test_only_what_a_claim_printed_counts():
    notebook = lecture("## One\nThere are 25.", "✔ 24 places\n25 by the way")
    assert len(prose.problems(notebook)) == 1
