// The card of an enterprise (一企一单): its class and what it misses to the next, indicators and scores with the
// numbers put in, points, land row by row, members, and the figures that the departments delivered.
"use strict";

/** What is said of a code, with the row's figures put in, and the clause of the policy. */
function said(subject, code, figures = {}) {
  const found = SHARED.sentences[subject]?.[code];
  if (!found) return code ?? "—";
  const text = found.text.replace(/\{(\w+)\}/g, (place, name) => figures[name] ?? place);
  return [text, found.clause ? el("span", {class: "unit wide"}, `（${found.clause}）`) : null];
}

/** The rows of a table behind a unit, as objects. */
const behind = (name, unit) => rowsOf(name, COUNTY[name]?.[unit.uscc]);

/** File, sheet and row or cell that a row came from. */
function origin(row) {
  return [row.source_file, row.source_sheet, row.source_cell ?? row.source_row_key].filter(Boolean).join(" › ") || "—";
}

const origins = {label: "来源", wide: true, text: (row) => el("span", {class: "origin"}, origin(row))};

function block(title, ...content) {
  return el("section", {}, el("h2", {}, title), ...content);
}

/** An amount with its unit, as it stands in a fraction. */
function amount(unit, column) {
  return `${label(column)} ${exact(unit[column])} ${unitOf(column)}`;
}

function fraction(unit, code) {
  const [over, under, factor] = SHARED.fractions[code];
  return `${amount(unit, over)} ÷ ${amount(unit, under)}${factor === 1 ? "" : ` × ${factor}`}`;
}

/** The formula of an item score with its numbers put in (办法 二(三)). */
function scored(item) {
  const {weight, score, coefficient_from: own, coefficient_to: upper, share} = item;
  const [value, from, to] = working(score, [item.value ?? 0, item.value_from ?? 0, item.value_to ?? 0],
    (x, a, b) => (upper === null ? score : Math.max(weight * (own + ((x - a) / (b - a)) * (upper - own)), 0)));
  const text = SHARED.sentences.because[item.because].text;
  const formula = text.replace(/\{(\w+)\}/g, (place, name) => ({value, value_from: from, value_to: to}[name] ?? item[name] ?? place));
  if (own === null) return formula;
  // A zero value can fall below nothing (rulebook 5.4).
  return share < 0 ? `${formula} < 0，得 0 分` : `${formula} = ${figure(score, 4)} 分`;
}

function verdict(unit) {
  const county = NAME;
  if (unit.treatment === "vetoed") return `${SHARED.veto_reasons[unit.veto_reason]}，不计分，直接列入 D 类，不占分档名额。`;
  const points = `综合得分 ${figure(unit.total_score, 4)} 分`;
  if (unit.treatment === "transition") {
    return `处于过渡期：计分，不分档，不占名额。${points}。${unit.veto_reason ? `另：${SHARED.veto_reasons[unit.veto_reason]}，过渡期内不否决。` : ""}`;
  }
  const classified = YEAR.class_count.find((row) => row.county_code === CODE).classified;
  return `在${county}参与分档的 ${figure(classified, 0)} 户企业中列第 ${figure(unit.rank, 0)} 位，${points}，评为 ${unit.class} 类。`;
}

/** How far the class borders above and below are, and what would reach the one above. */
function border(unit) {
  const [found] = behind("enterprise_border", unit);
  if (!found) return null;
  const lines = [];
  if (found.next_class) {
    lines.push(["升一等级", found.next_class_total === null ? `目前无法升入 ${found.next_class} 类。`
      : [`升入 ${found.next_class} 类需综合得分 ${figure(found.next_class_total, 4)} 分，还差 `, el("strong", {}, `${figure(found.points_missing, 4)} 分`), "。"]]);
    if (found.next_class_total !== null) {
      const reaching = behind("enterprise_diagnosis", unit).filter((row) => row.lifting_value !== null);
      reaching.sort((a, b) => (b.indicator === found.best_indicator) - (a.indicator === found.best_indicator));
      lines.push(["单独提高一项", reaching.length
        ? ["按今年标准值，其他不变，下列任一项达到所列数值即可：", el("ul", {}, reaching.map((row) =>
          el("li", {}, `${indicatorName(row.indicator)}由 ${measure(row.value)} 提高到 ${least(row.lifting_value)} ${indicatorUnit(row.indicator)}`)))]
        : "按今年标准值，仅提高单一指标不能达到。"]);
    }
  }
  if (found.lower_border_total !== null) {
    lines.push(["保持等级", `综合得分不低于 ${figure(found.lower_border_total, 4)} 分可保持 ${unit.class} 类，高出 ${figure(unit.total_score - found.lower_border_total, 4)} 分。`]);
  }
  const [firm] = behind("enterprise_firmness", unit);
  if (firm) {
    const said = firm.firmness === firm.scenarios ? ["kept"] : ["kept", "range"];
    const words = {...firm, class: unit.class};
    lines.push(["等级稳定性", `${said.map((code) => SHARED.sentences.firmness[code].text.replace(/\{(\w+)\}/g, (place, name) => words[name] ?? place)).join("；")}。`]);
  }
  return lines.length ? el("dl", {class: "border"}, lines.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text)))) : null;
}

function indicators(unit) {
  const diagnosis = Object.fromEntries(behind("enterprise_diagnosis", unit).map((row) => [row.indicator, row]));
  const items = behind("enterprise_item", unit);
  const order = Object.keys(SHARED.indicators);
  items.sort((a, b) => order.indexOf(a.indicator) - order.indexOf(b.indicator));
  const shown = items.length ? items : INDICATORS.map((indicator) => ({indicator, value: unit[indicator], tier: null}));
  const fractions = el("dl", {class: "workings"}, shown.map((item) => el("div", {},
    el("dt", {}, indicatorName(item.indicator)),
    el("dd", {},
      el("p", {}, fraction(unit, item.indicator), " = ", el("strong", {}, `${measure(item.value)} ${item.value === null ? "" : indicatorUnit(item.indicator)}`)),
      item.tier ? el("p", {class: "formula"}, `${item.tier}档：${scored(item)}`) : null))));
  if (!items.length) return block("指标", fractions);
  return [
    block("指标与本组比较", standing(`${unit.enterprise_name}各项指标与本组平均值、最高值相比`, items, "本企业"),
      tableOf("单项得分", [
        {label: "指标", text: (row) => [indicatorName(row.indicator), el("span", {class: "unit"}, `（${indicatorUnit(row.indicator)}）`)]},
        {label: "本企业", number: true, text: (row) => measure(row.value)},
        {label: "平均", number: true, wide: true, text: (row) => measure(row.standard_mean)},
        {label: "最高", number: true, wide: true, text: (row) => measure(row.standard_max)},
        ...(diagnosis[items[0].indicator] ? [
          {label: "组内位次", number: true, wide: true, text: (row) => figure(diagnosis[row.indicator].item_rank, 0)},
          {label: "上年", number: true, wide: true, text: (row) => measure(diagnosis[row.indicator].previous_value)},
          {label: "比上年", number: true, wide: true, text: (row) => growth(row.indicator, diagnosis[row.indicator].change)},
        ] : []),
        {label: "档次", text: (row) => el("span", {class: "nowrap"}, row.tier)},
        {label: "权数", number: true, wide: true, text: (row) => figure(row.weight, 0)},
        {label: "得分", number: true, text: (row) => figure(row.score, 4)},
        {label: "失分", number: true, text: (row) => figure(row.points_lost, 4)},
      ], items)),
    block("计算过程", fractions),
  ];
}

function points(unit) {
  const events = behind("enterprise_event", unit);
  const scored = unit.base_score !== null;
  return block("得分构成",
    scored ? el("p", {class: "sum"}, `指标得分 ${figure(unit.base_score, 4)} + 加分 ${figure(unit.bonus, 0)} − 减分 ${figure(unit.deduction, 0)} = `, el("strong", {}, figure(unit.total_score, 4))) : el("p", {}, "不计分。"),
    events.length ? tableOf("加分和减分事项", [
      {label: "事项", text: (row) => SHARED.events[row.type] ?? row.type},
      {label: "日期", text: (row) => day(row.happened_on)},
      {label: "文号", text: (row) => row.document ?? "—"},
      {label: "分值", number: true, text: (row) => (row.counted ? signed(row.kind === "honour" ? row.points : -Math.abs(row.points), 0) : "0")},
      {label: "是否计入", text: (row) => said(`${row.kind}_reason`, row.reason)},
      origins,
    ], events) : el("p", {class: "note"}, "没有加分、减分事项。"));
}

function land(unit) {
  const [sum] = behind("enterprise_land", unit);
  const parcels = behind("enterprise_parcel", unit);
  const contracts = behind("enterprise_contract", unit);
  const member = {label: "主体", wide: true, text: (row) => (row.member_uscc === unit.uscc ? "本企业" : row.member_uscc)};
  const merged = unit.members > 1 ? [member] : [];
  return block("用地",
    sum ? el("p", {class: "sum"},
      `登记 ${figure(sum.registered_m2)} + 承租 ${figure(sum.leased_in_m2)} − 出租 ${figure(sum.leased_out_m2)} − 未计入 ${figure(sum.not_counted_m2)} = ${figure(sum.computed_m2)} 平方米`) : null,
    sum && sum.confirmed_m2 !== null ? el("p", {class: "sum"}, `规划自然资源部门核定 ${figure(sum.confirmed_m2)} 平方米，${unit.members > 1 ? `有核定面积的主体以核定为准，合计 ${figure(sum.land_area_m2)} 平方米` : "以核定面积为准"}。`) : null,
    el("p", {class: "sum"}, "用地面积 ", el("strong", {}, unit.land_area_mu === null ? "无" : `${figure(unit.land_area_mu, 4)} 亩`)),
    parcels.length ? tableOf("宗地", [
      ...merged,
      {label: "不动产单元号", text: (row) => el("span", {class: "code"}, row.parcel_id)},
      {label: "用途", wide: true, text: (row) => SHARED.land_uses[row.land_use] ?? row.land_use},
      {label: "面积", unit: "平方米", number: true, text: (row) => figure(row.area_m2)},
      {label: "合同日期", wide: true, text: (row) => day(row.contract_date)},
      {label: "登记日期", wide: true, text: (row) => day(row.registered_on)},
      {label: "终止日期", wide: true, text: (row) => day(row.ended_on)},
      {label: "是否计入", text: (row) => said("parcel_reason", row.reason)},
      origins,
    ], parcels) : null,
    contracts.length ? tableOf("租赁、购买合同", [
      ...merged,
      {label: "合同编号", text: (row) => el("span", {class: "code"}, row.contract_id)},
      {label: "方式", text: (row) => (row.role === "lessor" ? "出" : "承") + (SHARED.tenures[row.tenure] === "租赁" ? "租" : `（${SHARED.tenures[row.tenure] ?? row.tenure}）`)},
      {label: "标的", wide: true, text: (row) => SHARED.object_types[row.object_type] ?? row.object_type},
      {label: "合同面积", unit: "平方米", number: true, wide: true, text: (row) => figure(row.area_m2)},
      {label: "折合用地", unit: "平方米", number: true, text: (row) => folded(row)},
      {label: "起止日期", wide: true, text: (row) => [day(row.starts_on), " 至 ", day(row.ends_on ?? "今")]},
      {label: "是否计入", text: (row) => said(`${row.role}_reason`, row.reason)},
      origins,
    ], contracts) : null);
}

/** The land of a contract; of a storey of a building with how it was folded. */
function folded(contract) {
  if (!contract.project_floor_area_m2 || contract.object_type !== "multi_storey") return figure(contract.land_m2);
  return el("span", {title: `${figure(contract.area_m2)} ÷ ${figure(contract.project_floor_area_m2)} × ${figure(contract.project_land_area_m2)}`}, figure(contract.land_m2));
}

function members(unit) {
  const rows = behind("enterprise_member", unit);
  if (rows.length < 2) return null;
  return block("合并评价的主体", tableOf("合并评价的主体", [
    {label: "名称", text: (row) => row.enterprise_name},
    {label: "代码", wide: true, text: (row) => el("span", {class: "code"}, row.uscc)},
    ...SHARED.columns.enterprise_member.filter((column) => column === "land_area_mu" || SHARED.amounts.includes(column)).map((column, place) => (
      {label: label(column), unit: unitOf(column), number: true, wide: place > 2, text: (row) => figure(row[column])})),
  ], rows, {many: true}));
}

/** The overall result of a group that the unit is a member of, without what the other members bring. */
function groups(unit) {
  const own = YEAR.group_member.filter((row) => row.county_code === CODE && row.uscc === unit.uscc);
  return own.map(({application_no: number}) => {
    const group = YEAR.group_result.find((row) => row.application_no === number);
    const items = YEAR.group_item.filter((row) => row.application_no === number);
    const order = Object.keys(SHARED.indicators);
    items.sort((a, b) => order.indexOf(a.indicator) - order.indexOf(b.indicator));
    const county = SHARED.counties[group.evaluating_county_code]?.name ?? group.evaluating_county_code;
    return block("集团总体评价结果",
      el("p", {}, `${group.group_name}（${figure(group.members, 0)} 个成员）按${county}企业的标准值计算：综合得分 ${figure(group.total_score, 4)} 分，`,
        group.would_be_rank === null ? "该区县没有参与分档的企业，不确定相当的名次和等级。" : `相当于第 ${figure(group.would_be_rank, 0)} 名、${group.class} 类；不占名额，各成员的结果不受影响。`),
      el("p", {class: "sum"}, `指标得分 ${figure(group.base_score, 4)} + 加分 ${figure(group.bonus, 0)} − 减分 ${figure(group.deduction, 0)} = `, el("strong", {}, figure(group.total_score, 4))),
      tableOf("集团单项得分", [
        {label: "指标", text: (row) => [indicatorName(row.indicator), el("span", {class: "unit"}, `（${indicatorUnit(row.indicator)}）`)]},
        {label: "集团", number: true, text: (row) => measure(row.value)},
        {label: "平均", number: true, wide: true, text: (row) => measure(row.standard_mean)},
        {label: "最高", number: true, wide: true, text: (row) => measure(row.standard_max)},
        {label: "档次", text: (row) => el("span", {class: "nowrap"}, row.tier)},
        {label: "权数", number: true, wide: true, text: (row) => figure(row.weight, 0)},
        {label: "得分", number: true, text: (row) => figure(row.score, 4)},
      ], items));
  });
}

/** The measures that follow from the unit's class. */
function following(unit) {
  const numbers = COUNTY.measure_target?.[unit.uscc];
  return numbers ? block("适用的措施", measureTable(YEAR.measure.filter((row) => numbers.includes(row.measure_no)), (row) => row.applied)) : null;
}

/** The figures as the departments delivered them, one table a file. */
function amounts(unit) {
  const rows = behind("enterprise_amount", unit).sort((a, b) => a.source - b.source || a.figure - b.figure);
  if (!rows.length) return null;
  const names = Object.fromEntries(behind("enterprise_member", unit).map((row) => [row.uscc, row.enterprise_name]));
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.source}/${row.member_uscc ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return block("数据来源", el("div", {class: "sources"}, [...groups.values()].map((group) => {
    const source = SHARED.sources[group[0].source];
    const who = group[0].member_uscc ? `（${names[group[0].member_uscc] ?? group[0].member_uscc}）` : "";
    return el("section", {},
      el("h3", {}, (SHARED.departments[source.department] ?? source.department) + who),
      el("p", {class: "origin"}, [source.source_file, source.source_sheet].filter(Boolean).join(" › ")),
      tableOf(`${source.source_file}所报数据`, [
        {label: "项目", text: (row) => SHARED.figures[row.figure].label_zh},
        {label: "所报数", number: true, text: (row) => exact(row.delivered)},
        {label: "单元格", text: (row) => el("span", {class: "code"}, row.place ?? "—")},
      ], group));
  })));
}

function drawCard(card, unit, order) {
  const at = order.indexOf(unit);
  const step = (other, text) => (other ? el("a", {href: `#${other.uscc}`, class: "step"}, text) : el("span", {class: "step off"}, text));
  const division = SHARED.divisions[unit.industry_code?.slice(0, 2)];
  const facts = [
    ["代码", el("span", {class: "code"}, unit.uscc)],
    ["行业", [unit.industry_code, division].filter(Boolean).join(" ") || "—"],
    ["评价区县", NAME],
    unit.home_county_code ? ["属地区县", SHARED.counties[unit.home_county_code]?.name ?? unit.home_county_code] : null,
    unit.previous_class ? ["上年等级", `${unit.previous_class} 类`] : null,
    unit.park_code ? ["园区", SHARED.parks[unit.park_code] ?? unit.park_code] : null,
  ].filter(Boolean);
  card.replaceChildren(
    el("nav", {class: "card-bar", "aria-label": "企业"},
      el("a", {href: "#", class: "step"}, "← 名单"),
      step(order[at - 1], "上一户"), step(order[at + 1], "下一户"),
      el("button", {type: "button", class: "step", onclick: () => print()}, "打印")),
    el("header", {class: "card-head"},
      el("div", {}, el("p", {class: "kicker"}, `${SHARED.year}年度亩均效益综合评价（${SHARED.stage_zh}）`),
        el("h1", {id: "card-title"}, unit.enterprise_name),
        el("dl", {class: "facts"}, facts.map(([name, text]) => el("div", {}, el("dt", {}, name), el("dd", {}, text))))),
      el("p", {class: `grade class-${unit.class ?? "none"}`}, el("span", {class: "grade-class"}, unit.class ?? "—"), el("span", {class: "grade-text"}, unit.class ? "类" : SHARED.treatments[unit.treatment]))),
    el("p", {class: "verdict"}, verdict(unit)),
    border(unit) ?? "",
    ...[indicators(unit), points(unit), land(unit), members(unit), groups(unit), following(unit), amounts(unit)].flat().filter(Boolean),
  );
}
