// The charts, in Vega-Lite. What a chart shows also stands in a table beside it.
"use strict";

const INK = "#1f2933";
const MUTED = "#66727f";
const RULE = "#dfe4e8";
const CLASS_COLOURS = {A: "#0f5f54", B: "#6fae9f", C: "#e0b252", D: "#b4513f", 过渡期: "#b3bcc5"};
const CLASS_INK = {A: "#fff", B: INK, C: INK, D: "#fff", 过渡期: INK};
const TIER_COLOURS = {优: "#0f5f54", 较优: "#4a9585", 一般: "#d0a24c", 负值: "#b4513f", 缺: RULE};
const FONT = getComputedStyle(document.body).fontFamily;

const CONFIG = {
  background: null,
  font: FONT,
  padding: 0,
  view: {stroke: null},
  axis: {labelColor: INK, titleColor: MUTED, labelFontSize: 13, titleFontSize: 12, titleFontWeight: "normal", grid: false, domain: false, ticks: false, labelLimit: 160},
  legend: {labelColor: INK, labelFontSize: 13, titleColor: MUTED, symbolType: "square"},
  text: {fontSize: 12, color: INK},
};

/** Draw `spec(width)` into a figure, and again when its width changes. Returns the figure. */
function chart(description, spec, caption = null) {
  const canvas = el("div", {class: "chart", role: "img", "aria-label": description});
  let drawn = 0;
  async function draw() {
    const width = Math.floor(canvas.clientWidth);
    if (!width || width === drawn) return;
    drawn = width;
    await vegaEmbed(canvas, {...spec(width), description, config: CONFIG, autosize: {type: "fit", contains: "padding"}}, {renderer: "svg", actions: false});
  }
  new ResizeObserver(draw).observe(canvas);
  return el("figure", {}, canvas, caption ? el("figcaption", {}, caption) : null);
}

/** The counts of a class_count row by class, the vetoed in D. */
function byClass(counts) {
  return [["A", counts.a], ["B", counts.b], ["C", counts.c], ["D", counts.d + counts.d_vetoed], ["过渡期", counts.transition]];
}

/** Rows {name, class, count, order} as stacked bars, one a name. */
function classBars(description, rows, {legend = true, bar = 16} = {}) {
  const names = [...new Set(rows.map((row) => row.name))];
  return chart(description, (width) => ({
    width,
    height: names.length * (bar + 8) + (legend ? 34 : 0),
    data: {values: rows},
    encoding: {
      y: {field: "name", type: "nominal", sort: names, title: null, axis: names.length > 1 ? {labelPadding: 8} : null},
      x: {field: "count", type: "quantitative", stack: "zero", axis: null, scale: {nice: false}},
      order: {field: "order"},
    },
    layer: [
      {
        mark: {type: "bar", height: bar, stroke: "#fff", strokeWidth: 1},
        encoding: {
          color: {
            field: "class", type: "nominal", title: null,
            scale: {domain: Object.keys(CLASS_COLOURS), range: Object.values(CLASS_COLOURS)},
            legend: legend ? {orient: "top", direction: "horizontal", offset: 8} : null,
          },
          tooltip: [{field: "name", title: "范围"}, {field: "class", title: "等级"}, {field: "count", title: "户数"}],
        },
      },
      {
        transform: [
          {window: [{op: "sum", field: "count", as: "end"}], groupby: ["name"], sort: [{field: "order"}]},
          {calculate: "datum.end - datum.count / 2", as: "middle"},
          {joinaggregate: [{op: "sum", field: "count", as: "all"}], groupby: ["name"]},
          {joinaggregate: [{op: "max", field: "all", as: "longest"}]},
          {filter: `datum.count / datum.longest * ${width} > 46`},
        ],
        mark: {type: "text", baseline: "middle"},
        encoding: {
          x: {field: "middle", type: "quantitative", stack: null},
          text: {field: "count", type: "quantitative", format: ","},
          color: {field: "ink", type: "nominal", scale: null},
        },
      },
    ],
  }));
}

/** Where a value lies between nothing, the mean and the maximum of its group: 0, 1/2 and 1. */
function position(value, mean, max) {
  if (value === null || value <= 0 || max === null) return 0;
  if (value < mean) return value / mean / 2;
  return max > mean ? 0.5 + (value - mean) / (max - mean) / 2 : 1;
}

/** Items {indicator, value, tier, standard_mean, standard_max} against the mean and the maximum of their group. */
function standing(description, items, own) {
  const rows = items.map((item) => ({
    name: indicatorName(item.indicator),
    value: item.value === null ? "缺" : measure(item.value),
    at: position(item.value, item.standard_mean, item.standard_max),
    tier: item.tier,
    mean: measure(item.standard_mean),
    max: measure(item.standard_max),
    unit: indicatorUnit(item.indicator),
  }));
  const names = rows.map((row) => row.name);
  const y = {field: "name", type: "nominal", sort: names, title: null, axis: {labelPadding: 10, labelFontSize: 13}};
  const x = (field) => ({field, type: "quantitative", scale: {domain: [0, 1]}, axis: null});
  const text = (at, field, align, extra = {}) => ({
    mark: {type: "text", align, dy: -15, fontSize: 11, color: MUTED, ...extra},
    encoding: {y, x: {datum: at, type: "quantitative", scale: {domain: [0, 1]}, axis: null}, text: {field}},
  });
  return chart(description, (width) => ({
    width,
    height: rows.length * 46,
    data: {values: rows},
    layer: [
      {mark: {type: "bar", height: 14, color: "#edf0f2"}, encoding: {y, x: {datum: 1, type: "quantitative", scale: {domain: [0, 1]}, axis: null}}},
      {
        mark: {type: "bar", height: 14},
        encoding: {
          y, x: x("at"),
          color: {field: "tier", type: "nominal", legend: null, scale: {domain: Object.keys(TIER_COLOURS), range: Object.values(TIER_COLOURS)}},
          tooltip: [
            {field: "name", title: "指标"}, {field: "value", title: own}, {field: "mean", title: "平均"},
            {field: "max", title: "最高"}, {field: "unit", title: "单位"}, {field: "tier", title: "档次"},
          ],
        },
      },
      {mark: {type: "tick", height: 22, thickness: 2, color: INK}, encoding: {y, x: {datum: 0.5, type: "quantitative", scale: {domain: [0, 1]}, axis: null}}},
      text(0, "value", "left", {fontSize: 12, fontWeight: 600, color: INK}),
      {mark: {type: "text", align: "center", dy: -17, fontSize: 11, color: MUTED}, encoding: {y, x: {datum: 0.5, type: "quantitative", scale: {domain: [0, 1]}, axis: null}, text: {field: "mean"}}},
      text(1, "max", "right"),
    ],
  }), `色条为${own}，竖线为本组平均值，满格为本组最高值；平均值以下与以上各按比例绘制。`);
}

/** How far the city has come towards its targets, in per cent of them. */
function progress(targets) {
  const rows = targets.filter((row) => row.target !== null && row.value !== null).map((row) => ({
    name: indicatorName(row.indicator),
    share: row.value / row.target * 100,
    shown: Math.min(row.value / row.target * 100, 120),
    met: row.value >= row.target ? "已达到" : "未达到",
    text: `${figure(row.value / row.target * 100, 1)}%`,
  }));
  return chart(`各指标达到${targets[0].target_year}年目标的程度`, (width) => ({
    width,
    height: rows.length * 34 + 26,
    data: {values: rows},
    encoding: {y: {field: "name", type: "nominal", sort: null, title: null, axis: {labelPadding: 8}}},
    layer: [
      {
        mark: {type: "bar", height: 16},
        encoding: {
          x: {field: "shown", type: "quantitative", scale: {domain: [0, 150]}, axis: {values: [0, 50, 100], labelExpr: "datum.value + '%'", labelColor: MUTED, title: null, orient: "bottom"}},
          color: {field: "met", type: "nominal", legend: null, scale: {domain: ["已达到", "未达到"], range: ["#0f5f54", "#6fae9f"]}},
          tooltip: [{field: "name", title: "指标"}, {field: "text", title: "完成目标"}],
        },
      },
      {mark: {type: "rule", strokeDash: [4, 3], color: INK}, encoding: {x: {datum: 100, type: "quantitative"}, y: null}},
      // Twice: first in white, wider, so that the line of the target does not strike through it.
      ...[{stroke: "#fff", strokeWidth: 7, strokeJoin: "round"}, {}].map((halo) => (
        {mark: {type: "text", align: "left", dx: 6, ...halo}, encoding: {x: {field: "shown", type: "quantitative"}, text: {field: "text"}}})),
    ],
  }), `虚线为${targets[0].target_year}年目标。亩均增加值、亩均税收只有年均增幅目标，见下表。`);
}

/** Changes on the year before: one cell per territory and indicator, rows {name, indicator, change}. */
function heatmap(description, rows) {
  const inPoints = (row) => SHARED.growth_units[row.indicator] === "point";
  const names = [...new Set(rows.map((row) => row.name))];
  const values = rows.map((row) => ({...row, label: indicatorName(row.indicator), text: row.change === null ? "—" : signed(row.change, inPoints(row) ? 2 : 1), told: growth(row.indicator, row.change), shade: inPoints(row) ? row.change * 20 : row.change}));
  const labels = [...new Set(values.map((row) => row.label))];
  return chart(description, (width) => {
    const narrow = width < 560;
    return {
      width,
      height: names.length * 24 + (narrow ? 60 : 30),
      data: {values},
      encoding: {
        y: {field: "name", type: "nominal", sort: names, title: null, axis: {labelPadding: 8, labelLimit: narrow ? 78 : 160}},
        x: {
          field: "label", type: "nominal", sort: labels, title: null,
          axis: {orient: "top", labelAngle: 0, labelLimit: 0, labelFontSize: narrow ? 11 : 13, labelLineHeight: 13,
            labelPadding: narrow ? 18 : 4,
            // 亩均 and 增加值, 单位能耗 and 增加值: a name is broken where it may be.
            labelExpr: narrow ? "[slice(datum.label, 0, length(datum.label) < 6 ? 2 : 4), slice(datum.label, length(datum.label) < 6 ? 2 : 4)]" : "datum.label"},
        },
      },
      layer: [
        {
          mark: {type: "rect", stroke: "#fff", strokeWidth: 2},
          encoding: {
            color: {field: "shade", type: "quantitative", legend: null, scale: {domain: [-20, 0, 20], range: ["#d98873", "#f6f6f3", "#63a797"], clamp: true}},
            tooltip: [{field: "name", title: "区县"}, {field: "label", title: "指标"}, {field: "told", title: "比上年"}],
          },
        },
        {mark: {type: "text", fontSize: narrow ? 10 : 12}, encoding: {text: {field: "text"}}},
      ],
    };
  }, `数字为比上年增减的百分比${Object.keys(SHARED.indicators).filter((indicator) => inPoints({indicator}) && rows.some((row) => row.indicator === indicator)).map((code) => `，${indicatorName(code)}为百分点`).join("")}；绿色为上升，红色为下降，± 20%（± 1 百分点）以上颜色不再加深。`);
}

/** How many enterprises rose and fell on the year before, by indicator. */
function moves(rows) {
  const values = rows.flatMap((row) => [
    {name: indicatorName(row.indicator), way: "上升", count: row.up, shown: row.up, order: 1},
    {name: indicatorName(row.indicator), way: "下降", count: row.down, shown: -row.down, order: 0},
  ]);
  return chart("各指标比上年上升和下降的企业户数", (width) => ({
    width,
    height: rows.length * 32 + 30,
    data: {values},
    encoding: {
      y: {field: "name", type: "nominal", sort: null, title: null, axis: {labelPadding: 8}},
      x: {field: "shown", type: "quantitative", axis: null, scale: {padding: 34}},
    },
    layer: [
      {
        mark: {type: "bar", height: 16},
        encoding: {
          color: {field: "way", type: "nominal", title: null, scale: {domain: ["下降", "上升"], range: ["#d98873", "#4a9585"]}, legend: {orient: "top"}},
          tooltip: [{field: "name", title: "指标"}, {field: "way", title: "比上年"}, {field: "count", title: "户数"}],
        },
      },
      {transform: [{filter: "datum.order == 1"}], mark: {type: "text", align: "left", dx: 5}, encoding: {text: {field: "count", type: "quantitative", format: ","}}},
      {transform: [{filter: "datum.order == 0"}], mark: {type: "text", align: "right", dx: -5}, encoding: {text: {field: "count", type: "quantitative", format: ","}}},
    ],
  }));
}
