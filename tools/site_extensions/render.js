// Renders formulas with KaTeX: one JSON request a line on stdin, one JSON answer a line on stdout.
// It ends when stdin closes, so it cannot outlive the build that started it, however that ends.
const katex = require(process.argv[2]);

function render({latex, displayMode}) {
  try {
    return {html: katex.renderToString(latex, {displayMode})};
  } catch (error) {
    return {error: error.message};
  }
}

require("readline").createInterface({input: process.stdin}).on("line", (line) => {
  console.log(JSON.stringify(render(JSON.parse(line))));
});
