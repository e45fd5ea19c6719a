"""Light pages: one stylesheet with the rules that some page uses, and no element that changes nothing.

The theme and the extensions bring thirteen stylesheets for everything that they can show; the book shows a part of it.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tinycss2

TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
COLOURED = re.compile(r"k|k[cdnrt]|ow|s\w?|m\w?|c|c\w|nf|nc|nd|fm|gp")  # what custom.css gives a colour, and prompts
THEME = ["basic.css", "styles/bootstrap.css", "styles/pydata-sphinx-theme.css"]
LEFT_OUT = {"pygments.css"}  # custom.css has fewer colours
ADDED_BY_SCRIPTS = {".scrolled", ".active", ".copybtn"}
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")


def drop_plain_spans(app, pagename, templatename, context, doctree):
    """A part of code without a colour of its own needs no element."""
    context["body"] = TOKEN.sub(lambda found: found[0] if COLOURED.fullmatch(found[1]) else found[2],
                                context.get("body", ""))


def names(pages: Iterable[str]) -> set[str]:
    """The elements of all pages, their classes (with a dot) and their ids (with a #)."""
    found = {"html", "body"}
    for page in pages:
        found |= {tag.lower() for tag in re.findall(r"<([a-zA-Z][\w-]*)", page)}
        found |= {"." + name for names in re.findall(r'\sclass="([^"]*)"', page) for name in names.split()}
        found |= {"#" + name for name in re.findall(r'\sid="([^"]*)"', page)}
    return found


def selectors(prelude: list) -> Iterator[list]:
    """The selectors of a rule, between its commas."""
    one: list = []
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            yield one
            one = []
        else:
            one.append(token)
    yield one


def needed(selector: list) -> Iterator[str]:
    """The names without which it selects nothing. What stands in the brackets of :is() or :not() is not looked at."""
    before = ""
    for token in selector:
        if token.type == "ident" and before != ":":
            yield "." + token.value if before == "." else token.lower_value
        elif token.type == "hash":
            yield "#" + token.value
        before = token.value if token.type == "literal" else ""


def used_rules(rules: list, known: set[str]) -> str:
    """The rules of a stylesheet that select something in a page with these names."""
    kept = []
    for rule in rules:
        if rule.type == "qualified-rule":
            chosen = [tinycss2.serialize(s).strip() for s in selectors(rule.prelude) if known.issuperset(needed(s))]
            if chosen:
                kept.append(f"{','.join(chosen)}{{{compact(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = used_rules(tinycss2.parse_rule_list(rule.content, True, True), known)
            if inner:
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword not in ("charset", "import"):
            content = f"{{{compact(rule.content)}}}" if rule.content else ";"
            kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{content}")
    return "\n".join(kept)


def compact(content: list) -> str:
    """Declarations on one line."""
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", tinycss2.serialize(content), flags=re.S)).strip()


def without_idle_variables(css: str) -> str:
    """Variables that no declaration reads; without them others may be idle in turn."""
    while True:
        read = set(VARIABLE.findall(css))
        less = re.sub(r"(?<=[{;])\s*(--[\w-]+)\s*:(?:[^;{}\"']|\"[^\"]*\"|'[^']*')*(;|(?=}))",
                      lambda found: found[0] if found[1] in read else "", css)
        if less == css:
            return re.sub(r"[^{}\n]*\{\}\n?", "", css)
        css = less


def one_stylesheet(app, exception):
    """Gather the stylesheets, in their order, into the one that layout.html names."""
    if exception or app.builder.format != "html":
        return
    static, out = Path(app.outdir, "_static"), Path(app.outdir)
    pages = (path.read_text(encoding="utf-8") for path in out.rglob("*.html") if static not in path.parents)
    known = names(pages) | ADDED_BY_SCRIPTS
    css = "\n".join(rebased(used_rules(tinycss2.parse_stylesheet_bytes(
        (static / name).read_bytes(), skip_comments=True, skip_whitespace=True)[0], known), name) for name in sheets(app))
    (static / "book.css").write_text(without_idle_variables(css), encoding="utf-8")


def sheets(app) -> list[str]:
    """Those of the theme, then those that the extensions and the book have added."""
    added = [Path(str(sheet.filename)).relative_to("_static").as_posix() for sheet in app.builder._css_files]
    return THEME + [name for name in added if name not in LEFT_OUT]


def rebased(css: str, name: str) -> str:
    """With its addresses as they are from the folder of book.css."""
    folder = name.rpartition("/")[0]
    return re.sub(r"url\((['\"]?)(?!data:|#|/)", rf"url(\1{folder}/", css) if folder else css


def setup(app):
    app.connect("html-page-context", drop_plain_spans, priority=900)
    app.connect("build-finished", one_stylesheet, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
