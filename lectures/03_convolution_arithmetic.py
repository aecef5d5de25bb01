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
# # 03 · Convolution arithmetic

# %% [markdown] slideshow={"slide_type": "-"} tags=["badges"]
# [Open in Colab](https://colab.research.google.com/github/YOUR_ORGANISATION/dl4cv/blob/main/lectures/03_convolution_arithmetic.ipynb) · [Open in Binder](https://mybinder.org/v2/gh/YOUR_ORGANISATION/dl4cv/main?urlpath=lab/tree/lectures/03_convolution_arithmetic.ipynb) · [Source](https://github.com/YOUR_ORGANISATION/dl4cv/blob/main/lectures/03_convolution_arithmetic.py)
#
# about 85 minutes to read and try · runs in 20 s with 990 MB of memory

# %% [markdown] slideshow={"slide_type": "subslide"}
# **You will be able to**
#
# - compute by hand what a filter makes of an image, and say how large its map is for any stride, padding
#   and dilation;
# - count the weights, the biases and the multiplications of a convolution layer;
# - choose the hyper-parameters of a layer, and know what PyTorch does when your choice does not fit;
# - read every argument of `nn.Conv2d`, and say why its name is not quite right;
# - explain how a convolution becomes one matrix product, and what that costs.
#
# **You need** the unit before this one: why an image wants filters that slide.

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
import random
import time

import torch
from torch import nn
from torch.nn.functional import conv2d, unfold

from utils import demos, plotting, quiz
from utils.claims import claim
from utils.datasets import photos

torch.manual_seed(3);

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does a filter compute at one place?
#
# Here is an image of 7 rows and 7 columns: black is 0, white is 9. Can you see the digit?
#
# A **filter** is a small block of weights $\mathbf{w}$, the **kernel**, and one more number, the **bias**
# $b$. Laid on the image, it covers a **window** of pixels $\mathbf{x}$ and gives one number:
#
# $$\mathbf{w} \cdot \mathbf{x} + b$$
#
# Multiply each weight by the pixel under it, add up the products, add the bias. That is all.

# %% slideshow={"slide_type": "subslide"}
image = torch.zeros(7, 7)
image[1, 1:4] = 9
image[2:6, 3] = 9
kernel = torch.tensor([[-1.0, 0.0, 1.0]] * 3)
bias = 1.0

window = image[2:5, 1:4]
plotting.number_grids(
    [image, window, kernel, kernel * window],
    ["image", "window x", "kernel w", "products"],
    windows=[(2, 1, 3, 3), None, None, None],
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The orange frame marks the window. The kernel takes the left column negatively and the right column
# positively, so it asks: *is it brighter on the right than on the left?* The products say yes.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
by_hand = 9 + 9 + 9 + bias
claim(f"black is {image.min():g} and white is {image.max():g}", image.unique().tolist() == [0, 9])
claim(f"7 rows and 7 columns are {image.numel()} pixels", image.numel() == 7 * 7)
claim(f"a 3x3 window needs {kernel.numel()} products", kernel.numel() == 9)
claim(f"w·x + b by hand, in the picture, is {by_hand:g}", by_hand == (kernel * window).sum() + bias)
claim("w·x is the dot product of two lists of numbers",
      kernel.flatten() @ window.flatten() + bias == by_hand)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What happens when the filter slides?
#
# Now move the window: one pixel to the right, and again, then one row down. Every place gives one number,
# and the numbers keep the order of the places. Together they are a **map** (feature map, activation map).
#
# Predict, then run: the cell of each question is folded, because it holds the answers.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "A 3x3 kernel slides over a 7x7 image, one pixel at a time, without leaving it. How large is "
        "the map?",
    "right": {
        "5x5": "Yes: the left edge of the window can stand in columns 0 to 4, and that is five places.",
    },
    "wrong": {
        "7x7":
            "At columns 5 and 6 the window would hang over the edge: there are fewer places than "
            "pixels.",
        "4x4": "7 - 3 = 4 is how far the window can move. The place where it started counts too.",
        "3x3":
            "That is the size of the kernel: the map has one number for each place, not for each "
            "weight.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def slide(image, kernel, bias=0.0, stride=1):
    """The map of one filter on a grey image, one window after the other."""
    size = kernel.shape[0]
    rows = range(0, image.shape[0] - size + 1, stride)
    columns = range(0, image.shape[1] - size + 1, stride)
    numbers = [
        [(kernel * image[top:top + size, left:left + size]).sum() + bias for left in columns] for top in rows
    ]
    return torch.tensor(numbers)


slid = slide(image, kernel, bias)
plotting.number_grids([image, kernel, slid], ["image", f"kernel, bias {bias:g}", "map"],
                      windows=[(2, 1, 3, 3), None, (2, 1, 1, 1)])

# %% [markdown] slideshow={"slide_type": "subslide"}
# The map is red along the left side of the digit's stroke, where dark turns to bright, and blue along its
# right side, where bright turns to dark. Where nothing changes from left to right only the bias is left.
# The same thing, moving:

# %% slideshow={"slide_type": "fragment"}
plotting.sliding_window(image, kernel, bias=bias)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
library = conv2d(image[None, None], kernel[None, None], torch.tensor([bias]))[0, 0]
claim("a 7x7 image and a 3x3 kernel give a 5x5 map", tuple(slid.shape) == (5, 5))
claim(f"the window stands at {slid.numel()} places", slid.numel() == 25)
claim("our loop computes what torch computes", torch.allclose(slid, library))

# %% [markdown] slideshow={"slide_type": "fragment"}
# `conv2d` wants two more dimensions, a stack of images and their channels: that is what `[None, None]` adds
# and `[0, 0]` takes away again.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do hand-made filters see in a photograph?
#
# Before networks learned their filters, people wrote them. Four classics, each a handful of numbers:

# %% slideshow={"slide_type": "fragment"}
blur = torch.full((5, 5), 1 / 25)
sharpen = torch.tensor([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]])
vertical = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
horizontal = vertical.T
plotting.number_grids([blur, sharpen, vertical, horizontal],
                      ["blur", "sharpen", "vertical edges", "horizontal edges"])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "Add up the weights of the vertical-edge kernel. What will its map show on a cloudless, even "
        "sky?",
    "right": {
        "0 everywhere":
            "Yes: every pixel is the same value v, and v times (the sum of the weights) is v times 0.",
    },
    "wrong": {
        "The brightness of the sky": "That needs weights that add up to 1, as those of the blur do.",
        "Large positive numbers":
            "The positive weights see as much light as the negative ones, and they cancel.",
        "Bright on the left, dark on the right":
            "It answers changes from left to right, and an even sky has none.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
grey = photos.load("china", 144).mean(0)


def response(picture, kernel, **settings):
    """The map of one kernel on a grey picture."""
    return conv2d(picture[None, None], kernel[None, None], **settings)[0, 0]


plotting.images([grey, response(grey, blur), response(grey, sharpen)], ["photograph", "blurred", "sharpened"])

# %% slideshow={"slide_type": "fragment"}
plotting.signed_maps([response(grey, vertical), response(grey, horizontal)],
                     ["vertical edges", "horizontal edges"])

# %% [markdown] slideshow={"slide_type": "subslide"}
# A temple by a lake. Blurring takes the mean of each neighbourhood, sharpening exaggerates how a pixel
# differs from its neighbours. The columns of the temple light up in the first map of edges, its roofs and
# eaves in the second; the sky is white in both.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
wall = torch.full((9, 9), 0.6)
claim("kernels that add up to 0 see nothing on an even wall", all(
    torch.allclose(response(wall, k), torch.zeros(7, 7), atol=1e-6) for k in (vertical, horizontal)))
claim("kernels that add up to 1 keep its brightness", all(
    torch.allclose(response(wall, k), torch.tensor(0.6), atol=1e-6) for k in (blur, sharpen)))
claim("blurring the photograph lowers its contrast, sharpening raises it",
      response(grey, blur).std() < grey.std() < response(grey, sharpen).std())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How large is the map when the filter takes longer steps?
#
# The length of a step is the **stride** $S$. One dimension is enough to see what it does, since rows and
# columns never meet: let $N$ be the length of the image and $F$ that of the kernel. Each row below is one
# place of the window.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "N=7, F=3. With S=1 there are 5 places. How many are there with S=2?",
    "right": {3: "Yes: the window starts at 0, 2 and 4, and ends exactly at the last pixel."},
    "wrong": {
        2:
            "7 - 3 = 4 pixels to move, 4 / 2 = 2 steps. But a walk of two steps has three places: add"
            " the start.",
        4: "That is how far the window can move, in pixels, not in steps of two.",
        5: "That is S=1. Longer steps visit fewer places.",
    },
    "otherwise": "Write down where the window starts: 0, then 2, then ... as long as it fits.",
}])

# %% slideshow={"slide_type": "fragment"}
plotting.placements([{"input_size": 7, "kernel_size": 3, "stride": s} for s in (1, 2)])


# %% [markdown] slideshow={"slide_type": "subslide"}
# From the first place to the last the window moves $N-F$ pixels, in steps of $S$; and the place where it
# starts counts too:
#
# $$\frac{N-F}{S} + 1$$
#
# Does that hold beyond two examples? Count the places, for every size up to 40 for which the steps come out
# even:

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
def places(N, F, S):
    """The starts of all windows, counted one by one."""
    return len([start for start in range(0, N, S) if start + F <= N])


even = [(N, F, S) for N in range(1, 41) for F in range(1, N + 1) for S in range(1, 11) if (N - F) % S == 0]
claim("N=7, F=3, S=1 gives 5 places", places(7, 3, 1) == 5)
claim("N=7, F=3, S=2 gives 3 places", places(7, 3, 2) == 3)
claim(f"(N - F)/S + 1 is right for {len(even)} settings up to N=40",
      all(places(N, F, S) == (N - F) / S + 1 for N, F, S in even))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What if the last step does not fit?
#
# Take the same image with $S=3$. The formula gives $(7-3)/3 + 1 = 2.33$, and nobody has ever seen a third
# of a number in a map.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "You ask PyTorch for that very layer: 7 pixels, kernel 3, stride 3. What will it do?",
    "right": {
        "Give a map of 2 and say nothing":
            "Yes: it rounds down. The window stops where it last fitted.",
    },
    "wrong": {
        "Raise an error":
            "A careful library might. PyTorch drops the step that does not fit, without a word.",
        "Give a map of 3, with zeros beyond the edge":
            "PyTorch adds zeros only when you ask for them, with `padding`.",
        "Shorten the last step so that it fits":
            "The stride is the same everywhere; only the number of steps is cut.",
    },
}])

# %% slideshow={"slide_type": "fragment"}
plotting.placements([{"input_size": 7, "kernel_size": 3, "stride": 3}])


# %% [markdown] slideshow={"slide_type": "fragment"}
# Two windows fit (blue); the third would reach beyond the edge (vermillion). So who looks at the last
# column of the image? Let us count, for each pixel, the windows that read it. A trick does it: with all
# weights 1, the derivative of the sum of the map by a pixel is how often that pixel was used.

# %% slideshow={"slide_type": "subslide"}
def times_read(size, kernel_size, stride=1, padding=0):
    """How many windows read each pixel of a square image."""
    picture = torch.zeros(1, 1, size, size, requires_grad=True)
    ones = torch.ones(1, 1, kernel_size, kernel_size)
    total = conv2d(picture, ones, stride=stride, padding=padding).sum()
    return torch.autograd.grad(total, picture)[0][0, 0]


plotting.number_grids([times_read(7, 3, s) for s in (1, 2, 3)], [f"times read, S={s}" for s in (1, 2, 3)])

# %% [markdown] slideshow={"slide_type": "fragment"}
# With $S=3$ the last row and the last column are black: 13 pixels that the layer cannot see. Whatever
# happens there, the map stays as it is.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
changed = image.clone()
changed[6, :] = changed[:, 6] = 5.0
unread = int((times_read(7, 3, 3) == 0).sum())
claim(f"(7 - 3)/3 + 1 = {(7 - 3) / 3 + 1:.2f} is not a whole number", (7 - 3) % 3 != 0)
claim("for N=7, F=3, S=3 PyTorch gives 2 places: it rounds down", len(response(image, kernel, stride=3)) == 2)
claim(f"with S=3, {unread} of 49 pixels are never read", unread == 13)
claim("changing them changes nothing in the map",
      torch.equal(response(image, kernel, stride=3), response(changed, kernel, stride=3)))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The course's own calculator, `utils.arithmetic.output_size`, is stricter than PyTorch: unless you pass
# `exact=False`, a step that does not fit is an error that says what to change. It is built from this
# section and the next ones.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
from utils.arithmetic import output_size

print([output_size(7, 3, stride) for stride in (1, 2)], output_size(7, 3, 3, exact=False))
try:
    output_size(7, 3, 3)
except ValueError as error:
    print(error)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How can the map keep the size of the image?
#
# Every layer so far makes the picture smaller. How many layers can you stack before nothing is left? Take
# an image of 32 pixels and kernels with $F=5$.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
sizes = [32]
while sizes[-1] >= 5:
    sizes.append(output_size(sizes[-1], 5))
print(sizes)
claim(f"32 pixels last for {len(sizes) - 1} layers of F=5, and {sizes[-1]} pixels are left", len(sizes) == 8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# After 7 layers there is no room for the next. The cure is **zero padding**: surround the image with $P$
# rows and columns of zeros on every side, so that it grows to $N+2P$. To end where we began, we need as
# many places as pixels, $(N+2P-F)+1=N$, and so, for stride 1,
#
# $$P = \frac{F-1}{2}$$

# %% slideshow={"slide_type": "subslide"}
plotting.placements([
    {"input_size": 7, "kernel_size": 3, "padding": 1},
    {"input_size": 7, "kernel_size": 5, "padding": 2},
    {"input_size": 7, "kernel_size": 7, "padding": 3},
])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
for F in (3, 5, 7):
    P = (F - 1) // 2
    mapped = response(image, torch.ones(F, F), padding=P)
    claim(f"F={F} with P={P} keeps 7x7", mapped.shape == image.shape)
claim("F=4 would need P=1.5: even kernels cannot be centred on a pixel",
      (4 - 1) / 2 == 1.5 and all(len(response(image, torch.ones(4, 4), padding=P)) != 7 for P in range(4)))

# %% [markdown] slideshow={"slide_type": "subslide"}
# $F = 3, 5, 7$ go with $P = 1, 2, 3$. An even kernel cannot do it: $F=4$ would need $P=1.5$. That is one
# reason why kernels are odd. (PyTorch's `padding="same"` pads one more pixel on one side then.)
#
# Padding also treats the border more fairly. In how many windows does a pixel take part?

# %% slideshow={"slide_type": "fragment"}
plotting.number_grids([times_read(7, 3), times_read(7, 3, padding=1)], ["times read, P=0", "times read, P=1"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
before, after = times_read(7, 3), times_read(7, 3, padding=1)
claim("without padding a corner is read once and the centre 9 times", (before[0, 0], before[3, 3]) == (1, 9))
claim("with P=1 a corner is read 4 times", after[0, 0] == 4)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Without padding the layer reads the centre 9 times and a corner once; with $P=1$ the corner is read 4
# times. But zeros are not neutral: zero is *black*.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "You blur a photograph with a 15x15 mean and zero padding P=7, so that its size stays. What "
        "will the border look like?",
    "right": {
        "Darker than it should":
            "Yes: near the border a good part of each mean is made of black zeros.",
    },
    "wrong": {
        "No different from the middle":
            "The kernel is the same, but near the border it averages zeros that are not in the scene.",
        "Brighter than it should": "The padding is black, and black lowers a mean.",
        "Sharper than the middle": "It is averaged over just as many numbers.",
    },
}])

# %% slideshow={"slide_type": "fragment"}
blurred = {}
for mode in ("zeros", "reflect", "replicate", "circular"):
    layer = nn.Conv2d(1, 1, kernel_size=15, padding=7, padding_mode=mode, bias=False)
    nn.init.constant_(layer.weight, 1 / 15**2)
    blurred[mode] = layer(grey[None, None]).detach()[0, 0]
plotting.images(list(blurred.values()), [f'padding_mode="{mode}"' for mode in blurred], height=1.5)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("with F=15 and P=7 all four maps keep the size of the photograph",
      all(m.shape == grey.shape for m in blurred.values()))
claim("zeros make the sky's corner less than half as bright as mirroring does",
      blurred["zeros"][0, 0] < blurred["reflect"][0, 0] / 2)
claim("circular padding darkens the top row of the sky, though less than zeros do",
      blurred["zeros"][0].mean() < blurred["circular"][0].mean() < blurred["reflect"][0].mean())

# %% [markdown] slideshow={"slide_type": "subslide"}
# The first picture has a dark frame. `reflect` mirrors the picture at its edge, `replicate` repeats the
# last pixel and `circular` goes on at the other side (so the dark trees of the bottom smear into the sky).
# Zeros remain the usual choice in networks: cheap, and the frame tells later layers where the border is.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How does a filter look at colour?
#
# A colour image is three grey ones on top of each other: its depth is $D_1 = 3$ **channels**. The filter
# gets the same depth: a block of $F \times F \times D_1$ weights, one slice a channel. It slides along
# height and width only.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question": "One filter of 5x5x3 slides over an RGB image. How many maps come out?",
    "right": {
        1: "Yes: w·x + b runs over all 75 numbers of the window, so each place still gives one number.",
    },
    "wrong": {
        3:
            "One a channel? The three sums are added up: w·x is a single number, however deep the "
            "window is.",
        5: "That is the length of the kernel.",
        75: "That is how many weights the filter has.",
    },
    "otherwise": "How many numbers does w·x + b give at one place?",
}])

# %% slideshow={"slide_type": "subslide"}
flower = photos.load("flower", 144)
yellow = torch.tensor([0.5, 0.5, -1.0])  # likes red and green, dislikes blue
weights = yellow[None, :, None, None] * torch.ones(1, 3, 5, 5) / 25  # one filter, 3 deep
slices = [response(flower[c], weights[0, c]) for c in range(3)]
colour_map = conv2d(flower[None], weights)[0, 0]
plotting.images([flower], ["photograph"])

# %% slideshow={"slide_type": "fragment"}
plotting.signed_maps([*slices, colour_map],
                     ["red slice", "green slice", "blue slice", "their sum: the map"], height=1.6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# An orange dahlia before dark blue-green leaves. This filter weighs red and green positively and blue
# negatively. The sum of the three slices is the one map, and it answers a question that no channel answers
# alone: *where is it more yellow than blue?*

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
claim(f"a filter of 5x5 on 3 channels has {weights[0].numel()} weights", weights[0].numel() == 75)
claim("and gives 1 map, the sum of its 3 slices", torch.allclose(sum(slices), colour_map, atol=1e-5))
claim("that map is positive in the flower and negative in the top left corner",
      colour_map[70, 100] > 0 > colour_map[0, 0])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do K filters give?
#
# One filter asks one question. A layer asks $K$ of them at once, each filter by itself, and stacks the $K$
# maps. The depth of what comes out is therefore $D_2 = K$, whatever the depth of what went in.

# %% slideshow={"slide_type": "fragment"}
bank = torch.stack([vertical, horizontal, vertical + horizontal, vertical - horizontal])[:, None]
stack = conv2d(grey[None, None], bank)[0]
names = ["vertical", "horizontal", "falling diagonal", "rising diagonal"]
plotting.signed_maps(list(stack), names, height=1.6)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Four filters, four maps of the same size. The next layer will take this stack as its input, and its
# filters will be 4 deep.
#
# Written out for both sides, a volume of $W_1 \times H_1 \times D_1$ becomes one of $W_2 \times H_2 \times
# D_2$:
#
# $$W_2 = \frac{W_1 - F + 2P}{S} + 1 \qquad H_2 = \frac{H_1 - F + 2P}{S} + 1 \qquad D_2 = K$$
#
# Mind the order: books write width × height × depth, PyTorch stores (images, depth, height, width).

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
three = conv2d(image[None, None], torch.randn(3, 1, 3, 3))
claim("the bank of 4 filters gives 4 maps", len(stack) == 4)
claim("3 filters of 3x3x1 turn 7x7x1 into 5x5x3; PyTorch says (1, 3, 5, 5)",
      tuple(three.shape) == (1, 3, 5, 5))
height, width = grey.shape
claim(f"the photograph of {width}x{height} pixels gives maps of {width - 2}x{height - 2}",
      stack.shape[1:] == (output_size(height, 3), output_size(width, 3)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## How many numbers must be learned, and how much work is it?
#
# Each filter has $F \cdot F \cdot D_1$ weights and one bias. With $K$ filters that makes
#
# $$F \cdot F \cdot D_1 \cdot K \ \text{weights} \quad\text{and}\quad K\ \text{biases.}$$

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "`nn.Conv2d(3, 6, 5)` has 6 filters of 5x5 on a colour image. How many parameters does it "
        "learn, biases included?",
    "right": {456: "Yes: 5·5·3 = 75 weights a filter, 6 filters, and 6 biases."},
    "wrong": {
        450: "Those are the weights. Each filter has a bias as well.",
        156: "You left out the depth: a filter is as deep as its input, here 3.",
        150: "Two things are missing: the depth of the filter, 3, and the biases.",
        468: "The bias belongs to the filter, not to each of its slices: 6 biases, not 18.",
    },
    "otherwise":
        "First one filter: its height times its width times its depth. Then six of them. Then the "
        "biases.",
}])

# %% slideshow={"slide_type": "subslide"}
layer = nn.Conv2d(3, 6, 5)
plotting.filters(layer.weight)

# %% [markdown] slideshow={"slide_type": "fragment"}
# All weights of that layer, at random before any training: a column is a filter, a row a channel of its
# input.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
from utils.arithmetic import conv_multiplications, conv_parameters

per_filter, biases = layer.weight[0].numel(), layer.bias.numel()
claim(f"one filter: 5·5·3 = {per_filter} weights", per_filter == 5 * 5 * 3)
claim(f"6 filters: {per_filter}·6 = {layer.weight.numel()} weights and {biases} biases",
      (layer.weight.numel(), biases) == (450, 6))
claim(f"in all {conv_parameters(3, 6, 5)} parameters, as PyTorch counts",
      conv_parameters(3, 6, 5) == sum(p.numel() for p in layer.parameters()) == 456)

# %% [markdown] slideshow={"slide_type": "subslide"}
# So 75 weights a filter, 450 in all, and 6 biases: 456 numbers. The size of the image is not in the
# formula: the same weights serve every place. But the *work* grows with it, because each weight is used
# once at every place of the map.

# %% slideshow={"slide_type": "fragment"}
lengths = [32, 64, 128, 256, 512]
maps = [output_size(n, 5, padding=2) for n in lengths]
work = [conv_multiplications(3, 6, 5, (size, size)) for size in maps]
plotting.curves(lengths, {"multiplications": work, "parameters": [conv_parameters(3, 6, 5)] * 5},
                "length of the image's side (pixels)", "count, for one image", log=True)

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
claim("an image twice as long and wide costs 4 times the multiplications", all(
    b == 4 * a for a, b in zip(work, work[1:], strict=False)))
claim(f"at 512x512 pixels they are {work[-1]:,}, for the same 456 parameters", work[-1] == 450 * 512 * 512)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which choices does a layer leave to you?
#
# Four **hyper-parameters**, chosen by you and not learned: the number of filters $K$, their size $F$, the
# stride $S$ and the padding $P$. Slides in circulation announce four and list three: $S$ is the fourth.
#
# Common settings: $K$ a power of two, such as `16`, `32` or `64`; and
#
# | F | S | P | what it does |
# | --- | --- | --- | --- |
# | 3 | 1 | 1 | keeps the size |
# | 5 | 1 | 2 | keeps the size |
# | 5 | 2 | "whatever fits" | halves it |
# | 1 | 1 | 0 | mixes channels, see below |
#
# Whatever fits? Let us look for the $P$ that fits.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "F=5, S=2, and an image of N=32 pixels. For which P does (N - F + 2P)/S + 1 come out as a "
        "whole number?",
    "right": {
        "For none": "Yes! 32 - 5 is odd, 2P is even, so their sum is odd and never divisible by 2.",
    },
    "wrong": {
        "P=2":
            "(32 - 5 + 4)/2 + 1 = 16.5. It is the usual choice all the same, because PyTorch rounds "
            "down to 16.",
        "P=1": "(32 - 5 + 2)/2 + 1 = 15.5.",
        "For every even P": "P=2 gives 16.5. Whether P is even does not matter: it enters as 2P.",
    },
}])


# %% slideshow={"slide_type": "subslide"}
def fitting(N, P, F=5, S=2):
    """The size of the map, or nothing if the last step does not fit."""
    return output_size(N, F, S, P) if (N - F + 2 * P) % S == 0 else float("nan")


lengths, paddings = range(24, 40), range(5)
fits = torch.tensor([[fitting(N, P) for N in lengths] for P in paddings])
plotting.table(fits, {"padding P (pixels)": paddings}, {"length of the image N (pixels)": lengths},
               "Length of the map for F=5, S=2; a dot where the last step does not fit")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Columns, not rows! $P$ is added on *both* sides, so it changes $N - F + 2P$ by an even number: with $S=2$
# it can never turn a misfit into a fit. For odd $N$ every $P$ fits, for even $N$ none does, and 32 and 224
# are even.
#
# Then what do people do? They take $P=2$ and let PyTorch round down: the map is exactly half as long. What
# is lost?

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
misfits = fits.isnan()
claim("F=3, S=1, P=1 and F=5, S=1, P=2 keep the size",
      output_size(32, 3, 1, 1) == output_size(32, 5, 1, 2) == 32)
claim("with F=5 and S=2 every P from 0 to 4 fits each odd N, and none fits an even N",
      all(misfits[:, i].all() if N % 2 == 0 else not misfits[:, i].any() for i, N in enumerate(lengths)))
claim("F=5, S=2, P=2 halves 32 to 16 and 224 to 112, rounding down",
      [output_size(N, 5, 2, 2, exact=False) for N in (32, 224)] == [16, 112])
claim("and reads every pixel: what it drops is one line of the zeros", times_read(32, 5, 2, 2).min() >= 1)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nothing: the dropped line is one of zeros. So "whatever fits" is better read as *P=2, and know that it
# rounds*. The map is 16 long for 32 pixels, and 112 for 224.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Which way round does the kernel go?
#
# Mathematics had convolution long before networks. There the kernel is **flipped**, top to bottom and left
# to right, before it slides:
#
# | | at row $i$, column $j$ |
# | --- | --- |
# | cross-correlation | $\sum_{a,b} w_{a,b}\; x_{i+a,\,j+b}$ |
# | convolution | $\sum_{a,b} w_{a,b}\; x_{i-a,\,j-b}$ |
#
# A single bright pixel shows which is which: convolution answers it with the kernel itself.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Predict, then run
quiz.show([{
    "question":
        "`conv2d` slides the kernel with rows 1 2 3 / 4 5 6 / 7 8 9 over an image with one bright "
        "pixel in the middle. What appears in the map?",
    "right": {
        "9 8 7 / 6 5 4 / 3 2 1":
            "Yes: the window above and left of the pixel sees it with its LAST weight, so the kernel "
            "comes out turned round.",
    },
    "wrong": {
        "1 2 3 / 4 5 6 / 7 8 9":
            "That is what mathematical convolution gives. `conv2d` does not flip the kernel before it"
            " slides.",
        "1 4 7 / 2 5 8 / 3 6 9":
            "That is the transpose. Follow the first window: with which of its weights does it see "
            "the pixel?",
        "5 in the middle, 0 elsewhere":
            "All nine windows that contain the bright pixel see it, each with another weight.",
    },
}])

# %% slideshow={"slide_type": "subslide"}
dot = torch.zeros(5, 5)
dot[2, 2] = 1
count = torch.arange(1.0, 10).reshape(3, 3)
plotting.number_grids([dot, count, response(dot, count), response(dot, count.flip(0, 1))],
                      ["image", "kernel", "nn.Conv2d's answer", "with the kernel flipped"])

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
from scipy.signal import convolve2d, correlate2d

noise, odd = torch.randn(9, 9), torch.randn(3, 3)
claim("one bright pixel brings out the kernel turned round",
      torch.equal(response(dot, count), count.flip(0, 1)))
claim("torch's conv2d equals scipy's correlate2d", torch.allclose(
    response(noise, odd), torch.from_numpy(correlate2d(noise, odd, mode="valid")), atol=1e-5))
claim("with a flipped kernel it equals scipy's convolve2d", torch.allclose(
    response(noise, odd.flip(0, 1)), torch.from_numpy(convolve2d(noise, odd, mode="valid")), atol=1e-5))

# %% [markdown] slideshow={"slide_type": "subslide"}
# So, exactly: **`nn.Conv2d` computes cross-correlation, not convolution.** Does it matter? Not to a
# network: its weights are learned, and it would simply learn them the other way round. It matters as soon
# as you bring a kernel from a book, or compare with another library.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does each argument of nn.Conv2d mean?
#
# | argument | default | meaning |
# | --- | --- | --- |
# | `in_channels` | | $D_1$, the depth of what comes in |
# | `out_channels` | | $K$, the number of filters and so the depth of what goes out |
# | `kernel_size` | | $F$, or (height, width) |
# | `stride` | `1` | $S$, or (down, right) |
# | `padding` | `0` | $P$ on *both* sides, or (above and below, left and right), or `"same"`, `"valid"` |
# | `dilation` | `1` | $D$, the distance between the pixels that one window reads |
# | `groups` | `1` | how many separate layers share the channels |
# | `bias` | `True` | whether each filter has a $b$ |
# | `padding_mode` | `"zeros"` | what the padding is filled with |
#
# You have met all but two. A few lines show the rest of what can be given, and what happens when a layer
# does not match its input.

# %% slideshow={"slide_type": "subslide"}
batch = torch.randn(8, 3, 48, 64)
print("oblong kernel   ", tuple(nn.Conv2d(3, 16, kernel_size=(3, 5))(batch).shape))
print("two strides     ", tuple(nn.Conv2d(3, 16, 3, stride=(1, 2))(batch).shape))
print("two paddings    ", tuple(nn.Conv2d(3, 16, (3, 5), padding=(1, 2))(batch).shape))
print('padding="same"  ', tuple(nn.Conv2d(3, 16, 4, padding="same", padding_mode="reflect")(batch).shape))
print("without bias    ", [tuple(p.shape) for p in nn.Conv2d(3, 16, 3, bias=False).parameters()])
try:
    nn.Conv2d(1, 16, 3)(batch)
except RuntimeError as error:
    print("wrong depth     ", str(error).split(", but")[-1].strip())

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
oblong = nn.Conv2d(3, 16, kernel_size=(3, 5), padding=(1, 2))
claim("a batch of 8 images of 3x48x64 and 16 filters of 3x5 give (8, 16, 48, 64) with padding (1, 2)",
      tuple(oblong(batch).shape) == (8, 16, 48, 64))
claim("the weights are stored as (K, D1, height, width) = (16, 3, 3, 5)",
      tuple(oblong.weight.shape) == (16, 3, 3, 5))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What does dilation change?
#
# A **dilated** kernel is pulled apart: it reads every $D$-th pixel and leaves the others out. With the same
# number of weights it sees a wider stretch, $D(F-1) + 1$ pixels long.

# %% slideshow={"slide_type": "fragment"}
plotting.placements([{"input_size": 11, "kernel_size": 3, "dilation": d} for d in (1, 2, 3)])

# %% [markdown] slideshow={"slide_type": "fragment"}
# In each row the three blue pixels are the window. Put the length of that stretch in the place of $F$, and
# the formula is complete:
#
# $$\frac{N - D(F-1) - 1 + 2P}{S} + 1$$

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
spread = torch.zeros(5, 5)
spread[::2, ::2] = count
line = torch.zeros(11, 11)
claim("for N=11, F=3 and D=1, 2, 3 torch's maps are 9, 7 and 5 long",
      [len(response(line, count, dilation=D)) for D in (1, 2, 3)] == [9, 7, 5])
claim("and so says the formula", [output_size(11, 3, dilation=D) for D in (1, 2, 3)] == [9, 7, 5])
claim("dilation 2 is a 5x5 kernel with zeros between its weights",
      torch.allclose(response(noise, count, dilation=2), response(noise, spread), atol=1e-4))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What do groups do, and what use is a kernel of one pixel?
#
# In an ordinary layer each filter reads all $D_1$ channels. With `groups=G` the channels are dealt into $G$
# parcels, and a filter reads its own parcel only: $G$ small layers side by side. The extreme, $G = D_1$,
# has a filter or more for each channel and is called **depthwise**.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
x = torch.randn(1, 8, 12, 12)
grouped = nn.Conv2d(8, 16, 3, groups=2, bias=False)
halves = [conv2d(x[:, :4], grouped.weight[:8]), conv2d(x[:, 4:], grouped.weight[8:])]
claim("groups=2 is two layers, each on half of the channels",
      torch.allclose(grouped(x), torch.cat(halves, 1), atol=1e-5))
counts = [conv_parameters(8, 16, 3, groups=g, bias=False) for g in (1, 2, 8)]
claim(f"F=3, D1=8, K=16: groups of 1, 2, 8 have {counts} weights", counts == [1152, 576, 144])
claim("and groups=2 has as many in PyTorch", grouped.weight.numel() == counts[1])

# %% [markdown] slideshow={"slide_type": "fragment"}
# With $F=3$, $D_1=8$ and $K=16$, two groups halve the weights from 1152 to 576; depthwise, 144 are left.
#
# And $F=1$? Such a filter sees one pixel and no neighbour, but it sees all its channels. It is a fully
# connected layer that is applied to each pixel: it mixes channels and leaves places alone.

# %% slideshow={"slide_type": "subslide"}
mix = torch.tensor([[1.0, -0.5, -0.5], [-0.5, 1.0, -0.5], [-0.5, -0.5, 1.0]])
mixed = conv2d(flower[None], mix[:, :, None, None])[0]
plotting.signed_maps(list(mixed), ["more red than the rest", "more green", "more blue"], height=1.8)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The dahlia once more, every pixel judged by its colour alone and none blurred with its neighbours: the
# petals are red in the first map (more red than the rest) and blue in the last (less blue than the rest).

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
pixelwise, dense = nn.Conv2d(8, 16, kernel_size=1), nn.Linear(8, 16)
pixelwise.load_state_dict({"weight": dense.weight[:, :, None, None], "bias": dense.bias})
by_pixel = dense(x.movedim(1, -1)).movedim(-1, 1)
claim("a 1x1 convolution is a fully connected layer at each pixel",
      torch.allclose(pixelwise(x), by_pixel, atol=1e-5))


# %% [markdown] slideshow={"slide_type": "slide"}
# ## Does one formula cover every setting?
#
# Enough examples: draw settings at random, all arguments at once, and hold the arithmetic against PyTorch.
# Where the kernel does not fit at all, both must refuse.

# %% slideshow={"slide_type": "fragment"}
def torch_says(height, width, kernel_size, groups, **settings):
    """Shape and number of parameters of a layer, as PyTorch has them; None if it refuses."""
    layer = nn.Conv2d(2 * groups, 3 * groups, kernel_size, groups=groups, **settings)
    try:
        maps = layer(torch.zeros(1, 2 * groups, height, width))
    except RuntimeError:
        return None
    return tuple(maps.shape[1:]), sum(p.numel() for p in layer.parameters())


def we_say(height, width, kernel_size, groups, **settings):
    """The same by arithmetic alone."""
    try:
        sides = [output_size(n, kernel_size, **settings, exact=False) for n in (height, width)]
    except ValueError:
        return None
    return (3 * groups, *sides), conv_parameters(2 * groups, 3 * groups, kernel_size, groups=groups)


# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
draw = random.Random(3)
upper = {"height": 24, "width": 24, "kernel_size": 7, "groups": 4, "stride": 4, "dilation": 4}
settings = [{name: draw.randint(1, top) for name, top in upper.items()} for _ in range(600)]
settings = [setting | {"padding": draw.randint(0, 4)} for setting in settings]
answers = [we_say(**setting) for setting in settings]
refused = answers.count(None)
claim(f"shape and parameters agree with torch in {len(settings)} random settings",
      answers == [torch_says(**setting) for setting in settings])
claim("some of them do not fit at all, and both refuse the same ones", 0 < refused < len(settings) / 2)

# %% [markdown] slideshow={"slide_type": "fragment"}
# All 600 agree. From here on the course computes sizes with `utils.arithmetic`, and you can trust a pencil.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Can a convolution be one matrix product?
#
# Our loop is slow: it comes back to Python for every place. Computers are best at one thing, multiplying
# large matrices. So write the windows down beside each other, one **column** a window. Then
# $\mathbf{w}\cdot\mathbf{x}$ at all places at once is a row of weights times that matrix. The trick is
# called **im2col**, and PyTorch has it as `unfold`.

# %% slideshow={"slide_type": "fragment"}
columns = unfold(image[None, None], kernel_size=3)[0]
plotting.number_grids([columns], ["a column for each of the 25 windows, a row for each of the 9 weights"],
                      windows=[(0, 11, 9, 1)])

# %% [markdown] slideshow={"slide_type": "fragment"}
# Framed is the window of our first section, written from left to right and top to bottom: a column of 9
# numbers.

# %% slideshow={"slide_type": "subslide"} tags=["nbval-check-output"]
product = kernel.flatten() @ columns + bias
claim("the 7x7 image becomes a matrix of 9 rows and 25 columns", tuple(columns.shape) == (9, 25))
claim("one product with it gives the map of the loop", torch.allclose(product.reshape(5, 5), slid))
claim(f"the 49 pixels are now {columns.numel()} numbers: most pixels were copied into several windows",
      columns.numel() == times_read(7, 3).sum())

# %% [markdown] slideshow={"slide_type": "fragment"}
# With $K$ filters the row of weights becomes a matrix of $K$ rows and $F \cdot F \cdot D_1$ columns, and
# everything, all filters at all places, is one product.
#
# The price is memory: 49 pixels have become 225 numbers. In a layer that keeps its size, each number is
# written down $F \cdot F$ times.

# %% slideshow={"slide_type": "fragment"} tags=["nbval-check-output"]
maps = torch.zeros(1, 16, 112, 112)
claim(f"16 maps of 112x112 are {4 * maps.numel() / 1e6:.1f} MB", maps.numel() == 16 * 112 * 112)
for F in (3, 5, 7):
    columns = unfold(maps, kernel_size=F, padding=(F - 1) // 2)
    megabytes = 4 * columns.numel() / 1e6
    claim(f"F={F}: {F * F} times the numbers, {megabytes:.1f} MB",
          columns.numel() == F * F * maps.numel())


# %% [markdown] slideshow={"slide_type": "fragment"}
# For one image of 16 maps with 112 × 112 numbers: 0.8 MB become 39.3 MB at $F=7$. And what do we get for
# it? Time, against the loop, on a larger image:

# %% slideshow={"slide_type": "subslide"}
def seconds(run, repeats=5):
    """The shortest of a few runs: the one that was disturbed least."""
    def once():
        start = time.perf_counter()
        run()
        return time.perf_counter() - start
    return min(once() for _ in range(repeats))


large = grey[:128, :128].contiguous()
loop = seconds(lambda: slide(large, kernel), repeats=2)
matrix = seconds(lambda: kernel.flatten() @ unfold(large[None, None], 3)[0])
built_in = seconds(lambda: response(large, kernel))
print(f"the loop takes {loop / matrix:.0f} times as long as the matrix product,")
print(f"and {loop / built_in:.0f} times as long as conv2d")
claim("the matrix product is more than 5 times as fast as the loop", loop > 5 * matrix)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The ratio depends on the machine; more than 5 is a very cautious bound. Libraries choose among several
# ways for each layer: some never write the large matrix down, but the product is what they compute.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## What changes as you turn the knobs?
#
# Try it by hand. This demo needs no kernel: it runs in your browser. Find a setting where the last step
# does not fit, then mend it; find two ways to halve the size; and look for a dilation that makes the window
# as long as the image.

# %% slideshow={"slide_type": "subslide"}
demos.show("convolution_arithmetic")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Quiz
#
# Take a pencil. Every answer, right or wrong, is answered.

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "fragment"} tags=["hide-input"]
# @title Quiz
claim("the right answers of these questions are computed",
      [output_size(227, 11, 4), conv_parameters(64, 128, 3)] == [55, 73856])
quiz.show([
    {
        "question":
            "An image of 227 pixels, F=11, S=4, P=0: the first layer of AlexNet. How long is the map?",
        "right": {55: "Yes: (227 - 11)/4 + 1 = 216/4 + 1 = 55."},
        "wrong": {
            54: "216/4 = 54 steps, and one more place: the first.",
            56: "216/4 = 54 steps make 55 places: only one is added, the start.",
            217: "That is stride 1. Each step is 4 pixels long.",
        },
        "otherwise": "(N - F + 2P)/S + 1 with N=227, F=11, P=0, S=4.",
    },
    {
        "question": "A layer has D1=64, K=128, F=3 and biases. How many parameters?",
        "right": {73856: "Yes: 3·3·64·128 = 73728 weights, and 128 biases."},
        "wrong": {
            73728: "Those are the weights. Add a bias for each filter.",
            73792: "You added 64 biases: there is one for each filter, not for each input channel.",
            1280: "3·3·128 + 128 leaves out the depth of the filters, 64.",
        },
        "otherwise": "Weights of one filter: 3·3·64. How many filters? How many biases?",
    },
])

# %% cellView="form" jupyter={"source_hidden": true} slideshow={"slide_type": "subslide"} tags=["hide-input"]
# @title Quiz
keeping = [output_size(32, 7, 1, 3), output_size(32, 3, 1, 2, dilation=2), output_size(32, 1)]
claim("and of these too", keeping == [32, 32, 32])
quiz.show([
    {
        "question": "Which layers keep a 32x32 image at 32x32?",
        "right": {
            "F=7, S=1, P=3": "Yes: P = (F - 1)/2.",
            "F=3, S=1, P=2, D=2": "Yes: with D=2 the window is 5 long, and P=2 is right for that.",
            "F=1, S=1, P=0": "Yes: a kernel of one pixel fits at every pixel.",
        },
        "wrong": {
            "F=3, S=1, P=2": "That makes it larger: 32 - 3 + 4 + 1 = 34. P should be (F - 1)/2 = 1.",
            "F=5, S=2, P=2": "Stride 2 halves the size, here to 16.",
            "F=3, S=1, P=0": "Without padding two pixels are lost: 30.",
        },
    },
    {
        "question": "What exactly does `nn.Conv2d` compute?",
        "right": {"Cross-correlation, plus a bias": "Yes: the kernel slides as it is, without a flip."},
        "wrong": {
            "Convolution, plus a bias":
                "The name says so, but convolution flips the kernel first; `nn.Conv2d` does not.",
            "Cross-correlation of each channel, one map a channel":
                "It adds the channels up. One map a channel needs `groups=in_channels`.",
            "Convolution, then ReLU":
                "There is no non-linearity in it: that is a layer of its own, the subject of unit 04.",
        },
    },
])

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Summary
#
# - A filter gives $\mathbf{w}\cdot\mathbf{x}+b$ at each place; the numbers of all places are its map. A
#   filter is as deep as its input; $K$ filters give $K$ maps.
# - The length of the map is $\frac{N - D(F-1) - 1 + 2P}{S} + 1$. If it is not whole, PyTorch rounds down,
#   and pixels at the end may go unread.
# - $P = (F-1)/2$ keeps the size at stride 1: 1, 2, 3 for $F = 3, 5, 7$. With stride 2, no padding mends a
#   misfit.
# - $F \cdot F \cdot D_1 \cdot K$ weights and $K$ biases, whatever the size of the image; the work grows
#   with the size of the map.
# - Four hyper-parameters: $K$, $F$, $S$, $P$. Dilation stretches the kernel, groups split the channels,
#   $F=1$ mixes them.
# - `nn.Conv2d` computes cross-correlation: the kernel is not flipped.
# - im2col turns it all into one matrix product, for $F \cdot F$ times the memory.
#
# **Now you:** [assignment 03](../exercises/03_convolution_arithmetic/03_convolution_arithmetic.ipynb). You
# will build the convolution layer yourself, in full, with its gradients.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## Further reading
#
# - V. Dumoulin and F. Visin, [A guide to convolution arithmetic for deep
#   learning](https://arxiv.org/abs/1603.07285), 2016. Every case in pictures; our formula is their
#   relationship 6.
# - [`torch.nn.Conv2d`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html) and
#   [`torch.nn.Unfold`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html), the reference
#   pages.
# - I. Goodfellow, Y. Bengio and A. Courville, [Deep
#   Learning](https://www.deeplearningbook.org/contents/convnets.html), 2016, chapter 9: convolution against
#   cross-correlation.
# - M. A. Islam, S. Jia and N. Bruce, [How much position information do convolutional neural networks
#   encode?](https://arxiv.org/abs/2001.08248), 2020: what zero padding gives away.
# - F. Yu and V. Koltun, [Multi-scale context aggregation by dilated
#   convolutions](https://arxiv.org/abs/1511.07122), 2016.
# - M. Lin, Q. Chen and S. Yan, [Network in network](https://arxiv.org/abs/1312.4400), 2013: where 1x1
#   convolutions come from.
# - S. Chetlur and others, [cuDNN: efficient primitives for deep learning](https://arxiv.org/abs/1410.0759),
#   2014: the matrix product without the large matrix.
