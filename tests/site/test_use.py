"""What a reader does with the site: search, follow links, take a notebook along, use the keyboard."""

import functools
import inspect
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import book
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from built import PAGES, SITE
from playwright.sync_api import expect
from sphinx.util.inventory import InventoryFile

import diffimg

NOTEBOOKS = [path.relative_to(book.ROOT).with_suffix("").as_posix() for path in book.notebooks()]
LEFT_OUT = {label for label, path in book.labels().items() if path not in book.notebooks()}  # of a course


@functools.cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")


@pytest.fixture(scope="module")
def anchors():
    """The ids of each page: where a link may point."""
    return {SITE / name: {tag["id"] for tag in soup(SITE / name).find_all(id=True)} for name in PAGES}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name, anchors):
    broken = []
    for tag in soup(SITE / name).select("a[href], link[href], img[src], script[src]"):
        url = urlsplit(tag.get("href") or tag["src"])
        if url.scheme or url.netloc:
            continue
        target = (SITE / name).parent.joinpath(unquote(url.path)).resolve() if url.path else SITE / name
        if not target.is_file() or url.fragment and unquote(url.fragment) not in anchors.get(target, ()):
            broken.append(url.geturl())
    assert not broken, broken


def test_every_page_of_the_contents_is_built():
    first, *others = book.pages()
    assert "index.html" in PAGES and not [name for name in others if f"{name}.html" not in PAGES]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_can_be_downloaded(name, open_page):
    page = open_page(f"{name}.html")
    link = page.get_by_role("link", name="Download this page as a notebook")
    expect(link).to_be_visible()
    notebook = nbformat.reads(page.request.get(link.evaluate("a => a.href")).text(), as_version=4)
    assert notebook == nbformat.read(SITE / "notebooks" / f"{name}.ipynb", as_version=4)  # see test_resolved.py


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_equations_have_numbers_and_checks(name, open_page):
    chapter, labels = soup(SITE / f"{name}.html"), book.equations(book.ROOT / f"{name}.ipynb")
    listed = soup(SITE / "chapters/appendix/checked.html")
    for label in labels:
        number = chapter.find(id=f"equation-{label}").select_one(".eqno").text
        entry = next(a for a in listed.select(".checked-equation a") if a["href"].endswith(f"#equation-{label}"))
        assert number.startswith(f"({entry.text.removeprefix('Equation ')})")
        assert entry.find_parent(class_="checked-equation").select_one("details .highlight")


def public_names(module):
    """The functions and classes that a module defines for its users; of plot, what the contract names."""
    defined = [name for name, thing in inspect.getmembers(module) if inspect.isfunction(thing) or inspect.isclass(thing)
               if thing.__module__ == module.__name__ and not name.startswith("_")]
    return ["show", "live"] if module is diffimg.plot else defined


@pytest.mark.parametrize("module", [name for name in diffimg.__all__ if name not in ("checks", "setup")])
def test_reference_lists_every_public_name_and_its_equations(module):
    page, names = SITE / "chapters/appendix/api.html", public_names(getattr(diffimg, module))
    reference = soup(page)
    listed = [tag["id"].removeprefix(f"api-{module}-") for tag in reference.select(f"section[id^=api-{module}-]")]
    assert sorted(listed) == sorted(names)
    for name in names:
        entry = reference.find("section", id=f"api-{module}-{name}")
        assert entry.find(re.compile("h[1-6]")).text.startswith(name)
        assert entry.select_one(f"dt.sig[id='diffimg.{module}.{name}'] .sig-name").text == name
        docstring = inspect.getdoc(getattr(getattr(diffimg, module), name))
        for part in re.findall(r"^(Convention|Gradient|Raises|Source):", docstring, flags=re.M):
            assert entry.find("strong", string=f"{part}."), (name, part)
        for label in set(re.findall(r"\beq-[a-z0-9-]+", docstring)) - LEFT_OUT:
            link = next(a for a in entry.select("a") if a["href"].endswith(f"#equation-{label}"))
            target = soup(page.parent / link["href"].partition("#")[0]).find(id=f"equation-{label}")
            assert target.select_one(".eqno").text.startswith(link.text)
        # mathematics and examples are set as such, and nothing of their notation is left over
        shown = {a["href"].partition("#equation-")[2] for a in entry.select(".numbered-equation a")}
        assert shown == set(re.findall(r"\beq-[a-z0-9-]+", docstring.partition("Source: ")[2])) - LEFT_OUT
        assert len(entry.select(".numbered-equation .katex-display")) == len(shown)
        assert bool(entry.select(".highlight-pycon")) == (">>> " in docstring)
        assert entry.select_one("details .highlight")
        text = entry.find("dl").get_text()
        assert not re.search(r"\beq-|``|:\w+:`|\.\. \w+::|\(\(\d+\.\d+\)\)|<BLANKLINE>", text), name


@pytest.mark.parametrize("module", [name for name in diffimg.__all__ if name not in ("checks", "setup")])
def test_other_projects_can_link_to_every_public_name(module):
    with open(SITE / "objects.inv", "rb") as file:
        inventory = InventoryFile.load(file, "", posixpath.join)
    for name in public_names(getattr(diffimg, module)):
        kind = "class" if inspect.isclass(getattr(getattr(diffimg, module), name)) else "function"
        page, _, place = inventory[f"py:{kind}"][f"diffimg.{module}.{name}"][2].partition("#")
        assert soup(SITE / page).find(id=place).name == "dt"


def test_the_front_door_is_the_first_page(open_page):
    expect(open_page("").locator("article h1")).to_have_text(re.compile("^Differentiable Image Operations"))


@pytest.mark.parametrize("by", ["http", "file"])
def test_the_address_that_the_name_of_the_first_page_gives_it_leads_there(by, browser, address):
    page = browser.new_page()
    site = address if by == "http" else SITE.as_uri()
    page.goto(f"{site}/chapters/index.html#by-library-function")
    page.wait_for_url(f"{site}/index.html#by-library-function")
    page.locator("#by-library-function a.reference").first.click()
    expect(page.locator("article h1")).to_be_visible()
    page.close()


# as people ask, American or British, in words or names; a page, or a section of it, must be among the first three
QUERIES = {
    # the crop and the warp
    "bounding box": "crop/", "bounding box gradient": "crop/box_gradient", "STN": "crop/affine_matrix",
    "spatial transformer": "crop/fitting", "differentiable crop": "crop/affine_matrix",
    "crop image with gradient": "crop/", "roi_align half pixel": "further/formats#roialign",
    "ROI align": "crop/antialiasing",
    "supersampling": "crop/antialiasing", "Lucas-Kanade": "crop/fitting", "image alignment": "crop/fitting",
    "template matching": "crop/fitting", "cv2 warpAffine theta": "crop/traps", "letterbox": "further/warps",
    "homography": "further/warps", "perspective transform": "further/warps", "optical flow": "further/warps",
    "keypoints after resize": "further/warps", "deformation field": "further/warps",
    # total variation
    "tv weight": "tv/choosing_lambda", "how to choose lambda": "tv/choosing_lambda",
    "regularisation parameter": "tv/choosing_lambda", "total variation loss nan": "tv/total_variation",
    "TVLoss": "tv/total_variation", "staircase": "tv/limits", "piecewise constant": "tv/limits",
    "split Bregman": "tv/rof", "Chambolle-Pock": "tv/rof",
    # convolution
    "checkerboard artifacts": "conv/checkerboard", "artifacts": "conv/checkerboard", "artefact": "conv/checkerboard",
    "deconvolution": "conv/transposed", "deconv": "conv/transposed", "up-conv": "conv/transposed",
    "Conv2DTranspose": "conv/transposed", "ConvTranspose": "conv/transposed",
    "ConvTranspose2d output_padding": "conv/transposed#every-size",
    "SAME padding TensorFlow": "conv/transposed#tensorflow", "Wiener": "conv/inverse#", "deblurring": "conv/inverse",
    "unfold fold": "conv/matrix", "point spread function": "conv/inverse",
    # resampling
    "downsampling": "resample/", "downscale": "resample/aliasing", "moire": "resample/aliasing",
    "nearest neighbor": "resample/interpolation", "interpolation order": "resample/",
    "spline": "resample/interpolation",
    "different results OpenCV PyTorch resize": "resample/", "Lanczos": "resample/interpolation#",
    "unpooling": "resample/learned", "super resolution": "together/superresolution",
    "deterministic": "appendix/glossary#term-deterministic",
    # volumes, missing pixels, labels
    "trilinear": "further/volumes", "volume": "further/volumes", "3D grid_sample": "further/volumes",
    "DICOM spacing": "further/volumes", "voxel size": "further/volumes", "inpainting": "further/missing",
    "nodata": "further/missing", "mask": "further/missing", "denoise_TVL1": "further/missing",
    "impulse noise": "further/missing", "segmentation": "further/labels", "resize labels": "further/labels",
    "upsample logits before argmax": "further/labels", "receptive field": "further/labels",
    # the ground, and what libraries mean
    "grayscale center coordinates": "linear/images", "greyscale": "linear/images", "NCHW": "linear/images",
    "dot product test adjoint": "linear/matrices#the-dot-test", "spectral norm": "linear/matrices",
    "align_corners": "appendix/conventions#align-corners"}


def first_hits(page, query):
    page.locator(".bd-search-container input").fill(query)
    return page.locator("#search-results a").evaluate_all("links => links.slice(0, 3).map(a => a.getAttribute('href'))")


def test_search_finds_what_people_ask(open_page):
    page, missed = open_page("search.html"), {}
    for query, place in QUERIES.items():
        if not any(name.startswith(f"chapters/{place.split('#')[0].removesuffix('/')}") for name in NOTEBOOKS) and (
                not place.startswith("appendix")):
            continue  # of a course
        hits = first_hits(page, query)
        if not any(hit.replace(".html", "").startswith(f"chapters/{place}") for hit in hits):
            missed[query] = hits
    assert not page.faults and not missed, missed


@pytest.mark.parametrize("name", [name for name in PAGES if name.endswith(("notation.html", "conv/inverse.html"))])
def test_link_into_a_long_page_lands_there(name, open_page):
    """Also while its sections are not laid out yet."""
    anchor = soup(SITE / name).select("article section section[id]")[-1]["id"]
    page = open_page(f"{name}#{anchor}")
    top = f"document.getElementById('{anchor}').getBoundingClientRect().top"
    landed = f"{top} < 80 || {top} < innerHeight && scrollY + innerHeight > document.documentElement.scrollHeight - 2"
    page.wait_for_function(landed)
    page = open_page(name)
    page.locator(f".bd-toc-nav a[href='#{anchor}']").click()
    page.wait_for_function(landed)
    page.wait_for_function("document.documentElement.dataset.near == undefined")
    assert page.evaluate(landed)


@pytest.mark.parametrize("american, british", [
    ("neighbor", "neighbour"), ("artifact", "artefact"), ("center", "centre"), ("gray", "grey"), ("color", "colour"),
    ("normalized", "normalised"), ("millimeters", "millimetres"), ("regularizer", "regulariser"),
    ("moire", "moiré"), ("super resolution", "super-resolution"), ("grid sample", "grid_sample")])
def test_search_has_one_spelling(open_page, american, british):
    page = open_page("search.html")
    hits = first_hits(page, american)
    assert len(hits) == 3 and first_hits(page, british)[0] == hits[0]


def test_pages_that_only_list_come_behind_chapters(open_page):
    """The bibliography for words that its titles have, too; what was checked is not searched."""
    page, listing = open_page("search.html"), ("chapters/appendix/bibliography", "chapters/appendix/checked")
    for query in ("total variation", "checkerboard artifacts", "spatial transformer networks",
                  "nonlinear total variation", "aliasing", "super-resolution", "inpainting"):
        assert not [hit for hit in first_hits(page, query) if hit.startswith(listing)], query


# in sentences, with other words than the headings of the page that answers them
SENTENCES = {
    "conv_transpose2d wrong output size": "conv-transpose-does-not-undo-the-size",
    "extra row output_padding not zero": "output-padding-is-not-zeros",
    "torchvision resize different from PIL": "torch-resize-differs-from-pillow",
    "cv2 and pillow give different thumbnails": "opencv-resize-differs-from-pillow",
    "bicubic negative values": "bicubic-overshoots",
    "nearest neighbour shifts mask opencv": "opencv-nearest-shifts-the-mask",
    "interpolate returns 119 instead of 120": "interpolate-one-pixel-short",
    "total variation nan gradient": "tv-loss-nan",
    "tv loss weight too sensitive image size": "tv-weight-1e-6",
    "black edges after grid_sample upscaling": "grid-sample-dark-border",
    "convert opencv rotation matrix to theta": "warpaffine-to-affine-grid",
    "yolo letterbox boxes wrong in original image": "letterbox-boxes-back",
    "flip bounding boxes width minus one": "flip-a-box",
    "NaN spreads when resizing raster": "one-nan-destroys-a-region",
    "nodata -9999 resample edges": "nodata-bleeds",
    "upsample logits before argmax": "argmax-before-or-after-upsampling",
    "segmentation mask wrong labels after resize": "labels-that-do-not-exist",
    "grid_sample 3d coordinate order zyx": "volume-x-y-z-order",
    "optical flow warping pytorch normalize": "warp-by-a-flow-in-pixels",
    "deterministic upsample backward cuda": "deterministic-upsampling",
    "same padding strided convolution pytorch": "padding-same-strided",
    "fold unfold not identity": "fold-of-unfold",
    "gradient of boxes roi_align none": "roi-align-gradient-of-the-boxes",
    "denoise_tv_bregman larger weight less smoothing": "chambolle-and-bregman-weights",
    "tensor sizes must match unet skip connection": "unet-expected-size"}


def test_search_finds_the_question_that_a_sentence_asks(open_page):
    """Or the chapter that the question leads to; mostly the question itself."""
    page = open_page("search.html")
    hits = {sentence: first_hits(page, sentence) for sentence in SENTENCES}
    subjects = yaml.safe_load((book.ROOT / "chapters/appendix/questions.yml").read_text(encoding="utf-8"))["subjects"]
    leads_to = {key: entry["see"].partition("#")[0] for entries in subjects.values() for key, entry in entries.items()}
    asked = [sentence for sentence, found in hits.items()
             if f"chapters/appendix/questions.html#{SENTENCES[sentence]}" in found]
    missed = {sentence: hits[sentence] for sentence, key in SENTENCES.items() if sentence not in asked and not any(
        hit.startswith(f"chapters/{leads_to[key]}.html") for hit in hits[sentence])}
    assert not page.faults and not missed, missed
    assert len(asked) >= 0.8 * len(SENTENCES)


def test_search_shows_a_sentence_and_works_from_a_file(browser):
    page = browser.new_page()
    page.goto((SITE / "search.html").as_uri() + "?q=pillow+clips")
    hit = page.locator("#search-results li").first
    expect(hit.locator("mark").first).to_be_visible()
    assert re.search(r"\w.*[.:?!…]$", hit.locator("p").inner_text())
    hit.locator("a").click()
    expect(page.locator("article h1")).to_be_visible()
    page.close()


def test_keyboard_reaches_the_text_and_shows_where_it_is(open_page):
    page = open_page("")
    page.keyboard.press("Tab")
    skip = page.locator("#pst-skip-link a")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("""() => {
            const {outlineStyle, outlineWidth} = getComputedStyle(document.activeElement);
            return [outlineStyle, parseFloat(outlineWidth), document.activeElement.outerHTML.slice(0, 120)];
        }""")
        assert outline[0] == "solid" and outline[1] >= 2, outline
    skip.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main-content$"))


def test_theme_can_be_chosen(open_page):
    page = open_page("")
    button = page.locator(".theme-switch-button").first
    seen = set()
    for _ in range(3):
        button.click()
        seen.add(page.locator("html").get_attribute("data-theme"))
    assert seen == {"light", "dark"}


STEPPED = [name for name in PAGES if soup(SITE / name).select("fieldset.stepper")]


def test_the_steppers_are_where_they_should_be():
    assert STEPPED == ["chapters/conv/matrix.html"]


@pytest.mark.parametrize("name", STEPPED)
def test_arrow_keys_walk_through_the_frames_of_a_stepper(name, open_page):
    page = open_page(name)
    for stepper in page.locator("fieldset.stepper").all():
        frames, seen = stepper.locator(".frame").all(), []
        stepper.locator("input").first.focus()
        for _ in frames:
            seen.append([frame.is_visible() for frame in frames])
            page.keyboard.press("ArrowRight")
        assert len(frames) > 2 and seen == [[k == step for k in range(len(frames))] for step in range(len(frames))]


def test_the_map_shows_every_chapter_and_each_matrix_with_its_transpose():
    page = SITE / "index.html"
    drawn = soup(page).select_one(".book-map")
    linked = [(page.parent / a["href"]).resolve() for a in drawn.select("a")]
    assert linked == [(SITE / f"{name}.html").resolve() for name in NOTEBOOKS]
    pairs = drawn.select(".map-pair")
    for pair in pairs:
        entries, turned = ({(mark["x"], mark["y"], *mark["class"], mark["fill-opacity"]) for mark in svg.select("[x]")}
                           for svg in pair.select("svg"))
        assert len(entries) > 10 and {(y, x, *rest) for x, y, *rest in entries} == turned
    parts = {name.split("/")[1] for name in NOTEBOOKS} & {"crop", "tv", "conv", "resample"}
    assert len(pairs) == len(drawn.select(".map-part")) == len(parts)


def test_a_reference_shows_its_equation_on_hover_and_on_focus(open_page):
    page = open_page("chapters/linear/images.html")
    link = page.locator("article a[href*='#equation-'].reference:visible").first
    link.hover()
    expect(page.locator(".preview .katex-display")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".preview")).to_be_hidden()
    link.focus()
    expect(page.locator(".preview .katex-display")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_a_script_the_page_has_its_theme_and_its_folds(browser, address, theme):
    context = browser.new_context(color_scheme=theme, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/chapters/linear/images.html")
    paper = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--pst-color-text-base')")
    assert paper.strip() == {"light": "#1d2126", "dark": "#d9dde2"}[theme]
    solution = page.locator("details.solution").first
    solution.locator("summary").click()
    assert solution.evaluate("element => element.open")
    context.close()


def test_a_link_to_a_solution_opens_it(open_page):
    page = open_page("chapters/linear/images.html")
    fold = page.locator("details.solution").first
    page.goto(f"{page.url}#{fold.get_attribute('id')}")
    assert fold.evaluate("element => element.open")


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_folds_are_named_by_their_words(name):
    tags = soup(SITE / name)
    ids = [tag["id"] for tag in tags.find_all(id=True)]
    assert len(ids) == len(set(ids)) and not [one for one in ids if "/" in one]
    for fold in tags.select("article summary"):
        assert fold.get_text().strip() and not fold.get("aria-label")
    for exercise in tags.select("div.exercise"):
        assert exercise.select_one(f"a.headerlink[href='#{exercise['id']}']")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_loads_one_stylesheet_and_one_script_that_nothing_waits_for(name):
    page = soup(SITE / f"{name}.html")
    assert [Path(tag["href"]).name for tag in page.select("link[rel=stylesheet]")] == ["book.css"]
    scripts = page.select("script[src]")
    assert [Path(tag["src"]).name for tag in scripts] == ["book.js"] and all(tag.has_attr("defer") for tag in scripts)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_figure_is_drawn_on_the_page_and_its_photographs_come_when_they_are_seen(name):
    page = SITE / f"{name}.html"
    figures = soup(page).select("article .cell_output .drawn")
    stored = [out for cell in nbformat.read(book.ROOT / f"{name}.ipynb", 4).cells for out in cell.get("outputs", [])
              if "image/png" in out.get("data", {})]
    assert [figure["aria-label"] for figure in figures] == [out.data["text/plain"] for out in stored]
    for figure in figures:
        assert [svg["class"] for svg in figure.select("svg")] == [["wide"], ["narrow"]]
        for image in figure.select("img"):
            assert image["loading"] == "lazy" and int(image["width"]) * int(image["height"]) > 0
            assert (page.parent / image["src"]).exists()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_letters_and_lines_of_a_figure_have_the_colours_of_the_page(open_page, theme):
    page = open_page("chapters/linear/images.html", theme)
    drawn = page.locator(".drawn .wide text").first
    assert drawn.evaluate("""text => getComputedStyle(text).fill == getComputedStyle(document.body).color
                             && getComputedStyle(text).fontFamily.includes('Source Sans 3')""")
    blue = page.locator(".drawn .wide .stroke-blue").first.evaluate("line => getComputedStyle(line).stroke")
    assert blue == {"light": "rgb(0, 114, 178)", "dark": "rgb(61, 155, 217)"}[theme]
