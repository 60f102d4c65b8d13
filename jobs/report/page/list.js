// The jobs of a night as a list: filtered, sorted, made a piece at a time, and walked through.
"use strict";

(() => {
const { make, find, clock, number, view } = rushes;

const COLUMNS = [
  { name: "", of: () => "", poster: true },
  { name: "Job", of: (job) => job.job_id },
  { name: "State", of: (job) => job.state },
  { name: "Why", of: (job) => job.cause || job.decided || "" },
  { name: "Title", of: (job) => job.title || "", less: true },
  { name: "Language", of: (job) => job.language || "", less: true },
  { name: "Length", of: (job) => job.duration_s || 0, shown: (job) => (job.duration_s ? clock(job.duration_s) : ""), less: true, number: true },
  { name: "GPU s", of: (job) => job.gpu_s || 0, shown: (job) => (job.gpu_s ? number(job.gpu_s, 1) : ""), less: true, number: true },
  { name: "Attempts", of: (job) => job.attempts || 0, less: true, number: true },
  { name: "Versions", of: (job) => job.versions || 0, less: true, number: true },
];

const CHUNK = 80; // rows that are made at a time

// The list

function fillChoices() {
  for (const [id, name] of [["by-state", "state"], ["by-language", "language"], ["by-preset", "preset"]]) {
    const select = find(id);
    const before = select.value;
    const found = [...new Set(rushes.night.jobs.map((job) => job[name]).filter(Boolean))].sort();
    const all = [make("option", { value: "" }, "all")];
    if (id === "by-state") all.push(make("option", { value: "!" }, "needs somebody"));
    select.replaceChildren(...all, ...found.map((value) => make("option", { value }, value)));
    if ([...select.options].some((option) => option.value === before)) select.value = before;
  }
}

function listJobs() {
  const words = find("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const [state, language, preset] = ["by-state", "by-language", "by-preset"].map((id) => find(id).value);
  const needs = (job) => job.need === "decide" || job.need === "mend";
  view.list = rushes.night.jobs.filter(
    (job) =>
      (!state || (state === "!" ? needs(job) : job.state === state)) &&
      (!language || job.language === language) &&
      (!preset || job.preset === preset) &&
      words.every((word) => job.words.includes(word)),
  );
  if (view.sort !== null) sortJobs();
  find("count").textContent = `${number(view.list.length, 0)} of ${number(rushes.night.jobs.length, 0)} jobs`;
  showHeads();
  view.made = 0;
  find("rows").replaceChildren();
  if (!view.keep) view.chosen = 0;
  makeRows();
}

function sortJobs() {
  const { of } = COLUMNS[view.sort];
  const sign = view.down ? -1 : 1;
  const order = new Intl.Collator("en", { numeric: true }).compare;
  view.list.sort((one, other) => {
    const [a, b] = [of(one), of(other)];
    const found = typeof a === "number" ? a - b : order(a, b);
    return sign * found || one.place - other.place;
  });
}

function showHeads() {
  find("heads").replaceChildren(
    ...COLUMNS.map((column, at) => {
      if (column.poster) return make("td", {});
      const sorted = view.sort === at ? (view.down ? "descending" : "ascending") : null;
      const does = () => {
        view.down = view.sort === at ? !view.down : Boolean(column.number);
        view.sort = at;
        listJobs();
        find("heads").children[at].querySelector("button").focus();
      };
      const button = make("button", { type: "button", on: { click: does } }, column.name);
      return make("th", { scope: "col", "aria-sort": sorted, class: column.number ? "number" : null }, button);
    }),
  );
}

function makeRows() {
  const stop = Math.min(view.list.length, view.made + CHUNK);
  const rows = document.createDocumentFragment();
  for (; view.made < stop; view.made++) rows.append(rowOf(view.list[view.made], view.made));
  find("rows").append(rows);
}

function rowOf(job, at) {
  const cells = COLUMNS.map((column) => {
    if (column.poster) return make("td", { class: "poster" }, posterOf(job));
    const kind = [column.less ? "less" : "", column.number ? "number" : ""].join(" ").trim() || null;
    if (column.name === "Job") return make("td", {}, make("a", { href: `#/job/${job.key}` }, job.job_id));
    if (column.name === "State") return make("td", {}, rushes.badge(job));
    if (column.name === "Why") return whyOf(job);
    return make("td", { class: kind }, String(column.shown ? column.shown(job) : column.of(job) || ""));
  });
  const opens = (event) => {
    if (!event.target.closest("a")) location.hash = `#/job/${job.key}`;
  };
  return make("tr", { class: at === view.chosen ? "chosen" : null, "data-key": job.key, on: { click: opens } }, ...cells);
}

function whyOf(job) {
  const twice = job.cause && job.decided && job.decided.toLowerCase().endsWith(`: ${job.cause.toLowerCase()}`);
  const told = twice ? job.decided.slice(0, -job.cause.length - 2) : job.decided;
  const decided = told ? make("small", {}, told) : "";
  return make("td", { class: "cause" }, make("span", {}, job.cause || ""), decided);
}

function posterOf(job) {
  return job.poster ? make("img", { src: job.poster, alt: "", loading: "lazy", width: 64, height: 64 }) : make("span", { class: "none" });
}

// Choosing and moving

rushes.chosen = () => view.job || view.list[view.chosen] || null;

function choose(at, scroll = true) {
  if (at < 0 || at >= view.list.length) return false;
  while (view.made <= at) makeRows();
  const rows = find("rows").children;
  if (rows[view.chosen]) rows[view.chosen].classList.remove("chosen");
  view.chosen = at;
  rows[at].classList.add("chosen");
  if (scroll && view.shown === "night") rows[at].scrollIntoView({ block: "nearest" });
  return true;
}

function step(by) {
  if (!rushes.night) return;
  const at = view.job ? view.list.findIndex((job) => job.key === view.job.key) : view.chosen;
  if (!choose(at + by)) return rushes.say(by > 0 ? "This is the last job." : "This is the first job.");
  rushes.say("");
  if (view.job) location.replace(`#/job/${view.list[view.chosen].key}`);
}

rushes.next = () => step(1);
rushes.previous = () => step(-1);

Object.assign(rushes, { fillChoices, listJobs, makeRows, choose });

find("next").addEventListener("click", rushes.next);
find("previous").addEventListener("click", rushes.previous);
find("filters").addEventListener("submit", (event) => event.preventDefault());
find("filters").addEventListener("input", () => rushes.night && listJobs());
find("default-order").addEventListener("click", () => {
  view.sort = null;
  if (rushes.night) listJobs();
});
new IntersectionObserver((seen) => {
  if (seen.some((each) => each.isIntersecting) && rushes.night && view.made < view.list.length) makeRows();
}, { rootMargin: "800px" }).observe(find("more"));
})();
