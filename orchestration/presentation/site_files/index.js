// The year at a glance.
"use strict";

const main = document.getElementById("main");

function section(id, title, lead, ...content) {
  return el("section", {id, "aria-labelledby": `${id}-title`}, el("h2", {id: `${id}-title`}, title), lead ? el("p", {class: "lead"}, lead) : null, ...content);
}

const CITY = YEAR.class_count.reduce((sum, row) => {
  for (const key of ["classified", "a", "b", "c", "d", "d_vetoed", "transition"]) sum[key] = (sum[key] ?? 0) + row[key];
  return sum;
}, {classified: 0, a: 0, b: 0, c: 0, d: 0, d_vetoed: 0, transition: 0});

/** The indicators over land, after which the evaluation is named. */
const PER_MU = Object.keys(SHARED.fractions).filter((code) => SHARED.fractions[code][1] === "land_area_mu");

function overview() {
  const all = CITY.classified + CITY.d_vetoed + CITY.transition;
  const figures = [
    ["评价企业", figure(all, 0), "户"],
    ["参与分档", figure(CITY.classified, 0), "户"],
    ["过渡期", figure(CITY.transition, 0), "户"],
    ["否决列入D类", figure(CITY.d_vetoed, 0), "户"],
    ...YEAR.city_target.filter((row) => PER_MU.includes(row.indicator)).reverse()
      .map((row) => [`全市${indicatorName(row.indicator)}`, measure(row.value), indicatorUnit(row.indicator), row]),
  ];
  return el("section", {class: "overview"},
    el("h1", {}, `${SHARED.year}年度制造业亩均效益综合评价`),
    el("dl", {class: "figures"}, figures.map(([name, value, unit, row]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", {class: "unit"}, unit),
        row && row.growth !== null ? el("span", {class: row.growth < 0 ? "down" : "up"}, growth(row.indicator, row.growth)) : null)))),
    classBars("全市各等级企业户数", byClass(CITY).map(([name, count], order) => ({name: "全市", class: name, count, order, ink: CLASS_INK[name]})), {bar: 34}));
}

function classes() {
  const counts = Object.fromEntries(YEAR.class_count.map((row) => [row.county_code, row]));
  return section("classes", "分档结果", `各区县企业户数。D类含${Object.values(SHARED.veto_reasons).join("、")}而直接列入的企业。`,
    el("div", {class: "thirds"}, countiesByRegion().map(([region, counties]) => {
      const rows = counties.filter(([code]) => counts[code])
        .sort(([a], [b]) => total(counts[b]) - total(counts[a]))
        .flatMap(([code, county]) => byClass(counts[code]).map(([name, count], order) => ({name: county.name, class: name, count, order, ink: CLASS_INK[name]})));
      return el("div", {}, el("h3", {}, SHARED.regions[region]), rows.length ? classBars(`${SHARED.regions[region]}各区县各等级企业户数`, rows, {legend: false}) : "没有评价企业");
    })),
    el("details", {}, el("summary", {}, "数据表"), tableOf("各区县分档户数", [
      {label: "区县", text: (row) => countyLink(row.county_code)},
      ...["classified", "a", "b", "c", "d", "d_vetoed", "transition"].map((key) => (
        {label: label(key, "class_count"), number: true, text: (row) => figure(row[key], 0)})),
    ], YEAR.class_count)));
}

const total = (row) => row.classified + row.d_vetoed + row.transition;

/** The ranking of counties or parks of one region. */
function ranking(caption, rows, name) {
  return tableOf(caption, [
    {label: "名次", number: true, text: (row) => figure(row.rank, 0)},
    {label: "名称", text: name},
    {label: "综合得分", number: true, text: (row) => figure(row.total_score, 2)},
    ...PER_MU.map((code) => ({label: indicatorName(code), number: true, text: (row) => measure(row[code])})),
  ], rows, {rowHeader: 1, empty: "没有评价对象"});
}

function rankings(id, title, lead, rows, name) {
  return section(id, title, lead, el("div", {class: "thirds"}, Object.entries(SHARED.regions).map(([region, zh]) =>
    el("div", {}, el("h3", {}, zh), ranking(`${zh}${title}`, rows.filter((row) => row.region === region), name)))));
}

function targets() {
  const order = Object.keys(SHARED.indicators);
  const rows = [...YEAR.city_target].sort((a, b) => order.indexOf(a.indicator) - order.indexOf(b.indicator));
  const inPoints = (row) => SHARED.growth_units[row.indicator] === "point";
  const told = (row, value) => (value === null ? "—" : [signed(value, inPoints(row) ? 3 : 2), el("span", {class: "unit wide"}, inPoints(row) ? "百分点" : "%")]);
  return section("targets", "发展目标", `全市指标与${rows[0]?.target_year ?? ""}年目标、年均增幅目标对照；“尚需年均”是今后每年达到多少增幅仍可实现目标。`,
    rows.some((row) => row.target !== null && row.value !== null) ? progress(rows) : null,
    tableOf("全市指标与目标", [
      {label: "指标", text: (row) => [indicatorName(row.indicator), el("span", {class: "unit wide"}, `（${indicatorUnit(row.indicator)}）`)]},
      {label: "本年", number: true, text: (row) => measure(row.value)},
      {label: "上年", number: true, wide: true, text: (row) => measure(row.previous_value)},
      {label: "增幅", number: true, wide: true, text: (row) => told(row, row.growth)},
      {label: "年均增幅", number: true, text: (row) => [told(row, row.mean_growth), row.base_year === null ? null : el("span", {class: "unit wide"}, `（${row.base_year}年起）`)]},
      {label: "年均目标", number: true, wide: true, text: (row) => told(row, row.target_growth)},
      {label: `${rows[0]?.target_year ?? ""}年目标`, number: true, text: (row) => measure(row.target)},
      {label: "尚需年均", number: true, wide: true, text: (row) => told(row, row.needed_growth)},
      {label: "达标", text: (row) => (row.met === null ? el("span", {class: "met none"}, "未知") : el("span", {class: `nowrap met ${row.met ? "yes" : "no"}`}, row.met ? "达标" : "未达标"))},
    ], rows));
}

function changes() {
  const known = YEAR.county_diagnosis.filter((row) => row.change !== null);
  if (!known.length && !YEAR.moves.length) {
    return section("changes", "与上年相比", "没有上年的发布结果可比。");
  }
  const order = Object.keys(SHARED.indicators);
  const rank = Object.fromEntries(YEAR.county_result.map((row) => [row.county_code, row]));
  const regions = Object.keys(SHARED.regions);
  const rows = [...YEAR.county_diagnosis]
    .sort((a, b) => regions.indexOf(rank[a.county_code].region) - regions.indexOf(rank[b.county_code].region)
      || rank[a.county_code].rank - rank[b.county_code].rank || order.indexOf(a.indicator) - order.indexOf(b.indicator))
    .map((row) => ({name: SHARED.counties[row.county_code].name, indicator: row.indicator, change: row.change}));
  const compared = [...YEAR.moves].sort((a, b) => order.indexOf(a.indicator) - order.indexOf(b.indicator));
  return section("changes", "与上年相比", `与${SHARED.year - 1}年度最新发布结果比较。`,
    compared.length ? [el("h3", {}, "企业：指标上升和下降的户数"), moves(compared)] : null,
    el("h3", {}, "区县：各项指标的增减"), heatmap("各区县各项指标比上年的增减", rows));
}

function demonstration() {
  const columns = (link) => [
    {label: "名次", number: true, text: (row) => figure(row.rank, 0)},
    {label: "名称", text: link},
    {label: "综合得分", number: true, text: (row) => figure(row.total_score, 2)},
    {label: "可比得分", number: true, text: (row) => figure(row.common_score, 2)},
    {label: "可比名次", number: true, text: (row) => figure(row.common_rank, 0)},
  ];
  const links = {
    county: (row) => countyLink(row.code),
    park: (row) => row.name,
    enterprise: (row) => {
      const [uscc, county] = row.code.split("/");
      return el("a", {href: `county/${county}.html#${uscc}`}, row.name);
    },
  };
  return section("demonstration", "亩均效益示范", "全市综合得分居前的区县、园区和参与分档的企业；可比得分按全市统一的标准值计算，各区县、各区域之间可以比较。",
    el("div", {class: "thirds"}, [["county", "区县"], ["park", "园区"], ["enterprise", "企业"]].map(([level, zh]) =>
      el("div", {}, el("h3", {}, zh), tableOf(`亩均效益示范${zh}`, columns(links[level]), YEAR.demonstration.filter((row) => row.level === level), {rowHeader: 1})))));
}

/** The overall results of groups (说明 一.3), which touch nobody else's. */
function groups() {
  if (!YEAR.group_result.length) return null;
  return section("groups", "集团评价", "经批准的集团总体评价结果：各成员数据合计，按评价区县企业的标准值计分，不占名额，成员和其他企业的结果不受影响。",
    tableOf("集团总体评价结果", [
      {label: "集团", text: (row) => row.group_name},
      {label: "评价区县", text: (row) => SHARED.counties[row.evaluating_county_code] ? countyLink(row.evaluating_county_code) : row.evaluating_county_code},
      {label: "得分", number: true, text: (row) => figure(row.total_score, 4)},
      {label: label("would_be_rank", "group_result"), number: true, text: (row) => figure(row.would_be_rank, 0)},
      {label: label("class", "group_result"), text: (row) => (row.class ? badge(row.class) : "—")},
      {label: "成员", wide: true, text: (row) => el("ul", {class: "plain"}, YEAR.group_member.filter((member) => member.application_no === row.application_no)
        .map((member) => el("li", {}, el("a", {href: `county/${member.county_code}.html#${member.uscc}`}, member.enterprise_name ?? member.uscc), "（", SHARED.counties[member.county_code]?.name ?? member.county_code, "）", badge(member.class, member.treatment))))},
      {label: "批准", wide: true, text: (row) => [row.approved_by, " ", day(row.approved_on)]},
    ], YEAR.group_result));
}

function measures() {
  if (!YEAR.measure.length) return null;
  return section("measures", "差别化措施", "各项措施的对象、执行单位、依据、有效期和适用户数；户数为 0 的，下一年度不在有效期内，或没有适用对象。", measureTable(YEAR.measure, (row) => row.applied));
}

function improvement() {
  if (!YEAR.improvement.length) return null;
  const columns = [["followed", "跟踪企业"], ["planned", "有措施"], ["done", "已完成"], ["overdue", "逾期"], ["up", SHARED.moves.up], ["same", SHARED.moves.same], ["down", SHARED.moves.down], ["unclassed", "无等级可比"], ["gone", "退出"]];
  const all = {county_code: null, ...Object.fromEntries(columns.map(([key]) => [key, YEAR.improvement.reduce((sum, row) => sum + row[key], 0)]))};
  return section("improvement", "提质增效台账", "上年C类、D类和列入计划的企业：措施进展和本年等级的升降；名单见各区县页。",
    tableOf("各区县提质增效台账", [
      {label: "区县", text: (row) => (row.county_code === null ? el("strong", {}, "全市") : SHARED.counties[row.county_code] ? countyLink(row.county_code) : row.county_code)},
      ...columns.map(([key, zh]) => ({label: zh, number: true, wide: ["planned", "unclassed", "same"].includes(key), text: (row) => figure(row[key], 0)})),
    ], [all, ...YEAR.improvement]));
}

const contents = [["classes", "分档结果"], ["counties", "区县排名"], ["parks", "园区排名"], ["targets", "发展目标"], ["changes", "与上年相比"], ["demonstration", "示范"],
  ...(YEAR.group_result.length ? [["groups", "集团"]] : []), ...(YEAR.measure.length ? [["measures", "措施"]] : []), ...(YEAR.improvement.length ? [["improvement", "提质增效"]] : [])];

main.append(...[
  overview(),
  el("nav", {class: "contents", "aria-label": "本页内容"}, contents
    .map(([id, title]) => el("a", {href: `#${id}`}, title))),
  classes(),
  rankings("counties", "区县排名", "各区域内按综合得分排名；亩均增加值、亩均税收单位为万元/亩。", YEAR.county_result, (row) => countyLink(row.county_code)),
  rankings("parks", "园区排名", "园区按所在区县的区域排名。", YEAR.park_result, (row) => row.name),
  targets(),
  changes(),
  demonstration(),
  groups(),
  measures(),
  improvement(),
].filter(Boolean));
