// The head and foot of the pages of a site, and the search over the whole city.
"use strict";

/** The search over the whole city; its list is loaded when it is first needed. */
function citySearch() {
  const results = el("ul", {id: "found", class: "found", hidden: true});
  const input = el("input", {
    type: "search", id: "city-search", placeholder: "全市查找企业名称或代码", autocomplete: "off",
    "aria-label": "在全市查找企业", "aria-controls": "found",
  });
  let loaded = null;
  function load() {
    loaded ??= new Promise((done) => {
      document.head.append(el("script", {src: `${ROOT}/data/enterprises.js`, onload: done}));
    });
    return loaded;
  }
  async function find() {
    const wanted = input.value.trim().toUpperCase();
    if (!wanted) return close();
    await load();
    if (wanted !== input.value.trim().toUpperCase()) return;
    const matches = ENTERPRISES.filter(([uscc, name]) => name.toUpperCase().includes(wanted) || uscc.includes(wanted));
    results.replaceChildren(
      ...matches.slice(0, 10).map(([uscc, name, county, cls]) =>
        el("li", {}, el("a", {href: `${ROOT}/county/${county}.html#${uscc}`, onclick: close}, name, el("small", {}, SHARED.counties[county].name, cls ? ` · ${cls}类` : "")))),
      el("li", {class: "count", role: "status"}, matches.length ? `共 ${matches.length} 户${matches.length > 10 ? "，显示前 10 户" : ""}` : "没有找到"),
    );
    results.hidden = false;
  }
  function close() {
    results.hidden = true;
  }
  input.addEventListener("focus", load);
  input.addEventListener("input", find);
  const box = el("div", {class: "search", role: "search"}, input, results);
  box.addEventListener("keydown", (event) => {
    const links = [...results.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") {
      close();
      input.focus();
    } else if (event.key === "ArrowDown" && links.length) {
      links[Math.min(at + 1, links.length - 1)].focus();
      event.preventDefault();
    } else if (event.key === "ArrowUp" && at >= 0) {
      (at ? links[at - 1] : input).focus();
      event.preventDefault();
    }
  });
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) close();
  });
  return box;
}

/** The head of the page: where one is, the counties, the search; and that a draft is no publication. */
function drawFrame() {
  const menu = el("details", {class: "menu"},
    el("summary", {}, "区县"),
    el("div", {class: "menu-panel"}, countiesByRegion().map(([region, counties]) =>
      el("section", {}, el("h2", {}, SHARED.regions[region]), el("ul", {}, counties.map(([code]) => el("li", {}, countyLink(code))))))));
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menu.open = false;
      menu.firstElementChild.focus();
    }
  });
  document.getElementById("top").append(
    el("div", {class: "bar"},
      el("a", {class: "brand", href: `${ROOT}/index.html`}, el("strong", {}, "亩均评价"), el("span", {}, `${SHARED.year}年度`)),
      el("span", {class: `stage stage-${SHARED.stage}`}, SHARED.stage_zh),
      el("span", {class: "released"}, `依据：${SHARED.edition}。发布编号 ${SHARED.year}/${SHARED.release}`),
      document.body.dataset.alone ? null : [el("nav", {"aria-label": "导航"}, menu), citySearch()]),
  );
  if (SHARED.draft_mark) {
    document.getElementById("top").append(el("p", {class: "draft"}, `${SHARED.draft_mark}。`));
  }
  document.getElementById("foot").append(
    el("p", {}, `依据：${SHARED.edition}。发布编号 ${SHARED.year}/${SHARED.release}。`),
    el("p", {}, "本页由发布库 release.duckdb 生成，不联网；各表各列的含义见其中的 column_dictionary。"));
}

drawFrame();
