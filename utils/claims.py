"""Claims: sentences of a lecture that code holds. A claim that does not hold stops the notebook, and with it CI."""


class ClaimFailed(AssertionError):
    """A lecture says something that its own code does not bear out."""


def claim(what: str, condition) -> None:
    """Say `what` with a tick if `condition` holds, and fail the notebook if it does not.

    Parameters
    ----------
    what : str
        The claim, as the lecture states it, with its numbers.
    condition : bool, numpy.bool_ or a tensor or array with one boolean element
        What was computed to hold the claim.

    Raises
    ------
    ClaimFailed
        If the condition is false.
    TypeError
        If the condition is no truth value: a number, a text or several booleans would make a claim that cannot fail.
    """
    value = condition.item() if getattr(condition, "size", None) == 1 or _one_element(condition) else condition
    if not isinstance(value, bool):
        raise TypeError(
            f"claim({what!r}, ...) was given {type(condition).__name__} {condition!r:.80}; "
            "it needs one truth value: compare something, and reduce many comparisons with all(...)"
        )
    if not value:
        raise ClaimFailed(f"this claim does not hold: {what}")
    print(f"✔ {what}")


def _one_element(value) -> bool:
    return callable(getattr(value, "numel", None)) and value.numel() == 1
