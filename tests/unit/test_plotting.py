"""Pictures: that they show what they should, in the colours they should, and refuse what they cannot show."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from utils import plotting


def pixels(picture):
    """The picture as an array of shape (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB")).astype(int)


def share(picture, colour: str) -> float:
    """Which part of a picture has this colour, give or take what few colours cost."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return float((abs(pixels(picture) - wanted).max(-1) <= 8).mean())


def frames(picture):
    animation = Image.open(io.BytesIO(picture.data))
    for index in range(animation.n_frames):
        animation.seek(index)
        yield np.asarray(animation.convert("RGB")).astype(int)


@pytest.fixture
def image():
    return torch.arange(49.0).reshape(7, 7)


@pytest.fixture
def kernel():
    return torch.tensor([[-1.0, 0.0, 1.0]] * 3)


def test_a_picture_is_a_png_with_its_titles_as_alternative_text(image):
    picture = plotting.number_grids([image, image], ["before", "after"])
    assert picture.format == "png" and picture.alt == "before; after"
    assert pixels(picture).shape[1] > pixels(picture).shape[0] > 200


def test_the_same_picture_twice_is_the_same_bytes(image, kernel):
    assert plotting.number_grids([image], ["a"]).data == plotting.number_grids([image], ["a"]).data
    assert plotting.sliding_window(image[:4, :4], kernel).data == plotting.sliding_window(image[:4, :4], kernel).data


def test_a_window_is_framed_in_orange_and_only_where_asked(image):
    plain = plotting.number_grids([image], ["image"])
    framed = plotting.number_grids([image], ["image"], windows=[(2, 1, 3, 3)])
    assert share(plain, plotting.ORANGE) == 0 < share(framed, plotting.ORANGE)


def test_positive_grids_are_grey_and_signed_ones_are_not(image, kernel):
    def is_grey(picture):
        return np.ptp(pixels(picture), axis=-1).max() <= 3

    assert is_grey(plotting.number_grids([image], [""])) and not is_grey(plotting.number_grids([kernel], [""]))


def test_empty_cells_stay_white(image):
    nothing = torch.full((7, 7), float("nan"))
    assert pixels(plotting.number_grids([nothing], [""])).mean() > 240 > pixels(plotting.number_grids([image], [""])).mean()


def test_the_window_slides_over_every_place_and_leaves_the_whole_map(kernel):
    def empty(frame):
        return (frame > 252).all(-1).mean()

    for settings, places in [({}, 9), ({"stride": 2}, 4), ({"padding": 1}, 25), ({"stride": 2, "padding": 1}, 9)]:
        shown = list(frames(plotting.sliding_window(-torch.ones(5, 5), kernel, **settings)))
        assert len(shown) == places
        assert all((a != b).any() for a, b in zip(shown, shown[1:], strict=False))
        assert empty(shown[-1]) < empty(shown[0]) - 0.03  # the cells of the map were white, and have been filled


def test_a_window_that_does_not_fit_is_refused(kernel):
    with pytest.raises(ValueError, match="smaller kernel"):
        plotting.sliding_window(torch.zeros(2, 2), kernel)


def test_a_step_that_does_not_fit_is_vermillion_and_nothing_else_is():
    fits = plotting.placements([{"input_size": 7, "kernel_size": 3, "stride": 2}])
    beyond = plotting.placements([{"input_size": 7, "kernel_size": 3, "stride": 3}])
    assert share(fits, plotting.VERMILLION) == 0 < share(beyond, plotting.VERMILLION)
    assert "3 places" in fits.alt and "2 places, then it does not fit" in beyond.alt


def test_dilation_reads_as_many_pixels_as_a_plain_kernel():
    plain, dilated = (plotting.placements([{"input_size": 9, "kernel_size": 3, "dilation": d, "padding": d}]) for d in (1, 2))
    blue = [share(p, plotting.BLUE) * pixels(p)[..., 0].size for p in (plain, dilated)]
    assert blue[0] == pytest.approx(blue[1], rel=0.1)


def test_placements_refuse_what_the_arithmetic_refuses():
    with pytest.raises(ValueError, match="stride must be at least 1"):
        plotting.placements([{"input_size": 7, "kernel_size": 3, "stride": 0}])


def test_photographs_keep_their_colours():
    red = torch.zeros(3, 20, 30)
    red[0] = 1
    picture = plotting.images([red, torch.zeros(20, 30)], ["red", "black"])
    assert share(picture, "#FF0000") > 0.3 and share(picture, "#000000") > 0.3


def test_all_signed_maps_share_one_scale_centred_at_zero():
    strong, weak = torch.full((10, 10), 4.0), torch.full((10, 10), -0.01)
    picture = plotting.signed_maps([strong, weak], ["strong", "weak"])
    assert share(picture, "#67001F") > 0.2  # the red end
    half = pixels(picture)[:, pixels(picture).shape[1] // 2 : -90]
    assert half.min(-1).mean() > 200  # the weak map is nearly white: it has no scale of its own


def test_the_colour_bar_says_what_the_values_are():
    maps = [torch.eye(4)]
    assert plotting.signed_maps(maps, ["m"], label="weight").data != plotting.signed_maps(maps, ["m"]).data


def test_maps_of_zeros_are_white_and_raise_no_warning(recwarn):
    assert pixels(plotting.signed_maps([torch.zeros(5, 5)], ["nothing"])).mean() > 150
    assert not recwarn.list


def test_weights_are_one_tile_for_each_filter_and_channel():
    small, large = (pixels(plotting.filters(torch.randn(k, d, 3, 3))).shape for k, d in [(2, 1), (6, 3)])
    assert large[0] > small[0] and large[1] > small[1]


def test_parameters_of_a_layer_can_be_shown_as_they_are():
    assert plotting.filters(torch.nn.Conv2d(1, 2, 3).weight).alt == "weights of 2 filters with 1 channels"


def test_a_table_is_filled_where_there_is_a_number():
    values = torch.tensor([[1.0, float("nan")], [float("nan"), float("nan")]])
    some = plotting.table(values, {"P (pixels)": [0, 1]}, {"N (pixels)": [7, 8]}, "sizes")
    none = plotting.table(values * float("nan"), {"P (pixels)": [0, 1]}, {"N (pixels)": [7, 8]}, "sizes")
    assert share(some, plotting.SKY) > 0 == share(none, plotting.SKY)


def test_curves_have_a_colour_each():
    picture = plotting.curves([1, 2, 3], {"a": [1, 2, 3], "b": [3, 2, 1]}, "x (pixels)", "count")
    assert share(picture, plotting.BLUE) > 0 and share(picture, plotting.ORANGE) > 0


def test_several_seeds_are_their_mean_with_a_band():
    tint = "#CCE3F0"  # the first colour over white
    alone = plotting.curves([1, 2, 3], {"a": [2, 3, 2]}, "x (pixels)", "accuracy")
    seeds = plotting.curves([1, 2, 3], {"a": torch.tensor([[1, 2, 1], [3, 4, 3]])}, "x (pixels)", "accuracy")
    assert share(seeds, tint) > 0.2 and share(alone, tint) < 0.01
    assert share(seeds, plotting.BLUE) > 0


def test_each_network_has_its_colour_in_every_panel_of_a_tradeoff():
    one = plotting.tradeoffs({"parameters": [60_000, 9e7]}, [0.5, 0.9], ["old", "new"], "accuracy")
    three = plotting.tradeoffs(dict.fromkeys(("a", "b", "c"), [60_000, 9e7]), [0.5, 0.9], ["old", "new"], "accuracy")
    assert all(share(picture, colour) > 0 for picture in (one, three) for colour in plotting.COLOURS[:2])
    assert share(one, plotting.COLOURS[2]) == 0
    assert pixels(three).shape[1] > 1.8 * pixels(one).shape[1]
    assert three.alt.startswith("accuracy against a; accuracy against b")
    with pytest.raises(ValueError, match="7 things and 1 costs"):
        plotting.tradeoffs({"parameters": range(1, 8)}, range(7), "abcdefg", "accuracy")
    with pytest.raises(ValueError, match="3 values"):
        plotting.tradeoffs({"parameters": [1, 2]}, [1, 2, 3], "ab", "accuracy")


def test_a_waveform_marks_its_span_in_orange_and_only_where_asked():
    clip = torch.sin(torch.arange(800.0))
    plain = plotting.waveforms([clip], ["a tone"], rate=8000)
    marked = plotting.waveforms([clip], ["a tone"], rate=8000, spans=[(200, 600)])
    tint = "#F7DDA6"  # the marking colour over white
    assert share(plain, plotting.BLUE) > 0.01 and share(plain, tint) == 0 and share(marked, tint) > 0.01
    assert marked.alt == "a tone"


def test_many_curves_have_their_names_beside_them():
    few, many = (plotting.curves([1, 2], {str(i): [i, i] for i in range(n)}, "x", "y") for n in (3, 4))
    assert pixels(many).shape[1] > pixels(few).shape[1] + 30


def test_curves_over_names_instead_of_numbers():
    picture = plotting.curves(["none", "2", "global"], {"a": [[1, 2, 3], [2, 3, 4]]}, "window", "error")
    assert share(picture, plotting.BLUE) > 0
    with pytest.raises(ValueError, match="2 x, 3 a"):
        plotting.curves(["none", "2"], {"a": [1, 2, 3]}, "window", "error")


def test_stretches_are_marked_in_curves_that_run_along_time():
    plain = plotting.curves(range(100), {"score": [0.0] * 100}, "time (s)", "score")
    marked = plotting.curves(range(100), {"score": [0.0] * 100}, "time (s)", "score", spans=[(20, 40), (60, 70)])
    tint = "#F7DDA6"  # the marking colour over white
    assert share(plain, tint) == 0 and share(marked, tint) > 0.1
    assert pixels(marked).shape[1] > 1.8 * pixels(plain).shape[1]


def test_a_confusion_matrix_is_dark_where_most_of_a_class_went():
    right = plotting.confusion(torch.eye(3) * 20, ["ant", "bee", "cow"], "all right")
    assert right.alt == "all right"
    assert share(right, "#08306B") > 0.1  # the dark end of the scale
    assert (
        share(plotting.confusion(torch.ones(3, 3), ["ant", "bee", "cow"], "as if by chance"), "#08306B")
        < share(right, "#08306B") / 5
    )
    empty = plotting.confusion(torch.zeros(2, 2), ["ant", "bee"], "a class without examples")
    assert share(empty, "#F7FBFF") > 0.1


def test_the_unit_square_has_a_colour_for_each_curve_and_point():
    lines = {"a": ([0, 0, 1], [0, 0.8, 1]), "b": (torch.linspace(0, 1, 50), torch.linspace(0, 1, 50) ** 2)}
    plain = plotting.unit_square(lines, "false positive rate", "true positive rate")
    assert share(plain, plotting.BLUE) > 0 and share(plain, plotting.ORANGE) > 0
    assert share(plain, plotting.GREEN) == 0
    marked = plotting.unit_square(lines, "x", "y", points={"ideal": (0, 1)}, diagonal="chance")
    assert share(marked, plotting.GREEN) > 0 and share(marked, "#808080") > share(plain, "#808080")
    assert plain.alt == "a: true positive rate against false positive rate; b: true positive rate against false positive rate"


def test_in_steps_no_slanted_line_is_drawn():
    line = {"a": ([0, 1], [1, 0])}
    slanted, stepped = (plotting.unit_square(line, "recall", "precision", steps=steps) for steps in (False, True))

    def blue_rows(picture):
        return (abs(pixels(picture) - np.array([0x00, 0x72, 0xB2])).max(-1) <= 8)[:, : pixels(picture).shape[1] // 3].any(1).sum()

    assert blue_rows(slanted) > 2 * blue_rows(stepped)


def test_histograms_of_scores_lie_over_one_another_and_the_threshold_is_a_line():
    scores = {"negatives": torch.zeros(50), "positives": torch.ones(50)}
    plain, marked = (plotting.score_histograms(scores, "score", threshold=t) for t in (None, 0.5))
    assert plain.data != marked.data
    assert share(plotting.score_histograms({"all the same": [2.0, 2.0]}, "score"), "#FFFFFF") < 1


def test_a_heat_map_is_orange_where_it_is_high_and_shows_the_picture_elsewhere():
    heat = torch.zeros(4, 4)
    heat[:, 2:] = 1
    shown = pixels(plotting.heat_maps([torch.full((3, 40, 40), 0.5)], [heat], ["a map"]))[40:]
    warm = shown[..., 0] - shown[..., 2] > 60
    assert warm[:, : warm.shape[1] // 3].mean() == 0 and warm[:, -warm.shape[1] // 3 :].mean() > 0.8
    flat = plotting.heat_maps([torch.full((40, 40), 0.5)], [torch.zeros(2, 2)], ["nothing to see"])
    assert np.ptp(pixels(flat)[40:], axis=-1).max() < 10


def test_labelled_maps_are_dark_where_values_are_high_and_negative_ones_look_like_0():
    names = {"xlabel": "column", "ylabel": "row", "label": "weight"}
    high, low = (
        plotting.labelled_maps([torch.full((12, 12), v)] * 2, list("abcdefghijkl"), list("mnopqrstuvwx"), ["one", "two"], **names)
        for v in (1.0, -0.5)
    )
    assert share(high, "#08306B") > 0.3 > 0.05 > share(low, "#08306B")  # the darkest and lightest blue of the scale
    assert share(low, "#F7FBFF") > 0.3


def test_a_spectrogram_has_low_frequencies_below_and_a_colour_bar():
    power = torch.full((65, 40), -80.0)
    power[:8] = 0
    shown = pixels(plotting.spectrograms([power], ["low"], rate=8000, hop=64))
    bright = (abs(shown - [252, 253, 191]).max(-1) <= 8)[:, : shown.shape[1] // 2]
    assert bright.any() and bright.nonzero()[0].min() > 0.5 * shown.shape[0]


def test_spectrograms_side_by_side_share_one_scale():
    loud, quiet = torch.full((65, 40), -80.0), torch.full((65, 40), -80.0)
    loud[:, 20:], quiet[:, 20:] = 0, -40
    both = plotting.spectrograms([loud, quiet], ["loud", "quiet"], rate=8000, hop=64)
    alone = plotting.spectrograms([quiet], ["quiet"], rate=8000, hop=64)
    assert share(alone, "#FCFDBF") > share(both, "#FCFDBF") > 0


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plotting.waveforms([torch.zeros(1, 9)], ["x"], rate=8000), r"clip 0 has shape \(1, 9\)"),
        (lambda: plotting.waveforms([torch.zeros(9)], ["x", "y"], rate=8000), "1 clips, 2 titles"),
        (lambda: plotting.spectrograms([torch.zeros(1, 9, 9)], ["x"], rate=8000, hop=4), r"picture 0 has shape \(1, 9, 9\)"),
        (lambda: plotting.spectrograms([torch.zeros(9, 9)], ["x"], rate=8000, hop=4, spans=[None, None]), "2 spans"),
    ],
)
def test_sound_that_cannot_be_drawn_is_refused(draw, said):
    with pytest.raises(ValueError, match=said):
        draw()


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plotting.number_grids([torch.zeros(3)], ["line"]), r"grid 0 has shape \(3,\), expected \(height, width\)"),
        (lambda: plotting.number_grids([torch.zeros(0, 3)], ["none"]), "grid 0 has shape"),
        (lambda: plotting.number_grids([torch.zeros(50, 3)], ["long"]), "up to 40"),
        (lambda: plotting.number_grids([torch.zeros(3, 3)], ["one", "two"]), "1 grids, 2 titles"),
        (lambda: plotting.number_grids([torch.zeros(3, 3)], ["one"], windows=[None, None]), "2 windows"),
        (lambda: plotting.sliding_window(torch.zeros(20, 20), torch.zeros(3, 3)), "up to 12"),
        (lambda: plotting.images([torch.zeros(4, 9, 9)], ["four channels"]), r"picture 0 has shape \(4, 9, 9\)"),
        (lambda: plotting.images([torch.zeros(9, 9)], []), "1 pictures, 0 titles"),
        (lambda: plotting.signed_maps([torch.zeros(2, 9, 9)], ["stack"]), "map 0 has shape"),
        (lambda: plotting.filters(torch.zeros(3, 3)), r"expected \(out_channels, in_channels, height, width\)"),
        (lambda: plotting.table(torch.zeros(2, 2), {"P": [0]}, {"N": [7, 8]}, ""), r"the labels say \(1, 2\)"),
        (lambda: plotting.curves([1, 2], {"a": [1]}, "x", "y"), "2 x, 1 a"),
        (lambda: plotting.curves([1, 2], {"a": [[1], [2]]}, "x", "y"), "2 x, 1 a"),
        (lambda: plotting.curves([1, 2], {"a": torch.zeros(1, 1, 2)}, "x", "y"), r"'a' has shape \(1, 1, 2\)"),
        (lambda: plotting.curves([1], {str(i): [1] for i in range(7)}, "x", "y"), "at most 6"),
        (lambda: plotting.confusion(torch.zeros(2, 2), ["ant"], ""), r"shape \(2, 2\), and there are 1 names"),
        (
            lambda: plotting.unit_square({str(i): ([0], [0]) for i in range(6)}, "x", "y", points={"p": (0, 1)}),
            "6 lines and 1 points",
        ),
        (lambda: plotting.unit_square({"a": ([0, 1], [0])}, "x", "y"), "2 x of a, 1 y of a"),
        (lambda: plotting.score_histograms({"a": []}, "score"), "none empty"),
        (lambda: plotting.heat_maps([torch.zeros(9, 9)], [torch.zeros(3)], ["line"]), "the map of 'line' has shape"),
        (lambda: plotting.heat_maps([torch.zeros(9, 9)], [], ["none"]), "0 maps"),
        (
            lambda: plotting.labelled_maps([torch.zeros(2, 3)], ["a"], ["b"], ["t"], xlabel="", ylabel="", label=""),
            r"map 0 has shape \(2, 3\), the names say \(1, 1\)",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_with_what_was_given(draw, said):
    with pytest.raises(ValueError, match=said):
        draw()


def test_boxes_of_each_kind_have_a_colour_and_their_texts():
    pictures, found = [torch.rand(3, 20, 30), torch.rand(20, 20)], torch.tensor([[2.0, 3, 12, 9], [0.0, 0, 20, 20]])
    marks = [{"true": found, "found": (found + 1, ["zebra 0.9", ""])}, {"found": found[:0]}]
    grey = [picture * 0 + 0.5 for picture in pictures]
    shown = plotting.boxes(grey, marks, ["one", "two"], cell=10)
    assert share(shown, plotting.ORANGE) > 0 < share(shown, plotting.BLUE) and share(shown, plotting.VERMILLION) == 0
    assert share(plotting.boxes(grey[:1], [{"found": found}], ["one"]), plotting.BLUE) == 0


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([{"true": torch.zeros(4)}], r"'true' has boxes of shape \(4,\)"),
        ([{"true": (torch.zeros(1, 4), ["a", "b"])}], "1 boxes of true, 2 texts of true"),
        ([{str(i): torch.zeros(0, 4) for i in range(7)}], "7 kinds"),
        ([], "0 marks"),
    ],
)
def test_boxes_that_cannot_be_drawn_are_refused(marks, words):
    with pytest.raises(ValueError, match=words):
        plotting.boxes([torch.zeros(8, 8)], marks, ["one"])


def test_areas_of_a_number_have_its_colour_in_every_picture_and_their_names_below():
    area = torch.zeros(20, 30, dtype=torch.int64)
    area[:, 20:] = 3
    grey = [torch.full((3, 20, 30), 0.5), torch.full((20, 30), 0.5)]
    plain = pixels(plotting.segments(grey, [area, area * 0], ["one", "two"]))
    coloured = (np.ptp(plain, axis=-1) > 40).mean(0)
    assert 0.1 < (coloured > 0.3).mean() < 0.25  # a third of the first of two pictures
    named = plotting.segments(grey, [area, area * 0], ["one", "two"], names={1: "cat", 3: "dog"})
    assert pixels(named).shape[0] > plain.shape[0]
    blue = torch.zeros(3, 20, 30)
    blue[2] = 0.8
    kept, greyed = (
        np.ptp(pixels(plotting.segments([blue], [areas], ["blue"])), axis=-1)[-20:, :20].max() for areas in (0 * area, area)
    )
    assert kept > 150 and greyed < 20
    with pytest.raises(ValueError, match=r"'one' has shape \(20, 20\), its picture \(20, 30\)"):
        plotting.segments(grey[:1], [area[:, :20]], ["one"])
