"""The course's metrics against scikit-learn, over random cases with many ties, and their words for input that cannot be."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn import metrics as trusted

from utils import metrics

many = hypothesis_settings(max_examples=200, deadline=None, derandomize=True)
few_values = st.integers(-3, 3).map(lambda n: n / 4)  # scores of which many are equal
any_values = st.floats(-1e6, 1e6)
binary = st.lists(st.tuples(few_values | any_values, st.booleans()), min_size=2, max_size=40)
labelled = st.integers(2, 6).flatmap(
    lambda classes: st.tuples(st.just(classes), st.lists(st.tuples(*[st.integers(0, classes - 1)] * 2), min_size=1, max_size=60))
)


def both_kinds(cases):
    scores, positives = map(list, zip(*cases, strict=True))
    assume(0 < sum(positives) < len(positives))
    return scores, positives


# ------------------------------------------------------------------------------------------------------------ many classes


@many
@given(labelled)
def test_the_confusion_matrix_and_its_error_rates_are_scikit_learns(drawn):
    classes, pairs = drawn
    labels, predictions = map(list, zip(*pairs, strict=True))
    matrix = metrics.confusion_matrix(predictions, labels, classes)
    assert matrix.tolist() == trusted.confusion_matrix(labels, predictions, labels=range(classes)).tolist()
    assert metrics.error_rate(matrix) == pytest.approx(1 - trusted.accuracy_score(labels, predictions), abs=1e-12)
    if set(labels) == set(range(classes)):
        expected = 1 - trusted.balanced_accuracy_score(labels, predictions)
        assert metrics.balanced_error_rate(matrix) == pytest.approx(expected, abs=1e-12)


def test_a_row_is_a_true_class():
    assert metrics.confusion_matrix([1, 1, 2], [0, 0, 2], 3).tolist() == [[0, 2, 0], [0, 0, 0], [0, 0, 1]]


def test_always_the_common_class_has_a_small_error_and_a_balanced_one_of_a_half():
    matrix = metrics.confusion_matrix([0] * 100, [0] * 95 + [1] * 5, 2)
    assert metrics.error_rate(matrix) == pytest.approx(0.05)
    assert metrics.balanced_error_rate(matrix) == pytest.approx(0.5)
    assert metrics.class_error_rates(matrix).tolist() == [0, 1]


def test_a_class_without_examples_has_no_error_rate():
    with pytest.raises(ValueError, match=r"no examples of the classes \[1\]"):
        metrics.balanced_error_rate(metrics.confusion_matrix([0, 1], [0, 2], 3))


@many
@given(st.integers(3, 6), st.integers(0, 2**31 - 1), st.data())
def test_top_k_is_scikit_learns_where_no_scores_are_equal(classes, seed, data):
    random = np.random.default_rng(seed)
    scores, labels = random.standard_normal((30, classes)), random.integers(0, classes, 30)
    k = data.draw(st.integers(1, classes - 1))
    expected = trusted.top_k_accuracy_score(labels, scores, k=k, labels=range(classes))
    assert metrics.top_k_accuracy(scores, labels, k) == pytest.approx(expected)
    assert metrics.top_k_accuracy(scores, labels, classes) == 1


def test_equal_scores_for_all_classes_find_nothing():
    scores = torch.zeros(4, 5)
    assert [metrics.top_k_accuracy(scores, torch.tensor([0, 1, 2, 4]), k) for k in (1, 4, 5)] == [0, 0, 1]


def test_the_error_of_each_group():
    groups = ["pen", "ink", "pen", "pen"]
    assert metrics.error_rate_by_group([1, 2, 3, 4], [1, 0, 3, 0], groups) == {"pen": (pytest.approx(1 / 3), 3), "ink": (1, 1)}
    assert metrics.error_rate_by_group([1, 0], [1, 1], torch.tensor([7, 7])) == {7: (0.5, 2)}


# ------------------------------------------------------------------------------------------------------------- two classes


@many
@given(binary)
def test_the_roc_curve_is_scikit_learns_point_for_point(cases):
    scores, positives = both_kinds(cases)
    expected = trusted.roc_curve(positives, scores, drop_intermediate=False)
    for ours, theirs in zip(metrics.roc(scores, positives), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@many
@given(binary)
def test_the_area_under_it_is_scikit_learns_and_the_probability_of_ranking_right(cases):
    scores, positives = both_kinds(cases)
    pairs = [
        (p, n) for p, yes in zip(scores, positives, strict=True) if yes for n, no in zip(scores, positives, strict=True) if not no
    ]
    by_pairs = sum((p > n) + (p == n) / 2 for p, n in pairs) / len(pairs)
    assert metrics.roc_auc(scores, positives) == pytest.approx(trusted.roc_auc_score(positives, scores), abs=1e-12)
    assert metrics.roc_auc(scores, positives) == pytest.approx(by_pairs, abs=1e-12)
    assert metrics.ranking_probability(scores, positives) == pytest.approx(by_pairs, abs=1e-12)


@many
@given(binary)
def test_precision_recall_and_its_average_are_scikit_learns(cases):
    scores, positives = map(list, zip(*cases, strict=True))
    assume(any(positives))
    precision, recall, thresholds = metrics.precision_recall(scores, positives)
    theirs = trusted.precision_recall_curve(positives, scores)  # from the lowest threshold up, with a point (1, 0) at the end
    np.testing.assert_allclose(precision.flip(0), theirs[0][:-1], atol=1e-12)
    np.testing.assert_allclose(recall.flip(0), theirs[1][:-1], atol=1e-12)
    np.testing.assert_allclose(thresholds.flip(0), theirs[2], atol=1e-12)
    expected = trusted.average_precision_score(positives, scores)
    assert metrics.average_precision(scores, positives) == pytest.approx(expected, abs=1e-12)


@many
@given(binary, st.integers(0, 5))
def test_positives_without_a_score_are_as_good_as_positives_found_last_of_all_without_their_precision(cases, missed):
    scores, positives = map(list, zip(*cases, strict=True))
    assume(any(positives))
    found, recall, _ = metrics.precision_recall(scores, positives, missed=missed)
    alone, all_recall, _ = metrics.precision_recall(scores, positives)
    assert torch.equal(found, alone)
    factor = sum(positives) / (sum(positives) + missed)
    assert torch.allclose(recall, all_recall * factor)
    expected = metrics.average_precision(scores, positives) * factor
    assert metrics.average_precision(scores, positives, missed=missed) == pytest.approx(expected)


def test_average_precision_of_a_detector_that_proposes_nothing_is_0():
    assert metrics.average_precision([], [], missed=3) == 0
    assert [len(part) for part in metrics.precision_recall([], [], missed=3)] == [0, 0, 0]


def test_average_precision_by_hand():
    # ranks 1, 3 and 4 are positive, a fourth positive was never scored: (1/1 + 2/3 + 3/4) / 4
    assert metrics.average_precision([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 1, 0], missed=1) == pytest.approx(
        (1 + 2 / 3 + 3 / 4) / 4
    )


@many
@given(binary, st.integers(0, 9), st.integers(0, 9))
def test_no_threshold_is_cheaper_than_the_cheapest(cases, false_positive, false_negative):
    scores, positives = map(np.array, zip(*cases, strict=True))

    def cost(threshold):
        called = scores >= threshold
        return ((called & ~positives) * false_positive + (~called & positives) * false_negative).mean()

    threshold, least = metrics.cheapest_threshold(scores, positives, false_positive=false_positive, false_negative=false_negative)
    assert cost(threshold) == pytest.approx(least)
    assert least <= min(map(cost, [*scores, np.inf])) + 1e-12


def test_of_thresholds_that_cost_the_same_the_highest_is_taken():
    assert metrics.cheapest_threshold([1, 2, 3, 4], [0, 1, 0, 1], false_positive=0, false_negative=1) == (2, 0)
    assert metrics.cheapest_threshold([2, 1], [0, 1], false_positive=1, false_negative=1) == (torch.inf, 0.5)


def test_where_misses_are_free_nothing_is_called_positive():
    assert metrics.cheapest_threshold([1, 2], [0, 1], false_positive=1, false_negative=0) == (torch.inf, 0)


# ------------------------------------------------------------------------------------------------------------- calibration


def test_one_who_says_80_and_is_right_in_80_of_100_is_calibrated():
    correct = [1] * 4 + [0]
    assert metrics.expected_calibration_error([0.8] * 5, correct) == pytest.approx(0)
    assert metrics.expected_calibration_error([1.0] * 5, correct) == pytest.approx(0.2)
    mean, accuracy, examples = metrics.reliability([0.8] * 5, correct, bins=10)
    assert examples.tolist() == [0] * 8 + [5, 0]
    assert mean[8] == pytest.approx(0.8)
    assert accuracy[8] == pytest.approx(0.8)
    assert mean.isnan().sum() == accuracy.isnan().sum() == 9


@many
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 12))
def test_the_calibration_error_is_the_sum_over_bins_of_the_gap_between_what_was_said_and_what_came(cases, bins):
    confidences, correct = map(np.array, zip(*cases, strict=True))
    place = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [abs((confidences[place == b] - correct[place == b]).sum()) for b in range(bins)]
    expected = sum(gaps) / len(cases)
    assert metrics.expected_calibration_error(confidences, correct, bins) == pytest.approx(expected, abs=1e-12)
    if bins > 1:
        mean, accuracy, examples = metrics.reliability(confidences, correct, bins)
        assert examples.sum() == len(cases)
        used = examples > 0
        assert (mean[used] * examples[used]).sum() == pytest.approx(confidences.sum())
        assert (accuracy[used] * examples[used]).sum() == pytest.approx(correct.sum())


def test_the_temperature_undoes_scores_that_were_made_too_large_or_too_small():
    random = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(20_000, 5, generator=random)
    labels = torch.multinomial(logits.softmax(1), 1, generator=random)[:, 0]  # labels as probable as the scores say
    for factor in (0.5, 1, 3):
        assert metrics.fit_temperature(factor * logits, labels) == pytest.approx(factor, rel=0.05)


def test_the_temperature_of_a_classifier_that_is_never_wrong_stays_finite():
    assert metrics.fit_temperature(torch.eye(3), torch.arange(3)) == pytest.approx(1 / 20, rel=1e-3)


# ----------------------------------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: metrics.confusion_matrix([0, 1], [0], 2), "2 predictions, 1 labels"),
        (lambda: metrics.confusion_matrix([0, 3], [0, 1], 3), "predictions go from 0 to 3, expected 0 to 2"),
        (lambda: metrics.confusion_matrix([0.5], [0], 2), "whole numbers"),
        (lambda: metrics.confusion_matrix(torch.zeros(2, 3), torch.zeros(2).long(), 3), r"shape \(2, 3\)"),
        (lambda: metrics.error_rate(torch.zeros(2, 2)), "with 0 examples"),
        (lambda: metrics.error_rate(torch.ones(2, 3)), "square"),
        (lambda: metrics.top_k_accuracy(torch.zeros(2, 3), [0, 1], 4), "k=4"),
        (lambda: metrics.top_k_accuracy(torch.zeros(3), [0, 1, 2], 1), r"shape \(3,\)"),
        (lambda: metrics.top_k_accuracy(torch.zeros(2, 3), [0, 1, 2], 1), "2 scores, 3 labels"),
        (lambda: metrics.error_rate_by_group([0, 1], [0, 1], ["a"]), "1 groups"),
        (lambda: metrics.counts([1, 2], [True]), "2 scores, 1 positives"),
        (lambda: metrics.counts([1, float("nan")], [True, False]), "1 of 2 scores are NaN"),
        (lambda: metrics.counts([[1, 2]], [True, False]), r"scores have shape \(1, 2\)"),
        (lambda: metrics.counts([1, 2], [1, -1]), r"booleans, or 0 and 1; got \[-1, 1\]"),
        (lambda: metrics.roc([1, 2], [1, 1]), "2 positive and 0 negative"),
        (lambda: metrics.roc([], []), "0 positive and 0 negative"),
        (lambda: metrics.ranking_probability([1, 2], [0, 0]), "0 positive and 2 negative"),
        (lambda: metrics.precision_recall([1, 2], [0, 0]), "0 positive examples in all"),
        (lambda: metrics.precision_recall([1, 2], [1, 0], missed=-1), "no fewer than 0 missed"),
        (lambda: metrics.cheapest_threshold([], [], false_positive=1, false_negative=1), "no examples"),
        (lambda: metrics.cheapest_threshold([1], [1], false_positive=-1, false_negative=1), "at least 0"),
        (lambda: metrics.reliability([1.2], [1]), r"lie in \[0, 1\]"),
        (lambda: metrics.reliability([0.2], [1, 0]), "1 confidences, 2 correct"),
        (lambda: metrics.reliability([0.2], [1], bins=0), "bins=0"),
        (lambda: metrics.fit_temperature(torch.zeros(3), [0]), r"shape \(3,\)"),
    ],
)
def test_input_that_cannot_be_is_refused_with_what_was_given_and_expected(call, words):
    with warnings.catch_warnings(), pytest.raises(ValueError, match=words):
        warnings.simplefilter("error")
        call()


# --------------------------------------------------------------------------------------------------------------- detection


def test_the_most_confident_takes_the_object_and_a_second_one_is_a_mistake():
    assert metrics.match(torch.tensor([[0.6], [0.9]])).tolist() == [0, -1]


def test_a_prediction_takes_the_free_object_that_it_overlaps_most():
    overlaps = torch.tensor([[0.6, 0.9], [0.7, 0.8], [0.9, 0.9]])
    assert metrics.match(overlaps).tolist() == [1, 0, -1]


def test_an_overlap_of_just_the_threshold_is_found():
    assert metrics.match(torch.tensor([[0.5]])).tolist() == [0]
    assert metrics.match(torch.tensor([[0.5]]), 0.51).tolist() == [-1]


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_where_there_is_nothing_nothing_is_found(shape):
    assert metrics.match(torch.zeros(shape)).tolist() == [-1] * shape[0]


def test_match_leaves_the_overlaps_as_they_were():
    overlaps = torch.tensor([[0.6], [0.9]])
    metrics.match(overlaps)
    assert overlaps.tolist() == [[pytest.approx(0.6)], [pytest.approx(0.9)]]


def test_match_refuses_a_list_of_overlaps():
    with pytest.raises(ValueError, match=r"expected \(predictions, objects\)"):
        metrics.match(torch.zeros(3))


def some_scenes(count, classes, seed):
    """Objects, and predictions of which some lie near them, some are doubled and some are nonsense; no two scores are equal."""
    random = torch.Generator().manual_seed(seed)
    truths, detections = [], []
    for _ in range(count):
        objects = int(torch.randint(0, 6, (), generator=random))
        corner, size = torch.rand(2, objects, 2, generator=random) * 40
        true = torch.cat([corner, corner + size + 4], 1)
        labels = torch.randint(classes, (objects,), generator=random)
        near = true.repeat(2, 1)[torch.rand(2 * objects, generator=random) < 0.7]
        names = labels.repeat(2)[: len(near)]
        near = near + torch.randn(near.shape, generator=random) * 3
        near[:, 2:] = torch.maximum(near[:, 2:], near[:, :2] + 1)  # a box inside out means something else to pycocotools
        found, said = torch.cat([near, near[:1] + 60]), torch.cat([names, names[:1]])
        scores = torch.rand(len(found), generator=random)
        truths.append({"boxes": true, "labels": labels})
        detections.append({"boxes": found, "labels": said, "scores": scores})
    return detections, truths


def as_coco_says(detections, truths, classes, threshold):
    """Average precisions by pycocotools, at 10,001 recalls instead of 101: it steps from one to the next."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def rows(pictures):
        for i, picture in enumerate(pictures):
            for j, (x0, y0, x1, y1) in enumerate(picture["boxes"].double().tolist()):
                box = [x0, y0, x1 - x0, y1 - y0]
                row = {"image_id": i + 1, "category_id": int(picture["labels"][j]), "bbox": box, "area": box[2] * box[3]}
                yield row | {"iscrowd": 0, **({"score": float(picture["scores"][j])} if "scores" in picture else {})}

    def coco(pictures):
        data = COCO()
        data.dataset = {
            "images": [{"id": i + 1} for i in range(len(pictures))],
            "categories": [{"id": label} for label in range(classes)],
            "annotations": [{"id": n + 1, **row} for n, row in enumerate(rows(pictures))],
        }
        data.createIndex()
        return data

    evaluation = COCOeval(coco(truths), coco(detections), "bbox")
    evaluation.params.iouThrs, evaluation.params.recThrs = np.array([threshold]), np.linspace(0, 1, 10_001)
    evaluation.params.areaRng, evaluation.params.areaRngLbl, evaluation.params.maxDets = [[0, 1e10]], ["all"], [100]
    evaluation.evaluate()
    evaluation.accumulate()
    return torch.from_numpy(evaluation.eval["precision"][0, :, :, 0, -1].mean(0))


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.75])
def test_matching_and_average_precision_are_those_of_pycocotools(threshold, capsys):
    for seed in range(4):
        detections, truths = some_scenes(40, 3, seed)
        ours = metrics.detection_average_precision(detections, truths, 3, threshold=threshold)
        best = []  # the same with what COCO does to the curve: each precision is the best at this recall or a higher one
        for label in range(3):
            scores, right, missed = metrics.detections_of_class(detections, truths, label, threshold=threshold)
            precision, recall, _ = metrics.precision_recall(scores, right, missed=missed)
            precision = precision.flip(0).cummax(0).values.flip(0)
            best.append((recall.diff(prepend=torch.zeros(1)) * precision).sum())
        assert torch.allclose(torch.stack(best), as_coco_says(detections, truths, 3, threshold), atol=5e-4)
        assert (ours <= torch.stack(best) + 1e-12).all() and (ours > torch.stack(best) - 0.1).all()


def test_perfect_detections_have_an_average_precision_of_1_and_doubled_ones_less():
    _, truths = some_scenes(20, 2, 0)
    perfect = [truth | {"scores": torch.ones(len(truth["labels"]))} for truth in truths]
    assert metrics.detection_average_precision(perfect, truths, 2).tolist() == [1, 1]
    doubled = [{key: value.repeat(2, *[1] * (value.ndim - 1)) for key, value in d.items()} for d in perfect]
    assert metrics.detection_average_precision(doubled, truths, 2).tolist() == pytest.approx([0.5, 0.5])


def test_a_class_without_objects_has_no_average_precision_and_one_without_predictions_has_0():
    truths = [{"boxes": torch.tensor([[0.0, 0.0, 4.0, 4.0]]), "labels": torch.tensor([1])}]
    nothing = [{"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64), "scores": torch.zeros(0)}]
    wrong = [truths[0] | {"labels": torch.tensor([0]), "scores": torch.ones(1)}]
    for detections in (nothing, wrong):
        precisions = metrics.detection_average_precision(detections, truths, 2)
        assert precisions[0].isnan() and precisions[1] == 0


def test_other_overlaps_than_those_of_boxes():
    truths = [{"kind": torch.tensor([[1.0]]), "labels": torch.tensor([0])}]
    found = [{"kind": torch.tensor([[0.7]]), "labels": torch.tensor([0]), "scores": torch.ones(1)}]
    overlap = lambda a, b: 1 - (a["kind"] - b["kind"].T).abs()  # noqa: E731
    assert metrics.detection_average_precision(found, truths, 1, overlap=overlap) == 1
    assert metrics.detection_average_precision(found, truths, 1, threshold=0.8, overlap=overlap) == 0


def test_as_many_pictures_as_truths_are_needed():
    with pytest.raises(ValueError, match="2 detections, 1 truths"):
        metrics.detection_average_precision([{}, {}], [{}], 1)


@many
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_iou_and_dice_of_the_classes_are_scikit_learns_jaccard_and_f1(pairs):
    predictions, labels = map(list, zip(*pairs, strict=True))
    matrix = metrics.confusion_matrix(predictions, labels, 4)
    present = sorted({*predictions, *labels})
    theirs = {"labels": present, "average": None, "zero_division": 0}
    np.testing.assert_allclose(metrics.class_iou(matrix)[present], trusted.jaccard_score(labels, predictions, **theirs))
    np.testing.assert_allclose(metrics.class_dice(matrix)[present], trusted.f1_score(labels, predictions, **theirs))
    assert metrics.class_iou(matrix).isnan().sum() == 4 - len(present)


def test_average_precision_of_masks_is_that_of_boxes_where_the_masks_are_boxes():
    random, place = torch.Generator().manual_seed(0), torch.arange(20)
    corner = torch.randint(0, 10, (5, 2), generator=random)
    rows = torch.cat([corner, corner + torch.randint(2, 10, (5, 2), generator=random)], 1)
    x, y = ((place >= rows[:, k, None]) & (place < rows[:, k + 2, None]) for k in (0, 1))
    truth = {"boxes": rows.float(), "masks": y[:, :, None] & x[:, None, :], "labels": torch.tensor([0, 1, 0, 1, 0])}
    said = {key: value[[0, 1, 2, 3, 0]] for key, value in truth.items()} | {"scores": torch.rand(5, generator=random)}
    by_masks = metrics.detection_average_precision([said], [truth], 2, overlap=metrics.mask_overlap)
    assert torch.equal(by_masks, metrics.detection_average_precision([said], [truth], 2))
    assert 0 < by_masks[0] < 1 and by_masks[1] == 1
