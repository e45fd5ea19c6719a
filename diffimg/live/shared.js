// What the living figures share: the formulas of the book, written from the formulas, and a few parts of a page.
// Matrices are arrays of rows. A figure imports from here and nowhere else; see "Changing a living figure" in
// CONTRIBUTING.md.

// Numbers -------------------------------------------------------------------------------------------------------------

export const range = (n) => Array.from({ length: n }, (_, i) => i);
export const sum = (values) => values.reduce((total, value) => total + value, 0);
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const matrix = (m, n, entry) => range(m).map((i) => range(n).map((k) => entry(i, k)));
export const transpose = (A) => matrix(A[0].length, A.length, (k, i) => A[i][k]);
export const dot = (x, y) => sum(x.map((value, k) => value * y[k]));
export const apply = (A, x) => A.map((row) => dot(row, x));
export const product = (A, B) => transpose(transpose(B).map((column) => apply(A, column)));

// The hat, and the cubic of Keys with its parameter.
export const hat = (t) => Math.max(0, 1 - Math.abs(t));
export const keys = (a = -0.5) => (t) => {
  const d = Math.abs(t);
  if (d <= 1) return (a + 2) * d ** 3 - (a + 3) * d ** 2 + 1;
  return d < 2 ? a * (d ** 3 - 5 * d ** 2 + 8 * d - 4) : 0;
};

// The matrix of affine_grid for the box (x, y, x', y') in normalised corners.
export const theta = ([x, y, x2, y2]) => [[(x2 - x) / 2, 0, (x + x2) / 2], [0, (y2 - y) / 2, (y + y2) / 2]];

// Where in a row of n pixels output j of m looks, in index coordinates; the box is in edge coordinates.
export function place(j, n, m, coordinates = "half_pixel", box = [0, n]) {
  const scale = (box[1] - box[0]) / m;
  if (coordinates == "align_corners") return m > 1 ? (j * (n - 1)) / (m - 1) : 0;
  return coordinates == "asymmetric" ? j * scale : box[0] + (j + 0.5) * scale - 0.5;
}

// The pixel that is read at place p: itself, or beyond the border the one that the border names; null is a zero.
export function neighbour(p, n, border) {
  if (p >= 0 && p < n) return p;
  return { zero: null, repeat: clamp(p, 0, n - 1), wrap: ((p % n) + n) % n }[border];
}

// Resampling n pixels to m: row j holds the kernel at the distances from place j, divided by its sum. A box that is
// renormalised lies inside the image: beyond it diffimg has a rule of its own.
export function resampleMatrix(n, m, { kernel = hat, support = 1, coordinates = "half_pixel", antialias = false,
                                       box = [0, n], edge = antialias ? "renormalize" : "clamp" } = {}) {
  const wide = antialias ? Math.max(1, Math.abs(box[1] - box[0]) / m) : 1;
  return range(m).map((j) => {
    const here = place(j, n, m, coordinates, box), row = Array(n).fill(0);
    for (let p = Math.ceil(here - support * wide); p <= here + support * wide; p++) {
      if (edge == "clamp" || (p >= 0 && p < n)) row[clamp(p, 0, n - 1)] += kernel((p - here) / wide);
    }
    const total = sum(row);
    return row.map((weight) => weight / total);
  });
}

// A convolution as PyTorch means it (not mirrored): output i is the sum of w_u x_(i stride + u - padding).
export function convMatrix(kernel, n, { stride = 1, padding = 0, border = "zero" } = {}) {
  const m = Math.floor((n + 2 * padding - kernel.length) / stride) + 1;
  return range(m).map((i) => {
    const row = Array(n).fill(0);
    kernel.forEach((weight, u) => {
      const p = neighbour(i * stride + u - padding, n, border);
      if (p !== null) row[p] += weight;
    });
    return row;
  });
}

// A transposed convolution, by stamping: pixel (r, c) adds itself times the kernel at (r stride, c stride) - padding.
export function stamp(image, kernel, { stride = 1, padding = 0, outputPadding = 0 } = {}) {
  const size = (n, k) => (n - 1) * stride - 2 * padding + k + outputPadding;
  const out = matrix(size(image.length, kernel.length), size(image[0].length, kernel[0].length), () => 0);
  image.forEach((row, r) => row.forEach((value, c) => kernel.forEach((weights, u) => weights.forEach((weight, v) => {
    const i = r * stride + u - padding, k = c * stride + v - padding;
    if (out[i]?.[k] !== undefined) out[i][k] += value * weight;
  }))));
  return out;
}

// Numbers of a normal distribution that are the same on every machine: Mulberry32, then Box and Muller.
export function normals(count, seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return range(count).map(() => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()));
}

// Numbers as the book sets them: a true minus, no minus before a zero.
export function fixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) ? `−${text}` : text;
}
// in a small square: four signs, and the sign
export const short = (value) => Number.isInteger(value) ? fixed(value, 0)
  : fixed(value, Math.abs(value) < 9.995 ? 2 : Math.abs(value) < 99.95 ? 1 : 0);
// in a sentence: as many digits as it needs, four at most
export const plain = (value) => fixed(value, 4).replace(/\.?0+$/, "");
// what a reader types: 0.25, -1, −1, 1/4; NaN for anything else
export function typed(text) {
  const [top, below = "1", ...more] = text.trim().replaceAll("−", "-").replace(",", ".").split("/");
  return more.length || !top.trim() || !below.trim() ? NaN : Number(top) / Number(below);
}

// Parts of a page -----------------------------------------------------------------------------------------------------

// An element: h("td", { class: "cell", onclick }, "text", child). SVG elements by the same rule, from svg.
const make = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null));
  return element;
};
export const h = (tag, attributes = {}, ...children) => make(document.createElement(tag), attributes, children);
export const svg = (tag, attributes = {}, ...children) =>
  make(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// A choice from a list: options are [value, words]. Its element has a method `offer`, which changes the list.
export function choice(label, options, chosen, change) {
  const list = h("select", { onchange: () => change(list.value) });
  const field = h("label", { class: "choice" }, h("span", {}, label), list);
  field.offer = (entries, value) => {
    list.replaceChildren(...entries.map(([name, words]) => h("option", { value: name }, words)));
    list.value = value;
  };
  field.offer(options, chosen);
  return field;
}

// A few words of which one is chosen: radio buttons, so that the arrow keys walk through them.
let groups = 0;
export function words(label, options, chosen, change) {
  const name = `words-${++groups}`;
  return h("fieldset", { class: "words" }, h("legend", {}, label), options.map(([value, text]) => h("label", {},
    h("input", { type: "radio", name, value, checked: value == chosen, onchange: () => change(value) }),
    h("span", {}, text))));
}

// A number that is typed. What cannot be read is marked, and changes nothing.
export function number(label, value, change, { low = -Infinity, high = Infinity } = {}) {
  return h("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": label, value,
    oninput: ({ target }) => {
      const found = typed(target.value), good = found >= low && found <= high;
      target.setAttribute("aria-invalid", !good);
      if (good) change(found);
    } });
}

// A number that is pushed: a range, with its value in words beside it.
export function slider(label, { low, high, step, value, write = plain }, change) {
  const shown = h("output", {}, write(value));
  const input = h("input", { type: "range", min: low, max: high, step, value, "aria-valuetext": write(value),
    oninput: () => {
      shown.textContent = write(+input.value);
      input.setAttribute("aria-valuetext", write(+input.value));
      change(+input.value);
    } });
  return h("label", { class: "slider" }, h("span", {}, label), input, shown);
}

// Cells with data-r and data-c that are pointed at: by the mouse, a finger, or the arrow keys from one to the next.
export function pointable(table, point) {
  const at = (r, c) => table.querySelector(`[data-r="${r}"][data-c="${c}"]`);
  const cell = (event) => event.target.closest("[data-r]");
  const take = (one) => one && point(+one.dataset.r, +one.dataset.c);
  table.addEventListener("pointerover", (event) => take(cell(event)));
  table.addEventListener("click", (event) => cell(event)?.focus());
  table.addEventListener("focusin", (event) => {
    table.querySelectorAll("[tabindex='0']").forEach((one) => { one.tabIndex = -1; });
    cell(event).tabIndex = 0;
    take(cell(event));
  });
  table.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    const { r, c } = cell(event).dataset;
    event.preventDefault();
    at(+r + step[0], +c + step[1])?.focus();
  });
}

// A figure: it takes the place of its fallback once it is built, follows its width, and says what has changed.
// A subclass has a title, may have a style, and writes build() (once; returns its elements), draw() (after a change)
// and fit(width). Its data are the attributes data-...
export class Figure extends HTMLElement {
  connectedCallback() {
    if (!this.shadowRoot) this.begin();
    this.watch.observe(this);
  }

  disconnectedCallback() { this.watch.disconnect(); }

  begin() {
    const { live, lmSuppressShortcuts, ...data } = this.dataset;
    this.data = Object.fromEntries(Object.entries(data).map(([name, text]) => [name, JSON.parse(text)]));
    this.spoken = h("p", { class: "spoken", "aria-live": "polite" });
    this.body = h("div", { class: "figure", role: "group", "aria-label": this.constructor.title },
      ...this.build(), this.spoken);
    this.draw();
    const style = h("style", {}, STYLE + (this.constructor.style ?? ""));
    this.attachShadow({ mode: "open" }).append(style, this.body, h("div", { class: "fallback" }, h("slot")));
    this.watch = new ResizeObserver(() => { this.tint(); this.fit(this.body.clientWidth); });
  }

  fit() {}

  // outside of the site nothing says whether the page is dark, but its letters
  tint() {
    const [r, g, b] = getComputedStyle(this).color.match(/[\d.]+/g);
    this.body.classList.toggle("dark", +r + +g + +b > 384);
  }

  // read aloud, once nothing has changed for a while
  say(text) {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => { this.spoken.textContent = text; }, 600);
  }
}

export function define(name, figure) {
  if (!customElements.get(name)) customElements.define(name, figure);
}

// The letters and colours of the page, where it has any; what stands behind the comma is for notebooks.
const STYLE = `
:host { display: block; }
.fallback { display: none; }
.figure {
  --plus: var(--f-blue, #0072b2); --minus: var(--f-orange, #e69f00); --mark: var(--accent, #0067a3);
  --soft: color-mix(in srgb, currentColor 72%, transparent); --line: color-mix(in srgb, currentColor 16%, transparent);
  font: 400 15.5px/1.45 var(--sans, system-ui, sans-serif); font-variant-numeric: tabular-nums lining-nums;
  color: var(--pst-color-text-base, inherit); text-align: left; container-type: inline-size;
}
.figure.dark { --plus: var(--f-blue, #3d9bd9); --minus: var(--f-orange, #eeb03a); --mark: var(--accent, #6fc1ef); }
@media print { .figure { display: none !important; } .fallback { display: block; } }
.spoken { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); }
p { margin: 0; }
:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; border-radius: 2px; }
label > span, legend { color: var(--soft); }
select, input, button, output { font: inherit; color: inherit; }
.choice { display: inline-flex; align-items: baseline; gap: .5em; position: relative; }
select {
  appearance: none; border: 0; border-bottom: 1px solid var(--soft); border-radius: 0; background: none; cursor: pointer;
  padding: 1px 1.2em 1px 0; min-height: 26px; max-width: 100%;
}
.choice::after { content: "▾" / ""; position: absolute; right: .1em; bottom: 2px; color: var(--soft); pointer-events: none; }
option { color: #1d2126; background: #fff; }
.words { display: inline-flex; flex-wrap: wrap; align-items: baseline; gap: 0 .9em; border: 0; margin: 0; padding: 0; min-width: 0; }
.words legend { float: left; padding: 0; }
.words label { position: relative; cursor: pointer; line-height: 26px; }
.words label > span { padding: 1px; border-bottom: 1px solid transparent; }
.words input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: inherit; }
.words :checked + span { color: inherit; border-color: currentColor; }
.words :focus-visible + span { outline: 2px solid var(--mark); outline-offset: 2px; border-radius: 2px; }
.words:disabled { opacity: .45; } .words:disabled label { cursor: default; }
input[type=text] {
  width: 3.2em; min-height: 26px; box-sizing: border-box; padding: 0 .2em; text-align: center; background: none;
  border: 0; border-bottom: 1px solid var(--soft); border-radius: 0;
}
input[aria-invalid=true] { border-bottom: 2px solid var(--warm, #a34400); }
.slider { display: inline-flex; align-items: center; gap: .6em; }
.slider input { accent-color: var(--mark); min-width: 0; }
button {
  padding: 1px 0; min-height: 26px; border: 0; border-bottom: 1px solid var(--mark); background: none; cursor: pointer;
  color: var(--mark);
}
`;
