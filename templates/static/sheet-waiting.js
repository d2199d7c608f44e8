// Nothing is lost: a decision is noted in this tab before it is sent, and until it has been
// answered. Without a connection it waits, shown in its row and in a bar, and is sent in order
// when the connection is back. Sending one twice is harmless: it carries the version of the row
// that was seen, so the server knows again what stands already. The notes go with their answers,
// and with the tab.
(() => {
  "use strict";

  const bar = document.getElementById("sheet-waiting");
  if (!bar) return;
  const MINE = `portx:waiting:${bar.dataset.user}:`;
  const PLACE = MINE + bar.dataset.sheet;
  const DECIDE = /\/items\/(\d+)\/decide\/$/;
  const ASK = /\/items\/(\d+)\/ask\/\?.*choice=(\w+)/;
  const NO_ANSWER = new Set([0, 502, 503, 504]);
  const PAUSES = [1, 2, 4, 8, 15, 30];
  const PATIENCE = 15_000;
  const WORDS = { certify: "Keep", certify_until: "Keep until", revoke: "Revoke", dont_know: "Don't know" };

  // What another person left in this tab is not for the one who sits here now.
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("portx:waiting:") && !key.startsWith(MINE)) sessionStorage.removeItem(key);
  }
  let notes = JSON.parse(sessionStorage.getItem(PLACE) ?? "[]");
  let trouble = navigator.onLine ? "" : "down"; // or "signed-out", or "stale"
  let signIn = "";
  let tries = 0;
  let waited = notes.length > 0;
  let timer = 0;
  let leaving = false;
  const flying = new Set();

  const save = () => {
    if (notes.length) sessionStorage.setItem(PLACE, JSON.stringify(notes));
    else sessionStorage.removeItem(PLACE);
  };
  const unsent = () => notes.filter((note) => !flying.has(note.item));
  const rowOf = (item) => document.getElementById(`item-${item}`);

  // ---- the bar ----
  const decisions = (count) => (count === 1 ? "1 decision waits" : `${count} decisions wait`);
  const sentence = (count) => {
    if (trouble === "down") {
      return count
        ? `No connection: ${decisions(count)} here and ${count === 1 ? "is" : "are"} sent when it is back.`
        : "No connection. What you decide waits here and is sent when it is back.";
    }
    const why = trouble === "signed-out" ? "You have been signed out" : "This page was open for too long";
    return count ? `${why}: ${decisions(count)} here.` : `${why}.`;
  };
  const way = () => {
    const act = document.createElement(trouble === "down" ? "button" : "a");
    act.className = "btn btn-sm";
    if (trouble === "down") {
      act.type = "button";
      act.textContent = "Try now";
      act.addEventListener("click", () => send());
      return act;
    }
    act.textContent = trouble === "signed-out" ? "Sign in again" : "Reload the page";
    act.href = trouble === "signed-out" ? signIn : window.location.href;
    act.addEventListener("click", () => { leaving = true; });
    return act;
  };
  const show = (said = "") => {
    const words = document.createElement("span");
    words.textContent = trouble ? sentence(unsent().length) : said;
    if (bar.firstChild?.textContent === words.textContent) return;
    if (trouble) bar.replaceChildren(words, way());
    else if (said) bar.replaceChildren(words);
    else bar.replaceChildren();
  };

  // ---- a row that waits ----
  const free = (row) => {
    row?.classList.remove("is-waiting");
    row?.querySelector(".waits")?.remove();
  };
  const forget = (item) => {
    notes = notes.filter((note) => note.item !== item);
    save();
    free(rowOf(item));
  };
  const hold = (note) => {
    const row = rowOf(note.item);
    if (!row) return;
    const waits = row.classList.contains("is-waiting");
    free(row);
    waited = true;
    row.classList.add("is-waiting");
    const said = document.createElement("p");
    said.className = "item-more item-note waits";
    const words = note.sent ? "was sent, and no answer came: it is sent again." : "waits for the connection.";
    said.textContent = `"${WORDS[note.values.choice]}" ${words} `;
    if (!note.sent) {
      const back = document.createElement("button");
      back.type = "button";
      back.className = "btn btn-sm btn-quiet";
      back.dataset.key = "u";
      back.textContent = "Take back";
      back.addEventListener("click", () => { forget(note.item); row.focus(); show(); });
      said.append(back);
    }
    row.append(said);
    if (!waits) document.dispatchEvent(new CustomEvent("sheet:waits", { detail: row }));
  };

  // ---- sending what waits, in order ----
  // A row that this page does not show is answered out of sight, and what it says told on top.
  const elsewhere = (item) => {
    const row = document.createElement("li");
    row.className = "item";
    row.id = `item-${item}`;
    const list = document.createElement("ul");
    list.hidden = true;
    list.append(row);
    bar.after(list);
    return row;
  };
  const send = () => {
    window.clearTimeout(timer);
    const note = unsent()[0];
    if (flying.size || trouble === "signed-out" || trouble === "stale") return;
    if (!note) {
      trouble = ""; // Nothing to try it with: the next act tells.
      show();
      return;
    }
    const row = rowOf(note.item) ?? elsewhere(note.item);
    flying.add(note.item);
    note.sent = true;
    save();
    // What waited comes in a burst, and is not to be taken for somebody's pace.
    const values = { ...note.values, waited: "on" };
    htmx.ajax("POST", note.path, { source: row, target: row, swap: "outerHTML", values }).catch(() => {});
  };
  const wait = () => {
    trouble = "down";
    window.clearTimeout(timer);
    timer = window.setTimeout(send, 1000 * PAUSES[Math.min(tries, PAUSES.length - 1)]);
    tries += 1;
  };
  const answered = (item) => {
    forget(item);
    tries = 0;
    trouble = "";
    const left = unsent().length;
    show(waited && !left ? "The connection is back, and everything has been sent." : "");
    if (left) send();
    else if (waited) window.setTimeout(show, 6000);
    if (!left) waited = false;
  };
  const tellElsewhere = (item) => {
    const row = rowOf(item);
    const list = row?.parentElement;
    if (!list?.hidden) return;
    const refusal = row.querySelector("[role=alert]");
    if (refusal) document.getElementById("messages").append(refusal);
    list.remove();
  };

  // ---- asking without a connection ----
  const ask = (item, choice) => {
    const row = rowOf(item);
    if (!row || !WORDS[choice] || row.querySelector(".item-ask")) return;
    const form = document.getElementById("waiting-ask").content.cloneNode(true).firstElementChild;
    form.setAttribute("hx-post", bar.dataset.decide.replace("/0/", `/${item}/`));
    form.elements.choice.value = choice;
    form.elements.version.value = row.querySelector("[name=version]")?.value ?? "";
    const day = form.querySelector(".ask-day");
    if (choice === "certify_until") form.elements.until.required = true;
    else day.remove();
    form.querySelector("[data-choice]").textContent = WORDS[choice];
    form.querySelector("[data-key=escape]").addEventListener("click", () => { form.remove(); row.focus(); });
    row.append(form);
    htmx.process(form);
    form.querySelector("input:not([type=hidden])").focus();
  };
  const askOf = (detail) => ASK.exec(detail.requestConfig.verb === "get" ? detail.pathInfo.finalRequestPath : "");
  const itemOf = (detail) => DECIDE.exec(detail.requestConfig.path)?.[1];

  // ---- what htmx tells ----
  document.addEventListener("htmx:configRequest", (event) => {
    const { path, elt, formData } = event.detail;
    if (DECIDE.test(path)) event.detail.timeout = PATIENCE;
    // A question is asked of the row as it was seen: the server says when it is another now.
    const seen = ASK.test(path) && elt.closest(".item")?.querySelector("[name=version]")?.value;
    if (seen) formData.set("version", seen);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { detail } = event;
    const asked = askOf(detail);
    const item = itemOf(detail) ?? asked?.[1];
    if (!item || (flying.has(item) && !asked)) return;
    const waits = notes.some((note) => note.item === item);
    if (waits || (asked && trouble)) event.preventDefault();
    if (asked && trouble && !waits) ask(item, asked[2]);
    if (asked || waits) return;
    const { csrfmiddlewaretoken: _, ...values } = Object.fromEntries(detail.requestConfig.formData);
    const note = { item, path: detail.requestConfig.path, values, sent: !trouble };
    notes.push(note);
    save();
    if (!trouble) {
      flying.add(item);
      return;
    }
    event.preventDefault();
    hold(note);
    show();
  });
  document.addEventListener("htmx:sendError", (event) => {
    const asked = askOf(event.detail);
    if (!asked) return;
    event.preventDefault();
    wait();
    show();
    ask(asked[1], asked[2]);
  }, true);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    const item = itemOf(detail);
    if (!item) return;
    const { status, responseURL, response } = detail.xhr;
    if (NO_ANSWER.has(status)) detail.isError = false;
    else if (new URL(responseURL).pathname !== detail.requestConfig.path) {
      const place = new URL(responseURL);
      place.searchParams.set("next", window.location.pathname + window.location.search);
      signIn = place.pathname + place.search;
      trouble = "signed-out";
      detail.shouldSwap = false;
    } else if (status === 403 && response.includes(`id="item-${item}"`)) {
      detail.shouldSwap = true;
      detail.isError = false;
    } else if (status === 403) {
      trouble = "stale";
      detail.isError = false;
    }
  });
  // Before anybody else: whoever shows what failed sees by preventDefault that we take care.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { detail } = event;
    const item = itemOf(detail);
    if (!item || !flying.delete(item)) return;
    if (NO_ANSWER.has(detail.xhr.status)) wait();
    else if (!["signed-out", "stale"].includes(trouble)) {
      answered(item);
      tellElsewhere(item);
      return;
    }
    for (const note of unsent()) hold(note);
    show();
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      if (itemOf(event.detail)) event.preventDefault();
    }, true);
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.matches(".item")) return;
    for (const note of unsent()) hold(note); // Another page of the list shows what waits there.
  });

  // ---- the page ----
  window.addEventListener("offline", () => { trouble ||= "down"; show(); });
  window.addEventListener("online", () => {
    if (trouble !== "down") return;
    tries = 0;
    if (unsent().length) send();
    else { trouble = ""; show(); }
  });
  window.addEventListener("beforeunload", (event) => {
    if (unsent().length && !leaving) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    // What needs the server at once is not sent into nothing.
    if (trouble !== "down" || event.target.closest("[hx-post], [hx-boost=true]")) return;
    event.preventDefault();
    bar.scrollIntoView({ block: "nearest" });
  });
  for (const note of notes) hold(note);
  if (notes.length) {
    if (trouble) show();
    else send();
  } else if (trouble) show();
})();
