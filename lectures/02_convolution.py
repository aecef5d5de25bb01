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
# # 02 · Convolution

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/02_convolution.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/02_convolution.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/02_convolution.py)
#
# about 115 minutes to read and try · runs in 38 s with 1420 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - compute a convolution in three ways, by a loop, by a matrix and by the library, and show that they agree;
# - tell convolution from cross-correlation, and turn each into the other;
# - say what locality and sharing save: weights, multiplications, and training pictures;
# - measure equivariance, say where it breaks, and not mistake it for invariance;
# - choose between `Conv1d`, `Conv2d` and `Conv3d`, and bring data into the shape that each wants;
# - turn a trained multilayer perceptron into a convolution that scans a recording of any length.
#
# **You need** unit 01: what a multilayer perceptron cannot do.

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

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn.functional import conv1d, conv2d, conv3d, unfold

from utils import demos, plotting, quiz, training
from utils.claims import claim
from utils.datasets import digits, photos, savanna, speech
from utils.models import MLP

torch.manual_seed(2)
torch.set_num_threads(1);  # for networks as small as these, more threads only wait for each other

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How many inputs does a picture have?
#
# Unit 01 ended with a list of wishes. A network for pictures, sound and film should
#
# 1. cope with a **very high input dimension**;
# 2. use the **topology** of its input: which pixel is whose neighbour, in two dimensions or three;
# 3. have an **invariance built in** to what does not matter: where a pattern stands, how it is lit.
#
# One section for each of the first two; the third will take several. Here is a photograph.

# %% slideshow={"slide_type": "subslide"}
photo = photos.load("china").mean(0)
plotting.images([photo], ["a photograph, in grey"], height=1.3)

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "A fully connected layer turns these 427x640 pixels into a map of the same size: every number of "
        "the map looks at every pixel. How much memory do its weights take, 4 bytes each?",
    "right": {
        "About 300 gigabytes": "Yes: the number of pixels squared, times 4 bytes.",
    },
    "wrong": {
        "About 1 megabyte": "That is one weight a pixel. Every number of the map has its own weight for each pixel.",
        "About 300 megabytes": "Square the number of pixels, 273,280, and take it times 4.",
        "About 36 bytes": "That is nine weights: a 3x3 filter, and where this unit is heading.",
    },
}])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
pixels = photo.numel()
gigabytes = 4 * pixels**2 / 1e9
claim(f"427x640 is {pixels:,} pixels", pixels == 427 * 640)
claim(f"a full layer has {pixels**2:,} weights, {gigabytes:.0f} GB", pixels**2 == 74_681_958_400)
claim(f"a 3x3 filter has {3 * 3} weights, whatever the photograph", 3 * 3 == torch.ones(3, 3).numel())

# %% [markdown] slideshow={"slide_type": "fragment"}
# A small photograph, one layer, no colour: 299 GB of weights. All of them would have to be learned. A
# filter of 9 weights also turns the photograph into a map. What do we give up for that, and is it a loss?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a picture know that a list of numbers does not?
#
# Take the photograph apart and put the pixels back in a random order. Not one number is lost, only the
# knowledge of who stood beside whom: the **topology**.

# %% slideshow={"slide_type": "fragment"}
grey = photos.load("china", 144).mean(0)
order = torch.randperm(grey.numel(), generator=torch.Generator().manual_seed(2))
shuffled = grey.flatten()[order].reshape(grey.shape)
plotting.images([grey, shuffled], ["photograph", "the same pixels, shuffled"], height=1.4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# How alike are two pixels that stand $d$ columns apart? Measure it as the correlation over all such pairs.

# %% slideshow={"slide_type": "subslide"}
distances = [1, 2, 4, 8, 16, 32, 64]


def alike(picture):
    """Correlation between pixels so many columns apart, for each of the distances."""
    pairs = [torch.stack([picture[:, d:].flatten(), picture[:, :-d].flatten()]) for d in distances]
    return [torch.corrcoef(pair)[0, 1].item() for pair in pairs]


likeness = {"photograph": alike(grey), "shuffled": alike(shuffled)}
plotting.curves(distances, likeness, "distance (pixels)", "correlation of two pixels")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("in the photograph neighbours (distance 1) correlate by more than 0.9", likeness["photograph"][0] > 0.9)
claim("and the closer, the more alike", likeness["photograph"] == sorted(likeness["photograph"], reverse=True))
claim("shuffled, they correlate by less than 0.05 at every distance", max(map(abs, likeness["shuffled"])) < 0.05)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Neighbours in a picture correlate by more than 0.9: what belongs together stands together. A filter that
# reads a small window reads things that have to do with each other.
#
# Does a fully connected layer know? Shuffle its inputs, and shuffle the columns of its weights alike:

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
patch = grey[60:76, 60:76].flatten()
mixed = torch.randperm(256, generator=torch.Generator().manual_seed(5))
dense = torch.randn(10, 256, generator=torch.Generator().manual_seed(6))
edge = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
edges = [conv2d(p[None, None], edge[None, None]).abs().mean() for p in (grey, shuffled)]
claim("a full layer gives the same outputs for a 16x16 patch and for its shuffled pixels",
      torch.allclose(dense @ patch, dense[:, mixed] @ patch[mixed], atol=1e-4))
claim("a filter for edges answers shuffled pixels more than 3 times as strongly: all is edge there",
      edges[1] > 3 * edges[0])

# %% [markdown] slideshow={"slide_type": "fragment"}
# For every full layer on pictures there is one on shuffled pictures that does exactly as well. It treats the
# picture as a list. A filter cannot be fooled like that: it *uses* the topology.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Three ways to slide: the loop and the matrix
#
# One dimension first. A kernel of three weights slides over a signal of ten samples and gives $\mathbf{w}
# \cdot \mathbf{x}$ at each place. As a **loop**:

# %% slideshow={"slide_type": "fragment"}
signal = torch.tensor([0.0, 1, 0, 0, 2, 0, 1, 1, 0, 0])
kernel = torch.tensor([1.0, 2, 3])


def slide(signal, kernel):
    """w·x at every place where the kernel fits."""
    places = range(len(signal) - len(kernel) + 1)
    return torch.stack([kernel @ signal[i:i + len(kernel)] for i in places])


plotting.number_grids([signal[None], kernel[None], slide(signal, kernel)[None]], ["signal", "kernel", "map"],
                      windows=[(0, 4, 1, 3), None, (0, 4, 1, 1)])


# %% [markdown] slideshow={"slide_type": "subslide"}
# Framed: $1\cdot 2 + 2 \cdot 0 + 3 \cdot 1 = 5$. Every number of the map is a weighted sum of the signal, so
# the map is a **matrix** times the signal, as in any linear layer. Which matrix? Row $i$ holds the kernel
# at columns $i, i+1, i+2$, and zeros everywhere else.

# %% slideshow={"slide_type": "fragment"}
def band(kernel, size):
    """The matrix that slides a kernel over a signal of so many samples."""
    matrix = torch.zeros(size - len(kernel) + 1, size)
    for i, row in enumerate(matrix):
        row[i:i + len(kernel)] = kernel
    return matrix


matrix = band(kernel, len(signal))
plotting.number_grids([matrix, signal[:, None], (matrix @ signal)[:, None]], ["matrix", "signal", "map"],
                      windows=[(4, 0, 1, 10), (4, 0, 3, 1), (4, 0, 1, 1)])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each diagonal holds one number all the way down: a **Toeplitz** matrix. And the third way is the
# **library**: `conv1d`.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
library = conv1d(signal[None, None], kernel[None, None])[0, 0]
claim("at the frame, 1·2 + 2·0 + 3·1 = 5", slide(signal, kernel)[4] == 5)
claim("the loop, the matrix and the library give the same map",
      torch.equal(slide(signal, kernel), matrix @ signal) and torch.equal(matrix @ signal, library))
claim(f"the matrix has {len(matrix)} rows and {len(signal)} columns: {matrix.numel()} numbers",
      matrix.shape == (8, 10))
claim(f"{matrix.count_nonzero()} of them are not zero, and only {len(kernel)} are different",
      matrix.count_nonzero() == 24 and matrix.unique().tolist() == [0, 1, 2, 3])
claim("every diagonal is constant", torch.equal(matrix[1:, 1:], matrix[:-1, :-1]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# So a convolution is a linear layer, but a very special one. Of its 80 numbers 56 are bound to be zero:
# **sparse**. And the other 24 are the same 3 over and over: **shared**.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim(f"{(matrix == 0).sum()} of 80 are zero", (matrix == 0).sum() == 56)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is the matrix of a filter on a picture?
#
# A picture of $6 \times 6$ pixels, read line by line, is a list of 36 numbers. A $3 \times 3$ filter gives
# a map of $4 \times 4$, a list of 16.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "The matrix that takes 36 pixels to the 16 numbers of the map: how many of its 576 entries are not "
        "zero? (All nine weights of the filter are different from zero.)",
    "right": {144: "Yes: 16 rows, and in each of them the 9 weights of the filter."},
    "wrong": {
        9: "Nine different numbers, but each of the 16 rows holds them all.",
        576: "That is a full layer: each number of the map would look at all 36 pixels.",
        48: "Three in a row? The filter covers 3 pixels in each of 3 lines.",
    },
    "otherwise": "A row of the matrix makes one number of the map. How many pixels does that number look at?",
}])


# %% [markdown] slideshow={"slide_type": "subslide"}
# There is a way to find the matrix of *any* linear layer without thinking: column $j$ is what comes out
# of a picture that is dark but for pixel $j$.

# %% slideshow={"slide_type": "fragment"}
def matrix_of(layer, height, width):
    """The matrix of a linear layer on a grey picture: column j is the answer to pixel j alone."""
    single_pixels = torch.eye(height * width).reshape(-1, 1, height, width)
    return layer(single_pixels).flatten(1).T


filter3 = torch.arange(1.0, 10).reshape(3, 3) - 10
blocks = matrix_of(lambda x: conv2d(x, filter3[None, None]), 6, 6)
plotting.signed_maps([blocks], ["the matrix of a 3x3 filter: 16 rows, 36 columns"], height=2.6)


# %% [markdown] slideshow={"slide_type": "fragment"}
# Three stripes, one for each line of the filter, in four steps, one for each line of the map. It is a
# Toeplitz matrix made of Toeplitz blocks. Now the three ways once more, in two dimensions:

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
def slide2d(picture, kernel):
    """The loop in two dimensions."""
    rows, columns = picture.shape[0] - kernel.shape[0] + 1, picture.shape[1] - kernel.shape[1] + 1
    numbers = [(kernel * picture[r:r + kernel.shape[0], c:c + kernel.shape[1]]).sum()
               for r in range(rows) for c in range(columns)]
    return torch.stack(numbers).reshape(rows, columns)


crop = grey[40:46, 40:46]
loop = slide2d(crop, filter3)
library = conv2d(crop[None, None], filter3[None, None])[0, 0]
claim("a 3x3 filter on 6x6 pixels gives a 4x4 map", library.shape == (4, 4))
claim("the matrix has 16 rows and 36 columns, 576 entries", blocks.shape == (16, 36) and blocks.numel() == 576)
claim(f"{blocks.count_nonzero()} are not zero", blocks.count_nonzero() == 144)
claim("the loop, the matrix and the library agree on a piece of 6x6 pixels of the photograph",
      torch.allclose(loop, library, atol=1e-4)
      and torch.allclose((blocks @ crop.flatten()).reshape(4, 4), library, atol=1e-4))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What makes a network a convolutional one?
#
# One thing: it uses a convolution **in place of a general matrix multiplication in at least one of its
# layers**. Here are two networks for the course's small digits of $8 \times 8$ pixels. In the second the
# first layer is an ordinary linear one; we copy the matrix of the convolution into it.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
pictures, _ = digits.load("test")
convolutional = nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10))
general = nn.Sequential(nn.Flatten(), nn.Linear(64, 144, bias=False), nn.ReLU(), convolutional[3])
with torch.no_grad():
    general[1].weight.copy_(matrix_of(convolutional[0], 8, 8))

before, after = convolutional[0].weight.numel(), general[1].weight.numel()
claim(f"the convolution has 4·9 = {before} weights, the linear layer 64·144 = {after}", (before, after) == (36, 9216))
claim(f"both networks say the same about {len(pictures)} digits of 8x8 pixels",
      torch.allclose(convolutional(pictures), general(pictures), atol=1e-5))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same function, with 36 weights in place of 9216. So a convolution can do *nothing* that a full layer
# could not do as well. Its worth lies in what it cannot do: it must treat every place alike, and look at
# neighbours only. For pictures that is a good thing to be forced to.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which way round: convolution or cross-correlation?
#
# Two operations go by one name. For a signal $x$ and a kernel $w$:
#
# | | at place $i$ | in words |
# | --- | --- | --- |
# | **cross-correlation** | $\sum_a w_a\, x_{i+a}$ | lay the kernel on the signal as it is |
# | **convolution** | $\sum_a w_a\, x_{i-a}$ | flip the kernel first |
#
# Why would anyone flip? Think of an echo in the mountains. The kernel says what becomes of one clap: now at
# full strength, and some time later again at 0.6 of it. Every sample of a speech is a little clap, and all
# their echoes add up. An echo comes *after* the clap, so the output at $i$ needs the *earlier* sample
# $x_{i-a}$. That is a convolution.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "A signal is 1 at one sample and 0 elsewhere. `conv1d` (enough zeros around it) slides the kernel "
        "1 2 3 over it. What comes out around that sample?",
    "right": {
        "3 2 1":
            "Yes: the first window that contains the 1 has it under its LAST weight. So `conv1d` does not "
            "convolve: it cross-correlates.",
    },
    "wrong": {
        "1 2 3": "That is convolution: one clap answered by the kernel itself. `conv1d` does not flip.",
        "2": "Three windows contain the sample, so three numbers are not 0.",
        "6": "That is the sum of the weights: what comes out of a signal of ones.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
clap = torch.tensor([0.0, 0, 0, 0, 1, 0, 0, 0, 0])
correlated = conv1d(clap[None, None], kernel[None, None], padding=2)[0, 0]
convolved = conv1d(clap[None, None], kernel.flip(0)[None, None], padding=2)[0, 0]
plotting.number_grids([clap[None], kernel[None]], ["a clap", "kernel"])

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([correlated[None], convolved[None]],
                      ["cross-correlation: what conv1d computes", "convolution: the kernel is flipped first"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now with a real kernel, an echo after 0.15 seconds, and a real sentence. By convolution the echo follows
# the word; by cross-correlation it comes *before* the word was said.

# %% slideshow={"slide_type": "fragment"}
clips, labels, rows = speech.load("test")
spoken = 0.6 * clips[0, 0]
delay = 1200  # samples: 0.15 s
mountains = torch.zeros(delay + 1)
mountains[0], mountains[-1] = 1.0, 0.6
around = nn.functional.pad(spoken, (delay, delay))
echo = conv1d(around[None, None], mountains.flip(0)[None, None])[0, 0]
foreboding = conv1d(around[None, None], mountains[None, None])[0, 0]
plotting.waveforms([spoken, echo, foreboding], [f'"{rows[0]["text"]}"', "convolved", "cross-correlated"],
                   rate=speech.RATE)

# %% slideshow={"slide_type": "fragment"}
speech.player(echo)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
seconds = delay / speech.RATE
claim(f"the second weight, 0.6, stands {seconds} seconds after the first",
      mountains[delay] == torch.tensor(0.6) and delay == 0.15 * 8000)
claim("convolution: each sample is heard again 0.15 seconds later, at 0.6 of its strength",
      torch.allclose(echo[delay:len(spoken)], spoken[delay:] + 0.6 * spoken[:-delay], atol=1e-5))
claim("cross-correlation: each is heard 0.15 seconds BEFORE its time",
      torch.allclose(foreboding[delay:len(spoken)], spoken[:-delay] + 0.6 * spoken[delay:], atol=1e-5))


# %% [markdown] slideshow={"slide_type": "subslide"}
# Flipping has a second reward: convolution commutes. Kernel and signal may change places, and two filters in
# a row may be merged into one. Cross-correlation has neither.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def correlate(x, w):
    """Cross-correlation at every place where the two overlap at all."""
    return conv1d(x[None, None], w[None, None], padding=len(w) - 1)[0, 0]


def convolve(x, w):
    """Convolution, made of cross-correlation: flip the kernel."""
    return correlate(x, w.flip(0))


a, b = torch.randn(7), torch.randn(4)
claim("convolve(x, w) is NumPy's convolve", np.allclose(convolve(a, b), np.convolve(a, b), atol=1e-5))
claim("correlate(x, w) is NumPy's correlate",
      np.allclose(correlate(a, b), np.correlate(a, b, "full"), atol=1e-5))
claim("convolution commutes", torch.allclose(convolve(a, b), convolve(b, a), atol=1e-5))
claim("cross-correlation does not: the result comes out reversed",
      torch.allclose(correlate(a, b), correlate(b, a).flip(0), atol=1e-5)
      and not torch.allclose(correlate(a, b), correlate(b, a), atol=1e-1))
claim("the matrix of the one, transposed, is the matrix of the other",
      torch.allclose(band(b, 10).T @ a, convolve(a, b), atol=1e-5))


# %% [markdown] slideshow={"slide_type": "fragment"}
# So, exactly: **what deep learning calls convolution is cross-correlation**, `nn.Conv1d`, `nn.Conv2d` and
# `nn.Conv3d` included. A network that learns its kernels does not care; whoever writes them by hand must.
# From here on we say convolution, as everybody does, and mean what `conv2d` computes.
#
# The last claim is a look ahead: gradients go back through the transposed matrix. Going back through a
# cross-correlation is a true convolution.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do locality and sharing save?
#
# Three ideas make the matrix cheap, and the first two can be had one after the other:
#
# | layer | each number of the map looks at | with weights |
# | --- | --- | --- |
# | **dense** | every pixel | of its own |
# | **locally connected** | its window: *sparse interactions* | of its own |
# | **convolution** | its window | that all places share: *parameter sharing* |
#
# The middle one is rarely built, but it shows which saving comes from where.

# %% slideshow={"slide_type": "fragment"}
def locally_connected(picture, weights):
    """A filter for each place: weights (places, 9), picture (height, width); returns (places,)."""
    windows = unfold(picture[None, None], 3)[0].T  # one row a place
    return (windows * weights).sum(1)


own_filters = torch.randn(16, 9, generator=torch.Generator().manual_seed(7))
as_matrix = torch.zeros(16, 36)
for place in range(16):
    top, left = divmod(place, 4)
    as_matrix[place].view(6, 6)[top:top + 3, left:left + 3] = own_filters[place].view(3, 3)
full = torch.randn(16, 36, generator=torch.Generator().manual_seed(8))
plotting.signed_maps([full, as_matrix, blocks / 9], ["dense", "locally connected", "convolution"], height=1.3)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
same_filter = filter3.flatten().expand(16, 9)
claim("a local layer is a dense one with zeros",
      torch.allclose(as_matrix @ crop.flatten(), locally_connected(crop, own_filters), atol=1e-4))
claim("and a convolution is a local layer whose filters are all the same",
      torch.allclose(locally_connected(crop, same_filter).view(4, 4), library, atol=1e-4))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Count **weights** (numbers to learn and to store) and **multiplications** (work for one picture). Let the
# picture have $N \times N$ pixels and $D_1$ channels, the layer $K$ maps and filters of $F \times F$, and
# the map $M \times M$ places, $M = N - F + 1$. Without biases:
#
# | | weights | multiplications |
# | --- | --- | --- |
# | dense | $N^2 D_1 \cdot M^2 K$ | the same |
# | local | $F^2 D_1 \cdot M^2 K$ | the same |
# | shared | $F^2 D_1 \cdot K$ | $F^2 D_1 \cdot M^2 K$ |

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Going from the locally connected layer to the convolution, what becomes cheaper?",
    "right": {
        "The weights, not the work":
            "Yes: at every place the same number of products is taken; only the weights are the same ones.",
    },
    "wrong": {
        "The work, not the weights": "Each place still takes all its products. Sharing means fewer different weights.",
        "Both": "Weights, yes. But every place still multiplies its whole window: the work stays.",
        "Neither": "All the places share one filter: that is one set of weights in place of one for each place.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def counts(N, F, D1, K):
    """Weights and multiplications of the three layers, for one picture."""
    window, places = F * F * D1, (N - F + 1)**2
    return {
        "dense": (N * N * D1 * places * K, N * N * D1 * places * K),
        "local": (window * places * K, window * places * K),
        "shared": (window * K, window * places * K),
    }


sides = [16, 32, 64, 128, 224]
weights = {f"{name}": [counts(N, 3, 3, 16)[name][0] for N in sides] for name in ("dense", "local", "shared")}
plotting.curves(sides, weights, "length of the picture's side (pixels)", "weights of the layer", log=True)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
print("224x224 in colour, 16 filters of 3x3")
for name, (to_learn, work) in counts(224, 3, 3, 16).items():
    print(f"{name:>8} {to_learn:>19,} weights {work:>19,} multiplications")
layers = counts(224, 3, 3, 16)
conv = nn.Conv2d(3, 16, 3, bias=False)
claim(f"dense, local, shared have {layers['dense'][0]:,}, {layers['local'][0]:,} and {layers['shared'][0]:,} weights",
      [layers[name][0] for name in layers] == [118_697_951_232, 21_290_688, 432])
claim("PyTorch's layer has 432 too", conv.weight.numel() == layers["shared"][0])
claim(f"locality saves {layers['dense'][1] / layers['local'][1]:,.0f} times the multiplications; sharing saves none",
      layers["local"][1] == layers["shared"][1])
claim("sharing saves 49,284 times the weights: once for each of the 222x222 places",
      layers["local"][0] == 222 * 222 * layers["shared"][0] and 222 * 222 == 49_284)
claim("on our 6x6 pixels: 576, 144 and 9 weights",
      [counts(6, 3, 1, 1)[name][0] for name in layers] == [576, 144, 9])


# %% [markdown] slideshow={"slide_type": "fragment"}
# **Locality** divides weights and work by 5,575; **sharing** then divides the weights by 49,284 more, and
# 432 are left. The size of the picture has dropped out of the number of weights: the first wish is granted.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can a kernel be learned?
#
# So far we wrote the kernels. Let us hide one and have it found from examples: photographs, and what the
# hidden filter makes of them. Gradient descent starts from random weights and lowers the mean squared
# error. The hidden one is Sobel's filter for vertical edges.

# %% slideshow={"slide_type": "fragment"}
def crops(photograph, count, size, seed):
    """Square pieces of a photograph, at random places."""
    random = torch.Generator().manual_seed(seed)
    tops, lefts = (torch.randint(n - size + 1, (count,), generator=random) for n in photograph.shape)
    pieces = [photograph[t:t + size, l:l + size] for t, l in zip(tops, lefts, strict=True)]
    return torch.stack(pieces)[:, None]


def learn(x, y, seed, steps=300):
    """The kernel that gradient descent finds, and how far it was from Sobel's at each step."""
    torch.manual_seed(seed)
    layer = nn.Conv2d(1, 1, 3, bias=False)
    descent, distance = torch.optim.Adam(layer.parameters(), lr=0.1), []
    for _ in range(steps):
        descent.zero_grad()
        (layer(x) - y).square().mean().backward()
        descent.step()
        distance.append((layer.weight[0, 0] - edge).abs().max().item())
    return layer.weight.detach()[0, 0], distance


pieces = crops(photo, 32, 24, seed=0)
answers = conv2d(pieces, edge[None, None])
noisy = answers + 0.1 * torch.randn(answers.shape, generator=torch.Generator().manual_seed(1))
runs = [learn(pieces, noisy, seed) for seed in range(3)]

# %% slideshow={"slide_type": "subslide"}
steps = list(range(1, 301, 15))
plotting.curves(steps, {"furthest weight": [[run[1][s - 1] for s in steps] for run in runs]},
                "step of gradient descent", "distance from the hidden kernel", log=True)

# %% slideshow={"slide_type": "subslide"}
plotting.number_grids([edge, runs[0][0]], ["hidden kernel", "learned from noisy examples"])

# %% slideshow={"slide_type": "fragment"}
furthest = [run[1][-1] for run in runs]
print("furthest weight from the hidden kernel, 3 seeds:", [f"{error:.3f}" for error in furthest])
claim("for 3 seeds of 3, no weight ends further than 0.1 from the hidden one, whose largest is 2",
      len(furthest) == 3 and max(furthest) < 0.1 and edge.max() == 2)
claim("though every answer carried noise of 0.1", 0.09 < (noisy - answers).std() < 0.11)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The band shows all 3 seeds: wherever it starts, descent arrives at the same filter, within 0.1 of weights
# as large as 2, although every number it learned from had noise of 0.1 on it. The noise averages out, because every
# place of every picture teaches the *same* nine weights.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How many pictures does sharing save?
#
# Let the other two layers learn the same filter, from pieces of $12 \times 12$ pixels, now without noise.
# We take the exact least-squares solution, so that no one can blame the training. They learn from the dahlia and are
# tested on the temple.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "Each number of the dense layer's map has 12x12 = 144 weights. How many pictures are needed to "
                "find them all?",
    "right": {144: "Yes: one picture is one equation for them, and 144 unknowns want 144 equations."},
    "wrong": {
        1: "For the convolution, yes: one picture has 100 places, so 100 equations for 9 unknowns.",
        9: "For the locally connected layer: 9 unknowns, one equation a picture.",
        14400: "That is how many weights the layer has. But the 100 numbers of the map learn side by side.",
    },
    "otherwise": "How many equations for the weights of one number of the map does one picture give?",
}])


# %% slideshow={"slide_type": "subslide"}
def solve(inputs, targets):
    """Least squares: the smallest weights among those that fit best."""
    return torch.linalg.lstsq(inputs, targets, driver="gelsd").solution


def test_errors(count):
    """Relative errors on a new photograph after so many pieces of the first: dense, local, shared."""
    x, y, new_x, new_y = train_x[:count], train_y[:count], test_x, test_y
    windows, new_windows = (unfold(p, 3).permute(2, 0, 1) for p in (x, new_x))  # (places, pieces, 9)
    dense = new_x.flatten(1) @ solve(x.flatten(1), y)
    local = (new_windows @ solve(windows, y.T[..., None]))[..., 0].T
    shared = (new_windows @ solve(windows.reshape(-1, 9), y.T.reshape(-1, 1)))[..., 0].T
    return [((guess - new_y).norm() / new_y.norm()).item() for guess in (dense, local, shared)]


flower = photos.load("flower").mean(0)
train_x, test_x = crops(flower, 200, 12, seed=3).double(), crops(photo, 200, 12, seed=4).double()
train_y, test_y = (conv2d(x, edge[None, None].double()).flatten(1) for x in (train_x, test_x))
numbers = [1, 3, 8, 9, 30, 60, 100, 143, 144, 200]
errors = [test_errors(count) for count in numbers]
plotting.curves(numbers, {name: [max(row[i], 1e-9) for row in errors] for i, name in enumerate(("dense", "local", "shared"))},
                "training pictures", "relative error on new pictures", log=True)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
exact = [next(n for n, row in zip(numbers, errors, strict=True) if row[i] < 1e-6) for i in range(3)]
claim("the pieces have 12x12 pixels", train_x.shape[1:] == (1, 12, 12))
claim(f"exact on new pictures from {exact[2]} picture on (shared), {exact[1]} (local) and {exact[0]} (dense)",
      exact == [144, 9, 1])
claim("with 100 pictures the dense layer still errs by more than 20 %", errors[numbers.index(100)][0] > 0.2)


# %% [markdown] slideshow={"slide_type": "fragment"}
# One picture is enough for the convolution, 9 for the local layer, 144 for the dense one, which still errs by more than
# 20 % after 100. (The curves end where only rounding is left.) Fewer weights are not only cheaper: they are
# **learned from less data**.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What happens to the map when the scene moves?
#
# The third idea. Take two views of the photograph, the second with the camera turned a little, so that the
# scene stands 8 pixels further to the right. Filter both.

# %% slideshow={"slide_type": "fragment"}
def view(moved=0):
    """96 columns of the photograph; the scene stands so many pixels further to the right."""
    return grey[24:120, 40 - moved:136 - moved]


blob5 = torch.ones(5, 5)
blob5[1:4, 1:4] = -16 / 9


def filtered(picture, kernel=blob5, stride=1):
    """The map of a filter; zeros around the picture, so that it keeps its size at stride 1."""
    return conv2d(picture[None, None], kernel[None, None], stride=stride, padding=len(kernel) // 2)[0, 0]


step = 8
plotting.images([view(), view(step)], ["before", "the scene has moved by 8 pixels"])

# %% slideshow={"slide_type": "subslide"}
plotting.signed_maps([filtered(view()), filtered(view(step))], ["map before", "map after"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# The map has moved along. In symbols, with $f$ for the filter and "shift" for the move:
#
# $$f(\text{shift}\ x) = \text{shift}\ f(x)$$
#
# This is called **equivariance**: it does not matter whether you shift first and filter then, or the other
# way round. Is it exact? Move one map back onto the other and look at the difference.

# %% slideshow={"slide_type": "fragment"}
difference = filtered(view(step))[:, step:] - filtered(view())[:, :-step]
plotting.signed_maps([difference], ["map after, moved back, minus map before"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
off = (difference.abs().amax(0) > 1e-4).nonzero().flatten().tolist()
claim(f"the scene has moved by {step} pixels: {96 - step} columns are in both views", difference.shape == (96, 88))
claim(f"{88 - len(off)} of them have the same map; 2 at either end differ, columns {off}", off == [0, 1, 86, 87])

# %% [markdown] slideshow={"slide_type": "fragment"}
# It holds to rounding in 84 of 88 columns, and fails in 2 at either end: there the $5 \times 5$ window hangs
# over the border of one of the views and sees the zeros of the padding in place of the scene. **Away from the
# border** the equality is exact.
#
# Does it survive a second layer, with biases and a ReLU in between?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
two_layers = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 4, 5, padding=2), nn.ReLU())
with torch.no_grad():
    deep = [two_layers(v[None, None])[0] for v in (view(), view(step))]
gap = (deep[1][:, :, step:] - deep[0][:, :, :-step]).abs().amax((0, 1))
wrong_columns = (gap > 1e-5).nonzero().flatten().tolist()
claim("through two layers of 5x5 with ReLU it holds away from the border too", gap[4:-4].max() < 1e-5)
claim("and the border has grown to 4 columns at either end",
      wrong_columns == [0, 1, 2, 3, 84, 85, 86, 87])

random_layer = torch.randn(96 * 96, 96, generator=torch.Generator().manual_seed(9))
in_full = [(v.flatten() @ random_layer) for v in (view(), view(step))]
claim("a full layer knows nothing of it: its output does not shift, at no step",
      all((in_full[1][k:] - in_full[0][:96 - k]).abs().mean() > 1 for k in range(96)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# ReLU and bias treat each place by itself, so they do no harm; but the border grows with every layer, here
# to 4 columns.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Where does equivariance break?
#
# The border is one place. The **stride** is another: a layer with stride 2 visits every second pixel only.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "With stride 2, for which movements of the scene does the map still move along exactly?",
    "right": {
        "Even numbers of pixels":
            "Yes: 2 pixels in the scene are 1 step in the map. After 1 pixel every window sees what none saw "
            "before.",
    },
    "wrong": {
        "All": "After 1 pixel the map would have to move by half a step, which it cannot.",
        "None": "Try 2 pixels: each window then sees exactly what its neighbour saw before.",
        "Odd numbers of pixels": "It is the other way round: 2 pixels of the scene are 1 step of the map.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def equivariance_error(moved, stride):
    """How far f(shift x) is from shift f(x), away from the border, relative to the map itself."""
    before, after = filtered(view(), stride=stride), filtered(view(moved), stride=stride)
    in_map = moved // stride  # whole steps, as near as the map allows
    inner = slice(3, -3)
    a, b = after[inner, in_map:][:, inner], before[inner, :before.shape[1] - in_map][:, inner]
    return ((a - b).abs().mean() / b.abs().mean()).item()


moves = list(range(13))
breaks = {f"stride {s}": [equivariance_error(m, s) for m in moves] for s in (1, 2, 4)}
plotting.curves(moves, breaks, "the scene has moved by (pixels)", "relative error of equivariance")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
exact = {name: [m for m, error in zip(moves, line, strict=True) if error < 1e-4] for name, line in breaks.items()}
claim("stride 1: exact for every movement", exact["stride 1"] == moves)
claim(f"stride 2: exact for {exact['stride 2']} pixels", exact["stride 2"] == [0, 2, 4, 6, 8, 10, 12])
claim(f"stride 4: exact for {exact['stride 4']} pixels", exact["stride 4"] == [0, 4, 8, 12])
claim("in between the error is more than 0.2 of the map",
      min(e for s in (2, 4) for m, e in zip(moves, breaks[f"stride {s}"], strict=True) if m % s) > 0.2)


# %% [markdown] slideshow={"slide_type": "fragment"}
# With stride 4 three movements in four break it. Every layer with a stride does this, pooling included; unit
# 04 will measure what it costs.
#
# And other movements? Nobody promised anything about turning or growing.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
def turned(picture):
    return picture.rot90(1, (0, 1))


square = view()
commutes = {
    name: torch.allclose(filtered(turned(square), k), turned(filtered(square, k)), atol=1e-4)
    for name, k in {"edges": edge, "blobs": blob5}.items()
}
claim("a quarter turn: the filter for vertical edges is not equivariant", not commutes["edges"])
claim("the filter for blobs is, because it looks the same after a quarter turn", commutes["blobs"])
claim("twice the light makes twice the map", torch.allclose(filtered(2 * square), 2 * filtered(square), atol=1e-4))


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Equivariance or invariance?
#
# Slides in circulation say of a filter that detects an eye anywhere: *translation invariance*. That is a
# slip, and a common one. Keep them apart:
#
# | | | example |
# | --- | --- | --- |
# | **equivariant** | $f(\text{shift}\ x) = \text{shift}\ f(x)$: the output moves along | a convolution |
# | **invariant** | $f(\text{shift}\ x) = f(x)$: the output stays | the largest value of the map |
#
# Take a zebra that walks 20 pixels, and a filter for its stripes.

# %% slideshow={"slide_type": "subslide"}
def wave(size, period, degrees, phase=0.0):
    """Stripes under a soft window: weights that add up to 0, of length 1."""
    r = torch.arange(size) - size // 2
    y, x = torch.meshgrid(r, r, indexing="ij")
    along = x * math.cos(math.radians(degrees)) + y * math.sin(math.radians(degrees))
    weights = torch.cos(2 * math.pi * along / period + phase) * torch.exp(-(x**2 + y**2) / (2 * 3.0**2))
    weights = weights - weights.mean()
    return weights / weights.norm()


stripes = wave(13, period=5, degrees=20)
zebra = savanna.Recipe(size=96, animals=("zebra",), styles=("noto",), scale=0.6, mirror=0, x=0.2, y=0.5,
                       backgrounds=("plain",))
here, there = (savanna.scene(replace(zebra, shift=(s, 0)), 0)["image"].float().mean(0) / 255 for s in (0, 20))
maps = [conv2d(p[None, None], stripes[None, None])[0, 0] for p in (here, there)]
plotting.images([here, there], ["a zebra", "20 pixels on"], height=1.7)

# %% slideshow={"slide_type": "fragment"}
plotting.signed_maps([stripes, *maps], ["stripes", "map", "map, 20 pixels on"], height=1.7)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
peaks = [divmod(m.argmax().item(), m.shape[1]) for m in maps]
claim(f"the place of the largest response moves from column {peaks[0][1]} to {peaks[1][1]}, by 20: equivariant",
      peaks[1] == (peaks[0][0], peaks[0][1] + 20))
claim("the largest response itself is the same: invariant", torch.allclose(maps[0].max(), maps[1].max(), atol=1e-4))


# %% [markdown] slideshow={"slide_type": "fragment"}
# The map is equivariant: it says *where*, and 20 pixels in the scene are 20 pixels in the map. Only taking the
# maximum over the whole map, which throws the place away, makes an invariant number out of it. That step is
# called pooling, and it is the subject of unit 04.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do hand-made filters find?
#
# People wrote filters long before networks learned them. Three kinds: **edges**, where light turns to dark;
# **blobs**, spots of a certain size; and **matched** filters, which look like what they look for: ours for
# stripes has the width of a zebra's.

# %% slideshow={"slide_type": "fragment"}
def spot(sigma):
    """Bright in the middle, dark around it, of a size; weights that add up to 0, of length 1."""
    r = torch.arange(-3 * sigma, 3 * sigma + 1)
    q = (r[:, None]**2 + r[None]**2) / (2 * sigma**2)
    weights = (1 - q) * torch.exp(-q)
    weights = weights - weights.mean()
    return weights / weights.norm()


def response(picture, kernel):
    """The map of one kernel on a grey picture."""
    return conv2d(picture[None, None], kernel[None, None])[0, 0]


petals = photos.load("flower", 144).mean(0)
plotting.images([grey, petals], ["a temple by a lake", "a dahlia"], height=1.9)

# %% slideshow={"slide_type": "subslide"}
plotting.signed_maps([response(grey, edge), response(grey, stripes)], ["vertical edges", "zebra stripes"],
                     height=1.9)

# %% slideshow={"slide_type": "fragment"}
plotting.signed_maps([response(petals, spot(2)), response(petals, spot(6))],
                     ["spots of 2 pixels", "spots of 6 pixels"], height=1.9)

# %% [markdown] slideshow={"slide_type": "subslide"}
# The columns of the temple light up as edges; the small spots are single petals, the large ones the rim of
# the flower. And the filter for zebra stripes finds stripes: some railings and window bars of a temple without any
# zebra. A filter detects a *pattern*, not a thing.
#
# How good is it at zebras all the same? Take 60 scenes with a zebra and 60 with another large animal, on plain,
# textured and photographic grounds. A scene's score is the largest response in it.

# %% slideshow={"slide_type": "fragment"}
park = replace(zebra, x=(0, 1), y=(0, 1), backgrounds=("plain", "texture", "photo"))
others = replace(park, animals=("horse", "lion", "giraffe", "elephant", "leopard", "rhinoceros"))


def largest(recipe):
    """The largest response to the filter for stripes in each of 60 scenes."""
    scenes = savanna.batch(recipe, 60, seed=2)["images"].float().mean(1, keepdim=True) / 255
    return conv2d(scenes, stripes[None, None]).amax((1, 2, 3))


turns = [0, 15, 30, 45, 60, 75, 90]
turned_zebras = [largest(replace(park, rotation=t)) for t in turns]
other_animals = largest(others)
levels = {"zebra": [z.mean() for z in turned_zebras], "other animals": [other_animals.mean()] * len(turns)}
plotting.curves(turns, levels, "zebra turned by (degrees)", "largest response, mean")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
scores = torch.cat([turned_zebras[0], other_animals])
claim("60 zebras, 60 others: the area under the ROC curve is above 0.99 (1 is perfect, 0.5 is guessing)",
      roc_auc_score([1] * 60 + [0] * 60, scores) > 0.99)
claim("turned by 90 degrees, a zebra is answered less than 0.6 times as strongly",
      levels["zebra"][-1] < 0.6 * levels["zebra"][0])

# %% [markdown] slideshow={"slide_type": "fragment"}
# One filter, written by hand, tells zebras from other animals at every *place* of the scene: the area under the curve
# (unit 07 explains it; 0.5 is guessing, 1 perfect) is above 0.99. At every *angle*, its answer is not the same: at 90
# degrees less than 0.6 of what it was. Sliding buys translation, nothing else.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does a filter that finds an eye find it anywhere?
#
# Cut the eye out of one owl and use it as the kernel: the simplest **matched filter**. Then look for it in 40
# scenes where the owl sits somewhere else.

# %% slideshow={"slide_type": "fragment"}
owl = savanna.Recipe(size=96, animals=("owl",), styles=("noto",), scale=0.5, mirror=0)
model = savanna.batch(replace(owl, backgrounds=("plain",)), 1, seed=1)
left, top = model["boxes"][0, 0, :2].int().tolist()
eye = model["images"][0].float().mean(0)[top + 8:top + 21, left + 3:left + 16] / 255
scenes = savanna.batch(owl, 40, seed=5)
pictures = scenes["images"].float().mean(1) / 255
plotting.images([eye, *pictures[:4]], ["the eye", *[f"scene {i}" for i in range(4)]], height=1.6)


# %% slideshow={"slide_type": "subslide"}
def found(maps, boxes=scenes["boxes"][:, 0]):
    """Share of scenes whose largest response stands, to a pixel, where the owl has the eye that was cut out."""
    at = maps.flatten(1).argmax(1)
    rows, columns = at // maps.shape[2], at % maps.shape[2]
    return (((rows - boxes[:, 1] - 8).abs() <= 1) & ((columns - boxes[:, 0] - 3).abs() <= 1)).float().mean().item()


raw = conv2d(pictures[:, None], eye[None, None])[:, 0]
contrast = eye - eye.mean()
matched = conv2d(pictures[:, None], contrast[None, None])[:, 0]
print(f"the eye as it is: found in {found(raw):.0%}; minus its mean: found in {found(matched):.0%}")

# %% slideshow={"slide_type": "fragment"}
plotting.signed_maps([raw[0] / raw.max(), matched[0] / matched.max()], ["the eye as it is", "minus its mean"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("of 40 scenes the eye as it is finds its place in fewer than 10 %",
      len(pictures) == 40 and found(raw) < 0.1)
claim("minus its mean, so that the weights add up to 0, it finds it in 100 %",
      found(matched) == 1 and contrast.sum().abs() < 1e-4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# As it is, the eye is a sum of positive weights, and whatever is *bright* gets a large response: it finds its
# place in fewer than 10 % of the scenes. Subtract the mean, so that the weights add up to 0, and it finds it in
# 100 %: wherever the eye is, the same weights look there too. That is what sharing is for.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if the light changes?
#
# The other half of the third wish. Three kinds of change: a constant added (fog), everything multiplied (a
# cloud), and both.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "The weights of a filter add up to 0. What happens to its map when 0.3 is added to every pixel?",
    "right": {"Nothing": "Yes: each window's sum changes by 0.3 times the sum of the weights, which is 0."},
    "wrong": {
        "0.3 is added to it": "That needs weights that add up to 1, such as those of a blur.",
        "It is multiplied by 1.3": "The filter is linear: an addition stays an addition.",
        "It is blurred": "Every window still has the same weights; no neighbour is mixed in that was not before.",
    },
}])


# %% [markdown] slideshow={"slide_type": "subslide"}
# Adding does nothing; multiplying still multiplies the map. A cure is **normalised correlation**: bring each
# window to mean 0 and length 1 before the products are summed, and the kernel too:
#
# $$r = \frac{\sum (w - \bar w)(x - \bar x)}{\lVert w - \bar w \rVert\ \lVert x - \bar x \rVert}$$
#
# Then 1 says *exactly this pattern*, whatever the light, and $-1$ its negative.

# %% slideshow={"slide_type": "fragment"}
def normalised(pictures, template):
    """Normalised correlation with the template at every place of each picture: from -1 to 1."""
    weights = (template - template.mean()).double()
    weights, ones = (weights / weights.norm())[None, None], torch.ones_like(weights)[None, None]
    x = pictures.double()[:, None]
    sums, squares = conv2d(x, ones), conv2d(x * x, ones)
    lengths = (squares - sums**2 / weights.numel()).clamp(min=1e-4).sqrt()
    return (conv2d(x, weights) / lengths)[:, 0].float()


lights = {"as it was": (1, 0), "fog: + 0.3": (1, 0.3), "cloud: x 0.5": (0.5, 0), "both": (0.5, 0.3)}
peaks = {}
for name, (factor, added) in lights.items():
    lit = factor * pictures[:1] + added
    peaks[name] = [conv2d(lit[:, None], k[None, None]).max().item() for k in (eye, contrast)]
    peaks[name].append(normalised(lit, eye).max().item())
    print(f"{name:>14}: eye as it is {peaks[name][0]:6.2f}, zero-sum {peaks[name][1]:5.2f}, "
          f"normalised {peaks[name][2]:5.3f}")

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
as_it_was, fog, cloud, both = peaks.values()
claim("adding 0.3 to every pixel changes nothing for weights that add up to 0",
      abs(fog[1] - as_it_was[1]) < 1e-3 and contrast.sum().abs() < 1e-4)
unit = contrast / contrast.norm()
claim("the eye brought to mean 0 and length 1 has correlation 1 with itself",
      torch.allclose(torch.stack([unit.mean(), unit.norm(), (unit * unit).sum()]), torch.tensor([0.0, 1, 1]), atol=1e-4))
claim("but multiplying by 0.5 halves the response", abs(cloud[1] - as_it_was[1] / 2) < 1e-3)
claim("normalised correlation ignores both, and stays above 0.99",
      min(p[2] for p in peaks.values()) > 0.99 and max(p[2] for p in peaks.values()) - min(p[2] for p in peaks.values()) < 1e-3)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Why care about the size of a response? Because someone has to decide from it: *is there an eye at all?* Take
# 40 owls in dim light of all strengths and 40 scenes of other animals in full light, and compare the largest
# responses.

# %% slideshow={"slide_type": "fragment"}
dim = savanna.batch(replace(owl, brightness=(0.3, 1.0)), 40, seed=5)["images"].float().mean(1) / 255
strangers = savanna.batch(replace(owl, animals=("zebra", "flamingo", "lion")), 40, seed=6)["images"].float().mean(1) / 255
zero_sum, with_norm = ([f(dim).amax((1, 2)), f(strangers).amax((1, 2))] for f in (
    lambda p: conv2d(p[:, None], contrast[None, None])[:, 0], lambda p: normalised(p, eye)))
separate = [roc_auc_score([1] * 40 + [0] * 40, torch.cat(pair)) for pair in (zero_sum, with_norm)]
print(f"area under the ROC curve: zero-sum {separate[0]:.3f}, normalised {separate[1]:.3f}")
print(f"weakest owl {with_norm[0].min():.3f}, strongest stranger {with_norm[1].max():.3f} (normalised)")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("zero-sum: some owls in dim light answer less than a brightly lit stranger",
      zero_sum[0].min() < zero_sum[1].max())
claim("normalised: each of 40 owls is above each of 40 strangers", with_norm[0].min() > with_norm[1].max())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Only after normalising does one threshold serve every light: all 40 owls lie above all 40 strangers.
#
# Networks get the first half, zero-sum weights, by learning; the second half they get from *normalisation* of
# their inputs and of their maps, which unit 05 will add. Invariance to light is not for free either: somebody has to build it in.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## One, two or three dimensions?
#
# The dimension of a convolution is the number of directions in which the kernel **slides**. The channels are
# not one of them: at each place the kernel reads all of them.
#
# | data | array of a batch | layer | weights |
# | --- | --- | --- | --- |
# | raw waveform, time series | $(B, 1, T)$ | `Conv1d` | $(K, 1, F)$ |
# | grey picture, spectrogram | $(B, 1, H, W)$ | `Conv2d` | $(K, 1, F, F)$ |
# | colour picture, spectrogram of several microphones | $(B, C, H, W)$ | `Conv2d` | $(K, C, F, F)$ |
# | video | $(B, C, T, H, W)$ | `Conv3d` | $(K, C, F, F, F)$ |
#
# The deck files colour pictures under "3-D data". As an array a colour picture does have three axes. But red, green and blue are
# no direction to slide along: it is data with two dimensions and three channels, and `Conv2d` is for it.

# %% slideshow={"slide_type": "subslide"}
recipe = savanna.Recipe(size=64, animals=("zebra",), styles=("noto",), scale=0.5, mirror=0, x=0.3, y=0.5,
                        backgrounds=("texture",))
film = savanna.clip(recipe, 1, 12, velocity=(2, 0))["images"].float() / 255  # (frames, channels, height, width)
plotting.images(list(film[::3]), [f"frame {i}" for i in range(0, 12, 3)], height=1.5)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
data = {
    "waveform": (nn.Conv1d(1, 8, 25), clips[:2]),
    "spectrogram": (nn.Conv2d(1, 8, 5), speech.spectrogram(clips[:2])),
    "colour picture": (nn.Conv2d(3, 8, 5), photos.load("flower", 144)[None]),
    "video": (nn.Conv3d(3, 8, 5), film.movedim(1, 0)[None]),
}
shapes = {name: (tuple(x.shape), tuple(layer.weight.shape), tuple(layer(x).shape)) for name, (layer, x) in data.items()}
for name, (inputs, kernels, outputs) in shapes.items():
    print(f"{name:>14}: {inputs} with weights {kernels} gives {outputs}")
claim("2 clips of 12000 samples give (2, 8, 11976)", shapes["waveform"][2] == (2, 8, 12000 - 25 + 1))
claim("12 frames of 64x64 in 3 colours give (1, 8, 8, 60, 60)", shapes["video"][2] == (1, 8, 12 - 4, 64 - 4, 64 - 4))
claim("a 5x5x5 filter on 3 colours has 375 weights, a 5x5 filter 75",
      (data["video"][0].weight[0].numel(), data["colour picture"][0].weight[0].numel()) == (375, 75))

# %% [markdown] slideshow={"slide_type": "subslide"}
# Mind the order of the axes. A film comes as (frames, channels, height, width); `Conv3d` wants the channels
# first. `movedim` and `permute` move axes; `reshape` and `view` do not, they cut the numbers up anew, and nobody warns you:

# %% slideshow={"slide_type": "fragment"}
rows_first = photos.load("flower", 144).movedim(0, -1)  # as cameras and most files have it: (height, width, 3)
height, width, _ = rows_first.shape
plotting.images([rows_first.movedim(-1, 0), rows_first.reshape(3, height, width)],
                ["movedim(-1, 0)", "reshape(3, height, width)"], height=1.5)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("both have the same shape, only one is the flower",
      rows_first.reshape(3, height, width).shape == rows_first.movedim(-1, 0).shape
      and torch.equal(rows_first.movedim(-1, 0), photos.load("flower", 144)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What is there to find along time?
#
# **Sound.** A kernel that is a short wave answers where the signal swings at that pitch. Take 129 pitches, a
# cosine and a sine of each, 256 samples long, and let them jump by 128 samples. You know the result:

# %% slideshow={"slide_type": "fragment"}
samples, pitch = torch.arange(256), torch.arange(129)[:, None]
hann = torch.hann_window(256)
waves = torch.cat([torch.cos(2 * math.pi * pitch * samples / 256), torch.sin(2 * math.pi * pitch * samples / 256)])
waves = (waves * hann / (hann.sum() / 2))[:, None]  # 258 kernels for one channel
maps = conv1d(clips[:1], waves, stride=128, padding=128)
power = maps[:, :129]**2 + maps[:, 129:]**2
decibels = 10 * power.clamp(min=1e-8).log10()
plotting.spectrograms([decibels[0], speech.spectrogram(clips[:1])[0, 0]], ["258 kernels", "the spectrogram"],
                      rate=speech.RATE, hop=128)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim(f"{len(waves)} kernels, a cosine and a sine for each of 129 pitches, 256 long, stride 128",
      waves.shape == (258, 1, 256))
claim("their powers are the spectrogram, to a tenth of a decibel",
      (decibels - speech.spectrogram(clips[:1])[:, 0]).abs().max() < 0.1)


# %% [markdown] slideshow={"slide_type": "subslide"}
# A spectrogram *is* a convolution layer, with 258 hand-made kernels. A network on the raw waveform may learn
# others.
#
# **Film.** A kernel of two frames can subtract: what it sees now, moved by $v$ pixels, minus what it saw a frame
# ago. Where something moves at just that speed, the two cancel. Let us ask which $v$ leaves least.

# %% slideshow={"slide_type": "fragment"}
def left_over(film, speed):
    """Mean response of a kernel of 2 frames that cancels what moves by so many pixels a frame."""
    kernel = torch.zeros(1, 1, 2, 1, 7)
    kernel[0, 0, 0, 0, 3], kernel[0, 0, 1, 0, 3 + speed] = -1, 1
    return conv3d(film.mean(1)[None, None], kernel).abs().mean().item()


speeds = [-3, -2, -1, 0, 1, 2, 3]
walks = {v: savanna.clip(replace(recipe, x=0.5, backgrounds=("plain",)), 0, 6, velocity=(v, 0))["images"].float() / 255
         for v in (-2, 0, 2)}
left = {f"zebra: {v}": [left_over(walk, s) for s in speeds] for v, walk in walks.items()}
plotting.curves(speeds, left, "speed that the kernel cancels (pixels a frame)", "what is left over")

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
best = [speeds[int(np.argmin(line))] for line in left.values()]
claim(f"least is left at {best[0]}, {best[1]} and {best[2]} pixels a frame: the zebras' own speeds", best == [-2, 0, 2])

# %% [markdown] slideshow={"slide_type": "fragment"}
# One number for each kernel, and the smallest tells how fast and which way the zebra walks: 2 pixels a frame
# to the left, not at all, 2 to the right. No single frame could tell. That is what a kernel that also
# extends along time is for.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can unit 01's network scan?
#
# Unit 01 trained a multilayer perceptron (MLP) on the spectrogram of a window, with the words *hapa kazi tu*
# in its middle. It knew them there, and nowhere else. Here it is again: windows of 54 columns, 129 pitches
# each.

# %% slideshow={"slide_type": "fragment"}
WINDOW = 6784  # samples, 0.85 s: the longest "hapa kazi tu" and a little more


def listen(clips):
    """Spectrograms with values from 0 to 1, the pitches as channels: (clips, 129, columns)."""
    return speech.spectrogram(clips)[:, 0] / 80 + 1


def windows(split, shift=0):
    """Windows with the phrase in the middle, or so many samples later; and whether it is "hapa kazi tu"."""
    clips, labels, _ = speech.load(split, place="fixed", length=WINDOW, shift=shift)
    return listen(clips).half(), labels  # half precision: half the memory


def trained(x, labels, seed, epochs):
    """An MLP with 32 hidden units that knows two classes: no and yes."""
    torch.manual_seed(seed)
    mlp = MLP(129 * 54, [32], 2)
    descent = torch.optim.AdamW(mlp.parameters(), lr=1e-3)
    batches = training.Batches(x, labels, 64, seed=seed, transform=lambda x, labels: (x.float(), labels))
    training.fit(mlp, batches, epochs=epochs, optimizer=descent)
    return mlp


x, labels = windows("train")
test_windows, test_labels = windows("test")
test_windows = test_windows.float()
mlps = [trained(x, labels, seed, epochs=15) for seed in range(3)]


# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the trick. Its first layer multiplies a window of $129 \times 54$ numbers by 32 rows of weights. A
# `Conv1d` with 129 channels and kernels 54 long does the same at *every* window. Nothing has to be learned anew:
# the weights are only **reshaped**. The layers after it work on what one window gave; as a convolution
# they have kernels of length 1.

# %% slideshow={"slide_type": "fragment"}
def scanner(mlp):
    """The same network as a convolution: it gives its answer for each window of a recording of any length."""
    first, second = mlp[1], mlp[3]
    network = nn.Sequential(nn.Conv1d(129, 32, 54), nn.ReLU(), nn.Conv1d(32, 2, 1))
    network[0].load_state_dict({"weight": first.weight.view(32, 129, 54), "bias": first.bias})
    network[2].load_state_dict({"weight": second.weight[:, :, None], "bias": second.bias})
    return network


scan = scanner(mlps[0])
clips, is_phrase, rows = speech.load("test")
whole = listen(clips)  # the phrase stands anywhere in these
with torch.no_grad():
    scores = scan(whole)
    one_by_one = torch.stack([mlps[0](whole[:, :, i:i + 54]) for i in range(41)], dim=2)

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim(f"the MLP and the scanner have the same {training.count_parameters(scan):,} parameters",
      training.count_parameters(scan) == training.count_parameters(mlps[0]))
claim("129 pitches, 54 columns, 32 hidden units: 129·54·32 = 222,912 of them in the first weights",
      scan[0].weight.numel() == 129 * 54 * 32 == 222_912)
claim("the second layer has become kernels of length 1", scan[2].weight.shape == (2, 32, 1))
with torch.no_grad():
    claim("on one window of 54 columns both say the same",
          torch.allclose(scan(test_windows)[:, :, 0], mlps[0](test_windows), atol=1e-3))
claim(f"on whole clips, of {whole.shape[2]} columns, the scanner gives {scores.shape[2]} answers",
      scores.shape == (160, 2, 41))
claim("the same 41 that the MLP gives when it is moved along by hand",
      torch.allclose(scores, one_by_one, atol=1e-3))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **A fully connected layer is a convolution** whose kernel is as large as its input. So a network that ends in fully
# connected layers is not bound to one size: written as convolutions, with the same weights, it takes any length, and scans it.
#
# It holds for pictures as well. Unit 05's network ends its convolutions with 16 maps of $5 \times 5$, which go
# through a linear layer of 120 units:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
linear, over_maps = nn.Linear(16 * 5 * 5, 120), nn.Conv2d(16, 120, 5)
over_maps.load_state_dict({"weight": linear.weight.view(120, 16, 5, 5), "bias": linear.bias})
maps16 = torch.randn(4, 16, 5, 5)
claim("16 maps of 5x5 through a linear layer of 120 are a 5x5 convolution with 120 filters",
      torch.allclose(linear(maps16.flatten(1)), over_maps(maps16)[:, :, 0, 0], atol=1e-5))
claim("which takes 9x11 maps too, and answers at 5x7 places",
      over_maps(torch.randn(1, 16, 9, 11)).shape == (1, 120, 5, 7))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does it find HAPA KAZI TU?
#
# Four clips after one another make one recording of six seconds. The scanner takes it as it is. Its score is
# the yes-output minus the no-output, for the window around each moment; a positive score says yes.

# %% slideshow={"slide_type": "fragment"}
middles = [(row["start"] + row["end"]) / 2 for row in rows]
inside = [i for i, m in enumerate(middles) if WINDOW / 2 < m < 12000 - WINDOW / 2]  # a window fits around the phrase
spoken = [i for i in inside if is_phrase[i]]
chosen = [spoken[3], *[i for i in inside if not is_phrase[i]][2:4], spoken[9]]  # words, none, none, words
recording = clips[chosen].flatten()[None, None]
spans = [((k * 12000 + rows[i]["start"]) / 8000, (k * 12000 + rows[i]["end"]) / 8000)
         for k, i in enumerate(chosen) if is_phrase[i]]


def score(network, sound):
    """Yes minus no for each window of each clip: (clips, places)."""
    with torch.no_grad():
        answers = network(sound)
    return answers[:, 1] - answers[:, 0]


along = score(scan, listen(recording))[0]
middle = (torch.arange(len(along)) * 128 + WINDOW / 2) / 8000  # seconds
plotting.curves(middle, {"score": along}, "time (s): middle of the window", "yes minus no", spans=spans)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Marked is where the words are said. There the score should be high, and nowhere else. How often is it? Count, on the 160 test clips, by speakers never heard in training. A clip counts as yes if
# *any* of its 41 windows does.

# %% slideshow={"slide_type": "fragment"}
centre = torch.tensor(middles)


def measured(mlp):
    """Accuracy at the MLP's own place; on whole clips by their middle window, and by scanning; places found."""
    along = score(scanner(mlp), whole)
    best, at = along.max(1)
    yes = is_phrase == 1
    return {
        "phrase in the middle": training.evaluate(mlp, [(test_windows, test_labels)])["accuracy"],
        "anywhere, middle window": ((along[:, 20] > 0) == yes).float().mean().item(),
        "anywhere, scanned": ((best > 0) == yes).float().mean().item(),
        "found within 0.1 s": ((at * 128 + WINDOW / 2 - centre).abs()[yes] <= 800).float().mean().item(),
    }


def report(networks):
    results = [measured(mlp) for mlp in networks]
    for name in results[0]:
        values = [result[name] for result in results]
        print(f"{name:>24}: {np.mean(values):5.1%}  ({min(values):.1%} to {max(values):.1%} over 3 seeds)")
    return {name: [result[name] for result in results] for name in results[0]}


plain = report(mlps)

# %% slideshow={"slide_type": "subslide"}
claim("160 test clips, 41 windows in each", score(scan, whole).shape == (160, 41))
claim("with the phrase in the middle the MLP is right in more than 90 %", min(plain["phrase in the middle"]) > 0.9)
claim("with the phrase anywhere it is about as good as a coin: less than 65 %",
      max(plain["anywhere, middle window"]) < 0.65)
claim("scanning, it is right in more than 65 %, for every seed", min(plain["anywhere, scanned"]) > 0.65)
claim("and its highest score marks the words to 0.1 s in more than 80 % of the clips that have them",
      min(plain["found within 0.1 s"]) > 0.8)


# %% [markdown] slideshow={"slide_type": "subslide"}
# In the middle: more than 90 %. Anywhere: a coin, less than 65 %. Scanning finds the place, to 0.1 s in more than 80 % of the
# clips. Yet as an answer to yes or no it is worse than in the middle. Why?
#
# The scanner has 41 chances for a false alarm in each clip; and most windows are of a kind that the MLP never met in
# training: half a word, silence, the middle of another sentence. So show it such windows, with the answer no.

# %% slideshow={"slide_type": "fragment"}
def lessons():
    """Windows with the phrase in the middle, give or take a column (128 samples), and windows far from it: no."""
    near = [windows("train", shift) for shift in (-128, 0, 128)]
    far = [windows("train", shift)[0] for shift in (-4000, -3000, -2000, -1000, 1000, 2000, 3000, 4000)]
    pairs = near + [(away, torch.zeros(len(away), dtype=torch.int64)) for away in far]
    return [torch.cat(parts) for parts in zip(*pairs, strict=True)]


more_windows, more_labels = lessons()
taught = [trained(more_windows, more_labels, seed, epochs=8) for seed in range(3)]
better = report(taught)

# %% slideshow={"slide_type": "fragment"}
gain = np.mean(better["anywhere, scanned"]) - np.mean(plain["anywhere, scanned"])
claim("no more parameters than before", training.count_parameters(taught[0]) == training.count_parameters(mlps[0]))
claim("scanning gains more than 4 points of accuracy, as a mean over 3 seeds", gain > 0.04)
claim("and finds the words to 0.1 s in more than 90 %", np.mean(better["found within 0.1 s"]) > 0.9)

# %% slideshow={"slide_type": "subslide"}
along = score(scanner(taught[0]), listen(recording))[0]
plotting.curves(middle, {"score": along}, "time (s): middle of the window", "yes minus no", spans=spans)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The network has as many parameters as before, and gains more than 4 points. It now finds the words to 0.1 s in
# more than 90 %. What does *not* change: the
# first kernel is 54 columns long and has 222,912 weights, and it has to learn all of the words in one piece. Unit 05 will
# build the words from short kernels in several layers, with far fewer weights.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("the first kernel is 54 columns long: 222,912 weights", scanner(taught[0])[0].weight.numel() == 222_912)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does your own filter find?
#
# Write a kernel and see its map at once, on two photographs and a scene. This demo needs no kernel of the notebook: it runs in
# your browser. Try to make one that finds only the horizontal edges; one whose map does not change when you add light;
# and one that moves the picture by a pixel.

# %% slideshow={"slide_type": "subslide"}
demos.show("filter_explorer")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Take a pencil. Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
five = counts(5, 3, 1, 1)
claim("the right answers of these questions are computed",
      [five["dense"][0], five["local"][0], band(torch.ones(4), 20).shape] == [225, 81, (17, 20)]
      and np.convolve([1, 2], [3, 4]).tolist() == [3, 10, 8])
quiz.show([
    {
        "question": "A 5x5 picture, one channel, one map, 3x3 windows. How many weights has the locally connected layer?",
        "right": {81: "Yes: 9 places with 9 weights each."},
        "wrong": {
            9: "That is the convolution, whose places share one filter.",
            225: "That is the dense layer: 25 pixels times 9 places.",
            25: "One weight a pixel? Each of the 9 places has a filter of its own.",
        },
        "otherwise": "How many places has a 3x3 window in 5x5 pixels, and how many weights has each?",
    },
    {
        "question": "The (full) convolution of [1, 2] with [3, 4]: what is its middle number?",
        "right": {10: "Yes: 1·4 + 2·3. It is also the middle coefficient of (1 + 2x)(3 + 4x)."},
        "wrong": {
            11: "1·3 + 2·4 is the cross-correlation: the kernel was not flipped.",
            8: "2·4 is the last number.",
        },
        "otherwise": "Flip one of them, lay them on each other, multiply and add: 1 meets 4, and 2 meets 3.",
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
quiz.show([
    {
        "question": "Which of these are equivariant to a shift by one pixel, away from the border?",
        "right": {
            "A convolution with stride 1": "Yes: that is the plainest case.",
            "ReLU": "Yes: it treats each place by itself.",
            "Two convolutions with ReLU in between": "Yes: equivariance survives being stacked.",
        },
        "wrong": {
            "A convolution with stride 2": "Only for an even number of pixels.",
            "The largest value of a map": "That is invariant: it does not move along, it stays.",
            "A locally connected layer": "Each place has a filter of its own: a shifted pattern meets other weights.",
        },
    },
    {
        "question": "Films of 16 frames in colour, (B, 3, 16, 64, 64). What does `nn.Conv2d(3, 8, 5)` on each frame miss?",
        "right": {"What moves, and which way": "Yes: no kernel ever sees two frames at once."},
        "wrong": {
            "The colours": "It reads all three channels at each place.",
            "The edges": "Those stand in every single frame.",
            "Nothing: the frames are its channels": "Then it would not be applied to each frame, and would need 48 channels.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A convolution is a linear layer whose matrix is **sparse** and **shared**: a Toeplitz matrix. Loop, matrix and
#   library give the same. A network with at least one such layer is a convolutional one.
# - Deep learning's "convolution" is **cross-correlation**; convolution flips the kernel first.
# - Locality saves weights and work; sharing saves weights, and training pictures: 1, 9 and 144 in our experiment.
# - $f(\text{shift}\ x) = \text{shift}\ f(x)$ is **equivariance**. It is exact away from the border at stride 1, breaks at
#   the border and for shifts that the stride does not divide, and was never promised for turning. **Invariance** takes
#   a further step.
# - A filter whose weights add up to 0 ignores added light; normalised correlation also ignores its strength.
# - The kernel slides along 1, 2 or 3 directions: `Conv1d`, `Conv2d`, `Conv3d`. Channels are not a direction.
# - A fully connected layer is a convolution as large as its input: reshape its weights, and the network scans.
#
# **Now you:** [assignment 02](../exercises/02_convolution/02_convolution.ipynb). You will build all of it, and
# turn a trained MLP into a scanner.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - I. Goodfellow, Y. Bengio and A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/convnets.html), 2016, chapter 9: the three ideas.
# - Y. LeCun and others, [Gradient-based learning applied to document
#   recognition](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf), 1998: shared weights, and networks that scan.
# - A. Azulay and Y. Weiss, [Why do deep convolutional networks generalize so poorly to small image
#   transformations?](https://arxiv.org/abs/1805.12177), 2019: what the stride breaks.
# - R. Zhang, [Making convolutional networks shift-invariant again](https://arxiv.org/abs/1904.11486), 2019: one repair.
# - O. Kayhan and J. van Gemert, [On translation invariance in CNNs](https://arxiv.org/abs/2003.07064), 2020: what the border gives away.
# - J. Long, E. Shelhamer and T. Darrell, [Fully convolutional networks](https://arxiv.org/abs/1411.4038), 2015: linear
#   layers become convolutions.
# - J. P. Lewis, [Fast normalized
#   cross-correlation](http://scribblethink.org/Work/nvisionInterface/nip.html), 1995.
