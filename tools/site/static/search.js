// The search page: MiniSearch over the sections of the book, with the words and the spelling that people use.
const tooCommon = new Set(("a about after all also am an and any are as at be because been before but by can cannot could did do does " +
  "doesn don for from get gets give gives had has have how i if in into is isn it its just like make me my no not of off on or " +
  "our out should so some than that the their them then there these they this those to use used using was way we were what when " +
  "where which why will with without would you your").split(" "));
const stemmer = new Stemmer(); // Sphinx's, for English

// one spelling, then the stem
const american = (word) => word.replace(/our(?=s?$|ed$|ing$|less$)/, "or").replace(/^grey/, "gray").replace(/centre/, "center")
  .replace(/is(?=e$|es$|ed$|ing$|ation$|ations$)/, "iz").replace(/artefact/, "artifact").replace(/neighbour/, "neighbor");
function termsOf(word) {
  const lower = word.toLowerCase();
  if (tooCommon.has(lower)) return null;
  return /^[a-z]{3,}$/.test(lower) ? stemmer.stemWord(american(lower)) : lower;
}
// names of code, whole and in their parts: align_corners, ConvTranspose2d, F.interpolate; super-resolution as one word too
function tokens(text) {
  const joined = (text.match(/\p{L}+-\p{L}+/gu) ?? []).map((word) => word.replace("-", ""));
  return joined.concat(text.split(/[^\p{L}\p{N}_]+/u).flatMap((word) => {
    const parts = word.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/(?<=[A-Za-z]{3})(\dd)$/i, " $1").split(/[\s_]+/);
    return parts.length > 1 ? [word, ...parts] : [word];
  })).filter(Boolean);
}

const index = new MiniSearch({
  fields: ["title", "page", "text", "code"], idField: "id", tokenize: tokens, processTerm: termsOf,
  extractField: (entry, name) => name == "text" ? entry.text?.join("\n") : entry[name],
});
const sections = searchData.map((entry, id) => ({ ...entry, id }));
index.addAll(sections);

function find(query) {
  const asked = new Set(tokens(query).map(termsOf).filter(Boolean)).size;
  const found = index.search(query, {
    boost: { title: 4, page: 2, code: 0.5 }, prefix: (term) => term.length > 3, fuzzy: (term) => term.length > 5 ? 0.15 : false,
    boostDocument: (id) => sections[id].weight,
  });
  // a section that has all the words goes before one that has a word often
  for (const hit of found) hit.rank = hit.score * (new Set(hit.queryTerms).size / asked) ** 2;
  found.sort((a, b) => b.rank - a.rank);
  const perPage = {};
  return found.filter((hit) => (perPage[sections[hit.id].page] = (perPage[sections[hit.id].page] ?? 0) + 1) <= 3).slice(0, 20);
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
