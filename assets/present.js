/* A page on a projector: one key to the next part of it, one to the part before, Escape to leave. */
(function () {
  "use strict";

  const TYPED = "input, select, textarea, [role=listbox], canvas"; // they have their own use for these keys
  const KEYS = { ArrowRight: 1, PageDown: 1, n: 1, ArrowLeft: -1, PageUp: -1, p: -1 };
  const bar = () => document.querySelector(".present-bar");
  let at = 0;

  const FRAMES = "section, .an-chart-box, .an-stage, .an-panel, .an-list";

  // What is seen of the page, one part after the other: a heading, and the frame that it stands in.
  function parts() {
    const drawn = document.querySelector("#react-entry-point") || document;
    const seen = Array.from(drawn.querySelectorAll("h1, h2, .an-stage, .an-list, .tiles"))
      .filter((each) => each.offsetParent !== null && !each.classList.contains("visually-hidden"))
      .map((name) => ({ name, frame: name.closest(FRAMES) || name }));
    const top = ({ frame }) => frame.getBoundingClientRect().top;
    return seen.filter(({ frame }, n) => seen.findIndex((each) => each.frame === frame) === n).sort((a, b) => top(a) - top(b));
  }

  function go(step) {
    const all = parts();
    if (!all.length) return;
    at = Math.min(Math.max(at + step, 0), all.length - 1);
    const { frame, name } = all[at];
    if (!name.hasAttribute("tabindex")) name.setAttribute("tabindex", "-1");
    name.focus({ preventScroll: true });
    frame.scrollIntoView({ block: "start" });
    say(all.length);
  }

  function say(all) {
    const told = bar().querySelector(".present-at");
    told.hidden = false;
    const words = told.dataset.words.replace("{n}", at + 1).replace("{all}", all);
    if (told.textContent !== words) told.textContent = words; // the page is watched for changes
    bar().querySelectorAll("[data-part]").forEach((button) => {
      button.hidden = false;
      button.disabled = Number(button.dataset.part) < 0 ? at === 0 : at === all - 1;
    });
  }

  // What was chosen meanwhile is kept; only the projector and its pins go.
  function leave() {
    const query = new URLSearchParams(window.location.search);
    query.delete("present");
    query.delete("as_of");
    const text = query.toString();
    window.location.assign(window.location.pathname + (text ? "?" + text : ""));
  }

  document.addEventListener("keydown", (event) => {
    if (!bar() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && !event.defaultPrevented) leave();
    const step = KEYS[event.key];
    if (!step || event.target.closest(TYPED)) return;
    event.preventDefault();
    go(step);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-part]");
    if (button) go(Number(button.dataset.part));
    if (event.target.closest("[data-leave]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      leave();
    }
    const way = event.target.closest("a[data-present]"); // the view that is chosen by now, which the address names
    if (way) {
      const query = new URLSearchParams(window.location.search);
      query.set("present", "1");
      query.set("as_of", query.get("as_of") || way.dataset.present);
      way.search = query.toString();
    }
  }, true);

  const watch = new MutationObserver(() => {
    if (!bar()) return;
    const all = parts().length;
    if (all && !document.getElementById("first-paint")) say(all);
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (!bar()) return;
    watch.observe(document.getElementById("main"), { childList: true, subtree: true });
  });
})();
