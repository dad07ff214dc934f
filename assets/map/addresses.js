/* The city's public addresses, for the search above the map. Fetched whole when somebody first types; what is typed is
   compared here and goes nowhere. How addresses are written is told by the files (etl/values/streets.py). */

const NUMBERED = /^(\d+(?:-\d+)?[A-Z]?(?: \d\/\d)?) (.+)$/;
const ZIP = /^(.+ .+) \d{5}(?:-\d{4})?$/;
const NEVER = 3;
const numeric = (a, b) => a.localeCompare(b, "en", { numeric: true });

/* `open("/geo/addresses.json")`: the address book, or an error. Every file is asked for, whatever was typed. */
export async function open(index) {
  const read = async (name) => {
    const answer = await fetch(new URL(name, new URL(index, window.location.origin)));
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const told = await read(index);
  const [where, ...parts] = await Promise.all([told.places, ...told.streets].map(read));
  return book(told, where.places, parts.flatMap((part) => part.streets));
}

export function book({ kinds, sources, spelling }, places, streets) {
  const rules = (pairs) => pairs.map(([pattern, put]) => [new RegExp(pattern, "g"), put.replace(/\$\{(\d)\}/g, "$$$1")]);
  const ruled = (text, pairs) => pairs.reduce((kept, [pattern, put]) => kept.replace(pattern, put), text);
  const [tidy, join, loosen] = [spelling.tidy, spelling.join, spelling.loose].map(rules);
  const words = new Map(Object.entries(spelling.words));
  const ofStreets = new Map(Object.entries(spelling.kinds));
  const shown = (street) => named(street, ofStreets);

  /* The same key as the address file's: `etl.values.streets.street_expr`. */
  function key(text) {
    const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase().trim();
    const written = ruled(plain, tidy).split(" ").map((word) => words.get(word) ?? word).join(" ");
    const found = ruled(written, join);
    return /[A-Z0-9]/.test(found) ? found : "";
  }

  const loose = (text) => ruled(text, loosen);
  const known = streets.map(([name, ...groups]) => ({ name, loose: loose(name), groups }));

  /* Streets that are written so, begin so, or have a word that begins so; the last word may be half typed. */
  function like(wanted) {
    const last = wanted.slice(wanted.lastIndexOf(" ") + 1);
    const head = wanted.slice(0, wanted.length - last.length);
    const meant = last.length < 2 ? [] : [...words].filter(([long]) => long.startsWith(last)).map(([, short]) => `${head}${short} `);
    const rank = ({ loose: street }) => {
      if (street === wanted) return 0;
      if (wanted.length < 2) return NEVER;
      if (street.startsWith(wanted) || meant.some((each) => `${street} `.startsWith(each))) return 1;
      const inside = wanted.length > 2 && (` ${street}`.includes(` ${wanted}`) || meant.some((each) => ` ${street} `.includes(` ${each}`)));
      return inside ? 2 : NEVER;
    };
    const ranked = known.map((street) => [rank(street), street]).filter(([place]) => place < NEVER);
    return ranked.sort((a, b) => a[0] - b[0] || numeric(a[1].name, b[1].name)).map(([, street]) => street);
  }

  /* `{ addresses: [{ number, street, place }], streets: [{ street, box }], missing }` of what is typed; `missing` where
     the file has the street and not the number. A place is its cell, latitude, longitude, and the area of each kind. */
  function find(text) {
    const whole = loose(key(text));
    const wanted = ZIP.test(whole) ? whole.match(ZIP)[1] : whole;
    const [, number, rest] = wanted.match(NUMBERED) || [];
    const beside = number ? like(rest) : [];
    const addresses = beside.flatMap((street) => holding(street.groups, number).map((at) => ({ number, street: shown(street.name), place: places[at] })));
    const named = wanted ? like(wanted) : [];
    const missing = Boolean(number) && !addresses.length && !named.length && beside.length > 0;
    const offered = missing ? beside : named;
    return { addresses, missing, streets: offered.map((street) => ({ street: shown(street.name), box: around(street.groups) })) };
  }

  function around(groups) {
    const here = groups.map(([at]) => places[at]);
    const [south, north] = extent(here.map((place) => place[1]));
    const [west, east] = extent(here.map((place) => place[2]));
    return [west - 0.002, south - 0.002, east + 0.002, north + 0.002];
  }

  return { kinds, sources, key, find };
}

const extent = (values) => values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);

/* The places of a street that hold a number. Whole numbers are told as steps, each from the one before; `73-42` may be
   typed without its hyphen. */
function holding(groups, number) {
  const plain = /^\d{1,9}$/.test(number) ? Number(number) : null;
  const holds = (steps) => {
    let at = 0;
    return steps.some((step) => (typeof step === "string" ? step === number || step.replace("-", "") === number : (at += step) === plain));
  };
  return groups.filter(([, ...steps]) => holds(steps)).map(([place]) => place);
}

/* `E HBR CT` as people write it: E Harbor Ct. Only the last kind of street stays short; `ST` before it is a saint. */
function named(street, kinds) {
  const words = street.split(" ");
  const last = words.findLastIndex((word) => kinds.has(word));
  const long = words.map((word, n) => (n < last && word !== "ST" && kinds.get(word)) || word).join(" ");
  const written = (text) => (/^[NS]?[EW]?$/.test(text) ? text : /^\d/.test(text) ? text.toLowerCase() : text[0] + text.slice(1).toLowerCase());
  return long.replace(/[A-Z0-9]+/g, written);
}
