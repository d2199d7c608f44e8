// Keys of the review sheet: J K A R Q U X C, 1 to 3, Enter, / and ?. The page does the same
// without them. Keys rest while a field has the focus; each presses what stands in the row.
(() => {
  "use strict";

  let at = document.querySelector(".item.is-current")?.id;
  const rows = () => [...document.querySelectorAll(".items .item")];
  const current = () => document.getElementById(at) ?? rows()[0];
  const inRow = (key) => current()?.querySelector(`[data-key="${key}"]`);
  const narrow = () => window.matchMedia("(max-width: 64rem)").matches;

  const mark = (row, focus) => {
    if (!row) return;
    for (const other of document.querySelectorAll(".item.is-current")) other.classList.remove("is-current");
    row.classList.add("is-current");
    at = row.id;
    if (!focus) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    mark(all[Math.min(Math.max(all.indexOf(current()) + by, 0), all.length - 1)], true);
  };
  const next = () => {
    const all = rows();
    const after = all.slice(all.indexOf(current()) + 1);
    mark(after.find((row) => !row.classList.contains("is-done")) ?? current(), true);
  };

  const keys = {
    j: () => step(1),
    k: () => step(-1),
    u: () => (inRow("u") ?? document.querySelector("[data-undo-last]"))?.click(),
    c: () => inRow("c")?.focus(),
    "/": () => document.querySelector("[type=search]")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
    Escape: () => inRow("escape")?.click(),
  };
  for (const key of ["a", "r", "q", "x", "1", "2", "3"]) keys[key] = () => inRow(key)?.click();

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const writes = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (writes && event.key !== "Escape") return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Enter") {
      if (!event.target.matches("body, .item")) return;
      inRow("enter")?.click();
    } else if (keys[key]) keys[key]();
    else return;
    event.preventDefault();
  });

  // Whoever works with the mouse or by Tab takes the keys along.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".items .item");
    if (row && row.id !== at) mark(row, false);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) document.getElementById("keys")?.showModal();
    const all = event.target.closest("[data-pick-all]");
    if (!all) return;
    const boxes = [...document.querySelectorAll(`input[form="${all.form.id}"]`)];
    const picked = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !picked;
  });
  const reveal = () => {
    for (const button of document.querySelectorAll("[data-pick-all], [data-keys]")) button.hidden = false;
  };
  reveal();

  // Beside the sheet there is room for the panel; on a small screen it is a page of its own.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id !== "sheet-panel" || !narrow()) return;
    event.preventDefault();
    window.location.assign(event.detail.elt.href);
  });

  // A row that has come anew takes the mark back; one that was decided hands it on.
  let decided = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target.closest?.(".items .item");
    if (row) decided = event.detail.requestConfig.verb === "post" ? row.id : "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    reveal();
    const row = event.detail.elt;
    if (row?.id !== at || !row.matches(".items .item")) return;
    mark(row, document.activeElement === document.body);
    if (decided === at && row.classList.contains("is-done")) next();
    decided = "";
  });
})();
