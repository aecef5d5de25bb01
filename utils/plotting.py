"""Pictures for the lectures: number grids with a window on them, photographs, signed maps, kernels, curves, sound, what a classifier does.

Every function returns one finished picture, which a cell shows when its last line calls the function. Pictures keep 256 colours: half of
the size in the notebook, and no difference to the eye. Colours that tell things apart are those of Okabe and Ito, which survive colour
blindness; signed values are blue below 0, white at 0 and red above, on a scale symmetric about 0.
"""

import io
from collections.abc import Mapping, Sequence

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY)
# Ten that can be told apart as areas, also by the colour-blind: P. Tol's "muted", and an orange.
AREAS = ("#CC6677", "#332288", "#DDCC77", "#117733", "#88CCEE", "#882255", "#44AA99", "#999933", "#AA4499", "#E69F00")
_DPI = 80
_CELL = 0.42  # inches a number needs


def number_grids(grids: Sequence, titles: Sequence[str], *, windows: Sequence = ()):
    """Small matrices side by side with their numbers written in, like the sums on a blackboard.

    Parameters
    ----------
    grids : sequence of arrays or tensors, each of shape (height, width)
        At most 40 rows or columns each. NaN leaves a cell empty. Without negative values shades are grey (black 0), else blue to red.
    titles : sequence of str
        One a grid.
    windows : sequence, one item a grid, optional
        (top, left, height, width) in pixels of the window to frame, or None.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a grid is not two-dimensional or too large, or the numbers of grids, titles and windows differ.
    """
    values = [_matrix(grid, f"grid {i}", 40) for i, grid in enumerate(grids)]
    windows = windows or [None] * len(values)
    _same_length(grids=values, titles=titles, windows=windows)
    figure, axes = _grid_axes(values, titles)
    for axis, grid, title, window in zip(axes, values, titles, windows, strict=True):
        _draw_numbers(axis, grid, title)
        if window is not None:
            _frame(axis, *window)
    return _picture(figure, titles)


def sliding_window(image, kernel, *, bias: float = 0.0, stride: int = 1, padding: int = 0):
    """An animated picture of a filter sliding over an image and filling its map, number by number.

    Parameters
    ----------
    image, kernel : arrays or tensors of shapes (height, width)
    stride, padding : int
        In pixels.

    Returns
    -------
    IPython.display.Image of an animated PNG that repeats: unlike a GIF it keeps its colours, and a page made from the notebook shows it

    Raises
    ------
    ValueError
        If the image or kernel is not two-dimensional, has more than 12 rows or columns, or the kernel does not fit.
    """
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image
    from torch import as_tensor
    from torch.nn.functional import conv2d

    from utils.arithmetic import output_size

    image, kernel = _matrix(image, "image", 12), _matrix(kernel, "kernel", 12)
    for length, extent in zip(image.shape, kernel.shape, strict=True):
        output_size(length, extent, stride, padding, exact=False)
    padded = np.pad(image, padding)
    result = conv2d(as_tensor(padded)[None, None], as_tensor(kernel)[None, None], stride=stride)[0, 0].numpy() + bias
    titles = ["image" if not padding else f"image and {padding} pixel(s) of zeros", "kernel", "map"]
    figure, axes = _grid_axes([padded, kernel, result], titles)
    canvas = FigureCanvasAgg(figure)
    _draw_numbers(axes[0], padded, titles[0])
    _draw_numbers(axes[1], kernel, titles[1])
    _draw_numbers(axes[2], result, titles[2])
    canvas.draw()
    figure.set_layout_engine("none")  # everything has its place now: no need to look for it in each frame

    frames, shown = [], np.full(result.shape, np.nan)
    for row, column in np.ndindex(result.shape):
        shown[row, column] = result[row, column]
        axes[2].clear()
        _draw_numbers(axes[2], shown, titles[2], limits=(result.min(), result.max()))
        marks = [_frame(axes[0], row * stride, column * stride, *kernel.shape), _frame(axes[2], row, column, 1, 1)]
        canvas.draw()
        frames.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]))
        for mark in marks:
            mark.remove()
    last = _few_colours(frames[-1], 64)  # it holds every colour: the others share its palette
    frames = [frame.quantize(palette=last, dither=Image.Dither.NONE) for frame in frames]
    file = io.BytesIO()
    durations = [450] * (len(frames) - 1) + [2000]  # milliseconds
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)
    return _image(file.getvalue(), f"animation: a window slides over the image, and its {result.size} numbers fill the map")


def placements(settings: Sequence[Mapping[str, int]]):
    """Where a kernel stops along one dimension: a row for each place, dark where the kernel reads, one panel a setting.

    Padding is marked 0. A last step that does not fit is drawn in vermillion, as far as it reaches beyond the end.

    Parameters
    ----------
    settings : sequence of dicts
        Each holds the arguments of utils.arithmetic.output_size, in pixels: input_size, kernel_size and, if wanted, stride, padding, dilation.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError, TypeError
        As utils.arithmetic.output_size, for sizes out of range.
    """
    from utils.arithmetic import output_size

    full = [{"stride": 1, "padding": 0, "dilation": 1} | dict(setting) for setting in settings]
    counts = [output_size(**setting, exact=False) for setting in full]
    widths = [setting["input_size"] + 2 * setting["padding"] for setting in full]
    figure, axes = _figure(0.28 * sum(widths) + 0.7 * len(full), 0.28 * (max(counts) + 1) + 0.9, widths)
    for axis, setting, count, width in zip(axes, full, counts, widths, strict=True):
        _draw_placements(axis, setting, count, width)
    return _picture(figure, [axis.get_title() for axis in axes])


def images(pictures: Sequence, titles: Sequence[str], *, height: float = 2.0):
    """Photographs or maps side by side, grey or in colour, all on the same scale: 0 black, 1 white.

    Parameters
    ----------
    pictures : sequence of tensors or arrays, each (height, width) or (3, height, width)
        Values outside [0, 1] are cut off.
    titles : sequence of str
    height : float
        Inches of the row.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a picture has another shape, or the numbers of pictures and titles differ.
    """
    import numpy as np

    _same_length(pictures=pictures, titles=titles)
    arrays = [_array(picture) for picture in pictures]
    for i, array in enumerate(arrays):
        if array.ndim != 2 and (array.ndim != 3 or array.shape[0] != 3):
            raise ValueError(f"picture {i} has shape {array.shape}, expected (height, width) or (3, height, width)")
    ratios = [array.shape[-1] / array.shape[-2] for array in arrays]
    figure, axes = _figure(height * sum(ratios) + 0.1 * len(arrays), height + 0.35, ratios)
    for axis, array, title in zip(axes, arrays, titles, strict=True):
        axis.imshow(np.moveaxis(array, 0, -1).clip(0, 1) if array.ndim == 3 else array, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=10)
        axis.set_axis_off()
    return _picture(figure, titles)


def boxes(pictures: Sequence, marks: Sequence[Mapping], titles: Sequence[str], *, cell: int | None = None, height: float = 2.6):
    """Pictures side by side with boxes drawn on them, each kind of box in a colour of its own.

    Parameters
    ----------
    pictures : sequence of tensors or arrays, each (height, width) or (3, height, width), in [0, 1]
    marks : sequence of dict, one a picture
        Name of each kind of box against its boxes (n, 4), x0 y0 x1 y1 in pixels; or against (boxes, texts), a text to write over each box.
        The first kind is drawn as a thick line, the others as thin ones on top, so that boxes that agree are both seen. At most six kinds.
    titles : sequence of str
    cell : int, optional
        Side in pixels of the cells of a grid to draw over each picture.
    height : float
        Inches of the row.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If boxes are not rows of four numbers, there are too many kinds, or the numbers of pictures, marks, titles, boxes and texts differ.
    """
    from matplotlib.patches import Patch, Rectangle

    _same_length(pictures=pictures, marks=marks, titles=titles)
    kinds = list(dict.fromkeys(kind for mark in marks for kind in mark))
    if len(kinds) > len(COLOURS):
        raise ValueError(f"{len(kinds)} kinds of boxes given, at most {len(COLOURS)} can be told apart")
    colours = dict(zip(kinds, (ORANGE, BLUE, VERMILLION, GREEN, PURPLE, SKY), strict=False))
    arrays = [_array(picture) for picture in pictures]
    ratios = [array.shape[-1] / array.shape[-2] for array in arrays]
    legend = 0.3 * (len(kinds) > 1)
    figure, axes = _figure(height * sum(ratios) + 0.1 * len(arrays), height + 0.35 + legend, ratios)
    for axis, array, mark, title in zip(axes, arrays, marks, titles, strict=True):
        rows, columns = array.shape[-2:]
        shown = array.transpose(1, 2, 0).clip(0, 1) if array.ndim == 3 else array
        axis.imshow(shown, cmap="gray", vmin=0, vmax=1, extent=(0, columns, rows, 0))
        for edge in range(0, max(rows, columns) + 1, cell) if cell else ():
            axis.plot([edge, edge], [0, rows], color="white", linewidth=0.6, alpha=0.7)
            axis.plot([0, columns], [edge, edge], color="white", linewidth=0.6, alpha=0.7)
        for kind, given in mark.items():
            rectangles, texts = given if isinstance(given, tuple) else (given, None)
            rectangles = _array(rectangles)
            if rectangles.ndim != 2 or rectangles.shape[1] != 4:
                raise ValueError(f"{kind!r} has boxes of shape {rectangles.shape}, expected (number of boxes, 4)")
            texts = [""] * len(rectangles) if texts is None else texts
            _same_length(**{f"boxes of {kind}": rectangles, f"texts of {kind}": texts})
            for (x0, y0, x1, y1), text in zip(rectangles, texts, strict=True):
                width = 3.5 if kind == kinds[0] and len(kinds) > 1 else 1.6
                style = {"fill": False, "edgecolor": colours[kind], "linewidth": width}
                axis.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, **style))
                ground = {"facecolor": colours[kind], "edgecolor": "none", "pad": 1, "alpha": 0.85}
                axis.text(
                    x0, max(y0, 0), text, fontsize=7, color="white", va="bottom", clip_on=False, bbox=ground if text else None
                )
        axis.set(xlim=(0, columns), ylim=(rows, 0))
        axis.set_title(title, fontsize=10, pad=10 if any(isinstance(given, tuple) for given in mark.values()) else 6)
        axis.set_axis_off()
    if len(kinds) > 1:
        handles = [Patch(fill=False, edgecolor=colours[kind], linewidth=2, label=kind) for kind in kinds]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(kinds), frameon=False, fontsize=9)
    return _picture(figure, titles)


def signed_maps(maps: Sequence, titles: Sequence[str], *, height: float = 2.0, label: str = "response"):
    """Maps of signed values side by side on one scale: blue negative, white 0, red positive, with a colour bar.

    Parameters
    ----------
    maps : sequence of tensors or arrays of shape (height, width)
    titles : sequence of str
    height : float
        Inches of the row.
    label : str
        What the values are, with their unit, beside the colour bar.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a map is not two-dimensional, or the numbers of maps and titles differ.
    """
    values = [_matrix(m, f"map {i}", None) for i, m in enumerate(maps)]
    _same_length(maps=values, titles=titles)
    ratios = [v.shape[1] / v.shape[0] for v in values]
    figure, axes = _figure(height * sum(ratios) + 0.1 * len(values) + 0.8, height + 0.35, ratios)
    limit = max(abs(v).max() for v in values) or 1.0
    for axis, value, title in zip(axes, values, titles, strict=True):
        picture = axis.imshow(value, cmap="RdBu_r", vmin=-limit, vmax=limit, interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.set_axis_off()
    figure.colorbar(picture, ax=axes, label=label, shrink=0.9, pad=0.02)
    return _picture(figure, titles)


def filters(weights):
    """The weights of a convolution layer as tiles: a column for each filter, a row for each input channel.

    Parameters
    ----------
    weights : tensor or array of shape (out_channels, in_channels, height, width)

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If the weights have another number of dimensions.
    """
    weights = _array(weights)
    if weights.ndim != 4:
        raise ValueError(f"weights have shape {weights.shape}, expected (out_channels, in_channels, height, width)")
    out_channels, in_channels = weights.shape[:2]
    figure, axes = _figure(0.8 * out_channels + 1.4, 0.8 * in_channels + 0.5, [1] * out_channels, rows=in_channels)
    limit = abs(weights).max() or 1.0
    for j in range(in_channels):
        for k in range(out_channels):
            axis = axes[j * out_channels + k]
            picture = axis.imshow(weights[k, j], cmap="RdBu_r", vmin=-limit, vmax=limit)
            axis.set(xticks=[], yticks=[])
            if j == 0:
                axis.set_title(f"filter {k}", fontsize=9)
            if k == 0:
                axis.set_ylabel(f"channel {j}", fontsize=9)
    figure.colorbar(picture, ax=axes, label="weight", shrink=0.9, pad=0.02)
    return _picture(figure, [f"weights of {out_channels} filters with {in_channels} channels"])


def table(values, rows: Mapping[str, Sequence], columns: Mapping[str, Sequence], title: str):
    """A table of whole numbers, dark where there is one and empty where there is none (NaN).

    Parameters
    ----------
    values : array or tensor of shape (rows, columns)
    rows, columns : dict with one item
        The name of what changes, with its unit, against its values: {"padding P (pixels)": [0, 1, 2]}.
    title : str

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If the labels do not match the values.
    """
    import numpy as np

    values = _matrix(values, "values", 40)
    (row_name, row_labels), (column_name, column_labels) = *rows.items(), *columns.items()
    if values.shape != (len(row_labels), len(column_labels)):
        raise ValueError(f"values have shape {values.shape}, the labels say {(len(row_labels), len(column_labels))}")
    figure, (axis,) = _figure(_CELL * values.shape[1] + 0.9, _CELL * values.shape[0] + 0.9, [1])
    axis.imshow(np.isnan(values), cmap=_two_colours(SKY, "#F2F2F2"), vmin=0, vmax=1)
    for place, value in np.ndenumerate(values):
        axis.text(*reversed(place), "·" if np.isnan(value) else f"{value:g}", ha="center", va="center", fontsize=10)
    axis.set_xticks(range(len(column_labels)), column_labels)
    axis.set_yticks(range(len(row_labels)), row_labels)
    axis.set(xlabel=column_name, ylabel=row_name)
    axis.set_title(title, fontsize=10)
    _lines_between_cells(axis, values.shape)
    return _picture(figure, [title])


def curves(
    x: Sequence[float], lines: Mapping[str, Sequence[float]], xlabel: str, ylabel: str, *, log: bool = False, spans: Sequence = ()
):
    """Lines over one axis, each with its own colour, marker (up to 40 points) and name.

    Parameters
    ----------
    x : sequence of numbers, or of texts, which stand at equal distances
    lines : dict
        Name of each line against its values, as many as `x`; or against several such rows, one a seed, of which the mean is drawn as a
        line and the span from the least to the greatest as a band. At most six.
    xlabel, ylabel : str
        With units in brackets; the title says the one against the other.
    log : bool
        Logarithmic vertical axis.
    spans : sequence, optional
        (from, to) on the horizontal axis of each stretch to mark; the picture is then twice as wide, for what runs along time.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If there are more than six lines, or one is not as long as `x` or has more than two dimensions.
    """
    if len(lines) > len(COLOURS):
        raise ValueError(f"{len(lines)} lines given, at most {len(COLOURS)} can be told apart: make two figures")
    beside = len(lines) > 3  # more names than fit between the lines
    figure, (axis,) = _figure((10.4 if spans else 5.2) + 1.7 * beside, 3.0, [1])
    markers = "osD^vP" if len(x) <= 40 else [""] * len(COLOURS)
    for start, end in spans:
        axis.axvspan(start, end, color=ORANGE, alpha=0.35, linewidth=0)
    for (name, y), colour, marker in zip(lines.items(), COLOURS, markers, strict=False):
        rows = _array(y)
        rows = rows[None] if rows.ndim == 1 else rows
        if rows.ndim != 2 or not len(rows):
            raise ValueError(f"line {name!r} has shape {_array(y).shape}, expected (x,) or (seeds, x)")
        _same_length(**{"x": x, name: rows[0]})
        axis.plot(x, rows.mean(0), color=colour, marker=marker, label=name)
        if len(rows) > 1:
            axis.fill_between(x, rows.min(0), rows.max(0), color=colour, alpha=0.2, linewidth=0)
    axis.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear", title=_against(ylabel, xlabel))
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, **({"loc": "center left", "bbox_to_anchor": (1, 0.5)} if beside else {}))
    return _picture(figure, [f"{name} against {xlabel}" for name in lines])


def tradeoffs(costs: Mapping[str, Sequence[float]], values: Sequence[float], names: Sequence[str], ylabel: str):
    """What things are worth against what they cost: one panel for each kind of cost, on a logarithmic axis, one point for each thing.

    Parameters
    ----------
    costs : dict
        Name of the cost with its unit, against its value for each thing, above 0. At most four.
    values : sequence of numbers
        The common vertical axis.
    names : sequence of str
        One a thing, at most six; the same colour and marker in all panels.
    ylabel : str
        With the unit.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If there are more things or costs than can be told apart, or the numbers of costs, values and names differ.
    """
    if len(names) > len(COLOURS) or not 1 <= len(costs) <= 4:
        raise ValueError(f"got {len(names)} things and {len(costs)} costs, expected at most {len(COLOURS)} and 1 to 4")
    for name, cost in costs.items():
        _same_length(**{name: cost, "values": values, "names": names})
    figure, axes = _figure(2.6 * len(costs) + 1.2, 2.6, [1] * len(costs))
    for axis, (name, cost) in zip(axes, costs.items(), strict=True):
        for x, y, label, colour, marker in zip(cost, values, names, COLOURS, "osD^vP", strict=False):
            axis.plot([x], [y], color=colour, marker=marker, markersize=9, linestyle="", label=label)
        low, high = min(cost), max(cost)
        axis.set(xscale="log", xlabel=name, xlim=(low / 1.6, high * 1.6))
        axis.margins(y=0.1)  # so that no marker is cut
        axis.set_xticks([low, high], [_quantity(low), _quantity(high)])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    _first_only(axes, ylabel)
    axes[-1].legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return _picture(figure, [f"{ylabel} against {name}" for name in costs])


def _quantity(value: float) -> str:
    """Three digits at most: 0.52, 13.9, 2,690."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def waveforms(clips: Sequence, titles: Sequence[str], *, rate: int, spans: Sequence = ()):
    """Sound as it swings, side by side: amplitude over time.

    Parameters
    ----------
    clips : sequence of tensors or arrays of shape (time,)
        Amplitudes, as a rule in [-1, 1].
    titles : sequence of str
    rate : int
        Samples a second.
    spans : sequence, one item a clip, optional
        (first sample, sample after the last) of the stretch to mark, or None.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a clip is not one-dimensional, or the numbers of clips, titles and spans differ.
    """
    import numpy as np

    values = [_array(clip) for clip in clips]
    for i, value in enumerate(values):
        if value.ndim != 1 or not len(value):
            raise ValueError(f"clip {i} has shape {value.shape}, expected (time,): of clips (B, 1, T) give clips[:, 0]")
    spans = spans or [None] * len(values)
    _same_length(clips=values, titles=titles, spans=spans)
    figure, axes = _figure(2.7 * len(values) + 0.5, 1.9, [1] * len(values))
    limit = 1.05 * max(abs(value).max() for value in values) or 1.0
    for axis, value, title, span in zip(axes, values, titles, spans, strict=True):
        axis.plot(np.arange(len(value)) / rate, value, color=BLUE, linewidth=0.5)
        if span is not None:
            axis.axvspan(span[0] / rate, span[1] / rate, color=ORANGE, alpha=0.35, linewidth=0)
        axis.set(xlabel="time (s)", xlim=(0, len(value) / rate), ylim=(-limit, limit))
        axis.set_title(title, fontsize=10)
    _first_only(axes, "amplitude")
    return _picture(figure, titles)


def spectrograms(pictures: Sequence, titles: Sequence[str], *, rate: int, hop: int, spans: Sequence = ()):
    """The power of each frequency over time, side by side on one scale of decibels, with a colour bar.

    Parameters
    ----------
    pictures : sequence of tensors or arrays of shape (frequency, time)
        In decibels; the rows go from 0 Hz to half the rate, as utils.datasets.speech.spectrogram gives them.
    titles : sequence of str
    rate : int
        Samples a second.
    hop : int
        Samples between one column and the next.
    spans : sequence, one item a picture, optional
        (first sample, sample after the last) of the stretch to mark, or None.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a picture is not two-dimensional, or the numbers of pictures, titles and spans differ.
    """
    values = [_matrix(picture, f"picture {i}", None) for i, picture in enumerate(pictures)]
    spans = spans or [None] * len(values)
    _same_length(pictures=values, titles=titles, spans=spans)
    figure, axes = _figure(2.7 * len(values) + 1.3, 2.2, [1] * len(values))
    low, high = min(value.min() for value in values), max(value.max() for value in values)
    for axis, value, title, span in zip(axes, values, titles, spans, strict=True):
        rows, columns = value.shape
        band = rate / 2 / max(rows - 1, 1)  # Hz from row to row
        extent = (-hop / 2 / rate, (columns - 0.5) * hop / rate, -band / 2, rate / 2 + band / 2)
        drawn = axis.imshow(value, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=low, vmax=high)
        for edge in span or ():
            axis.axvline(edge / rate, color=SKY, linewidth=1.5)
        axis.set(xlabel="time (s)", xlim=(0, (columns - 1) * hop / rate), ylim=(0, rate / 2))
        axis.set_title(title, fontsize=10)
    _first_only(axes, "frequency (Hz)")
    figure.colorbar(drawn, ax=axes, label="power (dB)", pad=0.02)
    return _picture(figure, titles)


def confusion(matrix, names: Sequence[str], title: str):
    """A confusion matrix with its counts written in: a row for each true class, dark where much of that class went.

    Parameters
    ----------
    matrix : array or tensor of shape (C, C), whole numbers
        At most 20 classes.
    names : sequence of str
        Of the classes.
    title : str

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If the matrix is too large or there are not as many names as classes.
    """
    import numpy as np

    counts = _matrix(matrix, "matrix", 20)
    if counts.shape != (len(names), len(names)):
        raise ValueError(f"the matrix has shape {counts.shape}, and there are {len(names)} names: one a row and column is needed")
    parts = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    side = _CELL * len(names)
    figure, (axis,) = _figure(side + 1.9, side + 1.4, [1])
    drawn = axis.imshow(parts, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ink = "white" if parts[row, column] > 0.5 else "black"
            axis.text(column, row, f"{count:g}", ha="center", va="center", fontsize=9, color=ink)
    axis.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="predicted class", ylabel="true class")
    axis.set_title(title, fontsize=10)
    _lines_between_cells(axis, counts.shape)
    figure.colorbar(drawn, ax=axis, label="part of the true class", shrink=0.7, pad=0.02)
    return _picture(figure, [title])


def unit_square(
    lines: Mapping[str, tuple],
    xlabel: str,
    ylabel: str,
    *,
    points: Mapping[str, tuple] | None = None,
    diagonal: str = "",
    steps: bool = False,
):
    """Curves in a square from 0 to 1 both ways, such as a ROC curve, each with horizontal values of its own.

    Parameters
    ----------
    lines : dict
        Name of each curve against (x, y), two sequences of equal length; up to 12 points have a marker each. At most six.
    points : dict, optional
        Name of each single point against (x, y): drawn large, in the colours that follow. With the lines at most six.
    diagonal : str, optional
        What the grey line from (0, 0) to (1, 1) stands for; left out, there is none.
    steps : bool
        Whether each y holds from the x before up to its own, as in precision against recall; straight lines if not.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If there are more curves and points than can be told apart, or x and y differ in length.
    """
    points = points or {}
    if len(lines) + len(points) > len(COLOURS):
        raise ValueError(f"{len(lines)} lines and {len(points)} points given, at most {len(COLOURS)} can be told apart")
    figure, (axis,) = _figure(5.6, 3.6, [1])
    if diagonal:
        axis.plot([0, 1], [0, 1], color="#808080", linewidth=1, linestyle="--", label=diagonal)
    for (name, (x, y)), colour, marker in zip(lines.items(), COLOURS, "osD^vP", strict=False):
        x, y = _array(x), _array(y)
        _same_length(**{f"x of {name}": x, f"y of {name}": y})
        style = {"drawstyle": "steps-pre"} if steps else {}
        axis.plot(x, y, color=colour, marker=marker if len(x) <= 12 else "", markersize=5, label=name, **style)
    for (name, (x, y)), colour, marker in zip(points.items(), COLOURS[len(lines) :], "*XPsD^", strict=False):
        axis.plot(
            [float(x)], [float(y)], color=colour, marker=marker, markersize=13, linestyle="", label=name, clip_on=False, zorder=4
        )
    axis.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", title=_against(ylabel, xlabel))
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return _picture(figure, [f"{name}: {ylabel} against {xlabel}" for name in (*lines, *points)])


def score_histograms(scores: Mapping[str, Sequence[float]], xlabel: str, *, threshold: float | None = None, bins: int = 30):
    """How many examples of each kind have which score: histograms over one another, with the threshold as a line.

    Parameters
    ----------
    scores : dict
        Name of each kind of example against its scores. At most six.
    threshold : float, optional
        Examples at and right of it are called positive.
    bins : int

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If there are more kinds than can be told apart, or no scores.
    """
    import numpy as np

    values = {name: _array(s) for name, s in scores.items()}
    if not 1 <= len(values) <= len(COLOURS) or not all(v.size for v in values.values()):
        raise ValueError(
            f"got {len(values)} kinds with {[v.size for v in values.values()]} scores, expected 1 to {len(COLOURS)}, none empty"
        )
    low, high = min(v.min() for v in values.values()), max(v.max() for v in values.values())
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    figure, (axis,) = _figure(7.2, 2.6, [1])
    for (name, v), colour in zip(values.items(), COLOURS, strict=False):
        axis.hist(v, edges, color=colour, alpha=0.6, label=f"{name} ({v.size:,})")
    if threshold is not None:
        axis.axvline(threshold, color="black", linewidth=1.5, label=f"threshold {threshold:.2g}")
    axis.set(xlabel=xlabel, ylabel="examples", title=f"How often each {xlabel.partition(':')[0]} comes up")
    axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return _picture(figure, [f"histogram of {xlabel}: {', '.join(values)}"])


def heat_maps(pictures: Sequence, maps: Sequence, titles: Sequence[str], *, height: float = 1.8):
    """Pictures in grey with a map laid over each, where it is high: from clear, the least value of the map, to orange, its largest.

    Parameters
    ----------
    pictures : sequence of tensors or arrays, each (height, width) or (3, height, width), in [0, 1]
    maps : sequence of tensors or arrays of shape (h, w), stretched over their picture
        Each on a scale of its own: maps of different pictures do not compare.
    titles : sequence of str
    height : float
        Inches of the row.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a map is not two-dimensional, or the numbers of pictures, maps and titles differ.
    """
    import numpy as np
    from matplotlib.colors import to_rgb

    _same_length(pictures=pictures, maps=maps, titles=titles)
    figure, axes = _figure(height * len(titles) + 0.1 * len(titles), height + 0.35, [1] * len(titles))
    for axis, picture, heat, title in zip(axes, map(_array, pictures), maps, titles, strict=True):
        heat = _matrix(heat, f"the map of {title!r}", None)
        grey = picture.mean(0) if picture.ndim == 3 else picture
        rows, columns = grey.shape
        axis.imshow(grey, cmap="gray", vmin=0, vmax=1)
        layer = np.empty((*heat.shape, 4))
        layer[..., :3] = to_rgb(ORANGE)
        layer[..., 3] = 0.75 * (heat - heat.min()) / (np.ptp(heat) or 1.0)
        axis.imshow(layer, extent=(-0.5, columns - 0.5, rows - 0.5, -0.5), interpolation="bilinear")
        axis.set_title(title, fontsize=10)
        axis.set_axis_off()
    return _picture(figure, titles)


def labelled_maps(
    maps: Sequence, rows: Sequence[str], columns: Sequence[str], titles: Sequence[str], *, xlabel: str, ylabel: str, label: str
):
    """Tables of values from 0 to 1 side by side, dark where they are high, with a name at each row and column: similarities, attention.

    Parameters
    ----------
    maps : sequence of tensors or arrays of shape (rows, columns)
        At most 30 rows or columns each. Up to 100 values a table are written in. Values below 0 look like 0.
    rows, columns, titles : sequence of str
        Names of the rows and columns of every table, and a title for each.
    xlabel, ylabel : str
        What the columns and the rows are.
    label : str
        What the values are, with their unit, beside the colour bar.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a table has another shape than the names say, or the numbers of tables and titles differ.
    """
    import numpy as np

    values = [_matrix(m, f"map {i}", 30) for i, m in enumerate(maps)]
    _same_length(maps=values, titles=titles)
    for i, value in enumerate(values):
        if value.shape != (len(rows), len(columns)):
            raise ValueError(f"map {i} has shape {value.shape}, the names say {(len(rows), len(columns))}")
    side, names = 0.34, 0.075 * max(map(len, rows))
    figure, axes = _figure(
        side * len(columns) * len(values) + names + 1.4,
        side * len(rows) + 0.075 * max(map(len, columns)) + 0.8,
        [1] * len(values),
    )
    for axis, value, title in zip(axes, values, titles, strict=True):
        drawn = axis.imshow(value, cmap="Blues", vmin=0, vmax=1)
        for (row, column), number in np.ndenumerate(value) if value.size <= 100 else ():
            ink = "white" if number > 0.5 else "black"
            axis.text(column, row, f"{number:.1f}".replace("-0.0", "0.0"), ha="center", va="center", fontsize=8, color=ink)
        axis.set_xticks(range(len(columns)), columns, rotation=90, fontsize=9)
        axis.set_yticks(range(len(rows)), rows, fontsize=9)
        axis.set_xlabel(xlabel)
        axis.set_title(title, fontsize=10)
        _lines_between_cells(axis, value.shape)
    _first_only(axes, ylabel)
    figure.colorbar(drawn, ax=axes, label=label, shrink=0.8, pad=0.02)
    return _picture(figure, titles)


def segments(
    pictures: Sequence, maps: Sequence, titles: Sequence[str], *, names: Mapping[int, str] | None = None, height: float = 2.2
):
    """Pictures in grey with the areas of a map of whole numbers in colour, 0 left clear; a number has the same colour in all pictures.

    A picture whose map is 0 everywhere keeps its own colours.

    Parameters
    ----------
    pictures : sequence of tensors or arrays, each (height, width) or (3, height, width), in [0, 1]
    maps : sequence of tensors or arrays, each (height, width), whole numbers from 0
        Classes, or numbers of things. There are ten colours: number 11 has that of number 1.
    titles : sequence of str
    names : dict, optional
        Name of each number, for a legend of those that occur.
    height : float
        Inches of the row.

    Returns
    -------
    IPython.display.Image

    Raises
    ------
    ValueError
        If a map has not the size of its picture, or the numbers of pictures, maps and titles differ.
    """
    import numpy as np
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    _same_length(pictures=pictures, maps=maps, titles=titles)
    there = sorted({int(value) for area in maps for value in np.unique(_array(area))} & set(names or {}))
    arrays = [_array(picture) for picture in pictures]
    ratios = [array.shape[-1] / array.shape[-2] for array in arrays]
    lines = -(-len(there) // 6)
    figure, axes = _figure(height * sum(ratios) + 0.1 * len(arrays), height + 0.35 + 0.25 * lines, ratios)
    palette = np.array([to_rgb(colour) for colour in AREAS])
    for axis, picture, area, title in zip(axes, arrays, maps, titles, strict=True):
        area = _matrix(area, f"the map of {title!r}", None).astype(int)
        if area.shape != picture.shape[-2:]:
            raise ValueError(f"the map of {title!r} has shape {area.shape}, its picture {picture.shape[-2:]}")
        picture = (np.moveaxis(picture, 0, -1) if picture.ndim == 3 else picture[..., None].repeat(3, 2)).clip(0, 1)
        grey = picture.mean(2, keepdims=True)
        coloured = np.where(area[..., None] > 0, 0.3 * grey + 0.7 * palette[(area - 1) % len(palette)], grey.repeat(3, 2))
        axis.imshow(coloured if area.any() else picture)
        axis.set_title(title, fontsize=10)
        axis.set_axis_off()
    if there:
        handles = [Patch(color=AREAS[(number - 1) % len(AREAS)], label=names[number]) for number in there]
        figure.legend(handles=handles, loc="outside lower center", ncols=6, frameon=False, fontsize=8)
    return _picture(figure, titles)


# ----------------------------------------------------------------------------------------------------------- internals


def _against(ylabel: str, xlabel: str) -> str:
    """A title: the one against the other, without their units."""
    what, against = (label.partition(" (")[0] for label in (ylabel, xlabel))
    return f"{what[0].upper()}{what[1:]} against {against}"


def _first_only(axes, label: str):
    """One vertical axis for a row of panels that share its scale."""
    axes[0].set_ylabel(label)
    for axis in axes[1:]:
        axis.set_yticklabels([])


def _picture(figure, titles):
    """The figure as a PNG of few colours, cut to what is drawn."""
    from PIL import Image

    drawn, file = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, bbox_inches="tight", pad_inches=0.05)
    _few_colours(Image.open(drawn).convert("RGB")).save(file, "PNG", optimize=True)
    return _image(file.getvalue(), "; ".join(title.replace("\n", ", ") for title in titles))


def _few_colours(picture, colours: int = 256):
    from PIL import Image

    # The method that keeps the rare, strong colours at the ends of a scale; the usual one merges them.
    return picture.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)


def _image(data, alt):
    from IPython.display import Image

    return Image(data=data, format="png", alt=alt)


def _figure(width: float, height: float, ratios: Sequence[float], *, rows: int = 1):
    """A figure and its axes, row by row. Not made by pyplot, which would keep it and show it a second time."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    axes = figure.subplots(rows, len(ratios), squeeze=False, width_ratios=ratios)
    return figure, list(axes.flat)


def _grid_axes(grids, titles):
    widths = [max(grid.shape[1] * _CELL, _title_width(title)) for grid, title in zip(grids, titles, strict=True)]
    height = max(grid.shape[0] for grid in grids) * _CELL + 0.6
    return _figure(sum(widths) + 0.2 * len(widths), height, widths)


def _title_width(title: str) -> float:
    """About how many inches a title of 10 points takes."""
    return 0.085 * len(title)


def _draw_numbers(axis, grid, title, limits=None):
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    low, high = limits or (np.nan_to_num(grid).min(), np.nan_to_num(grid).max())
    top = max(abs(low), abs(high)) or 1.0
    scale, shades = (Normalize(-top, top), colormaps["RdBu_r"]) if low < 0 else (Normalize(0, top), colormaps["gray"])
    colours = shades(scale(np.nan_to_num(grid)))
    colours[np.isnan(grid)] = (1, 1, 1, 1)
    axis.imshow(colours)
    for (row, column), value in np.ndenumerate(grid):
        if not np.isnan(value):
            ink = "white" if colours[row, column, :3] @ (0.299, 0.587, 0.114) < 0.5 else "black"
            axis.text(column, row, _short(value), ha="center", va="center", fontsize=10, color=ink)
    _lines_between_cells(axis, grid.shape)
    spare = _title_width(title) / _CELL - grid.shape[1]  # cells are alike in all grids: where a title is wider, air is left
    margin = 0.55 + max(spare, 0) / 2
    axis.set(xticks=[], yticks=[], xlim=(-margin, grid.shape[1] - 1 + margin), ylim=(grid.shape[0] - 0.45, -0.55))
    axis.set_title(title, fontsize=10)


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def _lines_between_cells(axis, shape):
    rows, columns = shape
    axis.hlines([r - 0.5 for r in range(rows + 1)], -0.5, columns - 0.5, color="#808080", linewidth=0.6)
    axis.vlines([c - 0.5 for c in range(columns + 1)], -0.5, rows - 0.5, color="#808080", linewidth=0.6)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _frame(axis, top, left, height, width):
    from matplotlib.patches import Rectangle

    return axis.add_patch(Rectangle((left - 0.5, top - 0.5), width, height, fill=False, edgecolor=ORANGE, linewidth=4, zorder=5))


def _draw_placements(axis, setting, count, width):
    from matplotlib.patches import Rectangle

    n, f, s, p, d = (setting[k] for k in ("input_size", "kernel_size", "stride", "padding", "dilation"))
    fits = count + ((width - d * (f - 1) - 1) % s > 0)
    for row in range(fits):
        reads = {row * s + d * i for i in range(f)}
        for column in range(max(width, max(reads) + 1)):
            inside, read = column < width, column in reads
            if not inside and not read:
                continue
            zero = not p <= column < p + n
            colour = "white" if not read else BLUE if row < count else VERMILLION
            cell = Rectangle((column - p, row), 1, 1, facecolor=colour, edgecolor="#808080", linewidth=0.8)
            axis.add_patch(cell)
            if inside and zero:
                axis.text(
                    column - p + 0.5, row + 0.5, "0", ha="center", va="center", fontsize=7, color="white" if read else "black"
                )
    name = f"N={n}, F={f}, S={s}" + (f", P={p}" if p else "") + (f", D={d}" if d > 1 else "")
    end = max(width, (fits - 1) * s + d * (f - 1) + 1)
    axis.set(xlim=(-p - 0.1, end - p + 0.1), ylim=(fits + 0.1, -0.1), yticks=[], xlabel="pixel", aspect="equal", anchor="N")
    axis.set_xticks([c + 0.5 for c in range(n)], range(n), fontsize=7)
    axis.set_title(f"{name}\n{count} places" + (", then it does not fit" if fits > count else ""), fontsize=10)
    axis.tick_params(length=0)
    for side in axis.spines.values():
        side.set_visible(False)


def _two_colours(first, second):
    from matplotlib.colors import ListedColormap

    return ListedColormap([first, second])


def _array(values):
    import numpy as np

    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, dtype=float)


def _matrix(values, name: str, most: int | None):
    array = _array(values)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}, expected (height, width)")
    if most and max(array.shape) > most:
        raise ValueError(f"{name} has shape {array.shape}: its numbers can be read up to {most} rows and columns")
    return array


def _same_length(**things):
    if len({len(thing) for thing in things.values()}) > 1:
        raise ValueError("as many of each are needed, got " + ", ".join(f"{len(thing)} {name}" for name, thing in things.items()))
