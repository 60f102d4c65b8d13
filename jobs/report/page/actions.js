// The live part of the page: what changed is fetched, and what somebody decides is sent.
"use strict";

(() => {
  const rushes = window.rushes;
  const token = location.pathname.split("/")[1];
  const LOOK_MS = 2000;
  const LATER_MS = 15000;
  let night = null;
  let tag = "";
  let last = null; // the last decision, so that it can be taken back
  let timer = 0;

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  };

  const say = (sentence, trouble = false) => {
    const said = document.getElementById("said");
    said.textContent = sentence;
    said.classList.toggle("trouble", trouble);
  };

  // What changed.

  const merged = (told) => {
    const rows = new Map(told.whole || night === null ? [] : night.jobs.map((job) => [job.key, job]));
    told.gone.forEach((key) => rows.delete(key));
    told.jobs.forEach((job) => rows.set(job.key, job));
    const order = told.order ?? [...rows.keys()];
    return { ...told.night, jobs: order.map((key) => rows.get(key)).filter(Boolean) };
  };

  const look = async () => {
    clearTimeout(timer);
    let wait = document.hidden ? LATER_MS : LOOK_MS;
    try {
      const headers = tag ? { "If-None-Match": `"${tag}"` } : {};
      const answer = await fetch(`report/live?since=${tag}`, { headers, cache: "no-store" });
      if (answer.status === 200) {
        const told = await answer.json();
        night = merged(told);
        tag = told.tag;
        rushes.show(night);
      } else if (answer.status !== 304) {
        throw new Error(await answer.text());
      }
      if (document.documentElement.dataset.live === "no") {
        say("");
      }
      document.documentElement.dataset.live = "yes";
    } catch (error) {
      document.documentElement.dataset.live = "no";
      say("The page does not hear of the night: `rushes serve` has ended, or storage is away.", true);
      wait = LATER_MS;
    }
    timer = setTimeout(look, wait);
  };

  // What is decided.

  const decide = async (decision, back = null) => {
    let told = null;
    try {
      const answer = await fetch("report/decide", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Rushes-Token": token },
        body: JSON.stringify(decision),
      });
      told = await answer.json();
      if (!answer.ok) {
        say(told.message, true);
        return;
      }
    } catch (error) {
      say("Nothing was decided: `rushes serve` does not answer.", true);
      return;
    }
    last = back;
    say([told.said, ...told.warnings].join(" "), told.warnings.length > 0);
    await look();
  };

  const form = (title, fields, send, submit) => {
    const place = document.getElementById("ask");
    const made = element("form", { "aria-label": title, class: "ask" });
    const inputs = fields.map(({ label, ...attributes }) => {
      const input = element("input", { autocomplete: "off", ...attributes });
      made.append(element("label", {}, `${label} `, input));
      return input;
    });
    const close = () => {
      place.replaceChildren();
      document.getElementById("actions").focus();
    };
    const cancel = element("button", { type: "button" }, "Leave it (Esc)");
    cancel.addEventListener("click", close);
    made.append(element("button", { type: "submit" }, submit), cancel);
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      close();
      send(Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()])));
    });
    made.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        close();
      }
    });
    place.replaceChildren(made);
    inputs[0].focus();
    inputs[0].select();
  };

  const number = (text) => (text === "" ? null : Number(text));

  const second = () => {
    const player = document.querySelector("video");
    return player ? Math.max(0, player.currentTime).toFixed(2) : "0";
  };

  const approve = (job) =>
    decide({ what: "approve", jobs: [job.job_id] }, { what: "withdraw", jobs: [job.job_id] });

  const reject = (job) =>
    form(
      "Reject this video",
      [{ label: "Why it is not taken", name: "reason", maxlength: 500 }],
      ({ reason }) =>
        decide(
          { what: "reject", jobs: [job.job_id], reason },
          { what: "pardon", jobs: [job.job_id] },
        ),
      "Reject (Enter)",
    );

  const retake = (job) =>
    form(
      "Retake a part of this video",
      [
        { label: "From second", name: "from_s", type: "number", min: 0, step: "any", value: second() },
        { label: "to second (empty: to the end)", name: "to_s", type: "number", min: 0, step: "any" },
        { label: "or by words, such as 12-18", name: "words", pattern: "\\d+(-\\d+)?" },
        { label: "Seed (empty: the next one)", name: "seed", inputmode: "numeric", pattern: "\\d*" },
      ],
      ({ from_s, to_s, words, seed }) =>
        decide({
          what: "retake",
          job: job.job_id,
          ...(words ? { words } : { from_s: number(from_s) ?? 0, to_s: number(to_s) }),
          ...(seed ? { seed } : {}),
        }),
      "Retake (Enter)",
    );

  const choose = (job) =>
    form(
      "Take a version as it is",
      [{ label: "Number of the version", name: "version", type: "number", min: 1, value: 1 }],
      ({ version }) => decide({ what: "choose", job: job.job_id, version: number(version) }),
      "Choose (Enter)",
    );

  const hold = (job) =>
    decide({ what: "hold", jobs: [job.job_id] }, { what: "release", jobs: [job.job_id] });

  const release = (job) => decide({ what: "release", jobs: [job.job_id] });

  const cancel = (job) =>
    form(
      "Cancel this job",
      [{ label: "Nothing more is made of it. The job", name: "job", value: job.job_id, readonly: "" }],
      () => decide({ what: "cancel", jobs: [job.job_id] }, { what: "release", jobs: [job.job_id] }),
      "Cancel the job (Enter)",
    );

  const prioritise = (job) => decide({ what: "prioritise", jobs: [job.job_id] });

  const back = () => (last === null ? say("There is nothing to take back.") : decide(last));

  const needs = (job) => job.need === "decide" || job.need === "mend";

  const following = () => {
    const { jobs } = rushes.night;
    const at = jobs.findIndex((job) => job.key === rushes.chosen()?.key);
    const found = [...jobs.slice(at + 1), ...jobs.slice(0, at)].find(needs);
    if (found) {
      location.hash = `#/job/${found.key}`;
    } else {
      say("No other job needs anybody.");
    }
  };

  const made = (job) => Boolean(job.video);
  const open = (job) => job.status !== "done";
  const ACTIONS = [
    { key: "a", says: "approve the video", name: "Approve", when: made, does: approve },
    { key: "x", says: "reject the video", name: "Reject", when: made, does: reject },
    { key: "r", says: "retake a part of the video", name: "Retake", when: made, does: retake },
    { key: "v", says: "take another version", name: "Choose version", when: (job) => job.versions > (job.status === "rejected" ? 0 : 1), does: choose },
    { key: "h", says: "hold the job", name: "Hold", when: open, does: hold },
    { key: "l", says: "release the job", name: "Release", when: (job) => job.state === "held" || job.status === "cancelled", does: release },
    { key: "f", says: "make the job before all others", name: "Make first", when: open, does: prioritise },
    { key: "c", says: "cancel the job", name: "Cancel", when: (job) => open(job) && job.status !== "cancelled", does: cancel },
  ];

  const act = (action) => {
    const job = rushes.chosen();
    if (job === null) {
      say("Choose a job first.");
    } else if (!action.when(job)) {
      say(`${action.name} is not for ${job.job_id} as it is.`);
    } else {
      action.does(job);
    }
  };

  const buttons = (job) => {
    const place = document.getElementById("actions");
    const there = ACTIONS.filter((action) => action.when(job));
    const signature = [job.key, ...there.map((action) => action.key)].join(" ");
    if (place.dataset.signature === signature) {
      return; // the button that has the focus keeps it
    }
    place.dataset.signature = signature;
    place.setAttribute("tabindex", "-1");
    const shown = there.map((action) => {
      const button = element(
        "button",
        { type: "button", "aria-keyshortcuts": action.key },
        `${action.name} `,
        element("kbd", {}, action.key),
      );
      button.addEventListener("click", () => act(action));
      return button;
    });
    const ask = document.getElementById("ask") ?? element("div", { id: "ask" });
    if (place.dataset.job !== job.key) {
      ask.replaceChildren();
    }
    place.dataset.job = job.key;
    place.replaceChildren(...shown, ask);
  };

  ACTIONS.forEach((action) => {
    rushes.keys.push({ key: action.key, says: action.says, does: () => act(action) });
  });
  rushes.keys.push({ key: "n", says: "next job that needs somebody", does: following });
  rushes.keys.push({ key: "u", says: "take the last decision back", does: back });
  document.addEventListener("rushes:job", (event) => buttons(event.detail));
  document.addEventListener("visibilitychange", () => document.hidden || look());
  const chosen = rushes.chosen();
  if (chosen) {
    buttons(chosen);
  }
  look();
})();
