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
# # 07 · Classification

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/07_classification.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/07_classification.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/07_classification.py)
#
# about 90 minutes to read and try · runs in 49 s with 1370 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - say how often a classifier is wrong, how sure that number is, which classes it confuses, and whom it serves worse;
# - choose a measure that a lazy classifier cannot please, when one class is rare;
# - build and read a ROC curve, the area under it, and precision against recall, ties included;
# - choose a threshold for what mistakes cost;
# - check whether a network is right as often as it says, and mend it;
# - see where a network looks, and how little it takes to fool it.
#
# **You need** units 04 and 05: maps, mean over places, cross-entropy, and gradients.

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
from dataclasses import replace

import torch
from sklearn import metrics as sklearn_metrics
from torch import nn, relu
from torch.nn.functional import avg_pool2d, cross_entropy, interpolate

from utils import demos, metrics, plotting, pretrained, quiz, training
from utils.claims import claim
from utils.datasets import problems, savanna, speech
from utils.models import MLP

SEEDS = (0, 1, 2)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How often is it wrong?
#
# **Classification** gives one class to a whole picture. A network gives a score for every class, and the class with the highest score is its answer.
# Here is one that the course has trained: it knows the drawings of 103 animals in four artists' styles.
#
# We ask it about pictures like those it learned from, and about three harder kinds: animals turned by up to 60 degrees, animals hidden behind a
# post by 30 to 50 %, and a fifth artist, whose style it has never seen.

# %% slideshow={"slide_type": "fragment"}
network = pretrained.backbone("savanna").requires_grad_(False)
conditions = {
    "as trained": savanna.Recipe(),
    "turned": savanna.Recipe(rotation=(-60, 60), scale=(0.4, 0.6)),
    "hidden": savanna.Recipe(occlusion=(0.3, 0.5)),
    "unseen style": savanna.Recipe(styles=(savanna.HELD_OUT_STYLE,)),
}


def pictures_of(recipe, count, seed):
    """Pictures as floats, and the number of the animal in each."""
    parts = [savanna.batch(recipe, min(100, count - start), seed=seed, start=start) for start in range(0, count, 100)]
    return torch.cat([p["images"] for p in parts]).float() / 255, torch.cat([p["labels"][:, 0] for p in parts])


def scores_of(images):
    """What the network says of each picture, a hundred at a time: that saves memory."""
    return torch.cat([network(part) for part in images.split(100)])


first, labels, scores = {}, {}, {}
for name, recipe in conditions.items():
    images, labels[name] = pictures_of(recipe, 5 * len(recipe.animals), seed=70)
    first[name], scores[name] = images[0], scores_of(images)

# %% slideshow={"slide_type": "subslide"}
called = [savanna.SOURCE[scores[name][0].argmax()] for name in conditions]
titles = [f"{name}:\n“{animal}”" for name, animal in zip(conditions, called, strict=True)]
plotting.images(list(first.values()), titles, height=1.7)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same animal in four conditions, and what the network takes it for. One picture says little, so count. The **error rate** is the part of the
# pictures that got a wrong class. The **accuracy** is the rest.

# %% slideshow={"slide_type": "fragment"}
wrong = {name: (scores[name].argmax(1) != labels[name]).float() for name in conditions}
for name, w in wrong.items():
    print(f"{name:>12}: wrong in {w.mean():.1%} of {len(w)} pictures, accuracy {1 - w.mean():.1%}")
claim("103 animals, 5 pictures of each", all(len(w) == 5 * 103 for w in wrong.values()))
claim("turned by up to 60 degrees, or 30 to 50 % hidden, as the recipes say",
      conditions["turned"].rotation == (-60, 60) and conditions["hidden"].occlusion == (0.3, 0.5))
claim("as trained, less than 3 % are wrong; turned, more than 8 %",
      wrong["as trained"].mean() < 0.03 < 0.08 < wrong["turned"].mean())
claim("hidden, more than 22 %; in the unseen style, more than 60 %",
      wrong["hidden"].mean() > 0.22 and wrong["unseen style"].mean() > 0.6)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A number without its conditions says nothing: the very same network is wrong in less than 3 % or in more than 60 % of the cases.
#
# And how sure is the number? Had we drawn other pictures, it would differ. If the true error rate is $e$, the rate counted on $n$ pictures spreads
# around it with a standard deviation of
#
# $$\sqrt{\frac{e\,(1-e)}{n}}$$
#
# Try it: draw 100 of the hidden pictures, count, and do it again and again.

# %% slideshow={"slide_type": "fragment"}
random = torch.Generator().manual_seed(7)
draws = torch.randint(515, (2000, 100), generator=random)
counted = wrong["hidden"][draws].mean(1)
e = wrong["hidden"].mean().item()
formula = math.sqrt(e * (1 - e) / 100)
print(f"2,000 draws: from {counted.min():.0%} to {counted.max():.0%}; "
      f"standard deviation {counted.std():.3f}, by the formula {formula:.3f}")
claim("the spread over 2,000 draws of 100 pictures is that of the formula, within a tenth",
      abs(counted.std() / formula - 1) < 0.1)
claim("on 100 pictures one standard deviation is 4 to 5 points", 0.04 < formula < 0.051)
claim("four times as many pictures halve it", math.isclose(2 * math.sqrt(e * (1 - e) / 400), formula))

# %% [markdown] slideshow={"slide_type": "fragment"}
# By 100 test pictures each, two networks that differ by 4 points cannot be told apart. State $n$ beside every error rate. To halve the spread you
# need four times as many pictures.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which classes does it confuse?
#
# A smaller task, so that the answer fits on a page: twelve animals that the network has *not* learned. We keep its layers and learn a new last layer
# on 360 pictures in the four known styles; a matter of a second. (Why that works is the subject of unit 10.)

# %% slideshow={"slide_type": "fragment"}
twelve = savanna.Recipe(size=96, animals=savanna.TARGET, scale=(0.35, 0.6))
twelve_unseen = replace(twelve, styles=(savanna.HELD_OUT_STYLE,))


def last_maps(images):
    """The 128 maps of the last stage, of 6 x 6 numbers each."""
    return torch.cat([network.maps(part)[-1] for part in images.split(40)])


def learn_head(maps, labels, seed):
    """A linear layer on the means of the maps."""
    torch.manual_seed(seed)
    head = nn.Linear(128, 12)
    batches = training.Batches(maps.mean((2, 3)), labels, 60, seed=seed)
    training.fit(head, batches, epochs=80, optimizer=torch.optim.Adam(head.parameters(), 0.01), progress=False)
    return head.requires_grad_(False)


images, animals = pictures_of(twelve, 360, seed=71)
maps = last_maps(images)
heads = [learn_head(maps, animals, seed) for seed in SEEDS]

# %% [markdown] slideshow={"slide_type": "fragment"}
# Now the test, in the style of the fifth artist. The **confusion matrix** counts everything at once: row $i$, column $j$ holds how many pictures of
# class $i$ were taken for class $j$. What is right stands on the diagonal.

# %% slideshow={"slide_type": "subslide"}
test_images, test_animals = pictures_of(twelve_unseen, 240, seed=72)
test_maps = last_maps(test_images)
matrices = [metrics.confusion_matrix(head(test_maps.mean((2, 3))).argmax(1), test_animals, 12) for head in heads]
plotting.confusion(matrices[0], savanna.TARGET, "unseen style, 20 pictures of each animal")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The mistakes are no noise. Most rhinoceroses of this artist are taken for wolves, and leopards for butterflies and zebras. Crabs, turtles and zebras are all but safe. A single number
# would have told you none of this; and it tells you what to collect: more rhinoceroses and leopards.

# %% slideshow={"slide_type": "fragment"}
row, column = savanna.TARGET.index("rhinoceros"), savanna.TARGET.index("wolf")
leopard = savanna.TARGET.index("leopard")
safe = [savanna.TARGET.index(name) for name in ("crab", "turtle", "zebra")]
error_rates = [metrics.error_rate(m) for m in matrices]
print("error rates of three heads:", ", ".join(f"{e:.1%}" for e in error_rates))
claim("learned from 360 pictures, tested on 240, 20 of each animal",
      len(maps) == 360 and (matrices[0].sum(1) == 20).all())
claim("for every seed, more rhinoceroses are called wolf than anything else together",
      all(m[row, column] > 10 for m in matrices))
claim("of 20 leopards, fewer than 5 are known", all(m[leopard, leopard] < 5 for m in matrices))
claim("of 60 crabs, turtles and zebras, more than 50 are",
      all(sum(m[i, i] for i in safe) > 50 for m in matrices))
claim("row sums count the true classes, column sums the answers, the diagonal what is right",
      all(m.diag().sum() == round(240 * (1 - e)) for m, e in zip(matrices, error_rates, strict=True)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# A matrix of numbers is half of the look. The other half are the pictures: those with the largest loss, where the true animal got the least probability.

# %% slideshow={"slide_type": "fragment"}
answers = heads[0](test_maps.mean((2, 3)))
losses = cross_entropy(answers, test_animals, reduction="none")
worst = losses.topk(6).indices
sure = answers.softmax(1).max(1)  # values, and which class
names = [(savanna.TARGET[test_animals[i]], savanna.TARGET[sure.indices[i]]) for i in worst]
titles = [f"{true}, for\n{said} {p:.0%}" for (true, said), p in zip(names, sure.values[worst], strict=True)]
plotting.images(list(test_images[worst]), titles, height=1.7)

# %% slideshow={"slide_type": "fragment"}
claim("all 6 are wrong, and gave the true animal less than 2 %",
      len(worst) == 6 and (sure.indices != test_animals)[worst].all() and (losses[worst] > -math.log(0.02)).all())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Look at such pictures before you change anything: some turn out to be labelled wrongly, some could not be told by anybody, and some share a reason.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Was the right answer among the best?
#
# Among 103 animals many are near relatives: three dogs, three cats, nine that are a face alone. Is "horse-face" for a horse as wrong as "squid"? The
# **top-k accuracy** counts an answer as right if the true class is among the $k$ highest scores. ImageNet's contest was ranked by top 5.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "In the unseen style the network is right in about a quarter of the pictures. How often is the true animal among "
        "its five best of 103?",
    "right": {"In about half": "Yes: it is often near, and the five best cover 5 % of the animals only."},
    "wrong": {
        "In about 30 %": "That would mean that its second to fifth choices know next to nothing.",
        "In nearly all": "It has never seen this style: whole groups of animals go astray.",
    },
}])

# %% slideshow={"slide_type": "fragment"}
ks = [1, 2, 3, 5, 10, 20, 50, 103]
top = {name: [metrics.top_k_accuracy(scores[name], labels[name], k) for k in ks] for name in conditions}
plotting.curves([str(k) for k in ks], top, "k", "top-k accuracy")

# %% slideshow={"slide_type": "subslide"}
claim("in the unseen style, top 1 is below 35 %, top 5 above 42 %",
      top["unseen style"][0] < 0.35 and top["unseen style"][3] > 0.42)
claim("5 of 103 by chance would be 5 %", round(100 * 5 / 103) == 5)
claim("three dogs, three cats, nine faces",
      {"dog", "dog-face", "poodle", "cat", "cat-face", "black-cat"} <= set(savanna.SOURCE)
      and sum(name.endswith("-face") for name in savanna.SOURCE) == 9)
claim("top-k never falls as k grows, and top 103 of 103 is always right",
      all(values == sorted(values) and values[-1] == 1 for values in top.values()))
nothing = torch.zeros(515, 103)
claim("a network that gives 103 equal scores has a top-5 accuracy of 0: a tie is no find",
      metrics.top_k_accuracy(nothing, labels["hidden"], 5) == 0)
claim("scikit-learn agrees, where no scores are equal", all(math.isclose(
    sklearn_metrics.top_k_accuracy_score(labels[name], scores[name].double(), k=5, labels=range(103)), top[name][3])
    for name in conditions))


# %% [markdown] slideshow={"slide_type": "fragment"}
# Top 103 of 103 is always right: say which $k$ you mean, and what chance would give. Mind equal scores too. A careless top-k counts a network that
# answers the same for everything as right.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if one class is rare?
#
# Back to a question with two answers: are the words HAPA KAZI TU said in this window? Unit 01's detector listens to it, now with other people talking in
# the background. A device that waits for its words hears other things nearly all the time. So let one window in twenty hold the words.

# %% slideshow={"slide_type": "fragment"}
def hear(split, seeds):
    """Windows with babble 10 dB below the phrase, once a seed: 32 bands, whether the words are said, the rows."""
    sounds, said, known = [], [], []
    for seed in seeds:
        clips, labels, rows = speech.load(split, place="fixed", length=problems.WINDOW,
                                          snr_db=10, noise="babble", seed=seed)
        decibels = (speech.spectrogram(clips) + 60) / 20
        sounds.append(avg_pool2d(decibels[:, :, 1:], (4, 2)))
        said.append(labels == 1)
        known += rows
    return torch.cat(sounds), torch.cat(said), known


def learn_words(sounds, said, seed):
    """Unit 01's MLP, on 32 bands."""
    torch.manual_seed(seed)
    mlp = MLP(sounds[0].numel(), [32], 2)
    batches = training.Batches(sounds, said.long(), 64, seed=seed)
    training.fit(mlp, batches, epochs=15, optimizer=torch.optim.AdamW(mlp.parameters(), 1e-3), progress=False)
    return mlp.requires_grad_(False)


def yes_score(mlp, sounds):
    """Score of yes minus score of no."""
    answers = mlp(sounds)
    return answers[:, 1] - answers[:, 0]


sounds, said, _ = hear("train", (0, 1))
detectors = [learn_words(sounds, said, seed) for seed in SEEDS]
test_sounds, test_said, test_rows = hear("test", range(20, 25))
heard = [yes_score(mlp, test_sounds) for mlp in detectors]

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
no, yes = (~test_said).nonzero()[:, 0], test_said.nonzero()[:, 0]
chosen = yes[torch.randperm(len(yes), generator=torch.Generator().manual_seed(2))[:21]]
rare = torch.cat([no, chosen])  # a stream in which the words are rare
claim(f"{len(no)} windows without the words and {len(chosen)} with them: {len(chosen) / len(rare):.0%}",
      (len(no), len(chosen)) == (400, 21))

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A broken detector always says no. What is its accuracy on this stream?",
    "right": {"95 %": "Yes: it is right about every window without the words, and those are 95 %."},
    "wrong": {
        "5 %": "That is its error rate: it is wrong about the windows with the words only.",
        "50 %": "It would be, if half of the windows held the words.",
        "0 %": "It is right about every window in which the words are not said.",
    },
}])


# %% slideshow={"slide_type": "fragment"}
def judged(says_yes):
    """Error rate and balanced error rate on the stream."""
    matrix = metrics.confusion_matrix(says_yes[rare].long(), test_said[rare].long(), 2)
    return metrics.error_rate(matrix), metrics.balanced_error_rate(matrix)


never = judged(torch.zeros(len(test_said), dtype=torch.bool))
ours = [judged(s >= 0) for s in heard]
print(f"always no:     error rate {never[0]:.1%}, balanced {never[1]:.1%}")
for seed, (error, balanced) in zip(SEEDS, ours, strict=True):
    print(f"detector {seed}:    error rate {error:.1%}, balanced {balanced:.1%}")
claim("always no is wrong in 5 %, right in 95 %", round(never[0], 2) == 0.05)
claim("its balanced error rate is 50 %, that of a coin", never[1] == 0.5)
claim("the detectors' error rates are better by less than 5 points, their balanced ones by more than 30",
      all(never[0] - e < 0.05 and never[1] - b > 0.3 for e, b in ours))

# %% [markdown] slideshow={"slide_type": "subslide"}
# By its error rate, the broken detector looks excellent: 95 % right. The **balanced error rate** (BER) is not taken in. It is the mean of the error rates of the
# classes, each counted apart, so that a rare class weighs as much as a common one. For two classes, with the four counts of the confusion matrix,
#
# $$\text{BER} = \frac{1}{2}\left(\frac{\text{FP}}{\text{FP} + \text{TN}} + \frac{\text{FN}}{\text{FN} + \text{TP}}\right)$$
#
# Whoever always gives the same answer has a BER of 50 %, whatever the answer and however rare the class. With $C$ classes it is $1 - 1/C$.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
for classes in (2, 4, 12):
    lazy = metrics.confusion_matrix([0] * 100, [i % classes for i in range(100)], classes)
    claim(f"{classes} classes, always the same answer: BER {metrics.balanced_error_rate(lazy):.3f} = 1 - 1/{classes}",
          math.isclose(metrics.balanced_error_rate(lazy), 1 - 1 / classes))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a threshold decide?
#
# The detector gives a number, not an answer: its yes-score minus its no-score. Somebody has to draw the line. A window counts as yes if its score is **at least the
# threshold**. Every threshold is another classifier, with four counts:
#
# | | says yes | says no |
# | --- | --- | --- |
# | **words are said** | true positive, TP | false negative, FN: a miss |
# | **they are not** | false positive, FP: a false alarm | true negative, TN |

# %% slideshow={"slide_type": "fragment"}
score = heard[0]
plotting.score_histograms({"words not said": score[~test_said], "words said": score[test_said]},
                          "score: yes minus no", threshold=0)


# %% [markdown] slideshow={"slide_type": "fragment"}
# Left of the line it says no, right of it yes. Both kinds of mistakes are the parts of the two hills that lie on the wrong side. Two rates sum them up, each
# a part of *one* hill:
#
# - the **true positive rate** $\text{TP}/(\text{TP}+\text{FN})$: what part of the positives is found (also: recall, sensitivity);
# - the **false positive rate** $\text{FP}/(\text{FP}+\text{TN})$: what part of the negatives is a false alarm.
#
# Ideal is a true positive rate of 1 with a false positive rate of 0.

# %% slideshow={"slide_type": "subslide"}
def rates(score, positive, threshold):
    """False and true positive rate at one threshold."""
    called = score >= threshold
    return (called & ~positive).sum() / (~positive).sum(), (called & positive).sum() / positive.sum()


for threshold in (-4.0, -2.0, 0.0, 2.0, 4.0):
    fpr, tpr = rates(score, test_said, threshold)
    print(f"threshold {threshold:4.1f}: finds {tpr:6.1%} of the words, false alarms in {fpr:6.1%} of the other windows")
moving = [rates(score, test_said, t) for t in torch.linspace(-8, 8, 81)]
claim("as the threshold rises both rates only fall",
      all(a[0] >= b[0] and a[1] >= b[1] for a, b in zip(moving, moving[1:], strict=False)))
claim("a threshold below all scores gives rates of 1 and 1, one above all scores 0 and 0",
      rates(score, test_said, score.min()) == (1, 1) and rates(score, test_said, score.max() + 1) == (0, 0))
fpr, tpr = rates(score[rare], test_said[rare], 0)
matrix = metrics.confusion_matrix((score[rare] >= 0).long(), test_said[rare].long(), 2)
claim("the BER is the mean of the false positive rate and of what the true positive rate lacks to 1",
      math.isclose(metrics.balanced_error_rate(matrix), (fpr + 1 - tpr) / 2, rel_tol=1e-5))

# %% [markdown] slideshow={"slide_type": "fragment"}
# You cannot have both: a higher threshold lowers both rates, a lower one raises both. Which threshold is best, nobody can say without knowing what a miss and a
# false alarm cost. First let us look at all of them at once.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do all thresholds look like at once?
#
# Let the threshold sink from above the highest score to below the lowest, and mark (false positive rate, true positive rate) each time. That is
# the **ROC curve**. (Receiver operating characteristic: it comes from radar.)

# %% slideshow={"slide_type": "fragment"}
false_rate, true_rate, thresholds = metrics.roc(score, test_said)
plotting.unit_square({"detector": (false_rate, true_rate)}, "false positive rate", "true positive rate",
                     points={"threshold 0": rates(score, test_said, 0), "ideal": (0, 1)}, diagonal="knows nothing")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Near the upper left corner is good. On the diagonal lies whoever does not look: "yes" to a random third of everything finds a third of the words, at the price of a
# third of the others.
#
# Why does no code above sort pairs and count, one example after the other? Because of **ties**. Here are eight examples by hand, of which some have equal scores:

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
by_hand = torch.tensor([0.9, 0.8, 0.6, 0.6, 0.6, 0.4, 0.4, 0.1])
is_positive = torch.tensor([1, 1, 0, 1, 0, 0, 1, 0]) == 1
x, y, t = metrics.roc(by_hand, is_positive)
for values in zip(t.tolist(), x.tolist(), y.tolist(), strict=True):
    print("threshold {:4.1f}: false positive rate {:.2f}, true positive rate {:.2f}".format(*values))
claim("8 examples with 5 different scores give 6 points, the start at (0, 0) included",
      len(by_hand) == 8 and len(x) == 6)
claim("the three that score 0.6 come in one step, from (0, 0.5) to (0.5, 0.75)",
      (x[2:4].tolist(), y[2:4].tolist()) == ([0, 0.5], [0.5, 0.75]))


# %% slideshow={"slide_type": "subslide"}
def one_after_the_other(positive):
    """The naive curve: up for each positive, to the right for each negative, in the order in which they happen to stand."""
    rise, run = (torch.cat([torch.zeros(1), kind.cumsum(0) / kind.sum()]) for kind in (positive, ~positive))
    return run, rise


lucky, unlucky = torch.tensor([0, 1, 3, 2, 4, 6, 5, 7]), torch.tensor([0, 1, 2, 4, 3, 5, 6, 7])
curves = {"positives first": one_after_the_other(is_positive[lucky]),
          "negatives first": one_after_the_other(is_positive[unlucky]), "ties in one step": (x, y)}
plotting.unit_square(curves, "false positive rate", "true positive rate")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
best, worst, fair = (torch.trapezoid(rise.double(), run.double()).item() for run, rise in curves.values())
claim(f"counted one after the other, the same scores have an area of {best:.4f} or of {worst:.4f}, as the examples stand",
      best > worst)
claim(f"with ties in one step it is {fair:.4f}, the mean of the two", math.isclose(fair, (best + worst) / 2))

# %% [markdown] slideshow={"slide_type": "subslide"}
# No threshold can part equal scores, so they move together: one slanted step. Whoever sorts and counts one by one gets a curve that depends on the order of the file.
# That is no rare accident. A score of "three of five neighbours", a percentage without decimals, a network in half precision: all of them have many ties.
#
# Does our curve hold? Draw hundreds of cases, most with ties, and compare with scikit-learn:

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
random, worst, tied = torch.Generator().manual_seed(70), 0.0, 0
for _ in range(400):
    n, levels = (int(torch.randint(low, high, (), generator=random)) for low, high in ((2, 60), (1, 30)))
    s, p = torch.randint(levels, (n,), generator=random) / 8, torch.rand(n, generator=random) < 0.4
    p[:2] = torch.tensor([True, False])  # both kinds are there
    theirs = sklearn_metrics.roc_curve(p, s, drop_intermediate=False)
    worst = max(worst, *(abs(a.numpy() - b).max() for a, b in zip(metrics.roc(s, p)[:2], theirs[:2], strict=True)))
    worst = max(worst, abs(metrics.roc_auc(s, p) - sklearn_metrics.roc_auc_score(p, s)))
    tied += len(s.unique()) < n
claim("400 random cases: every point and every area is scikit-learn's, to 12 decimals", worst < 1e-12)
claim("more than 300 of them have ties", tied > 300)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What changes as you drag the threshold?
#
# Try it by hand; this demo runs in your browser. Drag the line through the two hills and watch the counts and the point on the curve. Make the positives rare: which
# numbers move, and which do not? Round the scores, and the curve gets slanted steps. Then change what a miss costs, and look for the cheapest threshold.

# %% slideshow={"slide_type": "subslide"}
demos.show("roc")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does the area mean?
#
# The area under the ROC curve, **AUC**, is 1 for a perfect ranking and 1/2 for one that knows nothing. But why an *area*? Because it answers a question that one would ask
# without any curve: *take one positive and one negative at random. How probable is it that the positive scores higher?* A tie counts as one half.

# %% slideshow={"slide_type": "fragment"}
pairs_won = (score[test_said][:, None] > score[~test_said]).double().mean()
pairs_tied = (score[test_said][:, None] == score[~test_said]).double().mean()
area = metrics.roc_auc(score, test_said)
print(f"area under the curve {area:.6f}; pairs ranked right {(pairs_won + pairs_tied / 2).item():.6f}")
claim("400 positives and 400 negatives make 160,000 pairs", len(yes) * len(no) == 160_000)
claim("the area is the part of all pairs that are ranked right",
      math.isclose(area, pairs_won + pairs_tied / 2, rel_tol=1e-9))
claim("and so it is for the eight examples by hand, 16 pairs: 12.5 of them, or 0.78125",
      metrics.ranking_probability(by_hand, is_positive) == metrics.roc_auc(by_hand, is_positive) == 12.5 / 16)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each negative is one step of the curve to the right, and the height there is the part of the positives that score higher. The area adds that up over all negatives: it
# counts pairs. (In statistics this number is known as the Mann-Whitney U.)
#
# Counting 160,000 pairs is slow; sorting the scores once gives all of them. What follows from it:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
stretched = {"doubled": 2 * by_hand, "squared": by_hand**2, "logarithm": by_hand.log()}
claim("only the order counts: doubled, squared or under a logarithm, the scores have the same AUC",
      len({metrics.roc_auc(s, is_positive) for s in stretched.values()} | {metrics.roc_auc(by_hand, is_positive)}) == 1)
claim("with all signs turned it is 1 minus the AUC",
      math.isclose(metrics.roc_auc(-by_hand, is_positive), 1 - 12.5 / 16))
claim("equal scores for all have an AUC of 1/2", metrics.roc_auc(torch.zeros(8), is_positive) == 0.5)

# %% [markdown] slideshow={"slide_type": "fragment"}
# So the AUC says how well a classifier *ranks*, over all thresholds, also those that nobody would use. It does not say that its numbers are probabilities, nor that you
# have found the right threshold.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if positives are rare?
#
# The user of the device asks another question: when it answers, were the words really said? That is the **precision**, the part of those called positive that truly are:
#
# $$\text{precision} = \frac{\text{TP}}{\text{TP} + \text{FP}} \qquad \text{recall} = \frac{\text{TP}}{\text{TP} + \text{FN}}$$
#
# Recall is the true positive rate under another name. Precision mixes both hills, and so depends on how many examples each has.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "The detector stays as it is; only the words become rarer, from every second window to every twentieth. "
        "What happens to its ROC curve and to its precision?",
    "right": {
        "The curve stays, the precision falls":
            "Yes: each rate is a part of one hill. Precision puts the growing number of false alarms beside the few words.",
    },
    "wrong": {
        "Both fall": "Each axis of the ROC curve is a part of one class. How large the other class is does not enter.",
        "Both stay": "At the same rate, more negatives give more false alarms, and those count in the precision.",
        "The curve falls, the precision stays": "The other way round: which formula mixes positives and negatives?",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def at_share(share):
    """Precision against recall, if this part of all windows held the words, from the rates alone."""
    x, y = false_rate[1:], true_rate[1:]
    return share * y / (share * y + (1 - share) * x), y


curves = {f"words in 1 of {n}": at_share(1 / n)[::-1] for n in (2, 20, 200)}
plotting.unit_square(curves, "recall", "precision", steps=True)

# %% [markdown] slideshow={"slide_type": "subslide"}
# One detector, one ROC curve, three curves of precision against recall. With share $\pi$ of positives, the rates give
# $\text{precision} = \pi\,\text{TPR} / (\pi\,\text{TPR} + (1-\pi)\,\text{FPR})$: at 1 in 200, even a small rate of false alarms on 199 windows drowns the one that
# counts.

# %% slideshow={"slide_type": "fragment"}
even = metrics.precision_recall(score, test_said)
claim("at 1 of 2, as in the test set, the formula gives the very precision that is counted",
      torch.allclose(at_share(1 / 2)[0], even[0]))
weight = torch.where(test_said, 1.0, 199.0)  # as if every window without the words stood there 199 times
weighted = sklearn_metrics.precision_recall_curve(test_said, score.double(), sample_weight=weight)[0]
claim("at 1 of 200 it gives scikit-learn's, with 199 times the weight on the others",
      abs(at_share(1 / 200)[0].flip(0).numpy() - weighted[:-1]).max() < 1e-9)
at_80 = {n: at_share(1 / n)[0][(true_rate[1:] >= 0.8).nonzero()[0, 0]].item() for n in (2, 20, 200)}
print(", ".join(f"1 of {n}: {p:.0%}" for n, p in at_80.items()), "precision where 80 % of the words are found")
claim("where 80 % are found, precision is above 90 % at 1 of 2 and below 50 % at 1 of 200",
      at_80[2] > 0.9 and at_80[200] < 0.5)

# %% [markdown] slideshow={"slide_type": "subslide"}
# One number for such a curve is the **average precision** (AP): each rise in recall counts with the precision at the threshold that brought it,
#
# $$\text{AP} = \sum_n (R_n - R_{n-1})\, P_n$$
#
# Without ties that is the mean of the precision at each positive. By hand, for five examples sorted by score, of which the first, third and fourth are positive:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
found = metrics.average_precision([5, 4, 3, 2, 1], [1, 0, 1, 1, 0])
claim(f"AP by hand: (1/1 + 2/3 + 3/4)/3 = {found:.4f}", math.isclose(found, (1 / 1 + 2 / 3 + 3 / 4) / 3))
claim(f"if a fourth positive is never found, it is (1/1 + 2/3 + 3/4)/4 = {(1 + 2 / 3 + 3 / 4) / 4:.4f}",
      math.isclose(metrics.average_precision([5, 4, 3, 2, 1], [1, 0, 1, 1, 0], missed=1), (1 / 1 + 2 / 3 + 3 / 4) / 4))
random, worst = torch.Generator().manual_seed(71), 0.0
for _ in range(300):
    s, p = torch.randint(9, (40,), generator=random) / 8, torch.rand(40, generator=random) < 0.3
    p[0] = True
    worst = max(worst, abs(metrics.average_precision(s, p) - sklearn_metrics.average_precision_score(p, s)))
claim("300 random cases with ties: AP is scikit-learn's, to 12 decimals", worst < 1e-12)
claim("scores that know nothing have an AUC of 1/2; their AP is the share of the positives, 0.25 if 2 of 8 are",
      metrics.average_precision(torch.zeros(8), torch.arange(8) < 2) == 0.25)


# %% [markdown] slideshow={"slide_type": "subslide"}
# We take steps, not straight lines between the points: precision does not change in a straight line, and joining the points with one promises more than a threshold can give.
# Other conventions exist, and their numbers differ, so say which one you use. Unit 08 measures object detectors by AP; there a positive may be missed for good, because no box was
# proposed for it.

# %% slideshow={"slide_type": "fragment"}
def areas(score, positive):
    return metrics.roc_auc(score, positive), metrics.average_precision(score, positive)


on_all, on_stream = [areas(s, test_said) for s in heard], [areas(s[rare], test_said[rare]) for s in heard]
for name, values in (("half of the windows", on_all), ("1 window in 20", on_stream)):
    auc, ap = torch.tensor(values).T
    print(f"words in {name:>19}: AUC {auc.mean():.3f} ± {auc.std():.3f}, AP {ap.mean():.3f} ± {ap.std():.3f}")
claim("with rare words the AUC moves by less than 0.05, the AP falls by more than 0.1",
      all(abs(a[0] - b[0]) < 0.05 and a[1] - b[1] > 0.1 for a, b in zip(on_all, on_stream, strict=True)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# If positives are rare and you care about them, look at precision and recall. Compare APs only between sets with the same share of positives.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which threshold should you take?
#
# That depends on what mistakes cost. Say the words call for help: a miss costs 10, a false alarm costs 1. Try every threshold on the *validation* voices, take the cheapest, and pay
# on the test voices.

# %% slideshow={"slide_type": "fragment"}
valid_sounds, valid_said, _ = hear("validation", range(10, 15))
ALARM, MISS = 1, 10


def mean_cost(score, positive, threshold):
    """What the mistakes cost, a window."""
    called = score >= threshold
    return (ALARM * (called & ~positive) + MISS * (~called & positive)).double().mean().item()


tried = torch.linspace(-8, 6, 71)
on_validation = [[mean_cost(yes_score(mlp, valid_sounds), valid_said, t) for t in tried] for mlp in detectors]
on_test = [[mean_cost(s, test_said, t) for t in tried] for s in heard]
plotting.curves(tried, {"validation voices": on_validation, "test voices": on_test}, "threshold", "mean cost of a window")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The lines are means over three detectors, the bands reach from the least to the greatest. The valley does not lie at 0, where the network itself would draw the line.

# %% slideshow={"slide_type": "subslide"}
valid_scores = [yes_score(mlp, valid_sounds) for mlp in detectors]
choices = [metrics.cheapest_threshold(s, valid_said, false_positive=ALARM, false_negative=MISS)[0] for s in valid_scores]
theory = math.log(ALARM / MISS)
for s, t in zip(heard, choices, strict=True):
    print(f"threshold {t:5.2f} from validation: {mean_cost(s, test_said, t):.2f} a window; "
          f"0: {mean_cost(s, test_said, 0):.2f}; -log 10 = {theory:.2f}: {mean_cost(s, test_said, theory):.2f}")
claim("a false alarm costs 1, a miss 10", (ALARM, MISS) == (1, 10))
claim("each threshold from validation voices lies below -1 and costs less than three quarters of the threshold 0",
      max(choices) < -1 and all(mean_cost(s, test_said, t) < 0.75 * mean_cost(s, test_said, 0)
                                for s, t in zip(heard, choices, strict=True)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Can one know without trying? Let $p$ be the probability that the words were said. Saying yes costs $1 \cdot (1-p)$ on average, saying no costs $10\,p$. Yes is cheaper if
#
# $$p \ge \frac{c_\text{FP}}{c_\text{FP} + c_\text{FN}}$$
#
# So with these costs one should say yes from a probability of $1/11$ on. Our score is the logarithm of $p/(1-p)$, as the network sees it, and there that is $-\log 10 = -2.30$. This
# holds if the network's probabilities do; we come to that below.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("at p = 1/11, yes costs 1 · 10/11 and no 10 · 1/11: the same",
      math.isclose(1 * (1 - 1 / 11), 10 * (1 / 11)))
claim("the score -log 10 = -2.30 is the probability 1/11",
      math.isclose(1 / (1 + math.exp(math.log(10))), 1 / 11))

# %% slideshow={"slide_type": "subslide"}
claim("-log 10 costs less than three quarters of the threshold 0 too, for all three detectors",
      all(mean_cost(s, test_said, theory) < 0.75 * mean_cost(s, test_said, 0) for s in heard))


def cost_if_rare(score, threshold, share=1 / 20):
    """The same where only this part of the windows holds the words."""
    fpr, tpr = rates(score, test_said, threshold)
    return ((1 - share) * ALARM * fpr + share * MISS * (1 - tpr)).item()


shifted = theory + math.log(19)
for s in heard:
    costs = [cost_if_rare(s, t) for t in (theory, shifted)]
    print(f"words in 1 of 20: {costs[0]:.2f} at {theory:.2f}, {costs[1]:.2f} at {shifted:.2f}")
claim("with words in 1 of 20 windows, -log 10 + log 19 = 0.64 is cheaper, for all three", all(
    cost_if_rare(s, shifted) < cost_if_rare(s, theory) for s in heard) and round(shifted, 2) == 0.64)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Mind what the network believes about how often the words come: it learned from a set in which half of the windows hold them. Where they are in 1 of 20, the odds are 19 times lower,
# and the threshold must rise by $\log 19$, to 0.64.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Whom does it serve worse?
#
# A mean over all test examples can hide a group for which a classifier hardly works. So count the errors of each group apart. First the hidden animals of the first section, by artist:

# %% slideshow={"slide_type": "fragment"}
artists = [savanna.STYLES[i] for i in savanna.batch(conditions["hidden"], 515, seed=70)["styles"]]
by_artist = metrics.error_rate_by_group(scores["hidden"].argmax(1), labels["hidden"], artists)
spread = {artist: math.sqrt(e * (1 - e) / n) for artist, (e, n) in by_artist.items()}
for artist, (e, n) in sorted(by_artist.items(), key=lambda item: item[1]):
    print(f"{artist:>12}: wrong in {e:.1%} ± {spread[artist]:.1%} of {n} pictures")
claim("the groups' error rates, weighed by their sizes, make the error rate of all",
      math.isclose(sum(e * n for e, n in by_artist.values()) / 515, wrong["hidden"].mean(), rel_tol=1e-5))
claim("each artist has 100 to 160 pictures, and one standard deviation is 3 to 5 points",
      all(100 <= n <= 160 for _, n in by_artist.values()) and all(0.03 < s < 0.05 for s in spread.values()))


# %% [markdown] slideshow={"slide_type": "subslide"}
# With 100 to 160 pictures an artist, one standard deviation is 3 to 5 points: between neighbours in this list, other pictures could turn the order round. Now the detector of the
# words. It learned from 24 voices, of which 7 are listed as female.

# %% slideshow={"slide_type": "fragment"}
def error_by(key):
    """Error rate of each group, a row for each detector; and the sizes of the groups."""
    groups = [row[key] for row in test_rows]
    found = [metrics.error_rate_by_group((s >= 0).long(), test_said.long(), groups) for s in heard]
    return {group: [f[group][0] for f in found] for group in found[0]}, {group: n for group, (_, n) in found[0].items()}


by_gender, windows_of = error_by("gender")
by_voice, _ = error_by("speaker")
for gender, values in sorted(by_gender.items()):
    print(f"{gender}, {windows_of[gender]} windows: wrong in {', '.join(f'{v:.1%}' for v in values)}")
trained_on = {row["speaker"]: row["gender"] for row in speech.load("train")[2]}
claim("24 voices to learn from, 7 of them F",
      len(trained_on) == 24 and list(trained_on.values()).count("F") == 7)
claim("all three detectors are wrong more than 2.5 times as often for F as for M",
      all(f > 2.5 * m for f, m in zip(by_gender["F"], by_gender["M"], strict=True)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# A scandal, and the cause seems plain: too few female voices to learn from. Is it? A group is made of members; look at those too.

# %% slideshow={"slide_type": "subslide"}
gender_of = {row["speaker"]: row["gender"] for row in test_rows}
order = sorted(by_voice, key=lambda voice: (gender_of[voice], -sum(by_voice[voice])))
rows = torch.tensor([by_voice[voice] for voice in order]).T
plotting.curves([f"{voice}\n({gender_of[voice]})" for voice in order], {"three detectors": rows},
                "test voice", "error rate", spans=[(-0.3, 0.3)])

# %% slideshow={"slide_type": "fragment"}
others = torch.tensor([by_voice[v] for v in order if gender_of[v] == "F" and v != order[0]])
claim("10 test voices, 4 of them F", len(order) == 10 and list(gender_of.values()).count("F") == 4)
claim(f"one voice, {order[0]}, is misheard in more than 30 % of its windows by every detector",
      min(by_voice[order[0]]) > 0.3)
claim("for the other three female voices together it is below 12 %", (others.mean(0) < 0.12).all())


# %% [markdown] slideshow={"slide_type": "fragment"}
# Most of the difference is *one* voice. The other three are heard about as well as the men. Would more female voices help? Perhaps; the average of the group could not tell. Three
# habits follow:
#
# - count errors by every group you can name, and by the members of a group that stands out;
# - say how many examples each has: with few, a large difference may be chance;
# - do not explain a difference before you have looked for other explanations. Four voices are four voices, however many windows each has.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it right as often as it says?
#
# A softmax gives numbers that add up to one. Are they probabilities? Then of all pictures to which the network gives its answer with a **confidence** of nine tenths, nine in ten should
# be right. Sort the pictures by confidence into ten bins, and compare in each bin the mean confidence with the accuracy. That is a **reliability diagram**.

# %% slideshow={"slide_type": "subslide"}
def sure_and_right(scores, labels, temperature=1.0):
    """The confidence of each answer, and whether it is right."""
    confidence, answer = (scores / temperature).softmax(1).max(1)
    return confidence, answer == labels


def diagram(temperature):
    """Accuracy against confidence in each bin that has at least 10 pictures."""
    lines = {}
    for name in ("as trained", "hidden", "unseen style"):
        confidence, accuracy, examples = metrics.reliability(*sure_and_right(scores[name], labels[name], temperature))
        enough = examples >= 10
        lines[name] = (confidence[enough], accuracy[enough])
    return plotting.unit_square(lines, "confidence", "accuracy", diagonal="right as often as it says")


diagram(1.0)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Above the diagonal the network is too modest, below it too sure. On pictures like those it learned from it is too modest. (It was trained with label smoothing, which asks
# for no more than about nine tenths.) One number for the diagram is the **expected calibration error** (ECE): the gap between confidence and accuracy, averaged over all pictures.
#
# A simple repair: divide all scores by one number, the **temperature** $T$, before the softmax. Below one it makes the network surer, above one more modest. It never changes an
# answer, as the order of the scores stays. $T$ is fitted on other pictures, by the cross-entropy.

# %% slideshow={"slide_type": "subslide"}
valid_images, valid_labels = pictures_of(conditions["as trained"], 515, seed=73)
T = metrics.fit_temperature(scores_of(valid_images), valid_labels)


def calibration_error(name, temperature):
    return metrics.expected_calibration_error(*sure_and_right(scores[name], labels[name], temperature))


print(f"temperature {T:.2f}")
for name in conditions:
    print(f"{name:>12}: calibration error {calibration_error(name, 1):.3f} before, {calibration_error(name, T):.3f} after")
claim("the temperature lies between 0.4 and 0.55: the network is too modest", 0.4 < T < 0.55)
claim("on pictures as trained, the calibration error falls from more than 0.07 to less than 0.03",
      calibration_error("as trained", 1) > 0.07 and calibration_error("as trained", T) < 0.03)
claim("label smoothing of 0.1 over 103 classes asks for a confidence of about nine tenths",
      round(0.9 + 0.1 / 103, 2) == 0.9)
claim("no answer has changed", all(torch.equal(s.argmax(1), (s / T).argmax(1)) for s in scores.values()))

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "The temperature was fitted on pictures as trained. What does it do to the confidence on the unseen style?",
    "right": {
        "It makes it worse": "Yes: there its modesty was about right, and now it is sure of itself and wrong.",
    },
    "wrong": {
        "It mends it too": "It makes the network surer everywhere, and on this style it is mostly wrong.",
        "Nothing": "It divides every score by the same number, whatever the picture.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
diagram(T)

# %% slideshow={"slide_type": "fragment"}
confidence, right = sure_and_right(scores["unseen style"], labels["unseen style"], T)
print(f"unseen style: mean confidence {confidence.mean():.0%}, accuracy {right.float().mean():.0%}")
claim("in the unseen style the calibration error rises to more than 0.3: mean confidence above 60 %, accuracy below 35 %",
      calibration_error("unseen style", T) > 0.3 and confidence.mean() > 0.6 and right.float().mean() < 0.35)
random = torch.Generator().manual_seed(74)
confidence = sure_and_right(scores["hidden"], labels["hidden"])[0]
honest = [metrics.expected_calibration_error(confidence, torch.rand(515, generator=random) < confidence)
          for _ in range(100)]
print(f"even for answers that come out right exactly as often as said, 515 pictures give {sum(honest) / 100:.3f}")
claim("an honest network has a calibration error above 0.02 on 515 pictures: chance alone",
      sum(honest) / 100 > 0.02)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Calibrated *here* says nothing about *there*. On the unseen style the repaired network has a mean confidence of more than 60 % and an accuracy of less than 35 %. Whoever uses a confidence to decide must ask on
# which pictures it was calibrated.
#
# And no calibration error is ever nothing: on 515 pictures, even an honest network shows more than 0.02. Compare with that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does it look?
#
# Why are this artist's rhinoceroses wolves? Ask where in the picture the evidence lies. For a network that ends with a mean over places and a linear layer, there is an exact
# answer. Let $A_k(i,j)$ be the last maps and $w_{ck}$ the weights of class $c$. Its score is
#
# $$s_c = \sum_k w_{ck} \frac{1}{HW}\sum_{i,j} A_k(i,j) + b_c = \frac{1}{HW}\sum_{i,j} \underbrace{\sum_k w_{ck} A_k(i,j)}_{M_c(i,j)} + b_c$$
#
# The two sums may change places. So $M_c$, the **class activation map** (CAM), says what each place contributes, and its mean is the score, but for the bias.

# %% slideshow={"slide_type": "fragment"}
def class_activation_maps(maps, weight, classes):
    """What each place adds to the score of a class: maps (B, K, H, W), weight (C, K), classes (B,) -> (B, H, W)."""
    return torch.einsum("bkhw,bk->bhw", maps, weight[classes])


head = heads[0]
wolf = torch.full_like(test_animals, column)
wolf_maps = class_activation_maps(test_maps, head.weight, wolf)
fooled = ((test_animals == row) & (answers.argmax(1) == column)).nonzero()[:6, 0]
plotting.heat_maps(test_images[fooled], wolf_maps[fooled], ["“wolf”"] * len(fooled))

# %% slideshow={"slide_type": "fragment"}
claim("the mean of the map and the bias make the score", torch.allclose(
    wolf_maps.mean((1, 2)) + head.bias[column], answers[:, column], atol=1e-4))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Orange is what speaks for wolf. Such pictures convince easily; too easily. The scenes know where each animal is, so we can *measure*: does the highest point of the map lie on the
# animal?

# %% slideshow={"slide_type": "fragment"}
def points_at(maps, instances):
    """What lies under the highest point of each map: the number of the animal, 0 for the background."""
    large = interpolate(maps[:, None], size=instances.shape[1:], mode="bilinear")[:, 0]
    return instances.flatten(1).gather(1, large.flatten(1).argmax(1)[:, None])[:, 0]


scenes = savanna.batch(twelve, 120, seed=74)
images, animals, instances = scenes["images"].float() / 255, scenes["labels"][:, 0], scenes["instances"]
maps = last_maps(images)
cams = [class_activation_maps(maps, h.weight, animals) for h in heads]
hits = [(points_at(cam, instances) == 1).float().mean().item() for cam in cams]
share = (instances > 0).float().mean().item()
print(f"the map of the true class points at the animal in {', '.join(f'{h:.0%}' for h in hits)} of the pictures; "
      f"the animal covers {share:.0%}")
claim("known styles: the map of the true class points at the animal in more than 65 %, for every head",
      min(hits) > 0.65)
claim("a random place would lie on it in less than 15 %", share < 0.15)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Now a harder test of the map. Put *two* animals into one picture. The head has learned from single animals only. Does the map of each class find *its* animal?

# %% slideshow={"slide_type": "subslide"}
pairs = savanna.batch(savanna.Recipe(size=96, animals=savanna.TARGET, scale=(0.3, 0.4), count=2), 120, seed=75)
both = pairs["labels"]
keep = both[:, 0] != both[:, 1]
pair_images, pair_maps = pairs["images"].float() / 255, last_maps(pairs["images"].float() / 255)
heat = [[class_activation_maps(pair_maps, h.weight, both[:, k]) for k in (0, 1)] for h in heads]
found = [[points_at(m, pairs["instances"])[keep] for m in ms] for ms in heat]
own = [torch.cat([f[0] == 1, f[1] == 2]).float().mean().item() for f in found]
other = [torch.cat([f[0] == 2, f[1] == 1]).float().mean().item() for f in found]
shown = [(i, k) for i in keep.nonzero()[:3, 0] for k in (0, 1)]
plotting.heat_maps([pair_images[i] for i, _ in shown], [heat[0][k][i] for i, k in shown],
                   [savanna.TARGET[both[i, k]] for i, k in shown])

# %% slideshow={"slide_type": "fragment"}
print(f"points at its own animal in {', '.join(f'{o:.0%}' for o in own)}, "
      f"at the other in {', '.join(f'{o:.0%}' for o in other)}")
claim("two animals: each map points at its own in more than 55 %, at the other in less than 8 %",
      min(own) > 0.55 and max(other) < 0.08)


# %% [markdown] slideshow={"slide_type": "fragment"}
# Not always, as the first picture shows. But nobody ever told this network *where* an animal is: it learned from one word a picture. The map has it nevertheless, if coarsely. That is localisation for free, and unit 08 starts
# from here.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if there is no mean over places?
#
# CAM needs one special ending. **Grad-CAM** works for any layer of any network: take the gradient of the score with respect to the maps, average it over places, and use that as the
# weights. Negative sums, which speak against the class, are cut off:
#
# $$\alpha_{k} = \frac{1}{HW} \sum_{i,j} \frac{\partial s_c}{\partial A_k(i,j)} \qquad G_c = \text{ReLU}\Big(\sum_k \alpha_{k} A_k\Big)$$

# %% slideshow={"slide_type": "fragment"}
def grad_cam(maps, rest, classes):
    """Grad-CAM at maps (B, K, H, W), from which the function `rest` makes scores (B, C): (B, H, W)."""
    maps = maps.detach().requires_grad_()
    score = rest(maps).gather(1, classes[:, None]).sum()
    weights = torch.autograd.grad(score, maps)[0].mean((2, 3))
    return relu(torch.einsum("bkhw,bk->bhw", maps.detach(), weights))


def after_stage_3(maps):
    """The last stage, the mean over places and the head."""
    return head(network.stages[3](maps).mean((2, 3)))


last = grad_cam(maps, lambda m: head(m.mean((2, 3))), animals)
cam = class_activation_maps(maps, head.weight, animals)
middle_maps = torch.cat([network.maps(part)[2] for part in images.split(40)])
middle = grad_cam(middle_maps, after_stage_3, animals)
three = {"CAM": cam, "Grad-CAM, last stage": last, "Grad-CAM, stage 3": middle}
shown = [(i, name) for i in (2, 7) for name in three]
plotting.heat_maps([images[i] for i, _ in shown], [three[name][i] for i, name in shown],
                   [f"{savanna.TARGET[animals[i]]}:\n{name}" for i, name in shown])

# %% slideshow={"slide_type": "subslide"}
claim("on the last maps, Grad-CAM is CAM without its negative part, divided by the 36 places",
      torch.allclose(last, relu(cam) / 36, atol=1e-5) and cam[0].numel() == 36)
claim("at stage 3 a map has 12x12 places", middle.shape[1:] == (12, 12))
rates_of = {name: (points_at(m, instances) == 1).float().mean().item() for name, m in three.items()}
pixels = images[:30].clone().requires_grad_()
score_of_class = head(network.features(pixels)).gather(1, animals[:30, None]).sum()
saliency = torch.autograd.grad(score_of_class, pixels)[0].abs().amax(1)
rates_of["saliency"] = (points_at(saliency, instances[:30]) == 1).float().mean().item()
print("points at the animal:", ", ".join(f"{name} {rate:.0%}" for name, rate in rates_of.items()))
claim("Grad-CAM at stage 3 and the gradient of the pixels point at the animal in more than 50 % of the pictures too",
      min(rates_of.values()) > 0.5)

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the last maps both are the same, up to a factor: the gradient of a mean over 36 places is $w_{ck}/36$ at each of them. Earlier maps are finer, 12 × 12 places, but know less about
# classes. The gradient of the pixels themselves (**saliency**, unit 06) is finest, and noisiest.
#
# A map shows where the score comes from. It does not show that the *reason* is a good one, and it does not show what the network would do if the place were changed. Use it to form a
# suspicion; test the suspicion by changing the picture.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How little does it take to fool it?
#
# The gradient of the loss with respect to the pixels says how to change each of them so that the loss rises. Take only its sign, and one small step $\varepsilon$ in every
# pixel: the **fast gradient sign method** (FGSM),
#
# $$\mathbf{x}' = \mathbf{x} + \varepsilon\, \text{sign}\!\left(\nabla_{\mathbf{x}}\, \text{loss}(\mathbf{x}, y)\right), \quad \text{cut to } [0, 1]$$
#
# The numbers of a picture on a screen are whole, from 0 to 255. So let $\varepsilon$ count in steps of 1/255.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "Every number of every pixel moves by at most 4 of 255 levels. On pictures as trained, of which 99 % are right, how "
        "many stay right?",
    "right": {"A little more than half": "Yes. And nobody could tell the pictures apart."},
    "wrong": {
        "98 %: nobody can see the difference":
            "You cannot. But the change is not random: each of 6,912 numbers moves the way that hurts most.",
        "None": "At 4 levels not yet; the network is not that brittle.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def loss_gradient(model, images, labels):
    """How the loss of each picture changes with each of its numbers."""
    images = images.detach().requires_grad_()
    return torch.autograd.grad(cross_entropy(model(images), labels, reduction="sum"), images)[0]


def fgsm(model, images, labels, epsilon):
    """Pictures that differ by at most epsilon in each number, moved to where the loss rises."""
    return (images + epsilon * loss_gradient(model, images, labels).sign()).clamp(0, 1)


def accuracy(images, labels):
    return (scores_of(images).argmax(1) == labels).float().mean().item()


clean, truth = pictures_of(conditions["as trained"], 206, seed=70)
parts = [slice(start, start + 50) for start in range(0, 206, 50)]
noise = torch.randint(2, clean.shape, generator=torch.Generator().manual_seed(76)) * 2.0 - 1
levels = [0, 1, 2, 4, 8]
attacked = {n: torch.cat([fgsm(network, clean[part], truth[part], n / 255) for part in parts]) for n in levels}
under_attack = [accuracy(attacked[n], truth) for n in levels]
under_noise = [accuracy((clean + n / 255 * noise).clamp(0, 1), truth) for n in levels]
plotting.curves(levels, {"FGSM": under_attack, "random signs": under_noise}, "ε (steps of 1/255)", "accuracy")

# %% slideshow={"slide_type": "subslide"}
turned = ((network(clean).argmax(1) == truth) & (network(attacked[4]).argmax(1) != truth)).nonzero()[:1, 0]
i = int(turned)
called = [savanna.SOURCE[network(p[None]).argmax()] for p in (clean[i], attacked[4][i])]
plotting.images([clean[i], 0.5 + (attacked[4][i] - clean[i]) * 255 / 4 / 2, attacked[4][i]],
                [f"“{called[0]}”", "the change, 32 times enlarged", f"“{called[1]}”"], height=2.2)

# %% slideshow={"slide_type": "fragment"}
claim("FGSM with 4 steps of 1/255: fewer than 75 % stay right; random signs of the same size: more than 95 %",
      under_attack[3] < 0.75 and under_noise[3] > 0.95)
claim("with 8 steps fewer than 50 % stay right, with random signs more than 85 %",
      under_attack[4] < 0.5 and under_noise[4] > 0.85)
claim("no number has moved by more than 4 steps of 1/255, and all stay in [0, 1]",
      (attacked[4] - clean).abs().max() < 4.001 / 255 and 0 <= attacked[4].min() <= attacked[4].max() <= 1)
claim("a change of 4 steps is shown 32 times enlarged: 4/255 times 32 is about one half",
      abs(4 / 255 * 32 - 0.5) < 0.01)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Random changes of the same size do next to nothing: with 4 steps more than 95 % stay right. It is the *direction* that matters. Along the gradient's sign every one of the
# 3 · 48 · 48 = 6,912 numbers pushes the same way, and tiny pushes add up; random ones cancel each other.

# %% slideshow={"slide_type": "fragment"}
gradient = loss_gradient(network, clean[:50], truth[:50]).flatten(1)
along_sign = gradient.abs().sum(1)  # rise of the loss for a step 1 along the sign of the gradient
along_noise = (gradient * noise[:50].flatten(1)).sum(1).abs()
ratio = (along_sign / along_noise).median()
print(f"to first order, the sign of the gradient raises the loss {ratio:.0f} times as fast as random signs (median)")
claim("a picture has 3 · 48 · 48 = 6,912 numbers", gradient.shape[1] == 3 * 48 * 48 == 6912)
claim("along the sign the loss rises more than 30 times as fast as along random signs, for the median picture",
      ratio > 30)

# %% [markdown] slideshow={"slide_type": "fragment"}
# So an accuracy says how a network does on pictures that nobody chose against it. What it does on those that somebody did is another question. Stronger attacks take many small steps; training on
# attacked pictures helps, and costs accuracy and time.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
example = metrics.confusion_matrix([1] * 8 + [0] * 2 + [1] * 9 + [0] * 81, [1] * 10 + [0] * 90, 2)
claim("the right answers of these questions are computed", [
    round(100 * metrics.balanced_error_rate(example)), round(100 * metrics.error_rate(example)),
    metrics.roc_auc([3, 2, 2, 1], [1, 1, 0, 0])] == [15, 11, 0.875])
quiz.show([
    {
        "question":
            "10 pictures show a zebra, 90 do not. A detector finds 8 of the zebras and has 9 false alarms. What is its "
            "balanced error rate, in percent?",
        "right": {15: "Yes: misses 2/10 = 20 %, false alarms 9/90 = 10 %, and their mean."},
        "wrong": {
            11: "That is the error rate: 11 mistakes in 100. Take the rates of the two classes apart.",
            30: "That is the sum of the two rates; the BER is their mean.",
            20: "That is the part of the zebras that is missed.",
        },
        "otherwise": "Which part of the zebras is missed? Which part of the others is a false alarm? Take the mean.",
    },
    {
        "question": "Two positives score 3 and 2, two negatives score 2 and 1. What is the AUC?",
        "right": {"7/8": "Yes: of four pairs three are right, and one is a tie, which counts one half."},
        "wrong": {
            "1": "One pair is a tie: a positive and a negative both score 2.",
            "3/4": "The tied pair counts one half, not nothing.",
            "1/2": "That is for scores that know nothing.",
        },
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question":
            "Which of these stay the same when the negatives of a test set become ten times as many, of the same kind?",
        "right": {
            "The ROC curve": "Yes: each axis is a part of one class.",
            "The balanced error rate": "Yes: it is made of the two rates.",
            "Recall": "Yes: it is a part of the positives.",
        },
        "wrong": {
            "Precision": "Ten times the false alarms stand beside the same true positives.",
            "Accuracy": "The larger class weighs more in it.",
            "Average precision": "It is made of precisions, and they fall.",
        },
    },
    {
        "question": "You divide all scores of a network by 2 before the softmax. What changes?",
        "right": {"Its calibration": "Yes: it becomes more modest. The order of the scores stays."},
        "wrong": {
            "Its accuracy": "The class with the highest score stays the same.",
            "The confusion matrix": "No answer changes.",
            "Its top-5 accuracy": "The order of the scores stays, so the five best do too.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - An error rate belongs to its test pictures, and spreads by $\sqrt{e(1-e)/n}$. The confusion matrix says *which* mistakes; errors by group say *whose*.
# - With a rare class, use the balanced error rate: who always gives the same answer of two gets 50 %.
# - A threshold turns scores into answers. The ROC curve shows all thresholds, from (0, 0) to (1, 1); ideal is a false positive rate of 0 with a true positive rate of 1. Equal scores
#   make one step.
# - The area under it is the probability that a positive outranks a negative, a tie counting one half.
# - If positives are rare, look at precision and recall. AP sums precision over the steps of recall.
# - Choose the threshold for the cost, on other examples than those you report. With true probabilities it is $c_\text{FP}/(c_\text{FP}+c_\text{FN})$.
# - Confidence is no probability until you have checked it; one temperature can mend it, for one kind of pictures.
# - CAM splits a score over places. Grad-CAM does so at any layer. Measure what such maps are worth.
# - A step of a few 255ths along the sign of the gradient fools a network that random noise of that size does not.
#
# **Now you:** [assignment 07](../exercises/07_classification/07_classification.ipynb). You will build these measures from nothing, look inside a network, and fool it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - T. Fawcett, [An introduction to ROC analysis](https://doi.org/10.1016/j.patrec.2005.10.010), 2006: ties, costs and averages of curves.
# - J. Hanley and B. McNeil, [The meaning and use of the area under a ROC curve](https://doi.org/10.1148/radiology.143.1.7063747), 1982.
# - J. Davis and M. Goadrich, [The relationship between precision-recall and ROC curves](https://doi.org/10.1145/1143844.1143874), 2006: why not to join points by lines.
# - C. Guo and others, [On calibration of modern neural networks](https://arxiv.org/abs/1706.04599), 2017: temperature; and Y. Ovadia and others, [Can you trust your model's
#   uncertainty?](https://arxiv.org/abs/1906.02530), 2019: what becomes of it on other pictures.
# - J. Buolamwini and T. Gebru, [Gender shades](https://proceedings.mlr.press/v81/buolamwini18a.html), 2018: errors by group, in products on sale.
# - B. Zhou and others, [Learning deep features for discriminative localization](https://arxiv.org/abs/1512.04150), 2016: CAM; R. Selvaraju and others,
#   [Grad-CAM](https://arxiv.org/abs/1610.02391), 2017; J. Adebayo and others, [Sanity checks for saliency maps](https://arxiv.org/abs/1810.03292), 2018.
# - I. Goodfellow and others, [Explaining and harnessing adversarial examples](https://arxiv.org/abs/1412.6572), 2015: FGSM; A. Madry and others,
#   [Towards deep learning models resistant to adversarial attacks](https://arxiv.org/abs/1706.06083), 2018.
# - [Model evaluation](https://scikit-learn.org/stable/modules/model_evaluation.html) in scikit-learn's guide.
