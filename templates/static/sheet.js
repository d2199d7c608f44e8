// Keys of the review sheet, and the mark that they move. The page does the same without them:
// each presses what bears its letter as data-key in the marked row. Keys rest while a field or a
// dialog has the focus, and single letters can be switched off. What else moves on the sheet
// speaks by two events: "sheet:press" presses a key, "sheet:at" tells which row is marked now.
(() => {
  "use strict";

  const DECIDE = /\/items\/\d+\/decide\/$/;
  const OFF = "portx:keys-off";
  let at = document.querySelector(".item.is-current")?.id;
  const rows = () => [...document.querySelectorAll(".items .item")];
  const current = () => document.getElementById(at) ?? rows()[0];
  const inRow = (key) => current()?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const inCards = () => document.documentElement.classList.contains("is-cards");
  const narrow = () => window.matchMedia("(max-width: 64rem)").matches && !inCards();
  const isToGo = (row) => !row.matches(".is-done, .is-waiting, [aria-busy=true]");

  const mark = (row, focus) => {
    if (!row) return;
    for (const other of document.querySelectorAll(".item.is-current")) other.classList.remove("is-current");
    row.classList.add("is-current");
    at = row.id;
    document.dispatchEvent(new CustomEvent("sheet:at", { detail: row }));
    if (!focus) return;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    mark(all[Math.min(Math.max(all.indexOf(current()) + by, 0), all.length - 1)], true);
  };
  // The next row to decide, from the top again after the last; then the next page, or the signature.
  const next = () => {
    const all = rows();
    const place = all.indexOf(current());
    const row = [...all.slice(place + 1), ...all.slice(0, place)].find(isToGo);
    if (row) mark(row, true);
    else (document.querySelector(".pager [rel=next]") ?? document.querySelector("[data-sign-off]") ?? current())?.focus();
  };

  // ---- picked rows: the boxes of one lane belong to one form ----
  const boxesBeside = () => {
    const form = inRow("x")?.form;
    return form ? [...form.elements].filter((box) => box.name === "pick") : [];
  };
  const pickAll = (boxes) => {
    const picked = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !picked;
  };
  // Whether rows are picked where one stands: then keeping and revoking are theirs.
  const decidePicked = (choice) => {
    const box = boxesBeside().find((each) => each.checked);
    box?.form.querySelector(`[name="choice"][value="${choice}"]`)?.click();
    return Boolean(box);
  };

  // ---- what a key does ----
  const comment = () => {
    const field = inRow("c");
    if (field) return field.matches("input, textarea") ? field.focus() : field.click();
    const row = current();
    const link = row?.querySelector('[href*="choice=revoke"]');
    if (!link) return undefined;
    const keeps = row.querySelector(".btn-keep, .btn-kept");
    const address = link.getAttribute("href").replace("choice=revoke", keeps ? "choice=certify" : "choice=revoke");
    return htmx.ajax("GET", address, { source: row, target: row, swap: "outerHTML" }).catch(() => {});
  };
  const undo = () => {
    const last = document.querySelector("[data-undo-last]");
    const row = document.getElementById(`item-${last?.dataset.item}`);
    const button = inRow("u") ?? [...document.querySelectorAll('.is-waiting [data-key="u"]')].pop();
    if (button) button.click();
    else if (row?.querySelector('[data-key="u"]')) {
      mark(row, true);
      inRow("u").click();
    } else last?.click();
  };
  const escape = () => {
    if (inRow("escape")) inRow("escape").click();
    else for (const box of document.querySelectorAll("input[name=pick]:checked")) box.checked = false;
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    a: () => decidePicked("certify") || inRow("a")?.click(),
    r: () => decidePicked("revoke") || inRow("r")?.click(),
    u: undo,
    c: comment,
    X: () => pickAll(boxesBeside()),
    "/": () => document.querySelector("[type=search]")?.focus(),
    "?": () => document.getElementById("keys")?.showModal(),
    Enter: () => inRow("enter")?.click(),
    Escape: escape,
  };
  for (const key of ["q", "d", "x", ..."123456789"]) keys[key] = () => inRow(key)?.click();
  const onRow = { ArrowDown: keys.j, ArrowUp: keys.k, Home: () => mark(rows()[0], true), End: () => mark(rows().at(-1), true) };

  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // A browser that keeps nothing: the switch lasts as long as the page.
    }
  };
  let lettersOff = stored(OFF) === "yes";
  const switchLetters = (off) => {
    lettersOff = off;
    try {
      if (off) localStorage.setItem(OFF, "yes");
      else localStorage.removeItem(OFF);
    } catch {
      // As above.
    }
  };

  const actOf = (event) => {
    if (event.key === "Enter") return event.target.matches("body, .item") ? keys.Enter : undefined;
    if (event.key in onRow) return event.target.matches(".item") ? onRow[event.key] : undefined;
    if (event.key.length > 1) return keys[event.key];
    if (lettersOff) return undefined;
    return keys[event.key === "X" && event.shiftKey ? "X" : event.key.toLowerCase()];
  };
  // While a row asks the server, the answer to its question may be pressed already. What else is
  // typed is meant for the field that is to come, and acts on nothing; one may only move away.
  let early = null;
  const asks = () => current()?.matches("[aria-busy=true]");
  const MOVES = new Set(["j", "k", "J", "K", "ArrowDown", "ArrowUp", "Home", "End", "/", "?", "Escape"]);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const writes = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=textbox]");
    if (writes && event.key !== "Escape") return;
    const act = actOf(event);
    // A key that is held down moves on, and decides once only.
    if (!act || (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key))) return;
    event.preventDefault();
    if (!asks() || MOVES.has(event.key)) act();
    else if (/^[1-9c]$/.test(event.key)) early = act;
  });
  document.addEventListener("sheet:press", (event) => keys[event.detail]?.());

  // Whoever works with the mouse or by Tab takes the keys along.
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.(".items .item");
    if (row && row.id !== at) mark(row, false);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) document.getElementById("keys")?.showModal();
    const all = event.target.closest("[data-pick-all]");
    if (all) pickAll([...all.form.elements].filter((box) => box.name === "pick"));
  });
  const letters = document.getElementById("keys-letters");
  if (letters) letters.checked = !lettersOff;
  letters?.addEventListener("change", () => switchLetters(!letters.checked));
  const reveal = () => {
    for (const button of document.querySelectorAll("[data-pick-all], [data-keys]")) button.hidden = false;
  };
  reveal();

  // Beside the sheet there is room for the panel; on a small screen it is a page of its own.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target?.id !== "sheet-panel" || !narrow()) return;
    event.preventDefault();
    // What would come by itself stays away; a link that was pressed is followed.
    if (!event.detail.target.contains(event.detail.elt)) window.location.assign(event.detail.elt.href);
  });

  // What was pressed shows before the server has answered, and a plain Keep moves on at once.
  document.addEventListener("htmx:beforeSend", (event) => {
    const row = event.detail.elt.closest(".items .item");
    if (!row || event.detail.target !== row) return;
    row.setAttribute("aria-busy", "true");
    const { triggeringEvent, path } = event.detail.requestConfig;
    (triggeringEvent?.submitter ?? event.detail.elt).classList.add("is-pressed");
    if (DECIDE.test(path) && row.id === at && !event.detail.elt.matches(".item-more, .item")) next();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const row = event.detail.requestConfig.elt.closest(".item[aria-busy]");
    if (!row?.isConnected) return;
    row.removeAttribute("aria-busy");
    early = null;
    for (const pressed of row.querySelectorAll(".is-pressed")) pressed.classList.remove("is-pressed");
  });
  document.addEventListener("sheet:waits", (event) => {
    if (event.detail.id === at) next();
  });

  // Another page of the list brings a mark of its own; who filters goes on writing.
  const anew = () => {
    at = document.querySelector(".items .is-current")?.id;
    if (!document.activeElement?.matches("input, select, textarea")) mark(current(), true);
  };

  // A row that has come anew takes the mark back; one that was decided hands it on.
  let decided = "";
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target.closest?.(".items .item");
    if (row) decided = event.detail.requestConfig.verb === "post" ? row.id : "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    reveal();
    if (!document.getElementById(at)) anew();
    const row = event.detail.elt;
    if (row?.id !== at || !row.matches(".items .item")) return;
    mark(row, document.activeElement === document.body);
    if (decided === at && row.classList.contains("is-done")) next();
    decided = "";
    early?.();
    early = null;
  });
})();
