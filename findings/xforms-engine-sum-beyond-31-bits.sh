#!/usr/bin/env bash
# Package:   @getodk/xforms-engine 0.22.0 (npm) on Node 20, with jsdom 27.4.0 for the DOM that it needs.
# Guess:     amounts are set and read as bigints, so a calculated sum of two of them is exact whatever its size; a form that
#            could not hold it would say so at the field.
# Behaviour: an `int` holds 32 bits with a sign. A calculated sum beyond 2,147,483,647 becomes empty without any violation,
#            and what is calculated from it goes on with an empty value: `sum <= 400000` is false.
# Output:    a=1200000000 b=1200000000 sum=null class=above violations=0
# Matters:   incomes are in đồng: a trader's receipts pass two billion a year. A poor household with a large turnover and
#            large costs would be counted as above every line, and nobody would be told. Our amounts are 64 bits, bounded at
#            10^15, and what is beyond is refused in words.
set -euo pipefail
command -v npm > /dev/null || { echo "needs: npm and node 20"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @getodk/xforms-engine@0.22.0 jsdom@27.4.0
cat > form.mjs <<'JS'
import { JSDOM } from "jsdom";
const dom = new JSDOM("");
for (const name of ["document", "DOMParser", "XMLSerializer", "XPathResult", "XPathException", "Node", "Element", "Attr", "Text", "Document", "XMLDocument", "HTMLElement", "Comment", "CDATASection", "ProcessingInstruction", "NodeFilter", "DOMException", "Blob", "File"]) {
    if (!(name in globalThis) && name in dom.window) globalThis[name] = dom.window[name];
}
globalThis.window ??= dom.window;
// The package's bundle reads this name when it is loaded as a module, and does not use it.
globalThis.__dirname = "";
const { createInstance } = await import("@getodk/xforms-engine");
const form = `<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa">
  <h:head><h:title>sum</h:title><model>
    <instance><data id="sum"><a/><b/><sum/><class/></data></instance>
    <bind nodeset="/data/a" type="int"/><bind nodeset="/data/b" type="int"/>
    <bind nodeset="/data/sum" type="int" calculate="/data/a + /data/b"/>
    <bind nodeset="/data/class" type="string" calculate="if(/data/sum &lt;= 400000, 'poor', 'above')"/>
  </model></h:head>
  <h:body><input ref="/data/a"><label>a</label></input><input ref="/data/b"><label>b</label></input></h:body>
</h:html>`;
const { root } = await createInstance(form);
const [a, b, sum, cls] = root.currentState.children;
a.setValue(1200000000n);
b.setValue(1200000000n);
const shown = (node) => String(node.currentState.value);
console.log(`a=${shown(a)} b=${shown(b)} sum=${shown(sum)} class=${shown(cls)} violations=${root.validationState.violations.length}`);
JS
said=$(node form.mjs)
echo "$said"
[ "$said" = "a=1200000000 b=1200000000 sum=null class=above violations=0" ]
