"""Every demo inside another page, as `utils.demos.show` puts it there: in a notebook, and on the website."""

import pytest

from utils import demos

# How the page around a demo says that it is dark, and how it changes its mind.
SURROUNDINGS = {
    "jupyterlab": ("<body data-jp-theme-light='false'>{}</body>", "document.body.dataset.jpThemeLight = 'true'"),
    "website": ("<html data-theme='dark'><body>{}</body></html>", "document.documentElement.dataset.theme = 'light'"),
}


@pytest.mark.parametrize("name", demos.names())
def test_takes_the_height_it_needs_and_follows_the_theme(open_page, name):
    for around, change in SURROUNDINGS.values():
        page = open_page(viewport={"width": 900, "height": 700})
        page.set_content(around.format(demos.show(name, height=100).data))
        frame = page.frames[1]
        frame.wait_for_function("window.demo && document.documentElement.dataset.theme === 'dark'")
        frame.wait_for_function("innerHeight >= document.documentElement.offsetHeight")
        page.evaluate(change)
        frame.wait_for_function("document.documentElement.dataset.theme === 'light'")
        assert page.get_by_text("A demo that you can play with").count() == 0
        assert page.problems == []
