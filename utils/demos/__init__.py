"""Demos that move without a kernel: each is an HTML page in this folder, shown inside a notebook.

They work offline, in JupyterLab, on Colab and in a notebook exported to HTML, as soon as the cell's output may run scripts. What the pages
have in common is in shared.css and shared.js beside them: a browser reads these from the folder, `page` puts them into the page.
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


def page(name: str) -> str:
    """A demo as one HTML page that fetches nothing.

    Raises
    ------
    ValueError
        If there is no demo of that name.
    """
    if name not in names():
        raise ValueError(f"there is no demo {name!r}; there is: {', '.join(names())}")
    style, script, html = (
        (files(__name__) / file).read_text(encoding="utf-8") for file in ("shared.css", "shared.js", f"{name}.html")
    )
    html = html.replace('<link rel="stylesheet" href="shared.css">', f"<style>\n{style}</style>")
    return html.replace('<script src="shared.js"></script>', f"<script>\n{script}</script>")


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

    whole = page(name)
    title = escape(name.replace("_", " ").capitalize(), quote=True)
    return HTML(
        f'<div><iframe title="{title}" srcdoc="{escape(whole, quote=True)}" width="100%" height="{height}" style="border: 0"></iframe>'
        f"<p data-demo-missing>{_MISSING}</p></div>"
    )
