// The pages of the site as one document: ids that are unique, links that lead within it, solutions at its end.
({ pages, site, last }) => {
  const make = (tag, className, ...parts) => {
    const element = Object.assign(document.createElement(tag), { className });
    element.append(...parts);
    return element;
  };
  const column = document.querySelector(".bd-article-container");
  const style = document.head.appendChild(document.createElement("style"));
  const add = (section, title) => { // each with its title above its pages
    section.style.page = `part-${column.children.length}`;
    style.append(`@page ${section.style.page} { @top-left { content: ${JSON.stringify(title)}; } }\n`);
    column.append(section);
  };
  const names = new Map(pages.map(({ name, uri }) => [site + uri, name]));
  const collected = make("section", "printed", make("h1", "", last));
  collected.id = "solutions";
  for (const { name, uri, html, title } of pages) {
    const article = new DOMParser().parseFromString(html, "text/html").querySelector("article");
    for (const link of article.querySelectorAll(".headerlink")) link.remove();
    const own = (id) => `${name}--${id}`;
    for (const element of article.querySelectorAll("[id]")) element.id = own(element.id);
    for (const attribute of ["for", "aria-labelledby", "aria-describedby"]) {
      for (const element of article.querySelectorAll(`[${attribute}]`)) element.setAttribute(attribute, own(element.getAttribute(attribute)));
    }
    for (const element of article.querySelectorAll("[src]")) element.src = new URL(element.getAttribute("src"), site + uri);
    for (const element of article.querySelectorAll("[href]")) {
      const [page, place] = new URL(element.getAttribute("href"), site + uri).href.split("#");
      if (names.has(page)) element.setAttribute("href", `#${names.get(page)}${place ? "--" + place : ""}`);
      else if (page.startsWith(site)) element.removeAttribute("href");
    }
    for (const element of article.querySelectorAll("svg *")) {
      for (const { name: attribute, value } of [...element.attributes]) {
        if (value.includes("url(#")) element.setAttribute(attribute, value.replace(/url\(#/g, `url(#${own("")}`));
        if (attribute == "xlink:href") element.setAttribute(attribute, value.replace(/^#/, `#${own("")}`));
      }
    }
    if (title) article.querySelector("h1").textContent = title;
    const solutions = make("section", "", make("h2", "", article.querySelector("h1").textContent));
    const numbered = [...article.querySelectorAll("figure .caption-number")];
    for (const solution of article.querySelectorAll("details")) {
      const answer = solution.querySelector("summary").textContent.trim() == "Answer";
      if (!answer && !solution.classList.contains("solution")) continue;
      const before = (element) => element.compareDocumentPosition(solution) & Node.DOCUMENT_POSITION_FOLLOWING;
      const caption = answer ? numbered.findLast(before)
        : article.querySelector(`[id="${own(solution.id.replace(`${name}--solution-`, ""))}"] .caption-number`);
      const number = caption.textContent.trim(), asked = caption.closest("[id]");
      if (answer) solution.id = `${asked.id}-answer`;
      const says = answer ? `Answer: ${number}` : `Solution of ${number.toLowerCase()}`;
      const there = Object.assign(make("a", "reference", says), { href: `#${solution.id}` });
      const back = Object.assign(make("a", "reference", number), { href: `#${asked.id}` });
      solution.replaceWith(make("p", "to-solution", there));
      solution.querySelector("summary").remove();
      const moved = make("div", "", make("h3", "", back), ...solution.childNodes);
      moved.id = solution.id;
      solutions.append(moved);
    }
    if (solutions.children.length > 1) collected.append(solutions);
    for (const list of article.querySelectorAll("details:has(> .checked-equation)")) { // the rest stands in the chapters
      list.replaceWith(make("div", "checked", ...list.querySelectorAll(".checked-equation > p:first-child")));
    }
    for (const text of article.querySelectorAll("p")) if (/:\s*$/.test(text.textContent)) text.style.breakAfter = "avoid";
    for (const code of article.querySelectorAll("pre")) if (code.textContent.split("\n").length < 9) code.style.breakInside = "avoid";
    for (const fold of article.querySelectorAll("details")) fold.open = true;
    const section = make("section", "printed", article);
    section.id = name;
    add(section, article.querySelector("h1").textContent);
  }
  const article = make("article", "bd-article", ...collected.childNodes);
  collected.append(article);
  if (article.children.length > 1) add(collected, last);
}
