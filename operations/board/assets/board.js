// Draws each plot from the table below it, and filters the list of objects. Without it everything is there as a table.
"use strict";
(() => {
  const ZONE = "America/Los_Angeles";
  const day = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "short", day: "numeric" });
  const moment = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, dateStyle: "medium", timeStyle: "short" });
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const number = (cell) => (cell.dataset.value === undefined ? null : Number(cell.dataset.value));

  // The columns whose cells have values, and where along the axis each row stands.
  function content(figure) {
    const rows = [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells]);
    const heads = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
    const series = heads.slice(1).map((name, at) => ({ name, values: rows.map((row) => number(row[at + 1])) }));
    const along = rows.map((row) => number(row[0]) ?? row[0].firstChild.textContent);
    const drawn = series.filter((one) => one.values.some((value) => value !== null));
    const more = figure.dataset.kind === "bars" ? drawn.filter((one) => one.values.some(Boolean)) : drawn;
    return { along, series: more.length ? more : drawn.slice(0, 1) };
  }

  function dataset(kind, timed, one, along, at, many) {
    const hue = colour(`--series-${(at % 8) + 1}`);
    const data = timed ? along.map((x, index) => ({ x, y: one.values[index] ?? (kind === "line" ? null : 0) })) : one.values;
    return { label: one.name, data, borderColor: hue, backgroundColor: hue, borderWidth: kind === "line" ? 1.5 : 0,
      pointRadius: along.length > 40 ? 0 : 2, pointHitRadius: 8, stepped: false, stack: "all", maxBarThickness: timed ? 8 : 34,
      fill: false, spanGaps: true, order: many - at };
  }

  function limits(figure, along) {
    return figure.dataset.limits.split(";").filter(Boolean).map((text) => {
      const cut = text.lastIndexOf("="), y = Number(text.slice(cut + 1));
      return { label: text.slice(0, cut), data: [{ x: along[0], y }, { x: along.at(-1), y }], borderColor: colour("--critical"),
        borderWidth: 1, borderDash: [4, 4], pointRadius: 0, fill: false, isLimit: true };
    });
  }

  function axes(figure) {
    const { kind, unit, top, bottom } = figure.dataset;
    const ticks = figure.dataset.ticks.split(",").filter(Boolean).map(Number);
    const faint = colour("--faint"), rule = colour("--rule");
    const text = { color: faint, font: { size: 11 } };
    const y = { beginAtZero: bottom === undefined, suggestedMin: bottom === undefined ? undefined : Number(bottom), stacked: kind === "bars", suggestedMax: top === undefined ? undefined : Number(top), border: { display: false },
      grid: { color: rule, drawTicks: false }, ticks: { ...text, padding: 6, maxTicksLimit: 5,
        callback: (value) => (unit === "$" ? `$${Number(value.toPrecision(3))}` : `${short.format(value)}${unit ? ` ${unit}` : ""}`) } };
    const grid = { display: ticks.length > 0, offset: false, color: rule, drawTicks: false };
    if (!ticks.length) return { y, x: { stacked: true, border: { color: rule }, grid, ticks: { ...text, maxRotation: 0, autoSkipPadding: 8 } } };
    const inner = ticks.slice(1, -1);
    return { y, x: { type: "linear", stacked: kind === "bars", offset: false, min: ticks[0], max: ticks.at(-1), border: { color: rule }, grid,
      afterBuildTicks: (axis) => { axis.ticks = inner.map((value) => ({ value })); },
      ticks: { ...text, maxRotation: 0, autoSkipPadding: 8, callback: (value) => day.format(value * 1000) } } };
  }

  function draw(figure) {
    const { kind, unit } = figure.dataset;
    const { along, series } = content(figure);
    const canvas = figure.querySelector("canvas");
    Chart.getChart(canvas)?.destroy();
    const timed = figure.dataset.ticks !== "";
    const lines = kind === "line" ? limits(figure, along) : [];
    const shown = (value) => (unit === "$" ? `$${value.toFixed(4)}` : `${value}${unit ? ` ${unit}` : ""}`);
    new Chart(canvas, {
      type: kind === "line" ? "line" : "bar",
      data: { labels: timed ? undefined : along, datasets: [...series.map((one, at) => dataset(kind, timed, one, along, at, series.length)), ...lines] },
      options: { animation: false, responsive: true, maintainAspectRatio: false, normalized: true, parsing: !timed, scales: axes(figure),
        interaction: { mode: "index", intersect: false },
        plugins: {
          legend: { display: series.length + lines.length > 1, position: "bottom", align: "start", labels: { color: colour("--faint"), boxWidth: 10, boxHeight: 10, font: { size: 11 } } },
          tooltip: { filter: (item) => !item.dataset.isLimit && (kind === "line" || item.parsed.y > 0), callbacks: {
            title: (items) => (items.length && timed ? `${moment.format(items[0].parsed.x * 1000)} LA` : items[0]?.label ?? ""),
            label: (item) => `${item.dataset.label} ${shown(item.parsed.y)}` } } } },
    });
  }

  const figures = [...document.querySelectorAll("figure.plot")];
  const drawAll = () => figures.forEach(draw);
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);

  const filter = document.getElementById("object-filter");
  const entries = [...document.querySelectorAll(".chooser li")];
  filter?.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const entry of entries) entry.hidden = !entry.textContent.toLowerCase().includes(wanted);
  });
  const follow = () => {
    const chosen = decodeURIComponent(location.hash);
    for (const entry of entries) {
      const link = entry.firstElementChild;
      if (link.getAttribute("href") === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("hashchange", follow);
  follow();
})();
