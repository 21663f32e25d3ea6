// How firm the classes are (rulebook 12): which decisions of the method move how many of them, and which single
// values hold the standards up. For the office alone.
"use strict";

/** Counties by scenario, how many of their classified enterprises change class. */
function scenarioTable() {
  const kinds = new Map();
  for (const row of YEAR.scenarios) {
    const [kind, indicator] = row.scenario.startsWith("decision:") ? [row.scenario, null] : row.scenario.split(":");
    const [zh] = row.label_zh.split("：");
    const found = kinds.get(kind) ?? {zh, indicators: new Map()};
    found.indicators.set(indicator, true);
    kinds.set(kind, found);
  }
  const changed = Object.fromEntries(YEAR.scenarios.map((row) => [`${row.county_code}/${row.scenario}`, row.changed]));
  const counties = [...new Map(YEAR.scenarios.map((row) => [row.county_code, row])).values()];
  const scenariosOf = (kind) => [...kinds.get(kind).indicators.keys()].map((indicator) => (indicator === null ? kind : `${kind}:${indicator}`));
  const sum = (code, kind) => scenariosOf(kind).reduce((all, scenario) => all + (changed[`${code}/${scenario}`] ?? 0), 0);
  const most = (code, kind) => Math.max(...scenariosOf(kind).map((scenario) => changed[`${code}/${scenario}`] ?? 0));
  const rows = counties.map(({county_code: code, classified}) => ({code, classified, ...Object.fromEntries([...kinds.keys()].map((kind) => [kind, kinds.get(kind).indicators.size > 1 ? most(code, kind) : sum(code, kind)]))}));
  return tableOf("各区县在各种情形下等级变动的企业", [
    {label: "区县", text: (row) => countyCell(row.code)},
    {label: "参与分档", unit: "户", number: true, text: (row) => figure(row.classified, 0)},
    ...[...kinds].map(([kind, {zh, indicators}]) => ({label: indicators.size > 1 ? `${zh}（最多）` : zh, unit: "户", number: true, text: (row) => figure(row[kind], 0)})),
  ], rows, {csv: true});
}

/** Over the whole city, each scenario by itself. */
function cityScenarios() {
  const found = new Map();
  for (const row of YEAR.scenarios) {
    const city = found.get(row.scenario) ?? {zh: row.label_zh, classified: 0, changed: 0};
    city.classified += row.classified;
    city.changed += row.changed;
    found.set(row.scenario, city);
  }
  const rows = [...found.values()].sort((a, b) => b.changed / b.classified - a.changed / a.classified);
  return tableOf("全市在各种情形下等级变动的企业", [
    {label: "情形", text: (row) => row.zh},
    {label: "等级变动", unit: "户", number: true, text: (row) => figure(row.changed, 0)},
    {label: "占参与分档", unit: "%", number: true, text: (row) => figure((row.changed / row.classified) * 100, 1)},
  ], rows, {csv: true});
}

function firmness() {
  if (!YEAR.scenarios.length) return null;
  return [
    lead("每种情形只改变办法的一处：一项权数上调或下调，不计某项指标的最大值，零值或标准值范围改按另一种规定；其余同本次结果。等级变动越多，结果越依赖这一处。"),
    el("h3", {}, "全市"), cityScenarios(),
    el("h3", {}, "各区县"), scenarioTable(),
    YEAR.holders.length ? [
      el("h3", {}, "撑起标准值的个别企业"),
      lead("最大值由一户或几户企业持有；不计这些企业时，本组有多少户企业等级变动。倍数越大、变动越多，越应先核对其数据。"),
      tableOf("持有最大值的企业", [
        {label: "分组", text: (row) => SHARED.regions[row.group_code] ?? countyCell(row.group_code)},
        {label: "指标", text: (row) => [indicatorName(row.indicator), el("span", {class: "unit wide"}, `（${indicatorUnit(row.indicator)}）`)]},
        {label: "持有企业", text: (row) => [el("a", {href: `county/${row.county_code}.html#${row.uscc}`}, row.enterprise_name), row.holders > 1 ? `等 ${row.holders} 户` : null]},
        {label: "最大值", number: true, wide: true, text: (row) => measure(row.max)},
        {label: "次大值", number: true, wide: true, text: (row) => measure(row.second)},
        {label: "倍数", number: true, text: (row) => (row.second ? figure(row.max / row.second, 2) : "—")},
        {label: "等级变动", unit: "户", number: true, text: (row) => figure(row.changed, 0)},
      ], YEAR.holders, {csv: true}),
    ] : null,
  ].flat();
}
