"""What a pretrained sentence encoder makes of the packages set, computed beforehand: unit 11 reads it where the encoder is not installed.

vectors = encoded.vectors(texts)          # a vector for each sentence of the set
ids, mask = encoded.tokens(texts)         # its word pieces, as rows of encoded.table()

The encoder is all-MiniLM-L6-v2 (`utils.pretrained.sentence_encoder`). How the file was made, and how far it is rounded: data/packages/minilm.md.
"""

from functools import cache

FILE = "packages/minilm.npz"
# Read whole, with every token's vector and all attention, to look at.
SENTENCES = (
    "unbelievably fast spreadsheet viewer",
    "plays songs in a terminal",
    "command-line music player",
    "plays chess in a terminal",
    "board game for two people",
    "a browser for the genomes of mouse and human",
    "configures the keyboard and mouse",
    "driver for a wireless mouse",
)
QUERIES = (
    "remove noise from old records",
    "see how warm my processor is",
    "draw the tree of my ancestors",
    "prove theorems",
    "do not let anybody read my letters",
)


def vectors(texts: list[str]):
    """The encoder's vector for each sentence: torch.Tensor of shape (N, 384), float32, each of length 1.

    Parameters
    ----------
    texts : list of str
        Sentences of the packages set, as `utils.datasets.packages` gives them, or of QUERIES.

    Raises
    ------
    ValueError
        For a sentence that is not among them: for that, the encoder itself is needed.
    DataDamaged
        If the file is missing or damaged.
    """
    from torch.nn.functional import normalize

    return normalize(_steps("vectors")[_rows(texts)], dim=1)


def tokens(texts: list[str]):
    """The sentences as word pieces, made equally long by padding. Parameters and errors as `vectors`.

    Returns
    -------
    ids : torch.Tensor of shape (N, T), int64
        Rows of `table` and `pieces`, [CLS] at the start and [SEP] at the end among them; 0 where there is only padding.
    mask : torch.Tensor of shape (N, T), bool
        False where there is only padding.
    """
    from torch.nn.utils.rnn import pad_sequence

    rows = _rows(texts)
    ids = pad_sequence([_token_rows()[row] for row in rows], batch_first=True)
    return ids, ids != 0


def table():
    """Where the encoder's tokens start from: a row for each word piece that the set uses, torch.Tensor of shape (V, 128), float32.

    The encoder's own table has 384 numbers a row; these are the 128 directions along which the rows differ most (their principal
    components), scaled to a mean square of 1. Row 0 stands for padding.
    """
    return _steps("table")


@cache
def pieces() -> tuple[str, ...]:
    """The word piece of each row of `table`; ## marks one that continues a word."""
    return tuple(_file()["pieces"].tobytes().decode("utf-8").split("\n"))


def read(encoder=None) -> dict:
    """SENTENCES, read by the encoder if it is given, else as it read them when the course was made.

    Returns
    -------
    dict: tokens, a list of the word pieces of each sentence, padding included; mask (N, T); vectors, a vector for every token after the
    last layer, (N, T, 384); attention (layers, N, heads, T, T), as `SentenceEncoder.attention` gives it
    """
    import torch

    if encoder is None:
        ids, mask = tokens(list(SENTENCES))
        names = [[pieces()[piece] for piece in row] for row in ids.tolist()]
        given = {name: torch.from_numpy(_file()[name]).float() for name in ("hidden", "attention")}
    else:
        ids, mask = encoder.tokenize(list(SENTENCES))
        names = encoder.tokens(ids)
        with torch.no_grad():
            given = {"hidden": encoder(ids, mask), "attention": encoder.attention(ids, mask)}
    return {"tokens": names, "mask": mask, "vectors": given["hidden"], "attention": given["attention"]}


@cache
def _file() -> dict:
    import io

    import numpy as np

    from utils.datasets import store

    return dict(np.load(io.BytesIO(store.read(FILE)), allow_pickle=False))


def _steps(name: str):
    """A table that was stored in whole steps, one size of step a row."""
    import torch

    return torch.from_numpy(_file()[name]).float() * torch.from_numpy(_file()[f"{name}_step"])[:, None]


@cache
def _token_rows() -> list:
    import torch

    lengths = _file()["lengths"].tolist()
    return list(torch.from_numpy(_file()["ids"].astype("int64")).split(lengths))


@cache
def _places() -> dict[str, int]:
    return {text: row for row, text in enumerate(known())}


def known() -> list[str]:
    """Every sentence that the file knows, in its order: the packages set, then QUERIES, then SENTENCES."""
    from utils.datasets import packages

    return [*(row["text"] for row in packages.rows()), *QUERIES, *SENTENCES]


def _rows(texts: list[str]) -> list[int]:
    if isinstance(texts, str):
        raise ValueError(f"a list of sentences is needed, got {texts!r}")
    strangers = [text for text in texts if text not in _places()]
    if strangers:
        raise ValueError(
            f"{len(strangers)} of {len(texts)} sentences are not in the packages set, the first is {strangers[0]!r}: "
            "their vectors take the encoder itself, utils.pretrained.sentence_encoder()"
        )
    return [_places()[text] for text in texts]
