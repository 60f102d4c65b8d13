// The report's page: one object, `rushes`, that scripts of data and the live page talk to.
// All text that was read anywhere is put in place as text, never as markup.
"use strict";

(() => {
const rushes = (window.rushes = {
  night: null,
  details: new Map(),
  drawn: new Map(),
  keys: [],
});

/** An element with attributes and children; strings become text. */
rushes.make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, does] of Object.entries(value)) element.addEventListener(event, does);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
};

rushes.find = (id) => document.getElementById(id);

rushes.say = (text) => {
  rushes.find("said").textContent = text;
};

rushes.clock = (seconds) => {
  const whole = Math.round(seconds || 0);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, at) => (at ? String(part).padStart(2, "0") : String(part))).join(":");
};

rushes.number = (value, digits = 2) =>
  value === null || value === undefined || Number.isNaN(value)
    ? "–"
    : value.toLocaleString("en", { maximumFractionDigits: digits });

const { make, find, clock, number } = rushes;

/** What is shown, and which jobs in which order. */
const view = (rushes.view = { shown: "night", job: null, chosen: 0, list: [], made: 0, sort: null, down: false });

// Data

/** Called by report/night.js. */
rushes.load = (night) => {
  rushes.night = night;
  night.jobs.forEach((job, place) => {
    job.place = place;
    const words = [job.job_id, job.title, job.language, job.preset, job.speaker, job.state, job.code, job.cause, job.decided];
    job.words = words.filter(Boolean).join(" ").toLowerCase();
  });
  find("empty").hidden = true;
  rushes.fillChoices();
  showNight();
  route();
};

/** Shows a new night in place: order, filter, selection and a playing video stay. */
rushes.show = (night) => {
  const chosen = rushes.chosen();
  const made = view.made;
  const before = new Map((rushes.night ? rushes.night.jobs : []).map((job) => [job.key, job]));
  for (const job of night.jobs) {
    const old = before.get(job.key);
    if (!old || old.finished !== job.finished || old.state !== job.state || old.decided !== job.decided) {
      rushes.details.delete(job.key);
      if (!old || old.curves !== job.curves) rushes.drawn.delete(job.key);
      job.fresh = String(Date.now());
    } else job.fresh = old.fresh;
  }
  view.keep = true;
  rushes.load(night);
  view.keep = false;
  if (chosen) rushes.choose(Math.max(0, view.list.findIndex((job) => job.key === chosen.key)), false);
  while (view.made < made && view.made < view.list.length) rushes.makeRows();
};

/** Called by the scripts of single jobs. */
rushes.job = (detail) => {
  rushes.details.set(detail.key, detail);
  if (view.job && view.job.key === detail.key) rushes.drawJob(view.job);
};

rushes.curves = (curves) => {
  rushes.drawn.set(curves.key, curves);
  if (view.job && view.job.key === curves.key) rushes.drawJob(view.job);
};

/** Runs the script that holds the data, once. */
function read(href, known, key, fresh) {
  if (!href || known.has(key)) return;
  known.set(key, null);
  const source = fresh ? `${href}?at=${fresh}` : href;
  const script = make("script", { src: source });
  script.addEventListener("error", () => rushes.say(`${href} cannot be read`));
  document.head.append(script);
}

// The night

const LINES = [
  ["done", "Done"], ["flagged", "Flagged"], ["rejected", "Rejected"], ["failed", "Failed"], ["invalid", "Invalid"],
  ["unapproved", "To approve"], ["working", "Working"], ["held", "Held"], ["cancelled", "Cancelled"], ["erased", "Erased"],
];

function showNight() {
  const night = rushes.night;
  const over = night.jobs.filter((job) => job.status).length;
  find("headline").textContent = `Night of ${night.started.slice(0, 16).replace("T", " ")}`;
  document.title = `Rushes: ${night.counts.rejected || 0} rejected, ${night.counts.failed || 0} failed, ${night.counts.done || 0} done`;
  const cells = LINES.filter(([state]) => night.counts[state]).map(([state, told]) => [told, number(night.counts[state], 0), ""]);
  const left = night.rows - over;
  if (left > 0) cells.push(["Not over", number(left, 0), `of ${number(night.rows, 0)} rows`]);
  cells.push(["Minutes", number(night.minutes, 1), "delivered"]);
  cells.push(["GPU-hours", number(night.gpu_h, 2), night.wasted_h ? `${number(night.wasted_h, 2)} in vain` : ""]);
  if (night.usd !== null && night.usd !== undefined) cells.push(["Price", `$${number(night.usd, 2)}`, ""]);
  for (const line of night.quote) cells.push([`Quote: ${line.name}`, quoted(line.used, line.unit), `foretold ${quoted(line.foretold, line.unit)}`]);
  find("glance").replaceChildren(
    ...cells.map(([told, value, small]) => make("div", {}, make("dt", {}, told), make("dd", {}, value, small ? make("small", {}, small) : ""))),
  );
  const written = `written ${night.written.replace("T", " ").replace("Z", " UTC")}, run ${night.run_id}`;
  find("notes").replaceChildren(...[...night.notes, written].map((note) => make("li", {}, note)));
  rushes.listJobs();
}

function quoted(value, unit) {
  if (value === null || value === undefined) return "–";
  return unit === "s" ? clock(value) : unit === "USD" ? `$${number(value)}` : number(value);
}

document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) event.target.hidden = true; // not made yet, or gone
}, true);

rushes.badge = (job) => make("span", { class: `state ${/^[a-z]+$/.test(job.state) ? job.state : ""}` }, job.state);

// Views

function route() {
  if (!rushes.night) return;
  const [, name, ...rest] = location.hash.split("/");
  const wanted = decodeURIComponent(rest.join("/"));
  const job = name === "job" ? rushes.night.jobs.find((each) => each.key === wanted) : null;
  const shown = job ? "job" : ["titles", "workers"].includes(name) ? name : "night";
  const moved = shown !== view.shown || (job && view.job && job.key !== view.job.key);
  if (moved) rushes.say("");
  view.shown = shown;
  view.job = job;
  for (const id of ["night", "job", "titles", "workers"]) find(id).hidden = id !== shown;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === shown) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (job) openJob(job);
  else rushes.leaveJob();
  if (shown === "titles") rushes.drawTitles(find("titles"), wanted);
  if (shown === "workers") rushes.drawWorkers(find("workers"));
  if (moved) window.scrollTo(0, 0);
  if (moved && shown === "night") rushes.choose(view.chosen);
}

function openJob(job) {
  let at = view.list.findIndex((each) => each.key === job.key);
  if (at < 0) {
    view.list = rushes.night.jobs.slice();
    find("filters").reset();
    view.sort = null;
    rushes.listJobs();
    at = view.list.findIndex((each) => each.key === job.key);
  }
  rushes.choose(at, false);
  find("job-place").textContent = `${number(at + 1, 0)} of ${number(view.list.length, 0)}`;
  read(job.page, rushes.details, job.key, job.fresh);
  read(job.curves, rushes.drawn, job.key, job.fresh);
  rushes.drawJob(job);
  document.dispatchEvent(new CustomEvent("rushes:job", { detail: job }));
}

// Keys

rushes.keys.push(
  { key: "j", says: "next job", does: () => rushes.next() },
  { key: "k", says: "previous job", does: () => rushes.previous() },
  { key: "o", says: "open the chosen job", does: () => rushes.chosen() && (location.hash = `#/job/${rushes.chosen().key}`) },
  { key: "Escape", says: "back to all jobs", does: () => (location.hash = "#/") },
  { key: "p", says: "play or pause", does: () => rushes.play() },
  { key: ",", says: "one frame back", does: () => rushes.seek(-1) },
  { key: ".", says: "one frame on", does: () => rushes.seek(1) },
  { key: "g", says: "go to the worst place", does: () => rushes.goWorst() },
  { key: "/", says: "search", does: () => ((location.hash = "#/"), find("search").focus()) },
  { key: "b", says: "titles, all languages side by side", does: () => (location.hash = "#/titles") },
  { key: "w", says: "workers", does: () => (location.hash = "#/workers") },
  { key: "?", says: "this help", does: () => showKeys() },
);

function showKeys() {
  const lines = rushes.keys.map((each) => make("li", {}, make("kbd", { "data-key": each.key }, each.key), " ", make("span", {}, each.says)));
  find("key-list").replaceChildren(...lines);
  if (!find("keys").open) find("keys").showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || find("keys").open) return;
  const typing = event.target.closest("input, textarea, select");
  if (typing && event.key !== "Escape") return;
  if (typing) return typing.blur();
  if (event.target.closest("dialog[open]")) return;
  const found = rushes.keys.find((each) => each.key === event.key);
  if (found && rushes.night) {
    event.preventDefault();
    found.does(rushes.chosen());
  }
});

// Begin

find("help").addEventListener("click", showKeys);
window.addEventListener("hashchange", route);
})();
