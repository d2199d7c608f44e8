// Keys of the page of accounts that belong to nobody: J and K move, 1 to 3 press a suggestion, F
// asks for somebody else. After a row is done the next one is at hand.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("tr.pickable")];
  const isTyping = (target) => target.closest("input, textarea, select");
  let place = -1;

  const go = (to) => {
    const all = rows();
    if (!all.length) return;
    all.forEach((row) => row.classList.remove("is-current"));
    place = Math.max(0, Math.min(to, all.length - 1));
    all[place].classList.add("is-current");
    all[place].scrollIntoView({ block: "nearest" });
  };
  const press = (number) => {
    rows()[place]?.querySelectorAll("button[name=person_id]")[number - 1]?.click();
  };
  const ask = () => {
    const other = rows()[place]?.querySelector("details.act");
    if (!other) return;
    other.open = true;
    other.querySelector("input").focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "j") go(place + 1);
    else if (key === "k") go(place - 1);
    else if ("123".includes(key) && place >= 0) press(Number(key));
    else if (key === "f" && place >= 0) ask();
    else return;
    event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.detail.requestConfig.path.endsWith("/belongs/")) return;
    const row = rows()[place];
    if (place < 0 || !row) return;
    go(row.querySelector("button[name=person_id], details.act") ? place : place + 1);
  });
})();
