// The search that jumps, and the keys. All of it leads somewhere and decides nothing; each has a
// link that does the same.
"use strict";
{
  const apple = /Mac|iPhone|iPad/.test(navigator.platform);
  const palette = document.querySelector("dialog [data-palette]");
  const opened = () => document.querySelector("dialog[open]");
  const seen = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());

  if (apple) for (const key of document.querySelectorAll("[data-command-key]")) key.textContent = "⌘ K";

  // The combobox: the list answers to what is typed, its first entry is marked, and only a marked
  // entry is opened by Enter. While an answer is on its way Enter leads to the page of results.
  if (palette) {
    const dialog = palette.closest("dialog");
    const input = palette.elements.q;
    const list = document.getElementById(input.getAttribute("aria-controls"));
    const said = palette.querySelector("[data-said]");
    const options = () => [...list.querySelectorAll("[role='option']")];
    const marked = () => list.querySelector("[aria-selected='true']");
    let timer = 0;
    let question = new AbortController();

    const mark = (option) => {
      for (const each of options()) each.setAttribute("aria-selected", String(each === option));
      input.setAttribute("aria-expanded", String(options().length > 0));
      list.ariaBusy = "false";
      if (!option) return input.removeAttribute("aria-activedescendant");
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };

    const show = (entries, sentence) => {
      list.innerHTML = entries;
      said.textContent = sentence(options().length);
      mark(options()[0]);
    };

    const found = (n) => (n === 0 ? "Nothing here is called that." : n === 1 ? "1 result" : `${n} results`);

    const ask = async () => {
      question.abort();
      const { signal } = (question = new AbortController());
      try {
        const answer = await fetch(palette.action + "?" + new URLSearchParams({ q: input.value }), {
          headers: { "HX-Request": "true", "HX-Target": "ul#" + list.id },
          signal,
        });
        if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
        show(await answer.text(), found);
      } catch {
        if (!signal.aborted) show("", () => "The search did not answer. Press Enter to try it as a page.");
      }
    };

    const go = (option) => {
      location.assign(option.dataset.href);
      dialog.close();
    };

    input.addEventListener("focus", () => list.childElementCount === 0 && ask());
    input.addEventListener("input", () => {
      mark();
      list.ariaBusy = "true";
      clearTimeout(timer);
      timer = setTimeout(ask, 120);
    });
    input.addEventListener("keydown", (event) => {
      const all = options();
      const at = all.indexOf(marked());
      if (event.isComposing || all.length === 0 || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
      event.preventDefault();
      const next = event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
      mark(all[(next + all.length) % all.length]);
    });
    palette.addEventListener("submit", (event) => {
      if (!marked()) return;
      event.preventDefault();
      go(marked());
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role='option']");
      if (option) go(option);
    });
    dialog.addEventListener("close", () => {
      question.abort();
      clearTimeout(timer);
      input.value = "";
      list.replaceChildren();
      said.textContent = "";
      mark();
    });
  }

  // A row of a list is the link that names it.
  const step = (by) => {
    const rows = seen("main :is(th[scope='row'] a, .row-link, .row-title)");
    const at = rows.findIndex((row) => row.closest("tr, li")?.contains(document.activeElement));
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
    rows[next]?.focus();
  };

  const toFilter = () => {
    const fold = document.querySelector("main details:has([role='search'])");
    if (fold) fold.open = true;
    const field = seen("main [role='search'] :is(input:not([type='hidden']), select)")[0];
    if (!field) return palette?.closest("dialog").showModal();
    field.focus();
    field.select?.();
  };

  const single = {
    "/": toFilter,
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => step(1),
    k: () => step(-1),
  };

  let leader = -Infinity; // when "g" was pressed
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.altKey || opened()) return;
    const command = apple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    if (command && !event.shiftKey && event.key.toLowerCase() === "k" && palette) {
      event.preventDefault();
      palette.closest("dialog").showModal();
      return;
    }
    if (document.documentElement.dataset.shortcuts === undefined || event.ctrlKey || event.metaKey) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const led = event.timeStamp - leader < 1500;
    leader = event.key === "g" ? event.timeStamp : -Infinity;
    if (led) {
      const link = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
      if (link) return link.click();
    }
    const act = Object.hasOwn(single, event.key) && single[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
