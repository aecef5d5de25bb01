"""The course's own trained weights, in data/weights: small safetensors files that are verified, and say how they were made.

history = weights.load_or_train("detector", model, lambda: training.fit(model, batches, epochs=20, optimizer=optimizer))
"""

import json
import time
from collections.abc import Callable

from utils.datasets import store


def load_or_train(name: str, model, train: Callable[[], dict], *, retrain: bool = False) -> dict:
    """Give a model its weights: those of data/weights if there are any, else by training it here. Prints which of the two happened.

    Parameters
    ----------
    name : str
        data/weights/<name>.safetensors is looked for.
    model : torch.nn.Module
        Changed in place, and left in evaluation mode.
    train : function () -> history
        Trains the model, and returns what `training.fit` returns.
    retrain : bool
        Train here, whether there are weights or not.

    Returns
    -------
    dict: the history of the training, be it of now or of then; empty if the file holds none

    Raises
    ------
    DataDamaged
        If there are weights and the file is damaged.
    ValueError
        If the weights are another network's.
    """
    if not retrain and _file(name) in store.checksums():
        facts = load(name, model)
        made = f" ({facts['made']})" if "made" in facts else ""
        print(f"{name}: loaded from data/{_file(name)}{made}; nothing was trained here. Train it yourself with retrain=True.")
        return facts.get("history", {})
    start = time.perf_counter()
    history = train()
    model.eval()
    print(f"{name}: trained here, in {time.perf_counter() - start:.0f} s.")
    return history


def load(name: str, model) -> dict:
    """Put the weights of data/weights/<name>.safetensors into a model, which is left in evaluation mode.

    Returns
    -------
    dict: the facts about the weights that were saved with them

    Raises
    ------
    DataDamaged
        If there is no such file, or it is damaged.
    ValueError
        If the weights are another network's. The message says which names or shapes differ.
    """
    from safetensors.torch import load

    content = store.read(_file(name))
    state = {key: value.float() if value.is_floating_point() else value for key, value in load(content).items()}
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"the weights {name!r} are not for this network, a {type(model).__name__}: {error}") from error
    model.eval()
    return _facts(content)


def facts(name: str) -> dict:
    """What was saved with the weights `name`: numbers, texts and lists. Raises DataDamaged as `load`."""
    return _facts(store.read(_file(name)))


def save(name: str, model, **facts) -> None:
    """Write a model's weights and facts about them (anything that JSON can hold) to data/weights, with the checksum; for the course's authors.

    Floats are stored with 16 bits. So that what was measured holds for what is stored, use `to_half_precision` before measuring.
    A fact `made` is printed by `load_or_train`; a fact `history` is what that returns.
    """
    import torch
    from safetensors.torch import save

    state = {
        key: value.to(torch.float16 if value.is_floating_point() else value.dtype).contiguous()
        for key, value in model.state_dict().items()
    }
    # One entry: safetensors writes several in an order that changes, and the same weights are to make the same file.
    store.write(_file(name), save(state, {"facts": json.dumps(facts)}))


def to_half_precision(model) -> None:
    """Round a model's weights, in place, to what `save` stores of them. They stay float32."""
    model.load_state_dict(
        {key: value.half().float() if value.is_floating_point() else value for key, value in model.state_dict().items()}
    )


def _file(name: str) -> str:
    return f"weights/{name}.safetensors"


def _facts(content: bytes) -> dict:
    """The facts in a safetensors file: its head is the length in 8 bytes, then JSON."""
    head = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return json.loads(head["__metadata__"]["facts"])
