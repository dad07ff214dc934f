/* A shape of the reader's own: drawn on the map with pointer or keys, or opened from a file that is read here. The
   outline goes into the address, rounded; the server adds up what it published there. */
(function () {
  "use strict";

  const DRAWING = "an-draw";
  const MOST_THINNED = 20000; // corners of a file that are weighed one by one, which takes a moment
  const element = (name, props, ...children) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...children);
    return made;
  };
  let told = null;
  let parts = null;
  let corners = null; // [lng, lat] while a shape is drawn
  let listening = null;

  function build(host) {
    told = JSON.parse(host.dataset.tools);
    const { words } = told;
    const button = (name, does) => {
      const made = element("button", { type: "button", className: "an-tool", textContent: name });
      made.addEventListener("click", does);
      return made;
    };
    const file = element("input", { type: "file", id: "map-file", accept: ".geojson,.json,.kml" });
    file.addEventListener("change", () => { if (file.files[0]) read(file.files[0]); file.value = ""; });
    parts = {
      draw: button(words.draw, begin),
      file: element("label", { className: "an-tool an-open", htmlFor: "map-file", textContent: words.open }),
      finish: button(words.finish, finish),
      undo: button(words.undo, undo),
      cancel: button(words.cancel, () => end(true)),
      how: element("p", { className: "an-told" }),
      status: element("p", { className: "an-told" }),
    };
    parts.file.prepend(file);
    parts.status.setAttribute("role", "status");
    const row = element("div", { className: "an-shape-tools" }, parts.draw, parts.file, parts.finish, parts.undo, parts.cancel);
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", words.group);
    host.append(element("div", { className: "an-shape" }, row, parts.how, parts.status));
    draw();
  }

  function draw() {
    const on = corners !== null;
    parts.draw.hidden = parts.file.hidden = on;
    parts.finish.hidden = parts.undo.hidden = parts.cancel.hidden = !on;
    parts.how.textContent = on ? told.words.how : "";
    parts.finish.disabled = !on || corners.length < 3;
    parts.undo.disabled = !on || corners.length < 1;
    const stage = document.querySelector("#map-stage .an-map");
    if (stage) stage.classList.toggle("an-drawing", on);
    window.hearthmap.drawing = on;
  }

  /* ---- drawing ---- */

  function begin() {
    const map = window.hearthmap.map();
    if (!map) return;
    corners = [];
    parts.status.textContent = "";
    listening = { map, click: (event) => add(event.lngLat) };
    map.on("click", listening.click);
    map.doubleClickZoom.disable();
    draw();
    map.getCanvas().focus();
    document.addEventListener("keydown", keys, true);
  }

  function keys(event) {
    const map = listening && listening.map;
    if (!map) return;
    if (event.key === "Escape") { event.preventDefault(); end(true); }
    if (event.key === "Enter" && event.target === map.getCanvas()) {
      event.preventDefault();
      event.stopPropagation();
      add(map.getCenter());
    }
  }

  function add(point) {
    if (corners.length >= told.corners) {
      parts.status.textContent = told.words.most;
      return;
    }
    const corner = [point.lng, point.lat];
    const last = corners[corners.length - 1];
    if (last && same(last, corner)) return;
    corners.push(corner);
    sketch();
  }

  const steps = (corner) => corner.map((degrees) => Math.round(degrees * told.scale));
  const same = (one, other) => String(steps(one)) === String(steps(other));

  // Without corners the button cannot be pressed again: the focus goes where they are set, not to nothing.
  function undo() {
    corners.pop();
    if (!corners.length) listening.map.getCanvas().focus();
    sketch();
  }

  function sketch() {
    draw();
    parts.status.textContent = told.words.corners.replace("{n}", corners.length);
    paint(corners, false);
  }

  // The outline: while it is drawn with its corners, afterwards as a closed line.
  function paint(line, closed) {
    const map = window.hearthmap.map();
    if (!map || !map.isStyleLoaded && !map.getStyle) return;
    const points = closed || line.length < 3 ? line : [...line, line[0]];
    const features = points.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points } }] : [];
    if (!closed) features.push(...line.map((each) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: each } })));
    const data = { type: "FeatureCollection", features };
    const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    if (map.getSource(DRAWING)) map.getSource(DRAWING).setData(data);
    else {
      map.addSource(DRAWING, { type: "geojson", data });
      map.addLayer({ id: DRAWING + "-halo", type: "line", source: DRAWING, paint: { "line-width": 6 } });
      map.addLayer({ id: DRAWING, type: "line", source: DRAWING, paint: { "line-width": 3, "line-dasharray": [3, 1.5] } });
      map.addLayer({ id: DRAWING + "-corner", type: "circle", source: DRAWING, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-stroke-width": 2 } });
    }
    for (const id of [DRAWING + "-halo", DRAWING, DRAWING + "-corner"]) map.moveLayer(id);
    map.setPaintProperty(DRAWING + "-halo", "line-color", color("--an-halo"));
    map.setPaintProperty(DRAWING, "line-color", color("--an-ink"));
    map.setPaintProperty(DRAWING + "-corner", "circle-color", color("--an-halo"));
    map.setPaintProperty(DRAWING + "-corner", "circle-stroke-color", color("--an-ink"));
  }

  function end(back) {
    if (listening) {
      listening.map.off("click", listening.click);
      listening.map.doubleClickZoom.enable();
    }
    document.removeEventListener("keydown", keys, true);
    listening = corners = null;
    parts.status.textContent = "";
    draw();
    shown();
    if (back) parts.draw.focus();
  }

  function finish() {
    const drawn = corners;
    end(false);
    go(drawn);
  }

  // First corner, then the difference of each to the one before.
  function go(ring) {
    const whole = ring.map(steps).filter((each, n, all) => n === 0 || String(each) !== String(all[n - 1]));
    const text = whole.flatMap(([lng, lat], n) => (n ? [lat - whole[n - 1][1], lng - whole[n - 1][0]] : [lat, lng])).join("_");
    window.hearthmap.go({ shape: text, chosen: null, unit: null });
    window.hearthmap.focusAfter("map-panel");
  }

  /* ---- opening a file ---- */

  async function read(file) {
    const { words } = told;
    const fail = (sentence) => { parts.status.textContent = sentence; };
    if (file.size > told.bytes) return fail(words.large);
    const found = polygons(await file.text());
    if (found === null) return fail(words.unread);
    if (!found.length) return fail(words.empty);
    if (found.length > 1) return fail(words.several.replace("{n}", found.length));
    const [outer, ...holes] = found[0];
    // Corners that are one at ten meters are one: what is left of 1 MB is thinned out in a moment.
    const closed = outer.filter((each, n) => n === 0 || !same(each, outer[n - 1]));
    const ends = same(closed[0], closed[closed.length - 1]);
    const ring = closed.slice(0, ends ? -1 : undefined);
    if (!touches(ring)) return fail(words.far);
    const kept = fewer(ring, told.corners);
    const remarks = [];
    if (kept.length < ring.length) remarks.push(words.fewer.replace("{before}", outer.length - (ends ? 1 : 0)).replace("{after}", kept.length));
    if (holes.length) remarks.push(words.filled);
    parts.status.textContent = remarks.join(" ");
    go(kept);
  }

  // Lists of rings, one list for each polygon; null where the text is neither GeoJSON nor KML.
  function polygons(text) {
    const sound = (rings) => rings.map((ring) => ring.map(([lng, lat]) => [Number(lng), Number(lat)]))
      .filter((ring) => ring.length >= 3 && ring.flat().every(Number.isFinite));
    try {
      if (text.trimStart().startsWith("<")) {
        const kml = new DOMParser().parseFromString(text, "application/xml");
        if (kml.querySelector("parsererror") || kml.documentElement.localName !== "kml") return null;
        const rings = (polygon, name) => Array.from(polygon.getElementsByTagNameNS("*", name)).map((boundary) =>
          boundary.textContent.trim().split(/\s+/).map((point) => point.split(",")));
        return Array.from(kml.getElementsByTagNameNS("*", "Polygon"))
          .map((each) => sound([...rings(each, "outerBoundaryIs"), ...rings(each, "innerBoundaryIs")])).filter((each) => each.length);
      }
      const shapes = (each) => {
        if (!each || typeof each !== "object") return [];
        if (each.type === "FeatureCollection") return each.features.flatMap(shapes);
        if (each.type === "Feature") return shapes(each.geometry);
        if (each.type === "GeometryCollection") return each.geometries.flatMap(shapes);
        if (each.type === "MultiPolygon") return each.coordinates;
        return each.type === "Polygon" ? [each.coordinates] : [];
      };
      const content = JSON.parse(text);
      return content && content.type ? shapes(content).map(sound).filter((each) => each.length) : null;
    } catch (_) {
      return null;
    }
  }

  function touches(ring) {
    const box = window.hearthmap.box();
    if (!box) return true;
    const [south, west, north, east] = box;
    const least = (at) => ring.reduce((most, each) => Math.min(most, each[at]), Infinity);
    const most = (at) => ring.reduce((least, each) => Math.max(least, each[at]), -Infinity);
    return most(0) >= west && least(0) <= east && most(1) >= south && least(1) <= north;
  }

  // Visvalingam: the corner that matters least goes first. What one matters changes with its neighbors alone.
  function fewer(ring, most) {
    const every = Math.ceil(ring.length / MOST_THINNED);
    const kept = ring.filter((_, n) => n % every === 0);
    const size = (n) => {
      const [a, b, c] = [kept[(n + kept.length - 1) % kept.length], kept[n], kept[(n + 1) % kept.length]];
      return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
    };
    const sizes = kept.map((_, n) => size(n));
    while (kept.length > most) {
      let least = 0;
      for (let n = 1; n < sizes.length; n += 1) if (sizes[n] < sizes[least]) least = n;
      kept.splice(least, 1);
      sizes.splice(least, 1);
      for (const n of [(least + kept.length - 1) % kept.length, least % kept.length]) sizes[n] = size(n);
    }
    return kept;
  }

  /* ---- the outline that the address holds ---- */

  function shown() {
    if (corners) paint(corners, false);
    else paint(window.hearthmap.ring(), true);
  }
  document.addEventListener("hearthmap:map", shown);

  new MutationObserver(() => {
    const host = document.querySelector("#react-entry-point .an-tools");
    if (!host) return;
    if (!host.querySelector(".an-shape")) build(host);
    const source = document.querySelector("#react-entry-point [data-sums]");
    host.querySelector(".an-shape").hidden = !source || source.dataset.sums !== "yes";
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
