// The pages of the site as one document: ids that are unique, links that lead within it, solutions at its end.
({ pages, site, last }) => {
  const make = (tag, className, ...parts) => {
    const element = Object.assign(document.createElement(tag), { className });
    element.append(...parts);
    return element;
  };
  const column = document.querySelector(".bd-article-container");
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
    for (const solution of article.querySelectorAll("details.solution")) {
      const exercise = article.querySelector(`[id="${own(solution.id.replace(`${name}--solution-`, ""))}"]`);
      const number = exercise.querySelector(".caption-number").textContent.trim();
      const there = Object.assign(make("a", "reference", `Solution of ${number.toLowerCase()}`), { href: `#${solution.id}` });
      const back = Object.assign(make("a", "reference", number), { href: `#${exercise.id}` });
      solution.replaceWith(make("p", "to-solution", there));
      solution.querySelector("summary").remove();
      const moved = make("div", "", make("h3", "", back), ...solution.childNodes);
      moved.id = solution.id;
      solutions.append(moved);
    }
    if (solutions.children.length > 1) collected.append(solutions);
    for (const code of article.querySelectorAll(".checked-equation details")) code.remove(); // it stands in the chapters
    for (const mistakes of article.querySelectorAll("details.mistakes")) mistakes.remove(); // for who teaches, on the site
    for (const fold of article.querySelectorAll("details")) fold.open = true;
    const section = make("section", "printed", article);
    section.id = name;
    column.append(section);
  }
  const article = make("article", "bd-article", ...collected.childNodes);
  collected.append(article);
  if (article.children.length > 1) column.append(collected);
}
