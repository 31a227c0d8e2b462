"""Configuration of the documentation site: ``make docs``."""

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.util import inspect

sys.path.insert(0, str(Path(__file__).resolve().parent))

project = "hbfp_hw"
html_theme = "furo"
html_title = "hbfp_hw"
html_show_copyright = False
html_show_sphinx = False

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "command_line",  # beside this file
]

# Headings have the anchors that GitHub gives them, so that links work there too.
myst_heading_anchors = 4

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_inherit_docstrings = False
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 90
add_module_names = False
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Members", "params_style")]


def link_files(_app: Any, _page: str, source: list[str]) -> None:
    """Turn links to pages outside this folder into downloads, since the site lacks these pages."""
    source[0] = re.sub(r"\]\((\.\./[^)]*\.md)\)", r"](path:\1)", source[0])


def own_parameters(
    _app: Any, what: str, _name: str, thing: Any, _options: Any, shown: str | None, _returned: Any
) -> tuple[str, None] | None:
    """Show the parameters of hardware units; Amaranth's ``__new__`` hides them."""
    if what != "class" or "src_loc_at" not in (shown or ""):
        return None
    signature = inspect.signature(thing.__init__, bound_method=True)
    return inspect.stringify_signature(signature, unqualified_typehints=True), None


def setup(app: Any) -> None:
    app.connect("autodoc-process-signature", own_parameters)
    app.connect("source-read", link_files)
