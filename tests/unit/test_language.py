"""The encoder on a small network with random weights: what it must do whatever its weights are."""

import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import nn

from utils import language

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "lion", "sleep", "##s", "un", "##der", "a", "tree"]
SENTENCES = ["the lion sleeps under a tree", "lion", "The tree"]


@pytest.fixture
def encoder():
    numbers = {piece: number for number, piece in enumerate(PIECES)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    torch.manual_seed(0)
    small = {"layers": 2, "width": 12, "heads": 3, "hidden": 20, "pieces": len(PIECES), "places": 12}
    return language.SentenceEncoder(tokenizer, **small).eval()


def test_sentences_become_pieces_between_a_start_and_an_end_and_are_padded_to_the_longest(encoder):
    ids, mask = encoder.tokenize(SENTENCES)
    assert ids.shape == mask.shape == (3, 10) and ids.dtype == torch.int64 and mask.dtype == torch.bool
    assert encoder.tokens(ids)[0] == ["[CLS]", "the", "lion", "sleep", "##s", "un", "##der", "a", "tree", "[SEP]"]
    assert encoder.tokens(ids)[2] == ["[CLS]", "the", "tree", "[SEP]"] + ["[PAD]"] * 6
    assert mask.sum(dim=1).tolist() == [10, 3, 4]


def test_a_sentence_too_long_is_cut(encoder):
    ids, mask = encoder.tokenize(["the lion " * 50])
    assert ids.shape == (1, 12) and mask.all() and encoder.tokens(ids)[0][-1] == "[SEP]"


def test_the_layers_compute_what_pytorchs_transformer_computes(encoder):
    ids, mask = encoder.tokenize(SENTENCES)
    reference = nn.TransformerEncoder(encoder.layers[0], 2, enable_nested_tensor=False).eval()
    reference.layers = encoder.layers
    start = encoder.norm(encoder.pieces(ids) + encoder.places(torch.arange(10)) + encoder.parts(torch.zeros_like(ids)))
    with torch.no_grad():
        torch.testing.assert_close(encoder(ids, mask)[mask], reference(start, src_key_padding_mask=~mask)[mask])


def test_the_last_layer_can_be_taken_by_itself(encoder):
    ids, mask = encoder.tokenize(SENTENCES)
    before = encoder(ids, mask, layers=1)
    assert not torch.allclose(before, encoder(ids, mask))
    torch.testing.assert_close(encoder.last_layer(before, mask), encoder(ids, mask))


def test_padding_changes_nothing(encoder):
    together, alone = encoder.tokenize(SENTENCES), encoder.tokenize(SENTENCES[1:2])
    torch.testing.assert_close(encoder(*together)[1, :3], encoder(*alone)[0])
    torch.testing.assert_close(encoder.encode(SENTENCES)[1:2], encoder.encode(SENTENCES[1:2]))


def test_each_row_of_attention_sums_to_one_and_looks_at_no_padding(encoder):
    ids, mask = encoder.tokenize(SENTENCES)
    attention = encoder.attention(ids, mask)
    assert attention.shape == (2, 3, 3, 10, 10)
    torch.testing.assert_close(attention.sum(dim=-1), torch.ones(2, 3, 3, 10))
    assert (attention[:, 1, :, :, 3:] == 0).all() and (attention[:, 1, :, :, :3] > 0).all()


def test_the_masked_mean_is_that_of_the_real_tokens(encoder):
    embeddings, mask = torch.randn(3, 4, 5), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]]).bool()
    expected = torch.stack([sentence[:count].mean(dim=0) for sentence, count in zip(embeddings, (4, 2, 1), strict=True)])
    torch.testing.assert_close(language.masked_mean(embeddings, mask), expected)


def test_sentence_vectors_have_length_one_keep_the_order_and_do_not_depend_on_the_batch(encoder):
    vectors = encoder.encode(SENTENCES)
    assert not vectors.requires_grad
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(vectors, encoder.encode(SENTENCES, batch_size=1))
    torch.testing.assert_close(vectors, torch.cat([encoder.encode([sentence]) for sentence in SENTENCES]))


@pytest.mark.parametrize("given", ["a bare string", []])
def test_what_is_not_a_list_of_sentences_is_refused(encoder, given):
    for method in (encoder.tokenize, encoder.encode):
        with pytest.raises(ValueError, match="a list of at least one sentence is needed, got"):
            method(given)
