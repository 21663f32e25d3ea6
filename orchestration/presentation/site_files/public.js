// The page for the public: who has which class, who ranks where, who may object, how it is computed.
"use strict";

const main = document.getElementById("main");
const ORDER = Object.keys(SHARED.indicators);
const PER_MU = Object.keys(SHARED.fractions).filter((code) => SHARED.fractions[code][1] === "land_area_mu");
const ENTERPRISES = PUBLIC.enterprise_result.map(([uscc, name, county, cls]) => ({uscc, name, county, cls, words: `${name} ${uscc}`.toUpperCase()}));
const ON_A_PAGE = 50;
const lead = (...text) => el("p", {class: "lead"}, ...text);
const countyName = (code) => SHARED.counties[code]?.name ?? code;
const plain = (zh, name, more = {}) => ({label: zh, value: (row) => row[name], text: (row) => row[name] ?? "—", ...more});
const rank = {label: "名次", number: true, value: (row) => row.rank, text: (row) => figure(row.rank, 0)};
const classColumn = {label: "等级", value: (row) => row.class, text: (row) => badge(row.class, "transition")};

/** How many enterprises there are by class; those without one are in transition. */
function counted(rows) {
  const counts = Object.fromEntries(STATES.map(([state]) => [state, 0]));
  for (const row of rows) counts[row.cls ?? "transition"] += 1;
  return counts;
}

function notice() {
  return el("dl", {class: "notice"}, SHARED.notice.map(([zh, text]) => el("div", {}, el("dt", {}, zh), el("dd", {}, text))));
}

/** The list, searched by name or code, a page of it at a time. */
function enterprises() {
  let found = ENTERPRISES;
  let page = 0;
  const shown = table("企业等级", [
    {label: "企业名称", value: (row) => row.name, text: (row) => row.name},
    {label: "等级", value: (row) => row.cls, text: (row) => badge(row.cls, "transition")},
    {label: "区县", value: (row) => countyName(row.county), text: (row) => countyName(row.county)},
    {label: "统一社会信用代码", value: (row) => row.uscc, text: (row) => el("span", {class: "code"}, row.uscc)},
  ], [], {empty: "没有符合条件的企业"});
  const input = el("input", {type: "search", id: "search", placeholder: "企业名称或统一社会信用代码", "aria-label": "按企业名称或统一社会信用代码查找", autocomplete: "off"});
  const county = el("select", {id: "county"}, el("option", {value: ""}, "全部区县"),
    countiesByRegion().map(([region, some]) => el("optgroup", {label: SHARED.regions[region]}, some.map(([code, {name}]) => el("option", {value: code}, name)))));
  const choices = [["", "全部"], ...CLASSES.map((cls) => [cls, cls]), ["transition", SHARED.treatments.transition]];
  const filter = el("fieldset", {class: "chips"}, el("legend", {}, "等级"), choices.map(([code, zh]) =>
    el("label", {}, el("input", {type: "radio", name: "class", value: code, checked: code === ""}), el("span", {}, zh))));
  const count = el("p", {class: "count", role: "status", id: "count"});
  const step = (by, zh) => el("button", {type: "button", class: "quiet", onclick: () => turn(page + by)}, zh);
  const [back, on] = [step(-1, "上一页"), step(1, "下一页")];
  const where = el("span", {class: "count"});
  function turn(to) {
    const pages = Math.max(1, Math.ceil(found.length / ON_A_PAGE));
    page = Math.max(0, Math.min(to, pages - 1));
    back.disabled = page === 0;
    on.disabled = page === pages - 1;
    where.textContent = `第 ${figure(page + 1, 0)} 页，共 ${figure(pages, 0)} 页`;
    shown.show(found.slice(page * ON_A_PAGE, (page + 1) * ON_A_PAGE));
  }
  function narrow() {
    const wanted = input.value.trim().toUpperCase().split(/\s+/);
    const cls = filter.querySelector("input:checked").value;
    found = ENTERPRISES.filter((row) => (!county.value || row.county === county.value)
      && (!cls || (row.cls ?? "transition") === cls) && wanted.every((word) => row.words.includes(word)));
    count.textContent = found.length === ENTERPRISES.length ? `共 ${figure(found.length, 0)} 户` : `${figure(found.length, 0)} 户，共 ${figure(ENTERPRISES.length, 0)} 户`;
    turn(0);
  }
  for (const [element, event] of [[input, "input"], [county, "change"], [filter, "change"]]) element.addEventListener(event, narrow);
  narrow();
  shown.element.id = "list";
  return [
    lead(`过渡期企业只评价、不分类；D类含${SHARED.veto_reasons.join("、")}而直接列入的企业。同一等级内按代码排列，不分先后。`),
    el("div", {class: "controls"}, input, el("label", {class: "plain"}, "区县", county), filter, count),
    shown.element,
    el("nav", {class: "pages", "aria-label": "名单翻页"}, back, where, on),
    el("p", {class: "note"}, "完整名单可打印：", el("a", {href: encodeURI(SHARED.list)}, SHARED.list), "。"),
  ];
}

function classes() {
  const rows = countiesByRegion().map(([region, counties]) => [region, counties.map(([code, {name}]) => (
    {name, counts: counted(ENTERPRISES.filter((row) => row.county === code))})).filter((row) => sumOf(row.counts))]);
  return [
    classBars("全市各等级企业户数", [{name: "全市", counts: counted(ENTERPRISES)}], {head: "范围", thick: true}),
    el("div", {class: "thirds"}, rows.map(([region, some]) => el("div", {}, el("h3", {}, SHARED.regions[region]),
      some.length ? classBars(`${SHARED.regions[region]}各区县各等级企业户数`, some) : "没有评价企业"))),
  ];
}

/** The ranking of counties or parks of each region, with the indicators over land where they are public. */
function rankings(zh, rows) {
  return [
    lead(`各区域内按综合得分排名；${PER_MU.map(indicatorName).join("、")}单位为${indicatorUnit(PER_MU[0])}，“—”为不公开或者没有数值。`),
    el("div", {class: "thirds"}, Object.entries(SHARED.regions).map(([region, name]) => el("div", {}, el("h3", {}, name), tableOf(`${name}${zh}`, [
      rank, plain("名称", "name"),
      ...PER_MU.map((code) => ({label: indicatorName(code), number: true, value: (row) => row[code], text: (row) => measure(row[code])})),
    ], rows.filter((row) => row.region === region).sort((a, b) => a.rank - b.rank), {rowHeader: 1, empty: "没有评价对象", csv: true})))),
  ];
}

function demonstration() {
  return [
    lead("全市综合得分居前的区县、园区和参与分档的企业；可比名次按全市统一的标准值排列。"),
    el("div", {class: "thirds"}, ["county", "park", "enterprise"].map((level) => el("div", {}, el("h3", {}, SHARED.levels[level]),
      tableOf(`亩均效益示范${SHARED.levels[level]}`, [rank, plain("名称", "name"), {label: "可比名次", number: true, value: (row) => row.common_rank, text: (row) => figure(row.common_rank, 0)}],
        PUBLIC.demonstration.filter((row) => row.level === level).sort((a, b) => a.rank - b.rank), {rowHeader: 1, csv: true})))),
  ];
}

/** The overall results of groups and their members (说明 一.3: 并予以公示). */
function groups() {
  if (!PUBLIC.group_result.length) return null;
  const names = new Map(ENTERPRISES.map((row) => [`${row.county}/${row.uscc}`, row.name]));
  return [
    lead("经批准的集团总体评价结果：相当于评价区县的哪一等级；成员自身的等级不受影响。"),
    tableOf("集团评价", [
      plain("集团", "group_name"), {label: "评价区县", text: (row) => countyName(row.evaluating_county_code)}, {...classColumn, label: "相当等级"},
      {label: "成员", text: (row) => el("ul", {class: "plain"}, PUBLIC.group_member.filter((member) => member.application_no === row.application_no)
        .map((member) => el("li", {}, names.get(`${member.county_code}/${member.uscc}`) ?? member.uscc, "（", countyName(member.county_code), "）", badge(member.class, "transition"))))},
      plain("批准单位", "approved_by", {wide: true}), plain("批准日期", "approved_on", {wide: true}),
    ], PUBLIC.group_result, {csv: true}),
  ];
}

function targets() {
  const rows = [...PUBLIC.city_target].sort((a, b) => ORDER.indexOf(a.indicator) - ORDER.indexOf(b.indicator));
  const told = (zh, name, more = {}) => ({label: zh, number: true, value: (row) => row[name], text: (row) => growth(row.indicator, row[name]), ...more});
  return [
    lead("全市指标与发展目标对照；由此可推知单户数据的，不公开。"),
    tableOf("发展目标", [
      {label: "指标", value: (row) => indicatorName(row.indicator), text: (row) => [indicatorName(row.indicator), el("span", {class: "unit wide"}, `（${indicatorUnit(row.indicator)}）`)]},
      {label: "本年", number: true, value: (row) => row.value, text: (row) => measure(row.value)},
      {label: `${rows[0]?.target_year ?? ""}年目标`, number: true, value: (row) => row.target, text: (row) => measure(row.target)},
      told("年均增幅", "mean_growth"), told("年均目标", "target_growth", {wide: true}), told("尚需年均", "needed_growth", {wide: true}),
      {label: "达标", value: (row) => (row.met === null ? "—" : row.met ? "达标" : "未达标"), text: (row) => (row.met === null ? "—" : row.met ? "达标" : "未达标")},
    ], rows, {csv: true}),
  ];
}

function method() {
  const {sentences, indicators} = SHARED.method;
  const weight = (level, region) => ({
    label: SHARED.regions[region], number: true, value: (row) => row.weights[level]?.[region] ?? null,
    text: (row) => (row.weights[level]?.[region] === undefined ? "—" : figure(row.weights[level][region], 0)),
  });
  const weights = (level, zh) => tableOf(zh, [
    {label: "指标", value: (row) => indicatorName(row.indicator), text: (row) => indicatorName(row.indicator)},
    {label: "计算公式", text: (row) => `${row.parts[level].join(" ÷ ")}${row.factor === 1 ? "" : ` × ${row.factor}`}`},
    ...Object.keys(SHARED.regions).map((region) => weight(level, region)),
  ], indicators.filter((row) => row.weights[level]), {csv: true});
  return [
    el("dl", {class: "method"}, sentences.map(({label: zh, text, clause}) => el("div", {}, el("dt", {}, zh), el("dd", {}, `${text}。`, el("span", {class: "unit"}, `（${clause}）`))))),
    el("div", {class: "halves"},
      el("div", {}, el("h3", {}, "企业指标的权数（%）"), weights("enterprise", "企业指标和权数")),
      el("div", {}, el("h3", {}, "区县、园区指标的权数（%）"), weights("county", "区县和园区指标和权数"))),
  ];
}

function files() {
  const rows = Object.entries(SHARED.tables).map(([name, zh]) => ({name, zh}));
  const link = (name) => el("a", {href: encodeURI(name)}, name);
  return [
    lead("以下公开数据表和本页在同一文件夹内，内容一致；CSV 为 UTF-8 编码，可用表格软件打开，Parquet 供数据分析使用。"),
    tableOf("公开数据", [
      plain("内容", "zh"),
      {label: "CSV", text: (row) => link(`${row.name}.csv`)},
      {label: "Parquet", text: (row) => link(`${row.name}.parquet`)},
    ], rows),
    el("p", {class: "note"}, "各列的名称、计量单位和含义：", link(SHARED.dictionary), "；公示名单：", link(SHARED.list), "；说明：", link(SHARED.readme), "。"),
  ];
}

const SECTIONS = [
  ["enterprises", "企业等级", enterprises],
  ["classes", "各区县分档", classes],
  ["counties", "区县排名", () => rankings("区县排名", PUBLIC.county_result)],
  ["parks", "园区排名", () => rankings("园区排名", PUBLIC.park_result)],
  ["demonstration", "亩均效益示范", demonstration],
  ["groups", "集团评价", groups],
  ["targets", "发展目标", targets],
  ["method", "评价办法摘要", method],
  ["files", "公开数据", files],
].map(([id, title, draw]) => ({id, title, content: draw()})).filter(({content}) => content);

main.append(
  el("h1", {}, document.title),
  el("section", {class: "overview", "aria-label": "公示与异议"}, notice()),
  el("nav", {class: "contents", "aria-label": "本页内容"}, SECTIONS.map(({id, title}) => el("a", {href: `#${id}`}, title))),
  ...SECTIONS.map(({id, title, content}) => el("section", {id, "aria-labelledby": `${id}-title`}, el("h2", {id: `${id}-title`}, title), content)),
);
