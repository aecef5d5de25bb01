"""Makes data/packages/packages.csv from a Packages file, the index of packages that every Debian mirror carries.

    python -m utils.datasets.builders.packages dists/bookworm/main/binary-amd64/Packages

Nothing but Python is needed. The Packages file that the course's data were made from is that of Debian 12.15, main, amd64, of
11 July 2026, with the SHA-256 below. On a machine that runs this release, after `apt-get update`, it is printed by
`/usr/lib/apt/apt-helper cat-file /var/lib/apt/lists/*_debian_dists_bookworm_main_binary-amd64_Packages*`; snapshot.debian.org keeps the
index of every day. Another index makes a similar set, not the same one, and the builder says so.

The rules, in order:

1. A row for every source package: of its binary packages in the chosen sections, the one with the source's own name, else the one with
   the shortest name, then the first in the alphabet. Parts (NAME-doc, -data, -dev, …) and packages that are transitional, empty or
   only pull in others are left out.
2. Text: Unicode NFC, single spaces, no full stop at the end, no ending that only names the part of the source ("(utilities)", "- daemon").
   At least three words.
3. Rows are taken in the order of the SHA-256 of the source's name, a fixed shuffle. A row is dropped when it is a near duplicate of one
   that was taken, whatever the section; a section is full with MOST rows.
4. The first TEST rows of a section are its test split, the next VALIDATION its validation split, the others its training split.
"""

import csv
import hashlib
import io
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from utils.datasets import packages, store

PACKAGES_SHA256 = "515e692f2c4121c6fcec444ef100cc18f79a991910615f3a88c8b7becfc94d2f"
MOST, LEAST, TEST, VALIDATION = 300, 150, 40, 20
ALIKE = 0.6  # Jaccard similarity from which two texts are near duplicates, of their words or of their runs of three characters

_PART = re.compile(r"-(common|data|dbg|dev|docs?|examples?|l10n|locales|tests?)$")
_EMPTY = re.compile(
    r"\b(dummy|transitional|transition|meta[- ]?package|documentation|debug(ging)? symbols|header files|data files)\b", re.I
)
_PARTS = (
    "application binaries binary cli client command commands common core daemon executable executables files frontend gui line "
    "main module package plugin plugins program programs runtime server standalone tool tools utilities utility utils version"
)
_ENDING = re.compile(rf"\s*(?:\s--?\s|[(\[])\s*(?:(?:{_PARTS.replace(' ', '|')})\b[\s/,&]*|and\s+)+[)\]]?$", re.I)


def build(index: str) -> tuple[str, Counter]:
    """The CSV text made from the text of a Packages file, and how many rows were seen, dropped and kept."""
    kept, counts = _choose(_one_a_source(_stanzas(index)))
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, packages.COLUMNS, lineterminator="\n")
    table.writeheader()
    for section in packages.SECTIONS:
        members = kept[section]
        if len(members) < LEAST:
            raise ValueError(
                f"section {section} has {len(members)} rows left, at least {LEAST} are needed: is this Debian's main index?"
            )
        for place, row in enumerate(members):
            split = "test" if place < TEST else "validation" if place < TEST + VALIDATION else "train"
            table.writerow({"split": split, **row})
    return text.getvalue(), counts


def clean(description: str) -> str:
    """A description as the set shows it."""
    text = " ".join(unicodedata.normalize("NFC", description).split())
    shorter = _ENDING.sub("", text)
    return (shorter if len(shorter.split()) >= 3 else text).rstrip(". ")


def features(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a text, and its runs of three characters, both without case and punctuation."""
    words = re.findall(r"\w+", text.casefold())
    line = " ".join(words)
    return frozenset(words), frozenset(line[i : i + 3] for i in range(max(1, len(line) - 2)))


def near_duplicates(first: str, second: str) -> bool:
    """Whether two texts are alike: Jaccard similarity (shared / all) of words, or of runs of three characters, of ALIKE or more."""
    return any(len(a & b) >= ALIKE * len(a | b) for a, b in zip(features(first), features(second), strict=True))


def _stanzas(index: str) -> Iterator[dict[str, str]]:
    for stanza in index.split("\n\n"):
        fields = (line.split(": ", 1) for line in stanza.splitlines() if line[:1].strip() and ": " in line)
        package = dict(fields)
        if "Package" in package:
            yield package


def _one_a_source(stanzas) -> list[dict[str, str]]:
    sources = defaultdict(list)
    for stanza in stanzas:
        name, description = stanza["Package"], stanza.get("Description", "")
        if stanza.get("Section") in packages.SECTIONS and not _PART.search(name) and not _EMPTY.search(description):
            source = stanza.get("Source", name).split(" ")[0]
            row = {"section": stanza["Section"], "source": source, "package": name, "text": clean(description)}
            sources[source].append(row)
    return [
        min(rows, key=lambda row: (row["package"] != source, len(row["package"]), row["package"]))
        for source, rows in sources.items()
    ]


def _choose(candidates) -> tuple[dict[str, list], Counter]:
    counts, kept = Counter(sources=len(candidates)), defaultdict(list)
    seen, holders = [], [defaultdict(list), defaultdict(list)]  # features of the rows taken; word or run -> rows that hold it
    for row in sorted(candidates, key=lambda row: hashlib.sha256(row["source"].encode()).digest()):
        if len(row["text"].split()) < 3:
            counts["too short"] += 1
        elif len(kept[row["section"]]) == MOST:
            counts["section full"] += 1
        elif _alike(features(row["text"]), seen, holders):
            counts["near duplicate"] += 1
        else:
            for kind, parts in enumerate(features(row["text"])):
                for part in parts:
                    holders[kind][part].append(len(seen))
            seen.append(features(row["text"]))
            kept[row["section"]].append(row)
            counts["kept"] += 1
    return kept, counts


def _alike(new, seen, holders) -> bool:
    for kind, parts in enumerate(new):
        shared = Counter(number for part in parts for number in holders[kind][part])
        if any(both >= ALIKE * (len(parts) + len(seen[number][kind]) - both) for number, both in shared.items()):
            return True
    return False


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        sys.exit("give one path, of a Packages file of Debian main: python -m utils.datasets.builders.packages Packages")
    content = Path(arguments[0]).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != PACKAGES_SHA256:
        print(
            f"This is not the index that the course's data were made from: SHA-256 {found[:12]}…, that one has {PACKAGES_SHA256[:12]}…"
        )
    text, counts = build(content.decode("utf-8"))
    store.write(packages.FILE, text.encode("utf-8"))
    print(
        f"data/{packages.FILE}: {len(text.encode()):,} bytes; " + ", ".join(f"{count:,} {what}" for what, count in counts.items())
    )
    for section, count in Counter(row["section"] for row in packages.rows()).items():
        print(f"{section:10} {count}")


if __name__ == "__main__":
    main(sys.argv[1:])
