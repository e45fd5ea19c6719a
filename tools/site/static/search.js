// The search page: MiniSearch over the sections of the book, with the words and the spelling that people use.
const tooCommon = new Set(("a about after all also am an and any are as at be because been before but by can cannot could did do does " +
  "doesn don for from get gets give gives had has have how i if in into is isn it its just like make me my no not of off on or " +
  "our out should so some than that the their them then there these they this those to use used using was versus vs way we were what when " +
  "where which why will with without would you your").split(" "));
const stemmer = new Stemmer(); // Sphinx's, for English

// one spelling, then the stem
const american = (word) => word.replace(/our(?=s?$|ed$|ing$|less$)/, "or").replace(/^grey/, "gray")
  .replace(/centre/, "center").replace(/metre/, "meter").replace(/is(?=e$|e[drs]$|ing$|ation$|ations$|ers$)/, "iz")
  .replace(/artefact/, "artifact").replace(/neighbour/, "neighbor").replace(/ll(?=ed$|ing$)/, "l");
const known = new Map();
function termsOf(word) {
  if (!known.has(word)) known.set(word, term(word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "")));
  return known.get(word);
}
function term(lower) {
  if (tooCommon.has(lower)) return null;
  return /^[a-z]{3,}$/.test(lower) ? stemmer.stemWord(american(lower)) : lower;
}
// names of code in their parts: align_corners, ConvTranspose2d, Conv2DTranspose, TVLoss
const partsOf = (word) => word.replace(/([a-z])([A-Z])|([A-Z\d])(?=[A-Z][a-z])/g, "$1$3 $2")
  .replace(/(?<=[A-Za-z]{3})(\dd)(?![a-z])/gi, " $1").split(/[\s_]+/).filter((part) => part.length > 1 || part == word);
const wordsOf = (text) => text.split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
// each word, whole and in its parts; super-resolution, TV-L1 and grid_sample as one word too
function tokens(text) {
  const joined = (text.match(/[\p{L}\p{N}]+[-–]\p{L}[\p{L}\p{N}]*/gu) ?? []).map((word) => word.replace(/[-–]/, ""));
  return joined.concat(wordsOf(text).flatMap((word) => [...new Set([word, word.replaceAll("_", ""), ...partsOf(word)])])).filter(Boolean);
}
// the terms of a text in their order, and each two neighbours of it
const flow = (text) => wordsOf(text).flatMap(partsOf).map(termsOf).filter(Boolean);
const pairs = (terms) => terms.slice(1).map((second, k) => [terms[k], second]);
// what is written in two words here may be one there: super resolution, grid sample
const joinedPairs = (query) => pairs(wordsOf(query).filter((word) => termsOf(word))).map((two) => two.join(""));

const index = new MiniSearch({
  fields: ["title", "also", "page", "text", "code"], idField: "id", tokenize: tokens, processTerm: termsOf,
  extractField: (entry, name) => name == "text" ? entry.text?.join("\n") : entry[name],
  // b: a word counts little less in a long field, such as the line "Also called"
  searchOptions: { tokenize: (query) => [...tokens(query), ...joinedPairs(query)], bm25: { k: 1.2, b: 0.3, d: 0.5 } },
});
const sections = searchData.map((entry, id) => ({ ...entry, id }));
index.addAll(sections);
const lines = [];
const lineOf = (id) => lines[id] ??= ` ${[sections[id].title, sections[id].also, ...sections[id].text]
  .map((text) => flow(text).join(" ")).join(" | ")} `;

function find(query) {
  const asked = new Set(tokens(query).map(termsOf).filter(Boolean)), neighbours = pairs(flow(query));
  const twoInOne = joinedPairs(query).map(termsOf);
  const found = index.search(query, {
    boost: { title: 4, also: 3, page: 2, code: 0.5 }, prefix: (term) => term.length > 3, fuzzy: (term) => term.length > 5 ? 0.15 : false,
    boostDocument: (id) => sections[id].weight,
  });
  // a section that has all the words goes before one that has a word often, and one that has them side by side before that
  for (const hit of found) {
    const met = new Set(hit.queryTerms.filter((term) => asked.has(term)));
    const two = new Set(hit.queryTerms.filter((term) => twoInOne.includes(term)));
    const beside = neighbours.filter((both) => lineOf(hit.id).includes(` ${both.join(" ")} `)).length;
    hit.rank = hit.score * (Math.min(asked.size, met.size + 2 * two.size) / asked.size) ** 2 * (1 + beside / Math.max(neighbours.length, 1));
  }
  found.sort((a, b) => b.rank - a.rank);
  // three sections of a page are enough; of the pages that lead on to chapters (questions, glossary, ...) the second
  // counts less than the first, so that they do not stand in front of the chapters
  const perPage = {};
  let leading = 0;
  for (const hit of found) {
    const { page, weight } = sections[hit.id];
    perPage[page] = (perPage[page] ?? 0) + 1;
    if (weight < 1) leading += 1;
    hit.rank *= perPage[page] > 3 ? 0 : weight < 1 ? 0.7 ** (leading - 1) : 1;
  }
  return found.filter((hit) => hit.rank).sort((a, b) => b.rank - a.rank).slice(0, 20);
}

// the sentence with most of the words
function snippet(entry, terms) {
  const has = (text) => new Set(tokens(text).map(termsOf).filter((term) => terms.has(term))).size;
  const sentences = (entry.text ?? []).flatMap((unit) => unit.split(/(?<=[.:?!])\s+(?=\p{Lu})/u));
  const best = sentences.reduce((a, b) => has(b) > has(a) ? b : a, sentences[0] ?? "");
  return best.length > 260 ? best.slice(0, best.lastIndexOf(" ", 250)) + " …" : best;
}
function marked(text, terms) {
  return text.split(/([\p{L}\p{N}_]+)/u).map((word, k) => {
    if (k % 2 == 0 || !tokens(word).some((token) => terms.has(termsOf(token)))) return document.createTextNode(word);
    return Object.assign(document.createElement("mark"), { textContent: word });
  });
}

function show(query) {
  const hits = query.trim() ? find(query) : [];
  document.getElementById("search-summary").textContent = !query.trim() ? "" :
    hits.length ? `${hits.length} ${hits.length == 1 ? "section" : "sections"}` : "Nothing found. Fewer or other words may help.";
  document.getElementById("search-results").replaceChildren(...hits.map((hit) => {
    const entry = sections[hit.id], terms = new Set(hit.terms);
    const item = document.createElement("li"), link = document.createElement("a");
    Object.assign(link, { href: entry.url, textContent: entry.title });
    const page = Object.assign(document.createElement("span"), { className: "page", textContent: entry.top ? "" : entry.page });
    const text = document.createElement("p");
    text.append(...marked(snippet(entry, terms), terms));
    item.append(link, page, text);
    return item;
  }));
}

const field = document.querySelector(".bd-search-container input");
for (const input of document.querySelectorAll(".bd-search input")) input.value = new URLSearchParams(location.search).get("q") ?? "";
field.form.addEventListener("submit", (event) => event.preventDefault());
field.addEventListener("input", () => {
  history.replaceState(null, "", "?" + new URLSearchParams({ q: field.value }));
  show(field.value);
});
show(field.value);
field.focus();
