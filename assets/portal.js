// What the eye needs at once, on every page: the color scheme before the first paint, the switch for it, the search
// suggestions, and the hand-over from the first paint to the drawn page. Everything works without it, only plainer.
(function () {
  "use strict";
  const root = document.documentElement;
  const KEY = "hearthmap-scheme";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const kept = window.localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : null;
    } catch (_) {
      return null; // storage may be forbidden; the system's scheme is used
    }
  }

  function show(scheme) {
    root.setAttribute("data-scheme", scheme);
    name(scheme);
    document.dispatchEvent(new CustomEvent("hearthmap:scheme", { detail: scheme }));
  }

  // The switch says what it will do.
  function name(scheme) {
    const word = document.getElementById("scheme-word");
    const button = document.getElementById("scheme");
    if (word && button) word.textContent = scheme === "dark" ? button.dataset.light : button.dataset.dark;
  }

  const now = () => chosen() || (dark.matches ? "dark" : "light");
  show(now());
  dark.addEventListener("change", () => show(now()));
  window.addEventListener("storage", (event) => event.key === KEY && show(now())); // chosen in another window

  function choose(scheme) {
    try {
      window.localStorage.setItem(KEY, scheme);
    } catch (_) {
      // kept for this page only
    }
    show(scheme);
  }

  function readySwitch() {
    const button = document.getElementById("scheme");
    if (!button) return;
    button.hidden = false;
    name(now());
    button.addEventListener("click", () =>
      choose(root.getAttribute("data-scheme") === "dark" ? "light" : "dark")
    );
  }

  // The language switch keeps the view that is chosen by now, which the address names.
  function readyLanguages() {
    const keep = (event) => {
      const switch_ = event.target.closest("a.language");
      if (!switch_) return;
      const query = new URLSearchParams(window.location.search);
      query.set("lang", switch_.lang);
      switch_.search = query.toString();
      switch_.hash = window.location.hash;
    };
    document.addEventListener("pointerdown", keep, true);
    document.addEventListener("click", keep, true);
  }

  // On paper: the address of what is shown now. The server wrote that of the page as it was opened.
  function readyPaper() {
    const foot = document.getElementById("paper-foot");
    if (!foot) return;
    const written = foot.textContent;
    window.addEventListener("beforeprint", () => {
      const here = JSON.stringify(window.location.href).replaceAll("<", "\\00003c ");
      foot.textContent = written.replace(/(@bottom-center\{content:)"[^"]*"/, (_all, start) => start + here);
    });
  }

  // The first paint stands until the drawn page has content; then it leaves, in the same frame.
  function handOver() {
    const first = document.getElementById("first-paint");
    const entry = document.getElementById("react-entry-point");
    if (!first || !entry) return;
    root.classList.add("drawing");
    const watch = new MutationObserver(() => {
      const page = document.getElementById("page");
      if (!page || !page.firstChild || first.contains(page)) return;
      watch.disconnect();
      const focused = first.contains(document.activeElement);
      keepPictures(first, page);
      first.remove();
      root.classList.remove("drawing");
      if (focused) document.getElementById("main").focus();
    });
    watch.observe(entry, { childList: true, subtree: true });
  }

  // The pictures of charts go over into the drawn page, and stand there until charts.js has drawn them.
  function keepPictures(first, page) {
    const [before, after] = [first, page].map((each) => each.querySelectorAll(".an-chart"));
    before.forEach((box, n) => {
      const picture = box.querySelector(".an-drawn");
      if (picture && after[n] && after[n].ariaLabel === box.ariaLabel) after[n].append(picture);
    });
  }

  function closeMenus(event) {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (event.type === "keydown" ? event.key === "Escape" : !menu.contains(event.target)) {
        const inside = menu.contains(document.activeElement);
        menu.open = false;
        if (event.type === "keydown" && inside) menu.querySelector("summary").focus();
      }
    });
  }

  // Suggestions for the place search. The list of places is in the page; nothing typed leaves it until it is sent.
  const plain = (text) =>
    text
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .toLowerCase();

  function readySearch() {
    const input = document.getElementById("find");
    const list = document.getElementById("found");
    const told = document.getElementById("found-told");
    if (!input || !list) return;
    const places = Array.from(document.querySelectorAll("[data-place]")).map((link) => ({
      name: link.textContent.trim(),
      kind: link.dataset.place,
      href: link.getAttribute("href"),
      text: plain(link.textContent),
    }));
    const rank = (place, wanted) => (place.text.startsWith(wanted) ? 0 : place.text.includes(" " + wanted) ? 1 : 2);
    function suggest() {
      const wanted = plain(input.value.trim());
      const hits = wanted ? places.filter((place) => place.text.includes(wanted)) : [];
      hits.sort((a, b) => rank(a, wanted) - rank(b, wanted) || a.name.localeCompare(b.name));
      list.replaceChildren(
        ...hits.slice(0, 8).map((place) => {
          const item = document.createElement("li");
          const link = document.createElement("a");
          const kind = document.createElement("span");
          link.href = place.href;
          link.textContent = place.name;
          kind.className = "quiet";
          kind.textContent = place.kind;
          link.append(kind);
          item.append(link);
          return item;
        })
      );
      list.hidden = hits.length === 0;
      told.textContent = !wanted ? "" : hits.length ? told.dataset.many.replace("{n}", hits.length) : told.dataset.none;
    }
    input.addEventListener("input", suggest);
    const move = (event) => {
      const links = Array.from(list.querySelectorAll("a"));
      if (event.key === "Escape") {
        list.hidden = true;
        input.focus();
      }
      if (list.hidden || !links.length || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
      event.preventDefault();
      const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      (at < 0 ? input : links[Math.min(at, links.length - 1)]).focus();
    };
    input.addEventListener("keydown", move);
    list.addEventListener("keydown", move);
    input.form.addEventListener("submit", (event) => {
      const link = list.querySelector("a");
      if (!list.hidden && link) {
        event.preventDefault();
        window.location.assign(link.href);
      }
    });
    document.addEventListener("click", (event) => {
      if (!input.form.contains(event.target)) list.hidden = true;
    });
  }

  // The street that does not exist: take the marked home away and put it back, draw the noise again, and move it.
  function readyStreet() {
    const street = document.getElementById("street");
    if (!street) return;
    const find = (name) => document.getElementById("street-" + name);
    const slider = find("noise");
    const quantiles = street.dataset.quantiles.split(",").map(Number);
    const lists = Array.from(street.querySelectorAll(".street-draws"));
    const floor = Number(street.dataset.floor);
    const words = JSON.parse(street.dataset.words); // in the language of the page
    const say = (name, values) => words[name].replace(/\{([a-z]+)\}/g, (_, key) => values[key]);
    let there = true;
    let noise = 0;
    const sigma = () => Number(slider.value);
    const truth = () => Number(there ? street.dataset.with : street.dataset.without);

    // A whole random amount; the chance of k falls with the square of k, as in the real thing.
    function drawn() {
      if (!sigma()) return 0;
      const most = Math.ceil(6 * sigma()) + 1;
      const weight = (k) => Math.exp((-k * k) / (2 * sigma() * sigma()));
      let all = 0;
      for (let k = -most; k <= most; k += 1) all += weight(k);
      let left = Math.random() * all;
      for (let k = -most; k < most; k += 1) {
        left -= weight(k);
        if (left < 0) return k;
      }
      return most;
    }

    // How often the best guess is right about a figure that differs by one home: the normal distribution at 1 / 2σ.
    function guess() {
      if (!sigma()) return 100;
      const x = 1 / (2 * sigma());
      const t = 1 / (1 + 0.2316419 * x);
      const tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
      return Math.round(100 * (1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * tail));
    }

    function rows() {
      const figures = lists.map((list) =>
        quantiles
          .map((z) => Math.max(0, Math.round(Number(list.dataset.true) + sigma() * z)))
          .map((figure) => (figure < floor ? words.few : String(figure)))
      );
      lists.forEach((list, at) => {
        Array.from(list.children).forEach((item, n) => {
          const alone = !figures[1 - at].includes(figures[at][n]);
          item.textContent = figures[at][n];
          item.className = alone ? "told" : "";
          item.title = alone ? words.alone : "";
        });
      });
    }

    function tell() {
      const figure = Math.max(0, truth() + noise);
      const published = figure < floor ? words.hidden : String(figure);
      street.classList.toggle("without", !there);
      find("home").textContent = there ? words.take : words.put;
      find("sigma").textContent = sigma().toFixed(1);
      find("true").textContent = truth();
      find("published").textContent = published;
      find("guess").textContent = sigma() ? say("guess", { percent: guess() }) : words.certain;
      find("says").textContent = say(there ? "with" : "without", { count: truth(), published });
      rows();
    }

    function redraw() {
      noise = drawn();
      tell();
    }

    find("home").addEventListener("click", () => {
      there = !there;
      redraw();
    });
    find("draw").addEventListener("click", redraw);
    slider.addEventListener("input", redraw);
    redraw();
    find("says").textContent = ""; // nothing has happened yet that would have to be announced
    street.querySelector(".street-control").hidden = false;
  }

  document.addEventListener("DOMContentLoaded", () => {
    readySwitch();
    readyLanguages();
    readyPaper();
    handOver();
    readySearch();
    readyStreet();
  });
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", closeMenus);
})();
