"""The descriptions of packages: the split, the balance, no near duplicates, fixed draws, and the rules of the builder."""

import hashlib
import re
from collections import Counter

import numpy as np
import pytest

from utils.datasets import packages, store
from utils.datasets.builders import packages as builder


@pytest.fixture(scope="module")
def rows():
    return packages.rows()


def test_there_are_at_least_12_sections_of_at_least_150_and_at_most_300_rows(rows):
    counts = Counter(row["section"] for row in rows)
    assert tuple(sorted(counts)) == packages.SECTIONS and len(counts) >= 12
    assert min(counts.values()) >= 150 and max(counts.values()) <= 300


def test_every_source_package_stands_in_one_row(rows):
    assert max(Counter(row["source"] for row in rows).values()) == 1


def test_sections_have_equal_shares_of_test_and_validation_and_100_or_more_labels_to_train_on(rows):
    counts = Counter((row["split"], row["section"]) for row in rows)
    for section in packages.SECTIONS:
        assert counts["test", section] == 40 and counts["validation", section] == 20 and counts["train", section] >= 100


def test_the_splits_share_no_text_and_together_hold_every_row(rows):
    texts = [text for split in packages.SPLITS for text in packages.load(split)[0]]
    assert len(set(texts)) == len(texts) == len(rows) == 3710


def test_no_two_texts_are_near_duplicates(rows):
    """Counted again from the definition, by other means than the builder's, over all seven million pairs."""
    from sklearn.feature_extraction.text import CountVectorizer

    def words(text):
        return re.findall(r"\w+", text.casefold())

    def runs(text):
        line = " ".join(words(text))
        return [line[i : i + 3] for i in range(len(line) - 2)]

    texts = [row["text"] for row in rows]
    for parts in (words, runs):
        table = CountVectorizer(analyzer=parts, binary=True, dtype=np.int32).fit_transform(texts)
        both, sizes = (table @ table.T).tocoo(), np.asarray(table.sum(axis=1)).ravel()
        likeness = both.data / (sizes[both.row] + sizes[both.col] - both.data)
        alike = (likeness >= 0.6) & (both.row < both.col)
        assert not alike.any(), [(texts[a], texts[b]) for a, b in zip(both.row[alike], both.col[alike], strict=True)][:3]


def test_texts_are_single_clean_lines_of_at_least_three_words(rows):
    for row in rows:
        text = row["text"]
        assert text == " ".join(text.split()) and len(text.split()) >= 3 and not text.endswith("."), text


def test_labels_are_the_places_of_the_sections_in_the_class_names(rows):
    section = {row["text"]: row["section"] for row in rows}
    texts, labels, names = packages.load("validation")
    assert [names[label] for label in labels] == [section[text] for text in texts]


def test_the_file_is_small_and_a_damaged_one_is_refused(tmp_path, monkeypatch):
    content = store.read(packages.FILE)
    assert len(content) < 600_000
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    store.write(packages.FILE, content)
    (tmp_path / packages.FILE).write_bytes(content[:-1])
    with pytest.raises(store.DataDamaged, match=r"packages\.csv is damaged"):
        packages.load("train")


def test_another_split_is_refused_with_the_splits_there_are():
    with pytest.raises(ValueError, match="'val'.*train, validation, test"):
        packages.load("val")


def test_a_draw_of_few_is_the_same_for_the_same_seed_on_every_machine():
    digest = hashlib.sha256("\n".join(packages.few(4, seed=7)[0]).encode()).hexdigest()
    assert digest.startswith("4884086ccfeda79c")
    assert packages.few(4, seed=7) == packages.few(4, seed=7) != packages.few(4, seed=8)


def test_a_draw_has_as_many_of_every_class_all_different_and_from_the_training_split():
    training = dict(zip(*packages.load("train")[:2], strict=True))
    texts, labels, names = packages.few(20, seed=1)
    assert Counter(labels) == dict.fromkeys(range(len(names)), 20)
    assert len(set(texts)) == len(texts) and [training[text] for text in texts] == labels


def test_a_small_draw_is_the_beginning_of_a_larger_one():
    small, large = packages.few(4, seed=3)[0], packages.few(20, seed=3)[0]
    assert large[: len(small)] == small


@pytest.mark.parametrize("per_class", [0, -1, 157])
def test_a_draw_that_the_smallest_section_cannot_give_is_refused(per_class):
    with pytest.raises(ValueError, match=f"per_class={per_class}.*from 1 to 156"):
        packages.few(per_class)


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="seed=-1"):
        packages.few(4, seed=-1)


# The builder, on an index of a few packages.


def index(*packages_):
    return "\n\n".join("\n".join(f"{field}: {value}" for field, value in package.items()) for package in packages_) + "\n"


def package(name, description, section="games", **more):
    return {"Package": name, **more, "Description": description, "Section": section}


def built(monkeypatch, *packages_):
    monkeypatch.setattr(packages, "SECTIONS", ("games", "web"))
    monkeypatch.setattr(builder, "LEAST", 0)
    text, _ = builder.build(index(*packages_))
    return [line.split(",") for line in text.splitlines()[1:]]


def test_of_a_source_the_package_with_its_name_is_taken_else_the_shortest_name(monkeypatch):
    rows = built(
        monkeypatch,
        package("ab", "parts of a chess program", Source="chess (1.2)"),
        package("chess", "play chess against the machine"),
        package("go-long", "the long name of baduk", Source="baduk"),
        package("go", "surround stones on boards", Source="baduk"),
    )
    assert sorted(row[2:4] for row in rows) == [["baduk", "go"], ["chess", "chess"]]


@pytest.mark.parametrize(
    "name, description",
    [("x-data", "levels of a maze"), ("x", "transitional package for mazes"), ("x", "Metapackage with all mazes")],
)
def test_parts_and_empty_packages_are_left_out(monkeypatch, name, description):
    assert built(monkeypatch, package(name, description, Source="maze")) == []


def test_packages_of_other_sections_are_left_out(monkeypatch):
    assert built(monkeypatch, package("libmaze", "library that draws mazes", section="libs")) == []


def test_of_two_near_duplicates_one_is_kept_even_across_sections(monkeypatch):
    twins = package("one", "small and fast puzzle game"), package("two", "Small, fast puzzle game.", section="web")
    assert len(built(monkeypatch, *twins)) == 1
    assert len(built(monkeypatch, twins[0], package("two", "server of encrypted notes", section="web"))) == 2


def test_likeness_is_of_words_or_of_runs_of_characters():
    assert builder.near_duplicates("a game of chess for two", "game of chess for two")
    assert builder.near_duplicates("synchronises calendars automatically", "synchronizes calendars automatically")
    assert not builder.near_duplicates("synchronises calendars automatically", "draws calendars by hand")


def test_the_same_index_in_another_order_gives_the_same_file(monkeypatch):
    entries = [package(name, f"game of {name} and {name}s") for name in ("stones", "cards", "numbers", "words", "trains")]
    assert built(monkeypatch, *entries) == built(monkeypatch, *reversed(entries)) and len(built(monkeypatch, *entries)) == 5


def test_a_section_is_full_with_its_maximum(monkeypatch):
    monkeypatch.setattr(builder, "MOST", 2)
    entries = [package(name, f"game of {name} and {name}s") for name in ("stones", "cards", "numbers")]
    assert len(built(monkeypatch, *entries)) == 2


@pytest.mark.parametrize(
    "given, cleaned",
    [
        ("view  the night sky.", "view the night sky"),
        ("view the night sky (utilities)", "view the night sky"),
        ("view the night sky - command line tools", "view the night sky"),
        ("view the night sky -- daemon and utilities", "view the night sky"),
        ("view the sky (in colour)", "view the sky (in colour)"),
        ("night sky (utilities)", "night sky (utilities)"),
    ],
)
def test_cleaning_takes_away_what_only_names_a_part_of_the_source(given, cleaned):
    assert builder.clean(given) == cleaned


def test_an_index_with_too_few_packages_is_refused():
    with pytest.raises(ValueError, match="section admin has 0 rows left, at least 150"):
        builder.build(index(package("chess", "play chess against the machine")))


def test_the_builder_asks_for_a_file_that_is_there(tmp_path):
    with pytest.raises(SystemExit, match="give one path"):
        builder.main([str(tmp_path / "none")])
