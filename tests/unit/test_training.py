"""The training loop: what it learns, what it measures, and what it refuses."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from utils import training


@pytest.fixture
def blobs():
    """Two clouds of points that a line separates."""
    random = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 2
    return torch.randn(60, 2, generator=random) + 4 * labels[:, None], labels


def line(seed=0):
    torch.manual_seed(seed)
    return nn.Linear(2, 2)


def fitted(blobs, epochs=5, **settings):
    model = line()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    return model, training.fit(
        model, training.Batches(*blobs, 10, seed=1), epochs=epochs, optimizer=optimizer, progress=False, **settings
    )


def test_training_learns_what_can_be_learned(blobs):
    model, history = fitted(blobs, epochs=20)
    assert history["loss"][-1] < history["loss"][0] / 2
    assert training.evaluate(model, training.Batches(*blobs, 60))["accuracy"] > 0.95


def test_the_same_seeds_give_the_same_model(blobs):
    (first, _), (second, _) = fitted(blobs), fitted(blobs)
    assert torch.equal(first.weight, second.weight)


def test_every_pass_holds_every_row_once_in_a_new_order():
    rows = torch.arange(10)
    batches = training.Batches(rows, rows, 4, seed=3)
    first, second = (torch.cat([x for x, _ in batches]) for _ in range(2))
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(10))
    assert first.tolist() != second.tolist() != list(range(10))
    assert len(batches) == 3


def test_without_a_seed_the_order_stays():
    rows = torch.arange(5)
    batches = training.Batches(rows, rows, 2)
    assert [x.tolist() for x, _ in batches] == [x.tolist() for x, _ in batches] == [[0, 1], [2, 3], [4]]


def test_targets_stay_with_their_inputs_also_in_a_dict():
    rows = torch.arange(7)
    for x, t in training.Batches(rows, {"same": rows, "double": 2 * rows}, 3, seed=0, transform=lambda x, t: (x + 100, t)):
        assert torch.equal(x - 100, t["same"])
        assert torch.equal(2 * (x - 100), t["double"])


def test_measures_are_means_over_rows_not_over_batches():
    model = nn.Identity()
    outputs = torch.tensor([[9.0, 0], [9, 0], [0, 9]])
    measured = training.evaluate(model, training.Batches(outputs, torch.tensor([0, 0, 0]), 2))
    assert measured["accuracy"] == pytest.approx(2 / 3)
    assert measured["loss"] == pytest.approx(nn.functional.cross_entropy(outputs, torch.zeros(3, dtype=torch.long)).item())


def test_history_holds_a_number_an_epoch(blobs):
    _, history = fitted(
        blobs, epochs=3, validation=training.Batches(*blobs, 20), measures={"rows": lambda outputs, targets: len(targets)}
    )
    assert set(history) == {"loss", "rows", "validation_loss", "validation_rows"}
    assert all(len(values) == 3 for values in history.values())
    assert history["validation_rows"] == [20, 20, 20]


def test_dropout_acts_in_training_alone(blobs):
    seen = []
    model = nn.Sequential(nn.Linear(2, 2))
    model.register_forward_pre_hook(lambda module, inputs: seen.append(module.training))
    batches = training.Batches(*blobs, 60)
    training.fit(model, batches, epochs=1, optimizer=torch.optim.SGD(model.parameters(), 0.1), validation=batches, progress=False)
    assert seen == [True, False]
    assert not model.training


def test_evaluation_changes_nothing_and_keeps_no_graph(blobs):
    model = line()
    before = model.weight.clone()
    training.evaluate(model, training.Batches(*blobs, 60))
    assert torch.equal(model.weight, before)
    assert model.weight.grad is None


def test_a_schedule_takes_a_step_a_batch(blobs):
    model = line()
    optimizer = torch.optim.SGD(model.parameters(), 1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    training.fit(model, training.Batches(*blobs, 20), epochs=2, optimizer=optimizer, schedule=schedule, progress=False)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.5**6)


def test_a_loss_that_is_no_number_is_refused(blobs):
    model = line()
    with pytest.raises(FloatingPointError, match="epoch 1.*learning rate"):
        training.fit(
            model,
            training.Batches(blobs[0] * float("inf"), blobs[1], 10),
            epochs=1,
            optimizer=torch.optim.SGD(model.parameters(), 0.1),
            progress=False,
        )


def test_an_exhausted_iterator_is_refused(blobs):
    once = iter(training.Batches(*blobs, 10))
    list(once)
    with pytest.raises(ValueError, match="no batches in evaluation"):
        training.evaluate(line(), once)


@pytest.mark.parametrize(("inputs", "targets", "size"), [(3, 4, 1), (0, 0, 1), (3, 3, 0)])
def test_batches_that_cannot_be_are_refused(inputs, targets, size):
    with pytest.raises(ValueError, match="as many targets|at least 1 row"):
        training.Batches(torch.zeros(inputs, 2), torch.zeros(targets), size)


def test_parameters_are_counted():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    model[0].requires_grad_(False)
    assert training.count_parameters(model) == 3 * 4 + 4 + 4 * 2 + 2
    assert training.count_parameters(model, trainable_only=True) == 4 * 2 + 2


class Killed(Exception):
    pass


def resumable(blobs, path, *, dies_in=None, epochs=4):
    """Training that uses all state there is: momentum, a schedule, an order of its own for each pass, random inputs, dropout, batch norm."""

    def jitter(inputs, targets):
        if train.passes == dies_in:
            raise Killed
        return inputs + torch.randn_like(inputs), targets

    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=epochs * 6)
    train = training.Batches(*blobs, 10, seed=1, transform=jitter)
    history = training.fit(
        model, train, epochs=epochs, optimizer=optimizer, schedule=schedule, checkpoint=path, validation=[blobs], progress=False
    )
    return model.state_dict(), history


@pytest.mark.parametrize("dies_in", [2, 4])
def test_training_that_was_killed_goes_on_to_the_very_same_numbers(blobs, tmp_path, dies_in):
    whole, measured = resumable(blobs, None)
    path = tmp_path / "runs" / "state.pt"
    with pytest.raises(Killed):
        resumable(blobs, path, dies_in=dies_in)
    torch.rand(7)
    resumed, measured_again = resumable(blobs, path)
    assert measured_again == measured
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)


def test_training_that_is_done_is_not_done_again(blobs, tmp_path):
    first, measured = resumable(blobs, tmp_path / "state.pt")
    second, measured_again = resumable(blobs, tmp_path / "state.pt", dies_in=1)
    assert measured_again == measured
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_checkpoint_that_is_cut_off_leaves_the_one_before(blobs, tmp_path, monkeypatch):
    path = tmp_path / "state.pt"
    with pytest.raises(Killed):
        resumable(blobs, path, dies_in=3)
    before = path.read_bytes()

    def cut_off(state, file):
        file.write_bytes(b"half")
        raise Killed

    monkeypatch.setattr(torch, "save", cut_off)
    with pytest.raises(Killed):
        resumable(blobs, path)
    assert path.read_bytes() == before


def test_a_checkpoint_of_another_training_is_refused(blobs, tmp_path):
    path = tmp_path / "state.pt"
    resumable(blobs, path)
    with pytest.raises(ValueError, match="delete it to begin anew.*4 epochs.*5"):
        resumable(blobs, path, epochs=5)
    with pytest.raises(ValueError, match=r"state\.pt is no checkpoint of this training"):
        fitted(blobs, epochs=4, checkpoint=path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(ValueError, match=r"state\.pt is no checkpoint of this training"):
        resumable(blobs, path)


def flat_line():
    """Knows nothing yet: all scores are 0."""
    model = nn.Linear(2, 2)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model


def climbed(blobs, **settings):
    blobs = (blobs[0] - 2) / 4, blobs[1]
    settings = {"classes": 2, "mark": 0.9, "learning_rate": 0.1, "make_model": flat_line} | settings
    return {
        rung.name.split(":")[0].split(" after")[0]: rung
        for rung in training.ladder(batches=training.Batches(*blobs, 10, seed=1), **settings)
    }


def test_a_sound_model_climbs_the_whole_ladder(blobs):
    rungs = climbed(blobs)
    assert all(rung.holds for rung in rungs.values()), [str(rung) for rung in rungs.values()]
    assert str(rungs["first loss"]).startswith("✔ first loss: ")


class MixesRows(nn.Linear):
    def forward(self, x):
        return super().forward(x.T.reshape(x.shape))


class HidesAGradient(nn.Linear):
    def forward(self, x):
        return super().forward(x) + super().forward(x).detach()


class Loud(nn.Linear):
    def forward(self, x):
        return 30 * super().forward(x)


@pytest.mark.parametrize("fault, rung", [(MixesRows, "values"), (HidesAGradient, "gradient"), (Loud, "first loss")])
def test_a_faulty_model_fails_at_its_own_rung(blobs, fault, rung):
    def make_model():
        torch.manual_seed(0)
        return fault(2, 2)

    assert not climbed(blobs, make_model=make_model)[rung].holds


def test_a_loop_with_one_softmax_too_many_cannot_learn_a_few_rows_by_heart(blobs):
    def loop(model, batches, *, epochs, optimizer):
        return training.fit(
            model, batches, epochs=epochs, optimizer=optimizer, progress=False, loss=lambda s, t: cross_entropy(s.softmax(1), t)
        )

    rungs = climbed(blobs, loop=loop)
    assert rungs["first loss"].holds and not rungs["loss on 8 rows"].holds


def test_shuffled_labels_are_learned_by_heart_but_not_in_an_epoch(blobs):
    points, labels = blobs
    shuffled = labels[torch.randperm(60, generator=torch.Generator().manual_seed(1))]

    def make_model():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 2))

    rungs = climbed((points, shuffled), make_model=make_model, learning_rate=0.03, steps=400)
    assert rungs["loss on 8 rows"].holds and not rungs["accuracy"].holds


def test_the_numerical_gradient_leaves_the_parameters_where_they_were():
    model = line().double()
    before = model.weight.clone()
    training._gradient_error(model, torch.randn(4, 2), torch.tensor([0, 1, 0, 1]))
    assert torch.allclose(model.weight, before, atol=1e-12)
