/* When and with what charts are drawn. Plotly comes in two files: lines, which every page with charts loads, and the
   map's part, which is fetched when a map comes near the view or the page has come to rest. Charts in view are drawn
   first, the others one by one while nothing else is to be done. */
(function () {
  "use strict";

  const { lines, map } = document.querySelector("link[data-lines]")?.dataset || {};
  if (!lines) return;
  const NEAR = "50%"; // of the window's height, above and below
  const rest = window.requestIdleCallback || ((then) => setTimeout(then, 200)); // not every browser tells

  const loaded = (src) =>
    new Promise((done, failed) => document.head.append(Object.assign(document.createElement("script"), {
      src, onload: done, onerror: () => failed(new Error("charts cannot be drawn: a script is missing")),
    })));

  // The file is on its way since the page's head named it, and runs once somebody asks: Dash, when a page has a chart.
  // It waits for this promise, and loads no Plotly of its own.
  let ready = null;
  const library = () => (ready ||= loaded(lines).then(() => inTurn(window.Plotly)));
  window.Plotly = { then: (done, failed) => library().then(done, failed) };

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

  // Resolves once maps can be drawn, which is tried when the element's turn has come.
  window.hearthmapCharts = {
    map: (element) => turn(element).then(() => (part ||= library().then(() => loaded(map)))),
  };
})();
