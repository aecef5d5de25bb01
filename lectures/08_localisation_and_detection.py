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
# # 08 · Localisation and detection

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/08_localisation_and_detection.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/08_localisation_and_detection.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/08_localisation_and_detection.py)
#
# about 80 minutes to read and try · runs in 68 s with 1330 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - write a box down in the common formats, convert between them, and recognise the usual mix-ups;
# - compute intersection over union, also for the boxes that break most implementations;
# - give a network a second head that says *where*, and say why one box is not enough;
# - turn a fully connected layer into a convolution, so that one network takes pictures of any size;
# - build a detector: targets for a grid of cells, a loss, non-maximum suppression;
# - judge it by matching, precision, recall and average precision, and show where it fails.
#
# **You need** units 03 and 05, convolution and training; from unit 07, precision and recall.

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
from dataclasses import replace

import torch
from IPython.display import Code
from sklearn.metrics import average_precision_score
from torch import nn
from torch.nn import functional as F
from torchvision import ops, tv_tensors
from torchvision.transforms import v2

from utils import boxes, demos, metrics, models, plotting, pretrained, quiz, training, weights
from utils.claims import claim
from utils.datasets import real, savanna

HERD = savanna.HERD  # scenes of one to six animals
ANIMALS = HERD.animals
SEEDS = (0, 1, 2)
torch.manual_seed(8)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How do you write down where something is?
#
# A classifier says *what* is in a picture. Often we want to know *where* it is, too. The usual answer is the least
# rectangle with upright sides that holds all of the thing: its **bounding box**. Four numbers are enough, and the
# trouble begins with the question *which* four.

# %% slideshow={"slide_type": "fragment"}
scene = savanna.scene(replace(HERD, count=1, scale=0.4), 21, seed=8)
picture, box, mask = scene["image"] / 255, scene["boxes"][0], scene["masks"][0]
x0, y0, x1, y1 = box.tolist()
formats = {
    "xyxy": [x0, y0, x1, y1],
    "xywh": [x0, y0, x1 - x0, y1 - y0],
    "cxcywh": [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0],
    "cxcywh, normalised": [(x0 + x1) / 128, (y0 + y1) / 128, (x1 - x0) / 64, (y1 - y0) / 64],
}
for name, numbers in formats.items():
    print(f"{name:20}", [round(number, 3) for number in numbers])
plotting.boxes([picture, mask], [{"box": box[None]}] * 2, ["the picture", "the animal's pixels"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# All four lines are this one box.
#
# - **xyxy**: left, top, right, bottom. The course's own format, and torchvision's.
# - **xywh**: left, top, width, height. COCO's files have it.
# - **cxcywh**: centre, width, height. Networks like it, since a shift changes two numbers only.
# - **normalised**: divided by the width and the height of the picture, so that the numbers survive a change of size. YOLO's files have it.
#
# Here $x$ goes to the right and $y$ goes **down**, from the upper left corner. And $x_1$ lies just *outside*: the box covers
# the columns $x_0$ to $x_1 - 1$, so that $x_1 - x_0$ is the width.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
least = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
claim("the box is the least rectangle around the animal's pixels", box.tolist() == least)
claim("x1 - x0 columns and y1 - y0 rows hold the animal", (x1 - x0, y1 - y0) == (len(columns), len(rows)))
for form in ("xywh", "cxcywh"):
    claim(f"torchvision's box_convert agrees on {form}",
          torch.allclose(ops.box_convert(box, "xyxy", form), torch.tensor(formats[form])))
back = ops.box_convert(torch.tensor(formats["cxcywh, normalised"]) * 64, "cxcywh", "xyxy")
inclusive = [columns.min() + 1, rows.min() + 1, columns.max() + 1, rows.max() + 1]
claim("counted from 1, the first pixels inside are x0 + 1 and y0 + 1, and the last are x1 and y1", inclusive == [x0 + 1, y0 + 1, x1, y1])
claim("the normalised box, times the size of the picture, is the same box", torch.allclose(back, box))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Nothing in four numbers says which format they are in. Read them in the wrong one and no error is raised: you get another
# box. These are the classics:

# %% slideshow={"slide_type": "fragment"}
def mixed_up(box, size=64):
    """What becomes of boxes (N, 4) in xyxy if they are taken for something else."""
    return {
        "xywh read as xyxy": ops.box_convert(box, "xyxy", "xywh"),
        "cxcywh read as xywh": ops.box_convert(ops.box_convert(box, "xyxy", "cxcywh"), "xywh", "xyxy"),
        "x and y swapped": box[:, [1, 0, 3, 2]],
        "normalised, not scaled": box / size,
        "last pixel left out": box - torch.tensor([0.0, 0, 1, 1]),
    }


wrong = mixed_up(box[None])
plotting.boxes([picture] * 5, [{"true": box[None], "read": read} for read in wrong.values()], list(wrong), height=1.7)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The last one is the worst, because you cannot see it. Pascal VOC's files count pixels from 1 and *include* the last
# one; who takes them for corners loses a pixel on two sides. How bad is each mix-up? We need a number for how well two boxes agree.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## When is a box right?
#
# No prediction hits every pixel. So ask: of all the area that one or the other of two boxes covers, which part do *both* cover?
# This is **intersection over union**, IoU, also called the Jaccard index:
#
# $$\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|} = \frac{|A \cap B|}{|A| + |B| - |A \cap B|}$$

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A predicted box has the right size, but is moved to the side by half of its width. What is the IoU?",
    "right": {"1/3": "Yes: half of each box is shared. Intersection 1/2, union 1 + 1 - 1/2 = 3/2."},
    "wrong": {
        "1/2": "Half of the true box is covered, but the union is larger than the true box: divide by 3/2, not by 1.",
        "1/4": "Only one direction is shifted; half of each box is shared.",
        "2/3": "That is the Dice coefficient of a box moved by a third: unit 09. IoU divides by the union.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
blank = torch.full((24, 24), 0.93)
true = torch.tensor([[4.0, 6.0, 16.0, 18.0]])
moved = {shift: true + torch.tensor([shift, 0, shift, 0]) for shift in (1.0, 3.0, 4.0, 6.0)}
titles = [f"moved by {shift:.0f} of 12\nIoU {boxes.iou(true, other).item():.2f}" for shift, other in moved.items()]
plotting.boxes([blank] * 4, [{"true": true, "predicted": other} for other in moved.values()], titles, height=2.0)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
shared, together = 6 * 12, 12 * 12 + 12 * 12 - 6 * 12
claim(f"moved by half of its width: {shared} square pixels shared, {together} in all, IoU 1/3",
      torch.isclose(boxes.iou(true, moved[6.0]), torch.tensor(1 / 3)).item())
claim("moved by 4 of 12, a third: IoU 1/2", torch.isclose(boxes.iou(true, moved[4.0]), torch.tensor(0.5)).item())
claim("the same pictures ten times as large have the same IoU",
      all(torch.isclose(boxes.iou(10 * true, 10 * other), boxes.iou(true, other)).item() for other in moved.values()))

# %% [markdown] slideshow={"slide_type": "subslide"}
# A box is commonly called **correct** when its IoU with the true one is at least 1/2. Look at the third picture: that is less strict
# than it sounds, and a box may still be moved by a third of its width. Unlike a distance in pixels, IoU does not care
# about the size of the picture.
#
# In code, the intersection of two boxes is a box again: the larger of the left sides, the smaller of the right sides. If they do
# not overlap it comes out inside out, and must count as empty. We want it for *every pair* of $N$ and $M$ boxes at once:

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(boxes.area) + "\n\n" + inspect.getsource(boxes.iou).split('"""')[0].rstrip() + "\n    ...\n"
     + inspect.getsource(boxes.iou).split('"""')[2].strip("\n"), language="python")

# %% [markdown] slideshow={"slide_type": "fragment"}
# `[..., :, None, :]` and `[..., None, :, :]` put $N$ boxes along the rows and $M$ along the columns of a table. Is it right? Count pixels;
# then ask torchvision.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
random = torch.Generator().manual_seed(8)


def random_boxes(count, side=24):
    """Boxes with whole-number corners and at least one pixel."""
    ends = torch.stack([torch.randperm(side, generator=random)[:2].sort().values for _ in range(2 * count)])
    return ends.reshape(count, 2, 2).transpose(1, 2).flatten(1).float()


def covered(box, side=24):
    """The pixels of a picture that a box covers."""
    place = torch.arange(side)
    inside = (place >= box[0]) & (place < box[2]), (place >= box[1]) & (place < box[3])
    return inside[1][:, None] & inside[0]


some, others = random_boxes(20), random_boxes(25)
counted = torch.tensor([[((covered(a) & covered(b)).sum() / (covered(a) | covered(b)).sum()).item() for b in others] for a in some])
claim(f"IoU is what counting pixels gives, for {counted.numel()} pairs", torch.allclose(boxes.iou(some, others), counted))
claim("and what torchvision says", torch.allclose(boxes.iou(some, others), ops.box_iou(some, others)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Now the boxes that are none: no width, no height, or corners in the wrong order. A detector early in its training makes
# plenty of them.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
point, inside_out = torch.tensor([[5.0, 5.0, 5.0, 5.0]]), torch.tensor([[9.0, 9.0, 3.0, 3.0]])
print("torchvision, a point with itself:", ops.box_iou(point, point).item())
print("torchvision, a box inside out with the same box:", ops.box_iou(inside_out, inside_out[:, [2, 3, 0, 1]]).item())
claim("0/0: torchvision says NaN for a box without an area, and one NaN makes a whole loss NaN", ops.box_iou(point, point).isnan().item())
claim("ours says 0: what covers nothing overlaps nothing",
      all(boxes.iou(b, c).item() == 0 for b in (point, inside_out) for c in (point, inside_out, true)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Back to the mix-ups. For 300 animals: how well does the box that was read wrongly agree with the true one?

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
many = savanna.batch(replace(HERD, count=1), 300, seed=80)["boxes"][:, 0]
agreement = {name: ops.box_iou(many, read).diagonal() for name, read in mixed_up(many).items()}
for name, values in agreement.items():
    print(f"{name:24} mean IoU {values.clamp(min=0).nan_to_num().mean():.2f}, at least 1/2 for {(values >= 0.5).float().mean():.0%}")
unseen = agreement["last pixel left out"]
claim("of 300 boxes without their last row and column every one still passes for correct", (unseen >= 0.5).all().item())
claim("but none is exact any more: the mean IoU is below 0.9", unseen.mean().item() < 0.9)
claim("every other mix-up costs far more: less than 1 box in 5 stays correct",
      all((values >= 0.5).float().mean() < 0.2 for name, values in agreement.items() if values is not unseen))

# %% [markdown] slideshow={"slide_type": "fragment"}
# So mean IoU and pictures find most mix-ups at once, and the lost pixel hides for years: every box still counts as correct at 1/2.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How can one network say what and where?
#
# **Localisation**: one thing in the picture; name it *and* draw its box. The answer is correct if the class is right and the IoU is at
# least 1/2. The idea is simple: one body, two **heads**. One head gives scores for the classes, trained with cross-entropy; the other gives four
# numbers, trained with a distance from the true box.
#
# What should the second head look at? Our residual networks end with the mean over all places, and classify from that.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A linear head that is to say where the animal is gets the mean of each map over all places. What happens?",
    "right": {"It finds boxes badly: the mean forgets where a response was":
                  "Yes: a map keeps the place, its mean does not. What is left comes from zero padding at the edges."},
    "wrong": {
        "It works as well as with the whole maps": "Shift a response inside a map: its mean stays. How should the head know?",
        "It cannot learn anything, not even the size": "A larger animal lights up more places: the mean knows something of the size.",
        "The class gets lost as well": "The mean serves classification well: what is there does not depend on where.",
    },
}])

# %% [markdown] slideshow={"slide_type": "subslide"}
# For the body we take the course's own backbone, which knows 103 kinds of animals and has never seen a box, and leave it as it is. Only the heads learn, so that it takes seconds. There are three of
# them here, to compare what a head for the box looks at.

# %% slideshow={"slide_type": "fragment"}
backbone = pretrained.backbone("savanna")
known = weights.facts("savanna")["classes"]
SIX = [name for name in ANIMALS if name in known][:6]
ONE = savanna.Recipe(size=64, animals=SIX, scale=(0.35, 0.7), brightness=(0.8, 1.2))


def small_mlp(inputs):
    return nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 4))


class Heads(nn.Module):
    """Scores of six classes and a normalised box, from the last maps of the body, (B, 128, 4, 4)."""

    def __init__(self):
        super().__init__()
        self.what = nn.Linear(128, len(SIX))
        self.where = small_mlp(128 * 4 * 4)  # sees the maps, place by place
        self.where_from_mean = small_mlp(128)

    def forward(self, maps):
        mean = maps.mean((2, 3))
        return torch.cat([self.what(mean), self.where(maps.flatten(1)), self.where_from_mean(mean)], 1)


def two_losses(outputs, targets):
    """Cross-entropy for what, smooth L1 for where; boxes are normalised, so that all numbers are about 1."""
    what, where, from_mean = outputs.split([6, 4, 4], 1)
    place = sum(F.smooth_l1_loss(guess, targets["box"], beta=0.1) for guess in (where, from_mean))
    return F.cross_entropy(what, targets["label"]) + 5 * place


# %% slideshow={"slide_type": "subslide"}
def body(images):
    """What the body makes of pictures, (B, 128, 4, 4)."""
    with torch.no_grad():
        return torch.cat([backbone.maps(part)[-1] for part in images.split(50)])


def one_animal(count, seed):
    """Pictures, and the label and the normalised box of the one animal in each."""
    scenes = savanna.batch(ONE, count, seed=seed)
    return scenes["images"] / 255, {"label": scenes["labels"][:, 0], "box": scenes["boxes"][:, 0] / ONE.size}


def trained_heads(maps, targets, seed, epochs=15):
    torch.manual_seed(seed)
    model, batches = Heads(), training.Batches(maps, targets, 50, seed=seed)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=epochs * len(batches))
    training.fit(model, batches, epochs=epochs, optimizer=optimizer, schedule=schedule, loss=two_losses, measures={}, progress=False)
    return model


lessons, answers = one_animal(1200, 0)
fresh, fresh_answers = one_animal(400, 100)
maps, fresh_maps = body(lessons), body(fresh)
del lessons  # frees memory

# %% slideshow={"slide_type": "subslide"}
results = []
for seed in SEEDS:
    heads = trained_heads(maps, answers, seed)
    with torch.no_grad():
        what, where, from_mean = heads(fresh_maps).split([6, 4, 4], 1)
    named = what.argmax(1) == fresh_answers["label"]
    hits = [boxes.iou(guess[:, None], fresh_answers["box"][:, None]).flatten() >= 0.5 for guess in (where, from_mean)]
    results.append([named.float().mean(), hits[0].float().mean(), hits[1].float().mean(), (named & hits[0]).float().mean()])
results = torch.tensor(results)
for name, values in zip(["class right", "box right, from maps", "box right, from means", "class and box right"], results.T):
    print(f"{name:22}", ", ".join(f"{value:.0%}" for value in values), " for the seeds 0, 1, 2")

# %% slideshow={"slide_type": "subslide"}
claim("on 400 fresh pictures and for three seeds: from the maps more than 85 % of the boxes have an IoU of at least 1/2, from the means fewer than 65 %",
      (results[:, 1] > 0.85).all().item() and (results[:, 2] < 0.65).all().item())
claim(f"the backbone knows {len(known)} kinds of animals", len(known) == 103)
claim("localised, class and box at once: more than 80 %", (results[:, 3] > 0.8).all().item())
claim("both right is never more often than either", (results[:, 3] <= results[:, :2].min(1).values).all().item())
chosen = range(6)
marks = [{"true": 64 * fresh_answers["box"][i, None], "found": (64 * where[i, None], [SIX[what[i].argmax()]])} for i in chosen]
plotting.boxes(list(fresh[:6]), marks, [SIX[fresh_answers["label"][i]] for i in chosen], height=1.7)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two heads work. And the place must reach the head: what averages over all places has no answer to *where*.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if there are several?
#
# One picture, two elephants. The head has four numbers to give. Which elephant should it choose? The loss punishes it for either, half of the time:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
left, right = torch.tensor([[0.0, 8.0, 10.0, 18.0]]), torch.tensor([[22.0, 8.0, 32.0, 18.0]])
guess = nn.Parameter(left + torch.rand(1, 4))
optimizer = torch.optim.Adam([guess], 0.5)
for step in range(300):
    optimizer.zero_grad()
    (F.mse_loss(guess, left) + F.mse_loss(guess, right)).backward()
    optimizer.step()
claim("the box with the least squared distance from two is the mean of both",
      torch.allclose(guess.detach(), (left + right) / 2, atol=0.1))
claim("and it overlaps neither of them", boxes.iou(guess.detach(), torch.cat([left, right])).max().item() == 0)

# %% slideshow={"slide_type": "subslide"}
two = savanna.batch(replace(ONE, count=2, scale=(0.35, 0.45)), 200, seed=101)
with torch.no_grad():
    single = heads(body(two["images"] / 255))[:, 6:10] * 64
best = boxes.iou(single[:, None], two["boxes"])[:, 0].max(1).values
claim("with two animals in the picture fewer than 65 % of the boxes hit either of them", (best >= 0.5).float().mean().item() < 0.65)
plotting.boxes([i / 255 for i in two["images"][:5]], [{"true": t, "found": s[None]} for t, s in zip(two["boxes"], single[:5])],
               ["two animals"] * 5, height=1.9)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The box lands between the animals, or around both. **Detection** means *all* things of the classes that we look for, and where each one is. The
# number of answers changes from picture to picture, but a network has a fixed number of outputs. That is the problem of this lecture.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can a classifier look everywhere at once?
#
# The oldest answer: take a classifier of small windows, with one more class, *nothing*, and slide it over the picture. Unit 01's network found its words so.
# Here is one for windows of 32x32 pixels: the small CNN of unit 05, two convolutions and two fully connected layers.

# %% slideshow={"slide_type": "fragment"}
window = savanna.batch(savanna.Recipe(size=32, animals=ANIMALS, scale=(0.6, 0.8), rotation=(-15, 15), brightness=(0.8, 1.2)), 4000, seed=0)
wide = savanna.batch(savanna.Recipe(size=96, animals=ANIMALS, scale=(0.1, 0.35)), 300, seed=1)
tiles = wide["images"].unfold(2, 32, 32).unfold(3, 32, 32).permute(0, 2, 3, 1, 4, 5).reshape(-1, 3, 32, 32)
animal = wide["instances"].unfold(1, 32, 32).unfold(2, 32, 32).reshape(-1, 32 * 32).sum(1)
nothing = tiles[animal < 150]  # at most a corner of an animal
NOTHING = len(ANIMALS)
images = torch.cat([window["images"], nothing]) / 255
labels = torch.cat([window["labels"][:, 0], torch.full((len(nothing),), NOTHING)])

torch.manual_seed(0)
classifier, batches = models.CNN(32, 32, NOTHING + 1), training.Batches(images, labels, 50, seed=0)
optimizer = torch.optim.AdamW(classifier.parameters(), 3e-3)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=5 * len(batches))
history = training.fit(classifier, batches, epochs=5, optimizer=optimizer, schedule=schedule, progress=False)
print(f"{len(window['images'])} windows with an animal, {len(nothing)} without; accuracy while training {history['accuracy'][-1]:.0%}")
del window, wide, tiles, nothing, images, batches  # frees memory


# %% [markdown] slideshow={"slide_type": "subslide"}
# To slide it in steps of 4 pixels over a picture of 128x128, cut out every window and classify it. But neighbouring windows share most of
# their pixels, so most of the work is done again and again. There is a better way:
#
# **A fully connected layer is a convolution.** `fc1` reads 16 maps of 5x5: that is a kernel of 5x5 that fits at exactly one place. Give the very same weights to a
# `Conv2d`, and on a larger picture it slides. `fc2` becomes a kernel of one pixel.

# %% slideshow={"slide_type": "fragment"}
def as_convolution(linear, channels, size):
    """The convolution that computes what a fully connected layer computes from maps of size x size."""
    layer = nn.Conv2d(channels, linear.out_features, size)
    layer.weight.data = linear.weight.data.view(-1, channels, size, size)
    layer.bias.data = linear.bias.data
    return layer


scanner = nn.Sequential(
    classifier.conv1, nn.ReLU(), nn.MaxPool2d(2), classifier.conv2, nn.ReLU(), nn.MaxPool2d(2),
    as_convolution(classifier.fc1, 16, 5), nn.ReLU(), as_convolution(classifier.fc2, 120, 1),
)

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "The classifier of 32x32 windows halves the picture twice. Its scanner gets 128x128 pixels. How many places has its answer, along one side?",
    "right": {25: "Yes: (128 - 32)/4 + 1. The two poolings make the step 4 pixels."},
    "wrong": {
        97: "That is a step of one pixel. Two poolings by 2 make it 4.",
        32: "128/4 would be every cell; but a window of 32 pixels must fit into the picture.",
        4: "Those are windows that do not overlap. The step is 4 pixels, not 32.",
        24: "24 steps have 25 places: the first counts too.",
    },
    "otherwise": "Windows of 32 pixels in steps of 4: unit 03's formula.",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
plain = savanna.scene(replace(HERD, size=128, scale=(0.12, 0.2), count=6), 4, seed=81)["image"][None] / 255
with torch.no_grad():
    at_once = scanner(plain)[0]
    starts = range(0, 128 - 32 + 1, 4)
    windows = torch.cat([plain[:, :, top:top + 32, left:left + 32] for top in starts for left in starts])
    one_by_one = classifier(windows).T.reshape(NOTHING + 1, 25, 25)
claim("fc1 reads 16 maps of 5x5", classifier.fc1.in_features == 16 * 5 * 5)
claim("windows of 32x32 pixels, in steps of 4, stand at 25x25 places of a picture of 128x128", at_once.shape[1:] == (25, 25))
claim("at all 625 of them the scanner says what the classifier says of the window", torch.allclose(at_once, one_by_one, atol=1e-3))
with torch.no_grad():
    odd = scanner(torch.rand(1, 3, 45, 100))
claim("it has the same parameters, and takes 45x100 pixels as well: 4x18 places",
      training.count_parameters(scanner) == training.count_parameters(classifier) and odd.shape[2:] == (4, 18))


# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def multiplications(height, width):
    """Of the scanner on a picture: each output number of a convolution costs as many as its kernel has weights."""
    total, x = 0, torch.zeros(1, 3, height, width)
    with torch.no_grad():
        for layer in scanner:
            x = layer(x)
            total += x[0].numel() * layer.weight[0].numel() if isinstance(layer, nn.Conv2d) else 0
    return total


ratio = 625 * multiplications(32, 32) / multiplications(128, 128)
claim(f"625 windows one by one cost {ratio:.0f} times the multiplications of one scan", ratio > 8)

# %% slideshow={"slide_type": "subslide"}
scales = (1.25, 1.6, 2.0)


def scanned(picture, least=0.5, overlap=0.3):
    """Boxes, scores and labels that the scanner finds, at three sizes of the picture."""
    rows = []
    for scale in scales:
        with torch.no_grad():
            scores, labels = scanner(F.interpolate(picture[None], scale_factor=scale, mode="bilinear"))[0].softmax(0)[:NOTHING].max(0)
        y, x = (scores > least).nonzero(as_tuple=True)
        corner = torch.stack([x, y], 1) * 4
        rows.append((torch.cat([corner, corner + 32], 1) / scale, scores[y, x], labels[y, x]))
    found, scores, labels = map(torch.cat, zip(*rows))
    kept = boxes.nms(found, scores, labels, overlap)  # one box for each heap: below
    return {"boxes": found[kept], "scores": scores[kept], "labels": labels[kept]}


presence = 1 - at_once.softmax(0)[NOTHING]
plotting.heat_maps([plain[0]], [F.pad(presence, (3, 4, 3, 4))], ["where the scanner sees something"], height=3)

# %% [markdown] slideshow={"slide_type": "fragment"}
# One network, any size of picture, a map of answers instead of one. But the windows are squares of one size, and only every fourth pixel has one.
# For other sizes we must scan the picture again, larger or smaller. How good is that? Hold on: the measure comes below.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What should each place say?
#
# Put both ideas together: a network that gives an answer at every place, *and* a head that draws boxes. Lay a grid over the picture, one cell for each place of the
# last maps. A cell says three things: is there an animal whose **centre** is in me? Which one? And where exactly is its box?

# %% slideshow={"slide_type": "fragment"}
herd = savanna.batch(HERD, 1000, seed=82)
truths = savanna.truths(herd)
shown = 5
targets = boxes.encode(herd["boxes"], herd["labels"], (8, 8), stride=8)
centres = truths[shown]["boxes"].reshape(-1, 2, 2).mean(1)
plotting.boxes([herd["images"][shown] / 255] * 2, [{"true": truths[shown]["boxes"]}, {"responsible cell": 8 * (centres // 8).repeat(1, 2) + torch.tensor([0, 0, 8, 8])}],
               ["a grid of 8x8 cells", "the cells that hold a centre"], cell=8, height=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The responsible cell, in column $c$ and row $r$ of a grid of cells $s$ pixels wide, is to give four **offsets** of the box with centre
# $(x, y)$, width $w$ and height $h$:
#
# $$t_x = \frac{x}{s} - c, \qquad t_y = \frac{y}{s} - r, \qquad t_w = \log \frac{w}{s}, \qquad t_h = \log \frac{h}{s}$$
#
# The first two lie between 0 and 1. The logarithm makes twice as wide as far from the truth as half as wide, and its inverse, $e^t$, is never negative: no box can
# come out inside out. All other cells say: nothing here, and their offsets do not matter. Going back, **decoding**, is solving for $x, y, w, h$.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
one = torch.tensor([[[10.0, 18.0, 26.0, 22.0]]])
written = boxes.encode(one, torch.tensor([[3]]), (8, 8), stride=8)
row, column = (written["labels"][0] >= 0).nonzero()[0].tolist()
print("offsets", written["offsets"][0, :, row, column])
claim("the box 10, 18, 26, 22 has its centre at 18, 20: in column 2 and row 2", (column, row) == (2, 2))
claim("t_x = 18/8 - 2 = 0.25 and t_y = 20/8 - 2 = 0.5", written["offsets"][0, :2, row, column].tolist() == [0.25, 0.5])
where = targets["offsets"][:, :2].movedim(1, -1)[targets["labels"] >= 0]
claim("t_x and t_y of all animals lie between 0 and 1", ((where >= 0) & (where < 1)).all().item())
claim("t_w = log(16/8) and t_h = log(4/8)",
      torch.allclose(written["offsets"][0, 2:, row, column], torch.tensor([2.0, 0.5]).log()))


# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
def lost(stride):
    """Part of all animals that do not get a cell of their own, and whether the others come back exactly."""
    cells = 64 // stride
    written = boxes.encode(herd["boxes"], herd["labels"], (cells, cells), stride)
    decoded, said = boxes.decode(written["offsets"], stride), written["labels"].flatten(1) >= 0
    back = [boxes.iou(truth["boxes"], d[s]).max(1).values > 0.999 for truth, d, s in zip(truths, decoded, said)]
    exact = sum(int(b.sum()) for b in back) == int(said.sum())
    return 1 - said.sum().item() / sum(len(truth["labels"]) for truth in truths), exact


losses = {stride: lost(stride) for stride in (4, 8, 16, 32)}
for stride, (part, exact) in losses.items():
    print(f"cells of {stride:2} pixels: {part:6.1%} of the animals lose their cell to another")
claim("there and back: every animal that has a cell comes back exactly", all(exact for _, exact in losses.values()))
claim("with cells of 8 pixels fewer than 3 % of the animals are lost, with cells of 16 more than 6 %",
      losses[8][0] < 0.03 and losses[16][0] > 0.06)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two centres in one cell: then one animal is lost, whatever the network learns. This decides the design. Early detectors had large cells, and gave each cell several
# **anchors**: boxes of typical shapes, each of which can answer for one object. In our scenes anchors could win back fewer than 3 % of the animals, at cells of 8 pixels. So we do without:
# one box a cell.
#
# That is measured on *our* scenes. A photograph with a crowd, or with a person in front of a bus, is another matter.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How is a detector built and trained?
#
# With all this prepared it is short: the stages of the residual network, then a convolution with a kernel of one pixel and $5 + 10$ outputs at each place: presence, four offsets,
# ten classes. That kernel is a fully connected layer that is applied in every cell.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.Detector.__init__) + "\n" + inspect.getsource(models.Detector.forward), language="python")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The loss has three parts. **Presence**: binary cross-entropy in *all* cells. **Place** and **class**: only in the responsible cells, since the others have nothing to say.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.detection_loss).split('"""')[2].strip("\n"), language="python")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
model = models.Detector(len(ANIMALS))
outputs = model(herd["images"][:2] / 255)
claim("a picture of 64x64 gives 5 + 10 = 15 numbers in each of 8x8 cells", outputs.shape[1:] == (15, 8, 8))
claim(f"the detector has {training.count_parameters(model):,} parameters", training.count_parameters(model) == 122_839)
first = models.detection_loss(outputs, {key: value[:2] for key, value in targets.items()})
first.backward()
quiet = outputs.detach().clone()
quiet[:, 1:] += torch.randn_like(quiet[:, 1:]) * (targets["labels"][:2] < 0)[:, None]
claim("what the other cells say of place and class does not change the loss",
      torch.isclose(models.detection_loss(quiet, {key: value[:2] for key, value in targets.items()}), first).item())

# %% [markdown] slideshow={"slide_type": "subslide"}
# Before a long training, unit 05's cheapest check: can it learn a few pictures by heart? If not, something is broken in the targets, the loss or the decoding.

# %% slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
small, few = models.Detector(len(ANIMALS)), herd["images"][:8] / 255
optimizer = torch.optim.AdamW(small.parameters(), 5e-3)
for step in range(100):
    loss = models.detection_loss(small(few), {key: value[:8] for key, value in targets.items()})
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
by_heart = metrics.detection_average_precision(small.detect(few), truths[:8], len(ANIMALS)).nanmean().item()
claim("100 steps on 8 pictures: all is found, the measure of the next sections is above 0.9 of 1", by_heart > 0.9)


# %% [markdown] slideshow={"slide_type": "subslide"}
# It can. The real training takes several minutes, so that the course ships its outcome. The next cell loads it; with `retrain=True` it trains a short
# version here instead. The full recipe is one command, `dl4cv pretrain detector`, and never shows a scene twice.

# %% slideshow={"slide_type": "fragment"}
def train(epochs=8, scenes=4096):
    data = savanna.batch(HERD, scenes, seed=0)
    batches = training.Batches(data["images"] / 255, boxes.encode(data["boxes"], data["labels"], (8, 8), 8), 64, seed=0)
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * len(batches), pct_start=0.2)
    return training.fit(model, batches, epochs=epochs, optimizer=optimizer, schedule=schedule, loss=models.detection_loss, measures={})


history = weights.load_or_train("detector", model, train, retrain=False)
epochs = list(range(1, len(history["loss"]) + 1))
plotting.curves(epochs, {"presence + place + class": history["loss"]}, "epoch", "loss for each animal", log=True)

# %% slideshow={"slide_type": "subslide"}
facts = weights.facts("detector")
claim(f"{facts['epochs']} epochs of {facts['rows_an_epoch']:,} scenes took {facts['cpu_minutes']:.1f} minutes of one processor, less than 20", facts["cpu_minutes"] < 20)
unseen = savanna.batch(HERD, 300, seed=2_000_000)
true = savanna.truths(unseen)
found = [d for images in (unseen["images"] / 255).split(100) for d in model.detect(images)]


def drawn(pictures, true, found, least=0.3):
    """Pictures with what is there and what was found, with the names and the scores."""
    marks = []
    for t, d in zip(true, found):
        sure = d["scores"] >= least
        texts = [f"{ANIMALS[label]} {score:.2f}" for label, score in zip(d["labels"][sure], d["scores"][sure])]
        marks.append({"true": t["boxes"], "found": (d["boxes"][sure], texts)})
    return plotting.boxes([p / 255 for p in pictures], marks, [f"{len(t['boxes'])} animals" for t in true], height=2.9)


drawn(unseen["images"][:4], true[:4], found[:4])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One animal, many boxes: which one stays?
#
# `detect` has already cleaned up. What does the network itself say? Here is one picture: every box with a score of at least 0.05. The score is the probability of presence
# times that of the likeliest class.

# %% slideshow={"slide_type": "fragment"}
raw = [d for images in (unseen["images"] / 255).split(100) for d in model.detect(images, overlap=1.0)]
extra = [len(r["boxes"]) - len(f["boxes"]) for r, f in zip(raw, found)]
busiest = max(range(len(extra)), key=extra.__getitem__)
claim("every box has a score of at least 0.05", min(r["scores"].min() for r in raw if len(r["scores"])).item() >= 0.05)
plotting.boxes([unseen["images"][busiest] / 255] * 2, [{"box": raw[busiest]["boxes"]}, {"box": found[busiest]["boxes"]}],
               [f"all {len(raw[busiest]['boxes'])} boxes", f"{len(found[busiest]['boxes'])} after suppression"], height=3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A neighbour of the responsible cell sees almost the same pixels, and often answers too. **Non-maximum suppression** (NMS) tidies up:
#
# 1. Take the box with the highest score, and keep it.
# 2. Throw away all boxes *of the same class* that overlap it by more than a threshold.
# 3. Go on with what is left, until nothing is.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(boxes.nms).split('"""')[2].strip("\n"), language="python")

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Boxes A, B, C of one class with scores 0.9, 0.8, 0.7. A overlaps B, and B overlaps C, both by more than the threshold; A and C do not overlap. What stays?",
    "right": {"A and C": "Yes: A removes B, and a box that was removed removes nothing itself."},
    "wrong": {
        "A alone": "B would have removed C, but B is gone by then.",
        "A, B and C": "B overlaps A too much, and A has the higher score.",
        "A and B": "B overlaps A too much and has the lower score.",
    },
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
chain = torch.tensor([[0.0, 0, 10, 10], [4.0, 0, 14, 10], [8.0, 0, 18, 10]])
kept = boxes.nms(chain, torch.tensor([0.9, 0.8, 0.7]), torch.zeros(3), 0.4)
claim("in a chain of three boxes the first and the last stay", kept.tolist() == [0, 2])
crowd = torch.cat([random_boxes(60), random_boxes(60)])
scores, kinds = torch.rand(120, generator=random), torch.randint(3, (120,), generator=random)
for threshold in (0.2, 0.5, 0.7):
    claim(f"120 random boxes at a threshold of {threshold}: the same ones stay as with torchvision",
          torch.equal(boxes.nms(crowd, scores, kinds, threshold), ops.batched_nms(crowd, scores, kinds, threshold)))
twins = torch.tensor([[0.0, 0.0, 10.0, 10.0], [1.0, 0.0, 11.0, 10.0]])
claim("a lion in front of a zebra: boxes of different classes leave each other alone",
      len(boxes.nms(twins, torch.tensor([0.9, 0.8]), torch.tensor([0, 1]), 0.5)) == 2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# In practice you call `torchvision.ops.batched_nms`, which is the same and faster. Try the rule by hand; the demo needs no kernel. Find a threshold at which a true neighbour is
# thrown away, and one at which a double survives.

# %% slideshow={"slide_type": "subslide"}
demos.show("iou_nms")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How good is a detector?
#
# Accuracy does not fit: there is no list of questions with one answer each. Things can be missed, found twice, invented, misplaced or misnamed. So first **match** predictions with true
# objects, class by class: go through the predictions from the highest score down, and let each take the object that it overlaps most among those still free. If the IoU is at least 1/2, it is
# a **true positive**; otherwise a **false positive**. Every object can be found once. What nobody took is a **false negative**.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
objects = torch.tensor([[0.0, 0, 10, 10], [20.0, 0, 30, 10], [40.0, 0, 50, 10]])
predictions = torch.tensor([[0.0, 0, 10, 9], [1.0, 0, 10, 10], [21.0, 1, 31, 11], [60.0, 0, 70, 10]])
confidence = torch.tensor([0.9, 0.8, 0.7, 0.6])
overlaps = boxes.iou(predictions, objects)
matched = metrics.match(overlaps)
for score, row, number in zip(confidence, overlaps, matched):
    print(f"score {score:.1f}, best IoU {row.max():.2f}:", f"finds object {number}" if number >= 0 else "false positive")
claim("of 4 predictions 2 are right: the second finds an object that is taken, the last finds nothing", matched.tolist() == [0, -1, 1, -1])
claim("of 3 objects 1 is never found", len({0, 1, 2} - set(matched.tolist())) == 1)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now everything is as in unit 07: each prediction is an example with a score, and right or not. Lower the threshold on the score step by step:
#
# - **precision**: which part of the predictions so far is right;
# - **recall**: which part of all objects has been found so far. The missed ones count in the denominator, though no score was given for them.
#
# The **average precision** (AP) is the area under precision against recall: each gain in recall times the precision at which it was won. The mean of it over the classes is called **mAP**.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
precision, recall, _ = metrics.precision_recall(confidence, matched >= 0, missed=1)
by_hand = 1 / 3 * 1 / 1 + 1 / 3 * 2 / 3
claim("precision goes 1/1, 1/2, 2/3, 2/4", precision.tolist() == [1, 1 / 2, 2 / 3, 2 / 4])
claim("recall goes 1/3, 1/3, 2/3, 2/3: it cannot reach 1, since an object is missed", recall.tolist() == [1 / 3, 1 / 3, 2 / 3, 2 / 3])
average = metrics.average_precision(confidence, matched >= 0, missed=1)
claim(f"AP = 1/3 · 1 + 1/3 · 2/3 = {by_hand:.2f}", abs(average - by_hand) < 1e-9)
trusted = average_precision_score([True, False, True, False, True], [0.9, 0.8, 0.7, 0.6, -1e9])
claim("scikit-learn agrees, if the missed object is given a score below all others",
      abs(metrics.average_precision(confidence, matched >= 0, missed=1) - (trusted - 1 / 3 * 3 / 5)) < 1e-9)

# %% slideshow={"slide_type": "subslide"}
classes = {name: metrics.detections_of_class(found, true, ANIMALS.index(name)) for name in ("elephant", "flamingo", "rhinoceros")}
lines = {}
for name, (scores, right, missed) in classes.items():
    precision, recall, _ = metrics.precision_recall(scores, right, missed=missed)
    lines[f"{name}, AP {metrics.average_precision(scores, right, missed=missed):.2f}"] = (recall, precision)
plotting.unit_square(lines, "recall", "precision")

# %% slideshow={"slide_type": "fragment"}
precisions = metrics.detection_average_precision(found, true, len(ANIMALS))
for name, value in zip(ANIMALS, precisions):
    print(f"{name:14} {value:.3f}")
mAP = precisions.mean().item()
claim(f"on 300 scenes with an unseen seed the mAP at IoU 1/2 is {mAP:.2f}, at least 0.80", mAP >= 0.80)
claim("which is what was measured on other scenes when it was trained, give or take 0.05", abs(mAP - facts["mean_average_precision"]) < 0.05)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The choice of 1/2 matters, and so does NMS:

# %% slideshow={"slide_type": "fragment"}
limits = [0.3, 0.5, 0.7, 0.9]
by_limit = [metrics.detection_average_precision(found, true, len(ANIMALS), threshold=limit).mean().item() for limit in limits]
plotting.curves(limits, {"mAP": by_limit}, "least IoU that counts as found", "mAP")

# %% slideshow={"slide_type": "fragment"}
without = metrics.detection_average_precision(raw, true, len(ANIMALS)).mean().item()
blind = [{key: value[boxes.nms(r["boxes"], r["scores"], 0 * r["labels"], 0.1)] for key, value in r.items()} for r in raw]
strict = metrics.detection_average_precision(blind, true, len(ANIMALS)).mean().item()
print(f"mAP without NMS {without:.3f}, as in `detect` {mAP:.3f}, across classes at an IoU of 0.1 {strict:.3f}")
claim("without NMS the mAP is lower: every double is a false positive", without < mAP - 0.005)
claim("too eager an NMS costs too: it throws away neighbours", strict < mAP - 0.01)
claim("the mAP falls with every step of the least IoU", by_limit == sorted(by_limit, reverse=True))
claim("at an IoU of 0.9 less than a third of it is left: finding is easier than measuring", by_limit[-1] < mAP / 3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# A word of warning for comparing papers: COCO's evaluation lifts each precision to the best one at the same or a higher recall before it takes the area; Pascal VOC once
# took eleven points of that curve. And COCO's headline number is the mean over ten least IoUs from 0.5 up. The word mAP alone says little.

# %% slideshow={"slide_type": "fragment"}
lifted = []
for label in range(len(ANIMALS)):
    scores, right, missed = metrics.detections_of_class(found, true, label)
    precision, recall, _ = metrics.precision_recall(scores, right, missed=missed)
    best = precision.flip(0).cummax(0).values.flip(0)
    lifted.append((recall.diff(prepend=torch.zeros(1)) * best).sum().item())
gain = sum(lifted) / len(lifted) - mAP
claim("lifting the precisions as COCO does makes the mAP higher, here by less than 0.02", 0 <= gain < 0.02)
grid_of_ten = [0.5 + 0.05 * i for i in range(10)]
claim(f"and of COCO's least IoUs there are ten, from 0.5 to {grid_of_ten[-1]:.2f}", len(grid_of_ten) == 10)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it work at any size?
#
# The detector is made of convolutions alone. It learned on 64x64 pixels; give it a picture with four times as many, and it has a grid of 16x16 cells, without any change.
# The animals must be as large, in pixels, as those it learned from.

# %% slideshow={"slide_type": "fragment"}
plain_recipe = replace(HERD, size=128, scale=(0.12, 0.2), count=(4, 8))
plains = savanna.batch(plain_recipe, 40, seed=83)
plain_truths = savanna.truths(plains)
plain_found = [d for part in (plains["images"] / 255).split(8) for d in model.detect(part)]
plain_scanned = [scanned(picture / 255) for picture in plains["images"]]
by_detector, by_scanner = (
    metrics.detection_average_precision(answers, plain_truths, len(ANIMALS)).nanmean().item() for answers in (plain_found, plain_scanned)
)
print(f"pictures of 128x128: detector mAP {by_detector:.2f}, scanner at three sizes {by_scanner:.2f}")
drawn(plains["images"][:2], plain_truths[:2], plain_found[:2])

# %% slideshow={"slide_type": "subslide"}
with torch.no_grad():
    cells = model(plains["images"][:1] / 255).shape[2:]
claim(f"it learned on {HERD.size}x{HERD.size} pixels; on 128x128 it has 16x16 cells", (HERD.size, cells) == (64, (16, 16)))
claim("and an mAP above 0.7, on pictures of a size it never saw", by_detector > 0.7)
claim("the scanner of squares has less than half of that", by_scanner < by_detector / 2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# So much for the scanner: the same windows at all places, but boxes that are always squares of three sizes. Letting each cell *draw* its box makes the difference, and looking
# at the picture once instead of three times.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does augmentation carry boxes?
#
# Savanna makes new scenes for ever; with a few thousand photographs you will flip and crop. Whatever moves the pixels must move the boxes. `torchvision.transforms.v2` does it, if you say what is
# a box:

# %% slideshow={"slide_type": "fragment"}
index = 2
image = tv_tensors.Image(unseen["images"][index])
carried = tv_tensors.BoundingBoxes(true[index]["boxes"], format="XYXY", canvas_size=(64, 64))
flipped, flipped_boxes = v2.functional.horizontal_flip(image), v2.functional.horizontal_flip(carried)
cut, cut_boxes = v2.functional.crop(image, 12, 16, 40, 40), v2.functional.crop(carried, 12, 16, 40, 40)
plotting.boxes([image / 255, flipped / 255, cut / 255, flipped / 255],
               [{"box": torch.Tensor(b)} for b in (carried, flipped_boxes, cut_boxes, carried)],
               ["as it is", "flipped", "cut out", "flipped, boxes forgotten"], height=2.4)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
every = torch.cat([truth["boxes"] for truth in true])
mirrored = torch.stack([64 - every[:, 2], every[:, 1], 64 - every[:, 0], every[:, 3]], 1)
library = v2.functional.horizontal_flip(tv_tensors.BoundingBoxes(every, format="XYXY", canvas_size=(64, 64)))
claim("flipped, x0 and x1 change places: (64 - x1, y0, 64 - x0, y1)", torch.equal(mirrored, torch.Tensor(library)))
forgotten = ops.box_iou(every, mirrored).diagonal()
claim("forget the boxes, and more than 8 of 10 are wrong in a flipped picture", (forgotten < 0.5).float().mean().item() > 0.8)
corner = torch.tensor([0.0, 0, 32, 32])
pieces = torch.cat([torch.maximum(every[:, :2], corner[:2]), torch.minimum(every[:, 2:], corner[2:])], 1)
part = boxes.area(pieces) / boxes.area(every)
some_left = (part > 0) & (part < 0.25)
claim("cut out a quarter of each picture: some boxes keep less than a quarter of their area",
      some_left.any().item())
print(f"{some_left.sum()} of {len(every)} boxes are such slivers; {(part == 0).sum()} are gone")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A sliver of a box is a target that nobody could hit: an ear, a hoof, or no animal at all, since the box is not the animal. `v2.SanitizeBoundingBoxes` drops boxes below a size, *and* their labels. Forget
# the labels, and each box gets its neighbour's name. The assignment of unit 05 lets you write it by hand.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can a classifier find things without ever seeing a box?
#
# Boxes are expensive: people must draw them. Labels are cheap. A network that ends with the mean over all places and one linear layer has a map for each class, for free: apply the linear layer at each place
# *before* the mean. This is the **class activation map** of unit 07; here it draws boxes. Our backbone again, which has never seen a box:

# %% slideshow={"slide_type": "subslide"}
single = savanna.batch(savanna.Recipe(size=96, animals=SIX, scale=(0.4, 0.6)), 200, seed=84)
with torch.no_grad():
    kinds = torch.tensor([known.index(SIX[label]) for label in single["labels"][:, 0]])
    activation = torch.einsum("bchw,bc->bhw", body(single["images"] / 255), backbone.fc.weight[kinds])
    scores = backbone(single["images"][:10] / 255)
claim("the mean of a class's activation map, plus the bias, is the class's score",
      torch.allclose((activation.mean((1, 2)) + backbone.fc.bias[kinds])[:10], scores[torch.arange(10), kinds[:10]], atol=1e-3))


def box_of(activation, part=0.4):
    """The least rectangle around all pixels above a part of the map's range."""
    fine = F.interpolate(activation[None, None], size=(96, 96), mode="bilinear")[0, 0]
    high = fine > fine.min() + part * (fine.max() - fine.min())
    y, x = high.any(1).nonzero()[:, 0], high.any(0).nonzero()[:, 0]
    return torch.stack([x.min(), y.min(), x.max() + 1, y.max() + 1]).float()


weak = torch.stack([box_of(a) for a in activation])
weak_overlap = ops.box_iou(weak, single["boxes"][:, 0]).diagonal()
middle = torch.tensor([[24.0, 24.0, 72.0, 72.0]])
guessed = boxes.iou(middle, single["boxes"][:, 0])[0]
print(f"IoU at least 1/2: {(weak_overlap >= 0.5).float().mean():.0%} of the boxes around the map, {(guessed >= 0.5).float().mean():.0%} of a fixed box in the middle")
plotting.heat_maps([i / 255 for i in single["images"][:4]], list(activation[:4]), [SIX[label] for label in single["labels"][:4, 0]], height=2.2)

# %% slideshow={"slide_type": "subslide"}
claim("boxes around the map overlap the animal better than a fixed box in the middle", weak_overlap.mean().item() > guessed.mean().item() + 0.05)
plotting.boxes([i / 255 for i in single["images"][:5]], [{"true": t, "from the map": w[None]} for t, w in zip(single["boxes"][:5], weak)], ["no box was ever seen"] * 5, height=1.9)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The map knows where, roughly; it is coarse, and it likes the parts that tell animals apart better than their whole outlines. This is **weak localisation**: cheap labels, loose boxes.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does it fail?
#
# A number on scenes like those of the training is the best case. Change one thing at a time:

# %% slideshow={"slide_type": "fragment"}
changes = {
    "as in training": HERD,
    "a style it never saw": replace(HERD, styles=(savanna.HELD_OUT_STYLE,)),
    "half as large": replace(HERD, scale=(0.1, 0.2)),
    "twice as large": replace(HERD, scale=(0.4, 0.7), count=1),
    "lying on their side": replace(HERD, rotation=(80, 100)),
    "half hidden by posts": replace(HERD, count=(1, 3), occlusion=0.5),
    "dark": replace(HERD, brightness=0.35),
}
failing = {}
for name, recipe in changes.items():
    scenes = savanna.batch(recipe, 100, seed=85)
    answers = model.detect(scenes["images"] / 255)
    failing[name] = metrics.detection_average_precision(answers, savanna.truths(scenes), len(ANIMALS)).nanmean().item()
    print(f"{name:22} mAP {failing[name]:.2f}")

# %% slideshow={"slide_type": "subslide"}
claim("every change costs something", all(value < failing["as in training"] for name, value in failing.items() if name != "as in training"))
for name in ("a style it never saw", "half as large"):
    claim(f"{name}: that costs more than 0.3 of the mAP", failing[name] < failing["as in training"] - 0.3)
strange = savanna.batch(changes["a style it never saw"], 4, seed=86)
drawn(strange["images"], savanna.truths(strange), model.detect(strange["images"] / 255))

# %% [markdown] slideshow={"slide_type": "fragment"}
# It has learned four artists' drawings at the sizes that we showed it, upright, in daylight. It is not robust to anything we did not vary. Augmentation is how you *tell* a network what must not matter.
#
# And in ordinary scenes, what kind of mistakes does it make?

# %% slideshow={"slide_type": "subslide"}
kinds_of_mistakes = {"right": 0, "double": 0, "wrong class": 0, "badly placed": 0, "nothing there": 0}
missed = 0
for t, d in zip(true, found):
    sure = d["scores"] >= 0.3
    overlaps = boxes.iou(d["boxes"][sure], t["boxes"])
    same = d["labels"][sure][:, None] == t["labels"]
    matched = torch.full((len(overlaps),), -1)
    for label in d["labels"].unique():
        rows, of_class = (d["labels"][sure] == label).nonzero()[:, 0], (t["labels"] == label).nonzero()[:, 0]
        hits = metrics.match(overlaps[rows][:, of_class])
        matched[rows[hits >= 0]] = of_class[hits[hits >= 0]]
    missed += len(t["labels"]) - int((matched >= 0).sum())
    for i in range(len(overlaps)):
        best_same, best_any = (overlaps[i] * same[i]).max(), overlaps[i].max()
        kind = ("right" if matched[i] >= 0 else "double" if best_same >= 0.5 else "wrong class" if best_any >= 0.5
                else "badly placed" if best_any >= 0.1 else "nothing there")
        kinds_of_mistakes[kind] += 1
print(kinds_of_mistakes, "missed:", missed)
claim("of the sure answers, with a score of at least 0.3, more than 8 of 10 are right",
      kinds_of_mistakes["right"] > 0.8 * sum(kinds_of_mistakes.values()))
worst = max(range(len(true)), key=lambda i: len(true[i]["boxes"]) - int((found[i]["scores"] >= 0.3).sum()))
crowded = sorted(range(len(true)), key=lambda i: boxes.iou(true[i]["boxes"], true[i]["boxes"]).triu(1).max().item())[-3:]
drawn(unseen["images"][[worst, *crowded]], [true[i] for i in (worst, *crowded)], [found[i] for i in (worst, *crowded)])

# %% [markdown] slideshow={"slide_type": "subslide"}
# The first picture is the one with the most missed animals, the others are the most crowded ones: where animals cover each other the boxes of what is still visible are hard to guess, and neighbours of one class
# suppress each other.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## And on real photographs?
#
# The same loss and the same measures work on Pascal VOC: twenty classes, photographs of any size, two gigabytes to download. Set `PHOTOGRAPHS = True` to try.

# %% slideshow={"slide_type": "subslide"}
PHOTOGRAPHS = False  # True downloads Pascal VOC, once


def photographs(split, count, size=224):
    """VOC's pictures scaled to a square, in the form of `savanna.batch`: images, boxes and labels, padded with -1."""
    dataset = real.load("voc_detection", split)
    images, frames, labels = torch.zeros(count, 3, size, size), torch.zeros(count, 60, 4), torch.full((count, 60), -1)
    for i in range(count):
        picture, target = dataset[i]
        height, width = picture.shape[1:]
        images[i] = v2.functional.resize(picture, [size, size], antialias=True)
        n = min(len(target["labels"]), 60)
        frames[i, :n] = target["boxes"][:n] * torch.tensor([size / width, size / height] * 2)
        labels[i, :n] = target["labels"][:n]
    return images, frames, labels


def train_on_photographs(count=2000, epochs=10):
    """A detector with cells of 16 pixels on VOC: its mAP on photographs it has not seen."""
    images, frames, labels = photographs("train", count)
    voc_model = models.Detector(20, (16, 32, 64, 96, 128))
    batches = training.Batches(images, boxes.encode(frames, labels, (14, 14), 16), 32, seed=0)
    optimizer = torch.optim.AdamW(voc_model.parameters(), 2e-3)
    training.fit(voc_model, batches, epochs=epochs, optimizer=optimizer, loss=models.detection_loss, measures={})
    images, frames, labels = photographs("val", 500)
    answers = [d for part in images.split(50) for d in voc_model.detect(part)]
    truths = [{"boxes": f[l >= 0], "labels": l[l >= 0]} for f, l in zip(frames, labels)]
    return metrics.detection_average_precision(answers, truths, 20).nanmean().item()


if PHOTOGRAPHS:
    try:
        print(f"mAP on photographs: {train_on_photographs():.2f}")
    except real.DownloadFailed as error:  # it says which file to put where
        print("no photographs:", error)
else:
    print("Nothing was downloaded or trained here. With PHOTOGRAPHS = True the set is downloaded once, or found where you put it.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Do not expect much: real detectors start from a network that was trained on a million photographs, and train for days. What changes is the scale, not the ideas. Nor does the encoding: boxes, cells, offsets, a loss, NMS, AP.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
pair = boxes.iou(torch.tensor([[0.0, 0, 4, 4]]), torch.tensor([[2.0, 2, 6, 6]])).item()
claim("the right answers of these questions are computed",
      [abs(pair - 4 / 28) < 1e-6, (256 // 8) ** 2] == [True, 1024])
quiz.show([
    {
        "question": "What is the IoU of the boxes (0, 0, 4, 4) and (2, 2, 6, 6) in xyxy?",
        "right": {"1/7": "Yes: 4 shared, 16 + 16 - 4 = 28 in all."},
        "wrong": {
            "1/4": "That divides by one box. Divide by the union, 28.",
            "1/8": "The union is 16 + 16 - 4: what is shared must not be counted twice.",
            "1/3": "A box moved by half its width in one direction only has 1/3. Here it is both.",
        },
    },
    {
        "question": "A detector with cells of 8 pixels gets a picture of 256x256. How many boxes does it propose at most, before any threshold?",
        "right": {1024: "Yes: 32 x 32 cells, one box each."},
        "wrong": {64: "That is for 64x64 pixels.", 32: "That is one row of cells.", 65536: "One box a pixel would be a stride of 1."},
        "otherwise": "How many cells are there along one side? One box each.",
    },
    {
        "question": "The same detector, twice: once its answers are as they are, once every box is given twice with the same score. What happens to the AP?",
        "right": {"It falls: the second of each pair is a false positive": "Yes: an object is found once. That is what NMS is for."},
        "wrong": {
            "Nothing: the right boxes are still there": "The copies find objects that are taken, and count as false positives.",
            "It rises: more boxes, more recall": "Recall does not change: each object was found already.",
            "It becomes 0": "The first of each pair still counts.",
        },
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "Which of these make one network take pictures of any size?",
        "right": {
            "Fully connected layers written as convolutions": "Yes: the kernel then slides over larger maps.",
            "The mean over all places before the linear layer": "Yes: whatever the size, one number a map is left. But it forgets the place.",
        },
        "wrong": {
            "Flattening the last maps": "The linear layer behind it has one weight for each number, so the size is fixed.",
            "More training pictures": "The shapes of the weights decide, not the data.",
        },
    },
    {
        "question": "A box is predicted with IoU 0.49, the right class and a score of 0.99. What is it, at IoU 1/2?",
        "right": {"A false positive, and the object may be missed": "Yes: twice punished. The threshold is sharp."},
        "wrong": {
            "A true positive with a small penalty": "There is no partial credit: matched or not.",
            "Ignored": "Nothing is ignored: what finds no object is a false positive.",
            "A true positive, because the score is high": "The score decides the order, not whether it is right.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A box is four numbers and a *format*: xyxy, xywh, cxcywh, pixels or normalised, the last pixel in or out. Nothing warns you of a mix-up.
# - IoU is what both cover, divided by what either covers. Boxes without an area have 0, not NaN. Correct means an IoU of at least 1/2.
# - Localisation is a body with two heads; the one for *where* must see places, not means.
# - A fully connected layer is a convolution: a classifier of windows becomes a scanner that takes any size, for a fraction of the work.
# - A single-stage detector answers in every cell of a grid: presence, class, offsets. Targets are encoded, outputs decoded; the cell with the centre is responsible.
# - NMS keeps the best box of each heap, class by class.
# - Match by falling score, each object once; precision, recall, AP; the mean over the classes is the mAP, always at a stated IoU.
# - Flip the boxes with the picture. Expect nothing outside what the training varied.
#
# **Now you:** [assignment 08](../exercises/08_localisation_and_detection/08_localisation_and_detection.ipynb). You will build a detector from its parts, and the measure that judges it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - J. Redmon, S. Divvala, R. Girshick and A. Farhadi, [You only look once](https://arxiv.org/abs/1506.02640), 2016: the grid of cells.
# - W. Liu and others, [SSD: single shot multibox detector](https://arxiv.org/abs/1512.02325), 2016: anchors on maps of several sizes.
# - X. Zhou, D. Wang and P. Krähenbühl, [Objects as points](https://arxiv.org/abs/1904.07850), 2019, and Z. Tian and others, [FCOS](https://arxiv.org/abs/1904.01355), 2019: without anchors.
# - S. Ren, K. He, R. Girshick and J. Sun, [Faster R-CNN](https://arxiv.org/abs/1506.01497), 2015: two stages.
# - N. Carion and others, [End-to-end object detection with transformers](https://arxiv.org/abs/2005.12872), 2020: without NMS.
# - P. Sermanet and others, [OverFeat](https://arxiv.org/abs/1312.6229), 2013: the classifier that scans.
# - M. Everingham and others, [The Pascal visual object classes challenge](https://doi.org/10.1007/s11263-009-0275-4), 2010, and T.-Y. Lin and others, [Microsoft COCO](https://arxiv.org/abs/1405.0312), 2014: how detectors are judged.
# - B. Zhou and others, [Learning deep features for discriminative localization](https://arxiv.org/abs/1512.04150), 2016: class activation maps.
# - D. Hoiem, Y. Chodpathumwan and Q. Dai, [Diagnosing error in object detectors](https://doi.org/10.1007/978-3-642-33712-3_25), 2012: kinds of mistakes.
