"use strict";
// Comfort only: everything can be read without this script.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const show = (element) => element && element.removeAttribute("hidden");

  // A link into a closed part opens it.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target; part; part = part.parentElement) {
      if (part.tagName === "DETAILS") part.open = true;
      show(part);
    }
    target.scrollIntoView();
  };

  // Copy buttons; the old way where a page from a file may not use the clipboard.
  const oldWay = (code) => {
    const range = document.createRange();
    range.selectNodeContents(code);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  };
  const copy = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      return oldWay(code);
    }
  };
  for (const button of all(".copy")) {
    show(button);
    button.addEventListener("click", async () => {
      button.textContent = (await copy(button.previousElementSibling)) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
  }

  // Open and close all cards.
  all(".tools").forEach(show);
  for (const button of all("[data-fold]")) {
    button.addEventListener("click", () => {
      for (const card of all("details.card")) card.open = button.dataset.fold === "open";
    });
  }

  // The filter of the matrix.
  const form = document.getElementById("filter");
  const query = document.getElementById("query");
  const verdict = document.getElementById("verdict");
  const found = document.getElementById("found");
  const rows = all("details.row").map((element) => ({
    element,
    verdict: element.dataset.verdict,
    text: element.querySelector("summary").textContent.toLowerCase(),
  }));
  const filter = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = words.length > 0 || verdict.value !== "";
    let count = 0;
    for (const row of rows) {
      const fits = (!verdict.value || row.verdict === verdict.value) && words.every((word) => row.text.includes(word));
      row.element.hidden = !fits;
      count += fits;
    }
    for (const part of all(".part, .document")) {
      part.hidden = !part.querySelector(".row:not([hidden])");
      if (active && !part.hidden && part.tagName === "DETAILS") part.open = true;
    }
    found.textContent = active ? `${count} of ${rows.length}` : "";
  };
  show(form);
  form.addEventListener("submit", (event) => event.preventDefault());
  query.addEventListener("input", filter);
  verdict.addEventListener("change", filter);
  addEventListener("hashchange", reveal);
  reveal();
})();
