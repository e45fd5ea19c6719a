// Everything that a page does with a script. Without it the page reads the same.
const page = document.documentElement.dataset;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// The theme: that of the system, or the one that the reader has chosen.
const dark = matchMedia("(prefers-color-scheme: dark)");
const themeOf = (mode) => mode != "auto" ? mode : dark.matches ? "dark" : "light";
function choose(mode) {
  page.mode = mode;
  page.theme = themeOf(mode);
  try { localStorage.setItem("mode", mode); } catch {}
}
dark.addEventListener("change", () => choose(page.mode));
for (const button of all(".theme-switch-button")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const modes = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    choose(modes[(modes.indexOf(page.mode) + 1) % 3]);
  });
}

// The columns at the sides, which a narrow window hides behind checkboxes: a label that the keyboard reaches is a button.
for (const label of all("label.btn")) {
  const box = document.getElementById(label.htmlFor), button = document.createElement("button");
  Object.assign(button, { type: "button", className: label.className, title: label.title, ariaLabel: label.title });
  const say = () => { button.ariaExpanded = box.checked; };
  button.append(...label.childNodes);
  button.addEventListener("click", () => box.click());
  box.addEventListener("change", say);
  say();
  label.replaceWith(button);
}
addEventListener("keydown", (event) => {
  if (event.key == "Escape") all("input.sidebar-toggle:checked").forEach((box) => innerWidth < 1200 && box.click());
  if (event.key == "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
    const field = all(".bd-search input").find((input) => input.offsetParent);
    event.preventDefault();
    field ? (field.focus(), field.select()) : location.assign(document.querySelector("a.search-button").href);
  }
});
for (const link of all(".bd-sidebar-secondary a")) {
  link.addEventListener("click", () => { document.getElementById("pst-secondary-sidebar-checkbox").checked = false; });
}

// Where in the page the reader is: the last heading that has passed the upper edge.
const entries = all(".bd-toc-nav a").map((link) => [link, document.getElementById(decodeURIComponent(link.hash.slice(1)))])
  .filter(([, section]) => section);
let drawn = 0;
function follow() {
  drawn = 0;
  document.body.classList.toggle("scrolled", scrollY > 8);
  const here = entries.filter(([, section]) => section.getBoundingClientRect().top < 120).pop();
  for (const [link] of entries) link.classList.toggle("active", here?.[0] == link);
}
addEventListener("scroll", () => { drawn ||= requestAnimationFrame(follow); }, { passive: true });

// Code can be copied: examples without their prompts.
for (const block of all("article .highlight > pre")) {
  if (block.closest(".cell_output, .output, #questions-people-ask")) continue; // a hundred buttons in one page
  const button = document.createElement("button");
  button.className = "copybtn";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const lines = block.textContent.trimEnd().split("\n");
    const typed = lines.filter((line) => /^(>>>|\.\.\.) ?/.test(line)).map((line) => line.slice(4));
    await navigator.clipboard.writeText((lines[0].startsWith(">>>") ? typed : lines).join("\n"));
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  block.parentElement.append(button);
}

// What scrolls sideways must be reachable by keyboard: a wide equation, table or output becomes a tab stop
// while it is wider than its place, and only then. To ask for a width lays out its section: a few in a turn, so that
// nobody waits for a long page; what is folded is asked when it is opened.
const wide = ".katex-display, .cell_output pre, .cell_output .output, .highlight pre, .pst-scrollable-table-container, .table-wrapper";
const whole = () => { delete page.near; };
let asking = 0;
function updateTabStops() {
  clearTimeout(asking);
  const left = all(wide).filter((element) => !element.closest("details:not([open])"));
  (function someMore() {
    const found = [], end = performance.now() + 6;
    while (left.length && performance.now() < end) {
      const element = left.shift(), part = page.near == null ? null : element.closest(".bd-article section section");
      if (part) part.style.contentVisibility = "visible";
      found.push([element, element.scrollWidth > element.clientWidth]);
    }
    for (const [element, cut] of found) cut ? element.tabIndex = 0 : element.removeAttribute("tabindex");
    if (left.length) asking = setTimeout(someMore);
    else whole();
  })();
}
addEventListener("click", (event) => { if (event.target.closest("a[href*='#']")) whole(); }, true);
addEventListener("load", updateTabStops);
addEventListener("resize", updateTabStops);
document.fonts?.ready.then(updateTabStops);
document.addEventListener("toggle", updateTabStops, true);

// What is folded is printed, black on white.
let opened = [], shown = "light";
addEventListener("beforeprint", () => {
  opened = all("article details:not([open])");
  opened.forEach((fold) => { fold.open = true; });
  shown = page.theme;
  page.theme = "light";
});
addEventListener("afterprint", () => { opened.forEach((fold) => { fold.open = false; }); page.theme = shown; });

// A link to what is folded opens it.
function unfold() {
  whole();
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (target?.closest("details")) target.scrollIntoView();
}
addEventListener("hashchange", unfold);
if (location.hash) unfold();

// A reference to an equation or a figure shows it, on hover and on focus; from a file, browsers allow that on one page.
const preview = Object.assign(document.createElement("div"), { className: "preview", hidden: true, ariaHidden: "true" });
document.body.append(preview);
const others = new Map();
async function pageOf(link) {
  const address = link.href.split("#")[0];
  if (address == location.href.split("#")[0]) return document;
  if (!others.has(address)) {
    others.set(address, fetch(address).then((answer) => answer.text())
      .then((text) => new DOMParser().parseFromString(text, "text/html")).catch(() => null));
  }
  return others.get(address);
}
let asked = null;
async function showPreview(link) {
  asked = link;
  const target = (await pageOf(link))?.getElementById(decodeURIComponent(link.hash.slice(1)));
  const shown = target?.closest("figure") ?? target?.querySelector("figure") ?? target;
  if (asked != link || !shown) return;
  const copy = shown.cloneNode(true);
  for (const element of all("[id]", copy)) element.removeAttribute("id");
  copy.removeAttribute("id");
  for (const image of all("img", copy)) image.src = new URL(image.getAttribute("src"), link.href);
  preview.replaceChildren(copy);
  preview.hidden = false;
  const place = link.getBoundingClientRect(), { width, height } = preview.getBoundingClientRect();
  preview.style.left = `${scrollX + Math.max(8, Math.min(place.left, document.documentElement.clientWidth - width - 16))}px`;
  preview.style.top = `${scrollY + (place.bottom + height + 12 < innerHeight || place.top < height + 12 ? place.bottom + 6 : place.top - height - 6)}px`;
}
function hidePreview() { asked = null; preview.hidden = true; }
for (const link of all("article a[href*='#equation-'], article a[href*='#fig-']")) {
  if (link.classList.contains("headerlink")) continue;
  link.addEventListener("mouseenter", () => showPreview(link));
  link.addEventListener("focus", () => showPreview(link));
  link.addEventListener("mouseleave", hidePreview);
  link.addEventListener("blur", hidePreview);
}
addEventListener("keydown", (event) => { if (event.key == "Escape") hidePreview(); });

// Living figures: the script of each comes shortly before it comes into view, once.
const figures = new IntersectionObserver((met) => {
  for (const { target } of met.filter((one) => one.isIntersecting)) {
    figures.unobserve(target);
    const { live } = target.dataset;
    if (document.querySelector(`script[data-live="${live}"]`)) continue;
    const script = Object.assign(document.createElement("script"), { src: `${page.content_root}_static/live/${live}.js` });
    script.dataset.live = live;
    document.head.append(script);
  }
}, { rootMargin: "800px" });
for (const figure of all("article [data-live]")) figures.observe(figure);

// What asks for places comes last, after everything that moves them.
requestAnimationFrame(() => {
  const side = document.querySelector(".bd-sidebar-primary"), here = side?.querySelector("li.current > a.current");
  if (here) side.scrollTop = here.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 2;
  follow();
});
