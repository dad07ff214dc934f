/* When and with what charts are drawn. Plotly comes in two files: lines, which every page with charts loads, and the
   map's part, which is fetched when a map comes near the view or the page has come to rest. Charts in view are drawn
   first, the others one by one while nothing else is to be done. */
(function () {
  "use strict";

  const { lines, map, noChart, noMap } = document.querySelector("link[data-lines]")?.dataset || {};
  if (!lines) return;
  const NEAR = "50%"; // of the window's height, above and below
  const rest = window.requestIdleCallback || ((then) => setTimeout(then, 200)); // not every browser tells

  const AGAIN = 600; // milliseconds until a file that did not come is asked for once more
  const script = (src) =>
    new Promise((done, failed) => document.head.append(Object.assign(document.createElement("script"), {
      src, onload: done, onerror: () => failed(new Error("charts cannot be drawn: a script is missing")),
    })));
  const loaded = (src) =>
    script(src).catch(() => new Promise((then) => setTimeout(then, AGAIN)).then(() => script(src)));

  // The file is on its way since the page's head named it, and runs once somebody asks: Dash, when a page has a chart.
  // It waits for this promise, and loads no Plotly of its own. The promise is always kept: one that is broken, Dash would
  // ask for without end, and a page with an open one answers no filter.
  let ready = null;
  let live = false;
  const library = () => (ready ||= loaded(lines).then(() => { inTurn(window.Plotly); live = true; }).catch(without));
  window.Plotly = { then: (done, failed) => library().then(done, failed) };

  /* ---- what cannot be drawn ---- */

  // Beside each chart or map that is missing, in the page's words; read out once.
  function tell(box, words) {
    if (!box || box.nextElementSibling?.matches(".an-missing")) return;
    const told = Object.assign(document.createElement("p"), { className: "note an-missing" });
    if (!document.querySelector(".an-missing")) told.setAttribute("role", "status");
    box.after(told);
    setTimeout(() => { told.textContent = words; }, 100); // only what changes in a status is read out
  }

  // Without the library the pictures stand, each as long as its figures are those of the page.
  function without() {
    const stood = new WeakMap();
    const react = (chart, figure) => {
      const box = chart.closest(".an-chart");
      const figures = JSON.stringify(figure.data);
      if (box) {
        if (!box.querySelector(".an-drawn") || (stood.has(box) && stood.get(box) !== figures)) box.hidden = true;
        stood.set(box, figures);
        tell(box, noChart);
      }
      chart.on ||= () => chart; // Dash listens to what it has drawn
      return Promise.resolve(chart);
    };
    window.Plotly = { react, purge: () => {}, Plots: { resize: (chart) => Promise.resolve(chart) } };
  }

  /* ---- one after the other ---- */

  const waiting = new Map(); // element → what to do once it is its turn
  const seen = new IntersectionObserver(
    (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => begin(entry.target)),
    { rootMargin: `${NEAR} 0px` }
  );
  let resting = false;

  // Resolves when an element is near the view, or when all that is has been drawn.
  function turn(element) {
    return new Promise((done) => {
      waiting.set(element, [...(waiting.get(element) || []), done]);
      seen.observe(element);
      settle();
    });
  }

  function begin(element) {
    seen.unobserve(element);
    const then = waiting.get(element) || [];
    waiting.delete(element);
    then.forEach((done) => done());
  }

  function settle() {
    if (resting || !waiting.size) return;
    resting = true;
    rest(() => {
      resting = false;
      const [next] = waiting.keys();
      if (next) begin(next);
      settle();
    });
  }

  window.addEventListener("beforeprint", () => [...waiting.keys()].forEach(begin));

  function inTurn(Plotly) {
    const { react } = Plotly;
    const draw = (chart, ...figure) => react(chart, ...figure).then((drawn) => {
      chart.closest(".an-chart")?.querySelector(".an-drawn")?.remove(); // the picture that stood for it
      return drawn;
    }, (error) => { // the shapes of a map did not come, say: the next figure is drawn again
      console.error(error);
      chart._promises = [];
      const onMap = chart.closest(".an-map");
      tell(onMap || chart.closest(".an-chart"), onMap ? noMap : noChart);
      if (onMap) document.dispatchEvent(new CustomEvent("hearthmap:missing"));
      return chart;
    });
    Plotly.react = (chart, ...figure) =>
      chart._fullLayout ? draw(chart, ...figure) : turn(chart).then(() => draw(chart, ...figure));
    // Dash asks for this after every first drawing, which would draw all of it again.
    const { resize } = Plotly.Plots;
    Plotly.Plots.resize = (chart) => (fits(chart) ? Promise.resolve(chart) : resize(chart));
  }

  function fits(chart) {
    const { width, height } = chart._fullLayout || {};
    return width === chart.clientWidth && height === chart.clientHeight;
  }

  /* ---- the map's part ---- */

  let part = null;

  async function fetched() {
    await library();
    if (!live) throw new Error("maps cannot be drawn: the library is missing");
    await loaded(map);
  }

  // Resolves once maps can be drawn, which is tried when the element's turn has come; what failed may be asked for again.
  window.hearthmapCharts = {
    map: (element) => turn(element).then(() => (part ||= fetched().catch((error) => {
      part = null;
      tell(element, noMap);
      throw error;
    }))),
  };
})();
