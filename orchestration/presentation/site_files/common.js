// What every page shares: making elements, writing figures, tables that can be saved as CSV.
// Text from the data becomes text nodes only, never markup.
"use strict";

const ROOT = document.body.dataset.root ?? ".";
const CLASSES = ["A", "B", "C", "D"];

/** An element: `el("a", {href: …}, "text", child)`. Children that are null or false are left out. */
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : visible(String(child)))));
  return element;
}

/** What a package leaves out since others' figures could be had from it. */
const notPublic = () => el("span", {class: "muted"}, "非公开");

/** Text as it is shown: control and format characters, which could turn or hide what follows, written out. */
function visible(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.codePointAt(0).toString(16).padStart(4, "0")}`);
}

/** A figure with `digits` decimals and separators; a dash where there is none. */
function figure(value, digits = 2) {
  if (value === null || value === undefined) return "—";
  return value.toLocaleString("zh-CN", {minimumFractionDigits: digits, maximumFractionDigits: digits}).replace("-", "−");
}

/** A figure with as many decimals as it has, six at most. */
function exact(value) {
  return value === null || value === undefined ? "—" : value.toLocaleString("zh-CN", {maximumFractionDigits: 6}).replace("-", "−");
}

/** The inputs of an arithmetic, with as many decimals as it takes for the line to come out to the fourth of its result. */
function working(result, inputs, compute) {
  let digits = 4;
  while (digits < 12 && Math.abs(compute(...inputs.map((input) => Number(input.toFixed(digits)))) - result) > 0.5e-4) digits += 1;
  return inputs.map((input) => figure(input, digits));
}

/** The value of an indicator: small ones with more decimals. */
function measure(value) {
  return figure(value, value !== null && value !== undefined && value !== 0 && Math.abs(value) < 1 ? 4 : 2);
}

/** A value that must be reached, with the decimals of a measure, rounded up. */
function least(value) {
  const step = value < 1 ? 1e4 : 1e2;
  return figure(Math.ceil(Number((value * step).toPrecision(14))) / step, value < 1 ? 4 : 2);
}

/** A date, which does not break. */
const day = (date) => el("span", {class: "nowrap"}, date ?? "—");

/** A change with its sign. */
function signed(value, digits = 2, unit = "") {
  if (value === null || value === undefined) return "—";
  const size = figure(Math.abs(value), digits);
  return (Number(size.replaceAll(",", "")) === 0 ? "" : value > 0 ? "+" : "−") + size + unit;
}

/** The growth of an indicator with its sign, in per cent or points, as the method tells it. */
function growth(indicator, value) {
  const points = SHARED.growth_units[indicator] === "point";
  return signed(value, points ? 2 : 1, value === null ? "" : points ? " 百分点" : "%");
}

/** The rows of a table as objects, from arrays in the order of its columns. */
function rowsOf(table, arrays) {
  const names = SHARED.columns[table];
  return (arrays ?? []).map((values) => Object.fromEntries(names.map((name, place) => [name, values[place]])));
}

/** The label of a column; the unit of a column. */
const label = (column, table = "enterprise_result") => SHARED.labels[table]?.[column] ?? column;
const unitOf = (column, table = "enterprise_result") => SHARED.units[table]?.[column] ?? "";

const indicatorName = (code) => SHARED.indicators[code][0];
const indicatorUnit = (code) => SHARED.indicators[code][1];

/** Measures: for whom, who carries them out, on what basis and until when; `count`, if any, says how many are given one. */
function measureTable(rows, count) {
  const whom = (row) => [row.county_code ? SHARED.counties[row.county_code]?.name ?? row.county_code : "全市",
    row.class ? `${row.class}类企业` : `${SHARED.levels[row.applies_to]}第${row.rank_from === row.rank_to ? row.rank_from : `${row.rank_from}至${row.rank_to}`}名`].join("");
  return tableOf("差别化措施", [
    {label: "编号", wide: true, text: (row) => el("span", {class: "code"}, row.measure_no)},
    {label: "对象", text: whom},
    {label: "领域", wide: true, text: (row) => SHARED.fields[row.field] ?? row.field},
    {label: "措施", text: (row) => row.measure},
    {label: "执行单位", wide: true, text: (row) => row.executed_by},
    {label: "依据", wide: true, text: (row) => row.basis},
    {label: "有效期", wide: true, text: (row) => [day(row.valid_from), ...(row.valid_to ? [" 至 ", day(row.valid_to)] : [" 起"])]},
    ...(count ? [{label: "户数", number: true, text: (row) => figure(count(row), 0)}] : []),
  ], rows, {rowHeader: 1});
}

/** The badge of a class; of a unit without one, how it was treated. */
function badge(cls, treatment) {
  if (cls) return el("span", {class: `badge class-${cls}`}, cls);
  return el("span", {class: "badge class-none"}, SHARED.treatments[treatment] ?? "—");
}

/** Lets a table that is wider than its room be scrolled by keyboard too. */
const roomOf = new ResizeObserver((entries) => entries.forEach(({target}) => {
  const scrolls = target.scrollWidth > target.clientWidth;
  for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", target.dataset.label]]) {
    if (scrolls) target.setAttribute(name, value);
    else target.removeAttribute(name);
  }
}));

/**
 * A table. Columns: {label, unit, text(row) → string or element, value(row) for sorting and saving, number, wide, key,
 * mark: nothing but a picture of the others; name: what `label` says, where that is an element}.
 * With `sort` its heads are buttons; with `many` columns their units go on a line of their own; with `csv` it can be
 * saved. `wide` columns wait behind a button on a narrow screen.
 */
function table(caption, columns, rows, {sort = null, rowHeader = 0, empty = "没有记录", many = false, csv = false} = {}) {
  let order = null;
  const body = el("tbody");
  const heads = columns.map((column, place) => {
    const text = [el("span", {class: "label"}, column.label), column.unit ? el("span", {class: "unit"}, `（${column.unit}）`) : null];
    return el(
      "th",
      {scope: "col", class: classOf(column), "data-key": column.key},
      sort ? el("button", {type: "button", onclick: () => arrange(place)}, text) : text,
    );
  });
  function classOf(column) {
    return [column.number && "number", column.wide && "wide", column.mark && "mark"].filter(Boolean).join(" ") || null;
  }
  function fill(shown) {
    body.replaceChildren(
      ...(shown.length
        ? shown.map((row) =>
            el("tr", {}, columns.map((column, place) =>
              el(place === rowHeader ? "th" : "td", {scope: place === rowHeader ? "row" : null, class: classOf(column), "data-key": column.key, "data-label": `${column.name ?? column.label}${column.unit ? `（${column.unit}）` : ""}`}, column.text(row)))))
        : [el("tr", {}, el("td", {class: "empty", colspan: columns.length}, empty))]),
    );
  }
  let shown = rows;
  function arrange(place, descending) {
    const column = columns[place];
    const down = descending ?? (order?.place === place ? !order.down : Boolean(column.number && !column.ascending));
    order = {place, down};
    heads.forEach((head, at) => {
      if (at === place) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    show(shown);
  }
  function show(some) {
    shown = some;
    if (!order) return fill(shown);
    const {place, down} = order;
    const value = columns[place].value;
    // What has no value stands last, whichever way the others go.
    fill([...shown].sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      const difference = typeof x === "number" ? x - y : String(x).localeCompare(String(y), "zh-CN");
      return down ? -difference : difference;
    }));
  }
  fill(rows);
  const scroller = el("div", {class: "table", "data-label": caption},
    el("table", {class: many ? "many" : columns.length < 6 && !columns.some((column) => column.mark) ? "few" : null}, el("caption", {}, caption), el("thead", {}, el("tr", {}, heads)), body));
  roomOf.observe(scroller);
  const waiting = columns.filter((column) => column.wide).length;
  const all = !waiting ? null : el("button", {type: "button", class: "quiet columns", "aria-expanded": "false", "aria-label": `${caption}：显示全部列`, onclick: () => {
    all.setAttribute("aria-expanded", String(scroller.classList.toggle("all")));
    all.firstChild.data = scroller.classList.contains("all") ? "收起" : `另有 ${waiting} 列`;
  }}, `另有 ${waiting} 列`);
  const save = !csv || !rows.length ? null : el("button", {type: "button", class: "quiet", "aria-label": `下载${caption}，CSV`, onclick: () => saveCsv(caption, columns, shown)}, "下载 CSV");
  return {element: el("div", {class: "sheet"}, scroller, all || save ? el("p", {class: "table-foot"}, all, save) : null), show, arrange};
}

/** Let a person save the rows of a table: figures as they are, texts so that no spreadsheet takes one for a formula. */
function saveCsv(caption, columns, rows) {
  const kept = columns.filter((column) => !column.mark);
  const said = (value) => (value instanceof Node ? value.textContent : Array.isArray(value) ? value.map(said).join("") : String(value ?? ""));
  const cell = (value) => {
    if (typeof value === "number") return String(value);
    const text = value === null || value === undefined ? "" : said(value);
    return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const lines = [
    kept.map(({name, label, unit}) => cell(`${name ?? label}${unit ? `（${unit}）` : ""}`)),
    ...rows.map((row) => kept.map((column) => cell(column.value ? column.value(row) : column.text(row)))),
  ];
  // The mark in front tells Excel that it is UTF-8.
  const file = URL.createObjectURL(new Blob([`\ufeff${lines.map((line) => line.join(",")).join("\r\n")}\r\n`], {type: "text/csv;charset=utf-8"}));
  el("a", {href: file, download: `${SHARED.year}年度_${caption}.csv`}).click();
  setTimeout(() => URL.revokeObjectURL(file), 10000);
}

const tableOf = (...all) => table(...all).element;

/** Counties with a page, by region: [[region, [[code, county]…]]…]. */
function countiesByRegion() {
  return Object.keys(SHARED.regions).map((region) => [
    region,
    Object.entries(SHARED.counties).filter(([, county]) => county.region === region),
  ]);
}

function countyLink(code) {
  return el("a", {href: `${ROOT}/county/${code}.html`}, SHARED.counties[code].name);
}
