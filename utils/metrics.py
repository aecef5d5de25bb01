"""How well a classifier, a detector or a segmenter does, in numbers. Units 07, 08 and 09 build them.

For two classes, a score says how sure the classifier is of the positive one, on any scale, and an example is called positive if its score is
at least the threshold: equal scores are called alike. Curves are lists of points from the highest threshold down, one point for each score
that occurs. For many classes, everything that can be counted stands in the confusion matrix, a row for each true class and a column for each
predicted one, and errors are read from it.

    matrix = metrics.confusion_matrix(scores.argmax(1), labels, classes=10)
    metrics.error_rate(matrix), metrics.balanced_error_rate(matrix)
    false_positive_rate, true_positive_rate, thresholds = metrics.roc(scores, positives)
    metrics.average_precision(scores, positives)

For a detector, a prediction is an example, positive if it found a true object that no better one has found (unit 08):

    metrics.detection_average_precision(detections, truths, classes=10).nanmean()     # mAP at an intersection over union of 1/2

For a segmenter, every pixel is an example: `confusion_matrix` of flattened maps, and from it (unit 09)

    1 - metrics.error_rate(matrix), metrics.class_iou(matrix).nanmean()       # pixel accuracy and mIoU

Inputs may be tensors, arrays or lists; curves are float64 tensors.
"""

from collections.abc import Hashable, Sequence

import torch

from utils import boxes, masks

# ------------------------------------------------------------------------------------------------------------ many classes


def confusion_matrix(predictions, labels, classes: int) -> torch.Tensor:
    """How often class i was taken for class j.

    Parameters
    ----------
    predictions, labels : (N,) whole numbers from 0 to classes - 1

    Returns
    -------
    torch.Tensor, shape (classes, classes), int64: a row for each true class, a column for each predicted one

    Raises
    ------
    ValueError
        If the two differ in length, or a number is out of range.
    """
    predictions, labels = _class_numbers("predictions", predictions, classes), _class_numbers("labels", labels, classes)
    _same_length(predictions=predictions, labels=labels)
    return torch.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes)


def error_rate(matrix) -> float:
    """Part of all examples that were put into a wrong class; the accuracy is 1 minus this.

    Parameters
    ----------
    matrix : (C, C) whole numbers, as `confusion_matrix` gives it

    Raises
    ------
    ValueError
        If the matrix is not square or holds no examples.
    """
    matrix = _square(matrix)
    return 1 - (matrix.trace() / matrix.sum()).item()


def class_error_rates(matrix) -> torch.Tensor:
    """For each class, the part of its examples that were put into another one. Parameters as `error_rate`.

    Returns
    -------
    torch.Tensor, shape (C,), float64

    Raises
    ------
    ValueError
        If a class has no examples: its error is then not known.
    """
    matrix = _square(matrix)
    examples = matrix.sum(1)
    if (examples == 0).any():
        absent = (examples == 0).nonzero().flatten().tolist()
        raise ValueError(
            f"no examples of the classes {absent}: their error rates are not known; leave these classes out, or add examples"
        )
    return 1 - matrix.diag() / examples


def balanced_error_rate(matrix) -> float:
    """The mean of the error rates of the classes: each class weighs the same, however rare. Parameters and errors as `class_error_rates`.

    For two classes: half the sum of the false positive rate and the false negative rate.
    """
    return class_error_rates(matrix).mean().item()


def class_iou(matrix) -> torch.Tensor:
    """Intersection over union of each class: of the examples (pixels) that belong to it or were put into it, the part that is both.

    Parameters and errors as `error_rate`.

    Returns
    -------
    torch.Tensor, shape (C,), float64; NaN for a class that neither occurs nor was predicted. The mIoU is `.nanmean()`.
    """
    matrix = _square(matrix)
    both = matrix.diag()
    return both / (matrix.sum(0) + matrix.sum(1) - both)


def class_dice(matrix) -> torch.Tensor:
    """The Dice coefficient of each class, twice the shared examples by the sum of both: the F1 score. As `class_iou`, of which it is 2 IoU / (1 + IoU)."""
    matrix = _square(matrix)
    return 2 * matrix.diag() / (matrix.sum(0) + matrix.sum(1))


def top_k_accuracy(scores, labels, k: int) -> float:
    """Part of the examples whose true class is among the k best scores.

    Among equal scores the true class comes last: a network that gives all classes the same score has found nothing.

    Parameters
    ----------
    scores : (N, C) numbers
    labels : (N,) whole numbers from 0 to C - 1
    k : int, from 1 to C

    Raises
    ------
    ValueError
        For another shape, a number out of range, or no examples.
    """
    scores = torch.as_tensor(scores, dtype=torch.float64)
    if scores.ndim != 2 or not len(scores):
        raise ValueError(f"scores have shape {tuple(scores.shape)}, expected (examples, classes) with at least one example")
    if not 1 <= k <= scores.shape[1]:
        raise ValueError(f"k={k}: expected a number from 1 to the number of classes, {scores.shape[1]}")
    labels = _class_numbers("labels", labels, scores.shape[1])
    _same_length(scores=scores, labels=labels)
    not_worse = scores >= scores.gather(1, labels[:, None])  # the true class itself among them
    return (not_worse.sum(1) <= k).double().mean().item()


def error_rate_by_group(predictions, labels, groups: Sequence[Hashable]) -> dict:
    """The error rate of each group of examples, for a look at whom a classifier serves worse.

    Parameters
    ----------
    predictions, labels : (N,) whole numbers
    groups : N names or numbers, the group that each example belongs to

    Returns
    -------
    dict: group -> (error rate, number of examples), in the order of the groups' first examples

    Raises
    ------
    ValueError
        If the three differ in length.
    """
    predictions, labels = torch.as_tensor(predictions), torch.as_tensor(labels)
    groups = groups.tolist() if hasattr(groups, "tolist") else list(groups)
    _same_length(predictions=predictions, labels=labels, groups=groups)
    wrong: dict = {}
    for group, is_wrong in zip(groups, (predictions != labels).tolist(), strict=True):
        wrong.setdefault(group, []).append(is_wrong)
    return {group: (sum(errors) / len(errors), len(errors)) for group, errors in wrong.items()}


# ------------------------------------------------------------------------------------------------------------- two classes


def counts(scores, positives) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """True and false positives at each threshold that makes a difference: the numbers behind every curve.

    Parameters
    ----------
    scores : (N,) numbers
    positives : (N,) booleans, or 0 and 1
        Which examples truly are positive.

    Returns
    -------
    (true_positives, false_positives, thresholds) : (M,) each, for the M different scores from the highest down: how many examples with a score
        of at least the threshold are positive, and how many are not

    Raises
    ------
    ValueError
        If the two differ in length or are not of that kind, or a score is not a number.
    """
    scores, positives = _two_classes(scores, positives)
    order = scores.argsort(descending=True)
    scores, positives = scores[order], positives[order]
    last = torch.ones(len(scores), dtype=torch.bool)  # of the examples that share a score: a threshold cannot part them
    last[:-1] = scores[1:] != scores[:-1]
    return positives.cumsum(0)[last].double(), (~positives).cumsum(0)[last].double(), scores[last]


def roc(scores, positives) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The receiver operating characteristic: what part of the positives is found, against what part of the negatives is called positive too.

    Parameters as `counts`.

    Returns
    -------
    (false_positive_rate, true_positive_rate, thresholds) : (M + 1,) each, from (0, 0) at the threshold infinity to (1, 1)

    Raises
    ------
    ValueError
        As `counts`, and if all examples are of one class: a rate would then be a part of nothing.

    Source: T. Fawcett, An introduction to ROC analysis, 2006; the points are those of sklearn.metrics.roc_curve(drop_intermediate=False).
    """
    true_positives, false_positives, thresholds = counts(scores, positives)
    found, of_negatives = (torch.cat([c.new_zeros(1), c]) for c in (true_positives, false_positives))
    if not found[-1] or not of_negatives[-1]:
        raise ValueError(
            f"{found[-1]:g} positive and {of_negatives[-1]:g} negative examples: both are needed, as each rate is a part of one kind"
        )
    return of_negatives / of_negatives[-1], found / found[-1], torch.cat([thresholds.new_tensor([torch.inf]), thresholds])


def roc_auc(scores, positives) -> float:
    """The area under the ROC curve: 1 if all positives score higher than all negatives, about 1/2 if the scores know nothing.

    Parameters and errors as `roc`. Between two points the curve is straight.
    """
    false_positive_rate, true_positive_rate, _ = roc(scores, positives)
    return torch.trapezoid(true_positive_rate, false_positive_rate).item()


def ranking_probability(scores, positives) -> float:
    """The probability that a positive example, drawn at random, scores higher than a negative one; a tie counts one half.

    Parameters and errors as `roc`. It is the area under the ROC curve, counted in another way: the Mann-Whitney U statistic of the scores,
    as a part of all pairs.
    """
    scores, positives = _two_classes(scores, positives)
    above, below = scores[positives].contiguous(), scores[~positives].sort().values
    if not len(above) or not len(below):
        raise ValueError(f"{len(above)} positive and {len(below)} negative examples: both are needed to make a pair")
    lower = torch.searchsorted(below, above)  # negatives with a smaller score than each positive
    not_higher = torch.searchsorted(below, above, right=True)
    return (lower + not_higher).double().mean().item() / 2 / len(below)


def precision_recall(scores, positives, *, missed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What part of those called positive truly are (precision), and what part of the positives is found (recall), at each threshold.

    Parameters
    ----------
    scores, positives
        As `counts`.
    missed : int
        Positives that have no score at all, such as the objects for which a detector proposed no box: they are never found.

    Returns
    -------
    (precision, recall, thresholds) : (M,) each, from the highest threshold down, so that recall never falls. No point is added at recall 0,
        where nothing is called positive and precision does not exist.

    Raises
    ------
    ValueError
        As `counts`, and if there are no positives: recall would be a part of nothing.
    """
    true_positives, false_positives, thresholds = counts(scores, positives)
    total = (true_positives[-1].item() if len(true_positives) else 0) + missed
    if missed < 0 or total == 0:
        raise ValueError(
            f"{total:g} positive examples in all, {missed} of them without a score: at least one is needed, and no fewer than 0 missed"
        )
    return true_positives / (true_positives + false_positives), true_positives / total, thresholds


def average_precision(scores, positives, *, missed: int = 0) -> float:
    """The mean precision over the recall that is gained: the area under precision against recall, in steps.

    Each rise of recall counts with the precision at the threshold that brought it: sum of (R_n - R_(n-1)) * P_n. Nothing is interpolated.
    Parameters and errors as `precision_recall`; without any score it is 0.

    Source: sklearn.metrics.average_precision_score, which this equals.
    """
    precision, recall, _ = precision_recall(scores, positives, missed=missed)
    return (recall.diff(prepend=recall.new_zeros(1)) * precision).sum().item()


def cheapest_threshold(scores, positives, *, false_positive: float, false_negative: float) -> tuple[float, float]:
    """The threshold whose mistakes cost least on these examples.

    Parameters
    ----------
    scores, positives
        As `counts`.
    false_positive, false_negative : float, at least 0
        What one mistake of each kind costs, in any unit.

    Returns
    -------
    (threshold, cost) : the threshold, infinity if it is cheapest to call nothing positive, and the mean cost of an example; of several
        thresholds that cost the same, the highest

    Raises
    ------
    ValueError
        As `counts`, for no examples, or for a negative cost.
    """
    if min(false_positive, false_negative) < 0:
        raise ValueError(f"a false positive costs {false_positive}, a false negative {false_negative}: a cost is at least 0")
    true_positives, false_positives, thresholds = counts(scores, positives)
    if not len(thresholds):
        raise ValueError("no examples: there is no cost to compare")
    missed = true_positives[-1] - torch.cat([true_positives.new_zeros(1), true_positives])
    called = torch.cat([false_positives.new_zeros(1), false_positives])
    cost = (called * false_positive + missed * false_negative) / (true_positives[-1] + false_positives[-1])
    best = int(cost.argmin())
    return (torch.inf if best == 0 else thresholds[best - 1].item()), cost[best].item()


# ------------------------------------------------------------------------------------------------------------- calibration


def reliability(confidences, correct, bins: int = 10) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Whether a classifier is right as often as it says: predictions sorted by their confidence into bins of equal width.

    Parameters
    ----------
    confidences : (N,) numbers in [0, 1]
        The probability that the classifier gave to the class it chose.
    correct : (N,) booleans, or 0 and 1
        Whether that was the right class.
    bins : int
        A bin holds its lower edge; the last holds 1 too.

    Returns
    -------
    (mean_confidence, accuracy, examples) : (bins,) each; NaN in the first two where a bin is empty

    Raises
    ------
    ValueError
        If the two differ in length or are not of that kind, for no examples, or for fewer than 1 bin.
    """
    confidences, correct = _two_classes(confidences, correct, "confidences", "correct")
    if not len(confidences) or confidences.min() < 0 or confidences.max() > 1:
        raise ValueError("confidences are probabilities: at least one is needed, and each must lie in [0, 1]")
    if bins < 1:
        raise ValueError(f"bins={bins}: at least 1 is needed")
    place = (confidences * bins).long().clamp(max=bins - 1)
    examples = torch.bincount(place, minlength=bins).double()
    mean = torch.bincount(place, weights=confidences, minlength=bins) / examples
    return mean, torch.bincount(place, weights=correct.double(), minlength=bins) / examples, examples


def expected_calibration_error(confidences, correct, bins: int = 10) -> float:
    """How far confidence and accuracy lie apart: the mean over all examples of the gap of their bin. Parameters and errors as `reliability`.

    Source: M. P. Naeini, G. Cooper and M. Hauskrecht, 2015; C. Guo and others, On calibration of modern neural networks, 2017.
    """
    mean, accuracy, examples = reliability(confidences, correct, bins)
    return ((mean - accuracy).abs().nan_to_num() * examples / examples.sum()).sum().item()


def fit_temperature(logits, labels) -> float:
    """The temperature T for which softmax(logits / T) gives the labels the highest likelihood. It never changes which class is best.

    Parameters
    ----------
    logits : (N, C) numbers
        Scores of a network before the softmax, of examples it was not trained on.
    labels : (N,) whole numbers from 0 to C - 1

    Returns
    -------
    float, from 1/20 to 20: above 1 for a network that is too sure of itself, below 1 for one that is too modest

    Raises
    ------
    ValueError
        As `top_k_accuracy`.

    Source: C. Guo and others, On calibration of modern neural networks, 2017.
    """
    from scipy.optimize import minimize_scalar
    from torch.nn.functional import cross_entropy

    logits = torch.as_tensor(logits, dtype=torch.float64).detach()
    if logits.ndim != 2 or not len(logits):
        raise ValueError(f"logits have shape {tuple(logits.shape)}, expected (examples, classes) with at least one example")
    labels = _class_numbers("labels", labels, logits.shape[1])
    _same_length(logits=logits, labels=labels)
    # The loss is convex in 1/T, so that there is one valley.
    found = minimize_scalar(lambda inverse: cross_entropy(logits * inverse, labels).item(), bounds=(1 / 20, 20), method="bounded")
    return 1 / float(found.x)


# --------------------------------------------------------------------------------------------------------------- detection


def match(overlaps, threshold: float = 0.5) -> torch.Tensor:
    """Which true object each prediction has found, if any: the most confident first, each takes the free object that it overlaps most.

    Parameters
    ----------
    overlaps : (N, M) numbers
        Intersection over union of N predictions of one class, from the highest score down, with the M objects of that class in a picture; of
        boxes or of masks.
    threshold : float
        The least overlap that counts as found.

    Returns
    -------
    torch.Tensor, shape (N,), int64: the object's number, -1 for a prediction that found none. An object is found once: a second prediction of
        it is a mistake.

    Raises
    ------
    ValueError
        For another shape.

    Source: the matching of the COCO benchmark. Pascal VOC does not let a prediction look for another object if the one that it overlaps most is taken.
    """
    free = torch.as_tensor(overlaps).detach().clone()
    if free.ndim != 2:
        raise ValueError(f"overlaps have shape {tuple(free.shape)}, expected (predictions, objects)")
    found = torch.full((len(free),), -1)
    for i in range(len(free) if free.shape[1] else 0):
        overlap, j = free[i].max(0)
        if overlap >= threshold:
            found[i] = j
            free[:, j] = -1  # taken
    return found


def detections_of_class(
    detections, truths, label: int, *, threshold: float = 0.5, overlap=None
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """What a detector said of one class in all pictures: the scores, which of them are right, and how many objects nothing was said of.

    Parameters
    ----------
    detections : sequence of dict, one a picture
        boxes (n, 4), scores (n,), labels (n,)
    truths : sequence of dict, one a picture
        boxes (m, 4), labels (m,)
    threshold : float
        The least intersection over union that counts as found.
    overlap : function (detection, truth) -> (n, m) numbers
        For other things than boxes: `mask_overlap` for masks; `boxes.iou` of the boxes if left out.

    Returns
    -------
    (scores (N,), right (N,) bool, missed) : what `precision_recall` and `average_precision` take

    Raises
    ------
    ValueError
        If there are not as many detections as truths.
    """
    _same_length(detections=detections, truths=truths)
    scores, right, objects = [torch.zeros(0)], [torch.zeros(0, dtype=torch.bool)], 0
    for detection, truth in zip(detections, truths, strict=True):
        said, there = ((picture["labels"] == label).nonzero()[:, 0] for picture in (detection, truth))
        objects += len(there)
        if not len(said):
            continue
        said = said[detection["scores"][said].argsort(descending=True, stable=True)]
        overlaps = (overlap or _box_overlap)(detection, truth)[said][:, there] if len(there) else torch.zeros(len(said), 0)
        scores.append(detection["scores"][said])
        right.append(match(overlaps, threshold) >= 0)
    right = torch.cat(right)
    return torch.cat(scores), right, objects - int(right.sum())


def detection_average_precision(detections, truths, classes: int, *, threshold: float = 0.5, overlap=None) -> torch.Tensor:
    """The average precision of a detector for each class; the mean of them is its mAP. Parameters and errors as `detections_of_class`.

    Returns
    -------
    torch.Tensor, shape (classes,), float64; NaN for a class of which there is no object. The mAP is `.nanmean()`.

    As `average_precision`, nothing is interpolated: the numbers are a little lower than those of COCO's evaluation, which replaces each
    precision by the best at the same or a higher recall.
    """
    results = torch.full((classes,), torch.nan, dtype=torch.float64)
    for label in range(classes):
        scores, right, missed = detections_of_class(detections, truths, label, threshold=threshold, overlap=overlap)
        if right.any() or missed:
            results[label] = average_precision(scores, right, missed=missed)
    return results


def mask_overlap(detection, truth) -> torch.Tensor:
    """For `overlap` above: the intersection over union of masks, entry "masks" of a detection (n, H, W) and of a truth (m, H, W), (n, m)."""
    return masks.iou(detection["masks"], truth["masks"])


def _box_overlap(detection, truth):
    return boxes.iou(detection["boxes"], truth["boxes"])


# --------------------------------------------------------------------------------------------------------------- internals


def _same_length(**things):
    if len({len(thing) for thing in things.values()}) > 1:
        raise ValueError("as many of each are needed, got " + ", ".join(f"{len(thing)} {name}" for name, thing in things.items()))


def _class_numbers(name: str, values, classes: int) -> torch.Tensor:
    values = torch.as_tensor(values)
    if values.ndim != 1 or (len(values) and (values.is_floating_point() or values.dtype == torch.bool)):
        raise ValueError(
            f"{name}: got shape {tuple(values.shape)} of {values.dtype}, expected (N,) whole numbers, one class an example"
        )
    if len(values) and not 0 <= values.min() <= values.max() < classes:
        raise ValueError(f"{name} go from {values.min()} to {values.max()}, expected 0 to {classes - 1} for {classes} classes")
    return values.long()


def _square(matrix) -> torch.Tensor:
    matrix = torch.as_tensor(matrix, dtype=torch.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.sum() > 0:
        raise ValueError(
            f"got shape {tuple(matrix.shape)} with {matrix.sum():g} examples, expected a square matrix, (true class, predicted class), with at least one"
        )
    return matrix


def _two_classes(scores, positives, first: str = "scores", second: str = "positives"):
    """Both as vectors: float64 without NaN, and bool."""
    scores, positives = torch.as_tensor(scores, dtype=torch.float64).detach(), torch.as_tensor(positives)
    for name, values in ((first, scores), (second, positives)):
        if values.ndim != 1:
            raise ValueError(f"{name} have shape {tuple(values.shape)}, expected (N,), one number an example")
    _same_length(**{first: scores, second: positives})
    if scores.isnan().any():
        raise ValueError(
            f"{int(scores.isnan().sum())} of {len(scores)} {first} are NaN: they can be neither above nor below a threshold"
        )
    if not ((positives == 0) | (positives == 1)).all():
        raise ValueError(f"{second} must be booleans, or 0 and 1; got {positives.unique()[:5].tolist()}")
    return scores, positives.bool()
