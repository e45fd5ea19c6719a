// A matrix under the microscope: where a pixel goes, what an output is made of, and whether the backward pass that
// somebody claims is the transpose.

import { Figure, apply, choice, convMatrix, define, dot, fixed, h, matrix, neighbour, normals, number, plain, pointable,
  range, resampleMatrix, short, sum, transpose, words } from "./shared.js";

const REACH = 2;  // of a kernel, to either side
const KERNELS = { blur: [1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16], shift: [0, 1, 0, 0, 0], difference: [0, 0, -1, 1, 0] };
const OPERATIONS = [["blur", "blur"], ["shift", "shift"], ["difference", "difference"], ["kernel", "your own kernel"],
  ["flip", "flip"], ["mean", "mean of pairs"], ["crop", "crop"], ["resize", "resize"]];
const BORDERS = [["zero", "zero"], ["repeat", "repeat"], ["wrap", "wrap"]];
// what might be taken for the backward pass of an operation that has no kernel
const GUESS = { flip: "the same again", mean: "repeat each pixel", crop: "pad again", resize: "resize back" };
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
    this.state = { operation: "blur", border: "repeat", claim: "same", kernel: KERNELS.blur, seed: 1, row: null, column: 0 };
    this.operation = choice("Operation A", OPERATIONS, "blur", (operation) => this.operate(operation));
    this.border = words("Border", BORDERS, "repeat", (border) => this.change({ border }));
    this.weights = range(2 * REACH + 1).map((u) => number(`Weight of the pixel at ${fixed(u - REACH, 0)}`, "",
      (weight) => this.weigh(u, weight), { low: -9, high: 9 }));
    this.kernel = h("div", { class: "kernel", role: "group", "aria-label": "Kernel" }, h("span", {}, "Kernel"), this.weights);
    this.claim = choice("Backward pass B", this.claims(), "same", (claim) => this.change({ claim }));
    this.error = h("output", { class: "error" });
    this.products = h("output", { class: "products" });
    const another = h("button", { type: "button", onclick: () => this.change({ seed: this.state.seed + 1 }) }, "another pair");
    [this.A, this.B] = ["The matrix A, with the pixels above it and the outputs beside it",
      "The transpose of the backward pass B"].map((label) => h("table", { role: "grid", "aria-label": label }));
    for (const table of [this.A, this.B]) pointable(table, (r, c) => this.point(r, c));
    this.reading = h("p", { class: "reading" });
    this.write();
    return [
      h("div", { class: "left" }, h("div", {}, this.operation), h("div", {}, this.border), this.kernel),
      h("div", { class: "right" }, h("div", {}, this.claim), h("p", {}, h("span", {}, "A − Bᵀ "), this.error),
        h("p", {}, this.products, " ", another)),
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
    return [["same", guess ?? "the same again"], ...(guess ? [] : [["mirrored", "mirrored kernel"]]), ["transpose", "transpose"]];
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
    this.table(this.A, this.matrix, true);
    this.table(this.B, this.other, false);
    this.light();
    this.judge();
  }

  table(table, values, strips) {
    const { data: { signal }, matrix: A, other } = this, n = signal.length, signed = this.out.some((value) => value < 0);
    const largest = Math.max(...A.flat().map(Math.abs), ...other.flat().map(Math.abs)) || 1;
    const place = (r, c) => ({ "data-r": r, "data-c": c, tabindex: r == (strips ? -1 : 0) && c == 0 ? 0 : -1 });
    const head = strips ? signal.map((value, k) => h("th", { scope: "col", ...place(-1, k), "aria-label": `input ${k}: ${value}` },
      h("small", {}, k), square(value, false))) : [h("td", { colspan: n, class: "note" }, h("div", {},
      "Bᵀ, row by row what B sends back from each output. Ringed where it is not A."))];
    const rows = values.map((row, i) => h("tr", {}, row.map((value, k) => h("td", { role: "gridcell", ...place(i, k),
      class: value ? value < 0 ? "minus" : "plus" : "", style: `--share:${8 + 44 * Math.abs(value) / largest}%`,
      "data-wrong": !strips && Math.abs(value - A[i][k]) > 1e-12,
      "aria-label": `row ${i}, column ${k}: ${plain(value)}` }, value ? short(value) : "")),
      strips && h("th", { scope: "row", ...place(i, n), "aria-label": `output ${i}: ${plain(this.out[i])}` },
        square(this.out[i], signed), h("small", {}, i)) || null));
    table.replaceChildren(h("tr", {}, ...head), ...rows);
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
      return `Input ${column} goes to ${met.map((i) => `output ${i} (${plain(A[i][column])})`).join(", ")}: this is column `
        + `${column}, with the sum ${plain(sum(met.map((i) => A[i][column])))}.`;
    }
    if (column === null) {
      const read = range(signal.length).filter((k) => A[row][k]).map((k) => `${plain(A[row][k])} · ${signal[k]}`);
      return `Output ${row} is ${read.join(" + ") || "made of nothing"}${read.length ? ` = ${plain(out[row])}` : ""}: this is row ${row}.`;
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
    this.products.textContent = `⟨Ax, y⟩ = ${fixed(left, 4)}, ⟨x, By⟩ = ${fixed(right, 4)}`;
    this.products.classList.toggle("apart", Math.abs(left - right) > 1e-12);
  }

  tell() {
    this.say(`${this.reading.textContent} A minus B transposed ${this.error.textContent}. ${this.products.textContent}.`);
  }

  fit(width) {
    const n = this.data.signal.length, stacked = width < 560;
    this.body.classList.toggle("stacked", stacked);
    this.body.style.setProperty("--cell", `${Math.min(40, Math.floor((stacked ? width : width / 2 - 8) / (n + 1.75)))}px`);
  }

  static style = `
    .figure { display: grid; grid-template: "left right" auto "A B" auto "reading reading" auto / 1fr 1fr; gap: .8em 16px; }
    .figure.stacked { grid-template: "left" auto "A" auto "reading" auto "right" auto "B" auto / minmax(0, 1fr); }
    .left { grid-area: left; } .right { grid-area: right; } .A { grid-area: A; } .B { grid-area: B; }
    .left, .right { display: grid; gap: .2em; align-content: start; }
    .reading { grid-area: reading; min-height: 2.9em; }
    .stacked .reading { min-height: 4.4em; }
    .kernel { display: flex; gap: .5em; align-items: baseline; } .kernel > span, p > span { color: var(--soft); }
    table { border-collapse: separate; border-spacing: 0; font-size: 12.5px; line-height: 1; }
    .A, .B { min-height: calc(9.6 * var(--cell)); }
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
    td:not(.lit) { --fade: .55; }
    td.lit { color: inherit; --over: color-mix(in srgb, var(--mark) 9%, transparent); background: linear-gradient(var(--over), var(--over)), var(--tint, none); }
    [data-wrong] { box-shadow: inset 0 0 0 1.5px currentColor; }
    .lit > .square { box-shadow: 0 0 0 1px var(--mark); } .lit > small { color: inherit; }
    .here > .square { box-shadow: 0 0 0 2.5px var(--mark); } td.here { box-shadow: inset 0 0 0 2px var(--mark); }
    .error, .products { white-space: nowrap; }
    @media (prefers-reduced-motion: no-preference) { td { transition: background-color .12s, color .12s; } }`;
}

// A pixel with its number, gray as it is; where outputs have signs, blue and orange.
function square(value, signed) {
  const level = Math.round(Math.min(Math.max(value, 0), 255)), text = fixed(value, Math.abs(value) % 1 > 1e-9 ? 1 : 0);
  if (!signed) return h("span", { class: "square", style: `background:rgb(${level},${level},${level});color:${level > 124 ? "#000" : "#fff"}` }, text);
  return h("span", { class: `square ${value < 0 ? "minus" : "plus"}`, style: `--share:${Math.min(52, 52 * Math.abs(value) / 255)}%` }, text);
}

define("dio-microscope", Microscope);
