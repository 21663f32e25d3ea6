// What if one enterprise had other figures (rulebook 13): in the page of its county, whose enterprises it is measured
// against, the standards of the group, every total, rank and class are computed anew, to the last digit as the models
// do it; on a sheet by itself, which holds nobody else's figures, standards and others stay as they are, and it says so.
// The numbers of the method are those of SHARED.method.
"use strict";

const CALC = (() => {
  const METHOD = SHARED.method;
  const WEIGHTS = METHOD.weights[SHARED.counties[CODE].region] ?? {};

  const same = (a, b) => a === b || Math.abs(a - b) < METHOD.equal_within * Math.max(Math.abs(a), Math.abs(b));
  const atMost = (a, b) => a <= b || same(a, b);

  /** Half away from zero, over whole numbers: first to six digits beyond, which takes the noise of binary fractions off. */
  function rounded(value, digits) {
    const unit = 1e6;
    const fine = Math.round(Math.abs(value) * 10 ** digits * unit);
    const up = fine + unit / 2;
    return (Math.sign(value) * ((up - (up % unit)) / unit)) / 10 ** digits;
  }

  /** An amount of money to the cent, in cents. */
  const cents = (wan) => Math.round(Math.abs(wan * METHOD.yuan * 100)) * Math.sign(wan);

  /** The sum of some figures, the smallest first, as the models add them up. */
  const total = (figures) => Float64Array.from(figures).sort().reduce((sum, figure) => sum + figure, 0);

  /** The indicators of a unit (rulebook 3). */
  function values(unit) {
    return Object.fromEntries(Object.keys(WEIGHTS).map((code) => {
      const [over, under, factor] = SHARED.fractions[code];
      const [a, b] = [unit[over] ?? null, unit[under] ?? null];
      const positive = b !== null && (unitOf(under) === METHOD.money ? cents(b) : b) > 0;
      return [code, positive && a !== null ? (factor === 1 ? a / b : (a / b) * factor) : null];
    }));
  }

  /** How a unit is treated (4), with its tax as it is now. */
  function treatment(unit) {
    if (unit.treatment === "transition") return "transition";
    if (unit.veto_reason === "suspended" || (unit.tax !== null && cents(unit.tax) === 0)) return "vetoed";
    return "classified";
  }

  /** The standards of a group (5.3) by indicator, of those who are scored. */
  function standards(scored) {
    return Object.fromEntries(Object.keys(WEIGHTS).map((code) => {
      const part = scored.map((unit) => unit.values[code]).filter((value) => value !== null && value >= 0);
      const positive = part.filter((value) => value > 0);
      return [code, {
        n: part.length,
        max: part.length ? Math.max(...part) : null,
        mean: part.length ? total(part) / part.length : null,
        min: positive.length ? Math.min(...positive) : null,
      }];
    }));
  }

  /** What share of its weight a value earns (5.4), and its tier. */
  function placed(value, {max, mean, min}) {
    const {best, better, ordinary} = METHOD.tiers;
    if (value === null) return ["缺", 0];
    if (value < 0) return ["负值", 0];
    if (min === null) return ["一般", 0];
    if (atMost(max, value)) return ["优", best];
    if (atMost(mean, value)) return ["较优", better + ((value - mean) / (max - mean)) * (best - better)];
    if ((value === 0 && METHOD.zero_value === "zero") || atMost(mean, min)) return ["一般", 0];
    return ["一般", ordinary + ((value - min) / (mean - min)) * (better - ordinary)];
  }

  /** Item scores and total of a unit by some standards (5.4, 6). */
  function score(unit, by) {
    const items = Object.entries(WEIGHTS).map(([indicator, weight]) => {
      const value = unit.values[indicator];
      const [tier, share] = placed(value, by[indicator]);
      return {indicator, value, tier, weight, score: rounded(Math.max(share * weight, 0), METHOD.score_decimals)};
    });
    const sum = items.reduce((all, item) => all + item.score, 0);
    return {
      items,
      base_score: rounded(sum, METHOD.score_decimals),
      total_score: rounded(sum + unit.bonus - unit.deduction, METHOD.score_decimals),
    };
  }

  /** The last ranks of the classes A, B, C of `n` units (7.3), by the quotas in force in the county. */
  function borders(n, quotas) {
    const places = 1e4;
    let share = 0;
    return quotas.map((quota) => {
      share += Math.round(quota * places);
      const up = share * n * 2 + 100 * places; // half up, over whole numbers
      return (up - (up % (200 * places))) / (200 * places);
    });
  }

  const classOf = (rank, last) => CLASSES[last.filter((place) => rank > place).length];

  /** All units of a group, with `changes` of one of them: each with its treatment, scores, rank and class. */
  function group(units, uscc, changes, quotas) {
    const all = units.map((unit) => {
      const now = unit.uscc === uscc ? {...unit, ...changes} : unit;
      return {...now, values: values(now), treatment: unit.uscc === uscc ? treatment(now) : unit.treatment};
    });
    const by = standards(all.filter((unit) => unit.treatment !== "vetoed"));
    const scored = all.map((unit) => (unit.treatment === "vetoed" ? {...unit, items: [], base_score: null, total_score: null} : {...unit, ...score(unit, by)}));
    const classified = scored.filter((unit) => unit.treatment === "classified");
    const last = borders(classified.length, quotas);
    const order = classified.map((unit) => unit.total_score).sort((a, b) => b - a);
    return {standards: by, units: scored.map((unit) => {
      const rank = unit.treatment === "classified" ? order.indexOf(unit.total_score) + 1 : null;
      return {...unit, rank, class: unit.treatment === "vetoed" ? "D" : rank === null ? null : classOf(rank, last)};
    })};
  }

  /** A unit by itself with `changes`, by the standards as they are. */
  function alone(unit, changes, by) {
    const now = {...unit, ...changes};
    const one = {...now, values: values(now), treatment: treatment(now)};
    return one.treatment === "vetoed" ? {...one, items: [], base_score: null, total_score: null} : {...one, ...score(one, by)};
  }

  return {group, alone, figures: METHOD.figures, cap: METHOD.caps, signed: METHOD.signed, whole: METHOD.standard_scope === "county"};
})();

/** The figure that was typed: undefined where it cannot be read, or is not one that the column takes; null for none. */
function typedFigure(name, text) {
  const plain = text.normalize("NFKC").replaceAll(/\s/g, "").replace("−", "-").replace(/^-?\d{1,3}(,\d{3})+/, (digits) => digits.replaceAll(",", ""));
  const capped = name in CALC.cap;
  if (plain === "") return capped ? undefined : null;
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(plain)) return undefined;
  const value = Number(plain);
  if (capped) return value >= 0 && value <= CALC.cap[name] ? value : undefined;
  return value < 0 && !CALC.signed.includes(name) ? undefined : value;
}

/** The calculator of a unit; none where nobody is measured. `units` are all of its county, where the page has them. */
function calculator(unit, units = null) {
  const counts = YEAR.class_count?.find((row) => row.county_code === CODE);
  const whole = units && CALC.whole && counts ? [counts.quota_a, counts.quota_b, counts.quota_c] : null;
  const before = whole ? CALC.group(units, unit.uscc, {}, whole).units : null;
  const by = Object.fromEntries(Object.keys(SHARED.fractions).map((code) => {
    const {standard_max: max, standard_mean: mean, standard_min: min} = standardsOf(code);
    return [code, {max, mean, min}];
  }));
  const result = el("div", {class: "calc-result", role: "status", "aria-live": "polite"});
  const inputs = CALC.figures.map((name) => [name, el("input", {
    type: "text", inputmode: "decimal", autocomplete: "off", name, "aria-label": `${label(name)}（${unitOf(name)}）`, value: unit[name] === null ? "" : String(unit[name]),
  })]);
  function recompute() {
    const changes = {};
    const wrong = [];
    for (const [name, input] of inputs) {
      const value = typedFigure(name, input.value);
      input.setAttribute("aria-invalid", String(value === undefined));
      if (value === undefined) wrong.push(label(name));
      else if (value !== unit[name]) changes[name] = value;
    }
    if (wrong.length) {
      result.replaceChildren(el("p", {class: "down"}, `${wrong.join("、")}的数值不可用：请填写数字${wrong.some((name) => name === label("bonus") || name === label("deduction")) ? `，加分不超过 ${CALC.cap.bonus}、减分不超过 ${CALC.cap.deduction}` : "，不应为负的不填负数"}。`));
    } else {
      result.replaceChildren(...(whole ? inGroup(unit, before, CALC.group(units, unit.uscc, changes, whole).units) : byItself(unit, CALC.alone(unit, changes, by))));
    }
  }
  const form = el("form", {class: "calc-form", onsubmit: (event) => event.preventDefault()},
    inputs.map(([name, input]) => el("label", {}, el("span", {}, label(name), el("span", {class: "unit"}, `（${unitOf(name)}）`)), input)),
    el("button", {type: "reset", class: "step"}, "还原"));
  form.addEventListener("input", recompute);
  form.addEventListener("reset", () => setTimeout(recompute));
  recompute();
  const shown = block("试算", el("p", {class: "note"}, whole
    ? "改动下列数据，按同一办法重新计算本区县的标准值、得分、名次和等级。试算不是评价结果。"
    : "改动下列数据，按现行标准值重新计算本企业得分。试算假定标准值和其他企业的得分不变，与重新评价会有出入；不是评价结果。"), form, result);
  shown.classList.add("calculator");
  return shown;
}

function calcTable(unit, before, after) {
  const pair = (a, b) => (a === b ? a : [a, " → ", el("strong", {}, b)]);
  const rows = after.items.map((item) => ({...item, was: before.items?.find((one) => one.indicator === item.indicator)}));
  return tableOf("试算的单项得分", [
    indicatorColumn,
    {label: "指标值", number: true, text: (row) => pair(measure(row.was?.value ?? null), measure(row.value))},
    {label: "档次", text: (row) => pair(row.was?.tier ?? "—", row.tier)},
    {label: "得分", number: true, text: (row) => pair(points(row.was?.score ?? null), points(row.score))},
    {label: "权数", number: true, text: (row) => figure(row.weight, 0)},
  ], rows, {empty: SHARED.treatments.vetoed});
}

function calcLine(before, after, name, text) {
  const [a, b] = [text(before[name]), text(after[name])];
  return [label(name), a === b ? a : `${a} → ${b}`];
}

/** Before and after in the recomputed group, and whom else it moves. */
function inGroup(unit, before, after) {
  const [was, now] = [before, after].map((units) => units.find((one) => one.uscc === unit.uscc));
  const former = new Map(before.map((one) => [one.uscc, one]));
  const others = after.filter((one) => one.uscc !== unit.uscc);
  const moved = others.filter((one) => one.class !== former.get(one.uscc).class);
  const changed = (name) => others.filter((one) => one[name] !== former.get(one.uscc)[name]).length;
  return [
    facts("facts calc-facts", [
      calcLine(was, now, "total_score", points),
      calcLine(was, now, "rank", (rank) => figure(rank, 0)),
      calcLine(was, now, "class", (cls) => cls ?? "—"),
      calcLine(was, now, "treatment", (code) => SHARED.treatments[code]),
    ]),
    calcTable(unit, was, now),
    el("p", {}, `其他企业：${moved.length} 户等级变动，${changed("rank")} 户名次变动，${changed("total_score")} 户得分变动。`),
    moved.length ? el("ul", {class: "plain"}, moved.map((one) => el("li", {}, el("a", {href: `#${one.uscc}`}, one.enterprise_name), ` ${former.get(one.uscc).class ?? "—"} → ${one.class ?? "—"}`))) : null,
  ].filter(Boolean);
}

/** Before and after of the unit by itself, and on which side of the borders of its class it would stand. */
function byItself(unit, now) {
  const was = {...unit, items: rowsOf("enterprise_item", COUNTY.enterprise_item?.[unit.uscc]).map((item) => ({...item, value: unit[item.indicator]}))};
  const [border] = behind("enterprise_border", unit);
  const total = now.total_score;
  let stands = null;
  if (border && total !== null && border.next_class_total !== null && total >= border.next_class_total) stands = `达到 ${border.next_class} 类所需的 ${points(border.next_class_total)} 分`;
  else if (border && total !== null && border.lower_border_total !== null && total < border.lower_border_total) stands = `低于保持 ${unit.class} 类所需的 ${points(border.lower_border_total)} 分`;
  else if (border && total !== null) stands = `仍在 ${unit.class} 类的分数范围内`;
  return [
    facts("facts calc-facts", [
      calcLine(was, now, "total_score", points),
      calcLine(was, now, "treatment", (code) => SHARED.treatments[code]),
      stands ? ["等级", stands] : null,
    ]),
    calcTable(unit, was, now),
  ];
}
