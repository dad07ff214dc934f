/* The search above the map: a combobox as the ARIA practices describe it. The list of places is fetched when somebody
   comes to the field, the city's addresses (where they are public) when somebody first types; what is typed stays here. */
(function () {
  "use strict";

  const MOST = 8;
  const SHARE = 4; // of the options, for what is less likely to be meant
  const FINEST = "h3_9";
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const element = (name, props, ...children) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children);
    return made;
  };
  const filled = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  function build(host) {
    const { words } = JSON.parse(host.dataset.tools);
    const input = element("input", { type: "text", id: "map-find", autocomplete: "off", spellcheck: false });
    const list = element("ul", { id: "map-found", className: "an-found", hidden: true });
    const status = element("p", { className: "an-told" });
    const credit = element("p", { className: "an-told quiet" });
    const label = element("label", { htmlFor: "map-find", textContent: words.find });
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", "map-found"], ["aria-expanded", "false"]])
      input.setAttribute(name, value);
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.find);
    status.setAttribute("role", "status");
    host.append(element("div", { className: "an-find" }, label, input, list, status, credit));

    let places = null;
    let book = null;
    let coming = false;
    let hits = [];
    let at = -1;
    let asked = ""; // what the list answers

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

    async function opened() {
      if (book || coming || !host.dataset.addresses) return;
      coming = true;
      try {
        const { open } = await import(host.dataset.reading);
        book = await open(host.dataset.addresses);
        const sources = new Set(book.sources.map((source) => `${source.publisher} (${source.license})`));
        credit.textContent = filled(words.credit, { sources: [...sources].join(", ") });
      } catch (_) {
        book = null; // tried again at the next letter
      }
      coming = false;
      if (input.value && document.activeElement === input) suggest();
    }

    const rank = (place, wanted) => (place.text.startsWith(wanted) ? 0 : place.text.includes(" " + wanted) ? 1 : 2);

    function placesLike(wanted) {
      const found = wanted && places ? places.filter((place) => place.text.includes(wanted)) : [];
      found.sort((a, b) => rank(a, wanted) - rank(b, wanted) || a.name.localeCompare(b.name, undefined, { numeric: true }));
      return found.map((place) => ({ name: place.name, beside: place.title, choose: () => choosePlace(place) }));
    }

    // Of an address, the area that tells it from one of the same name.
    function areaOf(place) {
      const kind = book.kinds.includes("neighborhood") ? "neighborhood" : book.kinds[0];
      const id = place[3 + book.kinds.indexOf(kind)];
      return (places || []).find((each) => each.kind === kind && each.id === id)?.name ?? id ?? "";
    }

    function addressesLike(found) {
      return found.addresses.map(({ number, street, place }) => {
        const name = number + " " + street;
        return { name, beside: areaOf(place), choose: () => chooseAddress(name, place) };
      });
    }

    function streetsLike(found) {
      return found.streets.map(({ street, box }) => ({ name: street, beside: words.street, choose: () => chooseStreet(box) }));
    }

    function suggest() {
      const marked = input.value === asked ? hits[at] : null; // addresses came meanwhile: who stands on a place stays there
      asked = input.value;
      const wanted = plain(input.value.trim());
      const found = wanted && book ? book.find(input.value) : { addresses: [], streets: [], missing: false };
      const named = placesLike(wanted);
      const [addresses, streets] = [addressesLike(found), streetsLike(found)];
      const numbered = /^\d/.test(wanted);
      const [first, second] = numbered ? [[...addresses, ...streets], named] : [named, [...addresses, ...streets]];
      const kept = Math.max(MOST - second.length, SHARE);
      hits = [...first.slice(0, kept), ...second].slice(0, MOST);
      list.replaceChildren(...hits.map((hit, n) => {
        const option = element("li", { id: "map-found-" + n }, hit.name, element("span", { className: "quiet", textContent: " " + hit.beside }));
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }));
      open(hits.length > 0);
      mark(marked ? hits.findIndex((hit) => hit.name === marked.name && hit.beside === marked.beside) : -1);
      status.textContent = wanted ? told(named.length, addresses.length, streets.length, found.missing) : "";
      status.classList.toggle("visually-hidden", hits.length > 0 && !found.missing);
    }

    function told(places_, addresses, streets, missing) {
      if (missing) return filled(words.missing, { n: streets });
      if (addresses + streets === 0) {
        if (places_) return filled(words.found, { n: places_ });
        return coming ? words.coming : places ? words.none : "";
      }
      if (!places_ && !streets) return filled(words.addresses, { n: addresses });
      if (!places_ && !addresses) return filled(words.streets, { n: streets });
      return filled(words.all, { places: places_, addresses, streets });
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

    function choose(hit) {
      input.value = hit.name;
      open(false);
      mark(-1);
      say("");
      hit.choose();
    }

    function say(text) {
      status.classList.remove("visually-hidden");
      status.textContent = text;
    }

    function offered() {
      const source = document.querySelector("#react-entry-point [data-offered]");
      return source ? source.dataset.offered.split(" ") : [];
    }

    function select(kind, unit, box) {
      window.hearthmap.go({ geography: kind, unit });
      window.hearthmap.focusAfter("map-panel");
      window.hearthmap.fitted(box, unit);
    }

    function choosePlace(place) {
      if (offered().includes(place.kind)) return select(place.kind, place.id, place.box);
      say(words.elsewhere.replace("{place}", place.title + " " + place.name));
      window.hearthmap.fitted(place.box);
    }

    // The place of the kind that the map shows; of cells the finest. The address itself is told to nobody.
    function chooseAddress(name, place) {
      const [cell, lat, lng, ...ids] = place;
      const kinds = offered();
      const now = window.hearthmap.geography();
      const areas = [now, "neighborhood", "district", ...book.kinds].filter((kind) => kinds.includes(kind) && book.kinds.includes(kind));
      const area = areas.find((kind) => ids[book.kinds.indexOf(kind)]);
      const near = (reach) => [lng - reach, lat - reach, lng + reach, lat + reach];
      const zone = now && now.startsWith("zone") ? window.hearthmap.at(lng, lat) : null;
      say(filled(words.about, { address: name }));
      if (now && now.startsWith("h3_") && kinds.includes(FINEST)) select(FINEST, cell, near(0.002));
      else if (zone) select(now, zone, near(0.006));
      else if (area) {
        const unit = ids[book.kinds.indexOf(area)];
        select(area, unit, (places || []).find((each) => each.kind === area && each.id === unit)?.box ?? near(0.01));
      } else {
        say(words.elsewhere.replace("{place}", name));
        window.hearthmap.fitted(near(0.004));
      }
    }

    function chooseStreet(box) {
      say(words.number);
      window.hearthmap.fitted(box);
    }

    input.addEventListener("focus", fetched);
    input.addEventListener("input", () => { fetched(); opened(); suggest(); });
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
