"""Prints how well package descriptions are told apart with few labels, by counted words and by a sentence encoder:

python benchmarks/few_sentences.py

A logistic regression is trained on 4, 20 and 100 labels a section, five draws each, and tested on the whole test split.
"""

import statistics

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from utils import pretrained
from utils.datasets import packages

SHOTS, DRAWS = (4, 20, 100), 5


def counted(train: list[str], test: list[str]):
    """Words counted, rare ones weighing more (TF-IDF)."""
    table = TfidfVectorizer().fit(train)
    return table.transform(train), table.transform(test)


def encoded():
    """The vectors of a frozen encoder; each sentence is read once, whatever the number of draws."""
    texts = [text for split in ("train", "test") for text in packages.load(split)[0]]
    vectors = dict(zip(texts, pretrained.sentence_encoder().encode(texts).numpy(), strict=True))
    return lambda train, test: ([vectors[text] for text in train], [vectors[text] for text in test])


def accuracies(features, shots: int) -> list[float]:
    """In per cent, one for each draw. `features` turns training and test sentences into two tables of numbers."""
    test, truth, _ = packages.load("test")
    found = []
    for draw in range(DRAWS):
        train, labels, _ = packages.few(shots, seed=draw)
        inputs, tested = features(train, test)
        found.append(100 * LogisticRegression(C=10, max_iter=1000).fit(inputs, labels).score(tested, truth))
    return found


def main() -> None:
    print(f"| accuracy, {DRAWS} draws | " + " | ".join(f"{shots} labels a section" for shots in SHOTS) + " |")
    print("| --- |" + " --- |" * len(SHOTS))
    for name, features in (("counted words (TF-IDF)", counted), (f"frozen {pretrained.MINILM}", encoded())):
        cells = [accuracies(features, shots) for shots in SHOTS]
        print(
            f"| {name} | " + " | ".join(f"{statistics.mean(cell):.1f} ± {statistics.stdev(cell):.1f} %" for cell in cells) + " |"
        )
    print(f"\nChance: {100 / len(packages.SECTIONS):.1f} %")


if __name__ == "__main__":
    main()
