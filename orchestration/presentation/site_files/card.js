// The sheet of an enterprise (一企一单): the card of a county's page, each card of its print file, and what
// `mujun explain --html` writes. It draws the rows of COUNTY under the words of SHARED; it decides nothing, and
// computes only how many decimals a line of arithmetic needs to come out to the published figure.
"use strict";

const CODE = document.body.dataset.county;
const NAME = SHARED.counties[CODE].name;

/** The indicators of enterprises, in the order of the method. */
const INDICATORS = Object.keys(SHARED.indicators).filter((code) => SHARED.columns.enterprise_result.includes(code));
const byIndicator = (rows) => Object.fromEntries(rows.map((row) => [row.indicator, row]));
const inOrderOfMethod = (rows) => Object.keys(SHARED.indicators).flatMap((code) => rows.filter((row) => row.indicator === code));
const STANDARDS = byIndicator(rowsOf("standard", COUNTY.standard));
/** The standards of an indicator, under the names that they have beside an item. */
function standardsOf(indicator) {
  const {n = 0, max = null, mean = null, min = null} = STANDARDS[indicator] ?? {};
  return {n, standard_max: max, standard_mean: mean, standard_min: min};
}

const SOURCES = Object.fromEntries(rowsOf("source", COUNTY.source).map((row) => [row.source, row]));

/** The rows of a table behind a unit, as objects. */
const behind = (name, unit) => rowsOf(name, COUNTY[name]?.[unit.uscc]);

/** What the release says of a code, figures of a row put in. */
function sentence(subject, code, figures = {}) {
  const text = SHARED.sentences[subject]?.[code]?.text ?? code ?? "—";
  return text.replace(/\{(\w+)\}/g, (place, name) => figures[name] ?? place);
}

/** The same with the clause of the policy behind it. */
function said(subject, code, figures = {}) {
  const clause = SHARED.sentences[subject]?.[code]?.clause;
  return [sentence(subject, code, figures), clause ? el("span", {class: "unit clause"}, `（${clause}）`) : null];
}

/** A day in Chinese. */
function inChinese(date) {
  const [year, month, of] = date.split("-").map(Number);
  return `${year}年${month}月${of}日`;
}

/** File, sheet and row or cell that a row came from. */
function origin(row) {
  return [row.source_file, row.source_sheet, row.source_cell ?? row.source_row_key].filter(Boolean).join(" › ") || "—";
}

const origins = {label: "来源", wide: true, text: (row) => el("span", {class: "origin"}, origin(row))};
const indicatorColumn = {label: "指标", text: (row) => [indicatorName(row.indicator), el("span", {class: "unit"}, `（${indicatorUnit(row.indicator)}）`)]};

function block(title, ...content) {
  const shown = content.flat(Infinity).filter(Boolean);
  return shown.length ? el("section", {}, el("h2", {}, title), shown) : null;
}

/** Labels and what stands behind them. */
function facts(name, lines) {
  return el("dl", {class: name}, lines.filter(Boolean).map(([label, ...text]) => el("div", {}, el("dt", {}, label), el("dd", {}, text))));
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
  const formula = sentence("because", item.because, {...item, value, value_from: from, value_to: to});
  if (own === null) return formula;
  // A zero value can fall below nothing (rulebook 5.4).
  return share < 0 ? `${formula} < 0，得 0 分` : `${formula} = ${figure(score, 4)} 分`;
}

const points = (value) => figure(value, 4);
const signedPoints = (value) => signed(value, 4);

/** Class, score and place in a sentence or two, what ends a veto, and whom a member was merged into. */
function verdict(unit, asked) {
  const [target] = behind("enterprise_member", unit);
  const transition = SHARED.transitions[target.transition_type] ?? target.transition_type;
  const since = target.suspended_since ? inChinese(target.suspended_since) : null;
  const veto = unit.veto_reason ? sentence("veto_reason", unit.veto_reason, {suspended_since: since}) : null;
  const lines = [];
  if (asked && asked !== unit.uscc) lines.push(said("sheet", "merged", {asked, enterprise_name: unit.enterprise_name}));
  if (unit.treatment === "vetoed") {
    lines.push(said("sheet", "vetoed", {veto}), [el("strong", {}, "解除否决："), said("veto_ends", unit.veto_reason)]);
  } else if (unit.treatment === "transition") {
    lines.push(said("sheet", "transition", {...target, transition, transition_since: inChinese(target.transition_since), total_score: points(unit.total_score)}));
    if (veto) lines.push(said("sheet", "transition_veto", {veto}));
  } else {
    const {classified} = YEAR.class_count.find((row) => row.county_code === CODE);
    if (target.transition_type) lines.push(said("sheet", "transition_over", {transition}));
    lines.push(said("sheet", "classified", {county_name: NAME, classified: figure(classified, 0), rank: figure(unit.rank, 0), total_score: points(unit.total_score), class: unit.class}));
  }
  return el("div", {class: "verdict"}, lines.map((line) => el("p", {}, line)));
}

/** How far the class borders above and below are, what would reach the one above, and how firm the class is. */
function border(unit) {
  const [found] = behind("enterprise_border", unit);
  if (!found) return null;
  const counts = YEAR.class_count.find((row) => row.county_code === CODE);
  const lasts = {A: counts.last_a, B: counts.last_b, C: counts.last_c};
  const first = Math.max(0, ...Object.keys(lasts).filter((cls) => cls < unit.class).map((cls) => lasts[cls])) + 1;
  const words = {...unit, ...found, first, last: lasts[unit.class]};
  for (const name of ["next_class_total", "points_missing", "lower_border_total"]) words[name] = points(found[name]);
  words.spare = points(unit.total_score - found.lower_border_total);
  const lines = [["本等级名次", said("sheet", words.last ? "ranks" : "ranks_from", words)]];
  if (found.next_class_total === null) lines.push(["升一等级", sentence("sheet", unit.class === "A" ? "best" : "no_room")]);
  else {
    const reaching = behind("enterprise_diagnosis", unit).filter((row) => row.lifting_value !== null);
    reaching.sort((a, b) => (b.indicator === found.best_indicator) - (a.indicator === found.best_indicator));
    lines.push(["升一等级", said("sheet", "lift", words)],
      ["单独提高一项", said("sheet", reaching.length ? "lift_by" : "lift_none", words),
        reaching.length ? el("ul", {}, reaching.map((row) =>
          el("li", {}, `${indicatorName(row.indicator)}由 ${measure(unit[row.indicator])} 提高到 ${least(row.lifting_value)} ${indicatorUnit(row.indicator)}`))) : null]);
  }
  lines.push(["保持等级", sentence("sheet", found.lower_border_total !== null ? "keep" : unit.class === "D" ? "lowest" : "keep_none", words)]);
  const [firm] = behind("enterprise_firmness", unit);
  if (firm) {
    const codes = firm.firmness === firm.scenarios ? ["kept"] : ["kept", "range"];
    lines.push(["等级稳定性", codes.map((code) => sentence("firmness", code, {...firm, class: unit.class})).join("；")]);
  }
  return facts("border", lines);
}

/** Every indicator against its group, in one table; and how value and score come about. */
function indicators(unit) {
  const diagnosis = byIndicator(behind("enterprise_diagnosis", unit));
  const items = byIndicator(behind("enterprise_item", unit));
  const rows = INDICATORS.map((indicator) => ({indicator, value: unit[indicator], ...standardsOf(indicator), ...diagnosis[indicator], ...items[indicator]}));
  const scoredToo = unit.total_score !== null;
  const compared = rows.some((row) => row.previous_value !== null && row.previous_value !== undefined);
  const workings = facts("workings", rows.map((row) => [indicatorName(row.indicator),
    el("p", {}, fraction(unit, row.indicator), " = ", el("strong", {}, `${measure(row.value)} ${row.value === null ? "" : indicatorUnit(row.indicator)}`)),
    row.tier ? el("p", {class: "formula"}, `${row.tier}档（${SHARED.because[row.because] ?? row.because}）：${scored(row)}`) : null]));
  return [
    block("指标、标准值与得分", scoredToo ? null : el("p", {}, said("sheet", "not_scored")),
      tableOf("各项指标、本组标准值与得分", [
        indicatorColumn,
        {label: "本企业", number: true, text: (row) => el("strong", {}, measure(row.value))},
        {label: "与本组比较", wide: true, mark: true, text: scale},
        {label: "最高", number: true, wide: true, text: (row) => measure(row.standard_max)},
        {label: "平均", number: true, wide: true, text: (row) => measure(row.standard_mean)},
        {label: "最小正值", number: true, wide: true, text: (row) => measure(row.standard_min)},
        {label: "本组户数", number: true, wide: true, text: (row) => figure(row.n, 0)},
        ...(scoredToo ? [
          {label: "位次", number: true, wide: true, text: (row) => (row.item_rank ? `${figure(row.item_rank, 0)}/${figure(row.ranked, 0)}` : "—")},
          {label: "档次", text: (row) => el("span", {class: "nowrap"}, row.tier)},
          {label: "权数", number: true, wide: true, text: (row) => figure(row.weight, 0)},
          {label: "得分", number: true, text: (row) => points(row.score)},
          {label: "失分", number: true, wide: true, text: (row) => points(row.points_lost)},
        ] : []),
        ...(compared ? [
          {label: "上年", number: true, wide: true, text: (row) => measure(row.previous_value)},
          {label: "比上年", number: true, wide: true, text: (row) => growth(row.indicator, row.change ?? null)},
        ] : []),
      ], rows), el("p", {class: "note"}, `色条为本企业，${SCALE_NOTE}`)),
    block("计算过程", workings),
  ];
}

/** Why the total is another than last year's: in points that add up, what is the unit's own and what is not. */
function moved(unit) {
  const [move] = behind("enterprise_move", unit);
  if (!move) return null;
  const title = "上年得分与变动原因";
  if (move.reason) return block(title, el("p", {}, said("move_reason", move.reason)));
  const parts = Object.keys(SHARED.move_parts);
  const items = inOrderOfMethod(behind("enterprise_move_item", unit));
  const others = move.change - move.own;
  return block(title,
    el("p", {}, said("sheet", "moved", {previous: points(move.previous_total_score), total: points(move.total_score), change: signedPoints(move.change), own: signedPoints(move.own), others: signedPoints(others)})),
    move.members_changed ? el("p", {class: "note"}, said("sheet", "members_changed")) : null,
    tableOf("得分变动", [
      {label: "指标", text: (row) => row.name},
      {label: "上年得分", number: true, text: (row) => points(row.previous_score)},
      {label: "本年得分", number: true, text: (row) => points(row.score)},
      {label: "变动", number: true, text: (row) => signedPoints(row.change)},
      ...parts.map((part) => ({label: SHARED.move_parts[part], number: true, wide: true, text: (row) => (row[part] === undefined ? "" : signedPoints(row[part]))})),
    ], [...items.map((row) => ({...row, name: indicatorName(row.indicator)})),
      {...move, name: el("strong", {}, "综合得分"), previous_score: move.previous_total_score, score: move.total_score}]));
}

/** Base score, bonus and deduction, and the events behind them. */
function total(unit) {
  const events = behind("enterprise_event", unit);
  const scores = inOrderOfMethod(behind("enterprise_item", unit)).map((item) => points(item.score));
  return block("得分构成",
    unit.total_score === null ? null : facts("sums", [
      ["指标得分", `${scores.join(" + ")} = ${points(unit.base_score)} 分`],
      ["综合得分", `指标得分 ${points(unit.base_score)} + 加分 ${figure(unit.bonus, 0)} − 减分 ${figure(unit.deduction, 0)} = `, el("strong", {}, points(unit.total_score)), " 分"],
    ]),
    events.length ? tableOf("加分和减分事项", [
      {label: "事项", text: (row) => SHARED.events[row.type] ?? row.type},
      {label: "日期", text: (row) => day(row.happened_on)},
      {label: "文号", text: (row) => row.document ?? "—"},
      {label: "分值", number: true, text: (row) => (row.counted ? signed(row.kind === "honour" ? row.points : -Math.abs(row.points), 0) : "0")},
      {label: "是否计入", text: (row) => said(`${row.kind}_reason`, row.reason)},
      origins,
    ], events) : unit.total_score === null ? null : el("p", {class: "note"}, "没有加分、减分事项。"));
}

function land(unit) {
  const [sum] = behind("enterprise_land", unit);
  const parcels = behind("enterprise_parcel", unit);
  const contracts = behind("enterprise_contract", unit);
  const members = Object.fromEntries(behind("enterprise_member", unit).map((row) => [row.uscc, row.enterprise_name]));
  const merged = unit.members > 1 ? [{label: "主体", wide: true, text: (row) => members[row.member_uscc] ?? row.member_uscc}] : [];
  const computed = sum && sum.computed_m2 !== null
    ? `登记 ${exact(sum.registered_m2)} + 承租 ${exact(sum.leased_in_m2)} − 出租 ${exact(sum.leased_out_m2)} − 未计入 ${exact(sum.not_counted_m2)} = ${exact(sum.computed_m2)} 平方米` : null;
  return block("用地",
    unit.land_area_mu === null ? el("p", {}, said("sheet", "no_land")) : facts("sums", [
      computed ? ["按登记和合同", computed] : null,
      sum.confirmed_m2 === null ? null : ["核定面积", `${exact(sum.confirmed_m2)} 平方米，规划自然资源部门核定的${unit.members > 1 ? "主体" : ""}以核定为准`],
      ["用地面积", `${exact(sum.land_area_m2)} 平方米 × ${SHARED.mu_of_m2} = `, el("strong", {}, `${exact(unit.land_area_mu)} 亩`)],
    ]),
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
      {label: "方式", text: (row) => `${row.role === "lessor" ? "出让（租）方" : "承租（购）方"}，${SHARED.tenures[row.tenure] ?? row.tenure}`},
      {label: "标的", wide: true, text: (row) => SHARED.object_types[row.object_type] ?? row.object_type},
      {label: "折合用地", unit: "平方米", number: true, text: folded},
      {label: "起止日期", wide: true, text: (row) => [day(row.starts_on), " 至 ", day(row.ends_on ?? "今")]},
      {label: "是否计入", text: (row) => said(`${row.role}_reason`, row.reason)},
      origins,
    ], contracts) : null);
}

/** The land of a contract; of a storey of a building with how it was folded. */
function folded(contract) {
  const land = figure(contract.land_m2);
  if (!contract.project_floor_area_m2 || contract.object_type !== "multi_storey") return land;
  return [land, el("span", {class: "unit working"}, `${exact(contract.area_m2)} ÷ ${exact(contract.project_floor_area_m2)} × ${exact(contract.project_land_area_m2)}`)];
}

function members(unit) {
  const rows = behind("enterprise_member", unit);
  if (rows.length < 2) return null;
  return block("合并评价的主体", tableOf("合并评价的主体", [
    {label: "名称", text: (row) => row.enterprise_name},
    {label: "代码", text: (row) => el("span", {class: "code nowrap"}, row.uscc)},
    {label: "合并原因", wide: true, text: (row) => SHARED.merge_reasons[row.merge_reason] ?? "—"},
    ...SHARED.columns.enterprise_member.filter((column) => column === "land_area_mu" || SHARED.amounts.includes(column)).map((column) => (
      {label: label(column), unit: unitOf(column), number: true, wide: true, text: (row) => figure(row[column])})),
  ], rows, {many: true}));
}

/** The overall result of a group; in full for its company, to its other members what is public. */
function groupBlock(group, inFull) {
  const county = SHARED.counties[group.evaluating_county_code]?.name ?? group.evaluating_county_code;
  const approved = `，${group.approved_by} ${inChinese(group.approved_on)}批准`;
  const stands = group.class === null ? "no_class" : inFull ? "as_class" : "as_class_only";
  const title = `集团总体评价结果（${group.application_no}）`;
  if (!inFull) return block(title, el("p", {}, `${group.group_name}按${county}企业的标准值评价${approved}：`, said("sheet", stands, group)));
  const items = inOrderOfMethod(YEAR.group_item.filter((row) => row.application_no === group.application_no));
  const members = YEAR.group_member.filter((row) => row.application_no === group.application_no);
  return block(title,
    el("p", {}, `${group.group_name}（${figure(group.members, 0)} 个成员）按${county}企业的标准值评价${approved}：综合得分 ${points(group.total_score)} 分，`, said("sheet", stands, group)),
    facts("sums", [
      ["指标得分", `${items.map((row) => points(row.score)).join(" + ")} = ${points(group.base_score)} 分`],
      ["综合得分", `指标得分 ${points(group.base_score)} + 加分 ${figure(group.bonus, 0)} − 减分 ${figure(group.deduction, 0)} = `, el("strong", {}, points(group.total_score)), " 分"],
    ]),
    members.length > 1 ? tableOf("成员", [
      {label: "成员", text: (row) => row.enterprise_name},
      {label: "代码", text: (row) => el("span", {class: "code nowrap"}, row.uscc)},
      {label: "评价区县", text: (row) => SHARED.counties[row.county_code]?.name ?? row.county_code},
      {label: "自身等级", text: (row) => badge(row.class, row.treatment)},
      {label: "自身得分", number: true, text: (row) => points(row.total_score)},
    ], members) : null,
    tableOf("集团单项得分", [
      indicatorColumn,
      {label: "集团", number: true, text: (row) => measure(row.value)},
      {label: "计算", wide: true, text: (row) => fraction(group, row.indicator)},
      {label: "最高", number: true, wide: true, text: (row) => measure(row.standard_max)},
      {label: "平均", number: true, wide: true, text: (row) => measure(row.standard_mean)},
      {label: "最小正值", number: true, wide: true, text: (row) => measure(row.standard_min)},
      {label: "档次", text: (row) => el("span", {class: "nowrap"}, row.tier)},
      {label: "权数", number: true, wide: true, text: (row) => figure(row.weight, 0)},
      {label: "得分", number: true, text: (row) => points(row.score)},
    ], items));
}

/** The overall results of the groups that the unit is a member of. */
function groups(unit) {
  const own = YEAR.group_member.filter((row) => row.county_code === CODE && row.uscc === unit.uscc);
  return own.map(({application_no: number}) => {
    const group = YEAR.group_result.find((row) => row.application_no === number);
    return group ? groupBlock(group, group.group_uscc === unit.uscc) : null;
  });
}

/** What the checks found about the unit, and what of it was waived and why. */
function findings(unit) {
  const rows = behind("finding", unit);
  return rows.length ? block("核对发现的问题", tableOf("核对发现的问题", [
    {label: "规则", text: (row) => el("span", {class: "nowrap"}, row.rule_id)},
    {label: "级别", text: (row) => el("span", {class: "nowrap"}, SHARED.severities[row.severity] ?? row.severity)},
    {label: "问题", text: (row) => row.message},
    {label: "豁免", text: (row) => (row.waived ? `已豁免：${row.waiver_reason}` : "—")},
  ], rows, {rowHeader: 0})) : null;
}

function objections(unit) {
  const rows = behind("objection", unit);
  return rows.length ? block("异议", tableOf("对公示结果的异议", [
    {label: "编号", text: (row) => el("span", {class: "code"}, row.objection_no)},
    {label: "收到日期", wide: true, text: (row) => day(row.received_on)},
    {label: "事项", text: (row) => SHARED.subjects[row.subject] ?? row.subject},
    {label: "主张", text: (row) => row.claim},
    {label: "处理", text: (row) => el("span", {class: "nowrap"}, SHARED.decisions[row.decision] ?? "尚未处理")},
    {label: "答复", wide: true, text: (row) => row.reply ?? "—"},
    {label: "答复日期", wide: true, text: (row) => day(row.decided_on)},
  ], rows)) : null;
}

/** The measures that follow from the unit's class. */
function following(unit) {
  const numbers = behind("measure_target", unit).map((row) => row.measure_no);
  return numbers.length ? block("适用的措施", measureTable(YEAR.measure.filter((row) => numbers.includes(row.measure_no)), null)) : null;
}

/** The amounts of the unit as sums of what was delivered, in the delivered unit and in the published one. */
function sums(unit, deliveries) {
  return facts("sums", SHARED.amounts.filter((code) => code in unit).map((code) => {
    if (unit[code] === null) return [label(code), "没有数据"];
    // Row by row of the files.
    const rows = deliveries.filter((row) => !row.left_out)
      .map((row) => row.amounts.filter(([figure]) => SHARED.figures[figure].measure === code)).filter((row) => row.length);
    if (!rows.length) return null;
    const published = `${exact(unit[code])} ${unitOf(code)}`;
    const parts = rows.map((row) => row.reduce((sum, [, delivered]) => sum + delivered, 0));
    const all = parts.reduce((sum, part) => sum + part, 0);
    if (code === "average_headcount") return [label(code), `各月平均人数之和 ${exact(all)} ÷ ${new Set(rows.flat().map(([figure]) => figure)).size} = ${published}`];
    const given = SHARED.figures[rows[0][0][0]].unit;
    const sides = [`${parts.map((part) => (part < 0 ? `(${exact(part)})` : exact(part))).join(" + ")} ${given}`];
    if (parts.length > 1) sides.push(`${exact(all)} ${given}`);
    if (given !== unitOf(code)) sides.push(published);
    return [label(code), sides.join(" = ")];
  }));
}

/** The figures as the departments delivered them, one table a row of a file. */
function amounts(unit) {
  const deliveries = behind("delivery", unit)
    .map((row) => ({...row, amounts: SOURCES[row.source].figures.map((figure, place) => [figure, row.amounts[place]])}));
  if (!deliveries.length) return null;
  const names = Object.fromEntries(behind("enterprise_member", unit).map((row) => [row.uscc, row.enterprise_name]));
  const emits = deliveries.some((row) => row.amounts.some(([figure]) => SHARED.figures[figure].measure === "emissions"));
  return block("数据来源", sums(unit, deliveries),
    el("div", {class: "sources"}, deliveries.map((delivery) => {
      const source = SOURCES[delivery.source];
      const who = delivery.member_uscc ? `（${names[delivery.member_uscc] ?? delivery.member_uscc}）` : "";
      const place = (figure) => [source.letters[figure], delivery.line].filter(Boolean).join("");
      return el("section", {},
        el("h3", {}, (SHARED.departments[source.department] ?? source.department) + who),
        el("p", {class: "origin"}, [source.source_file, source.source_sheet].filter(Boolean).join(" › ")),
        tableOf(`${source.source_file}所报数据`, [
          {label: "项目", text: ([figure]) => [SHARED.figures[figure].label_zh, delivery.left_out ? el("span", {class: "unit"}, `（${sentence("sheet", "left_out")}）`) : null]},
          {label: "所报数", number: true, text: ([, delivered]) => exact(delivered)},
          {label: "单位", text: ([figure]) => el("span", {class: "unit"}, SHARED.figures[figure].unit)},
          {label: "单元格", text: ([figure]) => el("span", {class: "code"}, place(figure))},
        ], delivery.amounts));
    })),
    emits ? el("p", {class: "note"}, `${SHARED.labels.county_result.emissions}${sentence("sheet", "territories_only")}。`) : null);
}

/** Where all of it comes from. */
const basis = () => el("p", {class: "note basis"}, `依据：${SHARED.edition}；统计截止日 ${SHARED.cut_off}；发布编号 ${SHARED.year}/${SHARED.release}。${SHARED.draft_mark ? `${SHARED.draft_mark}。` : ""}`);

/** The head of a sheet: whose it is, and its class. */
function sheetHead(name, lines, cls, treatment) {
  return el("header", {class: "card-head"},
    el("div", {}, el("p", {class: "kicker"}, `${SHARED.year}年度制造业亩均效益综合评价一企一单（${SHARED.stage_zh}）`), el("h1", {}, name), facts("facts", lines)),
    el("p", {class: `grade class-${cls ?? "none"}`}, el("span", {class: "grade-class"}, cls ?? "—"), el("span", {class: "grade-text"}, cls ? "类" : treatment)));
}

/** The sheet of a group whose company is not evaluated itself. */
function groupSheet() {
  const [{group_name: name, group_uscc: uscc}] = YEAR.group_result;
  const only = YEAR.group_result.length === 1 ? YEAR.group_result[0].class : null;
  return [sheetHead(name, [["代码", el("span", {class: "code"}, uscc)]], only, "集团"), ...YEAR.group_result.map((group) => groupBlock(group, true)), basis()];
}

/** The whole sheet of a unit, as elements; `asked` is the code of the member that looks itself up. */
function sheetOf(unit, asked = null) {
  const division = SHARED.divisions[unit.industry_code?.slice(0, 2)];
  const lines = [
    ["代码", el("span", {class: "code"}, unit.uscc)],
    ["行业", [unit.industry_code, division].filter(Boolean).join(" ") || "—"],
    ["评价区县", NAME],
    unit.home_county_code ? ["属地区县", SHARED.counties[unit.home_county_code]?.name ?? unit.home_county_code] : null,
    unit.park_code ? ["园区", SHARED.parks[unit.park_code] ?? unit.park_code] : null,
    unit.previous_class || unit.previous_total_score !== null
      ? ["上年", [unit.previous_class ? `${unit.previous_class} 类` : null, unit.previous_total_score === null ? null : `${points(unit.previous_total_score)} 分`].filter(Boolean).join("，")] : null,
  ];
  return [
    sheetHead(unit.enterprise_name, lines, unit.class, SHARED.treatments[unit.treatment]),
    verdict(unit, asked),
    border(unit),
    moved(unit), indicators(unit), total(unit), land(unit), members(unit), groups(unit), findings(unit), objections(unit), following(unit), amounts(unit),
    basis(),
  ].flat(Infinity).filter(Boolean);
}
