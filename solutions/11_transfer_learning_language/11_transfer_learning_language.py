# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 11 · Transfer learning with language

# %% [markdown] tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/exercises/11_transfer_learning_language/11_transfer_learning_language.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/exercises/11_transfer_learning_language/11_transfer_learning_language.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/exercises/11_transfer_learning_language/11_transfer_learning_language.ipynb)
#
# 100 points · 8 tasks graded by tests

# %% [markdown] nbgrader={"grade": false, "grade_id": "intro", "locked": true, "schema_version": 3, "solution": false, "task": false}
# In the lecture you used counted words, a text CNN, pooled vectors, search and attention. Here you build them, from sentences as they are typed to an
# encoder's vectors. You need no encoder for it: what it made of the descriptions comes with the course.
#
# | task | you write | points |
# | --- | --- | ---: |
# | 1 | `build_vocabulary`, `to_ids`: sentences become numbers, padding and a mask | 14 |
# | 2 | `count_words`, `tf_idf`: the bag of words | 12 |
# | 3 | `max_over_time`: the strongest answer, wherever it is, without padding | 8 |
# | 4 | `TextCNN`: the course's convolution over tokens | 16 |
# | 5 | `masked_mean`: one vector for a sentence | 8 |
# | 6 | `cosine`, `search`, `precision`: find by meaning | 12 |
# | 7 | `attention`: who looks at whom | 10 |
# | 8 | `draw_few`, `linear_probe`: a fair try with few labels | 10 |
# | 9 | a written answer: too good to be true? | 10 |
# | | | **100** |
#
# **How a task works.** Read the statement, fill the cell under it in place of `raise NotImplementedError`,
# run it, then run the test cell below it. A ✔ is earned; a ✘ says what is wrong. Hidden tests with fresh
# numbers decide the rest of the points, so an answer that only fits the numbers you see earns few of them.
#
# **Stuck?** Each task has three hints, from a nudge to nearly there. They cost nothing.
#
# **The tasks are marked independently.** Calls to scikit-learn, or to `utils.language` and `utils.models`, which hold some of the answers, earn nothing. PyTorch's own layers
# and operations are welcome, but for the one that task 7 names.
#
# **Names**, the same everywhere: $B$ or $N$ sentences of at most $T$ tokens; `ids` of shape $(N, T)$, int64, where 0 is padding; `mask` of shape $(N, T)$, bool, True
# where a token is real. Padding may stand anywhere in a row: rely on the mask, not on the end.

# %% tags=["setup"]
# On Colab this installs the course. Where the course is installed, it does nothing.
try:
    from utils import claims
except ImportError:
    import subprocess, sys
    course = "dl4cv @ git+https://github.com/YOUR_ORGANISATION/dl4cv@main"
    print("Installing the course: this takes about a minute.")
    if subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", course]).returncode:
        raise RuntimeError("the course could not be installed: see pip's message above, and check the connection")
    sys.modules.pop("utils", None)

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from collections import Counter

import torch
import torch.nn.functional as F
from torch import nn


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_vocabulary", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 1 · From words to numbers (14 points)
#
# Here the tokens are simply words: a sentence in small letters, cut at its spaces.
#
# `build_vocabulary(sentences, least=1)` gets a list of sentences and returns a dictionary, word → number. `"[PAD]"` is 0 and `"[UNK]"` (unknown) is 1. From 2 on
# come the words that occur **at least** `least` times in all sentences together, the most frequent first; of words that are equally frequent, the first in the alphabet first.
#
# `to_ids(sentences, vocabulary)` returns `(ids, mask)`. `ids` has one row for each sentence, as long as the longest of them; words that the vocabulary lacks are 1, and shorter sentences are filled with 0 **at the end**. `mask` is True
# where there is a word, known or not. If there is no sentence, or a sentence has no word, it raises `ValueError`; in the second case the message **holds the number of that sentence**, counted from 0.
#
# **Worked example.** "Mail reader", "mail server for mail": mail occurs 3 times, the others once. So `{"[PAD]": 0, "[UNK]": 1, "mail": 2, "for": 3, "reader": 4, "server": 5}`, and "web mail" with
# "for mail server" become $\begin{pmatrix} 1 & 2 & 0 \\ 3 & 2 & 5 \end{pmatrix}$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_vocabulary", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `sentence.lower().split()` cuts. `Counter` counts. A dictionary has `.get(word, 1)`.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# Sort by two things at once, with a key that is a pair: the count, negative because the largest comes first, and then the word. For the ids: first lists of numbers, then the length of the longest, then fill.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `sorted(words, key=lambda word: (-counts[word], word))`, numbered by `enumerate(["[PAD]", "[UNK]", *words])`. `row + [0] * (longest - len(row))`; and as no word is 0, the mask is `ids != 0`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "vocabulary", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_vocabulary(sentences, least=1):
    """A dictionary from word to number: [PAD] 0, [UNK] 1, then the words by falling frequency, ties by the alphabet."""
    ### BEGIN SOLUTION
    counts = Counter(word for sentence in sentences for word in sentence.lower().split())
    words = sorted((word for word in counts if counts[word] >= least), key=lambda word: (-counts[word], word))
    return {word: number for number, word in enumerate(["[PAD]", "[UNK]", *words])}
    ### END SOLUTION


def to_ids(sentences, vocabulary):
    """Numbers of words (N, T), filled with 0 at the end, and the mask (N, T): True where there is a word."""
    ### BEGIN SOLUTION
    rows = [[vocabulary.get(word, 1) for word in sentence.lower().split()] for sentence in sentences]
    if not rows:
        raise ValueError("there are no sentences")
    if [] in rows:
        raise ValueError(f"sentence {rows.index([])} has no word")
    longest = max(len(row) for row in rows)
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    return ids, ids != 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_vocabulary", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
import random
from collections import Counter

import torch

from utils import checks

task = checks.task(14)
generator = random.Random(1101)
WORDS = "a web mail server for the reader Game Music player of Fonts tool and text editor".split()


def _sentences(count):
    return [" ".join(generator.choices(WORDS, k=generator.randint(1, 6))) for _ in range(count)]


def _numbered(words):
    return {word: number for number, word in enumerate(["[PAD]", "[UNK]", *words])}


def _check_vocabulary(sentences, least=1):
    lower = [word for text in sentences for word in text.lower().split()]
    counts, exact = Counter(lower), Counter(word for text in sentences for word in text.split())
    within = Counter(word for text in sentences for word in set(text.lower().split()))

    def order(counts, key, least=least):
        return _numbered(sorted((w for w in counts if counts[w] >= least), key=key))

    right = order(counts, lambda w: (-counts[w], w))
    misconceptions = {
        "in capital or small letters, it is the same word: use .lower()": order(
            exact, lambda w: (-exact[w], w)
        ),
        "the most frequent words come first; yours are in the order of the alphabet": order(
            counts, lambda w: w
        ),
        "the most frequent words come first; yours come last": order(counts, lambda w: (counts[w], w)),
        "words that are equally frequent are in the order of the alphabet": order(
            counts, lambda w: -counts[w]
        ),
        "words that occur exactly `least` times belong to it: at least, not more than": order(
            counts, lambda w: (-counts[w], w), least + 1
        ),
        "`least` is ignored": order(counts, lambda w: (-counts[w], w), 1),
        "count every occurrence, not the sentences that hold the word": order(
            within, lambda w: (-within[w], w)
        ),
        "0 is for padding and 1 for unknown words: the first word is 2": {
            w: n - 2 for w, n in right.items() if n > 1
        },
        "[UNK] is missing, for words that are not known": {"[PAD]": 0}
        | {w: n - 1 for w, n in right.items() if n > 1},
    }
    call = f"build_vocabulary of {len(sentences)} sentences, least={least}"
    checks.equal(build_vocabulary(sentences, least), right, call, mistakes=misconceptions)


def _check_ids(sentences, vocabulary):
    rows = [[vocabulary.get(word, 1) for word in text.lower().split()] for text in sentences]
    longest = max(map(len, rows))
    right = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    exact = [[vocabulary.get(word, 1) for word in text.split()] for text in sentences]
    known = [[vocabulary[word] for word in text.lower().split() if word in vocabulary] for text in sentences]
    width = max(map(len, known))
    misconceptions = {
        "an unknown word is 1: 0 is for padding only": torch.where(right == 1, 0, right),
        "fill at the end of a sentence, not at its beginning": torch.tensor(
            [[0] * (longest - len(row)) + row for row in rows]
        ),
        "fill with 0, [PAD]; 1 is a word that is not known": torch.tensor(
            [row + [1] * (longest - len(row)) for row in rows]
        ),
        "the vocabulary knows small letters only: use .lower() here too": torch.tensor(
            [row + [0] * (longest - len(row)) for row in exact]
        ),
        "words that are not known are 1, and not left out": torch.tensor(
            [row + [0] * (width - len(row)) for row in known]
        ),
    }
    result = to_ids(sentences, vocabulary)
    ids, mask = checks.item(result, 0, "what to_ids returns"), checks.item(result, 1, "what to_ids returns")
    checks.close(ids, right, f"the ids of {sentences}", mistakes=misconceptions)
    misconceptions = {
        "the mask is True for words, False for padding; yours is the other way round": right == 0,
        "an unknown word is a word: the mask is True there": right > 1,
        "the mask is False where there is padding": torch.ones_like(right).bool(),
    }
    checks.equal(mask, right != 0, "the mask", mistakes=misconceptions)


with task.part(2, "the vocabulary of the worked example"):
    _check_vocabulary(["Mail reader", "mail server for mail"])

with task.part(2, "the ids of the worked example"):
    _check_ids(
        ["web mail", "for mail server"],
        {"[PAD]": 0, "[UNK]": 1, "mail": 2, "for": 3, "reader": 4, "server": 5},
    )

### BEGIN HIDDEN TESTS
with task.part(4, "fresh vocabularies"):
    _check_vocabulary(["b b a a C", "c a a d D", "E b"])
    for count, least in [(6, 1), (20, 3), (12, 2)]:
        _check_vocabulary(_sentences(count) + ["of of", "the the tool"], least)

with task.part(4, "fresh ids, unknown words among them"):
    for count in (2, 5, 9):
        vocabulary = _numbered(sorted({word.lower() for word in WORDS[count % 3 :: 2]}))
        _check_ids(_sentences(count) + ["Text of unheard things", "web the Web"], vocabulary)
    _check_ids(["One"], {"[PAD]": 0, "[UNK]": 1, "one": 2})

with task.part(2, "no sentences, and a sentence without words"):
    checks.raises(ValueError, to_ids, [], {"[PAD]": 0, "[UNK]": 1})
    checks.raises(
        ValueError, to_ids, ["a b", "b", "  ", "a"], {"[PAD]": 0, "[UNK]": 1, "a": 2}, mentions=("2",)
    )
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_tf_idf", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 2 · The bag of words (12 points)
#
# `count_words(ids, size)` gets ids $(N, T)$ and the size of the vocabulary. It returns a tensor of shape `(N, size)`, float32: how often each number stands in each sentence. Padding (0) and unknown words (1) are
# not counted: their columns are 0.
#
# `tf_idf(counts, train_counts)` gets the counts of some sentences $(M, V)$ and those of the $n$ labelled ones $(n, V)$. It returns, for the first,
#
# $$x_{iw} = \text{counts}_{iw} \cdot \Big(\ln\frac{1 + n}{1 + \text{df}_w} + 1\Big), \qquad \text{each row then scaled to length 1,}$$
#
# where $\text{df}_w$ is the number of **labelled** sentences that hold the word $w$, once or often. A row without any word stays 0.
#
# **Why the labelled ones only?** What you know about words must come from what you train on. A test sentence that helps to choose the weights is no test.
#
# **Worked example.** Labelled counts $\begin{pmatrix} 1 & 0 \\ 2 & 1 \end{pmatrix}$: $\text{df} = (2, 1)$, weights $\ln\frac{3}{3} + 1 = 1$ and $\ln\frac{3}{2} + 1 = 1.405$. A
# sentence with counts $(0, 3)$ becomes $(0, 1)$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_tf_idf", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# For the counts, a loop over the sentences is fine: `torch.bincount` counts numbers. For the weights, how many rows have a number above 0 in each column?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.one_hot(ids, size)` has shape $(N, T, V)$: sum over the right dimension. `(train_counts > 0).sum(0)` is df. The length of a row: `x.norm(dim=1, keepdim=True)`, which may be 0.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `F.one_hot(ids, size).sum(1).float()`, then set the columns 0 and 1 to 0. `torch.log((1 + n) / (1 + df)) + 1`. `F.normalize(x, dim=1)` divides by the length and leaves rows of zeros as they are.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "tf_idf", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_words(ids, size):
    """How often each number stands in each sentence: (N, size), float32; padding and unknown words are not counted."""
    ### BEGIN SOLUTION
    counts = F.one_hot(ids, size).sum(1).float()
    counts[:, :2] = 0
    return counts
    ### END SOLUTION


def tf_idf(counts, train_counts):
    """Counts (M, V), weighted by how rare a word is in the labelled sentences (n, V), rows scaled to length 1."""
    ### BEGIN SOLUTION
    df = (train_counts > 0).sum(0)
    weights = torch.log((1 + len(train_counts)) / (1 + df)) + 1
    return F.normalize(counts * weights, dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_tf_idf", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(12)
generator = torch.Generator().manual_seed(1102)


def _own(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "sklearn", instead="count the words yourself")
    return trace.value


def _counted(ids, size):
    right = torch.zeros(len(ids), size)
    for row, sentence in enumerate(ids.tolist()):
        for number in sentence:
            right[row, number] += 1
    return right


def _check_counts(ids, size):
    every = _counted(ids, size)
    right, with_unknown, with_padding = every.clone(), every.clone(), every.clone()
    right[:, :2], with_unknown[:, 0], with_padding[:, 1] = 0, 0, 0
    misconceptions = {
        "count how often a word occurs, not only whether it does": (right > 0).float(),
        "unknown words (1) are not counted: nobody knows which they are": with_unknown,
        "padding (0) is not counted: it is no word": with_padding,
        "padding and unknown words are not counted": every,
        "counts, not parts of the sentence": right / right.sum(1, keepdim=True).clamp(min=1),
    }
    checks.close(
        _own(count_words, ids, size),
        right,
        f"count_words of ids {tuple(ids.shape)}, size={size}",
        mistakes=misconceptions,
    )


def _weighted(counts, train, df=None, smooth=1, plus=1, log=torch.log):
    df = (train > 0).sum(0) if df is None else df
    return counts * (log((smooth + len(train)) / (smooth + df)) + plus)


def _check_tf_idf(counts, train):
    right = F.normalize(_weighted(counts, train), dim=1)
    together = torch.cat([counts, train])
    misconceptions = {
        "scale each row to length 1": _weighted(counts, train),
        "length 1 means that the squares add up to 1, not the numbers": F.normalize(
            _weighted(counts, train), p=1, dim=1
        ),
        "df counts the sentences that hold a word, not its occurrences": F.normalize(
            _weighted(counts, train, train.sum(0)), dim=1
        ),
        "df is of the labelled sentences: yours is of those to be transformed": F.normalize(
            _weighted(counts, counts), dim=1
        ),
        "df is of the labelled sentences alone": F.normalize(_weighted(counts, together), dim=1),
        "the 1 after the logarithm is missing": F.normalize(_weighted(counts, train, plus=0), dim=1),
        "ln is the natural logarithm": F.normalize(_weighted(counts, train, log=torch.log10), dim=1),
        "rare words weigh more: the fraction is upside down": F.normalize(
            _weighted(counts, train, log=lambda x: -torch.log(x)), dim=1
        ),
        "that is the counts without the weights": F.normalize(counts, dim=1),
        "1 + n and 1 + df: your fraction has no ones": F.normalize(
            _weighted(counts, train, smooth=0), dim=1
        ).nan_to_num(0),
        "each row by itself has length 1, not each column": F.normalize(_weighted(counts, train), dim=0),
    }
    result = _own(tf_idf, counts, train)
    if (counts.sum(1) == 0).any() and isinstance(result, torch.Tensor) and result.isnan().any():
        raise checks.CheckFailed(
            "a sentence without any word has length 0: its row stays 0, and yours is 0 / 0"
        )
    checks.close(
        result, right, f"tf_idf of {len(counts)} sentences, {len(train)} labelled", mistakes=misconceptions
    )


def _draw(count, size):
    counts = torch.poisson(torch.full((count, size), 0.6), generator=generator)
    counts[:, 0] += 1
    return counts


with task.part(2, "counts"):
    _check_counts(torch.tensor([[2, 3, 2, 1], [4, 0, 0, 0]]), 5)

with task.part(2, "weights"):
    _check_tf_idf(
        torch.tensor([[0.0, 3.0, 1.0], [1.0, 1.0, 0.0]]),
        torch.tensor([[1.0, 0.0, 1.0], [2.0, 1.0, 0.0], [1.0, 0.0, 0.0]]),
    )

### BEGIN HIDDEN TESTS
with task.part(3, "fresh counts"):
    for count, length, size in [(5, 12, 7), (1, 6, 9), (8, 20, 5)]:
        _check_counts(torch.randint(size, (count, length), generator=generator), size)
    _check_counts(torch.tensor([[0, 0, 1], [2, 2, 2]]), 6)

with task.part(3, "fresh weights"):
    for count, labelled, size in [(4, 9, 6), (7, 3, 5), (2, 30, 12)]:
        _check_tf_idf(_draw(count, size), _draw(labelled, size))

with task.part(2, "a sentence without words, and a word that no labelled sentence holds"):
    counts, train = _draw(4, 6), _draw(8, 6)
    counts[2], train[:, 4] = 0, 0
    _check_tf_idf(counts, train)
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_max_over_time", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 3 · The strongest answer (8 points)
#
# A convolution gave a number for each filter and each token. Write `max_over_time(maps, mask)`: maps of shape $(B, C, T)$, a mask of shape $(B, T)$; it returns $(B, C)$, the largest number of each
# map **among the real tokens**. Numbers may be negative: there need not have been a ReLU.
#
# If a sentence has no real token it raises `ValueError`, and the message **holds the number of that sentence**. The maps that were given stay as they are, and the gradient flows to the largest number alone.
#
# **Worked example.** The map $(-3, -1, 7)$ with the mask $(1, 1, 0)$ gives $-1$: the 7 is not real, and 0 does not occur.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_max_over_time", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# What must stand at padding, so that it never wins a maximum? Zero wins against negative numbers.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# The mask has shape $(B, T)$, the maps $(B, C, T)$: `mask[:, None]` has shape $(B, 1, T)$ and fits. `-math.inf` is smaller than every number.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `maps.masked_fill(~mask[:, None], -math.inf).amax(2)`. A sentence without tokens: `~mask.any(1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "max_over_time", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_over_time(maps, mask):
    """The largest number of each map (B, C, T) among real tokens (mask (B, T)): (B, C)."""
    ### BEGIN SOLUTION
    empty = (~mask.any(1)).nonzero().flatten().tolist()
    if empty:
        raise ValueError(f"sentence {empty[0]} has no real token")
    return maps.masked_fill(~mask[:, None], -math.inf).max(2).values
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_max_over_time", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(1103)


def _draw(count, channels, length, shift=0.0):
    maps = torch.randn(count, channels, length, generator=generator) + shift
    mask = torch.rand(count, length, generator=generator) < 0.6
    mask[torch.arange(count), torch.randint(length, (count,), generator=generator)] = True
    mask[0, 0], mask[0, -1] = True, False
    maps[0, :, -1] += 6 + abs(shift)  # the largest is padding
    return maps, mask


def _check(maps, mask):
    upstream = torch.randn(maps.shape[:2], generator=generator)
    right = torch.stack([m[:, real].amax(1) for m, real in zip(maps, mask)])
    misconceptions = {
        "padding must not win: leave it out of the maximum": maps.amax(2),
        "padding was set to 0, and 0 is larger than negative numbers": (maps * mask[:, None]).amax(2),
        "the largest number, not the mean": (maps * mask[:, None]).sum(2) / mask.sum(1)[:, None],
        "True in the mask is a real token: yours looks at the padding": maps.masked_fill(
            mask[:, None], -1e9
        ).amax(2),
        "the largest number, not the largest magnitude": (maps.abs() * mask[:, None]).amax(2),
        "each sentence and filter has a maximum of its own": right.amax(0).expand_as(right).contiguous(),
        "the ReLU is not part of this: negative numbers stay": right.relu(),
    }
    given = maps.clone()
    value, (gradient,) = checks.gradient(max_over_time, given, mask, upstream=upstream)
    checks.close(value, right, f"max_over_time of maps {tuple(maps.shape)}", mistakes=misconceptions)
    expected = torch.zeros_like(maps)
    place = maps.masked_fill(~mask[:, None], -1e9).argmax(2, keepdim=True)
    checks.close(gradient, expected.scatter(2, place, upstream[:, :, None]), "the gradient of the maps")


with task.part(2, "the worked example, and one more"):
    maps = torch.tensor([[[-3.0, -1.0, 7.0]], [[2.0, 5.0, 4.0]], [[-6.0, -4.0, -5.0]]])
    _check(maps, torch.tensor([[True, True, False], [True, False, True], [True, True, True]]))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh maps, negative ones and padding anywhere among them"):
    for count, channels, length, shift in [(4, 3, 6, 0.0), (3, 5, 9, -4.0), (2, 1, 4, 3.0)]:
        _check(*_draw(count, channels, length, shift))
    _check(torch.tensor([[[-4.0, -2.0, 5.0], [-1.0, -7.0, 0.0]]]), torch.tensor([[True, True, False]]))

with task.part(1, "what was given stays as it is"):
    maps, mask = _draw(3, 2, 5)
    before, before_mask = maps.clone(), mask.clone()
    max_over_time(maps, mask)
    checks.close(maps, before, "the maps that were given")
    checks.equal(mask, before_mask, "the mask that was given")

with task.part(2, "a sentence without tokens"):
    maps, mask = _draw(4, 2, 5)
    mask[3] = False
    checks.raises(ValueError, max_over_time, maps, mask, mentions=("3",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_text_cnn", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 4 · A convolution that reads (16 points)
#
# Write the module `TextCNN(table, classes, filters, kernel_size)`. It reads ids $(B, T)$, 0 being padding, and gives scores $(B, \text{classes})$:
#
# 1. each token's vector from the `table` of shape $(V, D)$; **padding gets zeros**, whatever stands in row 0;
# 2. a convolution over the tokens: `filters` filters that read `kernel_size` neighbours, padded so that there are as many places as tokens;
# 3. ReLU;
# 4. the maximum over the real tokens (you may write it anew; task 3 need not be solved);
# 5. a linear layer.
#
# Its parts have the names `embedding` (`nn.Embedding`), `conv` (`nn.Conv1d`) and `fc` (`nn.Linear`). The table is pretrained and **frozen**: no optimizer may change it. A kernel size that is even raises `ValueError`, and
# the message **holds the size**.
#
# A sentence must get the same scores alone and among longer ones.
#
# **Worked example.** A table of 50 rows of 8 numbers, `TextCNN(table, 4, filters=6, kernel_size=3)`: `conv.weight` has shape $(6, 8, 3)$, `fc.weight` $(4, 6)$, and $6 \cdot 8 \cdot 3 + 6 + 4 \cdot 6 + 4 = 178$ numbers are learned.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_text_cnn", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# `nn.Embedding.from_pretrained(table)` is frozen. Its result has shape $(B, T, D)$; `nn.Conv1d` wants the channels in the middle.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `padding=kernel_size // 2` keeps the number of places, if the size is odd. Multiply the vectors by the mask, `(ids != 0)` with one more dimension at the end, *before* the convolution. After the ReLU no number is below 0, so that 0 never wins wrongly.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `mask = ids != 0`, `x = self.embedding(ids) * mask[:, :, None]`, `maps = torch.relu(self.conv(x.transpose(1, 2)))`, `(maps * mask[:, None]).amax(2)`, and `self.fc` of that.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "text_cnn", "locked": false, "schema_version": 3, "solution": true, "task": false}
class TextCNN(nn.Module):
    """A convolution over tokens, ReLU, the maximum over time, a linear layer: ids (B, T) to scores (B, classes)."""

    def __init__(self, table, classes, filters, kernel_size):
        super().__init__()
        ### BEGIN SOLUTION
        if kernel_size % 2 == 0:
            raise ValueError(
                f"kernel_size={kernel_size}: an odd one is needed, so that there are as many places as tokens"
            )
        self.embedding = nn.Embedding.from_pretrained(table, freeze=True)
        self.conv = nn.Conv1d(table.shape[1], filters, kernel_size, padding=kernel_size // 2)
        self.fc = nn.Linear(filters, classes)
        ### END SOLUTION

    def forward(self, ids):
        ### BEGIN SOLUTION
        real = ids != 0
        vectors = self.embedding(ids) * real.unsqueeze(2)
        maps = F.relu(self.conv(vectors.transpose(1, 2)))
        return self.fc((maps * real.unsqueeze(1)).max(2).values)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_text_cnn", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks

task = checks.task(16)
generator = torch.Generator().manual_seed(1104)


def _weights(pieces, width, classes, filters, size):
    shapes = {
        "embedding.weight": (pieces, width),
        "conv.weight": (filters, width, size),
        "conv.bias": (filters,),
        "fc.weight": (classes, filters),
        "fc.bias": (classes,),
    }
    return {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}


def _maps(weights, ids, zeros=True, relu=True):
    x = weights["embedding.weight"][ids]
    x = x * (ids != 0)[:, :, None] if zeros else x
    maps = F.conv1d(
        x.transpose(1, 2),
        weights["conv.weight"],
        weights["conv.bias"],
        padding=weights["conv.weight"].shape[2] // 2,
    )
    return maps.relu() if relu else maps


def _head(weights, features):
    return F.linear(features, weights["fc.weight"], weights["fc.bias"])


def _model(weights):
    filters, _, size = weights["conv.weight"].shape
    model = TextCNN(weights["embedding.weight"].clone(), len(weights["fc.bias"]), filters, size)
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    right = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    swapped = right | {"conv.weight": (filters, size, right["conv.weight"][1])}
    checks.equal(
        shapes,
        right,
        "the names and shapes of its weights",
        mistakes={"the channels of conv are the numbers of a vector": swapped},
    )
    checks.close(
        model.state_dict()["embedding.weight"],
        weights["embedding.weight"],
        "embedding.weight",
        mistakes={
            "row 0 of the table was set to 0: leave the table, zero the vectors": weights["embedding.weight"]
            * (torch.arange(right["embedding.weight"][0]) > 0)[:, None]
        },
    )
    model.load_state_dict({name: tensor.clone() for name, tensor in weights.items()})
    return model


def _check(weights, ids):
    mask = ids != 0
    maps, right = _maps(weights, ids), None
    masked = maps * mask[:, None]
    right = _head(weights, masked.amax(2))
    linear = _maps(weights, ids, relu=False)
    seen = _maps(weights, ids, zeros=False)
    unpadded = F.conv1d(
        (weights["embedding.weight"][ids] * mask[:, :, None]).transpose(1, 2),
        weights["conv.weight"],
        weights["conv.bias"],
    )
    misconceptions = {
        "the maximum is over real tokens: padding won": _head(weights, maps.amax(2)),
        "padding must enter the convolution as zeros, whatever row 0 of the table is": _head(
            weights, (seen * mask[:, None]).amax(2)
        ),
        "padding is seen, by the convolution and by the maximum": _head(weights, seen.amax(2)),
        "the ReLU is missing": _head(weights, linear.masked_fill(~mask[:, None], -1e9).amax(2)),
        "the maximum over time, not the mean": _head(weights, masked.sum(2) / mask.sum(1)[:, None]),
        "the maximum over time, not the sum": _head(weights, masked.sum(2)),
        "scores, without a softmax": right.softmax(1),
        "no ReLU after the linear layer": right.relu(),
        "the convolution must be padded, so that there are as many places as tokens": _head(
            weights, unpadded.relu().amax(2)
        )
        if unpadded.shape[2]
        else right,
    }
    model = _model(weights)
    model.eval()
    trace = checks.trace(model, ids)
    checks.avoids(trace, "utils.models", instead="put the parts together yourself")
    result = trace.value
    checks.close(
        result.detach(),
        right,
        f"the scores of ids {tuple(ids.shape)}",
        mistakes=misconceptions,
        rtol=1e-3,
        atol=1e-4,
    )
    return model


def _ids(count, length, pieces):
    ids = torch.randint(1, pieces, (count, length), generator=generator)
    for row in range(1, count):
        ids[row, torch.randint(1, length, (1,), generator=generator) :] = 0
    return ids


with task.part(3, "shapes, and what is learned"):
    model = _model(_weights(50, 8, 4, 6, 3))
    learned = {
        name: parameter.numel() for name, parameter in model.named_parameters() if parameter.requires_grad
    }
    frozen = {"conv.weight": 144, "conv.bias": 6, "fc.weight": 24, "fc.bias": 4}
    checks.equal(
        learned,
        frozen,
        "what an optimizer would learn",
        mistakes={"the table is pretrained: freeze it": {"embedding.weight": 400} | frozen},
    )

with task.part(3, "scores of sentences without padding"):
    _check(_weights(20, 5, 3, 4, 3), _ids(1, 6, 20))

### BEGIN HIDDEN TESTS
with task.part(5, "fresh networks and sentences, with padding"):
    for pieces, width, classes, filters, size, count, length in [
        (20, 5, 3, 8, 3, 5, 9),
        (12, 3, 4, 6, 5, 4, 8),
        (30, 6, 2, 9, 1, 6, 7),
    ]:
        _check(_weights(pieces, width, classes, filters, size), _ids(count, length, pieces))

with task.part(2, "a sentence alone and among longer ones"):
    weights, ids = _weights(15, 4, 3, 12, 3), _ids(5, 10, 15)
    model = _model(weights)
    model.eval()
    together = model(ids).detach()
    for row in range(1, 5):
        alone = ids[row : row + 1, : int((ids[row] != 0).sum())]
        checks.close(
            model(alone).detach(),
            together[row : row + 1],
            "the scores of a sentence alone",
            rtol=1e-3,
            atol=1e-4,
        )

with task.part(2, "a kernel of even size"):
    for size in (2, 4):
        checks.raises(
            ValueError, TextCNN, torch.randn(9, 4, generator=generator), 3, 5, size, mentions=(size,)
        )

with task.part(1, "padding within a sentence"):
    _check(_weights(15, 4, 3, 12, 3), torch.tensor([[3, 0, 5, 7], [0, 2, 2, 0]]))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_masked_mean", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 5 · One vector for a sentence (8 points)
#
# Write `masked_mean(vectors, mask)`: the vectors of tokens $(N, T, D)$ and the mask $(N, T)$ give
#
# $$\mathbf{v}_n = \frac{\sum_t m_{nt}\, \mathbf{h}_{nt}}{\sum_t m_{nt}}$$
#
# of shape $(N, D)$, in the dtype of the vectors. If a sentence has no real token it raises `ValueError`, and the message **holds the number of that sentence**.
#
# **Worked example.** Vectors $(2, 4), (4, 0), (9, 9)$ with the mask $(1, 1, 0)$ give $(3, 2)$.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_masked_mean", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# A mean is a sum divided by a number. Which sum, and which number?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `mask[:, :, None]` has shape $(N, T, 1)$, and multiplies vectors of shape $(N, T, D)$. Count the real tokens of *each* sentence.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `(vectors * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]`. Before that, look for rows of the mask without True: `~mask.any(1)`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "masked_mean", "locked": false, "schema_version": 3, "solution": true, "task": false}
def masked_mean(vectors, mask):
    """The mean of the vectors (N, T, D) of real tokens (mask (N, T)): (N, D)."""
    ### BEGIN SOLUTION
    tokens = mask.sum(1)
    if (tokens == 0).any():
        raise ValueError(f"sentence {int(tokens.argmin())} has no real token")
    real = mask.unsqueeze(2).to(vectors.dtype)
    return (vectors * real).sum(1) / real.sum(1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_masked_mean", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
import torch

from utils import checks

task = checks.task(8)
generator = torch.Generator().manual_seed(1105)


def _draw(count, length, width):
    vectors = torch.randn(count, length, width, generator=generator) + 1
    mask = torch.rand(count, length, generator=generator) < 0.5
    mask[:, 0] = True
    mask[0, 1:] = False
    return vectors, mask


def _check(vectors, mask):
    trace = checks.trace(masked_mean, vectors, mask)
    checks.avoids(trace, "utils.language", instead="pool the vectors yourself")
    real = mask[:, :, None].to(vectors.dtype)
    total, tokens = (vectors * real).sum(1), real.sum(1)
    misconceptions = {
        "padding was counted in: that is the mean of all columns": vectors.mean(1),
        "divide by the number of real tokens, not by all columns": total / mask.shape[1],
        "that is the sum: divide by the number of real tokens": total,
        "True in the mask is a real token: yours is the mean of the padding": (
            (vectors * (1 - real)).sum(1) / (1 - real).sum(1)
        ).nan_to_num(0),
        "each sentence has its own number of tokens: yours divides by that of the whole batch": total
        / tokens.sum(),
        "the mean, not the largest": vectors.masked_fill(~mask[:, :, None], -1e9).amax(1),
        "the mean of all tokens, not the first one alone": vectors[:, 0].clone(),
        "no scaling to length 1 here": total / tokens / (total / tokens).norm(dim=1, keepdim=True),
    }
    checks.close(
        trace.value, total / tokens, f"masked_mean of vectors {tuple(vectors.shape)}", mistakes=misconceptions
    )


with task.part(2, "the worked example"):
    _check(torch.tensor([[[2.0, 4.0], [4.0, 0.0], [9.0, 9.0]]]), torch.tensor([[True, True, False]]))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh vectors, padding anywhere"):
    for count, length, width in [(4, 6, 5), (3, 9, 2), (7, 4, 8)]:
        _check(*_draw(count, length, width))
    vectors, mask = _draw(3, 5, 4)
    _check(vectors.double(), mask)
    _check(vectors, torch.ones_like(mask))

with task.part(1, "its gradient"):
    vectors, mask = _draw(3, 5, 2)
    upstream = torch.randn(3, 2, generator=generator)
    _, (gradient,) = checks.gradient(masked_mean, vectors, mask, upstream=upstream)
    part = mask / mask.sum(1, keepdim=True)
    checks.close(gradient, part[:, :, None] * upstream[:, None], "the gradient of the vectors")

with task.part(2, "a sentence without tokens"):
    vectors, mask = _draw(5, 4, 3)
    mask[2] = False
    checks.raises(ValueError, masked_mean, vectors, mask, mentions=("2",))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_search", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 6 · Find by meaning (12 points)
#
# Three functions.
#
# - `cosine(a, b)`: vectors $(N, D)$ and $(M, D)$ give the cosine of the angle between each pair, $(N, M)$: $\frac{\mathbf{a} \cdot \mathbf{b}}{|\mathbf{a}|\,|\mathbf{b}|}$. With a vector of length 0 it is 0.
# - `search(queries, library, k)`: for each query the `k` vectors of the library with the largest cosine. It returns `(scores, rows)`, both of shape $(N, k)$: the cosines, the largest first, and the numbers of
#   the rows (int64). Of equal cosines the smaller row comes first. If `k` is below 1 or larger than the library it raises `ValueError`, and the message **holds k**.
# - `precision(rows, query_labels, library_labels)`: the part of all the rows found whose label is that of their query, a `float`.
#
# **Worked example.** Query $(2, 0)$, library $(0, 1), (5, 5), (1, 0)$: cosines 0, 0.707, 1. For $k = 2$: scores $(1, 0.707)$, rows $(2, 1)$. If the query has label 4, and the rows have labels 0, 3, 4, the precision is 1/2.
#
# The third part of the test asks the encoder's vectors of real descriptions.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_search", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# The product of two vectors of length 1 is the cosine of their angle. So scale first, then one matrix product.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `F.normalize(a, dim=1)` leaves a vector of zeros alone. Sorting can be asked to keep the order of equals: `torch.sort(..., stable=True)`.
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `F.normalize(a, dim=1) @ F.normalize(b, dim=1).T`; `scores, rows = cosine(queries, library).sort(dim=1, descending=True, stable=True)`, and the first k columns of both; `library_labels[rows] == query_labels[:, None]`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "search", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine(a, b):
    """The cosine of the angle between each of a (N, D) and each of b (M, D): (N, M)."""
    ### BEGIN SOLUTION
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).T
    ### END SOLUTION


def search(queries, library, k):
    """The k nearest of the library by cosine: (scores, rows), both (N, k), the nearest first."""
    ### BEGIN SOLUTION
    if not 1 <= k <= len(library):
        raise ValueError(f"k={k}: expected 1 to {len(library)}, the size of the library")
    scores, rows = torch.sort(cosine(queries, library), dim=1, descending=True, stable=True)
    return scores[:, :k], rows[:, :k]
    ### END SOLUTION


def precision(rows, query_labels, library_labels):
    """The part of the rows found (N, k) whose label is that of their query."""
    ### BEGIN SOLUTION
    return (library_labels[rows] == query_labels.unsqueeze(1)).float().mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_search", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks
from utils.datasets import encoded, packages

task = checks.task(12)
generator = torch.Generator().manual_seed(1106)


def _own(function, *arguments):
    trace = checks.trace(function, *arguments)
    checks.avoids(trace, "sklearn", instead="compute it yourself")
    return trace.value


def _cosines(a, b):
    lengths = (a.norm(dim=1)[:, None] * b.norm(dim=1)[None]).clamp(min=1e-12)
    return (a @ b.T) / lengths


def _check_cosine(a, b):
    right = _cosines(a, b)
    misconceptions = {
        "divide by both lengths: that is the product": a @ b.T,
        "divide by the lengths of both: one of them is missing": (a @ b.T)
        / a.norm(dim=1)[:, None].clamp(min=1e-12),
        "divide by the lengths of both: the other one is missing": (a @ b.T)
        / b.norm(dim=1)[None].clamp(min=1e-12),
        "that is the distance; near vectors have a large cosine": torch.cdist(a, b),
        "divide by the lengths, not by their squares": (a @ b.T)
        / (a.norm(dim=1)[:, None] * b.norm(dim=1)[None]).square().clamp(min=1e-12),
        "rows are the first vectors, columns the second": right.T.contiguous(),
        "the sign belongs to it: opposite vectors have -1": right.abs(),
    }
    result = _own(cosine, a, b)
    if isinstance(result, torch.Tensor) and result.isnan().any():
        raise checks.CheckFailed("with a vector of length 0 the cosine is 0: yours is 0 / 0")
    checks.close(result, right, f"cosine of {tuple(a.shape)} and {tuple(b.shape)}", mistakes=misconceptions)


def _check_search(queries, library, k):
    scores, rows = _cosines(queries, library).sort(dim=1, descending=True, stable=True)
    products = (queries @ library.T).argsort(dim=1, descending=True, stable=True)
    distances = torch.cdist(queries, library).argsort(dim=1, stable=True)
    result = _own(search, queries, library, k)
    misconceptions = {
        "the largest cosine comes first": rows.flip(1)[:, :k],
        "ranked by the product: long vectors win; the cosine does not care for length": products[:, :k],
        "ranked by the distance, not by the cosine": distances[:, :k],
        "that is one more than k": rows[:, : k + 1],
    }
    checks.equal(
        checks.item(result, 1, "what search returns"),
        rows[:, :k],
        f"the rows for k={k}",
        mistakes=misconceptions,
    )
    checks.close(checks.item(result, 0, "what search returns"), scores[:, :k], f"the scores for k={k}")


def _check_precision(rows, query_labels, library_labels):
    hit = library_labels[rows] == query_labels[:, None]
    right = hit.float().mean().item()
    misconceptions = {
        "that is the part of the queries with at least one right row": hit.any(1).float().mean().item(),
        "all k rows count, not the first alone": hit[:, 0].float().mean().item(),
        "a part, not a number of rows": float(hit.sum()),
        "in percent; a part lies between 0 and 1": 100 * right,
        "that is the part that is wrong": 1 - right,
        "the labels of the library, not the numbers of the rows": (rows == query_labels[:, None])
        .float()
        .mean()
        .item(),
    }
    checks.close(
        _own(precision, rows, query_labels, library_labels), right, "precision", mistakes=misconceptions
    )


def _labels(count):
    return torch.randint(4, (count,), generator=generator)


with task.part(2, "the worked example"):
    _check_cosine(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0], [5.0, 5.0], [1.0, 0.0]]))
    _check_search(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0], [5.0, 5.0], [1.0, 0.0]]), 2)
    _check_precision(torch.tensor([[2, 1]]), torch.tensor([4]), torch.tensor([0, 3, 4]))

### BEGIN HIDDEN TESTS
with task.part(3, "fresh cosines, a vector of length 0 among them"):
    for count, others, width in [(3, 5, 4), (1, 7, 2), (6, 2, 9)]:
        _check_cosine(
            3 * torch.randn(count, width, generator=generator),
            torch.randn(others, width, generator=generator),
        )
    a = torch.randn(3, 4, generator=generator)
    a[1] = 0
    _check_cosine(a, torch.randn(4, 4, generator=generator))

with task.part(3, "fresh searches, and real descriptions"):
    for count, size, width, k in [(4, 20, 3, 5), (2, 6, 5, 6), (5, 30, 2, 1)]:
        library = torch.randn(size, width, generator=generator) * torch.rand(size, 1, generator=generator) * 4
        _check_search(torch.randn(count, width, generator=generator), library, k)
    texts, labels, _ = packages.few(6, seed=11)
    library, labels = encoded.vectors(texts), torch.tensor(labels)
    _check_search(encoded.vectors(list(encoded.QUERIES)), library, 3)

with task.part(1, "equal cosines: the smaller row first"):
    _check_search(
        torch.tensor([[4.0, 0.0]]),
        torch.tensor([[0.0, 1.0], [2.0, 0.0], [0.0, 3.0], [1.0, 0.0], [8.0, 0.0], [-1.0, 0.0]] * 4),
        9,
    )

with task.part(2, "fresh precisions"):
    for count, k, size in [(5, 4, 12), (8, 2, 9), (3, 7, 30)]:
        _check_precision(torch.randint(size, (count, k), generator=generator), _labels(count), _labels(size))

with task.part(1, "a k that cannot be"):
    for k in (0, 8):
        checks.raises(ValueError, search, torch.ones(2, 3), torch.ones(7, 3), k, mentions=(k,))
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_attention", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 7 · Who looks at whom (10 points)
#
# Write `attention(q, k, v, mask)`: queries, keys and values of shape $(N, T, d)$ (the values may have another width, $(N, T, e)$) and the mask $(N, T)$ give `(output, weights)`, with
#
# $$a_{ij} = \text{softmax}_j\Big(\frac{\mathbf{q}_i \cdot \mathbf{k}_j}{\sqrt{d}}\Big), \qquad \mathbf{o}_i = \sum_j a_{ij} \mathbf{v}_j$$
#
# `output` has shape $(N, T, e)$, `weights` $(N, T, T)$: row $i$ says how much token $i$ looks at each token $j$. No token looks **at** padding: those weights are 0, and the others of the row add up to 1. (What padding itself
# looks at does not matter, and is computed like any other row.)
#
# `F.scaled_dot_product_attention` and `nn.MultiheadAttention` do this; here, compute it yourself.
#
# **Worked example.** $d = 1$, queries $0, 2$, keys $1, 1$, values $5, 7$, both tokens real: all weights are $1/2$, both outputs 6. With the second token masked the weights are $(1, 0)$ and both outputs 5.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_attention", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# All products at once: a batch of matrix products, queries times transposed keys. Which dimension do the weights add up to 1 along?
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# `q @ k.transpose(1, 2)` has shape $(N, T, T)$: rows look, columns are looked at. The mask is for columns: `mask[:, None, :]`. What must a product be, so that its weight after the softmax is 0?
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# `products = q @ k.transpose(1, 2) / math.sqrt(q.shape[2])`, `products.masked_fill(~mask[:, None, :], -math.inf).softmax(2)`, and `weights @ v`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "attention", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attention(q, k, v, mask):
    """Scaled dot-product attention without looking at padding: output (N, T, e) and weights (N, T, T)."""
    ### BEGIN SOLUTION
    fits = torch.einsum("nid,njd->nij", q, k) / math.sqrt(q.shape[-1])
    weights = torch.softmax(fits.masked_fill(~mask.unsqueeze(1), -math.inf), dim=-1)
    return torch.einsum("nij,nje->nie", weights, v), weights
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_attention", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import math

import torch

from utils import checks

task = checks.task(10)
generator = torch.Generator().manual_seed(1107)


def _draw(count, length, width, values):
    q, k = 2 * torch.randn(2, count, length, width, generator=generator)
    v = torch.randn(count, length, values, generator=generator)
    mask = torch.rand(count, length, generator=generator) < 0.6
    mask[:, 1] = True
    mask[0, -1] = False
    return q, k, v, mask


def _check(q, k, v, mask):
    trace = checks.trace(attention, q, k, v, mask)
    checks.avoids(
        trace,
        "*scaled_dot_product*",
        "torch.nn.modules.activation",
        "*multi_head*",
        instead="compare queries with keys yourself",
    )
    products, d = q @ k.transpose(1, 2), q.shape[2]
    hide = ~mask[:, None, :]
    right = (products / math.sqrt(d)).masked_fill(hide, -math.inf).softmax(2)
    late = (products / math.sqrt(d)).softmax(2).masked_fill(hide, 0)
    over_queries = (products / math.sqrt(d)).masked_fill(hide, -1e9).softmax(1)
    queries = (products / math.sqrt(d)).masked_fill(~mask[:, :, None], -1e9).softmax(2)
    misconceptions = {
        "the root of d is missing": products.masked_fill(hide, -math.inf).softmax(2),
        "divide by the root of d, not by d": (products / d).masked_fill(hide, -math.inf).softmax(2),
        "padding is looked at: its weights must be 0": (products / math.sqrt(d)).softmax(2),
        "mask before the softmax: your rows do not add up to 1": late,
        "a product of 0 still gets a weight: padding needs minus infinity": (products / math.sqrt(d))
        .masked_fill(hide, 0)
        .softmax(2),
        "each row adds up to 1; yours are the columns: softmax over the keys": over_queries,
        "the mask is for the tokens looked at, the columns; yours hides those that look": queries,
        "True in the mask is a real token: yours looks at padding only": (products / math.sqrt(d))
        .masked_fill(mask[:, None, :], -1e9)
        .softmax(2),
        "rows are queries and columns are keys": (products / math.sqrt(d))
        .transpose(1, 2)
        .masked_fill(hide, -math.inf)
        .softmax(2),
        "the softmax is missing": products / math.sqrt(d),
    }
    given = trace.value
    weights = checks.item(given, 1, "what attention returns")
    checks.close(weights, right, f"the weights for q {tuple(q.shape)}", mistakes=misconceptions)
    turned = right.transpose(1, 2) @ v
    misconceptions = {
        "weight the values, not the keys": right @ k if k.shape == v.shape else turned,
        "row i of the weights belongs to output i: yours are transposed": turned,
        "the outputs are means of the values: nothing is added to them": right @ v
        + (q if q.shape == v.shape else 1),
    }
    checks.close(
        checks.item(given, 0, "what attention returns"), right @ v, "the output", mistakes=misconceptions
    )


with task.part(2, "the worked example"):
    q, k, v = torch.tensor([[[0.0], [2.0]]]), torch.tensor([[[1.0], [1.0]]]), torch.tensor([[[5.0], [7.0]]])
    _check(q, k, v, torch.tensor([[True, True]]))
    _check(q, k, v, torch.tensor([[True, False]]))

### BEGIN HIDDEN TESTS
with task.part(4, "fresh queries, keys and values"):
    for count, length, width, values in [(3, 5, 4, 4), (2, 7, 9, 3), (4, 4, 2, 6)]:
        _check(*_draw(count, length, width, values))

with task.part(2, "no padding at all, and large products"):
    q, k, v, mask = _draw(2, 6, 16, 16)
    _check(q, k, v, torch.ones_like(mask))
    _check(12 * q, 12 * k, v, mask)

with task.part(2, "its gradient"):
    q, k, v, mask = _draw(2, 4, 3, 3)
    upstream = torch.randn(2, 4, 3, generator=generator)

    def _output(q, k, v):
        return attention(q, k, v, mask)[0]

    def _right(q, k, v):
        return (q @ k.transpose(1, 2) / math.sqrt(3)).masked_fill(~mask[:, None, :], -math.inf).softmax(2) @ v

    _, found = checks.gradient(_output, q, k, v, wrt=(0, 1, 2), upstream=upstream)
    _, expected = checks.gradient(_right, q, k, v, wrt=(0, 1, 2), upstream=upstream)
    for name, mine, theirs in zip("qkv", found, expected):
        checks.close(mine, theirs, f"the gradient of {name}")
### END HIDDEN TESTS

task.score()


# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_few_labels", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 8 · A fair try with few labels (10 points)
#
# `draw_few(labels, per_class, seed)` gets labels $(N)$, int64, from 0 to $C - 1$. It returns the rows of `per_class` examples of **each** class, drawn at random without repetition: a tensor of shape `(C * per_class,)`, int64, in any order. The same arguments
# always give the same rows; another seed gives others. If a class has fewer than `per_class` examples it raises `ValueError`, and the message **holds the number of that class**.
#
# `linear_probe(vectors, labels, classes)` learns a linear layer on frozen vectors $(n, D)$ with labels $(n)$: it returns `(weight, bias)`, of shapes $(C, D)$ and $(C)$, tensors that need no gradient. The scores of a vector are `vectors @ weight.T + bias`. Train,
# with cross-entropy, until its mean on the given vectors is **below 0.3**. The vectors stay as they are.
#
# The test draws 8 labels of each of 13 sections, takes the encoder's vectors of these descriptions, and expects more than 52 % on 520 others (chance is 8 %). It may take you a second, not a minute.

# %% [markdown] nbgrader={"grade": false, "grade_id": "hints_few_labels", "locked": true, "schema_version": 3, "solution": false, "task": false}
# <details><summary>Hint 1 · a nudge</summary>
#
# A generator of your own, `torch.Generator().manual_seed(seed)`, does not depend on what others drew. For the probe, the loop of unit 05 is all you need: all vectors at once, no batches.
#
# </details>
# <details><summary>Hint 2 · further</summary>
#
# For each class: its rows, `(labels == c).nonzero().flatten()`, in a random order, `torch.randperm(len(rows), generator=generator)`, and the first few. For the probe: `nn.Linear(D, classes)`, Adam with a large learning rate (vectors of length 1 need large weights).
#
# </details>
# <details><summary>Hint 3 · nearly there</summary>
#
# Adam with a learning rate of 0.1 and some hundred steps of `F.cross_entropy(layer(vectors), labels)`; stop when the loss is below 0.3, `break`. Return `layer.weight.detach(), layer.bias.detach()`.
#
# </details>

# %% nbgrader={"grade": false, "grade_id": "few_labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw_few(labels, per_class, seed):
    """Rows of per_class examples of each class, at random, without repetition: (C * per_class,), int64."""
    ### BEGIN SOLUTION
    generator = torch.Generator().manual_seed(seed)
    drawn = []
    for number in range(int(labels.max()) + 1):
        rows = (labels == number).nonzero().flatten()
        if len(rows) < per_class:
            raise ValueError(f"class {number} has {len(rows)} examples, {per_class} are asked for")
        drawn.append(rows[torch.randperm(len(rows), generator=generator)[:per_class]])
    return torch.cat(drawn)
    ### END SOLUTION


def linear_probe(vectors, labels, classes):
    """A linear layer learned on frozen vectors (n, D): weight (C, D) and bias (C)."""
    ### BEGIN SOLUTION
    layer = nn.Linear(vectors.shape[1], classes)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1)
    for _ in range(1000):
        loss = F.cross_entropy(layer(vectors), labels)
        if loss < 0.25:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return layer.weight.detach(), layer.bias.detach()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_few_labels", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
import torch
import torch.nn.functional as F

from utils import checks
from utils.datasets import encoded, packages

task = checks.task(10)
generator = torch.Generator().manual_seed(1108)


def _check_draw(labels, per_class, seed):
    classes = int(labels.max()) + 1
    rows = draw_few(labels, per_class, seed)
    call = f"draw_few of {len(labels)} labels, per_class={per_class}"
    if (
        not isinstance(rows, torch.Tensor)
        or rows.dtype != torch.int64
        or tuple(rows.shape) != (classes * per_class,)
    ):
        raise checks.CheckFailed(f"{call}: expected an int64 tensor of shape {(classes * per_class,)}")
    if rows.min() < 0 or rows.max() >= len(labels):
        raise checks.CheckFailed(f"{call}: there is no row {int(rows.max())} of {len(labels)}")
    if len(rows.unique()) < len(rows):
        raise checks.CheckFailed(f"{call}: a row was drawn twice; draw without repetition")
    counts = labels[rows].bincount(minlength=classes)
    if (counts != per_class).any():
        raise checks.CheckFailed(f"{call}: every class needs {per_class}; yours have {counts.tolist()}")
    checks.equal(draw_few(labels, per_class, seed), rows, f"{call}, a second time with the same seed")
    return sorted(rows.tolist())


def _check_probe(vectors, labels, classes, others, truth, least):
    given = vectors.clone()
    checks.seed(1108)
    trace = checks.trace(linear_probe, vectors, labels, classes)
    checks.avoids(trace, "sklearn", instead="train the layer yourself")
    weight, bias = (checks.item(trace.value, i, "what linear_probe returns") for i in (0, 1))
    shapes = [tuple(weight.shape), tuple(bias.shape)]
    checks.equal(shapes, [(classes, vectors.shape[1]), (classes,)], "the shapes of weight and bias")
    checks.equal([weight.requires_grad, bias.requires_grad], [False, False], "whether they need a gradient")
    checks.close(vectors, given, "the vectors that were given")
    loss = F.cross_entropy(vectors @ weight.T + bias, labels).item()
    if not loss < 0.3:
        raise checks.CheckFailed(
            f"the mean cross-entropy on the given vectors is {loss:.2f}, expected below 0.3: train longer, or with larger steps"
        )
    right = ((others @ weight.T + bias).argmax(1) == truth).float().mean().item()
    if right < least:
        raise checks.CheckFailed(
            f"{right:.0%} of the other vectors are put into the right class, expected at least {least:.0%}"
        )


def _hills(count, classes, width, centres):
    labels = torch.arange(count) % classes
    return centres[labels] + 0.3 * torch.randn(count, width, generator=generator), labels


labels = torch.tensor([0, 1, 2, 0, 1, 2, 2, 2, 0, 1, 1, 0, 2, 0])
with task.part(1, "a draw"):
    _check_draw(labels, 3, seed=0)

with task.part(2, "a probe of three hills"):
    centres = 2 * torch.eye(3, 5)
    _check_probe(*_hills(30, 3, 5, centres), 3, *_hills(300, 3, 5, centres), 0.9)

### BEGIN HIDDEN TESTS
with task.part(2, "fresh draws, other seeds"):
    for count, classes, per_class in [(200, 4, 5), (90, 6, 2)]:
        labels = torch.cat(
            [
                torch.arange(classes).repeat(per_class + 1),
                torch.randint(classes, (count,), generator=generator),
            ]
        )
        draws = [_check_draw(labels, per_class, seed) for seed in range(6)]
        if any(first == second for first, second in zip(draws, draws[1:])):
            raise checks.CheckFailed("another seed must give other rows: yours are the same")
        if len(set(sum(draws, []))) < 2.5 * classes * per_class:
            raise checks.CheckFailed(
                "six draws know only a few of the rows: draw from all examples of a class"
            )

with task.part(1, "a class with too few examples"):
    labels = torch.tensor([0] * 5 + [1] * 5 + [2] * 2 + [3] * 5)
    checks.raises(ValueError, draw_few, labels, 3, 0, mentions=("2",))

with task.part(4, "8 labels of each of 13 sections"):
    test_texts, test_labels, _ = packages.load("test")
    others, truth = encoded.vectors(test_texts), torch.tensor(test_labels)
    for draw in (21, 22):
        texts, labels, names = packages.few(8, seed=draw)
        _check_probe(encoded.vectors(texts), torch.tensor(labels), len(names), others, truth, 0.52)
### END HIDDEN TESTS

task.score()

# %% [markdown] nbgrader={"grade": false, "grade_id": "statement_too_good", "locked": true, "schema_version": 3, "solution": false, "task": false}
# ## Task 9 · Too good to be true? (10 points, marked by hand)
#
# A newspaper wants its articles sorted into ten topics, from their headlines. A colleague reports: "With 5 labelled headlines a topic, a linear layer on a frozen English sentence encoder gets 91 % right on a public test set of 2014. A text CNN trained
# on the same 50 headlines gets 38 %, a bag of words 41 %. I tried six learning rates and report the one that was best on the test. The encoder wins by 50 points; let us use it for our Swahili edition too." You also see in the code that the
# vectors of a sentence's tokens are averaged with `vectors.mean(1)`, in batches of 32 headlines. In about ten sentences:
#
# 1. What may the encoder have read before, and why does it matter for the 91 %? Say what you can find out about it, what you cannot, and one experiment that would tell you more.
# 2. Name two faults of the experiment itself, apart from that, and how you would mend each.
# 3. What does `vectors.mean(1)` get wrong? How would you notice it without reading the code?
# 4. Is the conclusion about the Swahili edition sound? What would you measure first, and against what?
#
# **How it is marked.**
#
# | points | for |
# | ---: | --- |
# | 3 | the test set, or texts like it, may have been in the training data, so that it is remembered (1); the model card names sources, but not which texts were drawn (1); an experiment: headlines newer than the encoder, or written for it, side by side with old ones (1) |
# | 3 | one draw of 50 headlines: several draws and their spread (1); the learning rate was chosen on the test: choose on a validation set (1); how each is mended (1) |
# | 2 | padding is averaged in, so that a vector depends on the batch (1); encode a headline alone and among long ones, and compare (1) |
# | 2 | no: the encoder has read English, and its word pieces fit English (1); measure on labelled Swahili headlines, against a bag of words with the same labels (1) |

# %% [markdown] nbgrader={"grade": true, "grade_id": "too_good", "locked": false, "points": 10, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# The encoder was trained on about a thousand million pairs of texts from the web. A test set of 2014 has been public for years, and so have the articles themselves: headlines of the test, together with their articles, may have been among the pairs. Then part of the 91 % is memory
# and not understanding, and will not be there for tomorrow's headlines. The model card tells me which sources were used and how many pairs each had; it does not tell me which texts were drawn, so I cannot know how many of the test's headlines were seen. I would label a few hundred headlines that are newer than the encoder, and compare
# the accuracy on them with that on the old ones, for the encoder and for the bag of words: if only the encoder falls, it had read the old ones.
#
# First, 50 headlines are one draw, and another draw may differ by several points: I would draw five times, train all three routes on the same draws, and report mean and spread. Second, the learning rate was chosen by looking at the test, so that the best of six is too
# good by luck: I would choose it on a validation set, for each route alike, and use the test once.
#
# `vectors.mean(1)` averages the padding in. A short headline in a batch with a long one gets a vector that is mostly padding, so its vector, and perhaps its topic, depends on its company. I would notice by encoding one headline alone and then among 31 long ones: the
# vectors must be the same.
#
# The conclusion is not sound. The encoder has read English; Swahili words would fall into many small pieces that it has hardly seen in use. I would label some hundred Swahili headlines, and compare the encoder, a multilingual one if there is any, and a bag of words with the same labels, in several draws. The bag of words
# does not care which language it counts, and may well win.
# ### END SOLUTION

# %% tags=["download"]
# On Colab this downloads your work, to hand it in. Elsewhere it does nothing: there the notebook is a file already.
from utils import colab

colab.download("11_transfer_learning_language.ipynb")
