
(() => {
  "use strict";
  const root = document.documentElement, key = "sr-fingerprints-theme";
  const remembered = (value) => { // a browser may refuse storage to files
    try { return value ? localStorage.setItem(key, value) : localStorage.getItem(key); } catch { return null; }
  };
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.classList.add("js");
  if (remembered()) root.dataset.theme = remembered();

  const theme = () => {
    const button = document.getElementById("theme");
    const show = () => { button.setAttribute("aria-pressed", String(dark())); };
    button.addEventListener("click", () => { remembered(root.dataset.theme = dark() ? "light" : "dark"); show(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    show();
  };

  // A cell's number: its first one, as in "70.6 ± 0.9 [58.6, 80.3]"; cells without one come last either way.
  const number = (cell) => {
    if (cell.dataset.value) return Number(cell.dataset.value);
    const text = cell.textContent.trim().replaceAll(",", "");
    return text.startsWith("∞") ? Infinity : text.startsWith("-∞") ? -Infinity : Number.parseFloat(text.replace(/^\[/, ""));
  };
  const words = new Intl.Collator("en", { numeric: true });
  const sort = (table, column, direction) => {
    const body = table.tBodies[0], numeric = table.tHead.rows[0].cells[column].classList.contains("number");
    const rows = [...body.rows].map((row) => ({ row, value: numeric ? number(row.cells[column]) : row.cells[column].textContent.trim() }));
    const missing = ({ value }) => (numeric ? Number.isNaN(value) : value === "");
    rows.sort((a, b) => missing(a) - missing(b) || (missing(a) ? 0 : direction * (numeric ? (a.value > b.value) - (a.value < b.value) : words.compare(a.value, b.value))));
    body.append(...rows.map(({ row }) => row));
  };
  const sortable = (table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const ascending = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") !== "ascending" : !head.classList.contains("number");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        sort(table, column, ascending ? 1 : -1);
      });
    });
  };

  // All words must occur, in any order.
  const matches = (element, query) => query.every((word) => element.textContent.toLowerCase().includes(word));
  const filter = (input) => {
    const table = document.getElementById(input.dataset.table || input.dataset.list);
    const rows = input.dataset.table ? [...table.tBodies[0].rows] : [...table.children];
    const count = document.getElementById(input.getAttribute("aria-describedby"));
    input.addEventListener("input", () => {
      const query = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((row) => { row.hidden = !matches(row, query); });
      const shown = rows.filter((row) => !row.hidden).length;
      if (count) count.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
    });
  };

  const zoom = (dialog) => {
    const links = [...document.querySelectorAll("a.zoom")], sheet = dialog.querySelector(".sheet"), image = document.createElement("img");
    let at = 0;
    sheet.append(image);
    const show = (index) => {
      at = (index + links.length) % links.length;
      image.src = links[at].href;
      image.alt = links[at].querySelector("img").alt;
      dialog.querySelector("h2").textContent = links[at].dataset.title;
      sheet.scrollTo(0, 0);
    };
    links.forEach((link, index) => link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      show(index);
      dialog.showModal();
    }));
    dialog.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => show(at + Number(button.dataset.step))));
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.querySelector("[data-size]").addEventListener("click", (event) => event.target.setAttribute("aria-pressed", String(sheet.classList.toggle("full"))));
    dialog.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step && !sheet.classList.contains("full")) show(at + step);
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => links[at].focus());
  };

  document.addEventListener("DOMContentLoaded", () => {
    theme();
    document.querySelectorAll("table").forEach(sortable);
    document.querySelectorAll("input[data-table], input[data-list]").forEach(filter);
    const dialog = document.getElementById("zoomed");
    if (dialog) zoom(dialog);
  });
})();
