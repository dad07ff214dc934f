// Views that a reader keeps in this browser: a name, an address of this site and a day. Nothing is sent anywhere.
(function () {
  "use strict";
  const KEY = "hearthmap-saved";
  const MOST = 200;

  // Only addresses of this site: whatever stands in the storage, a link leads nowhere else.
  // Asked of the browser itself, which leaves out tabs and line ends: "/<tab>/elsewhere" is another host.
  const here = (href) => {
    try {
      return href.startsWith("/") && new URL(href, window.location.href).origin === window.location.origin;
    } catch (_) {
      return false;
    }
  };
  const sound = (each) => each && typeof each.name === "string" && typeof each.href === "string" && here(each.href);

  function kept() {
    try {
      const found = JSON.parse(window.localStorage.getItem(KEY) || "[]");
      return Array.isArray(found) ? found.filter(sound).slice(0, MOST) : [];
    } catch (_) {
      return [];
    }
  }

  // Whether the browser let us.
  function keep(views) {
    try {
      window.localStorage.setItem(KEY, JSON.stringify(views.slice(0, MOST)));
      return true;
    } catch (_) {
      return false;
    }
  }

  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

  // ---- on a view ----

  function readySaving() {
    const button = document.getElementById("save-view");
    if (!button) return;
    const told = document.getElementById("save-told");
    button.hidden = false;
    button.addEventListener("click", () => {
      const href = window.location.pathname + window.location.search;
      const heading = document.querySelector("h1");
      const name = ((heading && heading.textContent) || document.title).trim().slice(0, 200);
      const views = kept();
      const known = views.some((each) => each.href === href);
      const at = new Date().toISOString().slice(0, 10);
      const done = known || keep([{ name, href, at }, ...views]);
      told.textContent = known ? button.dataset.again : done ? button.dataset.saved : button.dataset.refused;
    });
    const follow = document.querySelector("a[data-follow]");
    const current = () => {
      const here = new URLSearchParams(window.location.search);
      const query = new URLSearchParams(follow.search);
      for (const key of ["topic", "geography", "unit"]) if (here.has(key)) query.set(key, here.get(key));
      follow.search = query.toString();
    };
    follow.addEventListener("pointerdown", current);
    follow.addEventListener("click", current);
  }

  // ---- the list ----

  function readyList() {
    const place = document.getElementById("saved");
    if (!place) return;
    const list = document.getElementById("saved-list");
    const told = document.getElementById("saved-told");
    const words = told.dataset;
    const language = document.documentElement.lang;
    const title = document.getElementById("saved-title");

    const change = (views, said) => {
      const done = keep(views);
      draw();
      told.textContent = done ? said : words.refused;
    };

    const dayText = (text) => {
      const day = new Date(`${text}T12:00:00`);
      return Number.isNaN(day.getTime()) ? text : new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "long" }).format(day);
    };

    function item(view, at) {
      const made = document.getElementById("saved-item").content.cloneNode(true);
      const link = made.querySelector("a");
      link.textContent = view.name;
      link.href = view.href;
      const pinned = new URLSearchParams(view.href.split("?")[1] || "").has("as_of");
      const day = fill(words.on, { day: dayText(String(view.at || "")) });
      made.querySelector(".saved-about").textContent = `${day} · ${pinned ? words.pinned : words.newest}`;
      const summary = made.querySelector("summary");
      summary.setAttribute("aria-label", fill(words.rename, view));
      const form = made.querySelector("form");
      form.elements.name.value = view.name;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const name = form.elements.name.value.trim().slice(0, 200);
        if (!name) return;
        change(kept().map((each) => (each.href === view.href ? { ...each, name } : each)), fill(words.renamed, { name }));
        list.querySelectorAll("summary")[at].focus();
      });
      const button = made.querySelector(".saved-delete");
      button.setAttribute("aria-label", fill(words.delete, view));
      button.addEventListener("click", () => {
        change(kept().filter((each) => each.href !== view.href), fill(words.deleted, view));
        (list.querySelectorAll("a")[at] || title).focus();
      });
      return made;
    }

    function draw() {
      const views = kept();
      list.replaceChildren(...views.map(item));
      document.getElementById("saved-empty").hidden = views.length > 0;
      document.getElementById("saved-export").hidden = views.length === 0;
      document.getElementById("saved-text").value = views
        .map((each) => `${each.name}\n${window.location.origin}${each.href}\n`)
        .join("\n");
    }

    document.getElementById("saved-clear").addEventListener("click", () => {
      change([], words.emptied);
      title.focus();
    });
    document.getElementById("saved-file").addEventListener("click", () => {
      const text = document.getElementById("saved-text").value;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      link.download = "saved-views.txt";
      link.click();
      URL.revokeObjectURL(link.href);
    });
    window.addEventListener("storage", (event) => event.key === KEY && draw()); // saved in another window
    place.hidden = false;
    draw();
  }

  document.addEventListener("DOMContentLoaded", () => {
    readySaving();
    readyList();
  });
})();
