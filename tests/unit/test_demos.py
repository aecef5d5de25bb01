"""Demos are found by name and carried whole, with nothing to fetch."""

import re
import warnings
from html import unescape
from importlib.resources import files

import pytest

from utils import demos


@pytest.mark.parametrize("name", demos.names())
def test_shows_the_whole_page_in_a_frame(name):
    with warnings.catch_warnings(action="error"):
        shown = demos.show(name, height=321).data
    assert unescape(re.search(r'srcdoc="([^"]*)"', shown)[1]) == demos.page(name)
    assert 'height="321"' in shown


@pytest.mark.parametrize("name", demos.names())
def test_is_small_and_asks_for_nothing(name):
    page = demos.page(name)
    assert len(page.encode()) < 60_000
    assert not re.search(r'<link|<script src|shared\.(css|js)"', page)
    for shared in ("shared.css", "shared.js"):
        assert (files("utils.demos") / shared).read_text(encoding="utf-8") in page
    assert not re.search(r"https?://|//cdn|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket", page)


def test_unknown_name_says_which_there_are():
    assert "convolution_arithmetic" in demos.names()
    with pytest.raises(ValueError, match="no demo 'poling'; there is: .*convolution_arithmetic"):
        demos.show("poling")
