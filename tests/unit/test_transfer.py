"""What is kept of a trained network, and what learns: copied and frozen parts, statistics that stay, and steps that are smaller below."""

import pytest
import torch
from torch import nn

from utils import models, training, transfer


def network(seed: int, classes: int = 3):
    torch.manual_seed(seed)
    model = models.SmallResNet(classes, (4, 5, 6))
    with torch.no_grad():
        model(torch.rand(6, 3, 8, 8))  # statistics of its own
    return model


def state(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def trained(model, groups):
    batches = training.Batches(torch.rand(8, 3, 8, 8), torch.arange(8) % 3, 4)
    training.fit(model, batches, epochs=2, optimizer=torch.optim.SGD(groups), progress=False)
    return model


def test_parts_go_from_the_pictures_to_the_head():
    model = network(0)
    assert transfer.parts(model) == [model.stem, *model.stages, model.fc]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_training_changes_neither_weights_nor_statistics_of_frozen_parts(count):
    model = network(0)
    before = [state(part) for part in transfer.parts(model)]
    transfer.freeze_first(model, count)
    trained(model, transfer.groups(model, 0.1, 1.0))
    after = [state(getattr(part, "module", part)) for part in transfer.parts(model)]
    same = [all(torch.equal(old[name], new[name]) for name in old) for old, new in zip(before, after, strict=True)]
    assert same == [True] * count + [False] * (4 - count)
    assert [part.training for part in transfer.parts(model.train())] == [True] * 4


def test_a_frozen_module_stays_in_evaluation_mode_with_all_in_it():
    frozen = transfer.Frozen(nn.Sequential(nn.BatchNorm2d(2), nn.Sequential(nn.Dropout(0.5))))
    frozen.train()
    assert not any(module.training for module in frozen.module.modules())
    assert not any(parameter.requires_grad for parameter in frozen.parameters())
    x = torch.rand(3, 2, 4, 4)
    assert torch.equal(frozen(x), frozen(x))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_copied_parts_have_the_sources_weights_and_statistics(count):
    source, model = network(1, classes=5), network(2)
    of_source, of_model = state(source), [state(part) for part in transfer.parts(model)]
    transfer.copy_first(source, model, count)
    for i, (part, old) in enumerate(zip(transfer.parts(model), transfer.parts(source), strict=True)):
        expected = state(old) if i < count else of_model[i]
        assert all(torch.equal(tensor, expected[name]) for name, tensor in state(part).items())
    trained(model, transfer.groups(model, 0.5, 1.0))
    assert all(torch.equal(tensor, of_source[name]) for name, tensor in state(source).items()), "nothing is shared"


def test_each_part_learns_at_a_fraction_of_the_rate_of_the_part_above_and_frozen_ones_not_at_all():
    model = network(0)
    transfer.freeze_first(model, 1)
    found = {round(g["lr"], 6): sum(p.numel() for p in g["params"]) for g in transfer.groups(model, 0.8, 0.5)}
    sizes = [training.count_parameters(part) for part in transfer.parts(model)]
    assert found == {0.8: sizes[3], 0.4: sizes[2], 0.2: sizes[1]}


@pytest.mark.parametrize("count", [-1, 4])
def test_the_head_is_neither_copied_nor_frozen(count):
    with pytest.raises(ValueError, match=f"count={count}: expected 0 to 3"):
        transfer.copy_first(network(0), network(1), count)
    with pytest.raises(ValueError, match=f"count={count}: expected 0 to 3"):
        transfer.freeze_first(network(0), count)


def test_a_source_of_other_widths_is_refused():
    with pytest.raises(ValueError, match="part 0 of the source does not fit"):
        transfer.copy_first(models.SmallResNet(3, (8, 5, 6)), network(0), 1)


def test_features_are_those_of_evaluation_mode_in_any_batch():
    model, images = network(0).train(), torch.rand(7, 3, 8, 8)
    together = transfer.features(model, images)
    torch.testing.assert_close(together, transfer.features(model, images, size=2))
    assert together.shape == (7, 6) and not together.requires_grad and not model.training


def test_a_linear_head_tells_classes_apart_whatever_the_scale_of_each_feature():
    labels = torch.arange(40) % 2
    features = torch.stack([1e-4 * (labels + 0.1 * torch.rand(40)), 1e4 * torch.rand(40)], 1)
    assert transfer.linear_head(features, labels).score(features, labels) == 1
