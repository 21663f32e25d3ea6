// A sheet as a file of its own, with its data in it (`mujun explain --html`).
"use strict";

const [ONE] = rowsOf("enterprise_result", COUNTY.enterprise_result);
document.getElementById("main").append(...(ONE ? [...sheetOf(ONE, document.body.dataset.asked), calculator(ONE)] : groupSheet()));
