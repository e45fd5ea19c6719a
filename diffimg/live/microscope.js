// A matrix under the microscope: where a pixel goes, what an output is made of, and whether the backward pass that
// somebody claims is the transpose.

import { Figure, apply, choice, clamp, convMatrix, define, dot, fixed, h, matrix, neighbour, normals, number, plain,
  pointable, range, resampleMatrix, short, sum, transpose, words } from "./shared.js";

const REACH = 2;  // of a kernel, to either side
const KERNELS = { blur: [1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16], shift: [0, 1, 0, 0, 0], difference: [0, 0, -1, 1, 0] };
const OPERATIONS = [["blur", "blur"], ["shift", "shift"], ["difference", "difference"], ["kernel", "your own kernel"],
  ["flip", "flip"], ["mean", "mean of pairs"], ["crop", "crop"], ["resize", "resize"]];
const BORDERS = [["zero", "zero"], ["repeat", "repeat"], ["wrap", "wrap"]];
// what might be taken for the backward pass of an operation that has no kernel
const GUESS = { flip: "the same again", mean: "repeat each pixel", crop: "pad again", resize: "resize back" };
const BESIDE = 1.75;  // cells that the outputs take beside the matrix
const CUT = [2, 1];  // pixels that the crop leaves out at either end

// The matrices --------------------------------------------------------------------------------------------------------

const convolve = (kernel, n, border) => convMatrix(kernel, n, { padding: REACH, border });
const pad = (n, [before, after], border) =>
  matrix(before + n + after, n, (p, k) => +(neighbour(p - before, n, border) === k));

const forward = ({ operation, kernel, border }, n) => ({
  flip: () => matrix(n, n, (i, k) => +(i + k == n - 1)),
  mean: () => convMatrix([0.5, 0.5], n, { stride: 2 }),
  crop: () => transpose(pad(n - sum(CUT), CUT, "zero")),
  resize: () => resampleMatrix(n, Math.round(0.6 * n)),
}[operation]?.() ?? convolve(kernel, n, border));

const guessed = ({ operation, border }, A, n) => ({
  mean: () => transpose(A).map((row) => row.map((value) => +(value > 0))),
  crop: () => pad(A.length, CUT, border),
  resize: () => resampleMatrix(A.length, n),
}[operation]?.() ?? A);

const claimed = (state, A, n) => ({
  same: () => guessed(state, A, n),
  mirrored: () => convolve(state.kernel.toReversed(), n, state.border),
  transpose: () => transpose(A),
}[state.claim]());

// The figure ----------------------------------------------------------------------------------------------------------

class Microscope extends Figure {
  static title = "A matrix under the microscope";

  build() {
    this.state = { operation: "blur", border: "repeat", claim: "same", kernel: KERNELS.blur, seed: 1, row: null,
      column: 0 };
    this.operation = choice("Operation A", OPERATIONS, "blur", (operation) => this.operate(operation));
    this.border = words("Border", BORDERS, "repeat", (border) => this.change({ border }));
    this.weights = range(2 * REACH + 1).map((u) => number(`Weight of the pixel at ${fixed(u - REACH, 0)}`, "",
      (weight) => this.weigh(u, weight), { low: -9, high: 9 }));
    this.kernel = h("div", { class: "kernel", role: "group", "aria-label": "Kernel" },
      h("span", {}, "Kernel"), this.weights);
    this.claim = choice("Backward pass B", this.claims(), "same", (claim) => this.change({ claim }));
    this.error = h("output", { class: "error" });
    this.products = [h("output"), h("output")];
    const another = h("button", { type: "button", onclick: () => this.change({ seed: this.state.seed + 1 }) },
      "another pair");
    [this.A, this.B] = ["The matrix A, with the pixels above it and the outputs beside it",
      "The transpose of B"].map((label) => h("table", { role: "grid", "aria-label": label }));
    for (const table of [this.A, this.B]) pointable(table, (r, c) => this.point(r, c));
    this.reading = h("p", { class: "reading" });
    this.write();
    return [
      h("div", { class: "left" }, h("div", {}, this.operation), h("div", {}, this.border), this.kernel),
      h("div", { class: "right" }, h("div", {}, this.claim), h("p", {}, h("span", {}, "A − Bᵀ "), this.error),
        h("p", { class: "products" }, h("span", {}, "⟨Ax, y⟩ ="), this.products[0],
          h("span", {}, "⟨x, By⟩ ="), this.products[1], another)),
      h("div", { class: "A" }, this.A), this.reading, h("div", { class: "B" }, this.B)];
  }

  // What a reader changes ---------------------------------------------------------------------------------------------

  change(what) {
    Object.assign(this.state, what);
    this.draw();
  }

  operate(operation) {
    const kernel = KERNELS[operation] ?? this.state.kernel;
    const claim = GUESS[operation] && this.state.claim == "mirrored" ? "same" : this.state.claim;
    this.change({ operation, kernel, claim });
    this.claim.offer(this.claims(), claim);
    this.write();
  }

  weigh(u, weight) {
    if (this.state.operation != "kernel") this.operation.querySelector("select").value = "kernel";
    this.change({ operation: "kernel", kernel: this.state.kernel.with(u, weight) });
  }

  write() {
    this.weights.forEach((input, u) => {
      input.value = plain(this.state.kernel[u]);
      input.setAttribute("aria-invalid", false);
    });
  }

  claims() {
    const guess = GUESS[this.state.operation];
    return [["same", guess ?? "the same again"], ...(guess ? [] : [["mirrored", "mirrored kernel"]]),
      ["transpose", "transpose"]];
  }

  point(r, c) {
    const entry = r >= 0 && c < this.data.signal.length;
    this.state.row = r < 0 ? null : r;
    this.state.column = entry || r < 0 ? c : null;
    this.light();
  }

  // What it shows -----------------------------------------------------------------------------------------------------

  draw() {
    const { state, data: { signal } } = this, n = signal.length;
    this.matrix = forward(state, n);
    this.other = transpose(claimed(state, this.matrix, n));
    this.out = apply(this.matrix, signal);
    this.kernel.style.visibility = GUESS[state.operation] ? "hidden" : "visible";
    this.border.disabled = !!GUESS[state.operation] && state.operation != "crop";
    state.row = state.row === null ? null : Math.min(state.row, this.matrix.length - 1);
    this.largest = Math.max(...[this.matrix, this.other].flat(2).map(Math.abs)) || 1;
    this.table(this.A, this.matrix, true);
    this.table(this.B, this.other, false);
    this.light();
    this.judge();
  }

  // a matrix as a table; A has the pixels above it and the outputs beside it
  table(table, values, strips) {
    const first = strips ? -1 : 0, signed = this.out.some((value) => value < 0);
    const place = (r, c, label) => ({ "data-r": r, "data-c": c, tabindex: r == first && !c ? 0 : -1, "aria-label": label });
    const inputs = this.data.signal.map((value, k) => h("th", { scope: "col", ...place(-1, k, `input ${k}: ${value}`) },
      h("small", {}, k), square(value, false)));
    const note = h("td", { class: "note", colspan: values[0].length },
      "Bᵀ, row by row what B sends back from each output. Ringed where it is not A.");
    const output = (value, i) => h("th", { scope: "row", ...place(i, values[0].length, `output ${i}: ${plain(value)}`) },
      square(value, signed), h("small", {}, i));
    table.replaceChildren(h("tr", {}, strips ? inputs : note), ...values.map((row, i) => h("tr", {},
      row.map((value, k) => this.entry(value, place(i, k, `row ${i}, column ${k}: ${plain(value)}`),
        Math.abs(value - this.matrix[i][k]) > 1e-12)),
      strips ? output(this.out[i], i) : null)));
  }

  entry(value, place, wrong) {
    const share = `--share:${10 + 44 * Math.abs(value) / this.largest}%`;
    return h("td", { role: "gridcell", class: sign(value), style: share, "data-wrong": wrong, ...place },
      value ? short(value) : "");
  }

  light() {
    const { row, column } = this.state;
    for (const cell of [this.A, this.B].flatMap((table) => [...table.querySelectorAll("[data-r]")])) {
      const r = +cell.dataset.r, c = +cell.dataset.c, n = this.data.signal.length;
      const reached = r < 0 ? row !== null && this.matrix[row][c] : c == n && column !== null && this.matrix[r][column];
      cell.classList.toggle("lit", r === row || c === column || !!reached);
      cell.classList.toggle("here", r === (row ?? -1) && c === (column ?? n));
    }
    this.reading.textContent = this.read();
    this.tell();
  }

  read() {
    const { matrix: A, other, out, data: { signal }, state: { row, column } } = this;
    if (row === null) {
      const met = range(A.length).filter((i) => A[i][column]);
      if (!met.length) return `Input ${column} goes nowhere: column ${column} is zero.`;
      const reached = met.map((i) => `output ${i} (${plain(A[i][column])})`).join(", ");
      return `Input ${column} goes to ${reached}: this is column ${column}, with the sum `
        + `${plain(sum(A.map((weights) => weights[column])))}.`;
    }
    if (column === null) {
      const read = range(signal.length).filter((k) => A[row][k]).map((k) => `${plain(A[row][k])} · ${signal[k]}`);
      if (!read.length) return `Output ${row} is made of nothing: row ${row} is zero.`;
      return `Output ${row} is ${read.join(" + ")} = ${plain(out[row])}: this is row ${row}.`;
    }
    return `Row ${row}, column ${column}: A has ${plain(A[row][column])}, Bᵀ has ${plain(other[row][column])}.`;
  }

  judge() {
    const { matrix: A, other, state: { seed }, data: { signal } } = this, n = signal.length;
    const off = A.flatMap((row, i) => row.map((value, k) => [Math.abs(value - other[i][k]), i, k]));
    const [size, i, k] = off.reduce((worst, one) => one[0] > worst[0] + 1e-12 ? one : worst);
    this.error.textContent = size > 1e-12
      ? `is up to ${plain(size)}, at row ${i}, column ${k}` : "is 0: B is the transpose";
    const x = normals(n, seed), y = normals(A.length, seed + 1000);
    const [left, right] = [dot(apply(A, x), y), dot(x, apply(transpose(other), y))];
    this.products.forEach((output, side) => { output.textContent = fixed([left, right][side], 4); });
  }

  tell() {
    this.say(`${this.reading.textContent} A minus B transposed ${this.error.textContent}. `
      + `The products are ${this.products.map((output) => output.textContent).join(" and ")}.`);
  }

  fit(width) {
    const n = this.data.signal.length, stacked = width < 560, cells = stacked ? n + BESIDE : 2 * n + BESIDE + 0.5;
    this.body.classList.toggle("stacked", stacked);
    this.body.style.setProperty("--cell", `${Math.min(40, Math.floor(width / cells))}px`);
  }

  static style = `
    .figure { display: grid; grid-template: "left right" auto "A B" auto "reading reading" auto / auto 1fr; gap: .8em calc(.5 * var(--cell)); }
    .figure.stacked { grid-template: "left" auto "A" auto "reading" auto "right" auto "B" auto / minmax(0, 1fr); }
    .left { grid-area: left; } .right { grid-area: right; } .A { grid-area: A; } .B { grid-area: B; }
    .left, .right { display: grid; gap: .2em; align-content: start; min-width: 0; }
    .reading { grid-area: reading; min-height: 2.9em; }
    .stacked .reading { min-height: 4.4em; }
    .kernel { display: flex; gap: .5em; align-items: baseline; } .kernel > span, p > span { color: var(--soft); }
    table { border-collapse: separate; border-spacing: 0; font-size: 12.5px; line-height: 1; }
    .figure:not(.stacked) { min-height: calc(9.6 * var(--cell) + 11.5em); grid-template-rows: auto auto 1fr; }
    th, td { box-sizing: border-box; width: var(--cell); height: var(--cell); min-width: var(--cell); padding: 1px; font-weight: 400; text-align: center; cursor: default; }
    tr:first-child th { height: calc(1.6 * var(--cell)); vertical-align: top; }
    .note { height: calc(1.6 * var(--cell)); color: var(--soft); font-size: 13px; line-height: 1.35; text-align: left; vertical-align: top; }
    small { font-size: 11px; color: var(--soft); }
    tr:first-child small { display: block; height: 14px; }
    th[scope=row] { width: calc(1.75 * var(--cell)); text-align: right; white-space: nowrap; }
    th[scope=row] small { display: inline-block; width: 12px; text-align: right; }
    .square { display: inline-grid; place-content: center; width: calc(var(--cell) - 2px); height: calc(var(--cell) - 2px); border: 1px solid var(--line); box-sizing: border-box; }
    .plus { --tint: color-mix(in srgb, var(--plus) calc(var(--fade, 1) * var(--share)), transparent); }
    .minus { --tint: color-mix(in srgb, var(--minus) calc(var(--fade, 1) * var(--share)), transparent); }
    .square.plus, .square.minus { background: var(--tint); }
    td[role=gridcell] { border: .5px solid var(--line); color: var(--soft); background: var(--tint, none); }
    td:not(.lit) { --fade: .6; }
    td.lit { color: inherit; --over: color-mix(in srgb, var(--mark) 9%, transparent); background: linear-gradient(var(--over), var(--over)), var(--tint, none); }
    [data-wrong] { box-shadow: inset 0 0 0 1.5px currentColor; }
    .lit > .square { box-shadow: 0 0 0 1px var(--mark); } .lit > small { color: inherit; }
    .here > .square { box-shadow: 0 0 0 2.5px var(--mark); } td.here { box-shadow: inset 0 0 0 2px var(--mark); }
    .products { display: grid; grid-template-columns: auto auto 1fr; gap: 0 .3em; align-items: baseline; justify-items: end; }
    .products button { justify-self: start; margin-left: .8em; } .products span:nth-of-type(2), .products output:nth-of-type(2) { grid-row: 2; }
    .stacked .note { height: auto; padding-bottom: .4em; }
    @media (prefers-reduced-motion: no-preference) { td { transition: background-color .12s, color .12s; } }`;
}

const sign = (value) => value < 0 ? "minus" : value > 0 ? "plus" : null;

// A pixel with its number, gray as it is; where outputs have signs, blue and orange.
function square(value, signed) {
  const level = Math.round(clamp(value, 0, 255)), text = fixed(value, Number.isInteger(value) ? 0 : 1);
  const gray = `background:rgb(${level},${level},${level});color:${level > 124 ? "#000" : "#fff"}`;
  const tint = `--share:${52 * Math.min(1, Math.abs(value) / 255)}%`;
  return h("span", { class: `square ${(signed && sign(value)) || ""}`, style: signed ? tint : gray }, text);
}

define("dio-microscope", Microscope);
