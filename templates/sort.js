// The table of students is sorted by the column whose heading is pressed; pressed again, the other way round.
"use strict";

function key(cell) {
  const text = cell.textContent.trim();
  return cell.classList.contains("n") ? Number.parseFloat(text.replace("−", "-")) : text;
}

function compare(one, other) {
  if (typeof one === "string") return one.localeCompare(other, undefined, { numeric: true });
  if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) - Number.isNaN(other);
  return one - other;
}

function sort(table, heading, column) {
  const up = heading.ariaSort !== "ascending";
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  heading.ariaSort = up ? "ascending" : "descending";
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => compare(key(one.cells[column]), key(other.cells[column])) * (up ? 1 : -1));
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.roster")) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement("button");
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(table, heading, column));
    heading.append(button);
  });
}
