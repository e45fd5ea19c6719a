"""Light pages: one stylesheet with the rules that some page uses, and no element that changes nothing.

The theme and the extensions bring twelve stylesheets for everything that they can show; the book shows a part of it.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tinycss2

CODE = re.compile(r'<div class="highlight">.*?</pre>', flags=re.S)
TOKEN = re.compile(r'<span class="(\w+)">([^<]*)</span>')
COLOURED = re.compile(r"k|k[cdnrt]|ow|s\w?|m\w?|c|c\w|nf|nc|nd|fm|gp")  # what custom.css gives a colour, and prompts
NAME = re.compile(r'(<span class="pre">)([^<]{9,})(</span>)')
JOINT = re.compile(r"([_.(,=])(?=\w)")
THEME = ["basic.css", "styles/bootstrap.css", "styles/pydata-sphinx-theme.css"]
LEFT_OUT = {"pygments.css"}  # custom.css has fewer colours
ADDED_BY_SCRIPTS = {".scrolled", ".active", ".copybtn", ".preview", ".page", "mark"}
DARK = re.compile(r'\[data-theme="?dark"?\]')
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
DECLARED = re.compile(r"""(?<=[{;])\s*(--[\w-]+)\s*:(?:[^;{}"']|"[^"]*"|'[^']*')*(;|(?=}))""")


def lighten(app, pagename, templatename, context, doctree):
    """A part of code without a colour of its own needs no element. A long name in the text may break at its joints."""
    def drop(token):
        return token[0] if COLOURED.fullmatch(token[1]) else token[2]

    body = CODE.sub(lambda code: TOKEN.sub(drop, code[0]), context.get("body", ""))
    context["body"] = NAME.sub(lambda name: name[1] + JOINT.sub(r"\1<wbr>", name[2]) + name[3], body)


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
    """The rules that select something in a page with these names, one on a line."""
    kept = []
    for rule in rules:
        word = rule.lower_at_keyword if rule.type == "at-rule" else ""
        if rule.type == "qualified-rule":
            chosen = [tinycss2.serialize(s).strip() for s in selectors(rule.prelude) if known.issuperset(needed(s))]
            if chosen:
                kept.append(f"{','.join(chosen)}{{{compact(rule.content)}}}")
        elif word in ("media", "supports"):
            inner = used_rules(tinycss2.parse_rule_list(rule.content, True, True), known)
            if inner:
                kept.append(f"@{word}{tinycss2.serialize(rule.prelude)}{{{inner}}}")
        elif word and word not in ("charset", "import"):
            content = f"{{{compact(rule.content)}}}" if rule.content else ";"
            kept.append(f"@{word}{tinycss2.serialize(rule.prelude)}{content}")
    return "\n".join(kept)


def compact(content: list) -> str:
    """Declarations on one line."""
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", tinycss2.serialize(content), flags=re.S)).strip()


def without_idle_variables(css: str, scripts: str) -> str:
    """Variables that no declaration reads go; without them others may be idle in turn."""
    read = set(VARIABLE.findall(css + scripts))
    less = DECLARED.sub(lambda found: found[0] if found[1] in read else "", css)
    return without_idle_variables(less, scripts) if less != css else re.sub(r"[^{}\n]*\{\}\n?", "", css)


def dark_without_a_script(css: str) -> str:
    """The page says that it is light until a script has asked the system: the dark rules again, for that word."""
    rules = [rule for rule in css.splitlines() if DARK.search(rule.partition("{")[0]) and not rule.startswith("@")]
    again = "\n".join(DARK.sub("[data-theme=light]", rule) for rule in rules)
    return f"\n@media (scripting:none) and (prefers-color-scheme:dark){{\n{again}\n}}\n"


def sheets(app) -> list[str]:
    """Those of the theme, then those that the extensions and the book have added."""
    sheets = sorted(app.builder._css_files, key=lambda sheet: sheet.priority)
    added = [Path(str(sheet.filename)).relative_to("_static").as_posix() for sheet in sheets]
    return THEME + [name for name in added if name not in LEFT_OUT]


def rebased(css: str, name: str) -> str:
    """With its addresses as they are from the folder of book.css."""
    folder = name.rpartition("/")[0]
    return re.sub(r"url\((['\"]?)(?!data:|#|/)", rf"url(\1{folder}/", css) if folder else css


def one_stylesheet(app, exception):
    """Gather the stylesheets, in their order, into the one that layout.html names."""
    if exception or app.builder.format != "html":
        return
    out, static = Path(app.outdir), Path(app.outdir, "_static")
    pages = (path.read_text(encoding="utf-8") for path in out.rglob("*.html") if static not in path.parents)
    known, gathered = names(pages) | ADDED_BY_SCRIPTS, ""
    for name in sheets(app):
        sheet = (static / name).read_text(encoding="utf-8")
        rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
        gathered += rebased(used_rules(rules, known), name) + "\n"
    scripts = "".join(path.read_text(encoding="utf-8") for path in static.glob("live/*.js"))  # which have style
    css = without_idle_variables(gathered, scripts)
    (static / "book.css").write_text(css + dark_without_a_script(css), encoding="utf-8")


def setup(app):
    app.connect("html-page-context", lighten, priority=900)
    app.connect("build-finished", one_stylesheet, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
