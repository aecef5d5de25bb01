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
# # 10 · Transfer learning with images

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/10_transfer_learning_images.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/10_transfer_learning_images.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/10_transfer_learning_images.py)
#
# about 75 minutes to read and try · runs in 67 s with 1190 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - use a network that was trained for something else: as fixed features under a new head, or as a start for training on;
# - say what each route costs, in seconds and multiply-adds, and what it brings with few pictures, with its spread;
# - freeze a network so that it really stays as it is, batch norm included;
# - find out which layers of a network transfer, and notice when knowledge hurts;
# - learn without labels, compare pictures by distance, and verify that two show the same animal;
# - say what a Gram matrix keeps of a picture, and what it forgets.
#
# **You need** units 05 to 07: training, batch norm, residual networks, the ROC curve.

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
import json
from pathlib import Path
from statistics import mean, stdev

import torch
from torch import nn
from torch.nn.functional import interpolate, mse_loss, normalize
from torchvision.transforms import v2

from utils import metrics, models, plotting, pretrained, quiz, training, transfer, weights
from utils.claims import claim
from utils.datasets import digits, photos, real, savanna, store
from utils.datasets.savanna import HELD_OUT_STYLE, SOURCE, TARGET

torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a network know that you can use?
#
# Few people train a network from nothing. They take one that somebody has trained for another task, the **source**, and adapt it to their own, the **target**.
# That is **transfer learning**. People do it all the time: who knows horses learns to tell a zebra from one picture.
#
# Our target is meant to be hard. Twelve animals, in the style of an artist, and a handful of pictures of each.

# %% slideshow={"slide_type": "fragment"}
unseen = savanna.Recipe(animals=TARGET, styles=(HELD_OUT_STYLE,))


def pictures(count, seed, recipe=unseen):
    """Pictures (count, 3, 48, 48) in [0, 1], each animal as often as the others, and the animals' numbers."""
    scenes = savanna.batch(recipe, count, seed=seed)
    return scenes["images"] / 255, scenes["labels"][:, 0]


test_images, test_labels = pictures(600, seed=1_000_000)
first = [int((test_labels == k).nonzero()[0]) for k in range(12)]
plotting.images([test_images[i] for i in first[:6]], list(TARGET[:6]), height=1.5)

# %% slideshow={"slide_type": "subslide"}
plotting.images([test_images[i] for i in first[6:]], list(TARGET[6:]), height=1.5)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The course ships a network that was trained on 103 *other* animals, drawn by *other* artists. It has seen none of these twelve, nor this style. Cut off its last layer, which knows 103 names of no use to us. What is left makes
# 128 numbers of any picture: its **features**. We leave all of it as it is, **frozen**, and learn one linear layer on the 128 numbers.

# %% slideshow={"slide_type": "fragment"}
network = pretrained.backbone("savanna")
test_features = transfer.features(network, test_images)
SEEDS = range(5)
frozen = {}
for shots in (2, 5, 20):
    draws = [pictures(12 * shots, seed) for seed in SEEDS]
    heads = [transfer.linear_head(transfer.features(network, images), labels) for images, labels in draws]
    frozen[shots] = [100 * head.score(test_features, test_labels) for head in heads]
    print(f"{shots:2} pictures an animal: {mean(frozen[shots]):.1f} ± {stdev(frozen[shots]):.1f} % of 600 fresh pictures are right")

# %% slideshow={"slide_type": "subslide"}
claim("103 animals were learned from, 12 others are asked for: none of them is in both",
      len(SOURCE) == 103 and len(TARGET) == 12 and not set(SOURCE) & set(TARGET))
claim("the features are 128 numbers", test_features.shape == (600, 128))
claim("from 2 pictures an animal, more than 85 % are right on average; guessing gives 8 %",
      mean(frozen[2]) > 85 and round(100 / 12) == 8)
claim("from 20 pictures an animal, more than 93 %", mean(frozen[20]) > 93)

# %% [markdown] slideshow={"slide_type": "fragment"}
# More than 85 %, from 2 pictures an animal, in a second or two. The ± is the standard deviation over five draws of the pictures to learn from: with few pictures it matters *which* few, so one draw proves nothing.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three routes from the same pictures
#
# There are three things to do with your pictures.
#
# 1. **From scratch**: a network with random weights learns everything from them.
# 2. **Frozen features**: as above. Only a new head learns.
# 3. **Fine-tuning**: a new head, and then all of the network is trained on, from where the source left it.
#
# In fine-tuning the head begins with random weights, and the first layers with good ones. So let them move at different rates: the head fast, each part below at a third of
# the rate of the part above it. In PyTorch these are **parameter groups** of the optimizer.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
parts = ["first convolution", *(f"stage {i}" for i in range(1, 5)), "head"]
start = pretrained.backbone("savanna")
start.fc = nn.Linear(start.num_features, 12)
for group, name in zip(transfer.groups(start, learning_rate=3e-3, factor=1 / 3), reversed(parts)):
    print(f"{name:>17}: {sum(p.numel() for p in group['params']):7,} numbers, learning rate {group['lr']:.1e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# All three routes, with the same 5 pictures an animal, for three draws. To be quick, both that train do so for 20 passes over the pictures.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "60 pictures in all, 5 of each of twelve animals. Which order do you expect, from worst to best?",
    "right": {"Scratch, frozen, fine-tuned": "Yes. Half a million weights from 60 pictures is too much to ask; a good start is not."},
    "wrong": {
        "Fine-tuned, scratch, frozen": "You fear that 60 pictures spoil good weights. With small steps they do not.",
        "Frozen, scratch, fine-tuned": "From scratch it would have to find out from 60 pictures what an edge is.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def learn(model, groups, images, labels, seed, passes=20):
    """Train a model with Adam in batches of 20, and say how many of the test pictures it gets right, in percent."""
    model.to(memory_format=torch.channels_last)
    batches = training.Batches(images.contiguous(memory_format=torch.channels_last), labels, 20, seed=seed)
    training.fit(model, batches, epochs=passes, optimizer=torch.optim.Adam(groups), progress=False)
    return 100 * training.evaluate(model, training.Batches(test_images, test_labels, 200))["accuracy"]


def from_scratch(images, labels, seed):
    torch.manual_seed(seed)
    model = models.SmallResNet(12, weights.facts("savanna")["widths"])
    return learn(model, transfer.groups(model, 1e-3, 1), images, labels, seed)


def fine_tuned(images, labels, seed):
    torch.manual_seed(seed)
    model = pretrained.backbone("savanna")
    model.fc = nn.Linear(model.num_features, 12)
    return learn(model, transfer.groups(model, 3e-3, 1 / 3), images, labels, seed)


five = [pictures(60, seed) for seed in range(3)]
routes = {route.__name__: [route(*draw, seed) for seed, draw in enumerate(five)] for route in (from_scratch, fine_tuned)}
routes["frozen"] = frozen[5][:3]
for name, values in routes.items():
    print(f"{name:>12}: {mean(values):.1f} ± {stdev(values):.1f} %")

# %% slideshow={"slide_type": "fragment"}
claim("5 pictures of 12 animals are 60; the same three draws for each route", all(len(d[0]) == 60 for d in five) and len(five) == 3)
claim("both trained routes have 20 passes", learn.__defaults__ == (20,))
claim("from scratch stays more than 20 percentage points behind both others, in every draw",
      max(routes["from_scratch"]) + 20 < min(routes["frozen"] + routes["fine_tuned"]))

# %% [markdown] slideshow={"slide_type": "subslide"}
# The same pictures, the same architecture. What differs is where the weights begin, and that is worth more than 20 percentage points.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do more pictures change?
#
# To compare the routes over 2 to 50 pictures an animal, five draws each, and longer training, takes many minutes. So it was done before, by `python benchmarks/few_shot.py`. That script writes one row for
# every run to `data/transfer/images.json`; here the rows are only read. Run the script to get your own.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
measured = json.loads(store.read("transfer/images.json"))
rows = [dict(zip(measured["columns"], row)) for row in measured["rows"]]


def runs(experiment, target, route, number, what="accuracy"):
    """One value for each seed; accuracies in percent."""
    chosen = [r for r in rows if (r["experiment"], r["target"], r["route"], r["number"]) == (experiment, target, route, number)]
    return [100 * r[what] if what == "accuracy" else r[what] for r in sorted(chosen, key=lambda r: r["seed"])]


def by_shots(target, route):
    """Accuracies as (seeds, shots)."""
    return torch.tensor([runs("routes", target, route, n) for n in SHOTS]).T


def in_words(values):
    return f"{mean(values):5.1f} ± {stdev(values):3.1f}"


def table(target, names, all_shots, experiment="routes"):
    width = max(map(len, names))
    print(" " * width, *(f"{n:>11} a class" for n in all_shots))
    for name in names:
        print(f"{name:>{width}}", *(f"{in_words(runs(experiment, target, name, n)):>19}" for n in all_shots))


SHOTS = (2, 5, 10, 20, 50)
table("animals", ["scratch", "frozen savanna", "fine-tuned savanna"], SHOTS)

# %% slideshow={"slide_type": "subslide"}
lines = {label: by_shots("animals", name) for label, name in
         {"from scratch": "scratch", "frozen features": "frozen savanna", "fine-tuned": "fine-tuned savanna"}.items()}
plotting.curves([str(n) for n in SHOTS], lines, "pictures of each animal to learn from", "accuracy (%)")


# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def means(route, numbers):
    return [round(mean(runs("routes", "animals", route, n)), 1) for n in numbers]


claim("from scratch 28.2 % with 2 pictures an animal, 58.1 % with 5", means("scratch", (2, 5)) == [28.2, 58.1])
claim("frozen features 90.2 % with 2, 92.9 % with 5, 94.6 % with 10, 96.5 % with 50", means("frozen savanna", (2, 5, 10, 50)) == [90.2, 92.9, 94.6, 96.5])
claim("fine-tuned 90.6 % with 2, 95.8 % with 5, 97.5 % with 10", means("fine-tuned savanna", (2, 5, 10)) == [90.6, 95.8, 97.5])
claim("with 50, from scratch 97.3 % and fine-tuned 98.9 %", means("scratch", (50,)) + means("fine-tuned savanna", (50,)) == [97.3, 98.9])
by_draw = sorted(runs("routes", "animals", "scratch", 20))
claim("with 20, one of the 5 draws from scratch ends at 69 %, the others at 94 % or more", len(by_draw) == 5 and round(by_draw[0]) == 69 and by_draw[1] > 94)
claim("with 2 pictures, fine-tuned and frozen differ by less than the spread of either",
      means("fine-tuned savanna", (2,))[0] - means("frozen savanna", (2,))[0]
      < min(stdev(runs("routes", "animals", name, 2)) for name in ("fine-tuned savanna", "frozen savanna")))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The learning rates were chosen on another draw, but by the same test pictures, which flatters both trained routes a little. The line is the mean of the draws, the band goes from the worst to the best.
#
# With 2 pictures an animal, 28.2 % from scratch against 90.2 % with frozen features. Fine-tuning adds nothing to be sure of: it differs by less than the spread. With 5 it begins to pay, 95.8 % against 92.9 %, and with 10 pictures fine-tuned (97.5 %) you are ahead of 50 frozen (96.5 %). A frozen head soon has all
# it can get from features that were made for other animals; a network that moves can make its own.
#
# With 50 pictures the network from scratch has overtaken the frozen head, 97.3 % against 96.5 %. It never meets the fine-tuned one, 98.9 %, and it is the least reliable: with 20 pictures one of the 5 draws ends at 69 %, the others at 94 % or more. A mean would hide that; the band shows it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does each route cost?
#
# Seconds depend on the machine. Multiply-adds do not, so count these too: `models.cost` of unit 06 counts them for one picture, forward. Training needs about three times as much: the
# gradient for the maps and the one for the weights cost a forward pass each. A frozen network is run forward only, and once for each picture.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
forward = models.cost(network, (3, 48, 48))["multiply_adds"]
facts = weights.facts("savanna")
passes = 40
work = {
    "frozen savanna": 60 * forward,
    "fine-tuned savanna": 60 * passes * 3 * forward,
    "scratch": 60 * passes * 3 * forward,
    "pretraining the source": facts["rows_an_epoch"] * facts["epochs"] * 3 * forward,
}
seconds = {name: mean(runs("routes", "animals", name, 5, "seconds")) for name in list(work)[:3]}
seconds["pretraining the source"] = 60 * facts["cpu_minutes"]
for name, multiply_adds in work.items():
    print(f"{name:>22}: {multiply_adds / 1e9:9,.1f} thousand million multiply-adds, {seconds[name]:6.1f} s of one processor")

# %% slideshow={"slide_type": "subslide"}
accuracy = [mean(runs("routes", "animals", name, 5)) for name in list(work)[:3]]
plotting.tradeoffs({"multiply-adds (thousand millions)": [work[name] / 1e9 for name in list(work)[:3]],
                    "CPU time (s)": [seconds[name] for name in list(work)[:3]]},
                   accuracy, ["frozen", "fine-tuned", "from scratch"], "accuracy (%)")

# %% [markdown] slideshow={"slide_type": "subslide"}
# And the real thing? The lecture that this course grew from tells of training a ResNet18 on ImageNet: 30 epochs on four NVIDIA K80 took three days. Count its work.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
with torch.device("meta"):
    resnet18 = models.ResNet(models.BasicBlock, (2, 2, 2, 2))
for_one = models.cost(resnet18, (3, 224, 224))["multiply_adds"]
for_all = 30 * 1_281_167 * 3 * for_one
print(f"ResNet18: {for_one / 1e9:.2f} thousand million multiply-adds a picture, {for_all:.1e} for 30 epochs of 1,281,167 pictures")
ratio = for_all / work["pretraining the source"]
days_alone = ratio * facts["cpu_minutes"] / 60 / 24
print(f"that is {ratio:,.0f} times the work of pretraining our source; at the speed of that one processor, {days_alone:.0f} days")
claim("a frozen route on 60 pictures does 120 times less work than training 40 passes on them",
      work["scratch"] / work["frozen savanna"] == 120 and passes == 40)
claim("pretraining the savanna network took 14 minutes of one processor, once",
      round(facts["cpu_minutes"]) == 14 and facts["threads"] == 1)
claim("ResNet18 for 30 epochs of ImageNet is more than 10,000 times that work, more than 100 days of such a processor",
      ratio > 10_000 and days_alone > 100)
claim("and 288 hours of one graphics card, if four are busy for three days", 4 * 3 * 24 == 288)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The source is paid for once, 14 minutes for ours, 288 hours of graphics cards for that ResNet18. Everybody who downloads the weights is spared it. That, and the want of labels, is why few people train from scratch. So is a third reason: all choices of architecture
# and training were made, and paid for, by whoever trained the source.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does "frozen" leave moving?
#
# Set `requires_grad = False` for all parameters, and the optimizer leaves them alone. Then call `model.train()`, as every training loop does, and let some pictures pass. No step is taken.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "No parameter requires a gradient, and no optimizer exists. 60 pictures go through the network in training mode. Are the features of a picture, in evaluation mode, the same before and after?",
    "right": {"No": "Right: batch norm's running mean and variance are no parameters. Each forward pass in training mode averages its batch into them."},
    "wrong": {"Yes": "The parameters are. But batch norm remembers means and variances too, and in training mode it overwrites them."},
}])


# %% slideshow={"slide_type": "fragment"}
def pass_through(model, images, times):
    """Forward passes in training mode, without any step."""
    model.train()
    with torch.no_grad():
        for _ in range(times):
            for part in images.split(20):
                model(part)


images, labels = five[0]
leaky = pretrained.backbone("savanna").requires_grad_(False)
before = transfer.features(leaky, images)
head = transfer.linear_head(before, labels)
pass_through(leaky, images, 10)
after = transfer.features(leaky, images)
moved = ((after - before).norm() / before.norm()).item()
accuracies = [100 * head.score(f, test_labels) for f in (test_features, transfer.features(leaky, test_images))]
print(f"the features have moved by {moved:.0%} of their length; the head's accuracy went from {accuracies[0]:.1f} to {accuracies[1]:.1f} %")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Nobody took a step, and yet the head now gets other numbers than those it learned on. `transfer.Frozen` is the cure: a module that stays in evaluation mode, whatever the model around it is told.

# %% slideshow={"slide_type": "fragment"}
safe = pretrained.backbone("savanna")
transfer.freeze_first(safe, 5)
pass_through(safe, images, 10)
claim("frozen by requires_grad alone, the features moved by more than 30 % of their length, without one step", moved > 0.3)
claim("wrapped in Frozen, they are the same to the last bit", torch.equal(transfer.features(safe, images), before))
claim("only the head's 2 tensors still learn, weight and bias", sum(p.requires_grad for p in safe.parameters()) == 2)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Is keeping the old statistics always right, then? It is if the network is frozen: the features are to stay. In *fine-tuning* there is a choice: let batch norm use the statistics of the new pictures (training mode), or keep the old ones. And a second choice: steps that are smaller
# below, or equal ones. Both choices together, three draws each, from the same file:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
ways = ["smaller below, kept statistics", "equal steps, new statistics", "equal steps, kept statistics"]
in_how = {"smaller below, new statistics": runs("routes", "animals", "fine-tuned savanna", 5)[:3]}
in_how |= {way: runs("how", "animals", way, 5) for way in ways}
for way, values in in_how.items():
    print(f"{way:>30}: {in_words(values)}")
claim("with new statistics 95.3 %, be the steps smaller below or equal; with kept ones 92.9 % and 91.7 %",
      [round(mean(values), 1) for values in in_how.values()] == [95.3, 92.9, 95.3, 91.7])
small_new, small_kept, equal_new, equal_kept = in_how.values()
claim("new statistics are better in each of 3 draws, with either kind of steps",
      all(a > b for a, b in zip(small_new + equal_new, small_kept + equal_kept)) and len(small_new) == 3)


# %% [markdown] slideshow={"slide_type": "fragment"}
# New statistics win in each of 3 draws, 95.3 % against 92.9 %: the style is new, and batch norm had better know it. The rates make no difference that these draws could show, 95.3 % either way. Smaller steps below are a custom worth trying, not a law.
#
# With tiny batches it can be the other way round, as their statistics are mostly noise. Then keep the old ones.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which layers transfer?
#
# The first layers see edges and colours, the last ones animals. Which of them are of use for *other* animals? A cheap look first: after each part, take the mean of every map over all places, and learn a linear head on these numbers, from 10 pictures an animal.

# %% slideshow={"slide_type": "subslide"}
def after_each_part(model, images):
    """The means of the maps after the first convolution and after each stage."""
    with torch.no_grad():
        per_batch = [[maps.mean((2, 3)) for maps in (model.stem(part), *model.maps(part))] for part in images.split(100)]
    return [torch.cat(layer) for layer in zip(*per_batch)]


def untrained():
    torch.manual_seed(0)
    return models.SmallResNet(12, facts["widths"]).eval()


few_images, few_labels = pictures(120, seed=0)
depth = {}
for name, model in {"trained on savanna": network, "untrained": untrained()}.items():
    learned, asked = after_each_part(model, few_images), after_each_part(model, test_images)
    depth[name] = [100 * transfer.linear_head(x, few_labels).score(y, test_labels) for x, y in zip(learned, asked)]
plotting.curves(parts[:5], depth, "features taken after", "accuracy (%)")

# %% slideshow={"slide_type": "subslide"}
claim("120 pictures, 10 an animal", len(few_images) == 120)
claim("after the first convolution a head gets less than 30 %, after the last 2 stages more than 85 %",
      depth["trained on savanna"][0] < 30 and min(depth["trained on savanna"][3:]) > 85)
claim("the untrained network stays below 50 % at every depth", max(depth["untrained"]) < 50)

# %% [markdown] slideshow={"slide_type": "fragment"}
# What a *linear* head finds there is not all that is there: the stages above could make something of an edge. So ask differently, as Yosinski and others did (2014): **copy** the first $n$ parts of the source into a new network, put fresh random parts on top, and train on the target. Either the copied
# parts are frozen, or they are trained on with the rest. With $n = 0$ this is training from scratch.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
ways = ("savanna frozen", "savanna trained on")
by_part = {way: [runs("routes", "animals", "scratch", 5)[:3], *(runs("layers", "animals", way, n) for n in range(1, 6))] for way in ways}
for way, values in by_part.items():
    print(f"{way:>18}:", *(f"{n}: {in_words(v).strip()}  " for n, v in enumerate(values)))

# %% slideshow={"slide_type": "subslide"}
drawn = {way.removeprefix("savanna "): torch.tensor(values).T for way, values in by_part.items() if all(len(v) == 3 for v in values)}
plotting.curves([str(n) for n in range(6)], drawn, "parts copied from the source (5 pictures an animal)", "accuracy (%)")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
at = [round(mean(v), 1) for v in by_part["savanna frozen"]]
claim("frozen copies of 1, 2, 3, 4 and 5 parts: 61.4, 69.7, 80.8, 94.2 and 91.8 %; with 0, from scratch, 59.1 %", at == [59.1, 61.4, 69.7, 80.8, 94.2, 91.8])
claim("4 parts beat 5 in each of 3 draws", all(a > b for a, b in zip(by_part["savanna frozen"][4], by_part["savanna frozen"][5])) and len(by_part["savanna frozen"][4]) == 3)
on = [round(mean(v), 1) for v in by_part["savanna trained on"]]
claim("trained on, 5 copied parts reach 95.6 %, 4 reach 94.8 %; with any number of parts they are ahead of frozen ones, on average",
      on[4:] == [94.8, 95.6] and all(a > b for a, b in zip(on[1:], at[1:])))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first convolution is worth little: 61.4 % against 59.1 %, and edges are quickly learned anew. Each stage adds more, up to 4 parts: 94.2 %. Then it falls. With 5 parts copied only the head is left to learn, by the same steps, and 91.8 % are right; 4 beat 5 in each of the 3 draws. So here too the last
# stage belongs to its own task, the source animals, and is better learned anew. All below it is general enough.
#
# Let the copied parts learn on, and they are ahead of frozen ones with any number of parts; the fall at the end is gone: 95.6 % with all 5. What was too special is mended by training.
#
# Yosinski and others found on ImageNet what is found here: the higher a frozen part, the more it belongs to its task, and training on mends that.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Near, far, too far?
#
# Drawings of other animals are a *near* source. The ten classes of small photographs in CIFAR-10 are farther. And an untrained network is no source at all: a control. Nor are the pixels themselves. The same for two targets: the twelve animals, and handwritten digits that real people wrote,
# which are far from everything. A linear head on each, five draws, from the file:

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Target: handwritten digits, 20 of each. A linear head on which features is best?",
    "right": {"On the pixels themselves": "Yes, and an untrained network comes second. Every trained source does worse."},
    "wrong": {
        "On those of the savanna network": "It is the worst of the four. See below.",
        "On those of the CIFAR-10 network": "Photographs teach more than drawings here, but no trained source wins.",
        "On those of an untrained network": "Nearly: it beats both trained networks. The pixels are better still.",
    },
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
sources = ["frozen savanna", "frozen cifar10", "frozen untrained", "pixels"]
for target in ("animals", "digits"):
    print(f"{target}: a linear head, accuracy in %")
    table(target, sources, SHOTS)
    print()

# %% slideshow={"slide_type": "subslide"}
plotting.curves([str(n) for n in SHOTS], {name: by_shots("digits", name) for name in sources},
                "digits of each class to learn from", "accuracy (%)")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
at_20 = {(t, s): mean(runs("routes", t, s, 20)) for t in ("animals", "digits") for s in sources}
print({f"{t}, {s}": round(value) for (t, s), value in at_20.items()})
animals_order = sorted(sources, key=lambda s: -at_20["animals", s])
digits_order = sorted(sources, key=lambda s: -at_20["digits", s])
claim("animals, 20 of each: savanna 96 %, CIFAR-10 81 %, untrained 41 %, pixels 24 %: the nearer the better",
      animals_order == sources and [round(at_20["animals", s]) for s in sources] == [96, 81, 41, 24])
claim("digits, 20 of each: pixels 92 %, untrained 90 %, CIFAR-10 85 %, savanna 80 %: just the other way round",
      digits_order == sources[::-1] and [round(at_20["digits", s]) for s in digits_order] == [92, 90, 85, 80])
claim("for the digits the savanna features lose to the untrained ones in every one of 5 draws, with any number of pictures",
      all(a < b for n in SHOTS for a, b in zip(runs("routes", "digits", "frozen savanna", n), runs("routes", "digits", "frozen untrained", n)))
      and len(runs("routes", "digits", "frozen savanna", 20)) == 5)


# %% [markdown] slideshow={"slide_type": "subslide"}
# This is **negative transfer**: with what the source knows, the target is learned *worse* than without. For the digits, 80 % with savanna's features, 90 % with those of a network that knows nothing, 92 % with the pixels alone.
#
# Where does it come from? Look at the digits after each part of both networks.

# %% slideshow={"slide_type": "fragment"}
def as_pictures(images):
    """Digits (N, 1, 8, 8) as colour pictures of 32x32."""
    return interpolate(images, size=(32, 32), mode="bilinear").expand(-1, 3, -1, -1)


train_digits, train_numbers = digits.load("train")
asked_digits, asked_numbers = digits.load("test")
chosen = torch.cat([(train_numbers == k).nonzero()[:20, 0] for k in range(10)])
digit_depth = {}
for name, model in {"trained on savanna": network, "untrained": untrained()}.items():
    learned, asked = after_each_part(model, as_pictures(train_digits[chosen])), after_each_part(model, as_pictures(asked_digits))
    digit_depth[name] = [100 * transfer.linear_head(x, train_numbers[chosen]).score(y, asked_numbers) for x, y in zip(learned, asked)]
plotting.curves(parts[:5], digit_depth, "features taken after", "accuracy on digits (%)")

# %% slideshow={"slide_type": "subslide"}
claim("for digits, the last stage of the trained network is more than 4 percentage points worse than the one before it",
      digit_depth["trained on savanna"][3] - digit_depth["trained on savanna"][4] > 4)
claim("the untrained network gets better with every stage, to the last", digit_depth["untrained"] == sorted(digit_depth["untrained"]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Up to its third stage the trained network is as good as any. Its last one has learned to keep what tells animals apart, and to drop the rest: where a stroke ends, for one. An untrained network drops nothing on purpose. (That is what the picture suggests; to prove it would need further experiments.)
#
# Does a far source harm already with the animals? Copy and freeze once more, now from CIFAR-10: 5 pictures of each animal, 3 draws. Its network has one part less and other widths, so look at how each curve runs, not at where it begins.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
far = [runs("layers", "animals", "cifar10 frozen", n) for n in range(5)]
print("CIFAR-10 frozen:", *(f"{n}: {in_words(v).strip()}  " for n, v in enumerate(far)))

# %% slideshow={"slide_type": "fragment"}
near = by_part["savanna frozen"]
plotting.curves(list("43210"), {"from savanna": torch.tensor(near[1:]).T, "from CIFAR-10": torch.tensor(far).T},
                "parts below the head left to learn", "accuracy (%)")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("of CIFAR-10's parts 0, 1, 2, 3 and 4 copied: 47.9, 53.5, 61.3, 75.9 and 49.9 %", [round(mean(v), 1) for v in far] == [47.9, 53.5, 61.3, 75.9, 49.9])
falls = {name: [a - b for a, b in zip(v[-2], v[-1])] for name, v in (("CIFAR-10", far), ("savanna", near))}
claim("freezing the last part too costs 26.0 percentage points with CIFAR-10, 2.4 with savanna",
      [round(mean(v), 1) for v in falls.values()] == [26.0, 2.4])
claim("with CIFAR-10 it costs more than 18 in each of 3 draws", min(falls["CIFAR-10"]) > 18 and len(falls["CIFAR-10"]) == 3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both sources help more with each part, up to the one before the last: even photographs of aeroplanes and frogs teach something that drawings share. Then the far one falls deep: its last part costs 26.0 percentage points, savanna's 2.4, and nearly all that was gained is lost. General below, special above; and the farther the source, the more it matters where to cut.
#
# So: the nearer the source the better; always measure against a control that knows nothing; and if the last layer hurts, take an earlier one, or fine-tune.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
tuned, alone = (runs("routes", "digits", name, 5) for name in ("fine-tuned savanna", "scratch"))
print(f"5 digits of each: fine-tuned {in_words(tuned)}, from scratch {in_words(alone)}")
claim("5 digits of each: fine-tuned from savanna 74.6 %, from scratch 89.4 %", [round(mean(v), 1) for v in (tuned, alone)] == [74.6, 89.4])
claim("in each of 5 draws, from scratch is ahead by more than 5 percentage points",
      len(tuned) == 5 and all(b - a > 5 for a, b in zip(tuned, alone)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Does fine-tuning undo the harm? Not with small steps below and 5 digits of each: 74.6 %, and from scratch 89.4 %. For twelve drawn animals the same recipe was worth tens of points; here it costs more than 5 in each draw. It is not the method that helps or hurts, but how source and target belong together.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## And with ImageNet and photographs?
#
# The usual source is ImageNet: 1.3 million photographs, 1,000 classes. The usual first target is *hymenoptera*, ants and bees, 244 photographs to learn from; a larger one is the Oxford-IIIT Pet set, cats and dogs of 37 breeds. Two settings choose both. They need a download, once: 45 MB of weights, 47 MB or 800 MB of photographs.

# %% slideshow={"slide_type": "subslide"}
KNOWS, PHOTOGRAPHS = "cifar10", None  # or "imagenet" and "hymenoptera" or "oxford_iiit_pet"


def source(name):
    """How a photograph is made ready, and a network that makes features of many."""
    if name == "imagenet":
        model, found = pretrained.imagenet("resnet18")
        model.fc = nn.Identity()  # what went into the head comes out
        return found.transforms(), model
    steps = [v2.ToImage(), v2.Resize(72), v2.CenterCrop(64), v2.ToDtype(torch.float32, scale=True)]
    return v2.Compose(steps), pretrained.backbone(name).features


def transferred(name, photographs):
    """Accuracy of a linear head on the features of a network, learned and tested on the two splits of a set of photographs."""
    prepare, features = source(name)
    splits = []
    for split in {"hymenoptera": ("train", "val"), "oxford_iiit_pet": ("trainval", "test")}[photographs]:
        images, targets = zip(*real.load(photographs, split, transform=prepare))
        with torch.no_grad():
            splits.append((torch.cat([features(torch.stack(images[i:i + 50])) for i in range(0, len(images), 50)]), torch.tensor(targets)))
    return transfer.linear_head(*splits[0]).score(*splits[1])


if PHOTOGRAPHS:
    try:
        print(f"{PHOTOGRAPHS} with what {KNOWS} knows: {transferred(KNOWS, PHOTOGRAPHS):.1%}")
    except (FileNotFoundError, real.DownloadFailed) as error:  # it says which file to put where
        print(error)
else:
    print("Nothing was downloaded. Set PHOTOGRAPHS, and KNOWS, to run this.")

# %% slideshow={"slide_type": "subslide"}
from torchvision.models import ResNet18_Weights

imagenet = ResNet18_Weights.DEFAULT.meta
claim("ImageNet has 1,000 classes; its training set 1,281,167 photographs, 1.3 million",
      len(imagenet["categories"]) == 1000 and round(1_281_167 / 1e6, 1) == 1.3)
claim("hymenoptera has 244 photographs to learn from and 2 classes, Oxford-IIIT Pet has 37 breeds",
      real.COUNTS["hymenoptera"]["train"] == 244 and len({"ants", "bees"}) == 2 and "37 breeds" in real.load.__doc__)
size_mb = imagenet["_file_size"]
claim(f"the weights are {size_mb:.0f} MB; the sets 47 MB and 800 MB",
      round(size_mb) == 45 and "47 MB" in real.load.__doc__ and "800 MB" in real.load.__doc__)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Without a connection, and without the file, you are told what to do. This is what it says:

# %% slideshow={"slide_type": "fragment"}
try:
    pretrained.imagenet("resnet18", download=False)
    print("The weights are here: set KNOWS to \"imagenet\".")
except FileNotFoundError as error:
    print(str(error).replace(str(Path.home()), "~"))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can it learn without labels?
#
# The savanna network needed the name of the animal in every picture. Names are dear, pictures are cheap. **Self-supervised** learning makes a task out of the pictures alone, whose answers cost nothing. Here: turn a picture by quarters, or leave it as it is, and ask for the turn. Who is to tell which way up it is must know what a leg is, and a head.

# %% slideshow={"slide_type": "fragment"}
blind = pretrained.backbone("rotation")
scene = savanna.batch(savanna.Recipe(), 4, seed=10)["images"] / 255
turned = torch.stack([image.rot90(k, (1, 2)) for k, image in enumerate(scene)])
with torch.no_grad():
    answers = blind(turned).argmax(1)
plotting.images(list(turned), [f"turned {90 * k}°, answer {90 * int(a)}°" for k, a in enumerate(answers)], height=1.9)

# %% [markdown] slideshow={"slide_type": "subslide"}
# This network has the savanna network's architecture and its kind of pictures, and never saw a label (`dl4cv pretrain rotation`). How good are its features for our twelve animals? A linear classifier on frozen features, to judge them, is called a **linear probe**. Beside it the supervised one, and the untrained control.

# %% slideshow={"slide_type": "fragment"}
probes = {"supervised": network, "rotation, no labels": blind, "untrained": untrained()}
asked = {name: transfer.features(model, test_images) for name, model in probes.items()}
probed = {name: [] for name in probes}
for seed in SEEDS:
    images, labels = pictures(120, seed)
    for name, model in probes.items():
        probed[name].append(100 * transfer.linear_head(transfer.features(model, images), labels).score(asked[name], test_labels))
for name, values in probed.items():
    print(f"{name:>20}: {mean(values):.1f} ± {stdev(values):.1f} %, 10 pictures an animal")

# %% slideshow={"slide_type": "fragment"}
card = weights.facts("rotation")
turns_right, margin = 100 * card["accuracy"], mean(probed["rotation, no labels"]) - mean(probed["untrained"])
claim(f"it tells {turns_right:.0f} % of the turns, where guessing gives 25 %; from 14 times 6,400 scenes",
      round(turns_right) == 76 and card["epochs"] == 14 and card["rows_an_epoch"] == 6_400)
claim("10 pictures an animal: its features are more than 20 percentage points better than those of the untrained network, on average", margin > 20)
claim("it has seen less than half as many scenes as the supervised one", card["epochs"] < facts["epochs"] / 2)
claim("and more than 20 points behind the supervised ones", mean(probed["supervised"]) - mean(probed["rotation, no labels"]) > 20)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Without one label it has learned something about animals: more than 20 percentage points above the untrained network. It is also more than 20 points behind the features that were learned with labels. To be fair, it has seen less than half as many scenes.
#
# Its task was chosen with care: it needs the shape of things, and cannot be solved by a trick such as the colour of a corner. Today's methods ask for more, whether two crops belong to one picture (SimCLR), or what a hidden patch looks like (masked autoencoders), and
# train far longer; on ImageNet they come near the supervised features, or pass them.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Is it the same animal?
#
# A head needs to know the classes. But a ranger may ask: *are these two pictures the same kind of animal?*, of animals that nobody trained on. For that, distance itself should mean difference. An **embedding** is a vector made to that end.
#
# Take a **triplet**: an anchor, a positive of the same class, a negative of another. With embeddings $\mathbf{a}, \mathbf{p}, \mathbf{n}$, the distance $d$ and a margin $m$ the **triplet loss** is
#
# $$\max\big(0,\ d(\mathbf{a}, \mathbf{p}) - d(\mathbf{a}, \mathbf{n}) + m\big)$$
#
# It is zero as soon as the negative is farther than the positive by the margin. Most triplets soon are, and teach nothing; which ones to take is a question of its own. Here a negative is drawn at random. The assignment takes the hardest: the farthest positive and the nearest negative of a batch.
#
# We learn a linear map from CIFAR-10's features to 32 numbers of length 1, with triplets of savanna's 103 source animals. Judged are animals that are not among them: our twelve.

# %% slideshow={"slide_type": "subslide"}
def standardised(recipe, count, seed):
    """CIFAR-10's features of `count` scenes, on the scale of the source animals, and labels."""
    images, labels = pictures(count, seed, recipe)
    return (transfer.features(photographer, images) - centre) / spread, labels


photographer, centre, spread = pretrained.backbone("cifar10"), 0, 1
source_features, source_labels = standardised(savanna.Recipe(), 824, seed=20)
centre, spread = source_features.mean(0), source_features.std(0)
source_features = (source_features - centre) / spread


def loss_of_triplets(embeddings, labels, margin=0.2):
    """The triplet loss of each row as anchor, with the mean of its positives and one negative at random."""
    distances = torch.cdist(embeddings, embeddings)
    same = labels[:, None] == labels
    positive = (distances * same).sum(1) / (same.sum(1) - 1)  # the distance to itself is 0
    negative = torch.rand_like(distances).masked_fill(same, -1).argmax(1)
    return (positive - distances.gather(1, negative[:, None])[:, 0] + margin).relu().mean()


def learn_embedding(seed, steps=300):
    torch.manual_seed(seed)
    embed = nn.Linear(128, 32)
    optimizer = torch.optim.Adam(embed.parameters(), 3e-3)
    for _ in range(steps):  # 40 animals, 4 pictures of each
        animals = torch.randperm(103)[:40]
        rows = torch.cat([(source_labels == k).nonzero()[:, 0][torch.randperm(8)[:4]] for k in animals])
        loss = loss_of_triplets(normalize(embed(source_features[rows]), dim=1), source_labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return embed.requires_grad_(False)


embeddings = [learn_embedding(seed) for seed in range(3)]

# %% [markdown] slideshow={"slide_type": "subslide"}
# The first test: for a picture, find its **nearest neighbours** among 300 others, by the cosine of the angle between the vectors. No class is needed. First with the features as they were, then with the embedding.

# %% slideshow={"slide_type": "fragment"}
in_all_styles = savanna.Recipe(animals=TARGET)
gallery_images, gallery_labels = pictures(300, seed=9, recipe=in_all_styles)
gallery_features, _ = standardised(in_all_styles, 300, seed=9)


def similarities(vectors):
    """The cosine of each pair; a picture is not compared with itself."""
    unit = normalize(vectors, dim=1)
    return (unit @ unit.T).fill_diagonal_(-1)


def neighbours(vectors, query, k=5):
    """A row of pictures: the query and what is nearest to it."""
    found = similarities(vectors)[query].topk(k).indices.tolist()
    marks = ["✔" if gallery_labels[i] == gallery_labels[query] else "✘" for i in found]
    titles = [f"query: {TARGET[gallery_labels[query]]}", *(f"{mark} {TARGET[gallery_labels[i]]}" for mark, i in zip(marks, found))]
    return plotting.images([gallery_images[i] for i in (query, *found)], titles, height=1.5)


compared = {"features": gallery_features, "embedding": embeddings[0](gallery_features)}
right = {name: gallery_labels[similarities(v).topk(5).indices] == gallery_labels[:, None] for name, v in compared.items()}
query = int((right["embedding"].sum(1) - right["features"].sum(1)).argmax())
neighbours(compared["features"], query)

# %% slideshow={"slide_type": "subslide"}
neighbours(compared["embedding"], query)

# %% [markdown] slideshow={"slide_type": "fragment"}
# This query was picked because it gained the most; the average says what is typical. The second test is **verification**: take all pairs of the 300 pictures, call a pair "the same" if its similarity is above a threshold, and draw the ROC curve of unit 07 over all thresholds.

# %% slideshow={"slide_type": "subslide"}
left, right_one = torch.triu_indices(300, 300, 1)
same = gallery_labels[left] == gallery_labels[right_one]


def judged(vectors):
    """Part of the pictures whose nearest neighbour is of their class, and area under the ROC curve of all pairs."""
    table = similarities(vectors)
    nearest_right = (gallery_labels[table.argmax(1)] == gallery_labels).float().mean().item()
    return nearest_right, metrics.roc_auc(table[left, right_one], same)


plain, learned_ones = judged(gallery_features), [judged(embed(gallery_features)) for embed in embeddings]
lines = {name: metrics.roc(similarities(v)[left, right_one], same)[:2] for name, v in compared.items()}
plotting.unit_square({name: (x[::50], y[::50]) for name, (x, y) in lines.items()},
                     "false accept rate", "true accept rate", diagonal="knows nothing")

# %% slideshow={"slide_type": "subslide"}
print(f"nearest neighbour right: features {plain[0]:.0%}, embeddings {', '.join(f'{r:.0%}' for r, _ in learned_ones)}")
print(f"AUC of {len(same):,} pairs: features {plain[1]:.3f}, embeddings {', '.join(f'{a:.3f}' for _, a in learned_ones)}")
claim("300 pictures make 44,850 pairs; 1 in 12 or so is of the same animal",
      len(same) == 44_850 and abs(same.float().mean() - 1 / 12) < 0.01)
claim("the embedding has 32 numbers, learned from 103 animals, none of them among the twelve",
      embeddings[0].out_features == 32 and source_labels.max() == 102)
claim("for each of 3 seeds, the AUC on animals never trained on rises by more than 0.04",
      len(embeddings) == 3 and min(a for _, a in learned_ones) > plain[1] + 0.04)
claim("and so does the part whose nearest neighbour is right, by more than 4 percentage points",
      min(r for r, _ in learned_ones) > plain[0] + 0.04)


# %% [markdown] slideshow={"slide_type": "fragment"}
# What "different" means was learned on some animals and holds for others. For each of 3 seeds, more nearest neighbours are right, and the AUC is higher by more than 0.04. Faces are verified in just this way: the owner of a telephone was not in anybody's training set.
#
# To be fair: this recipe was chosen among a handful, by the very pictures that judge it here. Fresh pictures would be the stricter test. The animals on them, at least, were never trained on.
#
# Does it always help? Try it with `pretrained.backbone("savanna")` as the photographer: these features were trained on the very same 103 animals. What is left to gain?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What makes a style?
#
# One more use of a trained network: as a judge of pictures. Let $A$ be the maps of a layer, $C$ of them, each written as a row of $H \cdot W$ numbers. The **Gram matrix**
#
# $$G = \frac{1}{HW} A A^\top$$
#
# says for each pair of channels how often both are active at the same place. *Which* place, it has forgotten.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def gram(maps):
    """Gram matrices (B, C, C) of maps (B, C, H, W)."""
    rows = maps.flatten(2)
    return rows @ rows.transpose(1, 2) / rows.shape[2]


maps = torch.rand(1, 16, 8, 8, generator=torch.Generator().manual_seed(0))
shuffled = maps.flatten(2)[:, :, torch.randperm(64, generator=torch.Generator().manual_seed(1))].reshape(maps.shape)
claim("the Gram matrix of 16 maps is 16 x 16, and symmetric",
      gram(maps).shape == (1, 16, 16) and torch.equal(gram(maps), gram(maps).transpose(1, 2)))
claim("shuffle the 64 places, all maps alike, and it stays the same",
      torch.allclose(gram(maps), gram(shuffled), atol=1e-6) and not torch.equal(maps, shuffled))

# %% [markdown] slideshow={"slide_type": "subslide"}
# What is left without places is texture and colour: what we call **style**. So give a photograph the Gram matrices of another picture, and let it keep its own maps at one layer, its **content**. The network is frozen. What learns is the *picture*: gradient descent on its pixels (Gatys and others, 2016).

# %% slideshow={"slide_type": "fragment"}
judge = pretrained.backbone("cifar10").requires_grad_(False)


def layers(picture):
    return [judge.stem(picture), *judge.maps(picture)[:2]]


def styled(content, style, steps=100, weight=0.3):
    """A picture with the content of one and the style of another, both (1, 3, H, W)."""
    grams, wanted = [gram(maps) for maps in layers(style)], layers(content)[2]
    picture = content.clone().requires_grad_()
    optimizer, losses = torch.optim.Adam([picture], 0.03), []
    for _ in range(steps):
        found = layers(picture)
        style_loss = sum((gram(f) - g).square().sum() / g.square().sum() for f, g in zip(found, grams))
        loss = style_loss + weight * mse_loss(found[2], wanted) / wanted.square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        picture.data.clamp_(0, 1)
        losses.append(style_loss.item())
    return picture.detach(), losses


content = interpolate(photos.load("china")[None, :, :400, 100:500], size=(64, 64), mode="area")
style = interpolate(photos.load("flower")[None, :, 120:320, 250:450], size=(64, 64), mode="area")
result, losses = styled(content, style)
plotting.images([content[0], style[0], result[0]], ["content", "style", "100 steps later"], height=2.2)

# %% slideshow={"slide_type": "subslide"}
claim("in 100 steps the distance to the Gram matrices of the style falls to less than a tenth", len(losses) == 100 and losses[-1] < losses[0] / 10)
claim("the picture is that of the style in its mean colour, nearer than it is to its own content",
      (result.mean((2, 3)) - style.mean((2, 3))).norm() < (result.mean((2, 3)) - content.mean((2, 3))).norm())

# %% [markdown] slideshow={"slide_type": "fragment"}
# The pagoda stands where it stood, in the colours and the strokes of the dahlia. With a larger network and picture it becomes art; the recipe is the same.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
rate = 0.008 * 0.5**3
claim("the right answers of these questions are computed", [round(1e6 * rate), len(torch.triu_indices(20, 20, 1)[0])] == [1000, 190])
quiz.show([
    {
        "question": "The head learns at 0.008, each part below at half the rate of the part above. At which rate, in millionths, learns the third part below the head?",
        "right": {1000: "Yes: 0.008 · 1/2 · 1/2 · 1/2 = 0.001."},
        "wrong": {2000: "That is the second part below.", 4000: "That is the part right below the head.", 500: "One step too many."},
        "otherwise": "Halve 0.008 three times, and count in millionths.",
    },
    {
        "question": "Verification on 20 pictures: how many pairs are there?",
        "right": {190: "Yes: 20 · 19 / 2."},
        "wrong": {400: "No picture is a pair with itself, and the order does not matter.", 380: "Each pair is counted twice.", 20: "That is the number of pictures."},
        "otherwise": "Each of 20 with 19 others; each pair once.",
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "You froze a network with requires_grad = False, and train a new head on top in the usual loop. Which of these can still change?",
        "right": {
            "The running mean of a batch norm": "Yes: it is a buffer, and training mode averages each batch into it.",
            "The weights of the new head": "Yes, they are what learns.",
            "The features of a picture in evaluation mode": "Yes, by way of the running mean and variance.",
        },
        "wrong": {
            "The weights of the first convolution": "They have no gradient, so the optimizer leaves them alone.",
            "The weight and bias of a batch norm": "They are parameters, and frozen.",
        },
    },
    {
        "question": "A head on the features of a trained network gets 80 % on your target. What do you need to know before you say that transfer helps?",
        "right": {"What the same head gets on an untrained network and on the pixels": "Yes: without a control 80 % says nothing. For our digits it was negative transfer."},
        "wrong": {
            "The network's accuracy on its source": "A good source can be a bad start. Measure on the target.",
            "How many parameters it has": "That says what it costs, not what it brings.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A trained network is of use for another task: as frozen features under a new head, or as a start for fine-tuning. With few pictures both beat training from scratch by far, if the source is near.
# - Frozen features cost one forward pass a picture. Training costs three, at every pass over the pictures. The source is paid for once, by somebody.
# - Frozen means parameters *and* batch norm statistics: evaluation mode for what is frozen. When fine-tuning, both kinds of statistics are worth a try.
# - Early parts are general, late ones belong to their task. Copying and retraining, part by part, shows where the one becomes the other.
# - A source can hurt. Compare with an untrained network and with the pixels.
# - Labels are not the only teacher: which way up a picture is teaches features too.
# - An embedding makes distance mean difference, for classes that it has never seen. Judge it by nearest neighbours and by the ROC curve of pairs.
# - A Gram matrix keeps which channels go together and forgets where.
#
# **Now you:** [assignment 10](../exercises/10_transfer_learning_images/10_transfer_learning_images.ipynb). You will build the draw, the freeze, the head, the rates, the statistics, the triplets, and the threshold.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - J. Yosinski and others, [How transferable are features in deep neural networks?](https://arxiv.org/abs/1411.1792), 2014: layer by layer.
# - S. Kornblith and others, [Do better ImageNet models transfer better?](https://arxiv.org/abs/1805.08974), 2019; M. Raghu and others, [Transfusion](https://arxiv.org/abs/1902.07208), 2019: where ImageNet does not help, X-rays.
# - Z. Wang and others, [Characterizing and avoiding negative transfer](https://arxiv.org/abs/1811.09751), 2019.
# - Y. Li and others, [Revisiting batch normalization for practical domain adaptation](https://arxiv.org/abs/1603.04779), 2016: new statistics, no labels.
# - J. Howard and S. Ruder, [Universal language model fine-tuning](https://arxiv.org/abs/1801.06146), 2018: smaller steps below.
# - S. Gidaris and others, [Unsupervised representation learning by predicting image rotations](https://arxiv.org/abs/1803.07728), 2018; T. Chen and others, [SimCLR](https://arxiv.org/abs/2002.05709), 2020.
# - F. Schroff and others, [FaceNet](https://arxiv.org/abs/1503.03832), 2015, and A. Hermans and others, [In defense of the triplet loss](https://arxiv.org/abs/1703.07737), 2017: hardest triplets in a batch.
# - L. Gatys and others, [Image style transfer using convolutional neural networks](https://openaccess.thecvf.com/content_cvpr_2016/html/Gatys_Image_Style_Transfer_CVPR_2016_paper.html), 2016.
# - PyTorch's tutorial [Transfer learning for computer vision](https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html): hymenoptera with a ResNet18.
