// Try your model: what is typed goes to POST /v1/complete, the answer is drawn row by row.
"use strict";

const form = document.getElementById("try");
const rowsOfScores = document.getElementById("scores");
const said = document.getElementById("said");
const known = JSON.parse(document.getElementById("known").textContent);
const tasks = new Map(known.tasks.map((t) => [t.name, t]));
const folded = new Map(known.tasks.map((t) => [t.name.trim().toLowerCase(), t.name]));
const table = document.getElementById("row");
const START = 3;

// -- small things ------------------------------------------------------------------------

function make(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
}

function drawn(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function fault(field, text) {
  const place = document.getElementById(field.getAttribute("aria-describedby").split(" ").pop());
  place.textContent = text || "";
  place.hidden = !text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

const SUFFIX = { k: 1e3, m: 1e6, b: 1e9, t: 1e12 };

function number(text) {
  const found = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s?([kmbt])?$/i.exec(text.trim());
  if (!found) return NaN;
  return Number(found[1]) * (found[2] ? SUFFIX[found[2].toLowerCase()] : 1);
}

// -- the form ------------------------------------------------------------------------------

let made = rowsOfScores.children.length;

function addScore(task = "", score = "") {
  const row = rowsOfScores.firstElementChild.cloneNode(true);
  const number = (made += 1);
  for (const part of [row, ...row.querySelectorAll("*")]) {
    for (const name of ["id", "for", "aria-describedby", "aria-label"]) {
      const value = part.getAttribute(name);
      if (value) part.setAttribute(name, value.replaceAll(/(score[- ])\d+/g, `$1${number}`));
    }
    part.removeAttribute("aria-invalid");
  }
  const [first, second] = row.querySelectorAll("label");
  first.textContent = `Task of score ${number}`;
  second.textContent = `Score ${number}`;
  row.querySelector("[data-part=task]").value = task;
  row.querySelector("[data-part=score]").value = score;
  row.querySelector(".scale").textContent = "";
  row.querySelector(".fault").hidden = true;
  rowsOfScores.append(row);
  return row;
}

function scores(pairs) {
  const old = [...rowsOfScores.children];
  for (const [task, score] of pairs) addScore(task, score);
  for (const row of old) row.remove();
}

// What is typed, checked as far as the browser can; what is wrong is told and left out.
function read() {
  const wrong = fault;
  const fields = new Map(); // JSON path -> field that is to blame
  const name = document.getElementById("name");
  fault(name, "");
  fields.set("$.model", name);
  if (!name.value.trim()) wrong(name, "A model has a name.");
  const body = { model: name.value.trim() || "my model", scores: {}, factors: {} };
  const address = new URLSearchParams({ name: body.model });
  for (const row of rowsOfScores.children) {
    const task = row.querySelector("[data-part=task]");
    const score = row.querySelector("[data-part=score]");
    fault(score, "");
    task.removeAttribute("aria-invalid");
    const asked = task.value.trim();
    const of = tasks.has(asked) ? asked : folded.get(asked.toLowerCase());
    row.querySelector(".scale").textContent = of ? `scale: ${tasks.get(of).scale}` : "";
    if (!asked && !score.value.trim()) continue;
    if (asked) {
      address.append("task", asked);
      address.append("score", score.value.trim());
    }
    if (!asked) wrong(task, "Which task is it of?");
    else if (!score.value.trim()) continue; // still being typed
    else if (Number.isNaN(number(score.value))) wrong(score, "A number, such as 70.");
    else if (of && outside(number(score.value), tasks.get(of))) wrong(score, `This task goes from ${tasks.get(of).scale}.`);
    else if ((of || asked) in body.scores) wrong(task, "This task is there already.");
    else {
      body.scores[of || asked] = number(score.value);
      fields.set(path("scores", of || asked), of ? score : task);
    }
  }
  for (const field of form.querySelectorAll("[data-factor]")) {
    fault(field, "");
    const text = field.value.trim();
    if (!text && !field.validity.badInput) continue;
    const factor = field.dataset.factor;
    address.set(factor, text);
    fields.set(path("factors", factor), field);
    if (field.dataset.kind === "number") {
      if (Number.isNaN(number(text))) wrong(field, "A number, such as 7B.");
      else body.factors[factor] = number(text);
    } else if (field.dataset.kind === "flag") body.factors[factor] = text === "true";
    else if (field.dataset.kind === "date" && !text) wrong(field, "A whole date.");
    else body.factors[factor] = text;
  }
  const nothing = !Object.keys(body.scores).length && !Object.keys(body.factors).length;
  return { body, fields, nothing, address };
}

function outside(value, task) {
  const [low, high] = task.bounds;
  return (low !== null && value < low) || (high !== null && value > high);
}

// A place in the body, as problems of the service name it.
function path(group, name) {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `$.${group}.${name}`;
  return `$.${group}['${name.slice(0, 80).replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
}

// -- asking ---------------------------------------------------------------------------------

let asking = null;
let waiting = 0;

function soon(after) {
  clearTimeout(waiting);
  waiting = setTimeout(ask, after);
}

async function ask() {
  if (asking) asking.abort();
  const { body, fields, nothing, address } = read();
  history.replaceState(null, "", nothing ? location.pathname : `?${address}`);
  if (nothing) return empty();
  asking = new AbortController();
  table.setAttribute("aria-busy", "true");
  let answer, document_;
  try {
    answer = await fetch(`${form.dataset.base}/v1/complete`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, application/problem+json" },
      body: JSON.stringify(body),
      signal: asking.signal,
    });
    document_ = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") return;
    trouble("The service does not answer. What is shown is older than what is typed.");
    return;
  } finally {
    table.setAttribute("aria-busy", "false");
  }
  trouble("");
  if (answer.ok) show(document_);
  else blame(document_, fields);
}

function trouble(text) {
  const place = document.getElementById("fault");
  place.textContent = text;
  place.hidden = !text;
}

function blame(problem, fields) {
  const rest = [];
  for (const error of problem.errors || []) {
    const field = fields.get(error.path);
    if (field) fault(field, error.message);
    else rest.push(`${error.path || ""} ${error.message}`.trim());
  }
  if (rest.length || !(problem.errors || []).length) trouble(rest.join("; ") || problem.detail || problem.title);
}

// -- the answer -------------------------------------------------------------------------------

const WORDS = { observed: "measured", predicted: "predicted", prior: "prior" };
const MARKS = { observed: "", predicted: "~", prior: "?" };
const lines = new Map();

function lay() {
  let body = null;
  let ability = null;
  for (const task of known.tasks) {
    if (task.ability !== ability) {
      ability = task.ability;
      const head = make("th", { scope: "rowgroup", colspan: "3" }, ability.replaceAll("_", " "));
      body = make("tbody", {}, make("tr", { class: "group" }, head, make("td", { class: "wide" })));
      table.append(body);
    }
    const link = make("a", { href: `${form.dataset.base}/tasks/${encodeURIComponent(task.name)}` }, task.name);
    const line = make("tr", {},
      make("th", { scope: "row" }, link, make("small", { class: "narrow" })),
      make("td", { class: "draw" }),
      make("td", { class: "num" }),
      make("td", { class: "wide why" }));
    body.append(line);
    lines.set(task.name, line);
    fill(line, task, null);
  }
}

function text(task, value, kind) {
  const digits = Math.max(0, task.decimals - (kind === "observed" ? 0 : 1));
  return value.toFixed(digits).replace(/^-(0(?:\.0+)?)$/, "$1");
}

function fill(line, task, cell) {
  const [, draw, score, why] = line.cells;
  draw.replaceChildren(bar(task, cell));
  line.className = cell ? cell.kind : "";
  const small = line.cells[0].querySelector("small");
  if (!cell) {
    score.replaceChildren(make("span", { class: "soft" }, "–"), make("small", {}, "\u00a0"));
    why.replaceChildren(make("span", { class: "soft" }, "–"), make("small", {}, "\u00a0"));
    small.textContent = "";
    return;
  }
  const observed = cell.kind === "observed";
  const value = observed ? cell.score : cell.prediction;
  const shown = value === null ? "–" : MARKS[cell.kind] + text(task, value, cell.kind);
  const interval = cell.lower === null ? "\u00a0" : `${text(task, cell.lower, "")} to ${text(task, cell.upper, "")}`;
  score.replaceChildren(make("b", { class: `num ${cell.kind}` }, shown), make("small", {}, interval));
  why.replaceChildren(make("span", { class: `kind ${cell.kind}` }, WORDS[cell.kind]), make("small", {}, cell.reason));
  small.textContent = cell.reason;
}

function bar(task, cell) {
  const [low, high] = task.axis;
  const x = (v) => `${(100 * Math.min(1, Math.max(0, (v - low) / (high - low)))).toFixed(2)}%`;
  const svg = drawn("svg", { class: "bar", height: "20", "aria-hidden": "true" });
  const line = (name, a, b) => svg.append(drawn("line", { class: name, x1: a, x2: b, y1: 10, y2: 10 }));
  line("track", "0%", "100%");
  if (task.band) {
    line("band", x(task.band[0]), x(task.band[1]));
    svg.append(drawn("line", { class: "middle", x1: x(task.middle), x2: x(task.middle), y1: 4, y2: 16 }));
  }
  if (!cell) return svg;
  const observed = cell.kind === "observed";
  const value = observed ? cell.score : cell.prediction;
  if (cell.lower !== null) line("span", x(cell.lower), x(cell.upper));
  if (value !== null) svg.append(drawn("circle", { class: observed ? "dot seen" : "dot", cx: x(value), cy: 10, r: observed ? 5 : 4 }));
  return svg;
}

function show(answer) {
  for (const cell of answer.cells) {
    const line = lines.get(cell.task);
    if (line) fill(line, tasks.get(cell.task), cell);
  }
  const kinds = Object.entries(answer.kinds || {}).filter(([, n]) => n);
  said.textContent = `${answer.model}: ${kinds.map(([kind, n]) => `${n} ${WORDS[kind]}`).join(", ")} (model version ${answer.model_version}, snapshot ${answer.data_snapshot}).`;
  document.getElementById("notes").replaceChildren(...(answer.notes || []).map((n) => make("p", { class: "note" }, n)));
}

function empty() {
  for (const [name, line] of lines) fill(line, tasks.get(name), null);
  trouble("");
  document.getElementById("notes").replaceChildren();
  said.textContent = "Add a score or a factor: the row is filled in as you type.";
}

// -- events --------------------------------------------------------------------------------------

form.addEventListener("input", () => soon(250));
form.addEventListener("change", () => soon(0));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  soon(0);
});
form.addEventListener("reset", () => {
  history.replaceState(null, "", location.pathname);
  setTimeout(() => {
    document.getElementById("name").value = "my model";
    for (const field of form.querySelectorAll("[data-factor]")) field.value = "";
    scores(Array(START).fill(["", ""]));
    soon(0);
  });
});
document.getElementById("more").addEventListener("click", () => {
  addScore().querySelector("input").focus();
});
document.getElementById("example").addEventListener("click", () => {
  const some = known.tasks.filter((t) => t.known).sort((a, b) => b.known - a.known).slice(0, 3);
  scores(some.map((task) => [task.name, text(task, task.middle, "observed")]));
  soon(0);
});
rowsOfScores.addEventListener("click", (event) => {
  const button = event.target.closest(".drop");
  if (!button) return;
  const row = button.parentElement;
  const next = row.nextElementSibling || row.previousElementSibling || addScore();
  row.remove();
  next.querySelector("input").focus();
  soon(0);
});

lay();
ask();
