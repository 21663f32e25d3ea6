// The rows of a county are many and alike, so its file holds them packed: JSON, deflated (zlib), in base64. They are
// unpacked into COUNTY, and the scripts that read it follow. Until the last of them has drawn the page, its main part
// says that it is busy.
"use strict";

if ("DecompressionStream" in globalThis) {
  const main = document.getElementById("main");
  main.setAttribute("aria-busy", "true");
  const done = () => main.removeAttribute("aria-busy");
  const packed = Uint8Array.from(atob(PACKED), (character) => character.charCodeAt(0));
  new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).json().then((rows) => {
    globalThis.COUNTY = rows;
    for (const name of document.body.dataset.then.split(" ")) {
      const script = el("script", {src: `${ROOT}/assets/${name}.js`});
      script.async = false; // one after the other
      document.body.append(script);
    }
    for (const end of ["load", "error"]) document.body.lastElementChild.addEventListener(end, done);
  }).catch((error) => {
    done();
    throw error;
  });
} else {
  document.getElementById("main").append(el("p", {}, "本页须用较新的浏览器打开：Chrome、Edge 80，Firefox 113，Safari 16.4 及以上版本。"));
}
