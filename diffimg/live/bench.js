// The bench of the transposed convolution: the stamp of an input, what an output gathers, what is cut of the full
// result, and which sizes the forward convolution shrinks to the one that goes in.

import { Figure, clamp, define, dot, h, matrix, number, plain, pointable, range, words } from "./shared.js";

const CHOICES = [["m", "inputs m", 2, 5], ["k", "kernel k", 1, 5], ["s", "stride s", 1, 3], ["p", "padding p", 0, 4],
  ["d", "dilation d", 1, 2], ["a", "output_padding a", 0, 2]];
const RULES = [["torch", "PyTorch"], ["same", "SAME"]];
const CELL = 21;  // pixels of a place in the strip

// The formulas --------------------------------------------------------------------------------------------------------

const reach = ({ k, d }) => d * (k - 1) + 1;

// The transposed matrix before anything is cut: place j and input o meet at the weight u where j = s o + d u, or nowhere.
const stamps = (state) => matrix(state.s * (state.m - 1) + reach(state), state.m,
  (j, o) => state.w[(j - state.s * o) / state.d] ?? null);

// What is kept of the full result: n numbers, from place `from` on.
function kept(state) {
  const { rule, m, s, p, a } = state;
  if (rule == "same") return { from: Math.floor(Math.max(reach(state) - s, 0) / 2), n: s * m };
  return { from: p, n: (m - 1) * s - 2 * p + reach(state) + a };
}

// How many numbers the forward convolution makes of n pixels; 0 where its kernel does not fit.
function forward(state, n) {
  const { rule, s, p } = state, room = n + 2 * p - reach(state);
  return rule == "same" ? Math.ceil(n / s) : room < 0 ? 0 : Math.floor(room / s) + 1;
}

function refusal({ rule, s, d, a, p }, full, n) {
  if (rule == "same") return null;
  const limit = Math.max(s, d);
  if (a >= limit) return `PyTorch refuses: output_padding has to be below stride or dilation, here below ${limit}.`;
  const back = a ? ` and ${a} handed back` : "";
  return n < 1 ? `PyTorch refuses: of ${full} places ${2 * p} are cut${back}, so nothing is left.` : null;
}

// PyTorch's padding and output_padding that keep what SAME keeps; null where there are none.
function likeSame(state) {
  const beyond = reach(state) - state.s;
  return beyond < 0 ? [0, -beyond] : beyond % 2 ? null : [beyond / 2, 0];
}

// The figure ----------------------------------------------------------------------------------------------------------

class Bench extends Figure {
  static title = "Bench of the transposed convolution";

  build() {
    const { input, kernel } = this.data;
    this.state = { m: input.length, k: kernel.length, s: 2, p: 1, d: 1, a: 0, rule: "torch", o: 1, j: 2,
      w: range(5).map((u) => kernel[u] ?? u + 1), y: range(5).map((o) => input[o] ?? o + input[0]) };
    this.all = { y: this.state.y, w: this.state.w };
    this.choices = Object.fromEntries(CHOICES.map(([name, label, low, high]) => [name, words(label,
      range(high - low + 1).map((k) => [low + k, low + k]), this.state[name], (value) => this.change({ [name]: +value }))]));
    this.weights = h("div", { class: "weights", role: "group", "aria-label": "Weights of the kernel" });
    this.head = h("tr");
    this.rows = h("tbody");
    this.grid = h("table", { role: "grid", "aria-label": "The matrix Cᵀ, the inputs above it and the full result beside it" },
      h("thead", {}, this.head), this.rows);
    pointable(this.rows, (j, o) => this.point(j, o));
    this.size = h("div", { class: "size" });
    this.sizes = h("p", { class: "sizes" });
    this.stamp = h("p", { class: "stamp" });
    this.gather = h("p", { class: "gather" });
    this.strip = h("div", { class: "strip", role: "img" });
    for (const name of ["pointerdown", "pointermove"]) this.strip.addEventListener(name, (event) => this.drag(event));
    const { m, k, s, p, d, a } = this.choices;
    return [h("div", { class: "left" }, m, k, this.weights, s, d,
      words("cut by", RULES, "torch", (rule) => this.change({ rule })), p, a, this.size, this.sizes),
    h("div", { class: "right" }, this.grid), h("div", { class: "below" }, this.stamp, this.gather, this.strip)];
  }

  // What a reader changes ---------------------------------------------------------------------------------------------

  change(what) {
    Object.assign(this.state, what);
    this.draw();
  }

  // whole numbers, which the arrow keys count up and down
  field(label, list, place, focus) {
    const take = (value) => {
      field.setAttribute("aria-invalid", !Number.isInteger(value));
      if (!Number.isInteger(value)) return;
      this.all[list] = this.all[list].with(place, value);
      this.draw();
    };
    const field = number(label, plain(this.all[list][place]), take, { low: -9, high: 9 });
    field.addEventListener("keydown", (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      field.value = plain(clamp(this.all[list][place] + step, -9, 9));
      field.dispatchEvent(new Event("input"));
    });
    field.addEventListener("focus", () => focus?.());
    return field;
  }

  point(j, o) {
    if (j !== null) this.state.j = j;
    if (o !== null && o < this.state.m) this.state.o = o;
    this.light();
  }

  // the window is pushed along the strip
  drag(event) {
    const cell = event.buttons && this.shadowRoot.elementFromPoint(event.clientX, event.clientY)?.closest("[data-t]");
    if (!cell || this.refused) return;
    if (event.type == "pointerdown") this.strip.setPointerCapture(event.pointerId);
    const i = clamp(+cell.dataset.t - Math.floor(reach(this.state) / 2), 0, this.n - 1);
    this.point(i + this.from, null);
  }

  // What it shows -----------------------------------------------------------------------------------------------------

  draw() {
    const { state } = this, { m, k } = state;
    Object.assign(state, { y: this.all.y.slice(0, m), w: this.all.w.slice(0, k) });
    this.full = stamps(state);
    Object.assign(this, kept(state));
    this.refused = refusal(state, this.full.length, this.n);
    const more = this.refused ? 0 : Math.max(0, this.from + this.n - this.full.length);
    this.places = this.full.concat(matrix(more, m, () => null));
    state.j = Math.min(state.j, this.places.length - 1);
    state.o = Math.min(state.o, m - 1);
    this.choices.p.disabled = this.choices.a.disabled = state.rule == "same";
    if (this.weights.childElementCount != k + 1) {
      this.weights.replaceChildren(h("span", {}, "weights w"), ...range(k).map((u) => this.field(`Weight ${u}`, "w", u)));
    }
    if (this.head.childElementCount != m + 2) {
      this.head.replaceChildren(...range(m).map((o) => h("th", { scope: "col", onpointerover: () => this.point(null, o) },
        h("small", {}, o), this.field(`Input ${o}`, "y", o, () => this.point(null, o)))),
      h("th", { scope: "col", class: "result" }, "full", h("br"), "result"), h("th", { scope: "col" }, "output"));
    }
    this.rows.replaceChildren(...this.places.map((row, j) => this.row(row, j)));
    this.measure();
    this.light();
  }

  keeps(j) { return !this.refused && j >= this.from && j < this.from + this.n; }

  // what happens to a place of the full result
  fate(j) {
    const { state: { rule, a }, from, n } = this;
    if (this.refused) return "";
    if (!this.keeps(j)) return "cut";
    if (j >= this.full.length) return "0, no stamp";
    return rule == "torch" && j >= from + n - a ? "handed back" : "";
  }

  value(j) { return dot(this.places[j], this.state.y); }

  row(weights, j) {
    const largest = Math.max(...this.state.w.map(Math.abs)) || 1, i = j - this.from, end = this.from + this.n - 1;
    const place = (o, label) => ({ role: "gridcell", "data-r": j, "data-c": o, tabindex: j || o ? -1 : 0, "aria-label": label });
    const name = this.keeps(j) ? `output ${i}` : `place ${j}`;
    const edge = `${this.keeps(j) && !i ? " first" : ""}${this.keeps(j) && j == end ? " last" : ""}`;
    return h("tr", { class: (this.keeps(j) || this.refused ? "kept" : "lost") + edge },
      weights.map((weight, o) => h("td", { class: `entry ${weight < 0 ? "minus" : weight > 0 ? "plus" : ""}`,
        style: `--share:${10 + 44 * Math.abs(weight ?? 0) / largest}%`,
        ...place(o, `${name}, input ${o}: ${plain(weight ?? 0)}`) }, weight === null ? "" : plain(weight))),
      h("td", { class: "result", ...place(weights.length, `${name}: ${plain(this.value(j))}`) },
        h("span", {}, plain(this.value(j)))),
      h("td", { class: "fate" }, this.keeps(j) ? h("b", {}, i) : "", this.fate(j) && ` ${this.fate(j)}`));
  }

  // the formula of the size with the numbers under its letters, and the sizes of the forward convolution
  measure() {
    const { state, from, n } = this, { rule, m, k, s, p, d, a } = state, sign = (text) => [text, text];
    const terms = (pairs) => h("table", { class: "terms", role: "presentation" }, [0, 1].map((line) => h("tr", {},
      pairs.map((pair) => h("td", {}, line ? `${pair[1]}`.replace("-", "−") : h("i", {}, pair[0]))))));
    const [equal, plus, minus] = ["=", "+", "−"].map(sign);
    this.size.replaceChildren(...(rule == "same"
      ? [terms([["n", n], equal, ["s m", `${s} · ${m}`]]),
        terms([["c", from], equal, ["⌊max(d(k − 1) + 1 − s, 0) ∕ 2⌋", `⌊max(${reach(state)} − ${s}, 0) ∕ 2⌋`]])]
      : [terms([["n", n], equal, ["(m − 1)s", `${m - 1} · ${s}`], minus, ["2p", `2 · ${p}`], plus,
        ["d(k − 1)", `${d} · ${k - 1}`], plus, ["1", 1], plus, ["a", a]])]));
    this.sizes.classList.toggle("refused", !!this.refused);
    this.sizes.replaceChildren(...(this.refused ? [this.refused] : this.shrinks()));
  }

  shrinks() {
    const { state, n, state: { rule, m } } = this;
    const found = range(60).slice(1).filter((size) => forward(state, size) == m), first = this.n - state.a;
    if (rule == "same") {
      const pair = likeSame(state);
      return [`Kept from place c on. Forward, SAME shrinks ${list(found)} to ${m}; back, it takes the largest. `,
        pair ? `PyTorch cuts alike with padding ${pair[0]}, output_padding ${pair[1]}.`
          : "No padding of PyTorch cuts alike."];
    }
    const told = found.map((size) => h(size == n ? "b" : "span", {}, `${size} (a = ${size - first})`));
    return [`The convolution with these s, p, d and k shrinks `, ...told.flatMap((one, at) => [joint(at, told.length), one]),
      ` to ${m}.`, found.includes(n) ? "" : ` It shrinks ${n} to ${forward(state, n)}: a is not below s.`];
  }

  light() {
    const { j, o, m } = this.state;
    for (const cell of this.rows.querySelectorAll("[data-r]")) {
      const r = +cell.dataset.r, c = +cell.dataset.c;
      cell.classList.toggle("lit", r === j || c === o);
      cell.classList.toggle("here", (r === j && c === m) || (r === j && c === o));
    }
    range(m).forEach((c) => this.head.children[c].classList.toggle("lit", c === o));
    this.stamp.textContent = this.readStamp();
    this.gather.textContent = this.readGather();
    this.slide();
    this.say(`${this.stamp.textContent} ${this.gather.textContent} ${this.refused ?? `${this.n} outputs.`} ${
      this.sizes.textContent}`);
  }

  readStamp() {
    const { o, m, s, d, w, y } = this.state, at = w.map((_, u) => s * o + d * u);
    const inside = at.filter((j) => this.keeps(j)).map((j) => j - this.from), lost = at.length - inside.length;
    const text = `Input ${o} stamps ${plain(y[o])} · ${bracket(w)} = ${bracket(w.map((weight) => weight * y[o]))}`;
    if (this.refused) return `${text} onto the full result, at place${at.length > 1 ? "s" : ""} ${list(at)}.`;
    const where = inside.length ? ` onto output${inside.length > 1 ? "s" : ""} ${list(inside)}` : "";
    return `${text}${where}${lost ? `${where && ","} ${lost} of it cut` : ""}: column ${o} of Cᵀ.`;
  }

  readGather() {
    const { j, m, y } = this.state, row = this.places[j], met = range(m).filter((o) => row[o] !== null);
    const total = met.length ? `${met.map((o) => `${factor(row[o])} · ${factor(y[o])}`).join(" + ")} = ${plain(this.value(j))}` : "nothing: 0";
    if (!this.keeps(j)) return `Place ${j} of the full result gathers ${total}${this.refused ? "" : ", and is cut"}.`;
    return `Output ${j - this.from} gathers ${total}: row ${j - this.from} of Cᵀ, the kernel backwards over inserted zeros:`;
  }

  // the inputs with zeros between and around them, and under them the kernel from its other end, where it meets output i
  slide() {
    const { j, k, m, s, d, w, y } = this.state, i = j - this.from, q = reach(this.state) - 1 - this.from;
    const length = this.refused ? 0 : this.n + reach(this.state) - 1, fits = Math.min(length, Math.floor((this.width ?? 600) / CELL));
    const start = clamp(Math.round(i + reach(this.state) / 2 - fits / 2), 0, length - fits);
    this.strip.replaceChildren(...range(fits).map((place) => {
      const t = start + place, o = (t - q) / s, u = (t - i) / d, given = Number.isInteger(o) && o >= 0 && o < m;
      const weight = this.keeps(j) ? w[k - 1 - u] : undefined;
      const kind = given ? "given" : t > q && t < q + (m - 1) * s ? "between" : "around";
      return h("span", { "data-t": t, class: `${kind}${weight === undefined ? "" : " met"}` },
        h("span", {}, given ? plain(y[o]) : "0"), h("span", {}, weight === undefined ? "" : plain(weight)));
    }));
    this.strip.setAttribute("aria-label", `Inputs with inserted zeros. ${this.keeps(j)
      ? `Output ${i} meets them with the weights ${list(w.toReversed().map(plain))}.` : ""}`);
  }

  fit(width) {
    this.width = width;
    this.body.classList.toggle("stacked", width < 604);
    this.slide();
  }

  static style = `
    .figure { display: grid; grid-template-columns: minmax(0, 1fr) 322px; gap: 1em 1.2em; }
    .figure.stacked { grid-template-columns: minmax(0, 1fr); }
    .left { display: grid; align-content: start; justify-items: start; min-width: 0; }
    .below { grid-column: 1 / -1; display: grid; gap: .2em; } .stacked .below { grid-column: auto; }
    .words legend, .weights > span { width: 7.9em; color: var(--soft); } .words { gap: 0 .9em; }
    .words label { min-width: .8em; text-align: center; }
    .weights { display: flex; gap: .25em; align-items: baseline; } .weights input { width: 1.7em; }
    .size { display: flex; gap: 0 1em; margin-top: .7em; }
    table { border-collapse: separate; border-spacing: 0; line-height: 1.3; }
    .terms td { padding: 0 .14em; text-align: center; white-space: nowrap; } .terms td:first-child { padding-left: 0; }
    .sizes { min-height: 5.8em; } .stacked .sizes { min-height: 4.4em; } .stacked :is(.stamp, .gather) { min-height: 2.9em; } .sizes > * { white-space: nowrap; } .sizes b { font-weight: 600; } .refused { color: var(--warm, inherit); }
    .right table { font-size: 13px; line-height: 1; }
    .right th { font-weight: 400; font-size: 12px; color: var(--soft); vertical-align: bottom; padding: 0 0 6px; text-align: left; }
    .right th small { display: block; font-size: 11px; text-align: center; } .right th input { display: block; width: 32px; margin: auto; font-size: 15px; color: var(--pst-color-text-base, inherit); }
    .right th.lit input { border-bottom: 2px solid var(--mark); } .right th:last-child { padding-left: .6em; } .right th.result { padding: 0 .3em 6px .7em; text-align: right; line-height: 1.15; }
    .right td { box-sizing: border-box; height: 22px; padding: 0; cursor: default; }
    .entry { width: 34px; text-align: center; border: .5px solid var(--line); color: var(--soft); background: var(--tint, none); }
    .plus { --tint: color-mix(in srgb, var(--plus) calc(var(--fade, 1) * var(--share)), transparent); }
    .minus { --tint: color-mix(in srgb, var(--minus) calc(var(--fade, 1) * var(--share)), transparent); }
    td.entry:not(.lit) { --fade: .6; }
    td.entry.lit { color: inherit; --over: color-mix(in srgb, var(--mark) 9%, transparent); background: linear-gradient(var(--over), var(--over)), var(--tint, none); }
    td.entry.here { box-shadow: inset 0 0 0 2px var(--mark); }
    .right td.result { text-align: right; padding-right: .3em; min-width: 2.6em; } .result.here > span { border-bottom: 2px solid var(--mark); }
    .fate { padding-left: .5em !important; color: var(--soft); white-space: nowrap; } .fate b { display: inline-block; min-width: 1.3em; font-weight: 400; color: var(--pst-color-text-base, inherit); }
    .first td { border-top: 2px solid currentColor; } .last td { border-bottom: 2px solid currentColor; } td.fate { border-color: transparent !important; }
    .lost .entry { --fade: .25; } .lost .result { color: var(--soft); text-decoration: line-through; }
    .strip { display: flex; min-height: 48px; touch-action: pan-y; cursor: ew-resize; user-select: none; font-size: 13px; }
    .strip > span { width: ${CELL}px; text-align: center; }
    .strip > span > span { display: block; height: 22px; line-height: 22px; pointer-events: none; }
    .strip > span > :first-child { border-bottom: 1px solid var(--line); color: var(--soft); }
    .strip .given > :first-child { color: var(--pst-color-text-base, inherit); background: color-mix(in srgb, var(--plus) 22%, transparent); }
    .strip .around > :first-child { border-bottom-style: dotted; }
    .strip .met > :first-child { border-bottom: 2px solid var(--mark); }
    @media (prefers-reduced-motion: no-preference) { td { transition: background-color .12s, color .12s; } }`;
}

const factor = (value) => value < 0 ? `(${plain(value)})` : plain(value);
const bracket = (values) => `(${values.map(plain).join(", ")})`;
const joint = (at, length) => !at ? "" : at < length - 1 ? ", " : " and ";
const list = (all) => all.map((one, at) => joint(at, all.length) + one).join("");

define("dio-bench", Bench);
