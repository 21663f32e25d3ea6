// How a county's own result came about: what it counts and from where, what cost it points, its parks, and the
// enterprises that another county evaluates and it counts. TERRITORY holds what `territory.of_county` read.
"use strict";

/** The sums of the county, each with the parts that it is made of. */
function madeOf() {
  const parts = TERRITORY.counted;
  if (!parts.length) return null;
  const rows = ["enterprises", ...SHARED.amounts].map((name) => ({name, parts: parts.map((part) => part[name])}));
  return el("section", {}, el("h2", {}, "数据构成"), tableOf(`${NAME}数据构成`, [
    {label: "数据项", text: (row) => label(row.name, "county_result")},
    ...parts.map((part, at) => ({label: SHARED.belongings[part.belonging], number: true, text: (row) => figure(row.parts[at], row.name === "enterprises" ? 0 : 2)})),
    {label: "合计", number: true, text: (row) => figure(row.parts.every((part) => part === null) ? null : row.parts.reduce((sum, part) => sum + (part ?? 0), 0), row.name === "enterprises" ? 0 : 2)},
    {label: "单位", text: (row) => unitOf(row.name, "county_result")},
  ], rows), el("p", {class: "note"}, `${SHARED.sentences.territory_sheet.survey.text}。`));
}

/** Incidents about the county and its parks, those that cost nothing too. */
function incidents() {
  const rows = TERRITORY.territory_incident;
  if (!rows.length) return null;
  return el("section", {}, el("h2", {}, "区县和园区的减分事项"), tableOf(`${NAME}减分事项`, [
    {label: "区县或园区", text: (row) => row.name},
    {label: "事项", text: (row) => SHARED.events[row.incident_type] ?? row.incident_type},
    {label: "编号", wide: true, text: (row) => row.incident_id},
    {label: "日期", text: (row) => day(row.occurred_on)},
    {label: "企业", text: (row) => row.enterprise_name ?? row.uscc ?? (row.belonging === "other" ? notPublic() : "—")},
    {label: "计入途径", wide: true, text: (row) => SHARED.charges[row.charged_by]},
    {label: "减分", number: true, text: (row) => figure(row.points, 0)},
    {label: "认定", text: (row) => SHARED.sentences.incident_reason[row.reason].text},
    {label: "出处", wide: true, text: (row) => `${[row.source_file, row.source_sheet].filter(Boolean).join(" ")} 第${row.source_row_key.split("!").at(-1)}行`},
  ], rows), el("p", {class: "note"}, "同一事项对区县、园区各计一次；累计减分有上限。"));
}

function parks() {
  const rows = TERRITORY.park_result;
  if (!rows.length) return null;
  return el("section", {}, el("h2", {}, "园区"), tableOf(`${NAME}的园区`, [
    {label: "园区", text: (row) => row.name},
    {label: "区域内名次", number: true, text: (row) => figure(row.rank, 0)},
    {label: "企业", unit: "户", number: true, text: (row) => figure(row.enterprises, 0)},
    {label: "指标得分", number: true, text: (row) => (row.base_score === null ? notPublic() : figure(row.base_score, 4))},
    {label: "减分", number: true, text: (row) => (row.deduction === null ? notPublic() : figure(row.deduction, 0))},
    {label: "综合得分", number: true, text: (row) => (row.total_score === null ? notPublic() : figure(row.total_score, 4))},
  ], rows));
}

function territory() {
  const found = [madeOf(), incidents(), parks()].filter(Boolean);
  return found.length ? el("div", {}, found) : null;
}

/** Enterprises that another county evaluates and this one counts. */
function elsewhere() {
  const rows = TERRITORY.elsewhere;
  if (!rows.length) return null;
  const items = {};
  for (const item of TERRITORY.home_item) (items[`${item.member_county_code}/${item.member_uscc}`] ??= {})[item.indicator] = item;
  const itemOf = (row, code) => items[`${row.member_county_code}/${row.member_uscc}`]?.[code];
  const codes = Object.keys(SHARED.indicators).filter((code) => TERRITORY.home_item.some((item) => item.indicator === code));
  const score = (item) => (item === undefined ? "—" : item.score === null ? notPublic() : figure(item.score, 4));
  const value = (row, item) => (item === undefined ? "—" : item.value === null && !row.whole ? notPublic() : measure(item.value));
  return el("section", {id: "elsewhere"}, el("h2", {}, "由其他区县评价的企业"), el("p", {class: "note"}, `${SHARED.sentences.territory_sheet.elsewhere.text}。`),
    tableOf(`${NAME}由其他区县评价的企业`, [
      {label: "企业名称", text: (row) => [row.enterprise_name, el("div", {class: "muted"}, row.member_uscc)]},
      {label: "归属", text: (row) => el("span", {class: "nowrap"}, SHARED.belongings[row.belonging])},
      {label: "评价区县", text: (row) => el("span", {class: "nowrap"}, SHARED.counties[row.unit_county_code]?.name ?? row.unit_county_code)},
      {label: "等级", text: (row) => badge(row.class, row.treatment)},
      {label: "综合得分", number: true, text: (row) => figure(row.total_score, 4)},
      {label: label("land_area_mu"), unit: "亩", number: true, wide: true, text: (row) => figure(row.land_area_mu, 2)},
      {label: label("value_added"), unit: "万元", number: true, wide: true, text: (row) => figure(row.value_added, 2)},
      {label: label("tax"), unit: "万元", number: true, wide: true, text: (row) => figure(row.tax, 2)},
      ...codes.flatMap((code) => [
        {label: indicatorName(code), unit: indicatorUnit(code), number: true, wide: true, text: (row) => value(row, itemOf(row, code))},
        {label: `${indicatorName(code)}得分`, number: true, wide: true, text: (row) => score(itemOf(row, code))},
      ]),
    ], rows, {csv: true, many: true}));
}
