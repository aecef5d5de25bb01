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
# # 09 · Segmentation

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/09_segmentation.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/09_segmentation.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/09_segmentation.py)
#
# about 75 minutes to read and try · runs in 87 s with 1280 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - make maps larger again, in four ways, and work out the size and the values of a transposed convolution by hand;
# - build a U-Net, and say what its skips carry;
# - judge a map of classes by pixel accuracy, mIoU and Dice, and know when the first one flatters;
# - choose a loss for a class that is rare;
# - tell one animal from the next by centres and offsets, and judge the masks by matching and average precision;
# - move masks with their picture, and show where a segmenter fails.
#
# **You need** units 03 and 05, convolution and training; from unit 07, precision and recall; from unit 08, IoU, matching and average precision.

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
from scipy import ndimage
from torch.nn import functional as F
from torchvision import tv_tensors
from torchvision.transforms import v2

from utils import masks, metrics, models, plotting, pretrained, quiz, training, weights
from utils.claims import claim
from utils.datasets import real, savanna

HERD = savanna.HERD  # scenes of one to six animals
ANIMALS = HERD.animals
NAMES = dict(enumerate(ANIMALS, 1))  # 0 is the background
SEEDS = (0, 1, 2)
torch.manual_seed(9)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does it mean to know every pixel?
#
# A box says where an animal is, roughly: half of it may be grass. **Segmentation** answers for every pixel. There are two questions:
#
# - **Semantic** segmentation: *which class* is this pixel? Two zebras side by side are one area called zebra.
# - **Instance** segmentation: *which animal* does this pixel belong to? The two zebras are two masks.

# %% slideshow={"slide_type": "fragment"}
herd = savanna.batch(HERD, 200, seed=2_000_000)
true = savanna.truths(herd)
semantic = herd["semantic"].long()
shown = next(i for i, t in enumerate(true) if len(t["labels"]) >= 5 and len(t["labels"].unique()) < len(t["labels"]))
picture = herd["images"][shown] / 255
animals = herd["instances"][shown] + 10 * (herd["instances"][shown] > 0)  # numbers that no class has
plotting.segments(
    [picture] * 3, [0 * semantic[shown], semantic[shown], animals],
    ["the picture", "semantic: a colour a class", "instances: a colour an animal"], names=NAMES,
)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
labels, count = true[shown]["labels"], len(true[shown]["labels"])
claim(f"{count} animals of {len(labels.unique())} classes: the semantic map cannot count them", len(labels.unique()) < count)
claim("both maps say the same of where the background is", torch.equal(semantic > 0, herd["instances"] > 0))
share = (semantic > 0).float().mean().item()
claim(f"in 200 scenes {share:.0%} of the pixels belong to an animal, fewer than one in 5", share < 0.2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A classifier of unit 06 makes its maps smaller, stage by stage, until one vector is left. That is good for *what*. Here the answer is as large as the
# picture. So maps must grow again.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does a map grow again?
#
# Three ways need no weights. **Nearest**: repeat every number. **Bilinear**: interpolate between the middles of the pixels. **Unpooling**: remember where each maximum came from when pooling, put it
# back there, and fill in zeros.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
small = torch.tensor([[[[0.0, 4.0], [8.0, 0.0]]]])
before = torch.tensor([[[[0.0, 0, 4, 1], [0, 0, 2, 3], [1, 2, 0, 0], [8, 1, 0, 0]]]])
pooled, places = F.max_pool2d(before, 2, return_indices=True)
ways = {
    "nearest": F.interpolate(small, scale_factor=2),
    "bilinear": F.interpolate(small, scale_factor=2, mode="bilinear"),
    "unpooled": F.max_unpool2d(pooled, places, 2),
}
claim("2x2 numbers become 4x4 in each of the 3 ways", all(way.shape[2:] == (4, 4) for way in ways.values()))
claim("pooling undoes unpooling and nearest, but not bilinear", [torch.equal(F.max_pool2d(w, 2), small) for w in ways.values()] == [True, False, True])

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([small[0, 0], *(way[0, 0] for way in ways.values())], ["small", *ways])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Between 0 and 4 bilinear puts 1 and 3: the output pixels' middles lie a quarter and three quarters of the way. PyTorch also offers `align_corners=True`, which lets the *corner pixels'* middles meet
# instead; then everything shifts a little when the size changes. Leave it off.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
row = ways["bilinear"][0, 0, 0].tolist()
claim("the first row, 0 and 4, becomes 0, 1, 3, 4", row == [0, 1, 3, 4])
aligned = F.interpolate(small, scale_factor=2, mode="bilinear", align_corners=True)[0, 0, 0]
claim("with align_corners it becomes 0, 4/3, 8/3, 4", torch.allclose(aligned, torch.tensor([0, 4 / 3, 8 / 3, 4])))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is a transposed convolution?
#
# The fourth way has weights, and so can be learned. Every number of the small map **stamps** the kernel, times that number, onto the large map; stamps lie `stride` pixels
# apart, and where they overlap they add up.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A map of 4x4 numbers, a kernel of 3x3, stride 2, no padding. How large is the result of the transposed convolution, along one side?",
    "right": {9: "Yes: the last stamp begins at (4 - 1) · 2 = 6 and covers 3 pixels more."},
    "wrong": {
        8: "That is stride times size. The last stamp reaches out by one pixel.",
        11: "Between 4 stamps there are 3 steps, not 4.",
        1: "That is what a convolution would give: (4 - 3)/2 + 1, rounded down.",
        7: "With a padding of 1 it would be: one row is cut off at each end.",
    },
    "otherwise": "Where does the last stamp begin, and how far does it reach?",
}])

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
kernel = torch.tensor([[[[1.0, 10], [100, 1000]]]])
stamped = F.conv_transpose2d(torch.tensor([[[[1.0, 2], [3, 0]]]]), kernel)
spread = F.conv_transpose2d(torch.tensor([[[[1.0, 2], [3, 0]]]]), kernel, stride=2)
claim("with stride 1 stamps overlap, and the pixel in the middle adds up 1·1000 + 2·100 + 3·10 = 1230", stamped[0, 0, 1, 1].item() == 1230)
claim("with a stride as large as the kernel they lie side by side", torch.equal(spread[0, 0, :2, 2:], 2 * kernel[0, 0]))

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([torch.tensor([[1.0, 2], [3, 0]]), kernel[0, 0], stamped[0, 0], spread[0, 0]], ["small map", "kernel", "stride 1", "stride 2"])


# %% [markdown] slideshow={"slide_type": "subslide"}
# **The size.** With $n$ numbers along a side, kernel size $f$ and stride $s$, the last stamp begins at $(n - 1)\,s$ and covers $f$ pixels. A **padding** of $p$ means the opposite of what it means for a convolution: $p$ rows are
# *cut off* at each end.
#
# $$n_{out} = (n - 1)\,s + f - 2p$$

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def size_by_formula(n, f, s, p):
    return (n - 1) * s + f - 2 * p


settings = [(n, f, s, p) for n in (2, 4, 7) for f in (2, 3, 4, 5) for s in (1, 2, 3) for p in (0, 1) if size_by_formula(n, f, s, p) > 0]
measured = [F.conv_transpose1d(torch.zeros(1, 1, n), torch.zeros(1, 1, f), stride=s, padding=p).shape[2] for n, f, s, p in settings]
claim(f"the formula gives PyTorch's size in {len(settings)} settings", measured == [size_by_formula(*setting) for setting in settings])
claim("kernel 2, stride 2, or kernel 4, stride 2, padding 1: exactly twice as large",
      size_by_formula(16, 2, 2, 0) == size_by_formula(16, 4, 2, 1) == 32)
halves = [(n + 2 - 3) // 2 + 1 for n in (7, 8)]
claim("a convolution of 3 with stride 2 and padding 1 makes 4 numbers of 7, and 4 of 8", halves == [4, 4])

# %% [markdown] slideshow={"slide_type": "fragment"}
# The last line is a trap on the way back: from 4 numbers, should we go to 7 or to 8? The layer cannot know. You say it by `output_size`.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
layer = torch.nn.ConvTranspose1d(1, 1, 3, stride=2, padding=1)
lengths = [layer(torch.zeros(1, 1, 4), output_size=[n]).shape[2] for n in (7, 8)]
claim("the same layer goes from 4 to 7, or to 8 if it is asked to", lengths == [7, 8])

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Why "transposed"?** A convolution is a product with a matrix (unit 03): each row holds the kernel at one place. Here is the one for five numbers, a kernel of three and stride two:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
weight = torch.tensor([[[1.0, 2.0, 3.0]]])
matrix = torch.cat([F.conv1d(unit[None, None], weight, stride=2)[0] for unit in torch.eye(5)]).T
x, y = torch.randn(5), torch.randn(2)
claim("M x is the convolution: 5 numbers to 2", torch.allclose(matrix @ x, F.conv1d(x[None, None], weight, stride=2)[0, 0]))
claim("Mᵀ y is the transposed convolution: 2 numbers to 5",
      torch.allclose(matrix.T @ y, F.conv_transpose1d(y[None, None], weight, stride=2)[0, 0], atol=1e-6))
claim("it goes back to the size, but not to the numbers: Mᵀ M x is not x", not torch.allclose(matrix.T @ (matrix @ x), x, atol=0.1))

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([matrix, matrix.T], ["M: a row for each place", "its transpose"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# So it is *not* a deconvolution, although old papers call it so: it undoes the size, not the values. And you have used it all the time: what a convolution does backwards, in the gradient of its input, is the same product.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
images, kernels = torch.randn(2, 3, 9, 9, requires_grad=True), torch.randn(4, 3, 3, 3)
maps = F.conv2d(images, kernels, stride=2)
upstream = torch.randn_like(maps)
(gradient,) = torch.autograd.grad(maps, images, upstream)
claim("the gradient of a convolution's input is a transposed convolution with the same kernels",
      torch.allclose(gradient, F.conv_transpose2d(upstream, kernels, stride=2), atol=1e-4))


# %% [markdown] slideshow={"slide_type": "subslide"}
# **The checkerboard.** How many stamps cover each pixel? Stamp ones with ones:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def covered(f, s, p=0, n=5):
    return F.conv_transpose2d(torch.ones(1, 1, n, n), torch.ones(1, 1, f, f), stride=s, padding=p)[0, 0]


three, two, four = covered(3, 2), covered(2, 2), covered(4, 2, 1)
claim("kernel 3, stride 2: pixels are covered by 1, 2 or 4 stamps, in a regular pattern", three.unique().tolist() == [1, 2, 4])
claim("kernel 2, stride 2: every pixel by 1", two.unique().tolist() == [1])
claim("kernel 4, stride 2: every pixel but those at the edge by 4", four[1:-1, 1:-1].unique().tolist() == [4])

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([three[:9, :9], four[:9, :9]], ["kernel 3, stride 2", "kernel 4, stride 2, padding 1"])

# %% [markdown] slideshow={"slide_type": "fragment"}
# If the stride does not divide the kernel size, the layer prints a pattern before it has learned anything, and must learn to undo it. Choose kernels of 2 or 4 for stride 2; or up-sample by nearest or bilinear, and let
# an ordinary convolution follow.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does a network paint a picture?
#
# An **encoder** halves the maps until they know *what* is there. A **decoder** doubles them again until they are as large as the picture. In between, *where* has been lost: eight pixels became one. The **U-Net** gets it back by **skips**: at
# each size the decoder's maps and the encoder's maps of that size are laid behind each other, and a convolution reads both.
#
# One step of our decoder, and the network:

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.UpStage.forward) + "\n\n# the network:\n" + inspect.getsource(models.UNet.forward), language="python")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
unet, sizes = models.UNet(11), []
for step in unet.decoder:
    step.register_forward_hook(lambda step, inputs, output: sizes.append((*(tuple(i.shape[1:]) for i in inputs), tuple(output.shape[1:]))))
scores = unet(torch.rand(1, 3, 64, 64))
for deep, skip, out in sizes:
    print(f"from below {str(deep):14} skip {str(skip):14} -> {out}")
claim("a picture of 64x64 pixels: at the bottom 8x8 places, at the top 11 scores for every pixel",
      sizes[0][0][1:] == (8, 8) and scores.shape == (1, 11, 64, 64))
claim("it is made of convolutions alone: 45x70 pixels go in, and come out", unet(torch.rand(1, 3, 45, 70)).shape[2:] == (45, 70))

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Two networks learn eight pictures by heart, animal or not. One has skips, the other none, all else being equal. What will you see?",
    "right": {"Both find the animals, but without skips the outlines are blurred":
                  "Yes: what is there survives in the small maps; where exactly, comes over the skips."},
    "wrong": {
        "Without skips nothing is learned": "The small maps know a lot: look at a classifier.",
        "No difference: eight pictures are easy": "Outlines have more detail than the smallest maps can hold.",
        "Without skips it is better: fewer parameters": "It has fewer to overfit with, but here overfitting is the task.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def by_heart(pictures, inside, seed, steps=70, **kind):
    """A network that has seen nothing but a few pictures, over and over."""
    torch.manual_seed(seed)
    network = models.UNet(2, (8, 16, 32, 16), **kind)  # at the bottom 16 maps of 4x4
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(network(pictures), inside, torch.tensor([1.0, 3.0])).backward()
        optimizer.step()
    return network.eval()


def animal_iou(network, pictures, inside):
    with torch.no_grad():
        said = network(pictures).argmax(1)
    return metrics.class_iou(metrics.confusion_matrix(said.flatten(), inside.flatten(), 2))[1].item(), said


eight = savanna.batch(savanna.Recipe(size=32, animals=ANIMALS, scale=(0.5, 0.9)), 8, seed=90)
pictures, inside = eight["images"] / 255, (eight["semantic"] > 0).long()
kinds = {"with skips": [{}] * 3, "without": [{"skips": False}] * 3, "nearest": [{"up": "nearest"}], "bilinear": [{"up": "bilinear"}]}
results = {name: [animal_iou(by_heart(pictures, inside, seed, **kind), pictures, inside) for seed, kind in enumerate(runs)] for name, runs in kinds.items()}
for name, runs in results.items():
    print(f"{name:11} IoU of the animals", ", ".join(f"{iou:.3f}" for iou, _ in runs))

# %% slideshow={"slide_type": "subslide"}
with_skips, without = ([iou for iou, _ in results[name]] for name in ("with skips", "without"))
mean = {name: sum(iou for iou, _ in runs) / len(runs) for name, runs in results.items()}
claim("at the bottom there are 16·4·4 = 256 numbers for a picture of 1024 pixels", 16 * 4 * 4 == 256 and inside[0].numel() == 1024)
claim("after 70 steps on 8 pictures, for 3 seeds: with skips the mean IoU is above 0.9, and more than 0.05 higher than without",
      mean["with skips"] > max(0.9, mean["without"] + 0.05))
claim("with nearest or bilinear up-sampling, one seed each, the IoU is within 0.15 of that", min(mean["nearest"], mean["bilinear"]) > mean["with skips"] - 0.15)
plotting.segments([pictures[0]] * 3 + [pictures[1]] * 3, [m[i] for i in (0, 1) for m in (inside, results["with skips"][0][1], results["without"][0][1])],
                  ["true", "with skips", "without"] * 2, height=1.7)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Without skips the outlines lose their corners and thin parts. The other ways to up-sample, followed by a convolution, can do the work too; one seed each is too little to rank them. The measure here is IoU, of pixels: the next section.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How good is a map?
#
# Every pixel is an example with one right answer. So **pixel accuracy** suggests itself: the part of all pixels that are right. Let us try it on a network that needs no training.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "A network says background, always. What is its pixel accuracy on our herds?",
    "right": {"About 0.85": "Yes: so many pixels are background. It has found not one animal."},
    "wrong": {
        "About 0.5": "That would need as many pixels of animals as of background.",
        "About 0.09": "That is one class of eleven. But the classes are far from equally frequent.",
        "0": "It is right wherever there is background.",
    },
}])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
nothing = torch.zeros_like(semantic)
matrix = metrics.confusion_matrix(nothing.flatten(), semantic.flatten(), 11)
lazy = 1 - metrics.error_rate(matrix)
claim(f"saying background everywhere has a pixel accuracy of {lazy:.2f}", abs(lazy - (1 - share)) < 1e-6)
rare = savanna.batch(replace(HERD, count=1, scale=0.15), 200, seed=91)["semantic"]
claim(f"and with one animal a scene, half as large, {(rare == 0).float().mean():.3f}: more than 0.98", (rare == 0).float().mean().item() > 0.98)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Unit 07 had the remedy: look at each class by itself. The IoU of unit 08 works for any two sets of pixels. For class $c$, with $I_c$ pixels that are $c$ in both maps, $P_c$ in the predicted and $T_c$ in the true one:
#
# $$\mathrm{IoU}_c = \frac{I_c}{P_c + T_c - I_c} \qquad \mathrm{Dice}_c = \frac{2\,I_c}{P_c + T_c}$$
#
# All are in the confusion matrix: $I$ is its diagonal, $T$ the sums of its rows, $P$ those of its columns. The mean over the classes, background included, is the **mIoU**.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(metrics.class_iou).split('"""')[2].strip("\n"), language="python")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
ious, dices = metrics.class_iou(matrix), metrics.class_dice(matrix)
claim(f"saying background everywhere: mIoU {ious.mean():.2f}, since 10 of 11 classes have 0", (ious[1:] == 0).all().item() and ious.mean() < 0.08)
moved = semantic.roll(1, 2)
shifted = metrics.confusion_matrix(moved.flatten(), semantic.flatten(), 11)
ious, dices = metrics.class_iou(shifted), metrics.class_dice(shifted)
claim("Dice is 2 IoU / (1 + IoU), so that it is never lower and ranks alike", torch.allclose(dices, 2 * ious / (1 + ious)))
claim(f"the true map, moved by one pixel to the side: accuracy {1 - metrics.error_rate(shifted):.2f}, mIoU {ious.mean():.2f}, Dice {dices.mean():.2f}",
      1 - metrics.error_rate(shifted) > 0.95 and ious.mean() < 0.85)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Remember the last line when you read mIoUs. Our animals are some twenty pixels long; a large part of their pixels lies along the outline. For things of that size a perfect map that is one pixel off is far from an mIoU of one.
#
# **A detail that changes numbers**: count the pixels of *all* pictures together, then divide. The mean of the IoUs of single pictures is something else, and does not know what to do where a class does not occur.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if a class is rare?
#
# Cross-entropy is a mean over pixels, so that it flatters like the accuracy does. If animals cover a fiftieth of the pixels, then "background" everywhere is a comfortable place, and training can stay there for long. Three remedies:
#
# - **Weights**: a pixel of a rare class counts more. $L = \sum_i w_{y_i} \ell_i / \sum_i w_{y_i}$.
# - **Dice loss**: one minus Dice, with probabilities in place of decisions, so that it has a gradient. Every class weighs the same.
# - **Focal loss**: a pixel with the probability $p$ for its true class counts $(1 - p)^\gamma$: what is easy already counts little.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.dice_loss).split('"""')[2].strip("\n") + "\n\n# focal:\n" + inspect.getsource(models.focal_loss).split('"""')[2].strip("\n"), language="python")

# %% slideshow={"slide_type": "subslide"}
TINY = savanna.Recipe(size=32, animals=ANIMALS, scale=0.22)
lessons, exam = (savanna.batch(TINY, count, seed=seed) for count, seed in ((576, 92), (100, 93)))
LOSSES = {
    "cross-entropy": F.cross_entropy,
    "weighted": lambda scores, labels: F.cross_entropy(scores, labels, torch.tensor([1.0, 20.0])),
    "Dice": models.dice_loss,
    "focal": models.focal_loss,
}


def after_an_epoch(loss, seed):
    torch.manual_seed(seed)
    network = models.UNet(2, (8, 16, 32))
    batches = training.Batches(lessons["images"] / 255, (lessons["semantic"] > 0).long(), 16, seed=seed)
    optimizer = torch.optim.AdamW(network.parameters(), 5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=len(batches))
    training.fit(network, batches, epochs=1, optimizer=optimizer, schedule=schedule, loss=loss, measures={}, progress=False)
    return animal_iou(network, exam["images"] / 255, (exam["semantic"] > 0).long())


after = {name: [after_an_epoch(loss, seed) for seed in SEEDS] for name, loss in LOSSES.items()}
for name, runs in after.items():
    print(f"{name:14} IoU of the animals {', '.join(f'{iou:.2f}' for iou, _ in runs)}; part of the pixels called animal {runs[0][1].float().mean():.3f}")

# %% slideshow={"slide_type": "subslide"}
rarity = (exam["semantic"] > 0).float().mean().item()
claim(f"the animals cover {rarity:.1%} of the pixels, fewer than 3 %", rarity < 0.03)
claim("after one epoch, for 3 seeds, cross-entropy and focal loss still say background nearly everywhere: IoU below 0.1",
      max(iou for name in ("cross-entropy", "focal") for iou, _ in after[name]) < 0.1)
claim("with weights or Dice the IoU is above 0.12 for each seed", min(iou for name in ("weighted", "Dice") for iou, _ in after[name]) > 0.12)
claim("a weight of 20 has a price: it calls more pixels animal than there are", all(said.float().mean() > rarity for _, said in after["weighted"]))
plotting.segments([exam["images"][0] / 255] * 5, [(exam["semantic"][0] > 0).long(), *(runs[0][1][0] for runs in after.values())], ["true", *after], height=1.7)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Weights get the training off the ground, but they are a *wish*, not knowledge: a network that pays 20 times as much for a missed pixel says "animal" in doubt. At decision time the wish can be taken back: subtract $\log w_c$ from the score of class $c$. That is unit 07's choice of a
# threshold. Our segmenter does both. Focal loss was made for detectors with a hundred thousand easy boxes and much longer training; in an epoch it does not help here.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which animal does a pixel belong to?
#
# Two giraffes that touch are one area of the semantic map. Cutting it into connected pieces counts them as one. There are two families of answers:
#
# - **Detect, then segment**: find boxes, as in unit 08; then decide in each box which pixels belong to it. Mask R-CNN is of this kind.
# - **Centres and offsets**: let every pixel say two more things: how likely a centre is *here*, and an **arrow** to the centre of its own animal. Peaks of the first map are the animals; each pixel goes to the peak that its arrow points to.
#
# The second needs nothing but three more maps from the same U-Net. Here is what they are to say:

# %% slideshow={"slide_type": "fragment"}
targets = models.segmentation_targets({key: value[shown : shown + 1] for key, value in herd.items()})
arrows = targets["offsets"][0]
plotting.images([picture, targets["centres"][0], (arrows[0] + 16) / 32, (arrows[1] + 16) / 32],
                ["the picture", "centres", "arrow, x (white: right)", "arrow, y (white: down)"], height=2.2)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
every = models.segmentation_targets(herd)
again = [masks.group(c, o, s > 0) for c, o, s in zip(every["centres"], every["offsets"], semantic)]
best = torch.cat([masks.iou(t["masks"], found).max(1).values for t, (found, _) in zip(true, again)])
claim(f"there and back: of {len(best)} animals more than 97 % come back with an IoU of at least 1/2", (best >= 0.5).float().mean().item() > 0.97)
claim("no pixel belongs to two animals", all((found.sum(0) <= 1).all().item() for found, _ in again))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two centres within a pixel or two make one peak; those animals are lost, as in unit 08 two centres in one cell were. The way back, from maps to masks:

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(masks.group).split('"""')[2].strip("\n"), language="python")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The network is the U-Net with one last convolution more generous: background and ten classes, a centre, two offsets. Its encoder begins as that of unit 08's detector, which has learned these animals from boxes: units 10 and 11 are about such
# **transfer**. The loss adds up four parts. Two are for the classes, cross-entropy with weights and the Dice loss from above:

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(models.segmentation_loss).split('"""')[2].strip("\n"), language="python")


# %% slideshow={"slide_type": "fragment"}
def train(epochs=4, scenes=2048):
    data = savanna.batch(HERD, scenes, seed=0)
    batches = training.Batches(data["images"] / 255, models.segmentation_targets(data), 16, seed=0)
    model.unet.encoder.load_state_dict(pretrained.detector().backbone.state_dict())
    optimizer = torch.optim.AdamW(model.parameters(), 4e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=epochs * len(batches), pct_start=0.2)
    return training.fit(model, batches, epochs=epochs, optimizer=optimizer, schedule=schedule, loss=models.segmentation_loss, measures={})


model = models.Segmenter(len(ANIMALS))
history = weights.load_or_train("segmenter", model, train, retrain=False)
plotting.curves(list(range(1, len(history["loss"]) + 1)), {"classes + overlap + centres + offsets": history["loss"]}, "epoch", "loss", log=True)

# %% slideshow={"slide_type": "subslide"}
facts = weights.facts("segmenter")
minutes = facts["cpu_minutes"] + weights.facts("detector")["cpu_minutes"]
claim(f"{facts['epochs']} epochs of {facts['rows_an_epoch']:,} scenes, and the detector's before, took {minutes:.0f} minutes of one processor, fewer than 30", minutes < 30)
claim(f"the segmenter has {training.count_parameters(model):,} parameters, and says 10 + 4 = 14 numbers of every pixel",
      training.count_parameters(model) == facts["parameters"] and model(picture[None]).shape[1] == 14)
found = [answer for images in (herd["images"] / 255).split(50) for answer in model.segment(images)]
said = torch.stack([answer["semantic"] for answer in found])


def drawn(i, scenes=herd, answers=found):
    """A scene: its true classes, what was said, and the animals that were told apart."""
    numbers = sum((k + 1) * mask for k, mask in enumerate(answers[i]["masks"])) if len(answers[i]["masks"]) else 0 * answers[i]["semantic"]
    return [scenes["semantic"][i], answers[i]["semantic"], numbers]


row = [shown, next(i for i in range(shown + 1, 200) if len(true[i]["labels"]) == 4)]
plotting.segments([herd["images"][i] / 255 for i in row for _ in range(3)], [m for i in row for m in drawn(i)], ["true classes", "said", "told apart"] * 2, height=1.75)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How good is it?
#
# First the classes, then the animals:

# %% slideshow={"slide_type": "fragment"}
matrix = metrics.confusion_matrix(said.flatten(), semantic.flatten(), 11)
ious, accuracy = metrics.class_iou(matrix), 1 - metrics.error_rate(matrix)
for name, iou, dice in zip(["background", *ANIMALS], ious, metrics.class_dice(matrix)):
    print(f"{name:14} IoU {iou:.2f}, Dice {dice:.2f}")
claim(f"on 200 scenes with an unseen seed: pixel accuracy {accuracy:.2f}, mIoU {ious.mean():.2f}, at least 0.80", ious.mean().item() >= 0.80)
claim("which is what was measured on other scenes when it was trained, give or take 0.04", abs(ious.mean().item() - facts["mean_iou"]) < 0.04)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Where are the pixels that it gets wrong?

# %% slideshow={"slide_type": "fragment"}
rim = F.max_pool2d((semantic > 0).float()[:, None], 3, 1, 1)[:, 0] != -F.max_pool2d(-(semantic > 0).float()[:, None], 3, 1, 1)[:, 0]
wrong = said != semantic
part = (wrong & rim).sum().item() / wrong.sum().item()
animal_right = (said == semantic)[(semantic > 0) & (said > 0)].float().mean().item()
claim(f"{part:.0%} of all wrong pixels touch a true outline, more than half; but the outlines are {rim.float().mean():.0%} of the pixels, fewer than a quarter",
      part > 0.5 and rim.float().mean().item() < 0.25)
claim(f"where it says animal on an animal, the class is right for {animal_right:.0%} of the pixels, more than 9 in 10", animal_right > 0.9)

# %% [markdown] slideshow={"slide_type": "subslide"}
# It knows *what* it sees; it loses points along the outlines, where a pixel is half animal and half grass.
#
# Can it do better without learning more? A mirrored lion is a lion. Show it the mirrored pictures too, turn back what it says, and take the mean:

# %% slideshow={"slide_type": "fragment"}
twice = torch.stack([answer["semantic"] for images in (herd["images"][:150] / 255).split(50) for answer in model.segment(images, mirror=True)])
mIoUs = [metrics.class_iou(metrics.confusion_matrix(m.flatten(), semantic[:150].flatten(), 11)).mean().item() for m in (said[:150], twice)]
claim(f"on 150 scenes: from one look an mIoU of {mIoUs[0]:.3f}, from two {mIoUs[1]:.3f}, more than 0.005 better", mIoUs[1] > mIoUs[0] + 0.005)

# %% [markdown] slideshow={"slide_type": "fragment"}
# This is **test-time augmentation**: two opinions that err in different places. It costs a second run of the network, and nothing else. All that follows is from one look.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Masks of animals** are judged as boxes are in unit 08. Only the overlap is another: the pixels two masks share, divided by the pixels that either has. Then the same matching, from the surest prediction down, each animal once; the same precision, recall and AP.

# %% slideshow={"slide_type": "fragment"}
Code(inspect.getsource(masks.iou).split('"""')[2].strip("\n"), language="python")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
objects = torch.zeros(2, 1, 10, dtype=torch.bool)
objects[0, 0, :4], objects[1, 0, 5:9] = True, True
proposals = torch.zeros(3, 1, 10, dtype=torch.bool)
proposals[0, 0, :4], proposals[1, 0, :3], proposals[2, 0, 5:7] = True, True, True
overlaps = masks.iou(proposals, objects)
claim("three masks, surest first, with an IoU of 1, 3/4 and 2/4 with what they show", overlaps.max(1).values.tolist() == [1, 0.75, 0.5])
claim("the first finds object 0, the second finds it again and is a false positive, the third finds object 1: exactly 1/2 is enough",
      metrics.match(overlaps).tolist() == [0, -1, 1])


# %% [markdown] slideshow={"slide_type": "subslide"}
# Now measure the three ways to get animals: connected pieces of the semantic map, the detector's boxes with the semantic map inside, and centres with offsets.

# %% slideshow={"slide_type": "subslide"}
def pieces(answer):
    """Connected areas of one class; the larger, the surer."""
    found = [(k, torch.from_numpy(area == n)) for k in answer["semantic"].unique()[1:] - 1
             for area, count in [ndimage.label(answer["semantic"] == k + 1)] for n in range(1, count + 1)]
    areas = torch.stack([area for _, area in found]) if found else torch.zeros(0, 64, 64, dtype=torch.bool)
    return {"masks": areas, "scores": areas.flatten(1).sum(1).float(), "labels": torch.tensor([k for k, _ in found], dtype=torch.int64)}


def in_boxes(detection, answer, size=64):
    """The pixels of the box's class, in each box of the detector."""
    x0, y0, x1, y1 = detection["boxes"].T[..., None, None]
    y, x = torch.arange(size)[:, None] + 0.5, torch.arange(size) + 0.5
    inside = (x > x0) & (x < x1) & (y > y0) & (y < y1)
    return {**detection, "masks": inside & (answer["semantic"] == detection["labels"][:, None, None] + 1)}


detector = pretrained.detector()
detections = [d for images in (herd["images"] / 255).split(50) for d in detector.detect(images)]
routes = {
    "connected pieces": [pieces(answer) for answer in found],
    "boxes first": [in_boxes(*pair) for pair in zip(detections, found)],
    "centres and offsets": found,
}
limits = [0.5, 0.7, 0.9]
precisions = {name: [metrics.detection_average_precision(answers, true, 10, threshold=limit, overlap=metrics.mask_overlap) for limit in limits]
              for name, answers in routes.items()}
AP = {name: [values.mean().item() for values in rows] for name, rows in precisions.items()}
print({name: [round(value, 3) for value in values] for name, values in AP.items()})
plotting.curves(limits, AP, "least IoU that counts as found", "mask mAP")

# %% slideshow={"slide_type": "subslide"}
by_pieces, by_boxes, by_centres = (AP[name][0] for name in routes)
claim(f"on 200 scenes with an unseen seed the mask mAP at IoU 1/2 is {by_centres:.2f}, at least 0.70", by_centres >= 0.70)
claim("connected pieces have the least: touching neighbours are one piece, and crumbs count as animals", by_pieces < min(by_boxes, by_centres) - 0.03)
claim(f"boxes first, at IoU 1/2: {by_boxes:.2f}; the two routes are less than 0.05 apart", abs(by_boxes - by_centres) < 0.05)
claim("where the least IoU is strict, 0.9, centres and offsets have more", AP["centres and offsets"][-1] > AP["boxes first"][-1])
claim("the mAP falls with every step of the least IoU", all(values == sorted(values, reverse=True) for values in AP.values()))


# %% [markdown] slideshow={"slide_type": "fragment"}
# Here is the decision. Both routes find about the same animals at an IoU of 1/2. Centres and offsets need no second network and no second pass; a wrong box cannot cut a leg off; and no pixel goes to two animals, which boxes that overlap do not
# guarantee. So that is what our segmenter does. It was measured on *our* scenes: where things differ a thousandfold in size, as in photographs, boxes first are hard to beat.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does each skip carry?
#
# The network has three skips: of the picture's full size, of half of it and of a quarter. Silence one at a time: every map of that skip is replaced by its mean over all places, so that it keeps its level and forgets *where*.

# %% slideshow={"slide_type": "subslide"}
def flat(step, inputs):
    below, skip = inputs
    return below, skip.mean((2, 3), keepdim=True).expand_as(skip)


def silenced(*steps):
    """mIoU on 100 scenes with these skips silenced, and the map of the scene shown above."""
    hooks = [model.unet.decoder[step].register_forward_pre_hook(flat) for step in steps]
    rows = [shown, *range(100)]
    answers = torch.stack([answer["semantic"] for images in (herd["images"][rows] / 255).split(51) for answer in model.segment(images)])
    for hook in hooks:
        hook.remove()
    table = metrics.confusion_matrix(answers[1:].flatten(), semantic[:100].flatten(), 11)
    return metrics.class_iou(table).nanmean().item(), answers[0]


muted = {"all there": silenced(), "without 1/4": silenced(0), "without 1/2": silenced(1), "without full size": silenced(2), "without any": silenced(0, 1, 2)}
for name, (iou, _) in muted.items():
    print(f"{name:18} mIoU {iou:.2f}")
plotting.segments([picture] * 5, [area for _, area in muted.values()], [f"{name}\nmIoU {iou:.2f}" for name, (iou, _) in muted.items()], height=2.0)

# %% slideshow={"slide_type": "subslide"}
values = [iou for iou, _ in muted.values()]
claim("each of the 3 skips, silenced alone, costs more than 0.02 of the mIoU", all(value < values[0] - 0.02 for value in values[1:4]))
claim("without any, less than half of the mIoU is left", values[4] < values[0] / 2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# A network that was *trained* without skips would do better than one that loses them: it would have learned to live without. What this shows is what *this* one takes from where.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does augmentation carry masks?
#
# Whatever moves the pixels must move the map. `torchvision.transforms.v2` does it, if you say what is a mask: then it flips and crops it with the picture, and *resizes it differently*.

# %% slideshow={"slide_type": "fragment"}
image, mask = tv_tensors.Image(herd["images"][shown]), tv_tensors.Mask(herd["semantic"][shown])
torch.manual_seed(4)
turned = v2.Compose([v2.RandomHorizontalFlip(1.0), v2.RandomResizedCrop(64, scale=(0.4, 0.6), ratio=(1, 1), antialias=True)])(image, mask)
stray = v2.functional.resize(tv_tensors.Image(mask[None]), [128, 128], interpolation=v2.InterpolationMode.BILINEAR, antialias=False)[0]
kept = v2.functional.resize(mask, [128, 128])
plotting.segments([image / 255, turned[0] / 255, torch.zeros(128, 128), torch.zeros(128, 128)], [mask, turned[1], kept, stray],
                  ["picture and map", "flipped, cut out", "map enlarged: nearest", "map enlarged: bilinear"], names=NAMES, height=2.1)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim("a mask keeps its classes when it is resized", set(kept.unique().tolist()) == set(mask.unique().tolist()))
invented = sorted(set(stray.unique().tolist()) - set(mask.unique().tolist()))
claim(f"interpolated, it has {len(invented)} classes that are not in the scene at all", len(invented) > 0)
claim("flipped twice it is as before", torch.equal(torch.as_tensor(v2.functional.horizontal_flip(v2.functional.horizontal_flip(mask))), torch.as_tensor(mask)))
forgotten = metrics.class_iou(metrics.confusion_matrix(semantic.flip(2).flatten(), semantic.flatten(), 11))[1:].mean().item()
claim(f"forget to flip the maps, and the mean IoU of the animals with their own pictures is {forgotten:.2f}, below 0.2", forgotten < 0.2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Numbers of classes are names, not quantities: between class 2 and class 4 there is no class 3. Pictures are interpolated; maps never. Look at the rims in the last picture: they are other animals.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
between = F.interpolate(torch.tensor([[[2.0, 4.0]]]), scale_factor=2, mode="linear").long().flatten().tolist()
claim("interpolated, a border between class 2 and class 4 has a pixel of class 3", 3 in between)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does it fail?
#
# Change one thing at a time, as in unit 08:

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
failing, seen = {}, {}
for name, recipe in changes.items():
    scenes = savanna.batch(recipe, 100, seed=94)
    answers = [answer for images in (scenes["images"] / 255).split(50) for answer in model.segment(images)]
    table = metrics.confusion_matrix(torch.stack([a["semantic"] for a in answers]).flatten(), scenes["semantic"].flatten(), 11)
    mAP = metrics.detection_average_precision(answers, savanna.truths(scenes), 10, overlap=metrics.mask_overlap).nanmean().item()
    failing[name], seen[name] = (metrics.class_iou(table).nanmean().item(), mAP), (scenes, answers)
    print(f"{name:22} mIoU {failing[name][0]:.2f}, mask mAP {mAP:.2f}")

# %% slideshow={"slide_type": "subslide"}
usual = failing["as in training"]
claim("a style it never saw costs more than 0.3 of the mIoU", failing["a style it never saw"][0] < usual[0] - 0.3)
for name in ("half as large", "lying on their side"):
    claim(f"{name}: that costs more than 0.1 of both measures", all(a < b - 0.1 for a, b in zip(failing[name], usual)))
worst = ["a style it never saw", "lying on their side"]
plotting.segments([seen[name][0]["images"][0] / 255 for name in worst for _ in range(3)], [m for name in worst for m in drawn(0, *seen[name])],
                  [f"{name}:\n{what}" for name in worst for what in ("true classes", "said", "told apart")], height=1.75)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The picture shows how it fails: often it still sees *that* there is an animal, and gives its parts to several classes. A semantic map has no idea that a body is one thing.
#
# And within ordinary scenes, who is lost?

# %% slideshow={"slide_type": "fragment"}
rows = [(len(t["masks"]), t["masks"].flatten(1).sum(1), masks.iou(t["masks"], a["masks"]).max(1).values if len(a["masks"]) else torch.zeros(len(t["masks"])))
        for t, a in zip(true, found)]
pixels, best = torch.cat([r[1] for r in rows]), torch.cat([r[2] for r in rows])
crowd = torch.cat([torch.full((r[0],), r[0]) for r in rows])
small, large = pixels < pixels.float().quantile(0.25), pixels > pixels.float().quantile(0.75)
share = [(best[group] >= 0.5).float().mean().item() for group in (small, large, crowd >= 5, crowd <= 2)]
print("found, of the smallest quarter, the largest quarter, scenes of five or six, scenes of one or two:", [f"{value:.0%}" for value in share])
claim("small ones are found less often than large ones", share[0] < share[1])
claim("in crowds fewer are found than alone", share[2] < share[3])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## And on real photographs?
#
# The same network, losses and measures work on Pascal VOC's maps: twenty classes and the background, outlines marked "do not count". Set `PHOTOGRAPHS = True` to try; it downloads two gigabytes.

# %% slideshow={"slide_type": "subslide"}
PHOTOGRAPHS = False  # True downloads Pascal VOC, once
IGNORED = 255  # VOC's number for outlines: no loss, no measure


def photographs(split, count, size=128):
    """VOC's pictures and maps scaled to a square: (N, 3, size, size) in [0, 1], and (N, size, size) int64."""
    dataset = real.load("voc_segmentation", split)
    pairs = [dataset[i] for i in range(count)]
    pictures = torch.stack([v2.functional.resize(picture, [size, size], antialias=True) for picture, _ in pairs])
    areas = torch.stack([v2.functional.resize(tv_tensors.Mask(area), [size, size]) for _, area in pairs])
    return pictures, torch.as_tensor(areas)


def train_on_photographs(count=1200, epochs=12):
    """A U-Net on VOC: its mIoU on photographs it has not seen."""
    pictures, areas = photographs("train", count)
    network = models.UNet(21, (16, 32, 64, 96, 128))
    batches = training.Batches(pictures, areas, 16, seed=0)
    optimizer = torch.optim.AdamW(network.parameters(), 2e-3)
    loss = lambda scores, labels: F.cross_entropy(scores, labels, ignore_index=IGNORED)
    training.fit(network, batches, epochs=epochs, optimizer=optimizer, loss=loss, measures={})
    pictures, areas = photographs("val", 400)
    with torch.no_grad():
        said = torch.cat([network(part).argmax(1) for part in pictures.split(16)])
    counted = areas != IGNORED
    return metrics.class_iou(metrics.confusion_matrix(said[counted], areas[counted], 21)).nanmean().item()


if PHOTOGRAPHS:
    try:
        print(f"mIoU on photographs: {train_on_photographs():.2f}")
    except real.DownloadFailed as error:  # it says which file to put where
        print("no photographs:", error)
else:
    print("Nothing was downloaded or trained here. With PHOTOGRAPHS = True the set is downloaded once, or found where you put it.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Do not expect much from a thousand photographs and a network this small: published networks begin from weights of ImageNet, as ours began from the detector's. What carries over is everything else: the shapes, the skips, the losses, the measures.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
claim("the right answers of these questions are computed",
      [size_by_formula(14, 4, 2, 1), 60 / (80 + 100 - 60), 2 * 60 / (80 + 100)] == [28, 0.5, 2 / 3])
quiz.show([
    {
        "question": "A transposed convolution with kernel 4, stride 2 and padding 1 gets maps of 14x14. How many pixels has the result along one side?",
        "right": {28: "Yes: (14 - 1) · 2 + 4 - 2 = 28, exactly twice as many."},
        "wrong": {30: "The padding cuts one row off at each end.", 32: "Padding makes the result smaller here.", 7: "That is a convolution with these settings."},
        "otherwise": "(n - 1) · stride + kernel - 2 · padding.",
    },
    {
        "question": "A class has 100 true pixels; 80 were predicted, and 60 of those are right. What are IoU and Dice?",
        "right": {"1/2 and 2/3": "Yes: 60/(80 + 100 - 60) and 120/180."},
        "wrong": {
            "3/5 and 3/4": "These are recall and precision.",
            "2/3 and 1/2": "The other way round: Dice is never lower than IoU.",
            "1/3 and 1/2": "The union is 80 + 100 - 60 = 120, not 180.",
        },
    },
    {
        "question": "A network for road cracks has a pixel accuracy of 0.995. Is it good?",
        "right": {"Nobody can say: ask for the IoU of the cracks": "Yes: if cracks cover half a percent, finding none has the same accuracy."},
        "wrong": {
            "Yes: only 5 pixels in 1000 are wrong": "Which 5? Perhaps all the cracks.",
            "No: accuracy must be above 0.999": "No threshold on the accuracy helps where a class is this rare.",
        },
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "What may be done to a map of classes when its picture is augmented?",
        "right": {
            "Flip it with the picture": "Yes: the same flip.",
            "Enlarge it by nearest neighbour": "Yes: every pixel keeps a class that is there.",
        },
        "wrong": {
            "Enlarge it bilinearly and round": "Between two classes other classes appear.",
            "Change its brightness": "Numbers of classes are names; only the picture has a brightness.",
        },
    },
    {
        "question": "Semantic segmentation is perfect on a picture with two lions that touch. What does it say of how many lions there are?",
        "right": {"Nothing: there is one area called lion": "Yes: instances need more, such as centres and offsets."},
        "wrong": {
            "Two, since every pixel is right": "Every pixel says lion. None says which.",
            "Two, if the areas are connected": "Connected, they are one piece.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - Semantic segmentation names the class of every pixel, instance segmentation the thing it belongs to.
# - Maps grow by nearest, bilinear, unpooling, or by a transposed convolution: stamps of the kernel, added up; size $(n - 1)\,s + f - 2p$; the transpose of the convolution's matrix, not its inverse.
# - If the stride does not divide the kernel size, it prints a checkerboard.
# - A U-Net is an encoder, a decoder and skips between maps of one size. The deep maps know what, the skips know where.
# - Pixel accuracy flatters where a class is frequent. IoU and Dice look at each class; count over all pictures, then divide.
# - Rare classes need weights or a Dice loss; take the weights back when deciding.
# - Centres and offsets turn the same network into an instance segmenter; masks are matched and averaged as boxes are, with mask IoU.
# - Flip, crop and resize the map with the picture, and never interpolate it.
#
# **Now you:** [assignment 09](../exercises/09_segmentation/09_segmentation.ipynb). You will write the layers, the losses, the grouping and the measures.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - J. Long, E. Shelhamer and T. Darrell, [Fully convolutional networks for semantic segmentation](https://arxiv.org/abs/1411.4038), 2015.
# - O. Ronneberger, P. Fischer and T. Brox, [U-Net](https://arxiv.org/abs/1505.04597), 2015.
# - V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep learning](https://arxiv.org/abs/1603.07285), 2016: transposed convolutions drawn.
# - A. Odena, V. Dumoulin and C. Olah, [Deconvolution and checkerboard artifacts](https://distill.pub/2016/deconv-checkerboard/), 2016.
# - F. Milletari, N. Navab and S.-A. Ahmadi, [V-Net](https://arxiv.org/abs/1606.04797), 2016: the Dice loss. T.-Y. Lin and others, [Focal loss](https://arxiv.org/abs/1708.02002), 2017.
# - K. He, G. Gkioxari, P. Dollár and R. Girshick, [Mask R-CNN](https://arxiv.org/abs/1703.06870), 2017: boxes first.
# - B. Cheng and others, [Panoptic-DeepLab](https://arxiv.org/abs/1911.10194), 2020: centres and offsets.
# - A. Kirillov and others, [Panoptic segmentation](https://arxiv.org/abs/1801.00868), 2019, and [Segment anything](https://arxiv.org/abs/2304.02643), 2023.
