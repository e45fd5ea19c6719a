// Where each pixel looks: a row of pixels, the place of each output on it, the kernel around that place, and the matrix
// that these make; when shrinking by an integer, beside the transpose of the enlargement.

import { Figure, apply, choice, clamp, define, dot, fixed, h, hat, keys, place, plain, pointable, range, resampleMatrix,
  short, slider, sum, svg, transpose, words } from "./shared.js";

const ROWS = { step: (i, n) => +(i >= n / 2), peak: (i, n) => +(i == Math.floor((n - 1) / 2)),
  ramp: (i, n) => i / (n - 1), alternating: (i) => i % 2 };
const NAMES = [["step", "an edge"], ["peak", "one pixel"], ["ramp", "a ramp"], ["alternating", "0 1 0 1"],
  ["own", "your own"]];
const GRIDS = [["half_pixel", "half pixel"], ["align_corners", "align corners"], ["asymmetric", "asymmetric"]];
const BESIDE = 1.5;  // pixels drawn beyond either border
const STEP = 0.05;  // of a bar that is pushed
const UNIT = 50, LEVEL = { kernel: 54, inputs: 138, axis: 160, outputs: 256, below: 274 };  // of the drawing, from above
const GAP = 22;  // between the drawing and the tables
const TIE = 1e-9;  // a place that is rounded may still lie on an edge

// The kernels, of the distance from the place to the pixel, and how far they reach --------------------------------------

const upTo = (low, high) => (t) => +(t > low + TIE && t < high + TIE);
const sinc = (t) => t ? Math.sin(Math.PI * t) / (Math.PI * t) : 1;
const lanczos3 = (t) => Math.abs(t) < 3 ? sinc(t) * sinc(t / 3) : 0;
const kernelOf = ({ kernel, grid, a }) => ({
  nearest: [grid == "asymmetric" ? upTo(-1, 0) : upTo(-0.5, 0.5), 1],
  box: [upTo(-0.5, 0.5), 0.75], linear: [hat, 1], cubic: [keys(a), 2], lanczos3: [lanczos3, 3] })[kernel];

const refusal = ({ antialias, grid, kernel }) => !antialias ? ""
  : grid == "align_corners" ? "Antialias is refused with align corners, as by resize: no widened kernel sees the end pixels alone. Shown without."
  : kernel == "nearest" ? "Antialias is refused with nearest, as by resize: a single pixel has no width. Shown without." : "";

// The row of an output that looks at x: n pixels, read by a kernel of width w. Antialiased, what lies outside is left
// out; where the place itself is outside, or the kernel meets no pixel, the nearest one takes over.
function rowAt(x, { n, ...state }, w, antialias) {
  const [kernel, support] = kernelOf(state), here = antialias ? clamp(x, -0.5, n - 0.5) : x;
  const box = [here + 0.5 - w / 2, here + 0.5 + w / 2];
  const row = resampleMatrix(n, 1, { kernel, support, antialias, box })[0];
  const over = Math.abs(x - here) / Math.max(1e-6, support * w - 0.5), end = clamp(Math.round(x), 0, n - 1);
  if (over >= 1 || !row.every(Number.isFinite)) return row.map((_, i) => +(i == end));
  return over ? row.map((weight, i) => (1 - over) * weight + over * (i == end)) : row;
}

function resampled(state) {
  const { n, m, grid } = state, antialias = state.antialias && !refusal(state), w = antialias ? Math.max(1, n / m) : 1;
  const places = range(m).map((j) => place(j, n, m, grid));
  return { places, w, antialias, W: places.map((x) => rowAt(x, state, w, antialias)) };
}

// The figure ----------------------------------------------------------------------------------------------------------

class Looks extends Figure {
  static title = "Where each pixel looks";

  build() {
    const { row, n, m, grid, kernel, antialias } = this.data;
    this.state = { row, n, m, grid, kernel, antialias, a: -0.5, j: Math.floor((m - 1) / 2), values: range(n).map((i) => ROWS[row](i, n)) };
    this.room = 700;
    this.row = choice("Row", NAMES, row, (name) => this.fill(name));
    this.a = slider("a", { low: -1.5, high: 0.5, step: 0.01, value: -0.5, write: (a) => fixed(a, 2) },
      (a) => this.change({ a }));
    this.refused = h("output", { class: "refused" });
    this.picture = svg("svg", { role: "group", "aria-label": "Drawing: a kernel, the inputs, the outputs" });
    this.layers = range(3).map(() => svg("g"));
    this.bars = svg("g", { role: "group", "aria-label": "Inputs" });
    this.outs = svg("g", { role: "listbox", "aria-label": "Outputs", "aria-orientation": "horizontal" });
    this.picture.append(this.layers[0], this.bars, this.outs, this.layers[1]);
    const grids = this.tables = range(this.data.transpose ? 2 : 1).map(() => h("table", { role: "grid" }));
    for (const one of grids) pointable(one, (j) => this.point(j));
    pointable(this.outs, (_, j) => this.point(j));
    this.range = h("output"), this.gap = h("output"), this.reading = h("p", { class: "reading" });
    const count = (label, low, high, name) => slider(label, { low, high, step: 1, value: this.state[name] },
      (value) => this.change({ [name]: value }));
    return [
      h("div", { class: "controls" }, this.row, count("Inputs", 2, 10, "n"), count("Outputs", 1, 12, "m"),
        choice("Kernel", ["nearest", "box", "linear", "cubic", "lanczos3"].map((name) => [name, name]), kernel,
          (name) => this.change({ kernel: name })),
        words("Grid", GRIDS, grid, (name) => this.change({ grid: name })),
        words("Antialias", [["", "off"], ["on", "on"]], antialias ? "on" : "", (on) => this.change({ antialias: !!on })), this.a),
      h("div", { class: "drawing" }, this.picture),
      h("div", { class: "tables" }, grids, this.data.transpose ? h("p", {}, this.gap) : null),
      h("div", { class: "words-below" }, h("p", {}, this.range, " ", this.refused), this.reading)];
  }

  // What a reader changes ---------------------------------------------------------------------------------------------

  change(what) {
    const { row, values } = Object.assign(this.state, what), { n, m, j } = this.state;
    if (values.length != n) this.state.values = range(n).map((i) => row == "own" ? values[i] ?? 0 : ROWS[row](i, n));
    this.state.j = Math.min(j, m - 1);
    this.draw();
  }

  fill(row) {
    const { n, values } = this.state;
    this.change({ row, values: row == "own" ? values : range(n).map((i) => ROWS[row](i, n)) });
  }

  push(i, value) {
    this.row.querySelector("select").value = "own";
    this.change({ row: "own", values: this.state.values.with(i, clamp(Math.round(value / STEP) * STEP, 0, 1)) });
  }

  point(j) {
    this.state.j = j;
    this.light();
  }

  bar(i) {
    const pushed = (event) => this.push(i, (LEVEL.inputs - event.clientY + this.picture.getBoundingClientRect().top) / UNIT);
    const step = { ArrowUp: STEP, ArrowRight: STEP, ArrowDown: -STEP, ArrowLeft: -STEP, PageUp: 5 * STEP,
      PageDown: -5 * STEP, Home: -1, End: 1 };
    const one = svg("g", { role: "slider", tabindex: 0, "aria-label": `input ${i}`, "aria-valuemin": 0, "aria-valuemax": 1,
      "aria-orientation": "vertical",
      onkeydown: (event) => {
        if (!step[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        this.push(i, this.state.values[i] + step[event.key]);
      },
      onpointerdown: (event) => { one.setPointerCapture(event.pointerId); pushed(event); },
      onpointermove: (event) => { if (one.hasPointerCapture(event.pointerId)) pushed(event); } });
    return one;
  }

  // What it shows -----------------------------------------------------------------------------------------------------

  draw() {
    const { state } = this, { n, m, values } = state;
    Object.assign(this, resampled(state));
    this.y = apply(this.W, values);
    this.cell = Math.min(36, Math.floor((this.stacked ? 1 : 0.57) * this.room / (n + 2.3)));
    this.body.style.setProperty("--cell", `${this.cell}px`);
    this.refused.textContent = refusal(state);
    this.a.style.visibility = state.kernel == "cubic" ? "visible" : "hidden";
    const back = this.data.transpose && n % m == 0 ? transpose(resampled({ ...state, n: m, m: n, antialias: false }).W) : null;
    this.back = back?.map((row) => row.map((weight) => weight * m / n));
    this.table(this.tables[0], this.W, this.data.transpose ? "D" : "W", this.y);
    if (this.data.transpose) this.compare(n, m);
    const [low, high] = [Math.min(...values), Math.max(...values)], [least, most] = [Math.min(...this.y), Math.max(...this.y)];
    const over = high > low ? Math.max(0, most - high, low - least) / (high - low) : 0;
    this.range.textContent = `Outputs from ${fixed(least, 3)} to ${fixed(most, 3)}`
      + (over > TIE ? `: ${fixed(100 * over, 1)} % of the contrast beyond the inputs.` : ".");
    this.light();
  }

  table(table, matrix, name, outputs) {
    const n = matrix[0].length, sums = range(n).map((i) => sum(matrix.map((row) => row[i])));
    const text = (value) => Math.abs(value) < TIE ? "" : this.cell < 30 ? short(value).replace("0.", ".") : short(value);
    table.setAttribute("aria-label", `The matrix ${name}`);
    table.replaceChildren(
      h("tr", {}, h("th", { scope: "col", class: "name" }, name), range(n).map((i) => h("th", { scope: "col" }, i)),
        outputs ? h("th", { scope: "col" }, "output") : null),
      ...matrix.map((row, j) => h("tr", {}, h("th", { scope: "row" }, j), row.map((value, i) => h("td", { role: "gridcell",
        class: value < -TIE ? "minus" : value > TIE ? "plus" : null, style: `--share:${Math.min(46, 46 * Math.abs(value))}%`,
        "data-r": j, "data-c": i, tabindex: i + j ? -1 : 0, "aria-label": `row ${j}, column ${i}: ${plain(value)}`,
        "data-wrong": !!this.back && Math.abs(this.W[j][i] - this.back[j][i]) > TIE }, text(value))),
      outputs ? h("td", { class: "out" }, fixed(outputs[j], 3)) : null)),
      h("tr", { class: "sums" }, h("th", { scope: "row", "aria-label": "sum" }, "Σ"), sums.map((total) => h("td", {}, short(total))),
        outputs ? h("td") : null));
  }

  compare(n, m) {
    const { W, back, places, w, state } = this, r = n / m;
    this.tables[1].hidden = !back;
    if (!back) { this.gap.textContent = `${n}/${m} is no integer: no Uᵀ/r to compare with.`; return; }
    this.table(this.tables[1], back, r == 1 ? "Uᵀ" : `Uᵀ/${r}`);
    const off = W.map((row, j) => Math.max(...row.map((weight, i) => Math.abs(weight - back[j][i]))));
    const reach = w * (state.kernel == "box" ? 0.5 : kernelOf(state)[1]);
    const inside = range(m).filter((j) => places[j] - reach > -1 - TIE && places[j] + reach < n + TIE);
    const size = (values) => values.length ? plain(Math.max(...values) < TIE ? 0 : Math.max(...values)) : null;
    const away = size(inside.map((j) => off[j]));
    this.gap.textContent = `Largest difference ${size(off)}; `
      + (away === null ? "each row meets the border" : `in the rows that meet no border ${away}`);
  }

  light() {
    const { state: { j } } = this;
    for (const cell of this.tables.flatMap((table) => [...table.querySelectorAll("[data-r]")])) {
      cell.classList.toggle("lit", +cell.dataset.r == j);
    }
    this.reading.textContent = this.read();
    this.paint();
    this.say(`${this.reading.textContent} ${this.range.textContent} ${this.refused.textContent} ${this.gap.textContent}`);
  }

  read() {
    const { W, y, places, antialias, w, state: { j, n, m, values } } = this, x = places[j];
    const moved = (j + 0.5) * n / m - 0.5 - x, terms = range(n).filter((i) => Math.abs(W[j][i]) > TIE);
    const side = Math.abs(moved) < TIE ? "straight above" : `${plain(Math.abs(moved))} too far to the `
      + `${moved < 0 ? "right, so what it shows moves left" : "left, so what it shows moves right"}`;
    const outside = this.taps().some(([p, weight]) => (p < 0 || p >= n) && Math.abs(weight) > TIE);
    const border = !outside ? "" : antialias ? " Beyond the border nothing is read; the rest is divided by its sum."
      : " Beyond the border the last pixel is read again.";
    return `Output ${j} looks at ${plain(x)}, ${side}${w > 1 ? `, with a kernel ${plain(w)} times as wide` : ""}. It is `
      + `${terms.map((i) => `${plain(W[j][i])} · ${plain(values[i])}`).join(" + ").replaceAll("+ −", "− ")} = ${plain(y[j])}.${border}`;
  }

  // the pixels that the pointed output reads, also beyond the border, with their weights
  taps() {
    const { places, w, antialias, state } = this, { n, j } = state, [kernel, support] = kernelOf(state);
    const here = antialias ? clamp(places[j], -0.5, n - 0.5) : places[j], first = Math.ceil(here - support * w);
    const found = range(Math.floor(here + support * w) - first + 1).map((k) => [first + k, kernel((first + k - here) / w)]);
    const total = sum(found.filter(([p]) => !antialias || (p >= 0 && p < n)).map(([, weight]) => weight)) || 1;
    return found.map(([p, weight]) => [p, weight / total]).concat([[here, kernel(0) / total, total]]);
  }

  fit(width) {
    if (width == this.room) return;  // only its height has changed
    this.room = width;
    this.stacked = width < 600;
    this.body.classList.toggle("stacked", this.stacked);
    this.draw();
  }

  paint() {
    const { state, places, y, w, antialias } = this, { n, m, j, values } = state;
    const width = this.stacked ? this.room : this.room - Math.ceil((n + 2.3) * this.cell) - GAP;  // not asked for: that is slow
    const pixel = width / (n + 2 * BESIDE), X = (index) => (index + 0.5 + BESIDE) * pixel;
    const wide = pixel * n / m, middle = (i) => BESIDE * pixel + (i + 0.5) * wide;
    const line = (x, y1, x2, y2, kind) => svg("line", { x1: x, y1, x2, y2, class: kind });
    const text = (x, y, words, kind) => svg("text", { x, y, class: kind }, words);
    const bar = (x, size, value, base, kind) => svg("rect", { x: x - size / 2 + 1, width: Math.max(1, size - 2),
      y: base - Math.max(0, value) * UNIT, height: Math.max(1, Math.abs(value) * UNIT), class: kind });
    const hit = (x, size, top, height) => svg("rect", { x: x - size / 2, width: size, y: top, height, class: "hit" });
    const path = (points) => `M${points.map(([x, value]) => `${X(x).toFixed(1)} ${value.toFixed(1)}`).join("L")}`;
    this.picture.setAttribute("viewBox", `0 0 ${width} ${LEVEL.below}`);

    const ghosts = antialias ? [] : [-1, n].map((p) => bar(X(p), pixel, values[clamp(p, 0, n - 1)], LEVEL.inputs, "ghost"));
    const links = places.map((x, i) => line(X(x), LEVEL.axis, middle(i), LEVEL.outputs - 1.35 * UNIT, i == j ? "link here" : "link"));
    this.layers[0].replaceChildren(...ghosts, ...["kernel", "inputs", "outputs"].map((name) => line(0, LEVEL[name], width, LEVEL[name], "zero")),
      line(X(-0.5), LEVEL.axis, X(n - 0.5), LEVEL.axis, "axis"), ...links);

    sync(this.bars, n, (i) => this.bar(i)).forEach((one, i) => {
      one.setAttribute("aria-valuenow", values[i]);
      one.setAttribute("aria-valuetext", plain(values[i]));
      one.replaceChildren(hit(X(i), pixel, LEVEL.inputs - 1.2 * UNIT, 1.2 * UNIT + 18), bar(X(i), pixel, values[i], LEVEL.inputs, "input"),
        line(X(i) - pixel / 2 + 1, LEVEL.inputs - UNIT * values[i], X(i) + pixel / 2 - 1, LEVEL.inputs - UNIT * values[i], "top"),
        text(X(i), LEVEL.inputs + 15, i, "index"));
    });
    sync(this.outs, m, (i) => svg("g", { role: "option", "data-r": 0, "data-c": i, tabindex: i ? -1 : 0 })).forEach((one, i) => {
      one.setAttribute("aria-selected", i == j);
      one.setAttribute("aria-label", `output ${i}: ${plain(y[i])}, looks at ${plain(places[i])}`);
      one.replaceChildren(hit(middle(i), wide, LEVEL.outputs - 1.35 * UNIT, 1.35 * UNIT + 22), bar(middle(i), wide, y[i], LEVEL.outputs, i == j ? "output here" : "output"),
        ...(wide > 13 ? [text(middle(i), LEVEL.outputs + 15, i, "index")] : []));
    });

    const taps = this.taps(), [here, , total] = taps.pop(), [kernel, support] = kernelOf(state), reach = support * w;
    const across = (from, to, count, f) => range(count + 1).map((k) => from + (to - from) * k / count).map((x) => [x, f(x)]);
    const curve = across(-0.5, n - 0.5, 160, (x) => LEVEL.inputs - UNIT * dot(rowAt(x, state, w, antialias), values));
    const bump = across(Math.max(here - reach, -0.5 - BESIDE), Math.min(here + reach, n - 0.5 + BESIDE), 160, (x) => LEVEL.kernel - UNIT * kernel((x - here) / w) / total);
    const stems = taps.filter(([p, weight]) => Math.abs(weight) > TIE && Math.abs(p + 0.5 - n / 2) < n / 2 + BESIDE)
      .flatMap(([p, weight]) => {
        const kind = `tap ${weight < 0 ? "minus" : "plus"}${p < 0 || p >= n ? antialias ? " left-out" : " outside" : ""}`;
        return [line(X(p), LEVEL.kernel, X(p), LEVEL.kernel - UNIT * weight, kind),
          svg("circle", { cx: X(p), cy: LEVEL.kernel - UNIT * weight, r: 3.5, class: kind })];
      });
    this.layers[1].replaceChildren(svg("path", { d: path(curve), class: "curve" }), svg("path", { d: path(bump), class: "kernel" }), ...stems,
      ...places.map((x, i) => svg("circle", { cx: X(x), cy: LEVEL.inputs - UNIT * y[i], r: i == j ? 4.5 : 2.8, class: i == j ? "seen here" : "seen" })),
      ...places.map((x, i) => svg("circle", { cx: X(x), cy: LEVEL.axis, r: i == j ? 3.5 : 2, class: i == j ? "seen here" : "seen" })),
      line(X(places[j]), LEVEL.kernel, X(places[j]), LEVEL.axis, "look"),
      text(2, 12, "kernel", "label"), text(2, LEVEL.inputs - 1.2 * UNIT, "inputs", "label"), text(2, LEVEL.outputs - 1.1 * UNIT, "outputs", "label"));
  }

  static style = `
    .figure { display: grid; grid-template: "controls controls" auto "drawing tables" auto "below below" auto / minmax(0, 1fr) auto; gap: .5em ${GAP}px; }
    .figure.stacked { grid-template: "controls" auto "drawing" auto "below" auto "tables" auto / minmax(0, 1fr); }
    .controls { grid-area: controls; display: flex; flex-wrap: wrap; gap: .1em 1.3em; align-items: baseline; }
    .drawing { grid-area: drawing; min-width: 0; } .tables p { width: 0; min-width: 100%; min-height: 2.9em; } .stacked .tables p { min-height: 0; } .tables { grid-area: tables; display: grid; gap: .5em; align-content: start; justify-items: start; }
    .words-below { grid-area: below; } .reading { min-height: 2.9em; } .stacked .reading { min-height: 4.4em; }
    .slider input { width: 4.6em; } .slider output { min-width: 1.4em; } .refused { color: var(--soft); font-size: 14px; }
    svg { display: block; width: 100%; overflow: visible; } text { font-size: 12px; fill: var(--soft); } .index { font-size: 11px; text-anchor: middle; }
    .hit { fill: transparent; } [role=slider] { cursor: ns-resize; touch-action: pan-x; } [role=option] { cursor: default; }
    .input { fill: color-mix(in srgb, currentColor 26%, transparent); } .ghost { fill: none; stroke: var(--soft); stroke-dasharray: 2 3; }
    [role=slider]:hover .input { fill: color-mix(in srgb, currentColor 40%, transparent); }
    .output { fill: color-mix(in srgb, currentColor 26%, transparent); } .output.here { fill: var(--mark); }
    .top { stroke: currentColor; stroke-width: 2; } [role=slider]:hover .top { stroke: var(--mark); stroke-width: 3; }
    .zero, .axis { stroke: var(--line); } .axis { stroke: var(--soft); } .link { stroke: var(--soft); opacity: .55; } .link.here { stroke: var(--mark); stroke-width: 2; opacity: 1; }
    .look { stroke: var(--mark); stroke-dasharray: 3 3; } .curve { fill: none; stroke: currentColor; stroke-width: 1.3; }
    .kernel { fill: none; stroke: var(--mark); stroke-width: 1.5; } .seen { fill: currentColor; } .seen.here { fill: var(--mark); }
    line.plus { stroke: var(--plus); stroke-width: 2; } line.minus { stroke: var(--minus); stroke-width: 2; } circle.plus { fill: var(--plus); } circle.minus { fill: var(--minus); }
    circle.outside, circle.left-out { fill: var(--pst-color-background, Canvas); stroke: var(--plus); stroke-width: 1.5; } circle.outside.minus { stroke: var(--minus); } .left-out { opacity: .3; }
    .curve, .kernel, .tap, .seen, .look, .link { pointer-events: none; }
    table { border-collapse: separate; border-spacing: 0; font-size: 12.5px; line-height: 1; table-layout: fixed; }
    th, td { box-sizing: border-box; width: var(--cell); height: 21px; padding: 0 1px; font-weight: 400; text-align: center; cursor: default; }
    th { font-size: 11px; color: var(--soft); } .name { font-size: 12.5px; color: inherit; text-align: left; white-space: nowrap; }
    .out { width: calc(1.3 * var(--cell)); text-align: right; } .sums td { color: var(--soft); } .sums > * { border-top: 1px solid var(--soft); }
    td[role=gridcell] { border: .5px solid var(--line); background: var(--tint, none); color: var(--soft); }
    .plus { --tint: color-mix(in srgb, var(--plus) var(--share), transparent); } .minus { --tint: color-mix(in srgb, var(--minus) var(--share), transparent); }
    td.lit { color: inherit; box-shadow: inset 0 1.5px var(--mark), inset 0 -1.5px var(--mark); }
    [data-wrong]:not(:focus-visible) { outline: 1.5px solid currentColor; outline-offset: -2.5px; }`;
}

// So many children, kept where they are, so that what has the focus keeps it.
function sync(group, count, one) {
  while (group.children.length > count) group.lastChild.remove();
  while (group.children.length < count) group.append(one(group.children.length));
  return [...group.children];
}

define("dio-looks", Looks);
