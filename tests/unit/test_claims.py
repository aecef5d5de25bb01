"""A claim that holds says so; one that does not stops the lecture; what is no truth value is refused."""

import numpy as np
import pytest
import torch

from utils.claims import ClaimFailed, claim

TRUE = [True, np.True_, np.array([True]), torch.tensor(True), torch.tensor([[True]])]
FALSE = [False, np.False_, np.array([False]), torch.tensor(False), torch.tensor([[False]])]


@pytest.mark.parametrize("condition", TRUE, ids=repr)
def test_a_claim_that_holds_is_printed_with_a_tick(condition, capsys):
    claim("two and two are 4", condition)
    assert capsys.readouterr().out == "✔ two and two are 4\n"


@pytest.mark.parametrize("condition", FALSE, ids=repr)
def test_a_claim_that_does_not_hold_stops_the_lecture_and_prints_nothing(condition, capsys):
    with pytest.raises(ClaimFailed, match="two and two are 5"):
        claim("two and two are 5", condition)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "condition", [1, 0.5, "yes", None, [True], torch.tensor([True, True]), torch.tensor(1.0), np.array([True, False])], ids=repr
)
def test_what_is_no_single_truth_value_is_refused(condition):
    with pytest.raises(TypeError, match="one truth value"):
        claim("anything", condition)
