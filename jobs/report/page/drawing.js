// Curves over the time of a job, and the lanes of workers.
"use strict";

(() => {
  const { make, number, clock } = rushes;
  const WIDTH = 1000;
  const HEIGHT = 76;

  const svg = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  /** Stretches of points that were measured; single ones are joined where few were sampled. */
  function stretches(values, low, high) {
    const spread = Math.max(high - low, 1e-9);
    const points = values
      .map((value, at) => [at, value])
      .filter(([, value]) => value !== null && !Number.isNaN(value))
      .map(([at, value]) => [(at / Math.max(values.length - 1, 1)) * WIDTH, HEIGHT - 4 - ((value - low) / spread) * (HEIGHT - 8)]);
    const most = values.length / Math.max(points.length, 1) > 2 ? Infinity : (3 * WIDTH) / Math.max(values.length - 1, 1);
    const found = [[]];
    for (const point of points) {
      const last = found.at(-1).at(-1);
      if (last && point[0] - last[0] > most) found.push([]);
      found.at(-1).push(point);
    }
    return found.filter((each) => each.length > 1);
  }

  function extent(lists) {
    const known = lists.flat().filter((value) => value !== null && !Number.isNaN(value));
    return known.length ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))] : null;
  }

  /** A figure with lines, marks at seconds, and a head that follows the player. */
  function figure(told, curves, parts) {
    const seconds = Math.max(curves.frames / curves.fps, 0.04);
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": told });
    for (const part of parts) picture.append(part);
    const head = svg("line", { class: "head", x1: -9, x2: -9, y1: 0, y2: HEIGHT });
    picture.append(head);
    picture.addEventListener("click", (event) => {
      const box = picture.getBoundingClientRect();
      rushes.seekTo(((event.clientX - box.left) / box.width) * seconds);
    });
    rushes.heads.push((at) => {
      head.setAttribute("x1", (at / seconds) * WIDTH);
      head.setAttribute("x2", (at / seconds) * WIDTH);
    });
    return picture;
  }

  function marks(curves, detail) {
    const seconds = Math.max(curves.frames / curves.fps, 0.04);
    const at = (second, kind) => svg("line", { class: kind, x1: (second / seconds) * WIDTH, x2: (second / seconds) * WIDTH, y1: 0, y2: HEIGHT });
    const joins = detail ? detail.segments.slice(1).map((each) => at(each.start_s, "join")) : [];
    const breaches = detail ? detail.gates.filter((each) => each.level !== "pass" && each.at_s !== null).map((each) => at(each.at_s, "breach")) : [];
    return [...joins, ...breaches];
  }

  function lines(values, kind, range) {
    return stretches(values, range[0], range[1]).map((points) =>
      svg("polyline", { class: `line-${kind}`, points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") }),
    );
  }

  function wave(values) {
    const step = WIDTH / Math.max(values.length, 1);
    const middle = HEIGHT / 2;
    const up = values.map((value, at) => `${(at * step).toFixed(1)},${(middle - value * middle).toFixed(1)}`);
    const down = values.map((value, at) => `${(at * step).toFixed(1)},${(middle + value * middle).toFixed(1)}`).reverse();
    return svg("polygon", { class: "wave", points: [...up, ...down].join(" ") });
  }

  const DRIFT = [
    ["identity", "Distance of the face to the portrait", "dlib distance"],
    ["colour", "Difference of colours to the portrait", "CIEDE2000"],
    ["sharpness", "Detail of the head", ""],
  ];

  /** All curves of a job. */
  rushes.drawCurves = (curves, detail) => {
    const found = [];
    const { gap = [], opening = [] } = curves.series;
    if (curves.wave.length || gap.length) {
      const parts = curves.wave.length ? [wave(curves.wave)] : [];
      for (const [kind, values] of [["opening", opening], ["gap", gap]]) {
        const range = extent([values]);
        if (range) parts.push(...lines(values, kind, [Math.min(0, range[0]), Math.max(range[1], 1e-3)]));
      }
      const keys = [make("span", { class: "swatch wave-key" }, "loudness")];
      if (gap.length) keys.push(make("span", { class: "swatch gap" }, "mouth as drawn"));
      if (opening.length) keys.push(make("span", { class: "swatch opening" }, "mouth as the sounds ask for"));
      const told = "Loudness of the speech, with the mouth's opening over it";
      found.push(make("figure", { class: "curve" }, make("figcaption", {}, "Speech and mouth", ...keys), figure(told, curves, [...parts, ...marks(curves, detail)])));
    }
    for (const [name, told, unit] of DRIFT) {
      const values = curves.series[name] || [];
      const range = extent([values]);
      if (!range) continue;
      const shown = `${told}: ${number(range[0], 3)} to ${number(range[1], 3)} ${unit}`;
      found.push(make("figure", { class: "curve" }, make("figcaption", {}, shown), figure(shown, curves, [...lines(values, name, range), ...marks(curves, detail)])));
    }
    return found;
  };

  const KINDS = [["work", "at work"], ["redone", "failed, lost or broken off: done again"], ["cold", "until its first work"], ["idle", "idle"]];

  function paint(canvas, lane, whole) {
    const wide = (canvas.width = Math.max(300, canvas.clientWidth) * (window.devicePixelRatio || 1));
    const tall = (canvas.height = 28 * (window.devicePixelRatio || 1));
    const pen = canvas.getContext("2d");
    const styles = getComputedStyle(document.documentElement);
    for (const span of lane.spans) {
      pen.fillStyle = styles.getPropertyValue(`--${span.kind}`);
      const left = (span.start_s / whole) * wide;
      pen.fillRect(left, 0, Math.max(1, (span.stop_s / whole) * wide - left), tall);
    }
  }

  /** The timeline of the workers. */
  rushes.drawWorkers = (place) => {
    const { lanes, begun } = rushes.night;
    const whole = Math.max(...lanes.map((lane) => lane.spans.at(-1)?.stop_s || 0), 1);
    const legend = make("ul", { class: "legend" }, ...KINDS.map(([kind, told]) => make("li", {}, make("i", { class: kind }), told)));
    const told = lanes.length ? `${clock(whole)} from ${begun.replace("T", " ").replace("Z", " UTC")}` : "No worker has finished anything yet.";
    const rows = lanes.map((lane) => {
      const sums = KINDS.map(([kind]) => `${kind} ${clock(lane[`${kind}_s`])}`).join(", ");
      const canvas = make("canvas", { role: "img", "aria-label": `${lane.worker}: ${sums}` });
      return make("div", { class: "lane" }, make("div", {}, make("strong", {}, lane.worker), make("br"), make("small", {}, sums)), canvas);
    });
    place.replaceChildren(make("h2", {}, "Workers"), make("p", {}, told), legend, ...rows);
    rows.forEach((row, at) => paint(row.querySelector("canvas"), lanes[at], whole));
  };

  const again = () => rushes.night && !rushes.find("workers").hidden && rushes.drawWorkers(rushes.find("workers"));
  window.addEventListener("resize", again);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
})();
