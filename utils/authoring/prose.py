"""Numbers in the prose of a lecture: each must also stand in what a claim of the same section printed.

What counts as a number: 7, 2.33, 1,000, 61,100,840, 1e-4, 50 %, both numbers of 7x7 or 7×7, 3 in "3-channel" and 10 in "10ms"; signs do not count.
What does not: digits of a name (Conv2d, CS231n, VGG-16, F_1), of a dimension (2-D, 3D), ordinals (3rd), numbers of units (03, "lecture 11"),
years of publications in parentheses (1998), numbers of a list; in formulas also 0, 1, 2 and subscripts.
Not looked at: headings, code, links, sections named "Further reading".
A section begins at every `##` heading. The opening, Summary and Quiz may use the claims of the whole lecture.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

import mistune
from nbformat import NotebookNode

from utils.authoring.pairing import tag

EXEMPT = ("further reading",)
WHOLE_LECTURE = ("opening", "summary", "quiz")
IN_FORMULAS = {Decimal(n) for n in (0, 1, 2)}
CLAIM = re.compile(r"^✔ (.*)$", re.M)

NUMBER = re.compile(
    r"(?<![\w.])(?<![A-Za-z]-)"  # not within a word or a number, and not VGG-16
    r"(?P<number>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?(?:[eE][-+−]?\d+)?)"
    r"(?P<after>[A-Za-z_]*)"
)
DIMENSION = re.compile(r"(?<![\w.])\d+(?:-?[Dd]\b|(?:st|nd|rd|th)\b)")  # 2-D, 3D, 3rd
UNIT = re.compile(r"(?<![\w.,])0\d(?![\w.,]*\d)|\b(?:lecture|unit|assignment)s? \d+(?:(?:,| and| to|–) \d+)*", re.I)
YEAR = re.compile(r"(?<=[(\s])(?:1[89]|20)\d\d(?=\))")
TIMES = re.compile(r"(?<=\d)\s*[x×]\s*(?=\d)")


@dataclass
class Section:
    """A section's sentences, each with whether it is a formula, and the numbers that its claims printed."""

    title: str
    sentences: list[tuple[str, bool]] = field(default_factory=list)
    claimed: set[Decimal] = field(default_factory=set)


def problems(notebook: NotebookNode) -> list[str]:
    """Numbers of an executed lecture's prose that no claim printed: section, number, sentence."""
    parts = sections(notebook)
    anywhere = set().union(*(section.claimed for section in parts))
    found = []
    for section in parts:
        title = section.title.lower()
        if title in EXEMPT:
            continue
        claimed = anywhere if title in WHOLE_LECTURE else section.claimed
        for sentence, formula in section.sentences:
            missing = [text for text, value in numbers(sentence, formula) if value not in claimed]
            for text in dict.fromkeys(missing):
                where = "of the lecture" if title in WHOLE_LECTURE else "in this section"
                found.append(
                    f"section '{section.title}': no claim {where} prints {text}, which the prose states: \"{_short(sentence, text)}\""
                )
    return list(dict.fromkeys(found))


def sections(notebook: NotebookNode) -> list[Section]:
    """The sections of a lecture in order; the first is the opening."""
    found = [Section("opening")]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not tag(cell):
            for token in _parse(cell.source):
                if token["type"] == "heading" and token["attrs"]["level"] == 2:
                    found.append(Section(_text(token)[0].strip()))
                elif token["type"] != "heading":
                    found[-1].sentences += _sentences(token)
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stdout":
                for line in CLAIM.findall(output.text):
                    found[-1].claimed |= {value for _, value in numbers(line, keep_all=True)}
    return found


def numbers(text: str, formula: bool = False, keep_all: bool = False) -> list[tuple[str, Decimal]]:
    """The numbers in a text, as written and as values. `keep_all`: without the exemptions, for what a claim printed."""
    text = text.replace("{,}", ",")
    if formula:
        text = re.sub(r"(?<=\d)\\,(?=\d{3})", ",", text)
        text = re.sub(r"_(\w|\{[^}]*\})", " ", text)  # a subscript is part of a name
        text = re.sub(r"\\[A-Za-z]+", " ", text)  # \times, \frac
    if not keep_all:
        for exempt in (DIMENSION, UNIT, YEAR):
            text = exempt.sub(" ", text)
    text = TIMES.sub(" × ", text)
    found = [(match["number"], Decimal(match["number"].replace(",", "").replace("−", "-"))) for match in NUMBER.finditer(text)]
    return [(written, value) for written, value in found if not (formula and value in IN_FORMULAS)]


# mistune's blocks for formulas ($$ on lines of their own) and its inline rule ($...$)
_parse = mistune.create_markdown(renderer=None, plugins=["math", "table"])


def _sentences(block: dict) -> list[tuple[str, bool]]:
    """The sentences of a block of Markdown, and its formulas, apart."""
    text, formulas = _text(block)
    sentences = [s.strip() for line in text.split("\n\n") for s in re.split(r"(?<=[.!?:])\s+", line) if s.strip()]
    return [(sentence, False) for sentence in sentences] + [(formula, True) for formula in formulas]


def _text(token: dict) -> tuple[str, list[str]]:
    """What a reader reads as text in a token and the tokens inside it, and the formulas in it."""
    kind = token["type"]
    if kind in ("link", "image", "codespan", "block_code"):
        return " … ", []
    if kind in ("inline_math", "block_math"):
        return " … ", [token["raw"]]
    if kind in ("block_html", "inline_html"):
        return re.sub(r"<!--.*?-->|<[^>]*>", " ", token["raw"], flags=re.S), []
    if kind in ("softbreak", "linebreak"):
        return " ", []
    inner = [_text(child) for child in token.get("children", [])]
    ends = "\n\n" if kind in ("paragraph", "block_text", "list_item", "table_cell") else ""
    return token.get("raw", "") + "".join(text for text, _ in inner) + ends, [f for _, formulas in inner for f in formulas]


def _short(sentence: str, number: str, width: int = 110) -> str:
    sentence = " ".join(sentence.split())
    start = max(0, min(sentence.find(number) - width // 2, len(sentence) - width))
    piece = sentence[start : start + width]
    return ("…" if start else "") + piece + ("…" if start + width < len(sentence) else "")
