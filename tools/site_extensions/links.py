"""Sphinx's own check of external addresses, to which one thing is added: what refuses programs is not broken.

Publishers answer 403 to anything but a browser. Their addresses are listed as ignored, with the answer, to be opened by
hand; a wrong DOI still fails, because its resolver answers 404 before a publisher is asked.
"""

import re

from sphinx.builders.linkcheck import CheckExternalLinksBuilder

REFUSED = re.compile("unauthorized|(403|405|406|418|429) ")  # 503 and a second try are Sphinx's


class LinkCheck(CheckExternalLinksBuilder):
    def process_result(self, result):
        refused = result.status == "broken" and REFUSED.match(result.message)
        super().process_result(result._replace(status="ignored") if refused else result)


def setup(app):
    app.add_builder(LinkCheck, override=True)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
