/* When and with what charts are drawn. Plotly comes in two files: lines, which every page with charts loads, and the
   map's part, which is fetched when a map comes near the view or the page has come to rest. Charts in view are drawn
   first, the others one by one while nothing else is to be done. */
(function () {
  "use strict";

  const script = document.querySelector("script[data-plotly]");
  if (!script) return;
  const NEAR = "50%"; // of the window's height, above and below
  const rest = window.requestIdleCallback || ((then) => setTimeout(then, 200)); // not every browser tells

  // Dash waits for this promise, and loads no Plotly of its own.
  window.Plotly = new Promise((done, failed) => {
    script.addEventListener("load", () => { inTurn(window.Plotly); done(); });
    script.addEventListener("error", () => failed(new Error("charts cannot be drawn: their script is missing")));
  });

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
    const draw = Plotly.react;
    Plotly.react = (chart, ...rest_) =>
      chart._fullLayout ? draw(chart, ...rest_) : turn(chart).then(() => draw(chart, ...rest_));
  }

  /* ---- the map's part ---- */

  let part = null;

  function fetched() {
    part ||= window.Plotly.then
      ? window.Plotly.then(fetchedNow)
      : fetchedNow();
    return part;
  }

  const fetchedNow = () =>
    new Promise((done, failed) => {
      const more = Object.assign(document.createElement("script"), { src: script.dataset.map, onload: done, onerror: failed });
      document.head.append(more);
    });

  // Resolves once maps can be drawn, which is tried when the element's turn has come.
  window.hearthmapCharts = { map: (element) => turn(element).then(fetched) };
})();
