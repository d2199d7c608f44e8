// The sheet on a phone: one card at a time, kept by a swipe to the right and revoked by one to
// the left, or by two large buttons at the thumb. It presses the same keys as sheet.js, and the
// list is one press away.
(() => {
  "use strict";

  const deck = document.getElementById("sheet-deck");
  if (!deck) return;
  const LIST = "portx:sheet-as-list";
  const FAR = 96;
  const phone = window.matchMedia("(max-width: 48rem) and (pointer: coarse)");
  const root = document.documentElement;
  const rows = () => [...document.querySelectorAll(".items .item")];
  const current = () => document.querySelector(".items .item.is-current");
  const press = (key) => document.dispatchEvent(new CustomEvent("sheet:press", { detail: key }));

  const label = (button, control) => {
    button.hidden = !control;
    if (!control) return;
    const words = control.querySelector("span") ?? control;
    button.textContent = words.firstChild.textContent.trim();
    button.setAttribute("aria-label", words.textContent.trim().replace(/\s+/g, " "));
  };
  const update = () => {
    const row = current();
    const all = rows();
    deck.querySelector("[data-place]").textContent = row ? `${all.indexOf(row) + 1} of ${all.length}` : "";
    for (const key of ["a", "r"]) label(deck.querySelector(`[data-press="${key}"]`), row?.querySelector(`[data-key="${key}"]`));
  };
  const arrange = () => {
    const cards = phone.matches && rows().length > 0 && !sessionStorage.getItem(LIST);
    if (cards && !current()) rows()[0].classList.add("is-current");
    root.classList.toggle("is-cards", cards);
    deck.hidden = !phone.matches || !rows().length;
    for (const part of deck.querySelectorAll("[data-in-cards]")) part.hidden = !cards;
    deck.querySelector("[data-list]").textContent = cards ? "Show the list" : "One at a time";
    if (cards) update();
  };

  deck.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.press) press(button.dataset.press);
    if (!button?.matches("[data-list]")) return;
    if (root.classList.contains("is-cards")) sessionStorage.setItem(LIST, "yes");
    else sessionStorage.removeItem(LIST);
    arrange();
    current()?.scrollIntoView({ block: "center" });
  });
  document.addEventListener("sheet:at", () => {
    document.getElementById("sheet-panel")?.classList.remove("is-open");
    update();
    if (root.classList.contains("is-cards")) window.scrollTo({ top: 0 });
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "sheet-panel" && root.classList.contains("is-cards")) {
      event.detail.target.classList.add("is-open");
      event.detail.target.scrollIntoView({ block: "start" });
    }
    arrange();
  });
  phone.addEventListener("change", arrange);

  // ---- the swipe; letting go near where one began does nothing ----
  let swipe = null;
  const lean = (row, by) => {
    row.style.setProperty("transform", by ? `translateX(${by}px)` : "");
    row.classList.toggle("is-keeping", by > FAR);
    row.classList.toggle("is-revoking", by < -FAR);
  };
  const end = () => {
    if (swipe) lean(swipe.row, 0);
    swipe = null;
  };
  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest?.(".items .item.is-current");
    if (!row || event.pointerType === "mouse" || !root.classList.contains("is-cards")) return;
    if (event.target.closest("input, textarea, select")) return;
    swipe = { row, x: event.clientX, y: event.clientY, by: 0 };
  });
  document.addEventListener("pointermove", (event) => {
    if (!swipe) return;
    const by = event.clientX - swipe.x;
    if (!swipe.by && (Math.abs(by) < 12 || Math.abs(by) < 1.5 * Math.abs(event.clientY - swipe.y))) return;
    swipe.by = by;
    lean(swipe.row, by);
  });
  document.addEventListener("pointerup", () => {
    const by = swipe?.by ?? 0;
    end();
    if (Math.abs(by) > FAR) press(by > 0 ? "a" : "r");
  });
  document.addEventListener("pointercancel", end);
  arrange();
})();
