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
# # 05 · Building and training

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/05_building_and_training.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/05_building_and_training.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/05_building_and_training.py)
#
# about 80 minutes to read and try · runs in 89 s with 1170 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - build a convolutional network as a module, and work out how many numbers its flattening gives;
# - write the loop that trains it, and say what each of its lines is for;
# - climb a ladder of checks, each with a number to expect, and name the fault when a rung breaks;
# - use initialisation, schedules, batch norm, dropout, augmentation and early stopping, and show what each one does;
# - solve the three problems of unit 01 with no more parameters than an MLP, and say honestly what is still not free.
#
# **You need** units 03 and 04: the size of a map, ReLU and pooling; and unit 01, whose three problems come back.

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
import inspect
import math
from dataclasses import replace

import torch
from IPython.display import Code, Markdown
from torch import nn
from torch.nn import functional as F

from utils import models, plotting, quiz, training
from utils.claims import claim
from utils.datasets import problems, savanna, speech

SEEDS = (0, 1, 2)
torch.manual_seed(5)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What stands between the last map and the answer?
#
# A convolution layer gives maps, and the answer is one number for each class. In between it is common to add one or
# more **fully connected** layers (FC), whose units see everything, as in an MLP. Here is a whole network: two
# convolutions with ReLU and pooling, then two FC layers.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.CNN.__init__) + "\n" + inspect.getsource(models.CNN.forward), language="python")

# %% [markdown] slideshow={"slide_type": "subslide"}
# What has parameters is made once, in `__init__`; `forward` says what follows what. `view` lays the maps of each picture
# out in one row: it is called **flattening**, and it moves no number. Only `fc1` must be told how many will come.
#
# How many? Follow one picture of 32x32 pixels in colour.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A picture of 3x32x32 goes through conv1 (6 filters of 5x5), pooling by 2, conv2 (16 filters of 5x5), pooling by 2. How many numbers go into fc1?",
    "right": {400: "Yes: 32 → 28 → 14 → 10 → 5, and 16 maps of 5x5 are 400 numbers."},
    "wrong": {
        25: "That is one map. There are 16 of them.",
        1600: "You forgot the second pooling: 16 maps of 10x10.",
        1024: "That is 16·8·8, as if the convolutions kept the size. Without padding each takes 4 pixels off a side.",
        784: "28 x 28 is one map after the first convolution.",
    },
    "otherwise": "Each convolution takes 4 pixels off a side, each pooling halves it. Then count the maps.",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
network = models.CNN()
x = torch.zeros(1, 3, 32, 32)
shapes = [tuple(x.shape[1:])]
for layer in (network.conv1, network.mp, network.conv2, network.mp):
    x = layer(x)
    shapes.append(tuple(x.shape[1:]))
numbers = x.numel()
print(" → ".join("x".join(map(str, shape)) for shape in shapes), "→", numbers, "→ 120 → 10")
claim("a picture of 3x32x32 becomes maps of 6x28x28, 6x14x14, 16x10x10 and 16x5x5",
      shapes == [(3, 32, 32), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)])
claim("16·5·5 = 400 numbers go into fc1", numbers == 16 * 5 * 5 == network.fc1.in_features)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
count = {name: training.count_parameters(layer) for name, layer in network.named_children()}
total = training.count_parameters(network)
print(count)
claim(f"the network has {total:,} parameters, pooling has {count['mp']}", total == sum(count.values()) == 52202)
claim(f"fc1 alone has {count['fc1']:,} of them, more than 90 %", 0.9 < count["fc1"] / total)
claim("the two convolutions together have 2,872", count["conv1"] + count["conv2"] == 2872)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Of 52,202 parameters, 48,120 sit in `fc1`: more than 90 %. The layers that do the seeing have 2,872.
#
# A warning about `view`. People who do not want to count write `view(-1, 400)`, "and the rest follows". It does follow,
# also when it should not:

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
maps = torch.zeros(3, 16, 10, 10)  # of three larger pictures
rows = maps.view(-1, 400)
claim(f"view(-1, 400) makes {len(rows)} rows of 3 pictures, without a word", len(rows) == 12)
try:
    network.fc1(maps.view(len(maps), -1))
except RuntimeError as error:
    claim(f'view(len(x), -1) keeps 3 rows, and fc1 complains: "{error}"', "3x1600 and 400x120" in str(error))

# %% [markdown] slideshow={"slide_type": "fragment"}
# With `view(-1, 400)` three pictures turn into 12 rows, quarters of pictures. So name the batch and let the rest be counted: `view(len(x),
# -1)`. An error is better than an answer to a question nobody asked.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is one step of training?
#
# Six animals, 600 pictures, one label each. A fresh network knows nothing. We measure how wrong it is by the
# **cross-entropy**: minus the logarithm of the probability that it gives to the right class, where the probabilities
# are the softmax of the scores. `F.cross_entropy` does both, so a network ends in plain scores.

# %% slideshow={"slide_type": "fragment"}
ANIMALS = ("elephant", "flamingo", "lion", "snake", "tiger", "zebra")
RECIPE = savanna.Recipe(size=32, animals=ANIMALS, rotation=(-20, 20))


def pictures_of(recipe, count, seed):
    """Colour pictures (B, 3, 32, 32) from 0 to 1, and labels (B)."""
    scenes = savanna.batch(recipe, count, seed=seed)
    return scenes["images"].float() / 255, scenes["labels"][:, 0]


images, labels = pictures_of(RECIPE, 600, seed=1)
fresh_images, fresh_labels = pictures_of(RECIPE, 600, seed=2)
plotting.images(list(images[:8]), [ANIMALS[label] for label in labels[:8]], height=1.1)

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "With 6 classes, what loss do you expect from a network that has learned nothing?",
    "right": {"About 1.8": "Yes: it gives each class about 1/6, and -log(1/6) = log 6 = 1.79."},
    "wrong": {
        "About 0.17": "That is the probability 1/6 itself. The loss is minus its logarithm.",
        "About 0": "Then it would be sure of the right answers.",
        "Nobody can know": "A fresh network has no reason to prefer a class: that is enough to know it.",
    },
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
torch.manual_seed(0)
network = models.CNN(classes=6)
before = F.cross_entropy(network(images[:100]), labels[:100])
expected = math.log(6)
claim(f"there are {len(images)} pictures to learn from", len(images) == 600)
claim(f"log 6 = {expected:.2f}", round(expected, 2) == 1.79)
claim("the first loss is within 0.1 of that", abs(before.item() - expected) < 0.1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Log 6 is 1.79: the first number to expect. Now one step: the gradient of the loss by every parameter, then a small move against it,
#
# $$w \leftarrow w - \eta\,\frac{\partial\,\text{loss}}{\partial w}$$
#
# where $\eta$ is the **learning rate**.

# %% slideshow={"slide_type": "fragment"}
before.backward()
with torch.no_grad():
    for parameter in network.parameters():
        parameter -= 0.1 * parameter.grad

after = F.cross_entropy(network(images[:100]), labels[:100])
claim("after one step the loss on the same pictures is lower", after < before)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Call `backward` a second time and look at `.grad`:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
network.zero_grad()
F.cross_entropy(network(images[:100]), labels[:100]).backward()
once = network.fc2.weight.grad.clone()
F.cross_entropy(network(images[:100]), labels[:100]).backward()
claim("a second backward without zero_grad gives 2 times the gradient: it was added to the first",
      torch.allclose(network.fc2.weight.grad, 2 * once, rtol=1e-4, atol=1e-7))


# %% [markdown] slideshow={"slide_type": "fragment"}
# Gradients *add up*, here to 2 times the right one. That is useful when a batch is too large for the memory, and a trap everywhere else:
# set them to zero before each `backward`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How do steps become training?
#
# Repeat the step with another **mini-batch** each time, until every picture had its turn: that is one **epoch**. Then
# begin again, in a new order. This is the loop, and it is all there is:

# %% slideshow={"slide_type": "fragment"}
def loop(model, batches, *, epochs, optimizer):
    """Train a model in place; the mean loss of each epoch."""
    model.train()
    losses = []
    for _ in range(epochs):
        total, rows = 0.0, 0
        for inputs, targets in batches:
            loss = F.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, rows = total + loss.item() * len(targets), rows + len(targets)
        losses.append(total / rows)
    return {"loss": losses}


# %% [markdown] slideshow={"slide_type": "subslide"}
# `optimizer.step()` takes the step for us. Plain steps are `torch.optim.SGD`; we use **Adam**, which gives each
# parameter a step of its own length. `training.Batches` shuffles and cuts; `training.fit` is this loop, with a progress
# bar and with more measured on the way. Do the two agree?

# %% slideshow={"slide_type": "fragment"}
def fresh_network(seed=0, **settings):
    torch.manual_seed(seed)
    return models.CNN(classes=6, **settings)


def fitted(model, epochs, learning_rate=2e-3, data=(images, labels), seed=0, transform=None, **settings):
    """Train a model by the course's loop; what was measured in each epoch."""
    batches = training.Batches(*data, 30, seed=seed, transform=transform)
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    return training.fit(model, batches, epochs=epochs, optimizer=optimizer, **settings)


ours, theirs = fresh_network(), fresh_network()
optimizer = torch.optim.Adam(ours.parameters(), 2e-3)
losses = loop(ours, training.Batches(images, labels, 30, seed=0), epochs=8, optimizer=optimizer)["loss"]
history = fitted(theirs, 8, validation=training.Batches(fresh_images, fresh_labels, 200))

# %% slideshow={"slide_type": "subslide"}
epochs = range(1, 9)
plotting.curves(epochs, {"training": history["loss"], "new pictures": history["validation_loss"], "log 6": [expected] * 8},
                "epoch", "loss")

# %% slideshow={"slide_type": "fragment"}
claim("the loop above and training.fit give the same losses",
      torch.allclose(torch.tensor(losses), torch.tensor(history["loss"]), rtol=1e-3))
claim("after 8 epochs more than 50 % of new pictures are right, where guessing gives 17 %",
      history["validation_accuracy"][-1] > 0.5 and round(100 / 6) == 17)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two **learning curves**. The one of training is measured while the network changes; the other one, after each epoch, on pictures that are
# never trained on. In 8 epochs it has learned to tell more than 50 % of them; guessing gives 17 %.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which checks come before a long training?
#
# A faulty program that crashes is a friend. A network with a fault *trains*, only worse, and nobody tells you how good
# it should have been. So climb a ladder, from the cheapest check up. Each rung has a number to expect.
#
# 1. **Values.** The scores of a picture do not depend on its company.
# 2. **Gradient.** Backward agrees with the numerical gradient: move all parameters a little in a random direction and
#    back, and see how the loss changes.
# 3. **First loss.** About $\log C$ for $C$ classes.
# 4. **Overfit.** A few rows can be learned by heart: the loss goes to about zero.
# 5. **One epoch.** Clearly better than chance.

# %% slideshow={"slide_type": "subslide"}
many, many_labels = pictures_of(RECIPE, 1500, seed=5)
sound = training.Batches(many, many_labels, 15, seed=0)
settings = {"classes": 6, "mark": 0.25, "learning_rate": 3e-3, "steps": 100}
rungs = training.ladder(fresh_network, sound, loop=loop, **settings)
for rung in rungs:
    print(rung)
claim(f"the network, its data and our loop pass all {len(rungs)} rungs", len(rungs) == 5 and all(r.holds for r in rungs))


# %% [markdown] slideshow={"slide_type": "fragment"}
# All 5 hold. It took a second or two, and it is the best second of the whole project.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which fault breaks which rung?
#
# Plant the classics, one at a time, and climb. None of them raises an error.

# %% slideshow={"slide_type": "fragment"}
class SoftmaxTwice(models.CNN):
    def forward(self, x):
        return super().forward(x).softmax(1)  # and once more inside the loss


class MixedBatch(models.CNN):
    def forward(self, x):
        out = self.mp(F.relu(self.conv2(self.mp(F.relu(self.conv1(x))))))
        return self.fc2(F.relu(self.fc1(out.transpose(0, 1).reshape(len(x), -1))))  # maps first, pictures second


def loud(seed=0):
    network = fresh_network(seed)
    for parameter in network.parameters():
        parameter.data *= 4  # a careless initialisation
    return network


# %% slideshow={"slide_type": "subslide"}
def without_zero_grad(model, batches, *, epochs, optimizer):
    losses = []
    for _ in range(epochs):
        for inputs, targets in batches:
            loss = F.cross_entropy(model(inputs), targets)
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return {"loss": losses}


def seeded(kind):
    def make():
        torch.manual_seed(0)
        return kind(classes=6)
    return make


order = torch.randperm(len(many), generator=torch.Generator().manual_seed(0))
wrong_labels = training.Batches(many, many_labels[order], 15, seed=0)

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "The labels were shuffled against the pictures. Which is the first rung to break?",
    "right": {"One epoch": "Yes. Eight wrong labels can be learned by heart as well as eight right ones; what is learned is worth nothing elsewhere."},
    "wrong": {
        "First loss": "A fresh network finds wrong labels as surprising as right ones: log 6.",
        "Overfit": "Learning by heart needs no sense in the labels.",
        "Gradient": "The gradient of a senseless loss is still its gradient.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
climbs = {
    "nothing": rungs,
    "flattening mixes the batch": training.ladder(seeded(MixedBatch), sound, loop=loop, **settings),
    "weights 4 times too large": training.ladder(loud, sound, loop=loop, **settings),
    "softmax before cross_entropy": training.ladder(seeded(SoftmaxTwice), sound, loop=loop, **settings),
    "zero_grad forgotten": training.ladder(fresh_network, sound, loop=without_zero_grad, **settings),
    "learning rate 1": training.ladder(fresh_network, sound, loop=loop, **settings | {"learning_rate": 1.0}),
    "labels shuffled": training.ladder(fresh_network, wrong_labels, loop=loop, **settings),
}
lines = ["| fault | values | gradient | first loss | overfit | one epoch |", "| --- | --- | --- | --- | --- | --- |"]
for fault, climb in climbs.items():
    lines.append(f"| {fault} | " + " | ".join(f"{'✔' if r.holds else '✘'} {r.measured:.2g}" for r in climb) + " |")
Markdown("\n".join(lines))


# %% slideshow={"slide_type": "subslide"}
def first_broken(fault):
    return next(i for i, rung in enumerate(climbs[fault]) if not rung.holds)


floor = math.log(math.e + 5) - 1
claim("a flattening that mixes the batch breaks the first rung, values", first_broken("flattening mixes the batch") == 0)
claim("weights that are 4 times too large break the first loss", first_broken("weights 4 times too large") == 2)
claim(f"softmax before cross_entropy breaks the overfit: the loss cannot go below log(e + 5) - 1 = {floor:.2f}",
      first_broken("softmax before cross_entropy") == 3 and climbs["softmax before cross_entropy"][3].measured > floor - 1e-4)
claim("a learning rate of 1 breaks the overfit", first_broken("learning rate 1") == 3)
claim("shuffled labels break one epoch, and nothing before it", first_broken("labels shuffled") == 4)


# %% [markdown] slideshow={"slide_type": "fragment"}
# A broken rung points at its fault. One deserves a closer look: with a softmax before the cross-entropy, the "scores" lie
# between zero and one, so even a perfect network gives the right class no more than $e/(e + 5)$, and the loss cannot fall below 1.04. It
# trains, it even gets pictures right, and it learns at a crawl.
#
# Two faults pass a ladder that is climbed in the wrong mode: look out for `model.eval()` further down.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if the first weights are wrong?
#
# Ten convolutions with ReLU, 16 channels each, and noise at the entrance. How large are the numbers at the exit? That is decided by the
# spread of the first weights. Let $n$ be the number of weights of one filter. He and others showed that with
# a standard deviation of $\sqrt{2/n}$ the numbers keep their size, since ReLU cancels about half of them.

# %% slideshow={"slide_type": "fragment"}
def spreads(factor, depth=10):
    """Standard deviation of the maps after each layer, for weights of `factor` times He's."""
    random = torch.Generator().manual_seed(0)
    maps, measured = torch.randn(4, 16, 16, 16, generator=random), []
    for _ in range(depth):
        weight = torch.randn(16, 16, 3, 3, generator=random) * factor * math.sqrt(2 / (16 * 9))
        maps = F.relu(F.conv2d(maps, weight, padding=1))
        measured.append(maps.std().item())
    return measured


by_factor = {f"{factor:g} times": spreads(factor) for factor in (2, 1, 0.5)}
plotting.curves(range(1, 11), by_factor, "layer", "standard deviation of its maps", log=True)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
twice, he, half = (torch.tensor(line) for line in by_factor.values())
claim("with He's weights the maps of all 10 layers of 16 channels stay between a tenth and ten times of one", 0.1 < he.min() and he.max() < 10)
claim("half of that: after 10 layers 1024 times smaller", torch.isclose(half[9] * 1024, he[9], rtol=1e-3))
claim("twice that: after 10 layers 1024 times larger", torch.isclose(twice[9] / 1024, he[9], rtol=1e-3))

# %% [markdown] slideshow={"slide_type": "fragment"}
# A factor of a half in each of 10 layers makes the numbers 1024 times smaller, a factor of two 1024 times larger; and the gradients, on their
# way back, suffer the same. What about all zeros, the most even start of all?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
flat = models.CNN(classes=6)
for parameter in flat.parameters():
    nn.init.constant_(parameter, 0.01)
F.cross_entropy(flat(images[:60]), labels[:60]).backward()
gradients = flat.conv1.weight.grad
claim("if all filters begin alike, the 6 filters of conv1 get one and the same gradient: they stay alike for ever",
      len(gradients) == 6 and torch.allclose(gradients, gradients[:1].expand_as(gradients)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Six filters that get the same gradient are one filter, paid for 6 times. Random weights break the tie. PyTorch's layers begin with
# random weights of a sensible spread; the trouble comes when you meddle, or go deep.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How long should a step be?
#
# The learning rate is the first thing to tune. Try three, each many times the one before, for five epochs.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Which curve do you expect from a learning rate that is far too high?",
    "right": {"It stays near log 6": "Yes: it jumped far away in the first steps, where most ReLUs are dead, and only learns how frequent each class is."},
    "wrong": {
        "It falls fastest of all": "That is what one hopes for. Beyond some length a step leaps over the valley.",
        "It falls slowly but steadily": "That is a rate that is too low.",
        "An error": "Numbers as large as that are still numbers. Only the curve tells.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
rates = (0.0001, 0.002, 0.1)
by_rate = {f"rate {rate:g}": fitted(fresh_network(), 5, rate)["loss"] for rate in rates}
plotting.curves(range(1, 6), by_rate | {"log 6": [expected] * 5}, "epoch", "training loss", log=True)

# %% slideshow={"slide_type": "fragment"}
low, good, high = (losses[-1] for losses in by_rate.values())
claim("after five epochs the rate 0.002 is well below 0.0001", good < low - 0.1)
claim("with 0.1 nothing is learned: the loss is above 1.7, and log 6 is 1.79", high > 1.7 and round(expected, 2) == 1.79)

# %% [markdown] slideshow={"slide_type": "subslide"}
# 0.0001 is too careful, with 0.1 the loss stays at 1.79, and 0.002 does well. But why one rate for the whole journey? Long steps get there, short steps
# settle. A **schedule** changes the rate after every batch. A favourite is the *one-cycle* schedule: warm up, then cool
# down along half a cosine.

# %% slideshow={"slide_type": "fragment"}
optimizer = torch.optim.Adam(fresh_network().parameters())
schedules = {
    "one cycle": torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=100),
}
steps = []
for _ in range(100):
    steps.append(optimizer.param_groups[0]["lr"])
    optimizer.step()
    schedules["one cycle"].step()
plotting.curves(range(100), {"one cycle": steps}, "step", "learning rate")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
top = steps.index(max(steps))
claim(f"the rate rises for the first {top} of 100 steps", 25 <= top <= 35)
claim("it begins at a 25th of its top of 0.01", math.isclose(steps[0] * 25, 0.01) and math.isclose(max(steps), 0.01, rel_tol=1e-2))
claim("and ends below a thousandth of it", steps[-1] < 0.01 / 1000)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does batch norm do, and when?
#
# Numbers that keep their size would spare us much trouble. **Batch norm** makes them: it brings *each channel* to mean 0 and
# variance 1, over all pictures of the batch and all places, then stretches and shifts it by two learned numbers.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
level, spread = torch.tensor([5.0, 0.0, -3.0]), torch.tensor([2.0, 0.1, 1.0])
maps = torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * spread[:, None, None] + level[:, None, None]
norm = nn.BatchNorm2d(3)
out = norm.train()(maps)
claim("in training every channel leaves with mean 0", torch.allclose(out.mean((0, 2, 3)), torch.zeros(3), atol=1e-4))
claim("and variance 1", torch.allclose(out.var((0, 2, 3)), torch.ones(3), atol=2e-2))
claim("over the pictures one by one, it does not: their own means differ", out.mean((2, 3)).std() > 0.05)
claim("its running mean has taken a step of 0.1 towards the batch's, from 0",
      torch.allclose(norm.running_mean, 0.1 * maps.mean((0, 2, 3))))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mean 0 and variance 1 hold for a channel of the batch, not for each picture. So in training a picture's result depends on its company. That will not
# do for an answer. Therefore batch norm keeps **running** means and variances, taking a step of 0.1 towards each batch's, and in
# evaluation uses those.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "You forget model.eval() and ask a network with batch norm for the class of one picture, alone and then in a batch. What happens?",
    "right": {"Two different sets of scores": "Yes: alone it is normalised by itself, in the batch by all of them."},
    "wrong": {
        "The same scores twice": "Only in evaluation mode: there the running values normalise, whoever else is there.",
        "An error": "There would be one where a channel has a single number. Maps have many.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
class NormalisedCNN(models.CNN):
    """The same network with batch norm after each convolution."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.norm1, self.norm2 = nn.BatchNorm2d(6), nn.BatchNorm2d(16)

    def forward(self, x):
        out = self.mp(F.relu(self.norm1(self.conv1(x))))
        out = self.mp(F.relu(self.norm2(self.conv2(out))))
        return self.fc2(F.relu(self.fc1(out.view(len(x), -1))))


def compared(kind, seed):
    torch.manual_seed(seed)
    model = kind(classes=6)
    return model, fitted(model, 4, seed=seed)["loss"]


plain = [compared(models.CNN, seed) for seed in SEEDS]
normalised = [compared(NormalisedCNN, seed) for seed in SEEDS]
plotting.curves(range(1, 5), {"without": [loss for _, loss in plain], "with batch norm": [loss for _, loss in normalised]},
                "epoch", "training loss")

# %% slideshow={"slide_type": "subslide"}
model = normalised[0][0]
with torch.no_grad():
    model.train()
    alone, together = model(fresh_images[:1]), model(fresh_images[:50])[:1]
    model.eval()
    alone_eval, together_eval = model(fresh_images[:1]), model(fresh_images[:50])[:1]
faster = [p[-1] - n[-1] for (_, p), (_, n) in zip(plain, normalised, strict=True)]
claim("in training mode one picture has two sets of scores, alone and in company", (alone - together).abs().max() > 0.1)
claim("in evaluation mode it has one", torch.allclose(alone_eval, together_eval, atol=1e-4))
claim("after 4 epochs, for each of 3 seeds, the loss is lower with batch norm", len(faster) == 3 and min(faster) > 0)

# %% [markdown] slideshow={"slide_type": "fragment"}
# After 4 epochs the network with batch norm is ahead with each of 3 seeds. The price: two modes. Before you train:
# `model.train()`. Before you ask: `model.eval()`.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Why would one throw numbers away?
#
# **Dropout** sets each number to zero with probability $p$ in training, so that no unit can rely on one other unit being there. What survives
# is divided by $1 - p$, so that the mean stays. This is the *inverted* kind, which leaves evaluation alone.

# %% slideshow={"slide_type": "fragment"}
checked = torch.Generator().manual_seed(3)


def dropout(x, p, generator):
    survives = torch.rand(x.shape, generator=generator) >= p
    return x * survives / (1 - p)


ones = torch.ones(4, 6)
plotting.number_grids([ones, dropout(ones, 0.5, checked), dropout(ones, 0.5, checked), dropout(ones, 0.25, checked)],
                      ["before", "p = 0.5", "p = 0.5, again", "p = 0.25"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
many = dropout(torch.ones(100_000), 0.25, checked)
claim("with p = 0.25, about a quarter is zero", abs((many == 0).float().mean() - 0.25) < 0.01)
claim("and the mean is still 1, within 0.01", abs(many.mean() - 1) < 0.01)
claim("nn.Dropout does nothing in evaluation", torch.equal(nn.Dropout(0.5).eval()(ones), ones))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When should training stop?
#
# Take away pictures: 240 are left, and train on for a long time. The training loss can only tell you how well the network
# knows what it has seen. So watch both curves.

# %% slideshow={"slide_type": "fragment"}
few = pictures_of(RECIPE, 240, seed=3)
held_back = training.Batches(*pictures_of(RECIPE, 300, seed=4), 100)
LONG = 40


def flip_and_move(images, labels):
    """A random half of the batch mirrored, and each picture moved by up to 3 pixels in both directions."""
    coin = torch.rand(len(images), 1, 1, 1) < 0.5
    images = torch.where(coin, images.flip(3), images)
    padded = F.pad(images, (3, 3, 3, 3), mode="replicate")
    places = torch.randint(0, 7, (len(images), 2)).tolist()
    return torch.stack([p[:, top:top + 32, left:left + 32] for p, (top, left) in zip(padded, places)]), labels


as_they_are = fitted(fresh_network(), LONG, data=few, validation=held_back)
augmented = fitted(fresh_network(), LONG, data=few, validation=held_back, transform=flip_and_move)

# %% slideshow={"slide_type": "subslide"}
plotting.curves(range(1, LONG + 1),
                {"training": as_they_are["loss"], "held back": as_they_are["validation_loss"],
                 "training, augmented": augmented["loss"], "held back, augmented": augmented["validation_loss"]}, "epoch", "loss")

# %% slideshow={"slide_type": "fragment"}
best = min(range(LONG), key=lambda epoch: as_they_are["validation_loss"][epoch])
rise = as_they_are["validation_loss"][-1] - as_they_are["validation_loss"][best]
print(f"as they are: least loss {as_they_are['validation_loss'][best]:.2f} after epoch {best + 1}, {rise:.2f} more at the end")
claim("trained on 240 pictures, the loss on held-back ones has its minimum before the end, and then rises by more than 0.1",
      len(few[0]) == 240 and best < LONG - 5 and rise > 0.1)
claim("meanwhile the training loss still falls", as_they_are["loss"][-1] < as_they_are["loss"][best])
claim("with augmentation the loss at the end is lower on held-back pictures",
      augmented["validation_loss"][-1] < as_they_are["validation_loss"][-1] - 0.2)
claim("and higher on those that are trained on", augmented["loss"][-1] > as_they_are["loss"][-1] + 0.1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The network learns its 240 pictures by heart: **overfitting**. Two remedies.
#
# **Early stopping**: keep the parameters of the epoch whose held-back loss is least. It costs a copy. It also *uses* the held-back pictures: whoever
# picks the best of many epochs by them must report the accuracy on others still.
#
# **Augmentation**: mirror each picture, or move it a little, anew in every epoch. Every picture is then seen but once. The training loss becomes
# worse and everything else better.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if the label is a place?
#
# A mirrored lion is a lion. But a box around it must be mirrored too, and a mask; and a crop cuts off both. For detection
# and segmentation, `torchvision` carries them along if it is told what they are.

# %% slideshow={"slide_type": "fragment"}
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as transforms
from torchvision.utils import draw_bounding_boxes, draw_segmentation_masks

scene = savanna.scene(savanna.Recipe(size=96, animals=ANIMALS, count=2, scale=(0.35, 0.5)), 5, seed=1)
picture = tv_tensors.Image(scene["image"])
boxes = tv_tensors.BoundingBoxes(scene["boxes"], format="XYXY", canvas_size=(96, 96))
masks = tv_tensors.Mask(scene["masks"])
mirrored = [transforms.horizontal_flip(item) for item in (picture, boxes, masks)]
cut = [transforms.crop(item, 20, 10, 60, 70) for item in (picture, boxes, masks)]


def drawn(picture, boxes, masks):
    shaded = draw_segmentation_masks(picture, masks, alpha=0.4, colors=["#0072B2", "#D55E00"])
    return draw_bounding_boxes(shaded, boxes, colors="white").float() / 255


plotting.images([drawn(picture, boxes, masks), drawn(*mirrored), drawn(*cut)], ["as it is", "mirrored", "cut out"])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
x0, y0, x1, y1 = scene["boxes"].unbind(1)
claim("mirrored in a picture 96 pixels wide, a box from x0 to x1 goes from 96 - x1 to 96 - x0",
      torch.equal(mirrored[1].as_subclass(torch.Tensor), torch.stack([96 - x1, y0, 96 - x0, y1], 1)))
claim("cut out, boxes are counted from the corner of the window and end at its edges",
      cut[1].min() >= 0 and (cut[1][:, 2] <= 70).all() and (cut[1][:, 3] <= 60).all())
claim("a mask mirrored twice is the mask", torch.equal(transforms.horizontal_flip(mirrored[2]), masks))


# %% [markdown] slideshow={"slide_type": "fragment"}
# With a width of 96 pixels, $x$ becomes $96 - x$, and the right edge becomes the left one. In the assignment you write both, flip and crop, by hand.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Do the three problems of unit 01 give way?
#
# There an MLP learned to hear HAPA KAZI TU, to tell the zebra, and to tell it at any angle; then everything was moved a little, and it was
# lost. Now a CNN meets the same problems, with the **same number of parameters** as its MLP, to within one hidden unit.
#
# It has no large FC layer: after three convolutions the *mean over all places* of each map goes into a single linear layer. So wherever a
# pattern is found, it counts the same.

# %% slideshow={"slide_type": "fragment"}
def conv(inputs, outputs, kernel_size, stride=1):
    """Convolution that keeps the size (at stride 1), batch norm, ReLU."""
    padding = [side // 2 for side in kernel_size]
    return [nn.Conv2d(inputs, outputs, kernel_size, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def mean_over_places(channels, classes):
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]


def seer(classes=4):
    """A CNN for grey pictures of 32x32. Its pooling windows of 3 overlap, so that a move by one pixel changes little."""
    return nn.Sequential(*conv(1, 8, (5, 5)), nn.MaxPool2d(3, 2, 1), *conv(8, 16, (3, 3)), nn.MaxPool2d(3, 2, 1),
                         *conv(16, 24, (3, 3)), *mean_over_places(24, classes))


def listener():
    """A CNN for spectrograms of 32 bands: strides along frequency, none along time."""
    return nn.Sequential(*conv(1, 8, (3, 5), (2, 1)), *conv(8, 16, (3, 3), (2, 1)), *conv(16, 26, (3, 3), (2, 1)),
                         *mean_over_places(26, 2))


def mlp_like(cnn, inputs, classes):
    """An MLP with one hidden layer and as many parameters as a CNN, to within one hidden unit."""
    hidden = round((training.count_parameters(cnn) - classes) / (inputs + 1 + classes))
    return models.MLP(inputs, [hidden], classes)


# %% slideshow={"slide_type": "subslide"}
def trained(make, data, seed, epochs, size=40, rate=0.01):
    """A fresh network, trained with the one-cycle schedule."""
    torch.manual_seed(seed)
    model, batches = make(), training.Batches(*data, size, seed=seed)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * len(batches))
    training.fit(model, batches, epochs=epochs, optimizer=optimizer, schedule=schedule)
    return model


def percent(networks, tests):
    """Percent correct: a row for each network, a column for each test set."""
    return torch.tensor([[100 * training.evaluate(n, training.Batches(*t, 100))["accuracy"] for t in tests] for n in networks])


def words(split, shift=0):
    """Spectrograms in 32 bands instead of 129 frequencies, and labels."""
    spectrograms, labels = problems.words(split, shift=shift)
    return F.avg_pool2d(spectrograms[:, :, 1:], (4, 1)), labels


def animals(recipe, count=200, seed=2, **changes):
    return problems.animals(replace(recipe, **changes), count, seed=seed)


# %% slideshow={"slide_type": "subslide"}
tests = {
    "words": [words("test", shift) for shift in (0, 128, 256)],
    "zebra": [animals(problems.ZEBRA, shift=(shift, 0)) for shift in (0, 3, 6)],
    "any angle": [animals(problems.ANY_ANGLE, shift=(shift, 0)) for shift in (0, 3, 6)],
}
data = {"words": words("train"), "zebra": animals(problems.ZEBRA, 600, 1), "any angle": animals(problems.ANY_ANGLE, 900, 1)}
makers = {"words": (listener, lambda: mlp_like(listener(), 32 * 54, 2), 10, 24)}
makers |= {name: (seer, lambda: mlp_like(seer(), 32 * 32, 4), 6, 30) for name in ("zebra", "any angle")}

cnns, mlps = {}, {}


def compete(name):
    """Three CNNs and three MLPs on one problem."""
    cnn, mlp, epochs, size = makers[name]
    cnns[name] = [trained(cnn, data[name], seed, epochs, size) for seed in SEEDS]
    mlps[name] = [trained(mlp, data[name], seed, 2 * epochs, size, 0.005) for seed in SEEDS]


compete("words")

# %% slideshow={"slide_type": "fragment"}
compete("zebra")

# %% slideshow={"slide_type": "fragment"}
compete("any angle")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
sizes = {name: tuple(training.count_parameters(nets[name][0]) for nets in (cnns, mlps)) for name in makers}
for name, (cnn_size, mlp_size) in sizes.items():
    claim(f"{name}: CNN {cnn_size:,} parameters, MLP {mlp_size:,}: equal within 5 %", abs(cnn_size - mlp_size) < 0.05 * mlp_size)

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Both were trained with the pattern in the middle only. Which of the three problems does the CNN still solve when the pattern has moved?",
    "right": {"All three": "Yes: what a filter learns in the middle holds everywhere, and the mean over places forgets where it was."},
    "wrong": {
        "None: it has never seen it there": "It need not: its filters slide over every place, with the same weights.",
        "The words only": "Sliding works along two axes as well as along one.",
        "The zebra, but not at any angle": "The CNN was shown all angles in the middle. It carries that to every place.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
moves = {"words": "0, 16, 32 ms", "zebra": "0, 3, 6 pixels", "any angle": "0, 3, 6 pixels"}
results = {(name, kind): percent(nets[name], tests[name]) for name in makers for kind, nets in (("MLP", mlps), ("CNN", cnns))}
lines = ["Correct in percent, mean ± standard deviation of three seeds:", "",
         "| problem | moved by | network | parameters | at the trained place | moved | moved further |",
         "| --- | --- | --- | --- | --- | --- | --- |"]
for (name, kind), values in results.items():
    cells = " | ".join(f"**{v.mean():.1f}** ± {v.std():.1f}" for v in values.T)
    lines.append(f"| {name} | {moves[name]} | {kind} | {sizes[name][kind == 'MLP']:,} | {cells} |")
Markdown("\n".join(lines))

# %% slideshow={"slide_type": "subslide"}
for name, guessing, enough in (("words", 50, 75), ("zebra", 25, 85), ("any angle", 25, 65)):
    cnn, mlp = results[name, "CNN"], results[name, "MLP"]
    claim(f"{name}: moved, every one of the 3 CNNs is right in more than {enough} %, where guessing gives {guessing} %",
          len(cnn) == 3 and (cnn[:, 1:] > enough).all())
    claim(f"{name}: moved further, the MLPs are at least 20 points below the CNNs",
          mlp[:, 2].mean() < cnn[:, 2].mean() - 20)
claim("words, at the trained place: the MLPs are ahead, by more than 3 points",
      results["words", "MLP"][:, 0].mean() > results["words", "CNN"][:, 0].mean() + 3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Equal numbers of parameters, the same examples, the same three seeds. As soon as the pattern moves, the MLPs fall at least 20 points
# behind, and the CNNs hardly notice.
#
# Read the first column too. At the trained place the MLP hears the words *better*, by more than 3 points: a weight for each time is just
# what you want, as long as nobody moves. What the CNN gives up there is the price of what it can do everywhere else.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is rotation free too?
#
# The CNN for animals at any angle was *shown* every angle. What of the other one, which saw upright animals only? Convolution is
# equivariant to shifts. Nobody promised anything about turns.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A CNN was trained on upright zebras, horses, cows and donkeys. The test animals stand on their heads. How does it do?",
    "right": {"Much worse": "Yes. Its filters look for legs below and backs above; turned, these are other patterns."},
    "wrong": {
        "Just as well": "That would be rotation invariance, and nothing in a convolution gives it.",
        "Just as well, thanks to pooling": "Pooling forgives small moves of each detail, not the turn of all of them about each other.",
        "Like guessing, at every angle": "A zebra's stripes are stripes at many angles: something is left.",
    },
}])


# %% [markdown] slideshow={"slide_type": "subslide"}
# There are two ways out.
#
# - **Augmentation**: show it turned animals. It learns every angle, one by one, with the weights it has.
# - **A layer that is equivariant to turns**: use each filter in four orientations. Now a turn by 90° turns the maps and
#   *permutes the four orientations*; the mean over places and orientations forgets both. Such a layer belongs to the group C4, of the four
#   quarter turns. It takes twenty lines.

# %% slideshow={"slide_type": "subslide"}
class C4Conv(nn.Module):
    """Convolution that is equivariant to quarter turns. Maps (B, inputs * turns, H, W) -> (B, outputs * 4, H, W).

    `turns` is 1 for a picture, which has no orientations yet, and 4 from then on.
    """

    def __init__(self, inputs, outputs, turns=4):
        super().__init__()
        scale = math.sqrt(2 / (inputs * turns * 9))
        self.weight = nn.Parameter(torch.randn(outputs, inputs, turns, 3, 3) * scale)
        self.norm = nn.BatchNorm3d(outputs)  # one mean for the four orientations of a map

    def forward(self, x):
        turned = [self.weight.rot90(turn, (3, 4)).roll(turn, 2) for turn in range(4)]
        kernels = torch.stack(turned, 1).flatten(0, 1).flatten(1, 2)
        maps = F.conv2d(x, kernels, padding=1).unflatten(1, (-1, 4))
        return F.relu(self.norm(maps)).flatten(1, 2)


class C4Network(nn.Module):
    """Three such layers with pooling, and the mean over places and orientations."""

    def __init__(self, classes=4):
        super().__init__()
        self.layers = nn.ModuleList([C4Conv(1, 4, turns=1), C4Conv(4, 8), C4Conv(8, 12)])
        self.head = nn.Linear(12, classes)

    def forward(self, x):
        for layer in self.layers:
            x = F.max_pool2d(layer(x), 2)
        return self.head(x.unflatten(1, (12, 4)).mean((2, 3, 4)))


# %% slideshow={"slide_type": "fragment"}
sample = tests["zebra"][0][0][:5]
equivariant = C4Network().eval()
answers = [equivariant(sample.rot90(turn, (2, 3))) for turn in range(4)]
claim("the C4 network's scores are the same for a picture turned by 90°, 180° and 270°, before any training",
      all(torch.allclose(answer, answers[0], atol=1e-4) for answer in answers))
plain_turned = [cnns["zebra"][0](sample.rot90(turn, (2, 3))) for turn in (0, 1)]
claim("the plain CNN's are not", (plain_turned[0] - plain_turned[1]).abs().max() > 0.1)

# %% slideshow={"slide_type": "subslide"}
turners = [trained(C4Network, data["zebra"], seed, 5, 30) for seed in SEEDS]
angles = [0, 22.5, 45, 90, 135, 180]
tilted = [animals(problems.ZEBRA, 200, rotation=float(angle)) for angle in angles]
by_angle = {"CNN, upright": percent(cnns["zebra"], tilted), "CNN, shown all angles": percent(cnns["any angle"], tilted),
            "C4 network, upright": percent(turners, tilted)}
plotting.curves(angles, by_angle | {"guessing": [25] * len(angles)}, "angle (degrees)", "correct (%)")

# %% slideshow={"slide_type": "subslide"}
upright, shown, c4 = ({angle: values[:, i] for i, angle in enumerate(angles)} for values in by_angle.values())
print("parameters:", training.count_parameters(seer()), "and", training.count_parameters(C4Network()))
for name, values in by_angle.items():
    print(f"{name}:", ", ".join(f"{angle:g}°: {v.mean():.0f}" for angle, v in zip(angles, values.T)))
claim("trained upright, the plain CNN loses more than 20 points at 90°, mean of 3 seeds",
      len(cnns["zebra"]) == 3 and upright[90].mean() < upright[0].mean() - 20)
claim("the C4 network loses fewer than 5 at 90° and at 180°, never having seen one",
      c4[90].mean() > c4[0].mean() - 5 and c4[180].mean() > c4[0].mean() - 5)
scores = {angle: turners[0](animals(problems.ZEBRA, 50, rotation=float(angle), backgrounds=("plain",))[0]) for angle in (0, 45, 90)}
off = {angle: (scores[angle] - scores[0]).abs().mean().item() for angle in (45, 90)}
claim("at 45°, between two of its orientations, its scores change more than at 90°", off[45] > 1.2 * off[90])
claim("shown all angles, the CNN has no angle below 60 %", all(values.mean() > 60 for values in shown.values()))


# %% [markdown] slideshow={"slide_type": "fragment"}
# So rotation is **not** free. The plain CNN pays in accuracy, more than 20 points at 90°. Augmentation pays in pictures and training. The C4 network pays in
# multiplications, each filter is used in four orientations, and is exact for quarter turns only: between them, at 45°, nothing is promised. No way is free;
# shifts are the exception.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can a network hear without a spectrogram?
#
# A spectrogram is a choice that people made. `nn.Conv1d` slides along the waveform itself: its first kernels, 8 ms long, can become the frequencies
# that matter. In unit 01 an MLP on raw samples was lost with new voices, even at the right place.

# %% slideshow={"slide_type": "fragment"}
def conv1d(inputs, outputs, kernel_size, stride=1):
    return [nn.Conv1d(inputs, outputs, kernel_size, stride, kernel_size // 2, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]


def ear():
    pool = nn.MaxPool1d(5, 4, 2)
    return nn.Sequential(*conv1d(1, 16, 65, 16), pool, *conv1d(16, 24, 9), pool, *conv1d(24, 24, 9),
                         nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(24, 2))


def waves(split, shift=0):
    clips, labels, _ = speech.load(split, place="fixed", length=problems.WINDOW, shift=shift)
    return 10 * clips, labels


ears = [trained(ear, waves("train"), seed, 8, 24) for seed in SEEDS]
heard = percent(ears, [waves("test", shift) for shift in (0, 128, 256)])
print("percent correct, unseen voices, 0, 16 and 32 ms later:", [f"{h.mean():.1f} ± {h.std():.1f}" for h in heard.T])

# %% slideshow={"slide_type": "fragment"}
kernel_ms = 1000 * (ear()[0].kernel_size[0] - 1) / speech.RATE
claim(f"the first kernels span {kernel_ms:g} ms", kernel_ms == 8)
claim("on the raw waveform, unseen voices: more than 65 %, guessing gives 50 %", heard[:, 0].mean() > 65)
claim("32 ms later the mean changes by less than 8 points", abs(heard[:, 2].mean() - heard[:, 0].mean()) < 8)
claim(f"with {training.count_parameters(ear()):,} parameters", training.count_parameters(ear()) < 20_000)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Raw samples suffice: more than 65 % on voices it has never heard, 32 ms later as well as at home. But from 384 clips the spectrogram's CNN learns
# more, because it need not first learn what a frequency is.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("there are 384 clips to learn from", len(data["words"][0]) == 384)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## And on real photographs?
#
# Everything above works on any set of pictures. Change the name to `"cifar10"` or `"fashion_mnist"` and run the cell again: the set is downloaded once, and the same
# network and the same loop learn from a part of it.

# %% slideshow={"slide_type": "fragment"}
NAME = "savanna"  # or "cifar10", "fashion_mnist"


def real_pictures(name, split, count):
    """The first `count` photographs of a set, (B, C, H, W), and their labels."""
    from utils.datasets import real

    dataset = real.load(name, split)
    pairs = [dataset[i] for i in range(count)]
    return torch.stack([picture for picture, _ in pairs]), torch.tensor([label for _, label in pairs])


if NAME == "savanna":
    chosen, judged, classes = (images, labels), (fresh_images, fresh_labels), 6
else:
    chosen, judged, classes = real_pictures(NAME, "train", 5000), real_pictures(NAME, "test", 1000), 10
channels, height, width = chosen[0].shape[1:]
model = models.CNN(height, width, classes, channels)
fitted(model, 3, data=chosen)
reached = training.evaluate(model, training.Batches(*judged, 200))["accuracy"]
claim(f"on {NAME}, 3 epochs are better than twice the accuracy of guessing", reached > 2 / classes)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In 3 epochs it beats guessing by far. How far a longer training gets on CIFAR-10, and in how many minutes, `benchmarks/cifar10_recipe.py` measures.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
claim("the right answers of these questions are computed",
      [models.CNN(28, 28, channels=1).fc1.in_features, round(math.log(100), 1)] == [256, 4.6])
quiz.show([
    {
        "question": "The network of this lecture on grey pictures of 28x28: how many numbers go into fc1?",
        "right": {256: "Yes: 28 → 24 → 12 → 8 → 4, and 16·4·4 = 256."},
        "wrong": {400: "That is for 32x32.", 784: "28·28 are the pixels. Follow them through the layers.", 16: "That is the number of maps; each has 4x4 numbers."},
        "otherwise": "Take off 4, halve, take off 4, halve; then square, times 16.",
    },
    {
        "question": "Your classifier has 100 classes, and its first loss is 23. What is the likely cause?",
        "right": {"The first weights are too large": "Yes: log 100 is 4.6. It is sure of itself, and wrong."},
        "wrong": {
            "The learning rate is too high": "No step has been taken yet.",
            "The labels are shuffled": "To a fresh network that makes no difference.",
            "Nothing: 100 classes are hard": "Then the loss is log 100 = 4.6, not five times as much.",
        },
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "Which of these behave differently in training and in evaluation mode?",
        "right": {"nn.BatchNorm2d": "Yes: the batch's values, or the running ones.", "nn.Dropout": "Yes: it does nothing in evaluation."},
        "wrong": {
            "nn.Conv2d": "It computes the same in both.",
            "nn.MaxPool2d": "It has neither parameters nor modes.",
            "nn.Linear": "It computes the same in both.",
        },
    },
    {
        "question": "The training loss falls to 0.01, the loss on held-back pictures rises from epoch 12 on. What helps?",
        "right": {
            "Augmentation": "Yes: it makes learning by heart hard.",
            "Stopping at epoch 12": "Yes: keep the parameters of the least held-back loss.",
            "More pictures": "Yes: the best of all, where they can be had.",
        },
        "wrong": {
            "Training longer": "The gap would only grow.",
            "A larger network": "It learns by heart even faster.",
            "A higher learning rate": "The training loss is low already: the steps are not the problem.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A network ends in fully connected layers or in a mean over places. What goes into the first FC layer is counted, not guessed: 400 numbers for 32x32 pixels here.
# - The loop: scores, loss, `zero_grad`, `backward`, `step`. Gradients add up if you let them.
# - The ladder: values, gradient, first loss $\log C$, overfit a few rows, one epoch. Each rung has a number to expect.
# - First weights of He's spread keep the numbers' size; equal weights stay equal. Learning rate first, then a schedule.
# - Batch norm normalises each channel: by the batch in training, by running values in evaluation. Dropout is for training only.
# - Watch the loss on held-back pictures. Augment, stop early, and carry boxes and masks along.
# - At equal parameter count the CNNs solve all three problems where the pattern moves, and the MLPs none. Shifts come free; turns do not.
#
# **Now you:** [assignment 05](../exercises/05_building_and_training/05_building_and_training.ipynb). You will write the module, the loop and the layers, mend a
# script with six faults, and enter a contest.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - A. Karpathy, [A recipe for training neural networks](https://karpathy.github.io/2019/04/25/recipe/), 2019: the ladder, at length.
# - K. He and others, [Delving deep into rectifiers](https://arxiv.org/abs/1502.01852), 2015: first weights for ReLU.
# - S. Ioffe and C. Szegedy, [Batch normalization](https://arxiv.org/abs/1502.03167), 2015; and S. Santurkar and others, [How does batch normalization help
#   optimization?](https://arxiv.org/abs/1805.11604), 2018, which doubts its first explanation.
# - N. Srivastava and others, [Dropout](https://jmlr.org/papers/v15/srivastava14a.html), 2014.
# - D. Kingma and J. Ba, [Adam](https://arxiv.org/abs/1412.6980), 2014; L. Smith, [Super-convergence](https://arxiv.org/abs/1708.07120), 2017: the one-cycle schedule.
# - T. Cohen and M. Welling, [Group equivariant convolutional networks](https://arxiv.org/abs/1602.07576), 2016: the C4 layer.
# - R. Zhang, [Making convolutional networks shift-invariant again](https://arxiv.org/abs/1904.11486), 2019: why our pooling windows overlap.
