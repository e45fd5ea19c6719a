// A crop by hand: a box is dragged over an image, and the crop follows. Θ, the places where it reads, the pixels that
// it reads and those that it leaves out; on a ramp, how far each column is from that of a slice.

import { Figure, clamp, define, fixed, h, hat, matrix, number, plain, pointable, range, slider, sum, svg,
  theta, transpose, words } from "./shared.js";

const MARGIN = 6;  // of the image all around it
const LARGE = 5;  // pixels that a key moves with Shift; without it a half
// What is held, and which of x₀, y₀, x₁, y₁ move with it.
const HANDLES = [["whole box", [0, 1, 2, 3]], ["side x₀", [0]], ["side y₀", [1]], ["side x₁", [2]], ["side y₁", [3]],
  ["corner x₀, y₀", [0, 1]], ["corner x₁, y₀", [2, 1]], ["corner x₀, y₁", [0, 3]], ["corner x₁, y₁", [2, 3]]];
const NAMES = ["x₀", "y₀", "x₁", "y₁"];
const FLAG = [["False", "False"], ["True", "True"]];

// The crop ------------------------------------------------------------------------------------------------------------

// Where the m outputs of an axis look among its n pixels: a centre u, Θ takes it to p, and p is read as an index.
const places = (m, n, scale, shift, align) => range(m).map((j) => {
  const u = align ? (2 * j) / (m - 1) - 1 : (2 * j + 1) / m - 1, p = scale * u + shift;
  return align ? ((p + 1) * (n - 1)) / 2 : ((p + 1) * n - 1) / 2;
});

// A row of weights for each place: hats, at the border clamped or fading to zero.
const hats = (found, n, padding) => found.map((place) => {
  const here = padding == "border" ? clamp(place, 0, n - 1) : place;
  return range(n).map((c) => hat(here - c));
});

// The antialiased rows: hats as wide as an output. Beyond the border its row is led over into its pixel, which it
// reaches where the hat no longer touches the image.
const widened = (found, n, width) => found.map((place) => {
  const here = clamp(place, -0.5, n - 0.5), row = range(n).map((c) => hat((here - c) / width)), total = sum(row);
  const beyond = Math.min(1, Math.abs(place - here) / (width - 0.5)), last = place < 0 ? 0 : n - 1;
  return row.map((weight, c) => ((1 - beyond) * weight) / total + (c == last ? beyond : 0));
});

// The pixels that count in a row; and A times an image, by them alone.
const read = (row) => range(row.length).filter((c) => row[c] > 1e-9);
const mix = (A, image) => A.map((row) => read(row).reduce((total, r) =>
  total.map((value, c) => value + row[r] * image[r][c]), Array(image[0].length).fill(0)));

// Everything that the figure shows, A_y I A_xᵀ, of an image of H rows and W columns.
function cropped(image, { box, size: [m, n], align, antialias, padding }) {
  const H = image.length, W = image[0].length, [x0, y0, x1, y1] = box;
  const T = theta(box.map((edge, k) => (2 * edge) / (k % 2 ? H : W) - 1));
  const x = places(n, W, T[0][0], T[0][2], align), y = places(m, H, T[1][1], T[1][2], align);
  const wide = (length, outputs) => Math.max(1, Math.abs(length) / outputs);
  const A_x = antialias ? widened(x, W, wide(x1 - x0, n)) : hats(x, W, padding);
  const A_y = antialias ? widened(y, H, wide(y1 - y0, m)) : hats(y, H, padding);
  return { T, x, y, A_x, A_y, values: transpose(mix(A_x, transpose(mix(A_y, image)))) };
}

const anywhere = (A) => new Set(A.flatMap(read));
// pixels of n whose centre lies between two edges
const between = (a, b, n) => range(n).filter((c) => Math.min(a, b) < c + 0.5 && c + 0.5 < Math.max(a, b));

// The figure ----------------------------------------------------------------------------------------------------------

class Crop extends Figure {
  static title = "A crop by hand";

  build() {
    const { width: W, height: H, photograph, box, size } = this.data, bytes = atob(photograph);
    this.images = { photograph: matrix(H, W, (r, c) => bytes.charCodeAt(r * W + c)), ramp: matrix(H, W, (r, c) => c) };
    this.state = { box, size, image: "photograph", align: false, antialias: false, padding: "border", at: [0, 0] };
    this.image = words("image", [["photograph", "photograph"], ["ramp", "ramp: each pixel its column"]], "photograph",
      (image) => this.change({ image }));
    this.align = words("align_corners", FLAG, "False", (flag) => this.change({ align: flag == "True" }));
    this.padding = words("padding_mode", [["border", "border"], ["zeros", "zeros"]], "border",
      (padding) => this.change({ padding }));
    this.antialias = words("antialias", FLAG, "False", (flag) => this.widen(flag == "True"));
    this.fields = NAMES.map((name, k) => number(name, "", (edge) => this.move([k], () => edge, k),
      { low: -MARGIN, high: [W, H][k % 2] + MARGIN }));
    const sides = ["height", "width"].map((label, k) => slider(label, { low: 2, high: 16, step: 1, value: size[k] },
      (n) => this.change({ size: this.state.size.with(k, n) })));
    this.small = h("canvas", { width: W + 2 * MARGIN, height: H + 2 * MARGIN });
    this.marks = svg("svg", { viewBox: [-MARGIN, -MARGIN, W + 2 * MARGIN, H + 2 * MARGIN].join(" "), "aria-hidden": true });
    this.handles = HANDLES.map(([name, moves]) => this.handle(name, moves));
    this.crop = h("table", { role: "grid", "aria-label": "The crop" });
    pointable(this.crop, (i, j) => this.point(i, j));
    this.theta = h("table", { class: "theta", "aria-label": "Θ" });
    [this.places, this.share, this.reading, this.off] = ["places", "share", "reading", "off"]
      .map((name) => h("p", { class: name }));
    return [h("div", { class: "controls" }, this.image, this.align, this.padding, this.antialias),
      h("div", { class: "numbers" },
        h("div", { class: "box", role: "group", "aria-label": "The box, in edge coordinates" }, h("span", {}, "box"),
          this.fields.map((field, k) => h("span", {}, NAMES[k], field))),
        h("div", { class: "size", role: "group", "aria-label": "The size of the crop" }, h("span", {}, "crop"), sides)),
      h("div", { class: "image" }, this.small, this.marks, this.handles), h("div", { class: "crop" }, this.crop),
      h("div", { class: "facts" }, h("div", { class: "matrix" }, "Θ =", this.theta), this.places, this.share),
      this.reading, this.off];
  }

  // What a reader changes ---------------------------------------------------------------------------------------------

  change(what) {
    Object.assign(this.state, what);
    this.draw();
  }

  // antialias goes with align_corners=False and border alone, here as in diffimg
  widen(antialias) {
    if (antialias) for (const one of [this.align, this.padding]) one.querySelector("input").checked = true;
    this.change({ antialias, ...(antialias ? { align: false, padding: "border" } : {}) });
  }

  // sets some of the four numbers to what `to` makes of them; where one would leave the margin, the other end of a box
  // that moves as a whole stops too. What is being typed stays as it is
  move(moves, to, typing) {
    const wanted = this.state.box.map((edge, k) => moves.includes(k) ? to(edge, k) : edge);
    const out = (k) => wanted[k] - clamp(wanted[k], -MARGIN, [this.data.width, this.data.height][k % 2] + MARGIN);
    const excess = (k) => moves.filter((other) => other % 2 == k % 2).map(out).reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a);
    this.typing = typing;
    this.change({ box: wanted.map((edge, k) => moves.includes(k) ? edge - excess(k) : edge) });
  }

  handle(name, moves) {
    const element = h("div", { class: `handle ${name.split(" ")[0]}`, role: "slider", tabindex: 0 });
    element.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.move(moves, (edge, k) => edge + step[k % 2] * (event.shiftKey ? LARGE : 0.5));
    });
    element.addEventListener("pointerdown", (event) => {
      const { box } = this.state, scale = (this.data.width + 2 * MARGIN) / this.small.clientWidth, from = event;
      const drag = ({ clientX, clientY }) => {
        const by = [(clientX - from.clientX) * scale, (clientY - from.clientY) * scale];
        this.move(moves, (_, k) => moves.length == 4 ? box[k] + Math.round(by[k % 2]) : Math.round(box[k] + by[k % 2]));
      };
      element.setPointerCapture(event.pointerId);
      element.addEventListener("pointermove", drag);
      for (const end of ["pointerup", "pointercancel"])
        element.addEventListener(end, () => element.removeEventListener("pointermove", drag), { once: true });
    });
    return element;
  }

  point(i, j) {
    this.state.at = [i, j];
    this.light();
  }

  // What it shows -----------------------------------------------------------------------------------------------------

  draw() {
    const { state, data: { width: W, height: H } } = this, { box, size } = state;
    this.found = cropped(this.images[state.image], state);
    this.align.disabled = this.padding.disabled = state.antialias;
    this.fields.forEach((field, k) => {
      if (k === this.typing) return;
      field.value = plain(box[k]);
      field.setAttribute("aria-invalid", false);
    });
    this.typing = null;
    state.at = state.at.map((i, k) => Math.min(i, size[k] - 1));
    this.hold();
    this.squares();
    const { T, x, y, A_x, A_y } = this.found, columns = anywhere(A_x), rows = anywhere(A_y);
    this.paint(rows, columns);
    this.theta.replaceChildren(...T.map((row) => h("tr", {}, row.map((value) => h("td", {}, plain(value))))));
    const ends = (name, all) => `${name} = ${plain(all[0])} to ${plain(all.at(-1))}`;
    this.places.replaceChildren(`Looks at ${ends("x", x)},`, h("br"), `${ends("y", y)}.`);
    const inside = [between(box[1], box[3], H), between(box[0], box[2], W)], all = inside[0].length * inside[1].length;
    const met = [rows, columns].map((found, k) => inside[k].filter((c) => found.has(c)).length), hit = met[0] * met[1];
    this.share.textContent = all ? `Reads ${hit} of the ${all} pixels in the box: ${fixed((100 * hit) / all, 1)} %.`
      : "The box holds no pixel.";
    this.compare();
    this.light();
  }

  // where each handle is, and what it says
  hold() {
    const { state: { box }, data: { width: W, height: H } } = this, size = [W + 2 * MARGIN, H + 2 * MARGIN];
    const part = (length, k) => `${(100 * length) / size[k]}%`;
    this.handles.forEach((element, one) => {
      const [, moves] = HANDLES[one];
      range(2).forEach((k) => {
        const mine = moves.filter((name) => name % 2 == k), spans = mine.length != 1, edge = box[mine[0]];
        element.style[k ? "top" : "left"] = part((spans ? Math.min(box[k], box[k + 2]) : edge) + MARGIN, k);
        element.style[k ? "height" : "width"] = spans ? part(Math.abs(box[k + 2] - box[k]), k) : "24px";
        element.style[k ? "marginTop" : "marginLeft"] = spans ? 0 : "-12px";
      });
      const words = (moves.length == 4 ? [0, 1, 2, 3] : moves).map((k) => `${NAMES[k]} ${plain(box[k])}`).join(", ");
      for (const [key, value] of Object.entries({ label: HANDLES[one][0], valuenow: box[moves[0]], valuetext: words,
        valuemin: -MARGIN, valuemax: [W, H][moves[0] % 2] + MARGIN })) element.setAttribute(`aria-${key}`, value);
    });
  }

  // the crop, a square for each pixel
  squares() {
    const { state: { size: [m, n], image }, found: { values } } = this, white = image == "ramp" ? this.data.width - 1 : 255;
    if (this.crop.rows.length != m || this.crop.rows[0].cells.length != n)
      this.crop.replaceChildren(...range(m).map((i) => h("tr", {}, range(n).map((j) =>
        h("td", { role: "gridcell", "data-r": i, "data-c": j, tabindex: i || j ? -1 : 0 })))));
    for (const cell of this.crop.querySelectorAll("td")) {
      const { r, c } = cell.dataset, value = values[r][c], level = Math.round((255 * value) / white);
      cell.style.background = `rgb(${level},${level},${level})`;
      cell.setAttribute("aria-label", `row ${r}, column ${c}: ${fixed(value, 2)}`);
    }
    this.body.style?.setProperty("--cell", `${Math.min(26, Math.floor(208 / Math.max(m, n)))}px`);
  }

  // the image: what is read in full, the rest pale; around it what the padding puts there
  paint(rows, columns) {
    const { state: { image, antialias, padding }, data: { width: W, height: H } } = this, pixels = this.images[image];
    const whole = new ImageData(W + 2 * MARGIN, H + 2 * MARGIN), white = image == "ramp" ? W - 1 : 255;
    for (let k = 0; k < whole.width * whole.height; k++) {
      const r = Math.floor(k / whole.width) - MARGIN, c = (k % whole.width) - MARGIN;
      const inside = r >= 0 && r < H && c >= 0 && c < W, kept = rows.has(r) && columns.has(c);
      const value = inside || padding == "border" ? pixels[clamp(r, 0, H - 1)][clamp(c, 0, W - 1)] : 0;
      whole.data.fill((255 * value) / white, 4 * k, 4 * k + 3);
      whole.data[4 * k + 3] = inside ? (kept ? 255 : 110) : antialias ? 0 : 40;
    }
    this.small.getContext("2d").putImageData(whole, 0, 0);
  }

  // on the ramp: each column against the slice that begins at the wanted one
  compare() {
    const { state: { image, size: [, n] }, data: { first }, found: { values } } = this;
    const errors = values[0].map((value, j) => value - first - j), worst = Math.max(...errors.map(Math.abs));
    this.off.replaceChildren(...(image != "ramp" ? [] : [h("span", {}, `Off the columns [${first}:${first + n}] by `),
      ...(worst < 1e-9 ? [h("b", {}, "0: the crop is the slice.")] : errors.flatMap((error) =>
        [h("b", { class: Math.abs(error) < 5e-3 ? null : error < 0 ? "minus" : "plus" }, fixed(error, 2)), " "]))]));
  }

  // the output that is pointed at, and the pixels of which it is made
  light() {
    const { state: { at: [i, j], box: [x0, y0, x1, y1], image }, found: { x, y, A_x, A_y, values } } = this;
    const [columns, rows] = [read(A_x[j]), read(A_y[i])], count = columns.length * rows.length;
    for (const cell of this.crop.querySelectorAll("td"))
      cell.classList.toggle("here", +cell.dataset.r == i && +cell.dataset.c == j);
    const rect = (c, r, width, height, name) => svg("rect", { x: c, y: r, width, height, class: name });
    const frame = (name) => rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0), name);
    const dots = y.flatMap((b) => x.map((a) => `M${a + 0.5} ${b + 0.5}h0`)).join("");  // lines without a length
    this.marks.replaceChildren(frame("under"), frame("over"),
      ...["dots under", "dots"].map((name) => svg("path", { d: dots, class: name })),
      svg("circle", { cx: x[j] + 0.5, cy: y[i] + 0.5, r: 0.7, class: "here" }),
      count ? rect(columns[0], rows[0], columns.length, rows.length, "foot") : "",
      ...[[x0, y0], [x1, y0], [x0, y1], [x1, y1]].map(([cx, cy], k) => svg("circle", { cx, cy, r: 0.9, class: k ? "knob" : "knob first" })));
    const pixels = this.images[image], parts = rows.flatMap((r) => columns.map((c) =>
      `${plain(A_y[i][r] * A_x[j][c])} · ${pixels[r][c]}`));
    this.reading.textContent = `Output row ${i}, column ${j} looks at x = ${plain(x[j])}, y = ${plain(y[i])}. `
      + (count > 4 ? `It is ${fixed(values[i][j], 2)}, from ${count} pixels.`
        : count ? `It is ${parts.join(" + ")} = ${fixed(values[i][j], 2)}.` : "No pixel is there: it is 0.");
    this.say(`${this.share.textContent} ${this.off.textContent} ${this.reading.textContent}`);
  }

  fit(width) { this.body.classList.toggle("stacked", width < 520); }

  static style = `
    .figure { display: grid; grid-template: "controls controls" auto "numbers numbers" auto "image crop" auto "image facts" 1fr "reading reading" auto "off off" auto / minmax(0, 1fr) 212px; gap: .5em 16px; }
    .figure.stacked { grid-template: "controls" auto "numbers" auto "image" auto "reading" auto "crop" auto "off" auto "facts" auto / minmax(0, 1fr); }
    .controls { grid-area: controls; } .numbers { grid-area: numbers; } .image { grid-area: image; } .crop { grid-area: crop; min-height: 208px; }
    .facts { grid-area: facts; } .reading { grid-area: reading; min-height: 2.9em; } .off { grid-area: off; min-height: 1.45em; } .stacked .off { min-height: 2.9em; } .stacked .reading { min-height: 4.4em; }
    .controls, .numbers, .box, .size { display: flex; flex-wrap: wrap; gap: .1em 1.4em; align-items: baseline; }
    .numbers { row-gap: .35em; } .box, .size { gap: .1em .7em; } .box span, .off span, .size > span { color: var(--soft); }
    .box input { color: var(--pst-color-text-base, currentColor); margin-left: .2em; } .box input[type=text] { width: 3.3em; } .stacked .box input[type=text] { width: 2.7em; }
    .slider { gap: .4em; } .slider input { width: 4.4em; } .slider output { min-width: 1.2em; }
    .image { position: relative; align-self: start; line-height: 0; }
    canvas { width: 100%; image-rendering: pixelated; }
    svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
    rect { fill: none; vector-effect: non-scaling-stroke; }
    rect.under { stroke: #fff; stroke-width: 4px; } .over { stroke: #0067a3; stroke-width: 1.8px; }
    circle, path { vector-effect: non-scaling-stroke; } .dots { stroke: #ffb000; stroke-width: 3.4px; stroke-linecap: round; }
    .dots.under { stroke: #000; stroke-width: 5px; } .here { fill: #fff; stroke: #000; stroke-width: 1.4px; } .foot { stroke: #ffb000; stroke-width: 1.8px; }
    .knob { fill: #fff; stroke: #0067a3; stroke-width: 1.8px; } .knob.first { fill: #0067a3; stroke: #fff; }
    .handle { position: absolute; touch-action: none; } .corner { cursor: move; } .whole { cursor: grab; }
    .side { cursor: ew-resize; } .side[aria-label*=y] { cursor: ns-resize; }
    .crop table { border-collapse: separate; border-spacing: 0; }
    .crop td { width: var(--cell, 26px); height: var(--cell, 26px); padding: 0; box-sizing: border-box; border: 0; }
    .crop td.here { box-shadow: inset 0 0 0 1.5px #000, inset 0 0 0 3.5px #ffb000; }
    .facts { font-size: 14px; } .matrix { display: flex; align-items: center; gap: .5em; margin-bottom: .3em; }
    .theta { border-collapse: collapse; border: solid currentColor; border-width: 0 1px; border-radius: 4px; }
    .theta td { padding: 0 .35em; text-align: right; }
    b { font-weight: 400; margin-right: .3em; } b.plus { color: var(--plus); } b.minus { color: var(--warm, #a34400); }`;
}

define("dio-crop", Crop);
