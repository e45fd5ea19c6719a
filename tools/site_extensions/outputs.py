"""What cells have printed and drawn: each figure has a sentence as its alternative text, and printed sentences wrap.

A figure without such a sentence is a warning, so that the build fails.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)


def is_mime_bundle(node):
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


class AltText(SphinxPostTransform):
    """Make the text/plain of an image output its alternative text.

    MyST-NB ignores the text once it has chosen the image, which it does at priority 4.
    """

    default_priority = 3

    def run(self, **kwargs):
        for bundle in self.document.findall(is_mime_bundle):
            parts = {part["mime_type"]: part for part in bundle.children}
            alt = parts["text/plain"].astext().strip() if "text/plain" in parts else ""
            for image in bundle.findall(nodes.image):
                if not alt or alt.startswith("<"):
                    logger.warning("image output without a text that says what it shows", location=bundle)
                image["alt"] = alt


class WrapSentences(SphinxPostTransform):
    """Let printed sentences wrap. Numbers in columns must not; they are never wider than 80 characters here."""

    default_priority = 5

    def run(self, **kwargs):
        for block in self.document.findall(nodes.literal_block):
            if "output" in block["classes"] and any(len(line) > 80 for line in block.astext().splitlines()):
                block["classes"].append("sentences")


def setup(app):
    app.add_post_transform(AltText)
    app.add_post_transform(WrapSentences)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
