"use strict";
(() => {
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  const group = document.getElementById("group"); // null without groups
  const python = document.getElementById("python");
  const shown = document.getElementById("shown");
  const chosenFields = document.getElementById("chosen");
  const body = document.querySelector("tbody");
  const headers = [...document.querySelectorAll("thead th[data-sort]")];

  // What the page knows of each suite. The cells of the newest tested release and of the days follow the chosen Python.
  const suites = [...body.rows].map((row) => {
    const newest = row.querySelector(".newest"), days = row.querySelector(".days");
    return {
      row, newest, days,
      text: row.textContent.toLowerCase(),
      pythons: [...row.querySelectorAll("[data-python]")],
      usual: { version: newest.querySelector("b")?.textContent, uploaded: newest.dataset.key, days: days.dataset.key },
    };
  });

  const showNewest = (suite, release) => {
    if (!suite.usual.version) {
      return;
    }
    const time = suite.newest.querySelector("time");
    suite.newest.querySelector("b").textContent = release.version;
    time.textContent = release.uploaded.slice(0, 10);
    time.dateTime = suite.newest.dataset.key = release.uploaded;
    suite.days.textContent = suite.days.dataset.key = release.days;
  };

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const suite of suites) {
      const chosen = suite.pythons.find((item) => item.dataset.python === python.value);
      for (const item of suite.pythons) {
        item.hidden = python.value !== "" && item !== chosen;
      }
      showNewest(suite, chosen ? chosen.dataset : suite.usual);
      const fits = words.every((word) => suite.text.includes(word)) &&
        (!group || group.value === "" || group.value === suite.row.dataset.group) &&
        (python.value === "" || chosen !== undefined);
      suite.row.hidden = !fits;
      count += fits ? 1 : 0;
    }
    shown.textContent = `Suites shown: ${count} of ${suites.length}`;
    chosenFields.textContent = [search, group, python].filter((field) => field?.value).map((field) =>
      `${field.labels[0].firstChild.data.trim()}: ${field.selectedOptions?.[0].text ?? field.value}`).join("; ");
    sort();
  };

  // Rows are in the order of the file, or in that of a column. Empty cells come last in either direction.
  const sort = () => {
    const header = headers.find((h) => h.hasAttribute("aria-sort"));
    const sign = header?.getAttribute("aria-sort") === "descending" ? -1 : 1;
    const key = (suite) => header ? suite.row.cells[header.cellIndex].dataset.key : "";
    const compare = (a, b) => {
      const x = key(a), y = key(b);
      if (x === y || !x || !y) {
        return (x ? 0 : 1) - (y ? 0 : 1);
      }
      return sign * (header.dataset.sort === "number" ? x - y : x < y ? -1 : 1);
    };
    body.append(...[...suites].sort(compare).map((suite) => suite.row));
  };

  for (const header of headers) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener("click", () => {
      const order = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", order);
      sort();
    });
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    headers.forEach((header) => header.removeAttribute("aria-sort"));
    setTimeout(filter); // when the fields are empty
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
  });
  form.hidden = false;
  filter();
})();
