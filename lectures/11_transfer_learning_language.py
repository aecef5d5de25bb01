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

# %% [markdown] slideshow={"slide_type": "slide"}
# # 11 · Transfer learning with language

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/11_transfer_learning_language.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/11_transfer_learning_language.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/11_transfer_learning_language.py)
#
# about 70 minutes to read and try · runs in 75 s with 1230 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - turn sentences into tensors: words counted, and tokens with padding and a mask;
# - run the course's own operation, a convolution, over the tokens of a sentence, and keep the strongest answer over time;
# - reuse what others have learned from far more text: vectors of words, or a whole encoder of sentences;
# - pool the vectors of tokens into one for a sentence, without its padding, and search by meaning;
# - say what attention computes, and look at it;
# - compare routes at few labels fairly, and say what the pretrained one may have read before.
#
# **You need** units 03 to 05: convolution, ReLU, pooling, the training loop. Unit 10 asks the same of images; read them in any order.

# %% slideshow={"slide_type": "skip"} tags=["setup"]
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

# %% slideshow={"slide_type": "skip"}
import math

import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn.functional import cross_entropy, normalize, scaled_dot_product_attention

from utils import demos, plotting, pretrained, quiz, training
from utils.claims import claim
from utils.datasets import encoded, packages
from utils.datasets.archives import DownloadFailed
from utils.language import masked_mean
from utils.models import TextCNN

DRAWS = (0, 1, 2, 3, 4)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is to be learned, and from how little?
#
# Debian, a collection of free programs, describes each of them in one line and files it in a section: games, mail, science, … Given the line, which section?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
test_texts, test_labels, sections = packages.load("test")
truth = torch.tensor(test_labels)
for text, label in list(zip(test_texts, test_labels))[7::80]:
    print(f"{sections[label]:>8}: {text}")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
everything = [row["text"] for row in packages.rows()]
claim("3,710 descriptions in 13 sections", len(everything) == 3710 and len(sections) == 13)
claim("520 of them are for the test, 40 of each section", truth.bincount().tolist() == [40] * 13 and len(truth) == 520)
claim("chance is 7.7 %", round(100 / 13, 1) == 7.7)
drawn = {shots: torch.tensor(packages.few(shots, seed=0)[1]).bincount().unique().tolist() for shots in (2, 8, 100)}
claim("packages.few draws 2, 8 or 100 of each section", drawn == {2: [2], 8: [8], 100: [100]})

# %% [markdown] slideshow={"slide_type": "fragment"}
# Real people wrote these 3,710 lines, and real people filed them, so no answer will be right always: a mail server's web page could be in mail, web or net.
#
# Labels cost somebody's time. So the question of this unit is not "how good can it get?" but "how good does it get from **few labels**?": from 2 to 100 a section.
# `packages.few(8, seed=0)` draws 8 of each. Another seed draws others, and we always do it five times: one draw is luck.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it enough to count words?
#
# The oldest way: forget the order, and count. A sentence becomes a **bag of words**: one number for each word of the vocabulary, nearly all of them zero. Words that stand in every
# second sentence ("for", "the") say little, so a count $\text{tf}_{w}$ is multiplied by how rare the word is among the $n$ sentences at hand. With $\text{df}_w$ of them holding the word,
#
# $$x_w = \text{tf}_w \cdot \Big(\ln\frac{1 + n}{1 + \text{df}_w} + 1\Big), \qquad \text{then scaled to length 1}$$
#
# That is TF-IDF: term frequency times inverse document frequency.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
small = ["mail reader", "mail server for mail", "web server"]
words = sorted({word for text in small for word in text.split()})
tf = torch.tensor([[text.split().count(word) for word in words] for text in small], dtype=torch.float64)
df = (tf > 0).sum(0)
x = tf * (torch.log((1 + len(small)) / (1 + df)) + 1)
x = x / x.norm(dim=1, keepdim=True)
for text, row in zip(small, x.tolist()):
    print(f"{text:>21}: " + ", ".join(f"{word} {value:.2f}" for word, value in zip(words, row) if value))
theirs = torch.tensor(TfidfVectorizer().fit_transform(small).toarray())
claim("the formula gives what scikit-learn's TfidfVectorizer gives", torch.allclose(x, theirs))
bags = TfidfVectorizer().fit_transform(["a web server for mail readers", "a mail server for web readers"]).toarray()
claim("a bag does not know the order: 'web server for mail' and 'mail server for web' are the same",
      (bags[0] == bags[1]).all())

# %% [markdown] slideshow={"slide_type": "subslide"}
# A linear layer on such a row can learn that "spam" speaks for mail. But only if "spam" stood in a labelled sentence.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "With 8 labelled descriptions a section, 104 in all: of the words in the test's descriptions, how many stood in a labelled one?",
    "right": {"Fewer than half": "Yes. And most of those that did are 'for', 'the' and 'of'."},
    "wrong": {
        "About three quarters": "That takes 100 labels a section. Most words are rare: that is how language is.",
        "Nearly all": "Texts about software share words like 'tool' and 'for'; but most words are rare.",
    },
}])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
split = TfidfVectorizer().build_analyzer()
test_words = [word for text in test_texts for word in split(text)]


def part_seen(shots, draw):
    """The part of the test's words that stood in a labelled sentence."""
    known = {word for text in packages.few(shots, draw)[0] for word in split(text)}
    return sum(word in known for word in test_words) / len(test_words)


seen = {shots: [part_seen(shots, draw) for draw in DRAWS] for shots in (2, 8, 30, 100)}
print("of the test's words, seen: " + ", ".join(f"{sum(v) / 5:.0%} with {k} labels" for k, v in seen.items()))
claim("with 8 labels a section, 104 in all, fewer than half of the words were seen", max(seen[8]) < 0.5)
claim("with 2, fewer than 30 %; with 100, fewer than 80 %", max(seen[2]) < 0.3 and max(seen[100]) < 0.8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# With 2 labels a section more than 70 % of what the test says is news, and even with 100 labels one word in five is. For the bag, "email" is as far from "mail" as "zebra" is. Somebody who had *read* more
# would know better. Hold that thought.

# %% slideshow={"slide_type": "skip"}
claim("what is not among 30 % seen is more than 70 %", max(seen[2]) < 1 - 0.7)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does a sentence become a tensor?
#
# A network wants numbers, in a tensor with a fixed number of columns. First the sentence is cut into **tokens**. Here these are word pieces: frequent words are one piece, others are put together from several, where
# `##` marks a piece that goes on with a word. So no word is ever unknown.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
shipped = encoded.read()
for tokens, mask in zip(shipped["tokens"][:4], shipped["mask"][:4].int().tolist()):
    print(" ".join(tokens))
    print(" ".join(f"{m:<{len(t)}}" for t, m in zip(tokens, mask)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Each sentence begins with `[CLS]`, ends with `[SEP]`, and is filled with `[PAD]` up to the longest one of its batch. The **mask**, printed below the tokens, says what is real. Last, each piece is replaced by its
# number in the list of pieces.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
test_ids, test_mask = encoded.tokens(test_texts)
print("ids:", tuple(test_ids.shape), test_ids.dtype, "first row:", test_ids[0, :12].tolist())
claim("'unbelievably fast spreadsheet viewer' has 4 words and 10 pieces, besides [CLS] and [SEP]",
      len(encoded.SENTENCES[0].split()) == 4 and shipped["mask"][0].sum() == 12)
claim("the 520 test sentences fill 520 rows of 25 columns", test_ids.shape == (520, 25))
claim("more than half of that is padding", test_mask.float().mean() < 0.5)
claim("no piece is unknown: [UNK] never occurs", "[UNK]" not in encoded.pieces())
claim("the set uses 4,842 of the encoder's pieces", len(encoded.pieces()) == 4842)

# %% [markdown] slideshow={"slide_type": "fragment"}
# More than half of that tensor is padding: made-up stuff that means nothing. Whatever is computed from here on must not depend on it. Keep this as a test: *a sentence alone and the same sentence in a batch with long
# ones must give the same answer.*

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can the course's own operation read?
#
# Unit 02 slid a filter along sound: one dimension, time. A sentence has one dimension too. Give each piece a vector (its row in a table, `nn.Embedding`): then the tokens are the *places*, and the numbers of the vectors are the *channels*. A filter of
# size 3 looks at three tokens at once, wherever they stand.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
torch.manual_seed(110)
embedding, conv = nn.Embedding(len(encoded.pieces()), 128), nn.Conv1d(128, 64, kernel_size=3, padding=1)
with torch.no_grad():
    vectors = embedding(test_ids)                     # (sentences, tokens, numbers)
    maps = conv(vectors.transpose(1, 2)).relu()       # Conv1d wants the channels before the places
    strongest = maps.amax(2)                          # max over time: one number for each filter
for name, tensor in {"ids": test_ids, "vectors": vectors, "maps": maps, "strongest": strongest}.items():
    print(f"{name:>10}: {tuple(tensor.shape)}")
claim("64 filters of 3 tokens with 128 channels have 64 · 3 · 128 + 64 = 24,640 weights",
      training.count_parameters(conv) == 64 * 3 * 128 + 64 == 24640)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Convolution, ReLU, and then the largest answer over the whole sentence: **max over time**. It is the pooling of unit 04 with a window as long as the sentence. *Whether* "spam filter" occurs counts; *where* does not. That is the invariance that unit 01
# asked for: equivariant maps, then a maximum.
#
# But mind the padding. At a place of padding the filter still has its bias, and it still sees the last real tokens from the side.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def strongest_of(ids, masked):
    """The strongest answer of each filter, with padding left out or not."""
    x = embedding(ids) * (ids != 0)[:, :, None]       # padding is zeros, as beyond the sentence's beginning
    maps = conv(x.transpose(1, 2)).relu()
    return (maps * (ids != 0)[:, None] if masked else maps).amax(2)


change = {}
with torch.no_grad():
    for masked in (False, True):
        together = strongest_of(test_ids[:100], masked)
        alone = torch.cat([strongest_of(row[row != 0][None], masked) for row in test_ids[:100]])
        change[masked] = (alone - together).abs().max().item()
print(f"alone or in a batch, answers differ by up to {change[False]:.2f} without a mask, by {change[True]:.2f} with it")
claim("of 100 sentences, some change with the padding if there is no mask; with a mask none does",
      change[False] > 0.05 and change[True] < 1e-4)

# %% [markdown] slideshow={"slide_type": "subslide"}
# So the answers at padding are set to zero before the maximum: after a ReLU nothing is smaller. With a dropout and a linear layer on top this is the **text CNN** of Kim (2014), and `utils.models.TextCNN` of this course. You will write it in the assignment.
#
# Here is one filter, on words of three numbers made by hand. Slide it along. Then move the phrase, and watch the largest answer move along and keep its value. Then choose "anything but sound", raise the bias to the end, and stop leaving
# the padding out.

# %% slideshow={"slide_type": "fragment"}
demos.show("text_cnn")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the same with the network above. Three words, early and late in a sentence:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
model = TextCNN(embedding.weight.detach(), 13).eval()
number = {piece: i for i, piece in enumerate(encoded.pieces())}
filler, phrase = [number["the"]] * 3, [number[word] for word in ("plays", "chess", "in")]
early, late = (torch.tensor([row]) for row in (filler + phrase + 3 * filler, 3 * filler + phrase + filler))
with torch.no_grad():
    moved = (model.maps(early)[:, :, 1:8] - model.maps(late)[:, :, 7:14]).abs().max()
    kept = (model.features(early) - model.features(late)).abs().max()
claim("move the phrase by 6 tokens and the maps move along by 6: equivariance", moved < 1e-5)
claim("and the strongest answers stay as they are: invariance", kept < 1e-5)


# %% [markdown] slideshow={"slide_type": "slide"}
# ## How well does it learn from scratch?
#
# From scratch means: the vectors of the pieces start as random numbers and are learned with the filters, from our few labels alone. Pieces that no labelled sentence holds have nothing to learn from; they
# share one row, "unknown".

# %% slideshow={"slide_type": "fragment"}
def learn(table, ids, labels, seed, frozen):
    """A text CNN that starts from a table of vectors; at least sixty steps, and at least five epochs."""
    torch.manual_seed(seed)
    model = TextCNN(table, len(sections), frozen=frozen)
    batches = training.Batches(ids, labels, 32, seed=seed)
    learned = [p for p in model.parameters() if p.requires_grad]
    epochs = max(5, math.ceil(60 / len(batches)))
    training.fit(model, batches, epochs=epochs, optimizer=torch.optim.Adam(learned, 5e-3), progress=False)
    return model


def accuracy(scores):
    return (scores.argmax(1) == truth).float().mean().item()


def from_scratch(shots, draw):
    """Accuracy on the test of a text CNN that has read nothing but the labelled sentences."""
    texts, labels, _ = packages.few(shots, draw)
    ids = encoded.tokens(texts)[0]
    known = ids[ids > 0].unique()
    own = torch.ones(len(encoded.pieces()), dtype=torch.int64)  # 1: unknown
    own[0], own[known] = 0, torch.arange(len(known)) + 2
    random = torch.randn(len(known) + 2, 128, generator=torch.Generator().manual_seed(draw))
    model = learn(random, own[ids], torch.tensor(labels), draw, frozen=False)
    with torch.no_grad():
        return accuracy(model(own[test_ids]))


# %% slideshow={"slide_type": "subslide"}
def by_counting(shots, draw):
    """Accuracy of a linear classifier on TF-IDF."""
    texts, labels, _ = packages.few(shots, draw)
    bag = TfidfVectorizer().fit(texts)
    head = LogisticRegression(max_iter=1000).fit(bag.transform(texts), labels)
    return head.score(bag.transform(test_texts), test_labels)


counted = [by_counting(30, draw) for draw in DRAWS]
scratch = [from_scratch(30, draw) for draw in DRAWS]
for name, values in {"words counted": counted, "text CNN from scratch": scratch}.items():
    print(f"{name:>22}, 30 labels a section: " + ", ".join(f"{v:.1%}" for v in values))
claim("at 30 labels a section, the CNN from scratch is behind the counted words in each of the 5 draws",
      all(s < c for s, c in zip(scratch, counted)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# A disappointment, and an honest one. The CNN sees order, and it can learn which words belong together; but it has thousands of numbers to learn and 390 sentences to learn them from. What it lacks is not a better architecture. It has not *read*
# enough. (Where there are more labels it would also gain from training longer: try it.)

# %% slideshow={"slide_type": "skip"}
claim("30 labels for each of 13 sections are 390 sentences", 30 * 13 == 390)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if the words come with a meaning?
#
# Others have read more. all-MiniLM-L6-v2, a sentence encoder, learned a table of vectors for tens of thousands of pieces from more text than you could read in a lifetime. We take from it the rows that our set uses, reduced to the 128 directions in which they
# differ most. They are on your disk; no encoder is needed for them. Which rows lie close to each other, by the cosine of the angle between them?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
table = encoded.table()
directions = normalize(table, dim=1)
for word in ("song", "mail", "genome", "nine", "python"):
    likeness = directions @ directions[number[word]]
    print(f"{word:>7}: " + ", ".join(encoded.pieces()[i] for i in likeness.topk(5).indices[1:]))


def cosine(first, second):
    return float(directions[number[first]] @ directions[number[second]])


claim("'song' and 'music' have a cosine above 0.5, 'song' and 'mail' below 0.2",
      cosine("song", "music") > 0.5 and cosine("song", "mail") < 0.2)
claim("the table has a row of 128 numbers for each of 4,842 pieces", table.shape == (4842, 128))


# %% [markdown] slideshow={"slide_type": "subslide"}
# So "songs" comes near "song" without anybody having told *us*. And look at "python": next to pieces of programmers' words there is the snake. A table has one row a word, whatever the sentence is about.
#
# Now the very same CNN, but with this table, **frozen**: it is read and not learned. Only the filters and the last layer are.

# %% slideshow={"slide_type": "fragment"}
def on_pretrained_words(shots, draw):
    """Accuracy of the same text CNN on the frozen pretrained table."""
    texts, labels, _ = packages.few(shots, draw)
    model = learn(table, encoded.tokens(texts)[0], torch.tensor(labels), draw, frozen=True)
    with torch.no_grad():
        return accuracy(model(test_ids))


on_words = [on_pretrained_words(30, draw) for draw in DRAWS]
print("the same CNN on frozen pretrained words, 30 labels a section: " + ", ".join(f"{v:.1%}" for v in on_words))
claim("with pretrained words it gains more than 10 points over from scratch in each of the 5 draws",
      all(w > s + 0.1 for w, s in zip(on_words, scratch)))
claim("on average over the draws it is ahead of the counted words", sum(on_words) > sum(counted))
learns = TextCNN(table, 13, frozen=True)
claim("it learns 50,957 numbers: 128 filters of 3 · 128 weights and a bias, and 13 rows of 128 and a bias",
      training.count_parameters(learns, trainable_only=True) == 128 * (3 * 128 + 1) + 13 * 129 == 50957)

# %% [markdown] slideshow={"slide_type": "subslide"}
# One table, read and not even trained, and the same network gains more than 10 points. This is transfer, exactly as in unit 10: the early part comes from elsewhere, the late part is yours.
#
# What do its filters wait for? Take one network, and for some sections the filter that can speak for it most strongly. Here are the three tokens that excite it most, in four sentences of the test:

# %% slideshow={"slide_type": "fragment"}
texts, labels, _ = packages.few(100, 0)
reader = learn(table, encoded.tokens(texts)[0], torch.tensor(labels), 0, frozen=True)
with torch.no_grad():
    maps = reader.maps(test_ids)
weight = reader.fc.weight.detach()
for section in ("fonts", "games", "mail", "science", "sound"):
    own = weight.argmax(0) == sections.index(section)   # filters that speak for this section more than for others
    filter = (weight[sections.index(section)] * maps.amax((0, 2)) * own).argmax()
    windows = []
    for s in maps[:, filter].amax(1).topk(4).indices:
        place = maps[s, filter].argmax()
        row = [0, *test_ids[s].tolist(), 0][place:place + 3]
        windows.append(" ".join(encoded.pieces()[i] for i in row if i))
    print(f"{section:>8}: " + " | ".join(windows))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does a whole sentence become one vector?
#
# A table gives "python" one vector for good. An **encoder** goes on from there: layer by layer, each token's vector takes up something from the others. After the last layer the vector of "mouse" depends on what kind of mouse the sentence is about.
#
# Here is the encoder, if this machine has it or can fetch it. If not, the lecture goes on with what the encoder made of eight sentences when the course was written.

# %% slideshow={"slide_type": "fragment"}
try:
    encoder = pretrained.sentence_encoder().requires_grad_(False)
    print("The encoder is here: what follows is computed by it now.")
except (DownloadFailed, FileNotFoundError) as problem:
    encoder = None
    print(f"The encoder is not here: what follows was computed by it before. To have it:\n{problem}")
if encoder:
    print(f"{training.count_parameters(encoder):,} weights, {len(encoder.layers)} layers")
reading = encoded.read(encoder)
vectors, mask = reading["vectors"], reading["mask"]

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
print("a vector for every token:", tuple(vectors.shape))
close = {name: torch.allclose(reading[name], shipped[name], atol=2e-3) for name in ("vectors", "attention")}
claim("8 sentences of up to 12 tokens, 384 numbers for each", vectors.shape == (8, 12, 384))
claim("what was shipped and what is used here agree, up to rounding to 16 bits", all(close.values()))


# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
def vector_of(sentence, token):
    return normalize(vectors[sentence, reading["tokens"][sentence].index(token)], dim=0)


genome_mouse, keyboard_mouse, wireless_mouse = (vector_of(s, "mouse") for s in (5, 6, 7))
for sentence in encoded.SENTENCES[5:]:
    print(sentence)
claim("all three begin with the same row of the table for 'mouse'",
      all((encoded.tokens([s])[0] == number["mouse"]).any() for s in encoded.SENTENCES[5:]))
claim("after the last layer, the two mice of computers have a cosine above 0.8",
      keyboard_mouse @ wireless_mouse > 0.8)
claim("the computer's mouse and the mouse with a genome: below 0.72", keyboard_mouse @ genome_mouse < 0.72)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Same row to begin with, different vectors in the end. To get *one* vector for a sentence of $T$ tokens, take the mean of the tokens' vectors $\mathbf{h}_t$; but only of the real ones, where the mask $m_t$ is one:
#
# $$\mathbf{v} = \frac{\sum_t m_t \mathbf{h}_t}{\sum_t m_t}$$

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
real = mask[:, :, None].float()
pooled = (vectors * real).sum(1) / real.sum(1)
claim("this is utils.language.masked_mean", torch.allclose(pooled, masked_mean(vectors, mask)))
longer = torch.cat([vectors, torch.randn(8, 5, 384, generator=torch.Generator().manual_seed(1))], 1)
longer_mask = torch.cat([mask, torch.zeros(8, 5, dtype=torch.bool)], 1)
claim("5 more columns of padding, filled with anything, change nothing",
      torch.allclose(masked_mean(longer, longer_mask), pooled))
plain = torch.cosine_similarity(longer.mean(1), pooled)
claim("a plain mean over all columns does change: the cosine to the right vector falls below 0.97",
      plain.min() < 0.97)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Scaled to unit length, such vectors are compared by their product, the **cosine similarity**: one for the same direction, near zero for nothing in common.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Which is closer to 'plays songs in a terminal', by the encoder?",
    "right": {"'command-line music player', which shares no word with it": "Yes: it says the same."},
    "wrong": {
        "'plays chess in a terminal', which shares four words of five": "That is what a bag of words says.",
        "Both alike": "The encoder was trained to tell what is meant from what is merely worded alike.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
sentence_vectors = normalize(pooled, dim=1)
similarity = sentence_vectors @ sentence_vectors.T
names = [f"{i}  {text}" for i, text in enumerate(encoded.SENTENCES, 1)]
plotting.labelled_maps([similarity], names, [str(i) for i in range(1, 9)], ["Cosine similarity of eight sentences"],
                       xlabel="sentence", ylabel="sentence", label="cosine")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("songs in a terminal and a command-line music player: above 0.65, without a word in common",
      similarity[1, 2] > 0.65 and not set(encoded.SENTENCES[1].split()) & set(encoded.SENTENCES[2].split()))
claim("songs and chess in a terminal: below 0.5, with 4 of 5 words in common", similarity[1, 3] < 0.5
      and len(set(encoded.SENTENCES[1].split()) & set(encoded.SENTENCES[3].split())) == 4)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can we search by meaning?
#
# Encode all 3,710 descriptions once. Encode a question. Sort by cosine. That is the whole search engine. The vectors of the set are shipped with the course, rounded to save space, and so are those of the five questions below.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
library = encoded.vectors(everything)
questions = encoded.vectors(list(encoded.QUERIES))
for question, scores in zip(encoded.QUERIES, questions @ library.T):
    print(f"{question}?")
    for score, row in zip(*scores.topk(2)):
        print(f"    {score:.2f}  {everything[row]}")

# %% slideshow={"slide_type": "subslide"}
claim("3,710 vectors of length 1", library.shape == (3710, 384) and torch.allclose(library.norm(dim=1), torch.ones(3710)))
first = everything[(questions[0] @ library.T).argmax()]
claim("the first find for 'remove noise from old records' has no word in common with it",
      not set(split(first)) & set(split(encoded.QUERIES[0])))
if encoder:
    now = encoder.encode([*test_texts[:20], *encoded.QUERIES])
    before = encoded.vectors([*test_texts[:20], *encoded.QUERIES])
    claim("the encoder, asked now, gives the shipped vectors: every cosine is above 0.9999",
          (now * before).sum(1).min() > 0.9999)
else:
    print("Shipped vectors are used; the encoder is not here to compare them with.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# "Remove noise" finds a *denoiser*, and no word had to match. The last question fails: it meant mail, and *letters* led to fonts and puzzles. One vector holds one reading.
#
# One question proves nothing; 520 do. For each test description, is its nearest neighbour among the training descriptions from the same section?

# %% slideshow={"slide_type": "fragment"}
train_texts, train_labels, _ = packages.load("train")
train_labels = torch.tensor(train_labels)
nearest = (encoded.vectors(test_texts) @ encoded.vectors(train_texts).T).argmax(1)
by_meaning = (train_labels[nearest] == truth).float().mean().item()
bag = TfidfVectorizer().fit(train_texts)
shared = torch.tensor((bag.transform(test_texts) @ bag.transform(train_texts).T).toarray())
by_words = (train_labels[shared.argmax(1)] == truth).float().mean().item()
print(f"nearest neighbour of the same section: {by_meaning:.1%} by meaning, {by_words:.1%} by shared words")
claim("of 520, by meaning more than 68 %, by shared words fewer than 62 %", by_meaning > 0.68 and by_words < 0.62)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a token look at?
#
# What happens inside a layer? Each token $i$ makes three vectors of its own: a query $\mathbf{q}_i$ (what am I looking for?), a key $\mathbf{k}_i$ (what am I?) and a value $\mathbf{v}_i$ (what do I give?). It compares its query with all keys and takes up a mean of the
# values, weighted by how well they fit:
#
# $$a_{ij} = \text{softmax}_j\Big(\frac{\mathbf{q}_i \cdot \mathbf{k}_j}{\sqrt{d}}\Big), \qquad \mathbf{o}_i = \sum_j a_{ij} \mathbf{v}_j$$
#
# Here $d$ is the length of a key. This is **attention**. Padding must not be looked at: its products are set to $-\infty$ before the softmax, so that its weights are 0.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
random = torch.Generator().manual_seed(111)
q, k, v = torch.randn(3, 2, 5, 8, generator=random)                  # 2 sentences, 5 tokens, d = 8
real = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
products = q @ k.transpose(1, 2) / math.sqrt(8)
weights = products.masked_fill(~real[:, None, :], -math.inf).softmax(2)
output = weights @ v
claim("this is torch's scaled_dot_product_attention",
      torch.allclose(output, scaled_dot_product_attention(q, k, v, real[:, None, :]), atol=1e-5))
claim("each row of weights adds up to 1, and padding gets 0",
      torch.allclose(weights.sum(2), torch.ones(2, 5)) and (weights[1, :, 3:] == 0).all())
large = torch.randn(1000, 64, generator=random) @ torch.randn(64, 1000, generator=random)
claim("why the root: products of vectors of 64 random numbers have a standard deviation of 8",
      abs(large.std() - 8) < 0.2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Without the root, products of long vectors are large, the softmax puts all weight on one token, and its gradient vanishes.
#
# The encoder does this 12 times side by side in each of 6 layers: 72 **heads**, which look for different things. Three of them, reading "a browser for the genomes of mouse and human":

# %% slideshow={"slide_type": "subslide"}
attention, tokens = reading["attention"], reading["tokens"][5]
heads = {"layer 1, head 3": (0, 2), "layer 2, head 9": (1, 8), "layer 1, head 2": (0, 1)}
looks = {name: attention[layer, 5, head] for name, (layer, head) in heads.items()}
plotting.labelled_maps(list(looks.values()), tokens, tokens, list(heads),
                       xlabel="token looked at", ylabel="token that looks", label="weight")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
previous, following, related = looks.values()
claim("6 layers of 12 heads are 72", attention.shape[0] == 6 and attention.shape[2] == 12 and 6 * 12 == 72)
claim("layer 1, head 3: each token looks at the one before it, with a weight above 0.9",
      previous.diagonal(-1).min() > 0.9)
claim("layer 2, head 9: most tokens look at the one after them", (following.argmax(1) == torch.arange(12) + 1).sum() >= 8)
claim("layer 1, head 2: 'mouse' and 'human' look at 'genome', with a weight above 0.5",
      min(related[tokens.index(t), tokens.index("genome")] for t in ("mouse", "human")) > 0.5)
uniform = torch.full((12, 12), 1 / 12)
claim("weights that do not care would be 1/12 each, 0.08", round(uniform[0, 0].item(), 2) == 0.08)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first is a shift by one: a convolution filter with one weight, found by training. The second goes the other way. The third depends on what the words *mean*: no convolution can do that, because its weights are the same whatever
# it reads. There the mouse learns that it has a genome.
#
# Careful: these three were picked because they are easy to read. Most heads look at `[CLS]` more than at anything else, and a high weight does not prove that the answer depends on it.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
favourite = attention[:, 5, :, 1:11].mean(2).argmax(2)    # of each head, over the ten tokens in the middle
claim("more than half of the 72 heads look at [CLS] more than at any other token", (favourite == 0).sum() > 36)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How much is that worth with few labels?
#
# Now the fourth route: take the encoder's vector of each sentence, and learn nothing but a linear layer on it. The encoder itself stays frozen, so each sentence is encoded once and for all. That was done before, and this lecture uses the shipped vectors.

# %% slideshow={"slide_type": "fragment"}
test_vectors = encoded.vectors(test_texts)


def on_sentence_vectors(shots, draw):
    """Accuracy of a linear classifier on the frozen encoder's vectors."""
    texts, labels, _ = packages.few(shots, draw)
    head = LogisticRegression(max_iter=1000).fit(encoded.vectors(texts), labels)
    return head.score(test_vectors, test_labels)


claim("the linear layer has 13 · 384 + 13 = 5,005 numbers to learn", 13 * 384 + 13 == 5005)

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "How many labels a section do the counted words need, to be as good as the encoder is with 8?",
    "right": {"About 100": "Yes: a dozen times as many."},
    "wrong": {
        "About 16": "Twice as many would be a small advantage. Look at how few of the words were seen at all.",
        "They never get there": "With enough labels everyone has seen the words: the lines come closer.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
routes = {
    "words counted (TF-IDF)": by_counting,
    "text CNN from scratch": from_scratch,
    "same CNN, pretrained words": on_pretrained_words,
    "frozen encoder, linear head": on_sentence_vectors,
}
shots = (2, 8, 30, 100)
done = {(by_counting, 30): counted, (from_scratch, 30): scratch, (on_pretrained_words, 30): on_words}
results = {
    name: torch.tensor([done.get((route, k)) or [route(k, draw) for draw in DRAWS] for k in shots]).T
    for name, route in routes.items()
}
print(f"{'labels a section':>28}: " + "".join(f"{k:^14}" for k in shots))
for name, values in results.items():
    cells = [f"{m:5.1f} ± {s:.1f}" for m, s in zip(100 * values.mean(0), 100 * values.std(0))]
    print(f"{name:>28}: " + "   ".join(cells))

# %% slideshow={"slide_type": "subslide"}
plotting.curves([str(k) for k in shots], {name: 100 * values for name, values in results.items()},
                "labels a section", "test accuracy (%)")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Lines are means over five draws of the labelled sentences, bands reach from the worst to the best draw. The printed table has the standard deviations. Learning
# rates and numbers of steps were chosen on the validation split, not on the test.

# %% slideshow={"slide_type": "fragment"}
bag, scratch_cnn, words_cnn, head_on_encoder = (100 * values for values in results.values())
claim("5 draws of 2, 8, 30 and 100 labels a section, 4 routes", all(v.shape == (5, 4) for v in results.values()))
claim("with 2 labels the encoder reaches more than 40 %, the counted words fewer than 27 %",
      head_on_encoder[:, 0].mean() > 40 and bag[:, 0].mean() < 27)
claim("the encoder with 8 labels and the counted words with 100 are within 4 points of each other",
      abs(head_on_encoder[:, 1].mean() - bag[:, 3].mean()) < 4)
claim("the encoder is ahead of every other route at 2, 8 and 30 labels, in every draw",
      all((head_on_encoder > other)[:, :3].all() for other in (bag, scratch_cnn, words_cnn)))
claim("at 100 labels, pretrained words are at most 10 points behind the encoder, at 8 more than 10",
      head_on_encoder[:, 3].mean() - words_cnn[:, 3].mean() < 10 < head_on_encoder[:, 1].mean() - words_cnn[:, 1].mean())
claim("the CNN from scratch is behind the counted words at every number of labels, on average",
      (scratch_cnn.mean(0) < bag.mean(0)).all())


# %% [markdown] slideshow={"slide_type": "fragment"}
# What was read before is worth most where there is least to learn from: 8 labels a section with the encoder do what 100 do with counted words. As labels grow, the lines come closer. The text CNN from scratch is last
# everywhere. It is not a bad network: with pretrained words the same one passes the counted words.
#
# And a plain bag of words is a strong opponent. It takes a second and no download; beat it before you boast.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it help to train the encoder too?
#
# Frozen is not the only way. **Fine-tuning** goes on training some of the encoder's own layers, with small steps. Here: the last of its six, 8 labels a section, three draws. All other layers stay frozen, so what they make of a sentence is computed once.
#
# We begin with the linear layer that was learned on the frozen vectors, and train both on together: the encoder's layer with steps a hundred times smaller, for it has much to lose.

# %% slideshow={"slide_type": "fragment"}
def before_last(texts):
    """What the layers before the last make of sentences: (N, T, 384), and the mask."""
    ids, mask = encoder.tokenize(texts)
    with torch.no_grad():
        parts = [encoder(i, m, layers=5) for i, m in zip(ids.split(64), mask.split(64))]
    return torch.cat(parts), mask


def scores_of(head, x, mask):
    """The rest of the network: last layer, masked mean, length 1, linear layer."""
    return head(normalize(masked_mean(encoder.last_layer(x, mask), mask), dim=1))


def linear_head(features, labels):
    """A linear layer learned on frozen vectors, as a module that can be trained on."""
    found = LogisticRegression(max_iter=1000).fit(features, labels)
    head = nn.Linear(384, 13)
    head.load_state_dict({"weight": torch.tensor(found.coef_).float(), "bias": torch.tensor(found.intercept_).float()})
    return head


# %% slideshow={"slide_type": "subslide"}
def fine_tune(draw, test_x, test_mask, epochs=6):
    """Accuracy with the last layer frozen, and after training it."""
    texts, labels, _ = packages.few(8, draw)
    (x, mask), labels = before_last(texts), torch.tensor(labels)
    head, start = linear_head(encoded.vectors(texts), labels), {k: t.clone() for k, t in last.state_dict().items()}
    with torch.no_grad():
        frozen = accuracy(head(test_vectors))
    optimizer = torch.optim.AdamW([{"params": last.parameters(), "lr": 1e-4}, {"params": head.parameters(), "lr": 1e-2}])
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=torch.Generator().manual_seed(draw)).split(26):
            optimizer.zero_grad()
            cross_entropy(scores_of(head, x[rows], mask[rows]), labels[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        tuned = accuracy(torch.cat([scores_of(head, x, m) for x, m in zip(test_x.split(64), test_mask.split(64))]))
    last.load_state_dict(start)  # the next draw begins anew
    return frozen, tuned


# %% slideshow={"slide_type": "fragment"}
if encoder:
    last = encoder.layers[-1].requires_grad_(True)
    test_x, test_x_mask = before_last(test_texts)
    tuned = torch.tensor([fine_tune(draw, test_x, test_x_mask) for draw in (0, 1, 2)])
    encoder.requires_grad_(False)
    for draw, (frozen, after) in enumerate(tuned.tolist()):
        print(f"draw {draw}: frozen {frozen:.1%}, last layer trained {after:.1%}")
    claim("the last layer has 1,774,464 weights of its own", training.count_parameters(last) == 1774464)
    claim("with 8 labels a section, 104 sentences, and 3 draws, training it changes the mean by less than 4 points",
          (tuned[:, 1] - tuned[:, 0]).mean().abs() < 0.04)
else:
    print("Skipped: this needs the encoder itself. The cell that looked for it says how to get it.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Hardly anything is gained: less than 4 points on average. 104 labelled sentences are few for 1,774,464 weights. That is a finding too: with few labels try frozen vectors first. Fine-tuning is worth a try when there are
# more labels, or when your sentences are unlike those of the encoder's training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is the comparison fair?
#
# The bag of words had read 104 sentences. The encoder had read rather more. Its authors say what, in its [model card](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2):

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
pairs = {                                                       # from the model card's table
    "Reddit comments, 2015 to 2018": 726_484_430,
    "S2ORC, scientific papers": 116_288_806 + 52_603_982 + 41_769_185,
    "WikiAnswers, duplicate questions": 77_427_422,
    "Stack Exchange, six kinds of pairs": 25_316_456 + 2 * 21_396_559 + 304_525 + 250_519 + 250_460,
    "PAQ, questions and answers": 64_371_441,
}
total = 1_170_060_424
pairs["all others"] = total - sum(pairs.values())
for name, count in pairs.items():
    print(f"{name:>36}: {count:>13,}  {count / total:5.1%}")
drawn = 100_000 * 1_024                                         # steps, pairs a step
claim("of 1,170,060,424 pairs of texts, 62 % are from Reddit", round(100 * 726_484_430 / total) == 62)
claim("it took 100,000 steps of 1,024 pairs: 102,400,000 pairs, fewer than 9 % of the pool",
      drawn == 102_400_000 and drawn / total < 0.09)
claim("that is about a million times as many as our 104 labelled sentences", 0.9e6 < drawn / 104 < 1.1e6)

# %% [markdown] slideshow={"slide_type": "subslide"}
# It was trained to tell which two texts of a batch belong together: a question and its answer, a title and its abstract, a comment and its reply. No labels like ours were among them, and no set of package descriptions is named. But:
#
# - **It knows the field.** Its [configuration](https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/blob/main/data_config.json) lists askubuntu.com, unix.stackexchange.com, superuser.com and softwarerecs.stackexchange.com: people who ask about these very programs.
# - **It may have read some of our test sentences.** People quote package descriptions when they ask for help. How many of the 520 it saw, we cannot know: that would take the training data themselves, and the list of which pairs were drawn.
# - **Nor is that all it read.** It began as [MiniLM](https://huggingface.co/nreimers/MiniLM-L6-H384-uncased), distilled from a larger model by Microsoft that learned from text of its own; the cards of both do not say which.
#
# So the honest statement is: *given an encoder that has read about a hundred million pairs of English texts, software among them, 8 labels a section are worth 100 without it.* On texts in a language or a trade that it never saw, expect less, and
# measure.

# %% slideshow={"slide_type": "skip"}
claim("104 sentences are 8 for each of 13 sections, and all 520 test sentences are new to the bag of words", 8 * 13 == 104
      and not set(test_texts) & set(packages.load("train")[0]) and len(test_texts) == 520)
claim("8 labels with it, 100 labels without it: the same within 4 points",
      abs(head_on_encoder[:, 1].mean() - bag[:, 3].mean()) < 4)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
weights_of_quiz = training.count_parameters(nn.Conv1d(50, 20, 5))
claim("the right answers of these questions are computed",
      [weights_of_quiz, round(masked_mean(torch.tensor([[[2.0], [4.0], [9.0]]]), torch.tensor([[1, 1, 0]]).bool()).item())] == [5020, 3])
quiz.show([
    {
        "question": "`nn.Conv1d(50, 20, 5)` reads tokens of 50 numbers. How many numbers has it to learn, biases included?",
        "right": {5020: "Yes: 20 filters of 5 tokens with 50 channels each, and 20 biases."},
        "wrong": {
            5000: "The biases are missing, one for each filter.",
            120: "That would be filters that see one channel only; each sees all 50.",
            1020: "20 · 50 + 20: the filters read 5 tokens, not one.",
        },
        "otherwise": "A filter has 5 · 50 weights and one bias. There are 20.",
    },
    {
        "question": "A sentence has two tokens, 2 and 4 (vectors of one number), and a column of padding, where the network says 9. What is the masked mean?",
        "right": {3: "Yes: (2 + 4) / 2."},
        "wrong": {
            5: "The padding was counted in.",
            2: "The sum was divided by 3 columns: divide by the number of real tokens.",
        },
        "otherwise": "Add up the real tokens only, and divide by how many they are.",
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "Which of these change when the words of a sentence change places?",
        "right": {
            "The features of a text CNN": "Yes: its filters see three neighbours at once.",
            "The vector of the encoder": "Yes: the tokens know their places, and look at each other.",
        },
        "wrong": {
            "Its bag of words": "Counting does not know the order.",
            "The mean of its rows in the table": "A mean does not either.",
        },
    },
    {
        "question": "Your encoder scores 95 % on a test set that lies on the web since 2015. What do you say?",
        "right": {"That it may have read the test, and that I would measure on newer texts too": "Yes."},
        "wrong": {
            "That it understands": "Perhaps. Or it remembers. The number alone cannot tell.",
            "Nothing: test sentences are never in training data": "Nobody kept them out of what was collected from the web.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A bag of words counts and weighs by rarity. It knows neither order nor that "songs" and "music" are related.
# - Tokens, padding, mask: nothing may depend on padding, neither a maximum nor a mean nor a softmax.
# - A text CNN is the course's convolution over tokens, then ReLU, then the maximum over time: equivariant maps, invariant answers.
# - Pretrained word vectors, frozen, lift the same network by more than 10 points.
# - An encoder gives each token a vector that depends on the sentence; their masked mean, compared by cosine, finds sentences of like meaning.
# - Attention is a mean of values whose weights come from comparing queries with keys. Look at it, and do not believe too much of it.
# - With 8 labels a section a linear layer on the frozen encoder does what counted words do with 100. Fine-tuning its last layer added hardly anything.
# - Say what the pretrained network has read. Part of it you cannot know.
#
# **Now you:** [assignment 11](../exercises/11_transfer_learning_language/11_transfer_learning_language.ipynb). You will build all of this from nothing, and need no encoder for it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - Y. Kim, [Convolutional neural networks for sentence classification](https://aclanthology.org/D14-1181/), 2014: the text CNN, with frozen and trained word vectors side by side.
# - Y. Zhang and B. Wallace, [A sensitivity analysis of convolutional neural networks for sentence classification](https://arxiv.org/abs/1510.03820), 2015: which of its settings matter.
# - T. Mikolov and others, [Distributed representations of words and phrases](https://arxiv.org/abs/1310.4546), 2013; J. Pennington and others, [GloVe](https://aclanthology.org/D14-1162/), 2014: tables of word vectors.
# - A. Vaswani and others, [Attention is all you need](https://arxiv.org/abs/1706.03762), 2017; J. Devlin and others, [BERT](https://arxiv.org/abs/1810.04805), 2019.
# - N. Reimers and I. Gurevych, [Sentence-BERT](https://arxiv.org/abs/1908.10084), 2019: why the mean of tokens, and how an encoder is trained on pairs; W. Wang and others, [MiniLM](https://arxiv.org/abs/2002.10957), 2020: how it became small.
# - K. Clark and others, [What does BERT look at?](https://arxiv.org/abs/1906.04341), 2019; S. Jain and B. Wallace, [Attention is not explanation](https://arxiv.org/abs/1902.10186), 2019.
# - L. Tunstall and others, [Efficient few-shot learning without prompts](https://arxiv.org/abs/2209.11055), 2022: SetFit, fine-tuning an encoder with few labels by pairs.
# - [The datasheet of the shipped vectors](../data/packages/minilm.md), with what is known of the encoder's training.
