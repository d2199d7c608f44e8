// What every page needs of script, and no more: menus that close, addresses without empty
// parameters, and a sentence when a request of htmx fails. Pages work without it.
(() => {
  "use strict";

  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    closeMenus(null);
    menu?.querySelector("summary").focus();
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") return;
    for (const [name, value] of [...event.detail.formData.entries()]) {
      if (value === "") event.detail.formData.delete(name);
    }
  });

  // An answer that says where it belongs, as a refusal does, is shown there whatever its status.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.xhr.getResponseHeader("HX-Retarget")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  const say = (sentence) => {
    const notice = document.createElement("p");
    notice.className = "notice notice-bad";
    notice.textContent = sentence;
    document.getElementById("messages").replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  };
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (event.defaultPrevented) return; // Somebody takes care of it.
      say("The server cannot be reached, so nothing was changed. Check your connection and try again.");
    });
  }
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 403) say("You may not do that, so nothing was changed. Reload the page: you may have been signed out.");
    else if (status === 404) say("That is no longer here. Reload the page to see what is.");
    else say("Something went wrong on our side and nothing was changed. Reload the page and try again.");
  });
})();
