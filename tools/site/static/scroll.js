// What scrolls sideways must be reachable by keyboard: a wide equation, table or output becomes a tab stop
// while it is wider than its place, and only then.
const wide = ".katex-display, .cell_output pre, .cell_output .output, .highlight pre, .pst-scrollable-table-container, .table-wrapper";

function updateTabStops() {
  for (const element of document.querySelectorAll(wide)) {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  }
}

addEventListener("load", updateTabStops);
addEventListener("resize", updateTabStops);
document.fonts?.ready.then(updateTabStops);
document.addEventListener("toggle", updateTabStops, true);
