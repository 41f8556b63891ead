// Keys, the points that items come to, places of comments. Without this script every page works by its forms.
"use strict";
const at = (id) => document.getElementById(id);
const typing = (element) => element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select");

function give(points) {
  const field = at("points");
  if (field) { field.value = points; field.focus(); }
}

function worth() {  // as grader/desk/points.py has it
  const form = at("mark"), field = at("points");
  if (!form || !field) return;
  const possible = Number(form.dataset.possible);
  const chosen = [...form.querySelectorAll("input[name=item]:checked")].map((box) => Number(box.dataset.points));
  const given = chosen.filter((points) => points > 0), taken = chosen.filter((points) => points < 0);
  const sum = (numbers) => numbers.reduce((whole, part) => whole + part, 0);
  const points = Math.min(possible, Math.max(0, (given.length ? sum(given) : possible) + sum(taken)));
  field.placeholder = chosen.length ? String(Math.round(points * 100) / 100) : "";
}

function open(id, field) {
  const details = at(id);
  if (!details) return;
  details.open = true;
  at(field).focus();
}

const KEYS = {
  j: () => at("after")?.href && at("after").click(),
  k: () => at("before")?.href && at("before").click(),
  g: () => at("go").click(),
  o: () => document.querySelector(".brand").click(),
  f: () => at("mark") && give(at("mark").dataset.possible),
  z: () => give("0"),
  p: () => at("points")?.focus(),
  r: () => at("remark")?.focus(),
  n: () => open("new", "words"),
  c: () => open("comments", "place-words"),
  "/": () => { at("find").focus(); at("find").select(); },
  "?": () => showKeys(),
};

function showKeys() {
  at("keys-on").checked = keysAreOn();
  at("keys").showModal();
}

// Whoever dictates, or types by switches, turns single keys off.
const keysAreOn = () => localStorage.getItem("desk-keys") !== "off";

function choose(digit) {
  const box = document.querySelector(`input[data-digit="${digit}"]`);
  if (box) { box.checked = !box.checked; box.focus({ preventScroll: true }); worth(); }
  return Boolean(box);
}

document.addEventListener("keydown", (event) => {
  const on = event.target;
  if (event.defaultPrevented || event.isComposing || at("keys").open) return;
  if (event.key === "Enter" && on.closest?.("#new") && on.matches("input")) {
    event.preventDefault();
    return at("new").querySelector("button").click();
  }
  if (event.key === "Enter" && at("mark") && (event.ctrlKey || event.metaKey || (on === document.body || on.matches("main, #mark input[type=checkbox], #points")))) {
    event.preventDefault();
    return at("record").click();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!keysAreOn() && event.key !== "Escape") return;
  if (typing(on)) {
    if (event.key === "Escape") on.blur();
    return;
  }
  if (/^[1-9]$/.test(event.key) ? choose(event.key) : KEYS[event.key] && (KEYS[event.key](), true)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.name === "item") worth();
  if (event.target.id === "keys-on") localStorage.setItem("desk-keys", event.target.checked ? "on" : "off");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.show) showKeys();
  if (button?.dataset.give) give(button.dataset.give);
  if (button?.dataset.remark) { at("remark").value = button.dataset.remark; at("remark").focus(); }
  const number = event.target.closest(".file .ln");
  if (number) aim(number.parentElement);
});

function aim(line) {
  const form = document.querySelector("form.place");
  if (!form) return;
  document.querySelectorAll(".aim").forEach((other) => other.classList.remove("aim"));
  line.classList.add("aim");
  fill(form, { file: line.closest(".file").dataset.file, cell: line.dataset.cell, line: line.dataset.line, page: "" });
  open("comments", "place-words");
}

function fill(form, values) {
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
}

let drawing = null;
document.addEventListener("pointerdown", (event) => {
  const picture = event.target.closest?.(".page img");
  if (!picture || event.button) return;
  const box = picture.getBoundingClientRect(), frame = document.createElement("div");
  document.querySelectorAll(".frame").forEach((old) => old.remove());
  frame.className = "frame";
  picture.parentElement.append(frame);
  drawing = { picture, box, frame, x: event.clientX, y: event.clientY };
  event.preventDefault();
});
document.addEventListener("pointermove", (event) => {
  if (!drawing) return;
  const { box, frame } = drawing, share = (value, start, size) => Math.min(100, Math.max(0, (100 * (value - start)) / size));
  const xs = [share(drawing.x, box.left, box.width), share(event.clientX, box.left, box.width)].sort((a, b) => a - b);
  const ys = [share(drawing.y, box.top, box.height), share(event.clientY, box.top, box.height)].sort((a, b) => a - b);
  drawing.sides = [xs[0], ys[0], xs[1], ys[1]].map((side) => side.toFixed(1));
  Object.assign(frame.style, { left: `${xs[0]}%`, top: `${ys[0]}%`, width: `${xs[1] - xs[0]}%`, height: `${ys[1] - ys[0]}%` });
});
document.addEventListener("pointerup", () => {
  const form = document.querySelector("form.place");
  if (drawing?.sides && form) {
    const [left, top, right, bottom] = drawing.sides, { file, page } = drawing.picture.dataset;
    fill(form, { file, page, left, top, right, bottom, cell: "", line: "" });
    open("comments", "place-words");
  }
  drawing = null;
});

function said(words) {
  const told = at("told");
  told.textContent = "";
  const box = document.createElement("p");
  box.className = "refused";
  box.textContent = words;
  told.append(box);
  told.scrollIntoView({ block: "nearest" });
}
document.addEventListener("htmx:sendError", (event) => {
  if (event.target.id === "held") return;
  said("The desk does not answer. What you entered is still here: see that `grader review` runs, then record again. It counts once.");
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target === document.body) { at("main").focus({ preventScroll: true }); worth(); }
});
document.addEventListener("htmx:responseError", () => at("told").scrollIntoView({ block: "nearest" }));
worth();
