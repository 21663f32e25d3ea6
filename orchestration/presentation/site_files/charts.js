// The charts: marks in the cells of tables, so that every figure stands beside its mark, and is there for whoever
// cannot see it. Widths and colours are set on elements: the pages allow no style in markup.
"use strict";

/** What a class is called among the keys of a chart; those without a class and those gone have their own. */
const STATES = [["A", "A"], ["B", "B"], ["C", "C"], ["D", "D"], ["transition", "过渡期"]];

/** The counts of a class_count row by state, the vetoed in D. */
function byClass(counts) {
  return {A: counts.a, B: counts.b, C: counts.c, D: counts.d + counts.d_vetoed, transition: counts.transition};
}

const sumOf = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

/** An element with styles: `styled("span", {class: …}, {width: "3%"})`. */
function styled(name, attributes, styles, ...children) {
  const element = el(name, attributes, ...children);
  Object.assign(element.style, styles);
  return element;
}

const percent = (share) => `${(Math.max(0, Math.min(1, share)) * 100).toFixed(2)}%`;

/** A bar of parts by state, `share` of the room wide. */
function stack(counts, share = 1, states = STATES) {
  return styled("span", {class: "stack"}, {width: percent(share)}, states.filter(([state]) => counts[state])
    .map(([state, zh]) => styled("span", {class: `part mark-${state}`, title: `${zh} ${figure(counts[state], 0)} 户`}, {flexGrow: counts[state]})));
}

/** The head of a column of counts: the key of its part of the bar. */
const key = (state, zh) => el("span", {class: "key"}, el("span", {class: `swatch mark-${state}`}), zh);

/**
 * How many enterprises each row has by state, as bars and as figures. Rows {name, text, counts}: `counts` by state.
 * Bars are as long as the row is large, with `whole` all of one length.
 */
function classBars(caption, rows, {head = "区县", states = STATES, whole = false, thick = false, csv = true} = {}) {
  const longest = Math.max(1, ...rows.map((row) => sumOf(row.counts)));
  const figures = states.map(([state, zh]) => (
    {label: key(state, zh), name: zh, number: true, value: (row) => row.counts[state] ?? 0, text: (row) => figure(row.counts[state] ?? 0, 0)}));
  const {element} = table(caption, [
    {label: head, value: (row) => row.name, text: (row) => row.text ?? row.name},
    {label: "分布", mark: true, text: (row) => stack(row.counts, whole ? 1 : sumOf(row.counts) / longest, states)},
    ...figures,
    {label: "合计", number: true, value: (row) => sumOf(row.counts), text: (row) => figure(sumOf(row.counts), 0)},
  ], rows, {csv});
  element.classList.add("bars");
  if (thick) element.classList.add("thick");
  return element;
}

const SCALE_NOTE = "竖线为本组平均值，满格为本组最高值；平均值以下与以上各按比例绘制。";

/** Where a value lies between nothing, the mean and the maximum of its group: 0, 1/2 and 1. */
function position(value, mean, max) {
  if (value === null || value <= 0 || max === null) return 0;
  if (value < mean) return value / mean / 2;
  return max > mean ? 0.5 + (value - mean) / (max - mean) / 2 : 1;
}

/** The bar of an item {value, tier, standard_mean, standard_max} up to the maximum of its group, the mean as a line. */
function scale({value, tier, standard_mean: mean, standard_max: max}) {
  return el("span", {class: "scale"},
    styled("span", {class: `fill tier-${tier === "优" || tier === "较优" ? "high" : "low"}`}, {width: percent(position(value, mean, max))}),
    el("span", {class: "middle"}));
}

/** A standard of an item. Who has a value is part of the mean and below the maximum: without one it is not public. */
const standardOf = (item, standard) => (standard === null && item.value !== null && item.value >= 0 ? notPublic() : measure(standard));

/** Items {indicator, value, tier, standard_mean, standard_max} against the mean and the maximum of their group. */
function standing(caption, items, own) {
  const {element} = table(caption, [
    {label: "指标", value: (item) => indicatorName(item.indicator), text: (item) => indicatorName(item.indicator)},
    {label: own, number: true, value: (item) => item.value, text: (item) => el("strong", {}, item.value === null ? "缺" : measure(item.value))},
    {label: "位置", mark: true, text: (item) => (item.tier === null ? notPublic() : scale(item))},
    {label: "平均", number: true, value: (item) => item.standard_mean, text: (item) => standardOf(item, item.standard_mean)},
    {label: "最高", number: true, value: (item) => item.standard_max, text: (item) => standardOf(item, item.standard_max)},
  ], items);
  element.classList.add("bars");
  return el("figure", {}, element, el("figcaption", {}, `色条为${own}，${SCALE_NOTE}`));
}

/** A bar from nothing to a target, with the target as a line; what is beyond it stands out by an arrow. */
function progressBar(share) {
  return el("span", {class: "scale"},
    styled("span", {class: `fill tier-${share >= 1 ? "high" : "low"}`}, {width: percent(share / 1.25)}),
    styled("span", {class: "middle"}, {left: percent(1 / 1.25)}));
}

/** What fell to the left, what rose to the right of a middle line; both as a share of `most`. */
function balance(down, up, most) {
  const half = (count, side) => el("span", {class: `half ${side}`}, styled("span", {class: side}, {width: percent(count / most)}));
  return el("span", {class: "balance"}, half(down, "fell"), half(up, "rose"));
}

/** From the lower to the upper quartile with the median as a line, on a scale from nothing to `most`. */
function spread(low, middle, high, most) {
  if (middle === null) return "";
  return el("span", {class: "scale"},
    styled("span", {class: "fill range"}, {left: percent(low / most), width: percent((high - low) / most)}),
    styled("span", {class: "middle"}, {left: percent(middle / most)}));
}

/** The cell of a change: green where it rose, rust where it fell, deeper up to `full`. */
function shaded(change, full, text) {
  if (change === null) return "—";
  const depth = Math.min(Math.abs(change) / full, 1) * 0.6;
  return styled("span", {class: "shade"}, {backgroundColor: `rgb(${change < 0 ? "217 136 115" : "99 167 151"} / ${depth.toFixed(3)})`}, text);
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of a drawing. */
function drawn(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children.flat());
  return element;
}

/** A line over the years with each value at its point. Points {year, value}, at least two of them with a value. */
function trend(name, unit, points) {
  const known = points.filter((point) => point.value !== null);
  const [least, most] = [Math.min(...known.map((point) => point.value)), Math.max(...known.map((point) => point.value))];
  const [width, top, bottom, side] = [260, 26, 78, 34];
  const first = Math.min(...points.map((point) => point.year));
  const last = Math.max(...points.map((point) => point.year));
  const x = (point) => side + (point.year - first) / (last - first) * (width - 2 * side);
  const y = (point) => (most > least ? bottom - (point.value - least) / (most - least) * (bottom - top) : (top + bottom) / 2);
  const line = known.map((point) => `${x(point).toFixed(1)},${y(point).toFixed(1)}`).join(" ");
  return el("figure", {class: "trend"},
    el("figcaption", {}, el("strong", {}, name), unit ? el("span", {class: "unit"}, `（${unit}）`) : null),
    drawn("svg", {viewBox: `0 0 ${width} 104`, role: "img", "aria-label": `${name}：${known.map((point) => `${point.year}年 ${measure(point.value)}`).join("，")}`},
      drawn("polyline", {points: line}),
      known.map((point) => drawn("circle", {cx: x(point), cy: y(point), r: 3.5})),
      known.map((point) => drawn("text", {x: x(point), y: y(point) - 9, class: "value"}, measure(point.value))),
      points.map((point) => drawn("text", {x: x(point), y: 98, class: "year"}, String(point.year)))));
}
