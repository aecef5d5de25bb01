"""The website, as `make site` builds it: utils/authoring/site.py lays out the pages, this file says how they look."""

from pathlib import Path

from utils.authoring import course

_settings = course.settings(course.root(Path(__file__).parent))

project = "Deep Learning for Computer Vision"
author = "the course's authors"
copyright = "code BSD-3-Clause, text and pictures CC BY-SA 4.0"
language = "en"

extensions = ["myst_nb", "sphinx.ext.mathjax"]
nb_execution_mode = "off"  # the lectures come with their outputs
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "dollarmath", "colon_fence"]
myst_heading_anchors = 3
mathjax_path = "mathjax/tex-chtml.js"  # laid there by utils/authoring/site.py

html_context = {"default_mode": "auto"}  # light or dark as the reader's system is
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_copy_source = True  # the download button gives the notebook
html_show_sphinx = False
html_theme_options = {
    "repository_url": _settings.repository,
    "repository_branch": _settings.branch,
    "path_to_docs": "",
    "use_repository_button": True,
    "use_download_button": True,
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org",
        "colab_url": "https://colab.research.google.com",
        "notebook_interface": "jupyterlab",
    },
    "show_navbar_depth": 1,
    "navbar_persistent": [],  # the search is in the sidebar
    "show_toc_level": 2,
}
