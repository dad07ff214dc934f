/* The periods of the map on a slider, and a button that plays them. Each step is an ordinary change of the address, so
   what was answered before is answered from memory. Nothing ever plays by itself, and who asked the system for less
   motion gets one step for each press. */
(function () {
  "use strict";

  const PACE = 1200; // milliseconds that a period stands
  const PATIENCE = 15000; // for an answer, before playing ends
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const element = (name, props, ...children) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children);
    return made;
  };

  let told = null; // what the server last said: periods, words, the one shown
  let text = "";
  let bar = null;
  let playing = null; // { timer, expected }

  function build(host) {
    bar = {
      host,
      slider: element("input", { type: "range", min: "0", step: "1", id: "time-slider" }),
      label: element("output", { className: "an-time-label" }),
      button: element("button", { type: "button", className: "an-play" }),
      ticks: element("div", { className: "an-ticks" }),
      status: element("p", { className: "visually-hidden" }),
    };
    bar.label.setAttribute("for", "time-slider");
    bar.label.setAttribute("aria-live", "off"); // the slider says its own value
    bar.ticks.setAttribute("aria-hidden", "true");
    bar.status.setAttribute("role", "status");
    bar.name = element("label", { className: "visually-hidden", htmlFor: "time-slider" });
    host.setAttribute("role", "group");
    host.append(
      bar.button,
      element("div", { className: "an-time-track" }, bar.label, bar.name, bar.slider, bar.ticks),
      bar.status
    );
    bar.slider.addEventListener("input", () => say(Number(bar.slider.value)));
    bar.slider.addEventListener("change", () => { stop(false); show(Number(bar.slider.value)); });
    bar.button.addEventListener("click", () => {
      if (still.matches) show((at() + 1) % told.starts.length);
      else if (playing) stop(true);
      else play();
    });
    still.addEventListener("change", () => { stop(false); draw(); });
  }

  const at = () => Number(bar.slider.value);

  function say(place) {
    bar.slider.setAttribute("aria-valuetext", told.labels[place]);
    bar.label.textContent = told.labels[place];
  }

  function draw() {
    const { words, kinds } = told;
    bar.host.hidden = false;
    bar.host.setAttribute("aria-label", words.group);
    bar.name.textContent = words.slider;
    bar.slider.max = String(kinds.length - 1);
    if (bar.ticks.dataset.kinds !== kinds.join()) {
      bar.ticks.dataset.kinds = kinds.join();
      bar.ticks.replaceChildren(...kinds.map((kind) => element("span", { className: "an-tick-" + kind })));
    }
    const name = still.matches ? words.next : playing ? words.pause : words.play;
    bar.button.textContent = name;
    bar.button.dataset.does = still.matches ? "next" : playing ? "pause" : "play";
  }

  function show(place, replace) {
    bar.slider.value = String(place);
    say(place);
    window.hearthmap.go({ to: told.starts[place], from: null }, replace);
  }

  /* ---- playing ---- */

  function play() {
    const last = told.starts.length - 1;
    playing = { timer: 0, expected: -1 };
    bar.status.textContent = told.words.playing;
    hush();
    draw();
    step(at() >= last ? 0 : at() + 1, false);
  }

  // The next period comes when this one has been drawn and has stood for a while.
  function step(place, replace) {
    playing.expected = place;
    playing.timer = setTimeout(() => stop(true), PATIENCE);
    show(place, replace);
  }

  function arrived() {
    if (!playing || told.at !== playing.expected) return;
    clearTimeout(playing.timer);
    playing.expected = -1;
    playing.timer = setTimeout(() => (told.at < told.starts.length - 1 ? step(told.at + 1, true) : stop(true)), PACE);
  }

  function stop(announced) {
    if (!playing) return;
    clearTimeout(playing.timer);
    playing = null;
    hush();
    draw();
    bar.status.textContent = announced ? told.words.stopped.replace("{period}", told.labels[at()]) : "";
  }

  // While periods go by, only start and end are announced.
  function hush() {
    const lead = document.querySelector("#map-head [role=status]");
    if (!lead) return;
    if (playing) lead.setAttribute("aria-live", "off");
    else lead.removeAttribute("aria-live");
  }

  /* ---- what the server says ---- */

  function look() {
    const host = document.querySelector("#react-entry-point .an-time");
    if (!host) return;
    if (!bar || bar.host !== host) build(host);
    if (playing) hush();
    const source = document.querySelector("#react-entry-point [data-time]");
    const now = source ? source.dataset.time : "";
    if (now === text) return;
    text = now;
    if (!now) {
      told = null;
      stop(false);
      host.hidden = true;
      return;
    }
    const before = told;
    told = JSON.parse(now);
    if (playing && before && before.starts.join() !== told.starts.join()) stop(false); // another measure was chosen
    draw();
    if (!playing && document.activeElement === bar.slider && before && at() !== told.at) return; // still moving
    bar.slider.value = String(told.at);
    say(told.at);
    arrived();
  }

  new MutationObserver(look).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-time"],
  });
  window.addEventListener("popstate", () => bar && stop(false));
  document.addEventListener("visibilitychange", () => document.hidden && bar && stop(false));
  document.addEventListener("change", (event) => event.target.closest("form[data-view]") && bar && stop(false));
  document.addEventListener("click", (event) => event.target.closest("a[data-view]") && bar && stop(false));
})();
