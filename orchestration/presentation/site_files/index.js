// The year at a glance. A section is a function that gives its content, or null where there is nothing to say;
// `SECTIONS`, below, lists them in the order of the page.
"use strict";

const main = document.getElementById("main");
const ORDER = Object.keys(SHARED.indicators);
const inOrder = (a, b) => ORDER.indexOf(a.indicator) - ORDER.indexOf(b.indicator);

/** The indicators over land, after which the evaluation is named. */
const PER_MU = Object.keys(SHARED.fractions).filter((code) => SHARED.fractions[code][1] === "land_area_mu");

const COUNTS = Object.fromEntries(YEAR.class_count.map((row) => [row.county_code, byClass(row)]));
const RESULTS = Object.fromEntries(YEAR.county_result.map((row) => [row.county_code, row]));
const CITY = Object.fromEntries(STATES.map(([state]) => [state, Object.values(COUNTS).reduce((sum, counts) => sum + counts[state], 0)]));

const countyName = (code) => SHARED.counties[code]?.name ?? code;
const countyCell = (code) => (SHARED.counties[code] ? countyLink(code) : code);
const lead = (...text) => el("p", {class: "lead"}, ...text);

/** A column of figures: saved as they are, shown with `digits`. */
const column = (zh, name, digits = 0, more = {}) => (
  {label: zh, number: true, value: (row) => row[name], text: (row) => figure(row[name], digits), ...more});

/** A column of an indicator's values. */
const indicatorColumn = (code, more = {}) => (
  {label: indicatorName(code), unit: indicatorUnit(code), number: true, value: (row) => row[code], text: (row) => measure(row[code]), ...more});

/** A choice above what it changes: `draw(code)` gives the content. Choices [[code, label]…]. */
function chosen(zh, choices, draw) {
  const shown = el("div", {}, draw(choices[0][0]));
  const select = el("select", {onchange: () => shown.replaceChildren(...[draw(select.value)].flat())},
    choices.map(([code, text]) => el("option", {value: code}, text)));
  return [el("p", {class: "controls"}, el("label", {}, zh, select)), shown];
}

function overview() {
  const vetoed = YEAR.class_count.reduce((sum, row) => sum + row.d_vetoed, 0);
  const figures = [
    ["评价企业", figure(sumOf(CITY), 0), "户"],
    ["参与分档", figure(sumOf(CITY) - CITY.transition - vetoed, 0), "户"],
    ["过渡期", figure(CITY.transition, 0), "户"],
    ["否决列入D类", figure(vetoed, 0), "户"],
    ...YEAR.city_target.filter((row) => PER_MU.includes(row.indicator)).sort(inOrder)
      .map((row) => [`全市${indicatorName(row.indicator)}`, measure(row.value), indicatorUnit(row.indicator), row]),
  ];
  return el("section", {class: "overview"},
    el("h1", {}, `${SHARED.year}年度制造业亩均效益综合评价`),
    el("dl", {class: "figures"}, figures.map(([name, value, unit, row]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", {class: "unit"}, unit),
        row && row.growth !== null ? el("span", {class: row.growth < 0 ? "down" : "up"}, growth(row.indicator, row.growth)) : null)))),
    classBars("全市各等级企业户数", [{name: "全市", counts: CITY}], {head: "范围", thick: true}));
}

function classes() {
  return [
    lead(`各区县企业户数，按户数多少排列。D类含${Object.values(SHARED.veto_reasons).join("、")}而直接列入的企业。`),
    el("div", {class: "thirds"}, countiesByRegion().map(([region, counties]) => {
      const rows = counties.filter(([code]) => COUNTS[code])
        .map(([code, county]) => ({name: county.name, text: countyLink(code), counts: COUNTS[code]}))
        .sort((a, b) => sumOf(b.counts) - sumOf(a.counts));
      return el("div", {}, el("h3", {}, SHARED.regions[region]), rows.length ? classBars(`${SHARED.regions[region]}各区县各等级企业户数`, rows) : "没有评价企业");
    })),
    el("details", {}, el("summary", {}, "全市各区县一张表"), tableOf("各区县分档户数", [
      {label: "区县", value: (row) => countyName(row.county_code), text: (row) => countyCell(row.county_code)},
      ...["classified", "a", "b", "c", "d", "d_vetoed", "transition"].map((name) => column(label(name, "class_count"), name)),
    ], YEAR.class_count, {csv: true})),
  ];
}

/** What the grid can show of a county: [code, label, value(county code), text(value)], the highest value darkest. */
const GRID = [
  ["rank", "区域内名次", (code) => RESULTS[code] && -RESULTS[code].rank, (value) => figure(-value, 0)],
  ["total_score", "综合得分", (code) => RESULTS[code]?.total_score, (value) => figure(value, 1)],
  ["best", "A类企业占比（%）", (code) => COUNTS[code] && COUNTS[code].A / (sumOf(COUNTS[code]) - COUNTS[code].transition) * 100, (value) => figure(value, 0)],
  ...Object.keys(SHARED.fractions).map((indicator) => [indicator, `${indicatorName(indicator)}（${indicatorUnit(indicator)}）`,
    (code) => RESULTS[code]?.[indicator], (value) => figure(value, value < 10 ? 2 : value < 100 ? 1 : 0)]),
];

/** The counties where they lie, a tile each, the darker the higher; those without a place below. */
function grid() {
  const places = new Map(YEAR.tiles.map((tile) => [tile.county_code, tile]));
  const lowest = Math.max(...YEAR.tiles.map((tile) => Number(tile.row)));
  return [
    lead("每格一个区县，位置大致如地图；颜色越深，数值越高（名次越前）。灰格没有数值。各项数值见下面的排名表。"),
    ...chosen("显示", GRID.map(([code, zh]) => [code, zh]), (chosenCode) => {
      const [, zh, value, told] = GRID.find(([code]) => code === chosenCode);
      const values = Object.fromEntries(Object.keys(SHARED.counties).map((code) => [code, value(code)]));
      const known = Object.values(values).filter((one) => Number.isFinite(one)).sort((a, b) => a - b);
      const step = (one) => Math.min(4, Math.floor(known.indexOf(one) / known.length * 5));
      let beside = 0;
      return el("ul", {class: "tiles", "aria-label": `各区县${zh}`}, Object.keys(SHARED.counties).map((code) => {
        const tile = places.get(code) ?? {short_zh: countyName(code).slice(0, 3), column: (beside % 10) + 1, row: lowest + 1 + Math.floor(beside++ / 10)};
        const one = values[code];
        return styled("li", {}, {gridColumn: tile.column, gridRow: tile.row},
          el("a", {href: `county/${code}.html`, class: Number.isFinite(one) ? `shade-${step(one)}` : "shade-none", title: countyName(code)},
            el("span", {}, tile.short_zh), el("strong", {}, Number.isFinite(one) ? told(one) : "—")));
      }));
    }),
  ];
}

/** The ranking of counties or parks of each region. */
function rankings(zh, rows, name) {
  return el("div", {class: "thirds"}, Object.entries(SHARED.regions).map(([region, regionName]) =>
    el("div", {}, el("h3", {}, regionName), tableOf(`${regionName}${zh}`, [
      column("名次", "rank"),
      {label: "名称", value: (row) => row.name, text: name},
      column("综合得分", "total_score", 2),
      ...PER_MU.map((code) => indicatorColumn(code, {unit: undefined})),
    ], rows.filter((row) => row.region === region), {rowHeader: 1, empty: "没有评价对象", csv: true}))));
}

const counties = () => [lead(`各区域内按综合得分排名；${PER_MU.map(indicatorName).join("、")}单位为${indicatorUnit(PER_MU[0])}。`),
  rankings("区县排名", YEAR.county_result, (row) => countyLink(row.county_code))];
const parks = () => [lead("园区按所在区县的区域排名。"), rankings("园区排名", YEAR.park_result, (row) => row.name)];

function targets() {
  const rows = [...YEAR.city_target].sort(inOrder);
  const by = rows[0]?.target_year ?? "";
  const inPoints = (row) => SHARED.growth_units[row.indicator] === "point";
  const told = (zh, name, more) => ({
    label: zh, number: true, value: (row) => row[name], ...more,
    text: (row) => (row[name] === null ? "—" : [signed(row[name], inPoints(row) ? 3 : 2), el("span", {class: "unit"}, inPoints(row) ? " 百分点" : "%")]),
  });
  const share = (row) => (row.target && row.value !== null ? row.value / row.target : null);
  return [
    lead(`全市指标与${by}年目标、年均增幅目标对照；“尚需年均”是今后每年达到多少增幅仍可实现目标。完成程度的竖线为目标。`),
    tableOf("全市指标与目标", [
      {label: "指标", value: (row) => indicatorName(row.indicator), text: (row) => [indicatorName(row.indicator), el("span", {class: "unit wide"}, `（${indicatorUnit(row.indicator)}）`)]},
      {label: "本年", number: true, value: (row) => row.value, text: (row) => measure(row.value)},
      {label: `${by}年目标`, number: true, value: (row) => row.target, text: (row) => measure(row.target)},
      {label: "完成程度", mark: true, wide: true, text: (row) => (share(row) === null ? "" : progressBar(share(row)))},
      {label: "完成", unit: "%", number: true, value: (row) => (share(row) === null ? null : share(row) * 100), text: (row) => (share(row) === null ? "—" : figure(share(row) * 100, 1))},
      {label: "上年", number: true, wide: true, value: (row) => row.previous_value, text: (row) => measure(row.previous_value)},
      told("增幅", "growth", {wide: true}),
      told("年均增幅", "mean_growth", {wide: true}),
      told("年均目标", "target_growth", {wide: true}),
      told("尚需年均", "needed_growth", {wide: true}),
      {label: "达标", value: (row) => (row.met === null ? "未知" : row.met ? "达标" : "未达标"), text: (row) => el("span", {class: `nowrap met ${row.met === null ? "none" : row.met ? "yes" : "no"}`}, row.met === null ? "未知" : row.met ? "达标" : "未达标")},
    ], rows, {csv: true}),
    rows.some((row) => row.base_year !== null) ? el("p", {class: "note"}, `年均增幅自${rows.find((row) => row.base_year !== null).base_year}年度起算。`) : null,
  ];
}

/** The years side by side: the city's indicators as lines, a figure of the counties as a table. */
function trends() {
  if (!YEAR.trends) return [lead("只有一个年度的发布结果，尚无趋势可看。")];
  const city = [...YEAR.trends.city, ...YEAR.city_target.map((row) => ({...row, year: SHARED.year}))];
  const all = [...new Set(city.map((row) => row.year))].sort();
  const indicators = [...new Set(city.map((row) => row.indicator))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const of = (rows, year, name) => rows.find((row) => row.year === year)?.[name] ?? null;
  const lines = indicators.map((indicator) => ({indicator, rows: city.filter((row) => row.indicator === indicator)}));
  const counted = [...YEAR.trends.classes, ...YEAR.class_count.map((row) => ({...row, year: SHARED.year}))];
  const territories = [...YEAR.trends.counties, ...YEAR.county_result.map((row) => ({...row, year: SHARED.year}))];
  const choices = [["rank", "区域内名次"], ["total_score", "综合得分"], ...Object.keys(SHARED.fractions).map((code) => [code, `${indicatorName(code)}（${indicatorUnit(code)}）`])];
  return [
    lead("各年度现行的发布结果：全市各项指标、各等级户数和各区县的数值。"),
    el("div", {class: "trends"}, lines.filter(({rows}) => rows.filter((row) => row.value !== null).length > 1)
      .map(({indicator, rows}) => trend(indicatorName(indicator), indicatorUnit(indicator), all.map((year) => ({year, value: of(rows, year, "value")}))))),
    tableOf("全市指标逐年", [
      {label: "指标", value: ({indicator}) => indicatorName(indicator), text: ({indicator}) => indicatorName(indicator)},
      {label: "单位", value: ({indicator}) => indicatorUnit(indicator), text: ({indicator}) => el("span", {class: "unit"}, indicatorUnit(indicator))},
      ...all.map((year) => ({label: `${year}年`, number: true, value: ({rows}) => of(rows, year, "value"), text: ({rows}) => measure(of(rows, year, "value"))})),
    ], lines, {csv: true}),
    el("h3", {}, "各等级户数"),
    classBars("各等级户数逐年", all.map((year) => ({
      name: `${year}年`,
      counts: Object.fromEntries(STATES.map(([state]) => [state, counted.filter((row) => row.year === year).reduce((sum, row) => sum + byClass(row)[state], 0)])),
    })), {head: "年度"}),
    el("h3", {}, "各区县"),
    ...chosen("显示", choices, (code) => tableOf(`各区县逐年${choices.find(([one]) => one === code)[1]}`, [
      {label: "区县", value: (row) => row.name, text: (row) => countyCell(row.county_code)},
      {label: "区域", wide: true, value: (row) => SHARED.regions[row.region], text: (row) => SHARED.regions[row.region]},
      ...all.map((year) => {
        const value = (row) => of(territories.filter((one) => one.county_code === row.county_code), year, code);
        return {label: `${year}年`, number: true, value, text: (row) => (code === "rank" ? figure(value(row), 0) : code === "total_score" ? figure(value(row), 2) : measure(value(row)))};
      }),
    ], [...YEAR.county_result].sort((a, b) => Object.keys(SHARED.regions).indexOf(a.region) - Object.keys(SHARED.regions).indexOf(b.region) || a.rank - b.rank), {csv: true})),
  ];
}

const BEFORE = [["A", "上年A类"], ["B", "上年B类"], ["C", "上年C类"], ["D", "上年D类"], ["transition", "上年过渡期"], ["several", "上年分属两户"], ["new", "上年未参评"]];
const AFTER = [...STATES, ["gone", "不再参评"]];

/** From which class to which: a row per class of last year, and the counties. */
function moves() {
  if (!YEAR.moves) return [lead("没有上年的发布结果可比。")];
  const count = (rows) => rows.reduce((sum, row) => sum + row.units, 0);
  const was = BEFORE.map(([state, name]) => ({name, state, rows: YEAR.moves.filter((row) => row.was === state)})).filter(({rows}) => rows.length)
    .map((row) => ({...row, counts: Object.fromEntries(AFTER.map(([state]) => [state, count(row.rows.filter((one) => one.became === state))]))}));
  const compared = (row) => CLASSES.includes(row.was) && CLASSES.includes(row.became);
  const tally = (rows) => ({
    up: count(rows.filter((row) => compared(row) && row.became < row.was)),
    same: count(rows.filter((row) => compared(row) && row.became === row.was)),
    down: count(rows.filter((row) => compared(row) && row.became > row.was)),
    new: count(rows.filter((row) => row.was === "new")),
    gone: count(rows.filter((row) => row.became === "gone")),
    other: count(rows.filter((row) => !compared(row) && row.was !== "new" && row.became !== "gone")),
  });
  const city = tally(YEAR.moves);
  const codes = [...new Set(YEAR.moves.map((row) => row.county_code))];
  const byCounty = codes.map((code) => ({code, ...tally(YEAR.moves.filter((row) => row.county_code === code))}))
    .sort((a, b) => b.up + b.down - a.up - a.down);
  const most = Math.max(1, ...byCounty.map((row) => Math.max(row.up, row.down)));
  const label = (code) => (code === null ? "全市" : countyName(code));
  return [
    lead(`两年都有等级的 ${figure(city.up + city.same + city.down, 0)} 户中，${SHARED.moves.up} ${figure(city.up, 0)} 户，${SHARED.moves.same} ${figure(city.same, 0)} 户，${SHARED.moves.down} ${figure(city.down, 0)} 户；`
      + `上年未在本区县参评 ${figure(city.new, 0)} 户，不再参评（退出、并入其他企业或迁出）${figure(city.gone, 0)} 户。`),
    classBars("上年各等级企业本年的等级", was, {head: "上年", states: AFTER, whole: true}),
    el("h3", {}, "各区县"),
    tableOf("各区县等级升降", [
      {label: "区县", value: (row) => label(row.code), text: (row) => (row.code === null ? el("strong", {}, label(null)) : countyCell(row.code))},
      column(SHARED.moves.down, "down"),
      {label: "降与升", mark: true, text: (row) => (row.code === null ? "" : balance(row.down, row.up, most))},
      column(SHARED.moves.up, "up"), column(SHARED.moves.same, "same"),
      column("新参评", "new", 0, {wide: true}), column("不再参评", "gone", 0, {wide: true}), column("一年无等级", "other", 0, {wide: true}),
    ], [{code: null, ...city}, ...byCounty], {csv: true}),
  ];
}

/** How indicators moved since last year: of enterprises how many rose and fell, of counties by how much. */
function changes() {
  const inPoints = (indicator) => SHARED.growth_units[indicator] === "point";
  const full = (indicator) => (inPoints(indicator) ? 1 : 20);
  const indicators = [...new Set(YEAR.county_diagnosis.map((row) => row.indicator))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  if (!YEAR.changes.length && !YEAR.county_diagnosis.some((row) => row.change !== null)) return [lead("没有上年的发布结果可比。")];
  const compared = [...YEAR.changes].sort(inOrder);
  const most = Math.max(1, ...compared.flatMap((row) => [row.up, row.down]));
  const change = (row, indicator) => YEAR.county_diagnosis.find((one) => one.county_code === row.county_code && one.indicator === indicator)?.change ?? null;
  const regions = Object.keys(SHARED.regions);
  const rows = [...YEAR.county_result].sort((a, b) => regions.indexOf(a.region) - regions.indexOf(b.region) || a.rank - b.rank);
  return [
    lead(`与${SHARED.year - 1}年度现行的发布结果比较。`),
    compared.length ? [el("h3", {}, "企业：指标上升和下降的户数"), tableOf("各指标上升和下降的企业户数", [
      {label: "指标", value: (row) => indicatorName(row.indicator), text: (row) => indicatorName(row.indicator)},
      column("下降", "down"),
      {label: "降与升", mark: true, text: (row) => balance(row.down, row.up, most)},
      column("上升", "up"), column("持平", "level"),
    ], compared, {csv: true})] : null,
    el("h3", {}, "区县：各项指标的增减"),
    tableOf("各区县各项指标比上年的增减", [
      {label: "区县", value: (row) => row.name, text: (row) => countyCell(row.county_code)},
      ...indicators.map((indicator) => ({
        label: indicatorName(indicator), unit: inPoints(indicator) ? "百分点" : "%", number: true, value: (row) => change(row, indicator),
        text: (row) => shaded(change(row, indicator), full(indicator), signed(change(row, indicator), inPoints(indicator) ? 2 : 1)),
      })),
    ], rows, {csv: true, many: true}),
    el("p", {class: "note"}, "数字前的符号表示增减；颜色越深增减越大，±20%（±1百分点）以上不再加深。"),
  ];
}

function industries() {
  const divisions = YEAR.industries.map((row) => ({...row, counts: Object.fromEntries(STATES.map(([state]) => [state, row[state]])), name: SHARED.divisions[row.division] ?? row.division}));
  const indicators = [...new Set(YEAR.industry_values.map((row) => row.indicator))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return [
    lead("按国民经济行业大类：各等级户数，以及各项指标的中位数和上、下四分位数（一半企业在两者之间）。"),
    classBars("各行业各等级企业户数", divisions, {head: "行业"}),
    el("h3", {}, "行业水平"),
    ...chosen("显示", indicators.map((code) => [code, `${indicatorName(code)}（${indicatorUnit(code)}）`]), (indicator) => {
      const rows = divisions.map((row) => ({...row, ...YEAR.industry_values.find((one) => one.division === row.division && one.indicator === indicator)}))
        .sort((a, b) => (b.middle ?? -Infinity) - (a.middle ?? -Infinity));
      const most = Math.max(...rows.map((row) => row.high ?? 0)) || 1;
      return tableOf(`各行业${indicatorName(indicator)}`, [
        {label: "行业", value: (row) => row.name, text: (row) => row.name},
        {label: "户数", number: true, value: (row) => row.n, text: (row) => figure(row.n, 0)},
        {label: "下四分位", number: true, value: (row) => row.low, text: (row) => measure(row.low)},
        {label: "分布", mark: true, text: (row) => spread(row.low, row.middle, row.high, most)},
        {label: "中位数", number: true, value: (row) => row.middle, text: (row) => el("strong", {}, measure(row.middle))},
        {label: "上四分位", number: true, value: (row) => row.high, text: (row) => measure(row.high)},
      ], rows, {csv: true});
    }),
    el("p", {class: "note"}, "户数为该指标可以计算的企业数；户数少的行业，四分位数意义有限。"),
  ];
}

function demonstration() {
  const columns = (link) => [
    column("名次", "rank"),
    {label: "名称", value: (row) => row.name, text: link},
    column("综合得分", "total_score", 2), column("可比得分", "common_score", 2), column("可比名次", "common_rank"),
  ];
  const links = {
    county: (row) => countyLink(row.code),
    park: (row) => row.name,
    enterprise: (row) => {
      const [uscc, county] = row.code.split("/");
      return el("a", {href: `county/${county}.html#${uscc}`}, row.name);
    },
  };
  return [lead("全市综合得分居前的区县、园区和参与分档的企业；可比得分按全市统一的标准值计算，各区县、各区域之间可以比较。"),
    el("div", {class: "thirds"}, [["county", "区县"], ["park", "园区"], ["enterprise", "企业"]].map(([level, zh]) =>
      el("div", {}, el("h3", {}, zh), tableOf(`亩均效益示范${zh}`, columns(links[level]), YEAR.demonstration.filter((row) => row.level === level), {rowHeader: 1, csv: true}))))];
}

/** The overall results of groups (说明 一.3), which touch nobody else's. */
function groups() {
  if (!YEAR.group_result.length) return null;
  return [lead("经批准的集团总体评价结果：各成员数据合计，按评价区县企业的标准值计分，不占名额，成员和其他企业的结果不受影响。"),
    tableOf("集团总体评价结果", [
      {label: "集团", text: (row) => row.group_name},
      {label: "评价区县", text: (row) => countyCell(row.evaluating_county_code)},
      {label: "得分", number: true, text: (row) => figure(row.total_score, 4)},
      {label: label("would_be_rank", "group_result"), number: true, text: (row) => figure(row.would_be_rank, 0)},
      {label: label("class", "group_result"), text: (row) => (row.class ? badge(row.class) : "—")},
      {label: "成员", wide: true, text: (row) => el("ul", {class: "plain"}, YEAR.group_member.filter((member) => member.application_no === row.application_no)
        .map((member) => el("li", {}, el("a", {href: `county/${member.county_code}.html#${member.uscc}`}, member.enterprise_name ?? member.uscc), "（", countyName(member.county_code), "）", badge(member.class, member.treatment))))},
      {label: "批准", wide: true, text: (row) => [row.approved_by, " ", day(row.approved_on)]},
    ], YEAR.group_result, {csv: true})];
}

function measures() {
  if (!YEAR.measure.length) return null;
  return [lead("各项措施的对象、执行单位、依据、有效期和适用户数；户数为 0 的，下一年度不在有效期内，或没有适用对象。"), measureTable(YEAR.measure, (row) => row.applied)];
}

function improvement() {
  if (!YEAR.improvement.length) return null;
  const columns = [["followed", "跟踪企业"], ["planned", "有措施"], ["done", "已完成"], ["overdue", "逾期"], ["up", SHARED.moves.up], ["same", SHARED.moves.same], ["down", SHARED.moves.down], ["unclassed", "无等级可比"], ["gone", "退出"]];
  const all = {county_code: null, ...Object.fromEntries(columns.map(([key]) => [key, YEAR.improvement.reduce((sum, row) => sum + row[key], 0)]))};
  return [lead("上年C类、D类和列入计划的企业：措施进展和本年等级的升降；名单见各区县页。"),
    tableOf("各区县提质增效台账", [
      {label: "区县", text: (row) => (row.county_code === null ? el("strong", {}, "全市") : countyCell(row.county_code))},
      ...columns.map(([key, zh]) => ({label: zh, number: true, wide: ["planned", "unclassed", "same"].includes(key), text: (row) => figure(row[key], 0)})),
    ], [all, ...YEAR.improvement], {csv: true})];
}

/** What else the release holds, and the other releases, by the way from this page. */
function documents() {
  const listed = [
    ["../checks/index.html", "一致性检查", "每条规则的结论、检查发现和豁免"],
    ["../findings.xlsx", "检查发现（findings.xlsx）", "逐条待核实、待更正的问题"],
    ["../workbook.xlsx", "评价结果工作簿（workbook.xlsx）", "全部结果表，可筛选、可打印"],
    ["../docs/index.html", "计算模型说明", "每张表怎样由上一张表算得"],
    ...(SHARED.stage === "draft" ? [] : [
      ["../packages/public/index.html", "公开结果网页", "向社会公布的一页"],
      ["../packages/public/公示名单.xlsx", "公示名单（公示名单.xlsx）", "向社会公布的名单"],
    ]),
  ];
  return [
    el("dl", {class: "documents"}, listed.map(([href, zh, about]) => el("div", {}, el("dt", {}, el("a", {href}, zh)), el("dd", {}, about)))),
    el("h3", {}, "其他发布"),
    YEAR.releases.length ? el("ul", {class: "releases"}, YEAR.releases.map((row) => el("li", {}, el("a", {href: row.href}, `${row.year}年度 ${row.release}`), `（${SHARED.stages[row.stage]}）`))) : el("p", {}, "没有其他年度或阶段的发布。"),
  ];
}

const SECTIONS = [
  ["classes", "分档结果", classes],
  ["grid", "区县分布", grid],
  ["counties", "区县排名", counties],
  ["parks", "园区排名", parks],
  ["targets", "发展目标", targets],
  ["trends", "逐年变化", trends],
  ["moves", "等级升降", moves],
  ["changes", "指标增减", changes],
  ["industries", "行业", industries],
  ["firmness", "等级稳定性", firmness],
  ["demonstration", "亩均效益示范", demonstration],
  ["groups", "集团评价", groups],
  ["measures", "差别化措施", measures],
  ["improvement", "提质增效台账", improvement],
  ["documents", "资料和其他发布", documents],
].map(([id, title, draw]) => ({id, title, content: draw()})).filter(({content}) => content);

main.append(
  overview(),
  el("nav", {class: "contents", "aria-label": "本页内容"}, SECTIONS.map(({id, title}) => el("a", {href: `#${id}`}, title))),
  ...SECTIONS.map(({id, title, content}) => el("section", {id, "aria-labelledby": `${id}-title`}, el("h2", {id: `${id}-title`}, title), content)),
);
