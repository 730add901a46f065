// The matrix: what a cell says on hover and focus, arrow keys, and filters without a new page.
"use strict";

const filter = document.getElementById("filter");
const tip = document.getElementById("tip");
const KINDS = { o: "measured", p: "predicted", u: "prior" };

// -- what a cell says ---------------------------------------------------------------------

function paragraph(text, strong) {
  const p = document.createElement("p");
  const inside = strong ? document.createElement("b") : p;
  inside.textContent = text;
  if (strong) p.append(inside);
  return p;
}

function describe(cell) {
  const table = cell.closest("table");
  const row = cell.parentElement;
  const heads = table.tHead.rows[table.tHead.rows.length - 1];
  const head = heads.cells[cell.cellIndex];
  const kind = KINDS[cell.classList[0]];
  const value = cell.firstChild ? cell.firstChild.textContent : "";
  const lines = [
    paragraph(`${row.cells[0].textContent.trim()} · ${head.querySelector(".name").textContent}`, true),
    paragraph(`${value.replace(/^[~?]/, "")} ${kind} (scale ${head.dataset.scale})`),
  ];
  if (cell.dataset.i) {
    lines.push(paragraph(`${table.dataset.level} interval: ${cell.dataset.i}`));
    const parts = JSON.parse(document.getElementById("reasons").textContent);
    lines.push(paragraph(cell.dataset.r.split(" ").map((i) => parts[i]).join("; ")));
  } else {
    lines.push(paragraph("the reconciled score of the reports"));
  }
  lines.push(paragraph("Why: Enter, or another click"));
  return lines;
}

// the page that accounts for a cell
function addressOfCell(cell) {
  const table = cell.closest("table");
  const heads = table.tHead.rows[table.tHead.rows.length - 1];
  const given = new URLSearchParams({
    model: cell.parentElement.cells[0].querySelector("a").textContent,
    task: heads.cells[cell.cellIndex].querySelector(".name").textContent,
  });
  return `${table.dataset.cells}?${given}`;
}

let shown = null;

function show(cell) {
  if (cell === shown) return;
  hide();
  shown = cell;
  tip.replaceChildren(...describe(cell));
  tip.hidden = false;
  cell.setAttribute("aria-describedby", "tip");
  place(cell);
}

function place(cell) {
  const at = cell.getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - own.width / 2), innerWidth - own.width - 8);
  const below = at.bottom + 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${below + own.height < innerHeight ? below : Math.max(8, at.top - own.height - 8)}px`;
}

function hide() {
  if (shown) shown.removeAttribute("aria-describedby");
  shown = null;
  tip.hidden = true;
}

const cellOf = (target) =>
  target instanceof Element ? target.closest("#matrix tbody td:not(.x)") : null;

document.addEventListener("pointerover", (event) => {
  const cell = cellOf(event.target);
  if (cell) show(cell);
  else if (!tip.contains(event.target) && !cellOf(document.activeElement)) hide();
});
document.addEventListener("focusin", (event) => {
  const cell = cellOf(event.target);
  if (cell) show(cell);
  else hide();
});
document.addEventListener("scroll", () => {
  if (shown && shown === document.activeElement) place(shown);
  else hide();
}, { capture: true, passive: true });

// -- arrow keys: the table is one stop of the Tab key, as in the pattern of a grid -----------

const LINKS = "thead .name, thead .sort, tbody th a";

function enter(table) {
  if (!table) return;
  table.setAttribute("role", "grid");
  table.closest(".box").removeAttribute("tabindex");
  for (const link of table.querySelectorAll(LINKS)) link.tabIndex = -1;
  table.tBodies[0].rows[0].cells[1].tabIndex = 0;
}

// Where the focus can go, row by row: names of tasks, what sorts by them, then the models.
function stops(table) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells].slice(1);
  const rows = [...table.tBodies[0].rows].map((row) => [row.cells[0].querySelector("a"), ...[...row.cells].slice(1)]);
  const above = [".name", ".sort"]
    .map((part) => [null, ...heads.map((head) => head.querySelector(part))])
    .filter((line) => line[1].offsetParent);
  return { lines: [...above, ...rows], above: above.length };
}

function go(stop) {
  const table = stop.closest("table");
  for (const old of table.querySelectorAll("[tabindex='0']")) old.tabIndex = -1;
  stop.tabIndex = 0;
  stop.focus({ preventScroll: true });
  // the sticky heads cover a part of the box
  const cell = stop.closest("td, th");
  const box = table.closest(".box");
  const inner = box.getBoundingClientRect();
  const at = cell.getBoundingClientRect();
  if (cell.tagName === "TD" || cell.closest("thead")) {
    const left = inner.left + table.tBodies[0].rows[0].cells[0].offsetWidth;
    if (at.left < left) box.scrollLeft -= left - at.left;
    else if (at.right > inner.left + box.clientWidth) box.scrollLeft += at.right - inner.left - box.clientWidth;
  }
  if (!cell.closest("thead")) {
    const top = inner.top + table.tHead.offsetHeight;
    if (at.top < top) box.scrollTop -= top - at.top;
    else if (at.bottom > inner.top + box.clientHeight) box.scrollTop += at.bottom - inner.top - box.clientHeight;
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return hide();
  const stop = event.target instanceof Element ? event.target.closest(`#matrix tbody td, #matrix :is(${LINKS})`) : null;
  if (!stop || event.altKey || event.metaKey) return;
  const { lines, above } = stops(stop.closest("table"));
  let r = lines.findIndex((line) => line.includes(stop));
  if (r < 0) return;
  let c = lines[r].indexOf(stop);
  const last = lines[r].length - 1;
  const bottom = lines.length - 1;
  const end = event.ctrlKey;
  const first = (row) => (row < above ? 1 : 0);
  if (event.key === "ArrowRight") c = Math.min(c + 1, last);
  else if (event.key === "ArrowLeft") c = Math.max(c - 1, first(r));
  else if (event.key === "ArrowDown") r = Math.min(r + 1, bottom);
  else if (event.key === "ArrowUp") r = c ? Math.max(r - 1, 0) : Math.max(r - 1, above);
  else if (event.key === "PageDown") r = Math.min(r + 10, bottom);
  else if (event.key === "PageUp") r = Math.max(r - 10, above);
  else if (event.key === "Home") [r, c] = end ? [above, 1] : [r, first(r)];
  else if (event.key === "End") [r, c] = [end ? bottom : r, last];
  else if (event.key === "Enter" && stop.tagName === "TD") return location.assign(addressOfCell(stop));
  else return;
  event.preventDefault();
  go(lines[r][c]);
});

let clicked = null;

document.addEventListener("click", (event) => {
  const cell = cellOf(event.target);
  if (cell && cell === clicked && cell === shown) return location.assign(addressOfCell(cell));
  clicked = cell;
  if (cell) go(cell);
});

// -- filters: only the table is fetched again -----------------------------------------------

let asked = 0;

async function load(address, push) {
  const mine = ++asked;
  hide();
  let text;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    text = await answer.text();
  } catch {
    location.assign(address); // the browser says what is wrong
    return;
  }
  if (mine !== asked) return; // overtaken by a later one
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const box = document.querySelector(".box");
  const [left, top] = box ? [box.scrollLeft, box.scrollTop] : [0, 0];
  const before = new URL(location.href);
  document.getElementById("result").replaceWith(fresh.getElementById("result"));
  document.querySelector(".state").replaceWith(fresh.querySelector(".state"));
  if (push) history.pushState(null, "", address);
  const now = document.querySelector(".box");
  const same = ["model", "organization", "page"].every(
    (k) => before.searchParams.get(k) === new URL(location.href).searchParams.get(k));
  if (now && same) [now.scrollLeft, now.scrollTop] = [left, top];
  enter(document.getElementById("matrix"));
  // a link that was followed is gone: what stands in its place gets the focus
  return fresh;
}

function addressOf(form) {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) given.set(name, value);
  if (given.get("sort") !== "task") given.delete("by");
  return `${form.action}?${given}`;
}

let waiting = 0;
filter.addEventListener("input", (event) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => load(addressOf(filter), true), event.target.matches("input:not([type=checkbox])") ? 250 : 0);
});
filter.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  load(addressOf(filter), true);
});

document.addEventListener("click", async (event) => {
  const link = event.target instanceof Element
    ? event.target.closest("#result .sort, #result .pager a") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const sorts = link.classList.contains("sort") ? link.title : null;
  const rel = link.rel;
  const fresh = await load(link.href, true);
  if (!fresh) return;
  takeOver();
  const again = sorts
    ? [...document.querySelectorAll("#result .sort")].find((a) => a.title === sorts)
    : document.querySelector(`#result .pager a[rel=${rel}]`) || document.querySelector("#result .pager a");
  if (again && sorts) go(again);
  else if (again) again.focus({ preventScroll: true });
});
addEventListener("popstate", async () => {
  if (await load(location.href, false)) takeOver();
});

// the fields say what is shown
function takeOver() {
  const given = new URL(location.href).searchParams;
  for (const field of filter.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = given.get(field.name) === "1";
    else if (field.tagName === "SELECT") {
      const first = [...field.options].find((o) => o.defaultSelected) || field.options[0];
      field.value = given.get(field.name) ?? (field.dataset.default || first.value);
    } else field.value = given.get(field.name) ?? "";
  }
}

enter(document.getElementById("matrix"));
