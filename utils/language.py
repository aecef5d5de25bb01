"""Sentences as tensors: an encoder that reads a sentence, and the mean of its tokens' vectors. Unit 11 uses both.

`utils.pretrained.sentence_encoder()` gives the encoder with the weights it was trained to.
"""

import torch
from torch import nn
from torch.nn import functional

MAX_TOKENS = 256  # as the authors of all-MiniLM-L6-v2 set it; a longer sentence is cut


class SentenceEncoder(nn.Module):
    """all-MiniLM-L6-v2: a table of word pieces and six layers of attention, 22.6 million weights; a vector of 384 numbers for every token.

    ids, mask = encoder.tokenize(["What an encoder reads", "is tokens"])
    encoder.tokens(ids)              # as words and pieces of words
    encoder(ids, mask)               # a vector for every token
    encoder.encode(sentences)        # a vector for every sentence

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
    layers, width, heads, hidden, pieces, places : int
        Sizes of the network: layers, length of a token's vector, attention heads a layer, length of the vector inside a layer's
        multilayer perceptron, word pieces in the table, and the greatest number of tokens.

    Source: Reimers and Gurevych, Sentence-BERT (2019); Wang et al., MiniLM (2020); the layers are those of BERT, Devlin et al. (2019).
    """

    def __init__(self, tokenizer, layers=6, width=384, heads=12, hidden=1536, pieces=30522, places=512):
        super().__init__()
        tokenizer.enable_truncation(min(MAX_TOKENS, places))
        tokenizer.enable_padding()
        self.tokenizer = tokenizer
        self.pieces = nn.Embedding(pieces, width)
        self.places = nn.Embedding(places, width)
        self.parts = nn.Embedding(2, width)  # BERT can tell the first of two sentences from the second; here there is one
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, heads, hidden, activation="gelu", layer_norm_eps=1e-12, batch_first=True)
            for _ in range(layers)
        )

    def tokenize(self, sentences: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Sentences as numbers of word pieces, made equally long by padding.

        Parameters
        ----------
        sentences : list of N str, at least one
            Of each, the first 256 tokens are read, [CLS] at the start and [SEP] at the end among them.

        Returns
        -------
        ids : torch.Tensor, shape (N, T), int64
        mask : torch.Tensor, shape (N, T), bool
            False where there is only padding.
        """
        read = self.tokenizer.encode_batch(_listed(sentences))
        ids = torch.tensor([sentence.ids for sentence in read])
        mask = torch.tensor([sentence.attention_mask for sentence in read], dtype=torch.bool)
        return ids.to(self.pieces.weight.device), mask.to(self.pieces.weight.device)

    def tokens(self, ids: torch.Tensor) -> list[list[str]]:
        """The word pieces that ids of shape (N, T) stand for; ## marks one that continues a word."""
        return [[self.tokenizer.id_to_token(piece) for piece in sentence] for sentence in ids.tolist()]

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, layers: int | None = None) -> torch.Tensor:
        """The vectors of the tokens after the last layer, or after the first `layers`: ids and mask (N, T) to shape (N, T, 384)."""
        return self._read(ids, mask, attention=False, layers=layers)[0]

    def last_layer(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The last step of `forward` alone, for training it: the vectors after the other layers (N, T, 384) to those after all."""
        return _step(self.layers[-1], x, mask)[0]

    def attention(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """How much each token looks at each other one: shape (layers, N, heads, T, T), where each row sums to 1.

        Element [layer, n, head, i, j] is the weight that token j has in what token i takes up; 0 where j is padding.
        """
        return torch.stack(self._read(ids, mask, attention=True)[1])

    def encode(self, sentences: list[str], batch_size: int = 64) -> torch.Tensor:
        """Sentences as vectors of length 1, shape (N, 384), without gradients: the mean of the tokens' vectors, scaled to length 1.

        The product of two such vectors is the cosine of the angle between them: 1 for the same meaning, near 0 for nothing in common.
        """
        sentences, vectors = _listed(sentences), []
        # Sentences of like length go together, so that little padding is read.
        order = torch.tensor([len(sentence) for sentence in sentences]).argsort()
        with torch.no_grad():
            for rows in order.split(batch_size):
                ids, mask = self.tokenize([sentences[row] for row in rows])
                vectors.append(functional.normalize(masked_mean(self(ids, mask), mask), dim=1))
        return torch.cat(vectors)[order.argsort()]

    def _read(self, ids, mask, attention, layers=None):
        x = self.norm(self.pieces(ids) + self.places.weight[: ids.shape[1]] + self.parts.weight[0])
        weights = []
        for layer in self.layers[:layers]:
            x, looked = _step(layer, x, mask, attention)
            weights.append(looked)
        return x, weights


def _step(layer, x, mask, attention=False):
    """What nn.TransformerEncoderLayer does, step by step: it keeps the attention to itself."""
    attended, looked = layer.self_attn(x, x, x, key_padding_mask=~mask, need_weights=attention, average_attn_weights=False)
    x = layer.norm1(x + attended)
    return layer.norm2(x + layer.linear2(functional.gelu(layer.linear1(x)))), looked


def masked_mean(embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of the tokens' vectors that are not padding: embeddings (N, T, D) and mask (N, T) to shape (N, D)."""
    real = mask.unsqueeze(-1).to(embeddings.dtype)
    return (embeddings * real).sum(dim=1) / real.sum(dim=1)


def _listed(sentences):
    if isinstance(sentences, str) or not sentences:
        raise ValueError(f"a list of at least one sentence is needed, got {sentences!r}")
    return list(sentences)


def from_bert(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The state of a SentenceEncoder from weights under the names of BERT's published files."""
    state = {
        name: weights[f"embeddings.{theirs}_embeddings.weight"]
        for name, theirs in (("pieces.weight", "word"), ("places.weight", "position"), ("parts.weight", "token_type"))
    }
    names = {
        "self_attn.out_proj": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "linear1": "intermediate.dense",
        "linear2": "output.dense",
        "norm2": "output.LayerNorm",
    }
    layers = sum(name.endswith("intermediate.dense.bias") for name in weights)
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = weights[f"embeddings.LayerNorm.{kind}"]
        for layer in range(layers):
            theirs = f"encoder.layer.{layer}"
            three = [weights[f"{theirs}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            state[f"layers.{layer}.self_attn.in_proj_{kind}"] = torch.cat(three)
            for ours, name in names.items():
                state[f"layers.{layer}.{ours}.{kind}"] = weights[f"{theirs}.{name}.{kind}"]
    return state
