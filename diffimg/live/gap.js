// The gap closing: two players on a noisy photograph, the two values between which the answer lies, and where a library
// stops.

import { Figure, clamp, define, fixed, h, plain, range, slider, svg, words } from "./shared.js";

const LAST = 1000;  // the furthest step
const LOWEST = 0.014;  // of the steps tau
const EPS = 2e-4, MOST = 200;  // scikit-image's criterion, and its patience
const STOPS = 1e-4;  // denoise_tv, where the gap is this share of P
const PACE = 0.9;  // of a run: e times as many steps in 1 / 0.9 seconds
const KEPT = 50;  // a state is kept every so many steps, to go back to
const FULL = 1 / 4;  // of the weight, the difference that has the full colour
const WEIGHTS = { low: 0.05, high: 1, step: 0.05, value: 0.1 };
const RELAXATIONS = [["1.9", "1.9"], ["1", "none"]];
const PICTURES = [["data", "data"], ["run", "run"], ["library", "scikit-image"], ["difference", "difference"]];
const DEEP = 7;  // decades of the lower panel

// Numbers: an image is a row after the other, of n pixels each -------------------------------------------------------

// D u, into v (to the row below) and w (to the next column); beyond the border nothing changes
function gradient(u, n, v, w) {
  for (let i = 0, x = 0; i < n; i++) {
    for (let j = 0; j < n; j++, x++) {
      v[x] = i < n - 1 ? u[x + n] - u[x] : 0;
      w[x] = j < n - 1 ? u[x + 1] - u[x] : 0;
    }
  }
}

function divergence(v, w, n, out) {
  for (let i = 0, x = 0; i < n; i++) {
    for (let j = 0; j < n; j++, x++) out[x] = v[x] - (i ? v[x - n] : 0) + w[x] - (j ? w[x - 1] : 0);
  }
}

const floats = (length, count) => range(count).map(() => new Float64Array(length));
const squares = (u) => u.reduce((total, value) => total + value * value, 0);

// |u - f|^2 and TV(u)
function terms(u, f, n) {
  let fit = 0, variation = 0;
  for (let i = 0, x = 0; i < n; i++) {
    for (let j = 0; j < n; j++, x++) {
      const down = i < n - 1 ? u[x + n] - u[x] : 0, right = j < n - 1 ? u[x + 1] - u[x] : 0;
      fit += (u[x] - f[x]) ** 2;
      variation += Math.sqrt(down * down + right * right);
    }
  }
  return { fit, variation };
}

function objective(u, f, n, weight) {
  const { fit, variation } = terms(u, f, n);
  return fit / 2 + weight * variation;
}

// Q from div p
function dual(div, f, weight) {
  let total = 0;
  for (let x = 0; x < f.length; x++) total += f[x] ** 2 - (f[x] + weight * div[x]) ** 2;
  return total / 2;
}

// The primal-dual method on f / weight, and P and Q after each step. It goes back to what it has kept.
class Run {
  constructor(f, n, weight, relaxation) {
    Object.assign(this, { f, n, weight, relaxation, kept: [], primal: [objective(f, f, n, weight)], dual: [0] });
    this.g = f.map((value) => value / weight);
    [this.u, this.v, this.w, this.image, this.qv, this.qw, this.div, this.ahead] = floats(f.length, 8);
    this.u.set(this.g);
    this.image.set(f);
    this.k = 0;
    this.tau = 1;
    this.keep();
  }

  keep() {
    if (this.k % KEPT || this.kept[this.k / KEPT]) return;
    this.kept.push([this.k, this.tau, ...[this.u, this.v, this.w, this.image].map((one) => one.slice())]);
  }

  to(k) {
    if (k < this.k) {
      const [at, tau, ...arrays] = this.kept[Math.floor(k / KEPT)];
      [this.u, this.v, this.w, this.image].forEach((one, place) => one.set(arrays[place]));
      Object.assign(this, { k: at, tau });
    }
    while (this.k < k) this.step();
  }

  step() {
    const { f, g, n, u, v, w, image, qv, qw, div, ahead, tau, weight, relaxation } = this, s = 1 / (8 * tau);
    divergence(v, w, n, div);
    for (let x = 0; x < u.length; x++) {
      const fresh = (u[x] + tau * (div[x] + g[x])) / (1 + tau);
      ahead[x] = 2 * fresh - u[x];
      u[x] += relaxation * (fresh - u[x]);
      image[x] = weight * fresh;
    }
    gradient(ahead, n, qv, qw);
    for (let x = 0; x < u.length; x++) {
      const up = v[x] + s * qv[x], across = w[x] + s * qw[x];
      const length = Math.max(1, Math.sqrt(up * up + across * across));
      qv[x] = up / length;
      qw[x] = across / length;
      v[x] += relaxation * (qv[x] - v[x]);
      w[x] += relaxation * (qw[x] - w[x]);
    }
    this.tau = Math.max(tau / Math.sqrt(1 + 2 * tau), LOWEST);
    if (++this.k == this.primal.length) {
      divergence(qv, qw, n, div);
      this.primal.push(objective(image, f, n, weight));
      this.dual.push(dual(div, f, weight));
      this.keep();
    }
  }
}

// Chambolle's projection as scikit-image runs and stops it: when its own energy hardly changes.
function library(f, n, weight) {
  const [v, w, dv, dw, div] = floats(f.length, 5), t = 1 / (4 * weight);
  let image = f, first, before;
  for (let steps = 1; ; steps++) {
    const { fit, variation } = terms(image, f, n), energy = fit + weight * variation;
    first ??= energy;
    if (Math.abs(before - energy) < EPS * first || steps == MOST) {
      return { image, steps, primal: objective(image, f, n, weight) };
    }
    before = energy;
    gradient(image, n, dv, dw);
    for (let x = 0; x < v.length; x++) {
      const shorter = 1 + t * Math.sqrt(dv[x] * dv[x] + dw[x] * dw[x]);
      v[x] = (v[x] + t * dv[x]) / shorter;
      w[x] = (w[x] + t * dw[x]) / shorter;
    }
    divergence(v, w, n, div);
    image = f.map((value, x) => value + weight * div[x]);
  }
}

// a share: three digits behind the point, or a power of ten
function small(value) {
  if (value >= 0.01) return fixed(value, 3);
  if (value < 1e-9) return "below 10⁻⁹";
  const [digits, power] = value.toExponential(2).split("e-");
  return `${digits}·10⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[power]}`;
}

// The figure ---------------------------------------------------------------------------------------------------------

class Gap extends Figure {
  static title = "The gap closing";

  build() {
    const { pixels } = this.data;
    this.f = Float64Array.from(pixels, (value) => value / 1000);
    this.n = Math.sqrt(pixels.length);
    this.relaxation = "1.9";
    this.picture = "run";
    this.still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.pose(WEIGHTS.value);
    const button = (text, onclick) => h("button", { type: "button", onclick }, text);
    this.play = button(this.still ? "hundred steps" : "run", () => this.still ? this.go(this.k + 100) : this.toggle());
    this.canvas = h("canvas", { width: this.n, height: this.n, role: "img" });
    this.chart = h("div", { class: "chart", tabindex: 0, role: "slider", "aria-label": "Step, along both charts",
      "aria-valuemin": 0, "aria-valuemax": LAST, onkeydown: (event) => this.key(event) });
    for (const type of ["pointerdown", "pointermove", "click"]) {
      this.chart.addEventListener(type, (event) => this.drag(event));
    }
    this.cells = range(12).map(() => h("td"));
    return [
      h("div", { class: "controls" }, slider("Weight λ", WEIGHTS, (weight) => this.change(() => this.pose(weight))),
        words("Over-relaxation", RELAXATIONS, this.relaxation, (relaxation) => this.change(() => {
          this.relaxation = relaxation;
        }))),
      h("div", { class: "buttons" }, this.still ? null : this.play, button("one step", () => this.go(this.k + 1)),
        button("ten steps", () => this.go(this.k + 10)), this.still ? this.play : null,
        button("start again", () => this.again())),
      h("div", { class: "pick" }, words("Picture", PICTURES, this.picture, (picture) => {
        this.picture = picture;
        this.paint();
      })),
      this.canvas, this.table(), this.chart];
  }

  table() {
    const names = [["steps"], [h("i", { class: "up" }), "P(u)"], [h("i", { class: "low" }), "Q(p)"], ["gap / P"],
      ["‖u − u⋆‖ ≤"], ["of ‖u‖"]];
    return h("table", {}, h("tr", {}, h("td"), h("th", { scope: "col" }, "run"),
      h("th", { scope: "col" }, h("i", { class: "theirs" }), "scikit-image")),
    names.map((name, r) => h("tr", {}, h("th", { scope: "row" }, name), this.cells[2 * r], this.cells[2 * r + 1])));
  }

  // What a reader changes --------------------------------------------------------------------------------------------

  get run() { return this.runs[this.relaxation]; }
  get k() { return this.run.k; }

  pose(weight) {
    this.weight = weight;
    this.runs = Object.fromEntries(RELAXATIONS.map(([name]) => [name, new Run(this.f, this.n, weight, +name)]));
    this.library = library(this.f, this.n, weight);
  }

  change(what) {
    what();
    this.due = this.k;
    this.draw();
  }

  again() {
    this.change(() => { this.runs[this.relaxation] = new Run(this.f, this.n, this.weight, +this.relaxation); });
  }

  go(k) {
    this.halt();
    this.change(() => this.run.to(clamp(k, 0, LAST)));
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -LAST,
      End: LAST }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(this.k + step);
  }

  // A finger that goes up or down scrolls the page, and moves nothing here.
  drag(event) {
    if (event.type == "pointerdown") {
      this.chart.setPointerCapture(event.pointerId);
      this.waits = event.pointerType == "touch" ? event.clientX : null;
      if (this.waits !== null) return;
    }
    if (event.type == "pointermove") {
      if (!event.buttons || (this.waits !== null && Math.abs(event.clientX - this.waits) < 6)) return;
      this.waits = null;
    }
    const share = (event.clientX - this.chart.getBoundingClientRect().left - this.left) / (this.wide - this.left - 8);
    this.go(Math.round((LAST + 1) ** clamp(share, 0, 1) - 1));
  }

  // A run goes at the same pace along the axis, which is that of the logarithm.
  toggle() {
    if (this.running) return this.halt();
    if (this.k == LAST) this.again();
    this.due = this.k;
    this.play.textContent = "pause";
    let last = performance.now();
    const frame = (now) => {
      this.due = Math.min(LAST, (1 + this.due) * Math.exp(PACE * clamp(now - last, 0, 100) / 1000) - 1);
      last = now;
      if (Math.floor(this.due) > this.k) {
        this.run.to(Math.floor(this.due));
        this.draw();
      }
      if (this.k == LAST || !this.isConnected) this.halt();
      else this.running = requestAnimationFrame(frame);
    };
    this.running = requestAnimationFrame(frame);
  }

  halt() {
    cancelAnimationFrame(this.running);
    this.running = null;
    if (!this.still) this.play.textContent = "run";
  }

  // What it shows ----------------------------------------------------------------------------------------------------

  draw() {
    const { run, k, library: theirs, cells } = this, below = run.dual[k];
    const columns = [[k, run.primal[k], run.image], [theirs.steps, theirs.primal, theirs.image]];
    columns.forEach(([steps, above, image], side) => {
      const gap = Math.max(0, above - below), bound = Math.sqrt(2 * gap);
      [fixed(steps, 0), fixed(above, 3), fixed(below, 3), small(gap / above), fixed(bound, 3),
        `${fixed(100 * bound / Math.sqrt(squares(image)), 2)} %`].forEach((text, r) => {
        cells[2 * r + side].textContent = text;
      });
    });
    this.chart.setAttribute("aria-valuenow", k);
    this.chart.setAttribute("aria-valuetext", `${k} steps, gap / P ${cells[6].textContent}`);
    this.paint();
    this.plot();
    const [, , above, , under, , share, shareTheirs, bound, boundTheirs] = cells.map((cell) => cell.textContent);
    this.say(`Weight ${plain(this.weight)}, ${k} steps: P ${above}, Q ${under}, gap / P ${share}, bound ${bound}. `
      + `The image of scikit-image, stopped after ${theirs.steps}: gap / P ${shareTheirs}, bound ${boundTheirs}.`);
  }

  paint() {
    const { picture, run, library: theirs, f, n, k } = this, pen = this.canvas.getContext("2d");
    const shown = { data: f, run: run.image, library: theirs.image, difference: theirs.image }[picture];
    const pixels = pen.createImageData(n, n);
    shown.forEach((value, x) => {
      const off = value - run.image[x], level = 255 * value;
      pixels.data.set(picture == "difference"
        ? [...(off > 0 ? [0, 114, 178] : [230, 159, 0]), 255 * Math.min(1, Math.abs(off) / (FULL * this.weight))]
        : [level, level, level, 255], 4 * x);
    });
    pen.putImageData(pixels, 0, 0);
    this.canvas.ariaLabel = { data: "The noisy photograph", run: `The image after ${k} steps`,
      library: "The image that scikit-image returns",
      difference: `The image of scikit-image less that after ${k} steps: blue too bright, orange too dark` }[picture];
  }

  fit(width) {
    const stacked = width < 600;
    this.body.classList.toggle("stacked", stacked);
    this.wide = stacked ? width : width - 276;
    // the steps that are drawn: those half a pixel further than the last
    const place = (step) => Math.floor(2 * this.wide * Math.log1p(step) / Math.log1p(LAST));
    this.drawn = range(LAST + 1).filter((step) => place(step) > place(step - 1) || step == 0);
    this.plot();
  }

  plot() {
    if (!this.wide) return;
    const { run, k, wide, library: theirs } = this, left = this.left = 38, right = wide - 8;
    const upper = [12, 146], lower = [172, 348], room = upper[1] - upper[0], top = 2 * theirs.primal;
    const x = (step) => left + Math.log1p(step) / Math.log1p(LAST) * (right - left);
    const linear = (value) => upper[1] - value / top * room;
    const decades = (share) => lower[0]
      + clamp(-Math.log10(Math.max(share, 1e-12)) / DEEP, 0, 1) * (lower[1] - lower[0]);
    const points = ({ primal }, value) => [...this.drawn.filter((step) => step < primal.length), primal.length - 1]
      .map((step) => `${Math.round(10 * x(step)) / 10} ${Math.round(10 * value(step)) / 10}`);
    const line = (one, value, kind) => svg("path", { class: kind, d: `M${points(one, value).join("L")}` });
    const text = (at, y, words, kind) => svg("text", { x: at, y, class: kind }, words);
    const dot = (y, kind) => svg("circle", { class: kind, cx: x(k), cy: y, r: 3.5 });
    const level = (y, kind) => svg("path", { class: kind, d: `M${left} ${y}H${right}` });
    const above = (step) => linear(run.primal[step]), below = (step) => linear(run.dual[step]);
    const share = ({ primal, dual }) => (step) => decades(1 - dual[step] / primal[step]);
    const other = this.runs[RELAXATIONS.find(([name]) => name != this.relaxation)[0]];
    const tick = 10 ** Math.floor(Math.log10(top)) / 2, ticks = range(9).map((i) => i * tick * (top / tick > 9 ? 5 : 2))
      .filter((value) => value <= top);
    this.chart.replaceChildren(svg("svg", { width: wide, height: 372, "aria-hidden": true },
      ticks.flatMap((value) => [level(linear(value), "grid"), text(left - 6, linear(value) + 4, plain(value), "tick")]),
      ["1", "10⁻²", "10⁻⁴", "10⁻⁶"].flatMap((share, place) => [level(decades(0.01 ** place), "grid"),
        text(left - 6, decades(0.01 ** place) + 4, share, "tick")]),
      [0, 1, 10, 100].map((step) => text(x(step), lower[1] + 18, step, "step")),
      text(right, lower[1] + 18, "1000 steps", "name"), text(right, upper[0], "P(u), Q(p)", "name"),
      text(right, lower[0] + 14, "gap / P", "name"), text(right, linear(theirs.primal) - 6, "scikit-image", "name"),
      level(decades(STOPS), "stops"), text(left + 5, decades(STOPS) - 5, "denoise_tv stops"),
      svg("svg", { y: upper[0], width: wide, height: room + 2, viewBox: `0 ${upper[0]} ${wide} ${room + 2}` },
        svg("path", { class: "between", d: `M${[...points(run, above), ...points(run, below).reverse()].join("L")}` }),
        line(run, above, "up"), line(run, below, "low"), dot(above(k), "up"), dot(below(k), "low")),
      level(linear(theirs.primal), "theirs"),
      line(run, (step) => decades(1 - run.dual[step] / theirs.primal), "theirs"),
      line(other, share(other), "other"), line(run, share(run), "gap"),
      svg("path", { class: "here", d: `M${x(k)} ${upper[0]}V${lower[1]}` }), dot(share(run)(k), "gap")));
  }

  disconnectedCallback() {
    this.halt();
    super.disconnectedCallback();
  }

  static style = `
    .figure { display: grid; grid-template: "controls controls" auto "pick buttons" auto "picture chart" auto "table chart" 1fr / 252px 1fr; gap: .3em 24px; }
    .figure.stacked { grid-template: "controls controls" auto "buttons buttons" auto "pick pick" auto "picture table" auto "chart chart" auto / minmax(0, 1fr) auto; gap: .3em 14px; }
    .controls { grid-area: controls; display: flex; flex-wrap: wrap; gap: .1em 1.8em; align-items: center; }
    .slider output { min-width: 2.1em; } .slider input { width: 130px; }
    .buttons { grid-area: buttons; display: flex; gap: 1em; } .figure:not(.stacked) .buttons { padding-left: 38px; } .buttons button:first-child { min-width: 2.9em; text-align: left; }
    .pick { grid-area: pick; } .pick legend { position: absolute; clip-path: inset(50%); }
    .pick .words { gap: 0 .7em; font-size: 14.5px; }
    canvas { grid-area: picture; width: 192px; max-width: 100%; image-rendering: pixelated; background: color-mix(in srgb, currentColor 4%, transparent); }
    table { grid-area: table; border-collapse: collapse; font-size: 14px; line-height: 1.2; width: 100%; align-self: start; }
    th, td { padding: 3px 0 3px 10px; font-weight: 400; text-align: right; white-space: nowrap; }
    tr { border-bottom: 1px solid var(--line); }
    tr:first-child > * { color: var(--soft); } th[scope=row] { color: var(--soft); text-align: left; padding-left: 0; }
    tr:nth-child(4) td:last-child { color: var(--soft); }
    i { display: inline-block; width: 12px; height: 0; margin-right: 5px; vertical-align: middle; border-top: 2px solid; }
    i.up { border-color: var(--plus); } i.low { border-color: var(--minus); } i.theirs { border-top-style: dashed; border-top-width: 1.5px; }
    .chart { grid-area: chart; height: 372px; touch-action: pan-y; cursor: ew-resize; user-select: none; }
    .chart > svg { display: block; overflow: visible; } path { fill: none; stroke: currentColor; }
    text { font-size: 12px; fill: var(--soft); } .tick, .name { text-anchor: end; }
    .between { stroke: none; fill: color-mix(in srgb, currentColor 7%, transparent); } .step { text-anchor: middle; }
    .grid { stroke: var(--line); } .stops { stroke: var(--soft); stroke-dasharray: 1 3; }
    .theirs { stroke: currentColor; stroke-width: 1.4; stroke-dasharray: 5 4; } .other { stroke: var(--soft); stroke-width: 1; }
    path.up { stroke: var(--plus); stroke-width: 2; } path.low { stroke: var(--minus); stroke-width: 2; } path.gap { stroke-width: 2; }
    .here { stroke: var(--mark); } circle { stroke: none; fill: currentColor; } circle.up { fill: var(--plus); } circle.low { fill: var(--minus); }
    .stacked table { font-size: 13px; }`;
}

define("dio-gap", Gap);
