// The print file of a county: the sheets of all its enterprises, each from a new page.
"use strict";

document.getElementById("main").append(...rowsOf("enterprise_result", COUNTY.enterprise_result)
  .map((unit) => el("article", {class: "card"}, sheetOf(unit))));
