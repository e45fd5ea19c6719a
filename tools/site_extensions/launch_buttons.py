"""Buttons that open a chapter elsewhere, if the address of the repository is known."""

import functools

import book
import launch


@functools.cache
def repository():
    """Git is asked once for all pages of a build."""
    return launch.repository()


def add_launch_buttons(app, pagename, templatename, context, doctree):
    """The theme's own know one branch, and Colab needs another: the one that holds the launch copies."""
    repo = repository()
    if repo and (book.ROOT / f"{pagename}.ipynb").exists():
        icons = {"Binder": "logo_binder.svg", "Colab": "logo_colab.png", "JupyterHub": "logo_jupyterhub.svg"}
        links = [{"type": "link", "text": name, "tooltip": f"Run this chapter on {name}", "url": url,
                  "icon": f"_static/images/{icons[name]}"} for name, url in launch.buttons(repo, pagename).items()]
        context["header_buttons"].append({"type": "group", "tooltip": "Run this chapter elsewhere", "buttons": links,
                                          "icon": "fas fa-play", "label": "launch-buttons"})


def setup(app):
    app.connect("html-page-context", add_launch_buttons)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
