"""A trained network used for another task: which of its parts are kept, which are trained, and in how large steps. Unit 10.

    model = pretrained.backbone("savanna")
    model.fc = torch.nn.Linear(model.num_features, 12)                   # a new head
    transfer.freeze_first(model, 5)                                      # frozen features, or else
    optimizer = torch.optim.Adam(transfer.groups(model, 3e-3, 1 / 3))    # fine-tuning, with smaller steps below

A part is a module of a `utils.models.SmallResNet`: the first convolution, each of the stages, the head.
"""

import torch
from torch import nn


class Frozen(nn.Module):
    """A module that training leaves as it is: its parameters get no gradient, and its batch norms keep the statistics they have.

    The second is easily forgotten: `requires_grad_(False)` stops the optimizer, but in training mode batch norm normalises with each batch's own
    statistics, and goes on averaging them for later. Here the module stays in evaluation mode, whatever the model around it is told.
    """

    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module.requires_grad_(False).eval()

    def train(self, mode: bool = True):
        super().train(mode)
        self.module.eval()
        return self

    def forward(self, x):
        return self.module(x)


def parts(model) -> list[nn.Module]:
    """The parts of a `utils.models.SmallResNet` from the pictures to the scores: first convolution, stages, head."""
    return [model.stem, *model.stages, model.fc]


def freeze_first(model, count: int) -> None:
    """Freeze the first `count` parts of a model, in place. See `Frozen`.

    Raises
    ------
    ValueError
        If the model has fewer parts than that before its head.
    """
    _check_count(model, count)
    if count:
        model.stem = Frozen(model.stem)
    for i in range(count - 1):
        model.stages[i] = Frozen(model.stages[i])


def copy_first(source, model, count: int) -> None:
    """Give the first `count` parts of a model the weights and statistics of the source's; the rest stays as it is.

    Raises
    ------
    ValueError
        If the model has fewer parts than that before its head, or the source's have other shapes.
    """
    _check_count(model, count)
    for part, (new, old) in enumerate(zip(parts(model)[:count], parts(source), strict=False)):
        try:
            new.load_state_dict(old.state_dict())
        except RuntimeError as error:
            raise ValueError(f"part {part} of the source does not fit into the model's: {error}") from error


def groups(model, learning_rate: float, factor: float) -> list[dict]:
    """Parameter groups for an optimizer: the head learns at `learning_rate`, each part below it at `factor` times that of the part above.

    What is frozen is left out. Early parts know what many tasks need, edges and colours; the head knows nothing yet.

    Source: discriminative fine-tuning, J. Howard and S. Ruder, Universal Language Model Fine-tuning for Text Classification, 2018.
    """
    above = [part.parameters() for part in reversed(parts(model))]
    chosen = [[p for p in parameters if p.requires_grad] for parameters in above]
    return [{"params": p, "lr": learning_rate * factor**i} for i, p in enumerate(chosen) if p]


def linear_head(features, labels):
    """A linear classifier on frozen features: logistic regression on numbers brought to mean 0 and variance 1.

    Parameters
    ----------
    features : torch.Tensor, shape (N, F)
    labels : torch.Tensor, shape (N,), int64

    Returns
    -------
    scikit-learn estimator: head.score(features, labels) is its accuracy, head.predict(features) its answers
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return head.fit(features, labels)


def features(model, images, size: int = 100) -> torch.Tensor:
    """The vectors that a model's head sees, (N, F), without gradient: images (N, C, H, W) a hundred at a time, in evaluation mode."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model.features(part) for part in images.split(size)])


def _check_count(model, count):
    if not 0 <= count < len(parts(model)):
        raise ValueError(f"count={count}: expected 0 to {len(parts(model)) - 1}, the parts of this model before its head")
