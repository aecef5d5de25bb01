"""Demos that move without a kernel: each is one HTML page in this folder, shown inside a notebook.

They work offline, in JupyterLab, on Colab and in a notebook exported to HTML, as soon as the cell's output may run scripts.
"""

from html import escape
from importlib.resources import files

# Shown where the page cannot be: a notebook that JupyterLab does not trust yet, or a preview that drops frames. The page hides it.
_MISSING = (
    "A demo that you can play with stands here once you run this cell or trust the notebook "
    "(in JupyterLab: View, Activate Command Palette, Trust Notebook)."
)


def names() -> list[str]:
    """Names of all demos, in alphabetical order."""
    return sorted(page.name.removesuffix(".html") for page in files(__name__).iterdir() if page.name.endswith(".html"))


def show(name: str, height: int = 840):
    """Show a demo in the output of a notebook cell.

    Parameters
    ----------
    name : str
        One of `names()`.
    height : int
        Height of the frame in pixels until the page has measured itself; from then on it takes what it needs at its width.

    Returns
    -------
    IPython.display.HTML
        A frame that holds the whole page (srcdoc), so that nothing is fetched and the page cannot collide with the notebook or with
        another copy of itself.

    Raises
    ------
    ValueError
        If there is no demo of that name.
    """
    from IPython.display import HTML

    if name not in names():
        raise ValueError(f"there is no demo {name!r}; there is: {', '.join(names())}")
    page = (files(__name__) / f"{name}.html").read_text(encoding="utf-8")
    title = escape(name.replace("_", " ").capitalize(), quote=True)
    return HTML(
        f'<div><iframe title="{title}" srcdoc="{escape(page, quote=True)}" width="100%" height="{height}" style="border: 0"></iframe>'
        f"<p data-demo-missing>{_MISSING}</p></div>"
    )
