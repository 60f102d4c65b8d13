// One screen for each job, and a page for each title with all languages side by side.
"use strict";

(() => {
  const { make, find, number, clock } = rushes;
  rushes.heads = [];
  const shown = { key: "", video: null, src: "" };

  rushes.play = () => shown.video && (shown.video.paused ? shown.video.play().catch(() => rushes.say("The video cannot be played.")) : shown.video.pause());
  rushes.seekTo = (second) => {
    if (!shown.video) return;
    shown.video.currentTime = Math.max(0, second);
    follow();
  };
  rushes.seek = (frames) => {
    if (!shown.video) return;
    shown.video.pause();
    rushes.seekTo(shown.video.currentTime + frames / 25);
  };
  rushes.goWorst = () => {
    const detail = rushes.details.get(shown.key);
    const worst = detail && detail.gates.find((gate) => gate.level !== "pass" && gate.at_s !== null);
    if (worst) rushes.seekTo(worst.at_s);
    else rushes.say("No place is worse than its gate.");
  };

  function follow() {
    for (const head of rushes.heads) head(shown.video.currentTime);
  }

  rushes.leaveJob = () => {
    if (shown.video) shown.video.pause();
  };

  /** All of a job's screen; its player stays while it shows the same video. */
  rushes.drawJob = (job) => {
    const detail = rushes.details.get(job.key);
    const curves = rushes.drawn.get(job.key);
    find("job-name").textContent = job.job_id;
    find("job-state").textContent = job.state;
    find("job-state").className = rushes.badge(job).className;
    find("cause").textContent = job.cause || (job.state === "done" ? "Nothing is wrong with it." : "");
    find("remedy").textContent = job.remedy || "";
    find("decided").textContent = job.decided ? `Decided: ${job.decided}` : "";
    drawPlayer(job, curves);
    find("job-facts").replaceChildren(...factsOf(job));
    rushes.heads = [];
    find("detail").replaceChildren(...sectionsOf(job, detail, curves));
    shown.key = job.key;
    if (shown.video) follow();
  };

  function drawPlayer(job, curves) {
    const place = find("player");
    if (shown.key === job.key && shown.src === (job.video || "")) {
      if (shown.video && curves && curves.captions && !shown.video.textTracks.length) caption(shown.video, job, curves.captions);
      return;
    }
    rushes.leaveJob();
    shown.src = job.video || "";
    shown.video = null;
    if (!job.video) {
      const picture = job.poster ? make("img", { src: job.poster, alt: `A frame of what was drawn of ${job.job_id}` }) : "";
      place.replaceChildren(picture || make("p", { class: "none" }, "There is no video of this job."));
      return;
    }
    const video = make("video", { controls: true, preload: "metadata", src: job.video, poster: job.poster || null, "aria-label": `Video of ${job.job_id}`, tabindex: "-1" });
    for (const event of ["timeupdate", "seeked"]) video.addEventListener(event, follow);
    place.replaceChildren(video);
    shown.video = video;
    if (curves && curves.captions) caption(video, job, curves.captions);
  }

  const seconds = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part.replace(",", ".")), 0);

  /** Cues of WebVTT; a player reads no such file beside a page from a disk. */
  function cuesOf(text) {
    return text.replace(/\r\n?/g, "\n").split(/\n{2,}/).flatMap((block) => {
      const rows = block.split("\n");
      const at = rows.findIndex((row) => row.includes("-->"));
      if (at < 0) return [];
      const [start, stop] = rows[at].split("-->").map((part) => seconds(part.trim().split(/\s/)[0]));
      return Number.isFinite(start) && Number.isFinite(stop) ? [{ start, stop, text: rows.slice(at + 1).join("\n") }] : [];
    });
  }

  function caption(video, job, text) {
    const track = video.addTextTrack("captions", "Captions", job.language || "");
    for (const cue of cuesOf(text)) track.addCue(new VTTCue(cue.start, cue.stop, cue.text));
    track.mode = "showing";
  }

  function factsOf(job) {
    const facts = [
      ["Title", job.title], ["Language", job.language], ["Speaker", job.speaker], ["Preset", job.preset], ["Seed", job.seed],
      ["Length", job.duration_s ? clock(job.duration_s) : ""], ["Segments", job.segments],
      ["Drawn again", job.redrawn], ["GPU", job.gpu_s ? `${number(job.gpu_s, 1)} s` : ""],
      ["Price", job.usd === undefined ? "" : `$${number(job.usd, 4)}`], ["Attempts", job.attempts], ["Error", job.code],
    ];
    return facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, String(value))]);
  }

  function section(name, ...parts) {
    return make("section", { "aria-label": name }, make("h3", {}, name), ...parts);
  }

  function table(name, heads, rows) {
    const top = make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, head)));
    const body = rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell instanceof Node ? cell : String(cell ?? "")))));
    const made = make("table", {}, make("caption", { class: "hidden" }, name), make("thead", {}, top), make("tbody", {}, ...body));
    return section(name, make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": name }, made));
  }

  const level = (text) => make("span", { class: `level ${/^[a-z]+$/.test(text) ? text : ""}` }, text);

  function place(text, at) {
    if (at === null || at === undefined) return text;
    return make("button", { type: "button", on: { click: () => rushes.seekTo(at) } }, text);
  }

  function sectionsOf(job, detail, curves) {
    const parts = [];
    if (curves) {
      const drawn = rushes.drawCurves(curves, detail);
      if (drawn.length) parts.push(section("Over time", ...drawn));
      if (detail && curves.strips.length) parts.push(strips(curves, detail));
    }
    if (!detail) return parts;
    if (detail.gates.length) parts.push(gates(detail));
    if (detail.versions.length) {
      const rows = detail.versions.map((each) => [each.number, each.state, level(each.level), each.at_s === null ? "" : `${number(each.at_s)} s`, each.why, each.seed]);
      parts.push(table("Versions", ["Number", "State", "Verdict", "Refused at", "Why", "Seed"], rows));
    }
    if (detail.warnings.length) parts.push(section("Warnings", make("ul", {}, ...detail.warnings.map((each) => make("li", {}, each)))));
    if (curves && curves.captions) parts.push(section("Captions", make("ol", {}, ...cuesOf(curves.captions).map((cue) => make("li", {}, place(clock(cue.start), cue.start), " ", cue.text.replace(/<[^>]*>/g, ""))))));
    if (detail.script) parts.push(section("Script", make("p", { class: "script" }, detail.script)));
    if (detail.segments.length) parts.push(segments(detail));
    if (detail.attempts.length) {
      const rows = detail.attempts.map((each) => [each.stage, each.chunk < 0 ? "" : each.chunk, each.state, each.worker, each.started, number(each.wall_s), each.gpu_s ? number(each.gpu_s) : "", each.error]);
      parts.push(table("Attempts", ["Stage", "Chunk", "State", "Worker", "Begun", "Seconds", "GPU s", "Error"], rows));
    }
    if (detail.files.length) {
      const rows = detail.files.map((each) => [each.profile, each.href ? make("a", { href: each.href }, each.name) : each.name, number(each.bytes, 0), each.sha256.slice(0, 16)]);
      parts.push(table("Files", ["Profile", "File", "Bytes", "SHA-256 begins"], rows));
    }
    parts.push(section("Facts", make("dl", { class: "facts" }, ...facts(detail).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]))));
    return parts;
  }

  function facts(detail) {
    const more = [["begun anew at", detail.restarts_s], ["cuts joined at", detail.joins_s]].filter(([, list]) => list.length);
    const retakes = detail.retakes.filter(Boolean).map((each) => ["retake", each]);
    return [...Object.entries(detail.facts), ...more.map(([name, list]) => [name, list.map((at) => `${number(at)} s`).join(", ")]), ...retakes];
  }

  const STRIPS = { cut: "Cut", segment: "Segments join", refused: "Refused" };

  function strips(curves, detail) {
    const figures = curves.strips.filter((strip) => detail.pictures[strip.name]).map((strip) => {
      const seam = strip.seam === null ? "" : `, seam ${number(strip.seam)}`;
      const told = `${STRIPS[strip.kind]} at ${number(strip.at_s)} s${seam}`;
      return make("figure", {}, make("img", { src: detail.pictures[strip.name], alt: `Frames around ${number(strip.at_s)} s`, loading: "lazy" }), make("figcaption", {}, place(told, strip.at_s)));
    });
    return section(detail.segments.length ? "Frames at joins" : "Frames of what was refused", make("div", { class: "strips" }, ...figures));
  }

  function gates(detail) {
    const rows = detail.gates.map((gate) => [
      level(gate.level),
      make("span", { title: gate.formula }, gate.measure.replaceAll("_", " ")),
      gate.value === null ? "–" : `${number(gate.value, 4)} ${gate.unit}`,
      limit(gate, gate.warn),
      limit(gate, gate.fail),
      place(gate.place, gate.at_s),
      gate.formula,
    ]);
    return table("Gates", ["Verdict", "Measure", "Value", "Warns", "Fails", "Where", "What it is"], rows);
  }

  function limit(gate, value) {
    return value === null ? "" : `${gate.better === "higher" ? "below" : "above"} ${number(value, 4)}`;
  }

  function segments(detail) {
    const names = [...new Set(detail.segments.flatMap((each) => Object.keys(each.figures)))];
    const rows = detail.segments.map((each) => [
      place(`${number(each.start_s)} s`, each.start_s), level(each.level), each.seed, ...names.map((name) => (name in each.figures ? number(each.figures[name], 3) : "")),
    ]);
    const told = table("Segments", ["From", "Verdict", "Seed", ...names.map((name) => name.replaceAll("_", " "))], rows);
    return make("details", {}, make("summary", {}, `${detail.segments.length} segments with seeds and figures`), told);
  }

  // Titles

  rushes.drawTitles = (place_, wanted) => {
    const titles = new Map();
    for (const job of rushes.night.jobs) if (job.title) titles.set(job.title, [...(titles.get(job.title) || []), job]);
    if (titles.has(wanted)) return drawTitle(place_, wanted, titles.get(wanted));
    const rows = [...titles].sort(([one], [other]) => one.localeCompare(other)).map(([title, jobs]) => {
      const states = new Map();
      for (const job of jobs) states.set(job.state, (states.get(job.state) || 0) + 1);
      const link = make("a", { href: `#/titles/${encodeURIComponent(title)}` }, title);
      return [link, jobs.map((job) => job.language).filter(Boolean).join(", "), [...states].map(([state, count]) => `${count} ${state}`).join(", ")];
    });
    const found = rows.length ? table("All titles", ["Title", "Languages", "States"], rows) : make("p", {}, "No row of this night has a title.");
    place_.replaceChildren(make("h2", {}, "Titles"), found);
  };

  function drawTitle(place_, title, jobs) {
    const cards = jobs.slice().sort((one, other) => (one.language || "").localeCompare(other.language || "")).map((job) => {
      const media = job.video
        ? make("video", { controls: true, preload: "none", src: job.video, poster: job.poster || null, "aria-label": `${title}, ${job.language || job.job_id}` })
        : job.poster ? make("img", { src: job.poster, alt: "" }) : make("p", {}, "There is no video.");
      const link = make("a", { href: `#/job/${job.key}` }, job.job_id);
      return make("article", {}, make("h3", {}, job.language || "–", " ", rushes.badge(job)), media, make("p", {}, link, job.duration_s ? `, ${clock(job.duration_s)}` : ""), job.cause ? make("p", {}, job.cause) : "");
    });
    place_.replaceChildren(make("p", {}, make("a", { href: "#/titles" }, "All titles")), make("h2", {}, title), make("div", { class: "cards" }, ...cards));
  }
})();
