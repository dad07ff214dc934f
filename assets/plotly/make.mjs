// Makes `lines.js` and `map.js` beside this file, each also compressed with Brotli, from plotly.js as npm has it.
// `map.js` holds only what `lines.js` does not: it takes the modules that both use from `Plotly.parts`.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { relative, sep } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const MAP_TRACES = ["choroplethmap", "scattermap"]; // `scatter` is in every Plotly
const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const { version, license } = createRequire(import.meta.url)("plotly.js/package.json");
const MAPLIBRE_CSS = /maplibre-gl\.css$/;

const options = {
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  define: { global: "window", "define.amd": "false", "process.env.NODE_DEBUG": "false" },
  legalComments: "inline",
  metafile: true,
  write: false,
};

const name = (path) => relative(here, path).split(sep).join("/").replace(/^.*node_modules\//, "");

// A style sheet becomes a style element; that of the map comes with the map.
const styles = (wanted) => ({
  name: "styles",
  setup(made) {
    made.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      if (!wanted && MAPLIBRE_CSS.test(path)) return { contents: "", loader: "js" };
      const text = JSON.stringify((await readFile(path, "utf8")).replace(/\s*\n\s*/g, "\n"));
      const contents = `const style = document.createElement("style"); style.textContent = ${text}; document.head.append(style);`;
      return { contents, loader: "js" };
    });
  },
});

// Modules that are in `lines.js` already.
const shared = (known, used) => ({
  name: "shared",
  setup(made) {
    made.onResolve({ filter: /.*/ }, async (asked) => {
      if (asked.pluginData === "looked") return undefined;
      const { importer, resolveDir, kind, path } = asked;
      const found = await made.resolve(path, { importer, resolveDir, kind, pluginData: "looked" });
      if (found.errors.length || MAPLIBRE_CSS.test(found.path) || !known.has(name(found.path))) return found;
      used.add(name(found.path));
      return { path: name(found.path), namespace: "shared" };
    });
    made.onLoad({ filter: /.*/, namespace: "shared" }, ({ path }) => ({
      contents: `module.exports = window.Plotly.parts[${JSON.stringify(path)}];`,
      loader: "js",
    }));
  },
});

const from = (contents) => ({ stdin: { contents, resolveDir: here } });
const CORE = 'const Plotly = require("plotly.js/lib/core"); window.Plotly = Plotly;';

async function lines(parts) {
  const each = [...parts].sort().map((path) => `${JSON.stringify(path)}: require(${JSON.stringify(`./node_modules/${path}`)})`);
  return build({ ...options, ...from(`${CORE} Plotly.parts = {${each.join(",")}};`), plugins: [styles(false)] });
}

async function map(known, used) {
  const traces = MAP_TRACES.map((trace) => `require("plotly.js/lib/${trace}")`);
  const contents = `require("maplibre-gl/dist/maplibre-gl.css"); window.Plotly.register([${traces.join(",")}]);`;
  return build({ ...options, ...from(contents), plugins: [shared(known, used), styles(true)] });
}

async function written(file, made, traces) {
  const head = `/*! plotly.js ${version}, traces: ${traces.join(", ")}. Copyright Plotly, Inc., license ${license}; see LICENSE */\n`;
  const text = Buffer.from(head + made.outputFiles[0].text);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  const small = brotliCompressSync(text, { params });
  await writeFile(`${here}/${file}`, text);
  await writeFile(`${here}/${file}.br`, small);
  console.log(`${file}: ${text.length} bytes, ${small.length} compressed`);
}

const known = new Set(Object.keys((await lines([])).metafile.inputs).map((path) => name(`${here}/${path}`)));
const used = new Set();
const ofMap = await map(known, used);
await written("lines.js", await lines(used), ["scatter"]);
await written("map.js", ofMap, MAP_TRACES);
