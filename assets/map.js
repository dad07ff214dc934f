/* What the eye needs at once on the analysis pages: theme colors, hatches, zoom, keys, and the address as state.
   Numbers are never made here. */
(function () {
  "use strict";

  const HATCHES = { hidden: 0.8, not_reported: 1, not_collected: 1.2 }; // status → outline width of its cells (charts/palette.py)
  const RESOLUTIONS = [["h3_7", 0], ["h3_8", 10.6], ["h3_9", 12.2]]; // cells of a geography are used from this zoom on
  const SELECTED = "an-selected";

  /* ---- the address is the state ---- */

  function go(changes, replace) {
    const query = new URLSearchParams(window.location.search);
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === "") query.delete(key);
      else query.set(key, value);
    }
    const text = query.toString();
    const target = window.location.pathname + (text ? "?" + text : "");
    if (target === window.location.pathname + window.location.search) return;
    window.history[replace ? "replaceState" : "pushState"]({}, "", target);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  // For the other scripts of the map.
  const chart = () => document.querySelector("#map-stage .an-map .js-plotly-plot");
  const meta = () => (chart() && chart().layout && chart().layout.meta) || {};
  window.hearthmap = {
    go,
    focusAfter,
    fitted,
    drawing: false, // while a shape is drawn, a click sets a corner
    map: () => chart()?._fullLayout?.map?._subplot?.map || null,
    box: () => meta().box || null,
    ring: () => meta().ring || [],
    geography: () => meta().geography || null,
    at: (lng, lat) => (chart() ? under(chart(), lng, lat) : null), // the place of the map there
  };

  // Whether a chosen place is drawn: while its shapes are being fetched, drawing would undo every move of the map.
  const drawn = (unit) => meta().unit === unit && (chart().calcdata?.[0] || []).some((point) => point.loc === unit && point.fOut);

  // The map on a place (west, south, east, north). Of a chosen place: once it is drawn.
  function fitted(box, unit, tries = 60) {
    if (!box) return;
    const map = window.hearthmap.map();
    if (!map || (unit && !drawn(unit))) {
      if (tries) setTimeout(() => fitted(box, unit, tries - 1), 100);
      return;
    }
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    map.fitBounds([[box[0], box[1]], [box[2], box[3]]], { padding: 60, maxZoom: 13, animate: !still });
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-view]");
    if (!form || !event.target.name) return;
    const drops = (event.target.dataset.drops || "").split(" ").filter(Boolean);
    const changes = Object.fromEntries(drops.map((key) => [key, null]));
    changes[event.target.name] = event.target.value;
    go(changes);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-view]");
    if (!form) return;
    event.preventDefault();
    const shown = [...form.elements].filter((field) => field.name && field.localName === "select" && !field.hidden);
    go(Object.fromEntries(shown.map((field) => [field.name, field.value]))); // what is not shown is in the address
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.history.pushState({}, "", link.href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    focusAfter(link.dataset.focus);
  });

  // A changed control is drawn anew; the focus goes back to it.
  let touched = null;
  document.addEventListener("focusin", (event) => {
    touched = event.target.closest("form[data-view]") ? event.target.id : null;
  });
  new MutationObserver(() => {
    if (!touched || document.activeElement !== document.body) return;
    const again = document.getElementById(touched);
    if (again) again.focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });

  function focusAfter(id) {
    if (!id) return;
    const before = document.getElementById(id)?.firstElementChild;
    let tries = 40;
    const timer = setInterval(() => {
      const target = document.getElementById(id);
      if (--tries <= 0 || (target && target.firstElementChild !== before)) {
        clearInterval(timer);
        if (target) target.focus({ preventScroll: false });
      }
    }, 50);
  }

  /* ---- colors come from the style sheet, so light and dark are one figure ---- */

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function steps(names) {
    const colors = names.map(token);
    return colors.flatMap((color, n) => [[n / colors.length, color], [(n + 1) / colors.length, color]]);
  }

  function isDark() {
    return document.documentElement.getAttribute("data-scheme") === "dark";
  }

  // The zoom at which the whole ground fits this screen.
  function fit(meta) {
    const box = meta.box;
    const stage = document.querySelector(".an-map");
    if (!box || !stage || !stage.clientWidth) return meta.zoom;
    const [south, west, north, east] = box;
    const down = Math.cos((((south + north) / 2) * Math.PI) / 180) / Math.max(north - south, 1e-4);
    const zoom = (pixels, share) => Math.log2((pixels * 0.92 * 360 * share) / 512);
    return Math.min(zoom(stage.clientWidth, 1 / Math.max(east - west, 1e-4)), zoom(stage.clientHeight, down));
  }

  // While it is the same ground, the reader's own view stays.
  function where(meta) {
    const gd = document.querySelector(".an-map .js-plotly-plot");
    const plot = gd && gd._fullLayout && gd._fullLayout.map && gd._fullLayout.map._subplot;
    if (!plot || !plot.map || !gd.layout.meta || gd.layout.meta.keep !== meta.keep) return { zoom: fit(meta) };
    const center = plot.map.getCenter();
    return { center: { lat: center.lat, lon: center.lng }, zoom: plot.map.getZoom() };
  }

  // Without WebGL nothing can be drawn here: the same map comes as a picture.
  let can = null; // asked once there is a map: asking takes a moment
  const drawable = () => {
    const canvas = document.createElement("canvas");
    return (can ??= Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl")));
  };

  // The map as a picture, of the very view that the page offers as PNG.
  function standIn(className, loading) {
    window.requestAnimationFrame(() => {
      const stage = document.querySelector(".an-stage .an-map");
      const link = document.querySelector("a[href^='/still/'][href*='.png']");
      if (!stage) return;
      let picture = stage.querySelector(`img.${className}`);
      if (!link) {
        if (picture) picture.remove();
        return;
      }
      if (!picture) {
        picture = Object.assign(document.createElement("img"), { className, loading });
        stage.prepend(picture);
      }
      picture.src = link.getAttribute("href").replace(".png", ".svg");
      picture.alt = (document.querySelector("#district-focus h2") || document.querySelector("h1") || stage).textContent;
    });
  }

  // Nothing but the picture: no empty axes either.
  function still() {
    standIn("an-still", "eager");
    return { data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false }, paper_bgcolor: "rgba(0,0,0,0)" } };
  }

  document.addEventListener("hearthmap:missing", still);

  function themed(figure) {
    if (!figure || !figure.data) return window.dash_clientside.no_update;
    if (!drawable()) return still();
    document.querySelectorAll(".an-map > .an-still, .an-map + .an-missing").forEach((part) => part.remove()); // it is tried again
    // What the graphics card draws does not print. A lazy picture that is not shown is fetched when somebody prints.
    standIn("an-paper", "lazy");
    const data = figure.data.map((trace) => {
      const tokens = (trace.meta || {}).tokens || {};
      const copy = Object.assign({}, trace);
      if (tokens.scale) copy.colorscale = steps(tokens.scale);
      if (tokens.line) copy.marker = Object.assign({}, copy.marker, { line: Object.assign({}, copy.marker.line, { color: token(tokens.line) }) });
      if (tokens.marker) copy.marker = Object.assign({}, copy.marker, { color: token(tokens.marker) });
      if (tokens.text) copy.textfont = Object.assign({}, copy.textfont, { color: token(tokens.text) });
      return copy;
    });
    const layout = Object.assign({}, figure.layout);
    layout.hoverlabel = { bgcolor: token("--an-hover"), bordercolor: token("--an-edge"), font: { color: token("--an-ink") } };
    layout.map = Object.assign({}, layout.map, where(layout.meta));
    layout.map.layers = (layout.map.layers || []).map((layer) => Object.assign({}, layer, { color: token("--an-edge") }));
    return { data, layout };
  }

  // What draws maps is fetched when one comes near the view. Afterwards a figure is there at once.
  const withMap = (draw) => {
    const stage = document.querySelector(".an-map");
    return stage && drawable() && !chart()?._fullLayout?.map ? window.hearthmapCharts.map(stage).then(draw, still) : draw();
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    analysis: { themed: (figure, _theme) => withMap(() => themed(figure)) },
  });

  /* ---- hatches, the chosen place, gestures and keys on each map ---- */

  function hatch(kind) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 16;
    const pen = canvas.getContext("2d");
    pen.strokeStyle = pen.fillStyle = token("--an-hatch");
    pen.lineWidth = 2;
    pen.beginPath();
    if (kind === "hidden") for (const x of [-16, 0, 16]) { pen.moveTo(x, 16); pen.lineTo(x + 16, 0); }
    if (kind === "not_reported") for (const [x, y] of [[4, 4], [12, 12]]) { pen.moveTo(x + 2, y); pen.arc(x, y, 2, 0, 7); pen.fill(); }
    if (kind === "not_collected") for (const x of [-16, 0, 16]) { pen.moveTo(x, 16); pen.lineTo(x + 16, 0); pen.moveTo(x, 0); pen.lineTo(x + 16, 16); }
    if (kind !== "not_reported") pen.stroke();
    return pen.getImageData(0, 0, 16, 16);
  }

  function decorate(gd) {
    const plot = gd._fullLayout && gd._fullLayout.map && gd._fullLayout.map._subplot;
    const trace = gd._fullData && gd._fullData.find((t) => t.type === "choroplethmap");
    if (!plot || !plot.map || !trace || trace.visible !== true) return;
    const map = plot.map;
    const source = "source-" + trace.uid;
    if (!map.getSource(source)) return;
    const dark = isDark();
    for (const [status, width] of Object.entries(HATCHES)) {
      const id = "an-" + status;
      const image = id + (dark ? "-dark" : "-light");
      if (!map.hasImage(image)) map.addImage(image, hatch(status), { pixelRatio: 2 });
      const layer = map.getLayer(id);
      if (layer && layer.source === source) map.setPaintProperty(id, "fill-pattern", image);
      else {
        if (layer) map.removeLayer(id);
        map.addLayer({ id, type: "fill", source, filter: ["==", ["get", "mlw"], width], paint: { "fill-pattern": image } });
      }
    }
    spots(gd, map);
    outline(gd, map);
    if (gd.closest("#map-stage")) document.dispatchEvent(new CustomEvent("hearthmap:map"));
    zoomed(gd, map);
    if (map.cooperativeGestures && !map.cooperativeGestures.isEnabled()) map.cooperativeGestures.enable();
    map.dragRotate.disable();
    map.touchZoomRotate.disableRotation();
    if (map.touchPitch) map.touchPitch.disable();
    const canvas = map.getCanvas();
    const label = gd.closest("[data-label]");
    const title = document.querySelector("h1[data-title]");
    if (label) canvas.setAttribute("aria-label", label.dataset.label.replace("{}", title ? title.textContent : ""));
    halo(gd, map);
  }

  // Finer cells as the reader comes closer. The address says which, so a link shows the same.
  function zoomed(gd, map) {
    if (map._hearthmap) return;
    map._hearthmap = true;
    map.on("zoomend", () => {
      const meta = gd.layout.meta || {};
      if (!meta.cells || !meta.cells.includes(meta.geography)) return;
      const fit = RESOLUTIONS.filter(([name, from]) => map.getZoom() >= from && meta.cells.includes(name)).pop();
      if (fit && fit[0] !== meta.geography && !window.hearthmap.drawing) go({ geography: fit[0], unit: null }, true);
    });
  }

  function halo(gd, map) {
    for (const trace of gd._fullData) {
      const id = "plotly-trace-layer-" + trace.uid + "-symbol";
      if (trace.type !== "scattermap" || trace.mode !== "text" || !map.getLayer(id)) continue;
      map.setPaintProperty(id, "text-halo-color", token("--an-halo"));
      map.setPaintProperty(id, "text-halo-width", 1.6);
      map.setLayoutProperty(id, "text-padding", 6); // a name that would touch another is left out until there is room
      map.setLayoutProperty(id, "text-max-width", 6);
      map.moveLayer(id);
    }
  }

  // Hot spots: the outer edge of each group, so that neighbors read as one; single high places are dashed.
  function spots(gd, map) {
    const kinds = (gd.layout.meta || {}).spots || {};
    for (const [kind, dash] of [["hot", [1, 0]], ["lone", [2, 1.5]]]) {
      const units = new Set(kinds[kind] || []);
      const shapes = gd.calcdata[0].filter((p) => p.fOut && units.has(p.loc)).map((p) => p.fOut.geometry);
      const data = { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: edges(shapes) } };
      const id = "an-spot-" + kind;
      if (map.getSource(id)) map.getSource(id).setData(data);
      else map.addSource(id, { type: "geojson", data });
      for (const [layer, color, width] of [[id + "-halo", "--an-halo", 6], [id, "--an-spot", 3]]) {
        if (map.getLayer(layer)) map.removeLayer(layer);
        const paint = { "line-color": token(color), "line-width": width };
        if (layer === id) paint["line-dasharray"] = dash;
        map.addLayer({ id: layer, type: "line", source: id, paint });
      }
    }
  }

  // Segments that belong to one shape only.
  function edges(shapes) {
    const found = new Map();
    for (const shape of shapes) {
      const polygons = shape.type === "MultiPolygon" ? shape.coordinates : [shape.coordinates];
      for (const ring of polygons.flat()) {
        for (let n = 1; n < ring.length; n += 1) {
          const key = [ring[n - 1], ring[n]].map((point) => point[0].toFixed(5) + " " + point[1].toFixed(5)).sort().join();
          found.set(key, found.has(key) ? null : [ring[n - 1], ring[n]]);
        }
      }
    }
    return Array.from(found.values()).filter(Boolean);
  }

  // A place that was chosen from the list comes into sight.
  function show(map, geometry) {
    const points = (geometry.type === "MultiPolygon" ? geometry.coordinates.flat(2) : geometry.coordinates.flat());
    const bounds = map.getBounds();
    if (points.some((point) => bounds.contains(point))) return;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    map[still ? "jumpTo" : "easeTo"]({ center: points[0] });
  }

  function outline(gd, map) {
    const chosen = ((gd.layout.meta || {}).unit) || null;
    const point = chosen && gd.calcdata[0] && gd.calcdata[0].find((p) => p.loc === chosen && p.fOut);
    const data = { type: "FeatureCollection", features: point ? [{ type: "Feature", properties: {}, geometry: point.fOut.geometry }] : [] };
    if (point && gd.dataset.shown !== chosen) show(map, point.fOut.geometry);
    gd.dataset.shown = chosen || "";
    if (!map.getSource(SELECTED)) map.addSource(SELECTED, { type: "geojson", data });
    else map.getSource(SELECTED).setData(data);
    if (map.getLayer(SELECTED)) {
      map.moveLayer(SELECTED + "-halo");
      map.moveLayer(SELECTED);
      return;
    }
    map.addLayer({ id: SELECTED + "-halo", type: "line", source: SELECTED, paint: { "line-color": token("--an-halo"), "line-width": 6 } });
    map.addLayer({ id: SELECTED, type: "line", source: SELECTED, paint: { "line-color": token("--an-ink"), "line-width": 3 } });
  }

  function under(gd, lng, lat) {
    const found = gd.calcdata[0].find((p) => p._polygons && p._polygons.some((polygon) => polygon.contains([lng, lat])));
    return found ? found.loc : null;
  }

  function follow(gd) {
    if (gd.dataset.followed) return;
    gd.dataset.followed = "yes";
    gd.on("plotly_click", (event) => {
      const point = event.points && event.points.find((p) => p.location);
      if (point && !window.hearthmap.drawing) go({ unit: point.location });
    });
    gd.addEventListener("keydown", (event) => {
      const plot = gd._fullLayout.map && gd._fullLayout.map._subplot;
      if (event.key !== "Enter" || !plot || window.hearthmap.drawing) return;
      const center = plot.map.getCenter();
      const unit = under(gd, center.lng, center.lat);
      if (unit) go({ unit });
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-zoom]");
    const gd = button && document.querySelector("#" + button.dataset.map + " .js-plotly-plot");
    if (!gd) return;
    const map = gd._fullLayout.map._subplot.map;
    if (button.dataset.zoom === "in") map.zoomIn();
    if (button.dataset.zoom === "out") map.zoomOut();
    if (button.dataset.zoom === "home") map.flyTo({ center: [gd.layout.meta.center.lon, gd.layout.meta.center.lat], zoom: fit(gd.layout.meta) });
  });

  function watch(gd) {
    if (gd.dataset.watched || !gd.on) return;
    gd.dataset.watched = "yes";
    gd.on("plotly_afterplot", () => { follow(gd); decorate(gd); });
    follow(gd);
    decorate(gd);
  }

  new MutationObserver(() => document.querySelectorAll(".an-map .js-plotly-plot").forEach(watch))
    .observe(document.documentElement, { childList: true, subtree: true });

  /* ---- a change of scheme redraws the maps ---- */

  document.addEventListener("hearthmap:scheme", () => {
    if (!document.querySelector(".an-map .js-plotly-plot")) return;
    const store = window.location.pathname.startsWith("/district/") ? "district-theme" : "map-theme";
    window.dash_clientside.set_props(store, { data: isDark() ? "dark" : "light" });
  });

  /* ---- the title of the window follows the filters ---- */

  new MutationObserver(() => {
    const heading = document.querySelector("h1[data-title]");
    if (!heading) return;
    const tail = document.title.includes(" · ") ? " · " + document.title.split(" · ").pop() : "";
    const title = heading.textContent + tail;
    if (document.title !== title) document.title = title;
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });

  /* ---- on paper a chart is as wide as the sheet, not as the window it was drawn in ---- */

  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".js-plotly-plot .svg-container").forEach((box) => {
      const { width, height } = box.getBoundingClientRect();
      if (!width || !height) return;
      box.style.setProperty("--shape", `${width} / ${height}`);
      box.querySelectorAll(".main-svg").forEach((svg) => svg.setAttribute("viewBox", `0 0 ${width} ${height}`));
    });
  });
  window.addEventListener("afterprint", () => {
    document.querySelectorAll(".js-plotly-plot .main-svg").forEach((svg) => svg.removeAttribute("viewBox"));
  });

  /* ---- tables sort by their heads ---- */

  document.addEventListener("click", (event) => {
    const button = event.target.closest("table[data-sortable] th > button");
    if (!button) return;
    const head = button.parentElement;
    const table = head.closest("table");
    const column = Array.from(head.parentElement.children).indexOf(head);
    const number = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    const falling = before ? before === "ascending" : number;
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const value = (row) => row.children[column].dataset.sort;
    const rows = Array.from(table.tBodies[0].rows).sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined); // without a figure: last
      const order = number ? Number(x) - Number(y) : x.localeCompare(y, undefined, { numeric: true });
      return falling ? -order : order;
    });
    table.tBodies[0].append(...rows);
  });
})();
