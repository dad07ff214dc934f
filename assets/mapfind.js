/* The search for places above the map: a combobox as the ARIA practices describe it. The list of places is fetched when
   somebody comes to the field; what is typed stays here. */
(function () {
  "use strict";

  const MOST = 8;
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const element = (name, props, ...children) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children);
    return made;
  };

  function build(host) {
    const { words } = JSON.parse(host.dataset.tools);
    const input = element("input", { type: "text", id: "map-find", autocomplete: "off", spellcheck: false });
    const list = element("ul", { id: "map-found", className: "an-found", hidden: true });
    const status = element("p", { className: "an-told" });
    const label = element("label", { htmlFor: "map-find", textContent: words.find });
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", "map-found"], ["aria-expanded", "false"]])
      input.setAttribute(name, value);
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.find);
    status.setAttribute("role", "status");
    host.append(element("div", { className: "an-find" }, label, input, list, status));

    let places = null;
    let hits = [];
    let at = -1;

    async function fetched() {
      if (places) return;
      places = [];
      try {
        const told = await (await fetch(host.dataset.places)).json();
        places = told.places.map(([kind, id, name, box]) => ({
          kind: told.kinds[kind][0], title: told.kinds[kind][1], id, name, box,
          text: plain(name.includes(id) && name === id ? told.kinds[kind][1] + " " + name : name),
        }));
        if (input.value) suggest();
      } catch (_) {
        places = null; // tried again at the next letter
      }
    }

    const rank = (place, wanted) => (place.text.startsWith(wanted) ? 0 : place.text.includes(" " + wanted) ? 1 : 2);

    function suggest() {
      const wanted = plain(input.value.trim());
      const found = wanted && places ? places.filter((place) => place.text.includes(wanted)) : [];
      found.sort((a, b) => rank(a, wanted) - rank(b, wanted) || a.name.localeCompare(b.name, undefined, { numeric: true }));
      hits = found.slice(0, MOST);
      list.replaceChildren(...hits.map((place, n) => {
        const option = element("li", { id: "map-found-" + n }, place.name, element("span", { className: "quiet", textContent: " " + place.title }));
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }));
      open(hits.length > 0);
      mark(-1);
      status.textContent = !wanted || !places ? "" : found.length ? words.found.replace("{n}", found.length) : words.none;
      status.classList.toggle("visually-hidden", found.length > 0);
    }

    function open(yes) {
      list.hidden = !yes;
      input.setAttribute("aria-expanded", String(yes));
    }

    function mark(place) {
      at = place;
      Array.from(list.children).forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
      if (at >= 0) {
        input.setAttribute("aria-activedescendant", "map-found-" + at);
        list.children[at].scrollIntoView({ block: "nearest" });
      } else input.removeAttribute("aria-activedescendant");
    }

    function choose(place) {
      input.value = place.name;
      open(false);
      mark(-1);
      status.textContent = "";
      const source = document.querySelector("#react-entry-point [data-offered]");
      if (source && source.dataset.offered.split(" ").includes(place.kind)) {
        window.hearthmap.go({ geography: place.kind, unit: place.id });
        window.hearthmap.focusAfter("map-panel");
        window.hearthmap.fitted(place.box, place.id);
      } else {
        status.classList.remove("visually-hidden");
        status.textContent = words.elsewhere.replace("{place}", place.title + " " + place.name);
        window.hearthmap.fitted(place.box);
      }
    }

    input.addEventListener("focus", fetched);
    input.addEventListener("input", () => { fetched(); suggest(); });
    input.addEventListener("keydown", (event) => {
      const shown = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!shown) { suggest(); if (list.hidden) return; }
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark(at < 0 ? (step > 0 ? 0 : hits.length - 1) : (at + step + hits.length) % hits.length);
      } else if (event.key === "Enter" && shown) {
        event.preventDefault();
        choose(hits[Math.max(at, 0)]);
      } else if (event.key === "Escape") {
        if (!shown) input.value = "";
        open(false);
        mark(-1);
        status.textContent = "";
      } else if (event.key === "Tab") open(false);
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(hits[Array.from(list.children).indexOf(option)]);
    });
    input.addEventListener("blur", () => open(false));
    host.hidden = false;
  }

  new MutationObserver(() => {
    const host = document.querySelector("#react-entry-point .an-tools");
    if (host && !host.querySelector(".an-find")) build(host);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
