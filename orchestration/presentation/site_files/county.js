// A county: how it stands in its region, and the list of the enterprises that it evaluates. The address of a card
// is the code of its enterprise after #, so that it can be linked to and the browser's “back” works.
"use strict";

const main = document.getElementById("main");
const list = el("div", {id: "list"});
const card = el("article", {id: "card", class: "card", hidden: true, tabindex: "-1", "aria-labelledby": "card-title"});
const UNITS = rowsOf("enterprise_result", COUNTY.enterprise_result);
let inOrder = UNITS;

/** The members of a unit beside itself. */
const others = (unit) => (unit.members > 1 ? behind("enterprise_member", unit).filter((row) => row.uscc !== unit.uscc) : []);

function summary() {
  const result = YEAR.county_result.find((row) => row.county_code === CODE);
  const counts = YEAR.class_count.find((row) => row.county_code === CODE);
  const region = SHARED.regions[SHARED.counties[CODE].region];
  const parts = [
    el("p", {class: "crumbs"}, el("a", {href: `${ROOT}/index.html`}, "全市"), " › ", region),
    el("h1", {}, NAME),
  ];
  if (result) {
    const items = YEAR.county_item.filter((row) => row.county_code === CODE);
    const order = Object.keys(SHARED.indicators);
    items.sort((a, b) => order.indexOf(a.indicator) - order.indexOf(b.indicator));
    const diagnosis = Object.fromEntries(YEAR.county_diagnosis.filter((row) => row.county_code === CODE).map((row) => [row.indicator, row]));
    const figures = [
      [`${region}名次`, figure(result.rank, 0), ""],
      result.total_score === null ? ["综合得分", notPublic(), ""] : ["综合得分", figure(result.total_score, 2), "分"],
      [label("enterprises", "county_result"), figure(result.enterprises, 0), "户"],
      [label("land_area_mu", "county_result"), figure(result.land_area_mu, 0), "亩"],
      [label("value_added", "county_result"), figure(result.value_added, 0), "万元"],
      [label("tax", "county_result"), figure(result.tax, 0), "万元"],
    ];
    parts.push(
      el("dl", {class: "figures"}, figures.map(([name, value, unit]) => el("div", {}, el("dt", {}, name), el("dd", {}, value, el("span", {class: "unit"}, unit))))),
      el("div", {class: "halves"},
        el("div", {}, el("h2", {}, `与${region}相比`), standing(`${NAME}各项指标与${region}平均值、最高值相比`, items, "本区县")),
        el("div", {}, el("h2", {}, "单项得分"), tableOf(`${NAME}单项得分`, [
          {label: "指标", text: (row) => indicatorName(row.indicator)},
          {label: "指标值", number: true, text: (row) => measure(row.value)},
          {label: "档次", text: (row) => (row.tier === null ? notPublic() : el("span", {class: "nowrap"}, row.tier))},
          {label: "得分", number: true, text: (row) => (row.score === null ? notPublic() : figure(row.score, 4))},
          {label: "权数", number: true, text: (row) => figure(row.weight, 0)},
          ...(Object.keys(diagnosis).length ? [{label: "比上年", number: true, text: (row) => growth(row.indicator, diagnosis[row.indicator].change)}] : []),
        ], items), el("p", {class: "note"}, sumOfScores(result)))));
  }
  if (counts) {
    parts.push(el("h2", {}, "分档结果"), classBars(`${NAME}各等级企业户数`, [{name: NAME, counts: byClass(counts)}], {thick: true}));
  }
  return el("section", {class: "overview"}, parts);
}

/** How the total came about; what a county's own package leaves out of it, and why. */
function sumOfScores(result) {
  if (result.total_score === null) return `${SHARED.sentences.territory_sheet.withheld.text}。`;
  return `指标得分 ${figure(result.base_score, 4)} − 减分 ${figure(result.deduction, 0)} = 综合得分 ${figure(result.total_score, 4)}`;
}

/** All sheets in one page: beside this one, or of several counties in a folder of their own. */
const printFile = () => (document.body.dataset.alone ? "print.html" : `../print/${CODE}.html`);

/** What a person may search an enterprise by. */
function words(unit) {
  return [unit.enterprise_name, unit.uscc, unit.industry_code, SHARED.divisions[unit.industry_code?.slice(0, 2)], SHARED.parks[unit.park_code], ...others(unit).flatMap((row) => [row.enterprise_name, row.uscc])].join(" ").toUpperCase();
}

function enterprises() {
  const searched = new Map(UNITS.map((unit) => [unit, words(unit)]));
  const value = (column) => (unit) => unit[column];
  const columns = [
    {key: "rank", label: "名次", number: true, ascending: true, value: value("rank"), text: (unit) => figure(unit.rank, 0)},
    {key: "enterprise_name", label: "企业名称", value: value("enterprise_name"), text: (unit) => el("a", {href: `#${unit.uscc}`}, unit.enterprise_name)},
    {key: "class", label: "等级", value: value("class"), text: (unit) => badge(unit.class, unit.treatment)},
    {key: "total_score", label: "综合得分", number: true, value: value("total_score"), text: (unit) => figure(unit.total_score, 4)},
    {key: "industry", label: "行业", wide: true, value: value("industry_code"), text: (unit) => SHARED.divisions[unit.industry_code?.slice(0, 2)] ?? unit.industry_code ?? "—"},
    {key: "land_area_mu", label: label("land_area_mu"), unit: "亩", number: true, wide: true, value: value("land_area_mu"), text: (unit) => figure(unit.land_area_mu, 2)},
    ...INDICATORS.map((code) => ({key: code, label: indicatorName(code), unit: indicatorUnit(code), number: true, wide: true, value: value(code), text: (unit) => measure(unit[code])})),
  ];
  const shown = table(`${NAME}企业评价结果`, columns, UNITS, {sort: true, many: true, rowHeader: 1, empty: "没有符合条件的企业"});
  const count = el("p", {class: "count", role: "status", id: "count"});
  const input = el("input", {type: "search", id: "search", placeholder: "名称、代码、行业或园区", "aria-label": `在${NAME}的企业中查找`, "aria-controls": "enterprises"});
  const choices = [["", "全部"], ...CLASSES.map((cls) => [cls, cls]), ["transition", SHARED.treatments.transition]];
  const filter = el("fieldset", {class: "chips"}, el("legend", {}, "等级"), choices.map(([code, zh]) =>
    el("label", {}, el("input", {type: "radio", name: "class", value: code, checked: code === ""}), el("span", {}, zh))));
  function narrow() {
    const wanted = input.value.trim().toUpperCase().split(/\s+/);
    const cls = filter.querySelector("input:checked").value;
    const some = UNITS.filter((unit) => (!cls || unit.class === cls || unit.treatment === cls) && wanted.every((word) => searched.get(unit).includes(word)));
    inOrder = some;
    shown.show(some);
    count.textContent = `${figure(some.length, 0)} 户${some.length < UNITS.length ? `，共 ${figure(UNITS.length, 0)} 户` : ""}`;
  }
  input.addEventListener("input", narrow);
  filter.addEventListener("change", narrow);
  narrow();
  shown.element.id = "enterprises";
  return el("section", {}, el("h2", {}, "企业名单"), el("div", {class: "controls"}, input, filter, count), shown.element,
    el("p", {class: "note hint"}, "点企业名称看其一企一单；点表头排序；并入其他企业的，按自己的名称、代码也能查到。",
      el("a", {href: printFile()}, "全部一企一单（供打印）")));
}

/** The measures that enterprises, parks of the county, or it itself are given, and how many of them. */
function measures() {
  const given = Object.fromEntries(YEAR.measured.filter((row) => row.county_code === CODE).map((row) => [row.measure_no, row.targets]));
  const rows = YEAR.measure.filter((row) => given[row.measure_no]);
  return rows.length ? el("section", {}, el("h2", {}, "差别化措施"), measureTable(rows, (row) => given[row.measure_no])) : null;
}

/** Last year's C and D and what became of each (意见 三(四)8). */
function improvement() {
  const rows = rowsOf("improvement_progress", COUNTY.improvement_progress);
  if (!rows.length) return null;
  const named = (row) => {
    if (row.unit_county_code === CODE) return el("a", {href: `#${row.unit_uscc}`}, row.enterprise_name);
    // A county's package has no page of another county.
    if (row.gone || document.body.dataset.alone) return row.enterprise_name;
    return el("a", {href: `${row.unit_county_code}.html#${row.unit_uscc}`}, row.enterprise_name);
  };
  return el("section", {}, el("h2", {}, "提质增效台账"), el("p", {class: "note"}, "上年C类、D类和列入计划的企业：措施、进展和本年等级。"),
    tableOf(`${NAME}提质增效台账`, [
      {label: "企业名称", text: named},
      {label: "上年等级", text: (row) => (row.previous_class ? badge(row.previous_class) : "—")},
      {label: "处置类别", wide: true, text: (row) => SHARED.batches[row.batch] ?? "—"},
      {label: "措施内容", wide: true, text: (row) => row.plan ?? "—"},
      {label: "责任单位", wide: true, text: (row) => row.responsible ?? "—"},
      {label: "完成期限", wide: true, text: (row) => day(row.due_on)},
      {label: "进展", text: (row) => [el("span", {class: "nowrap"}, SHARED.statuses[row.status] ?? "—"), row.overdue ? el("strong", {class: "down nowrap"}, "（逾期）") : null]},
      {label: "本年等级", text: (row) => (row.gone ? "退出" : badge(row.class, row.treatment))},
      {label: "升降", text: (row) => el("span", {class: "nowrap"}, SHARED.moves[row.moved] ?? "—")},
    ], rows));
}

let opened = null;
let scrolled = 0;

/** The bar above a card, and the card. */
function drawCard(unit, order, asked) {
  const at = order.indexOf(unit);
  const step = (other, text) => (other ? el("a", {href: `#${other.uscc}`, class: "step"}, text) : el("span", {class: "step off"}, text));
  card.replaceChildren(
    el("nav", {class: "card-bar", "aria-label": "企业"},
      el("a", {href: "#", class: "step"}, "← 名单"),
      step(order[at - 1], "上一户"), step(order[at + 1], "下一户"),
      el("button", {type: "button", class: "step", onclick: () => print()}, "打印")),
    ...sheetOf(unit, asked), calculator(unit, UNITS));
  card.querySelector("h1").id = "card-title";
}

/** Show the card that the address names, else the list, with the focus where one was. */
function route() {
  const uscc = decodeURIComponent(location.hash.slice(1));
  const unit = UNITS.find((one) => one.uscc === uscc) ?? UNITS.find((one) => others(one).some((row) => row.uscc === uscc));
  if (!card.hidden || !unit) document.title = `${NAME} · ${SHARED.year}年度制造业亩均效益综合评价`;
  if (unit) {
    if (card.hidden) scrolled = scrollY;
    opened = uscc;
    list.hidden = true;
    card.hidden = false;
    drawCard(unit, inOrder.includes(unit) ? inOrder : UNITS, uscc);
    document.title = `${unit.enterprise_name} · ${NAME}`;
    scrollTo(0, 0);
    card.focus({preventScroll: true});
  } else {
    card.hidden = true;
    list.hidden = false;
    if (opened) {
      scrollTo(0, scrolled);
      list.querySelector(`a[href="#${CSS.escape(opened)}"]`)?.focus({preventScroll: true});
      opened = null;
    }
  }
}

list.append(...[summary(), territory(), UNITS.length ? enterprises() : null, elsewhere(), measures(), improvement()].filter(Boolean));
main.append(list, card);
addEventListener("hashchange", route);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !card.hidden && !event.target.closest(".search, .menu")) location.hash = "";
});
route();
