// A household of 40 members and 30 income lines, assessed by our rule and by the engine of ODK Web Forms in one
// process, as `main.rs` calls it: node xforms.mjs FOLDER, which holds the rule's module.
//
// One amount is set and the class is read, by both in turns; then the same on a household that is filled in anew. The
// amounts lead just up to each line of 2011, and one đồng beyond it: with one sum wrong, the class is wrong.
//
// Both work out anew only what depends on the amount: the engine by its graph of references, ours by reading the income
// line again and assessing the household.

import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const WARM_UP = 500;
const EDITS = 3_000;
const OPENED = 20;

const SOURCES = ["crops", "livestock", "fishing", "trade", "wages", "remittances"];
const members = Array.from({ length: 40 }, (_, i) => ({
    birth_year: 1931 + 2 * i,
    months_present: i % 5 === 0 ? 5 : 12,
    insured: i % 3 > 0,
    pupil: i > 30,
}));
const income = Array.from({ length: 30 }, (_, i) => ({
    source: SOURCES[i % 6],
    amount: 500_000 + 50_000 * i,
    times: [1, 2, 12][i % 3],
    costs_each: 20_000 * i,
    own_use_each: 10_000 * (i % 4),
}));
/** The income line that is edited: it comes once a year, so that each đồng of it is a đồng of the sum. */
const EDITED = 15;

/** The rural lines of 2011 per person and month, with the class up to each, and the one beyond the last. */
const LINES = [["poor", 400_000], ["near_poor", 520_000], ["low_income", 600_000]];
const BEYOND = "above";

/** Amounts of the edited line with the class that each leads to. */
function edits() {
    const counted = members.filter((member) => member.months_present >= 6).length;
    const net = (line) => (line.amount + line.own_use_each - line.costs_each) * line.times;
    const others = income.reduce((sum, line) => sum + net(line), 0) - income[EDITED].amount;
    return LINES.flatMap(([upTo, line], i) => {
        const amount = line * 12 * counted - others;
        if (amount < 0) throw new Error(`the other lines alone lead beyond ${line}`);
        return [[amount, upTo], [amount + 1, LINES[i + 1]?.[0] ?? BEYOND]];
    });
}

/** Loads our rule; returns what opens the household. */
async function ours(folder) {
    const glue = readFileSync(`${folder}/rule.js`, "base64");
    const rule = await import(`data:text/javascript;base64,${glue}`);
    await rule.default({ module_or_path: readFileSync(`${folder}/rule.wasm`) });
    const set = (record, field, value) => {
        if (typeof value === "boolean") record.set_bool(field, value);
        else if (typeof value === "number") record.set_int(field, BigInt(value));
        else record.set_text(field, value);
    };
    return () => {
        const record = new rule.Record("29173", "2011");
        for (const [list, rows] of Object.entries({ members, income })) {
            for (const [i, row] of rows.entries()) {
                for (const [name, value] of Object.entries(row)) set(record, `${list}/${i}/${name}`, value);
            }
        }
        return {
            setAmount: (amount) => set(record, `income/${EDITED}/amount`, amount),
            readClass: () => record.class(),
        };
    };
}

/** The household as a form: each row works out its own share, as such forms are usually written. */
function form() {
    const each = (name, rows, own) => rows
        .map((row) => Object.entries({ ...row, [own]: "" }).map(([field, value]) => `<${field}>${value}</${field}>`))
        .map((fields) => `<${name}>${fields.join("")}</${name}>`).join("");
    const typed = (name, row) => Object.entries(row).map(([field, value]) => {
        const type = typeof value === "number" ? "int" : "string";
        return `<bind nodeset="/data/${name}/${field}" type="${type}"/>`;
    }).join("");
    const asked = (name, row) => {
        const path = `/data/${name}`;
        const inputs = Object.keys(row)
            .map((field) => `<input ref="${path}/${field}"><label>${field}</label></input>`).join("");
        return `<group ref="${path}"><label>${name}</label><repeat nodeset="${path}">${inputs}</repeat></group>`;
    };
    const decided = LINES.reduceRight(
        (beyond, [upTo, line]) => `if(/data/monthly &lt;= ${line}, '${upTo}', ${beyond})`,
        `'${BEYOND}'`,
    );
    return `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
        <h:head>
            <h:title>Household</h:title>
            <model>
                <instance>
                    <data id="household">
                        ${each("member", members, "counts")}
                        ${each("income", income, "net")}
                        <counted/><annual/><monthly/><class/>
                    </data>
                </instance>
                ${typed("member", members[0])}
                ${typed("income", income[0])}
                <bind nodeset="/data/member/counts" type="int" calculate="if(../months_present &gt;= 6, 1, 0)"/>
                <bind nodeset="/data/income/net" type="int"
                    calculate="(../amount + ../own_use_each - ../costs_each) * ../times"/>
                <bind nodeset="/data/counted" type="int" calculate="sum(/data/member/counts)"/>
                <bind nodeset="/data/annual" type="int" calculate="sum(/data/income/net)"/>
                <bind nodeset="/data/monthly" type="decimal" calculate="/data/annual div (12 * /data/counted)"/>
                <bind nodeset="/data/class" type="string" calculate="${decided}"/>
            </model>
        </h:head>
        <h:body>${asked("member", members[0])}${asked("income", income[0])}</h:body>
    </h:html>`;
}

/** Loads their engine with the form; returns what opens the household. */
async function theirs() {
    const { window } = new JSDOM("");
    for (const name of ["document", "DOMParser", "Node"]) globalThis[name] = window[name];
    // Its parser of XPath, made for CommonJS, asks for it in Node and does not use it.
    globalThis.__dirname = "";
    const { loadForm } = await import("@getodk/xforms-engine");
    const loaded = await loadForm(form());
    if (loaded.error) throw loaded.error;
    const child = (node, reference) =>
        node.currentState.children.find((one) => one.currentState.reference === reference);
    return () => {
        const { root } = loaded.createInstance();
        const row = child(root, "/data/income").currentState.children[EDITED];
        const amount = child(row, `/data/income[${EDITED + 1}]/amount`);
        const decided = child(root, "/data/class");
        return {
            setAmount: (value) => amount.setValue(BigInt(value)),
            readClass: () => decided.currentState.value,
        };
    };
}

/** Takes a step with each side in turns, so that other load hits both; returns the medians in milliseconds. */
function measure(sides, times, warmUp, step) {
    const took = sides.map(() => []);
    for (let turn = 0; turn < warmUp + times; turn++) {
        for (const [i, side] of sides.entries()) {
            const begun = performance.now();
            step(side, turn);
            if (turn >= warmUp) took[i].push(performance.now() - begun);
        }
    }
    return took.map((of) => of.sort((a, b) => a - b)[of.length >> 1]);
}

function say(what, medians) {
    const [us, them] = medians.map((time) => time.toFixed(3));
    const share = (medians[0] / medians[1]).toFixed(3);
    console.log(`  ${what}: ${us} ms, theirs ${them} ms: ${share} of its time (aim: at most 0.1)`);
}

const amounts = edits();
function edit(household, turn) {
    const [amount, expected] = amounts[turn % amounts.length];
    household.setAmount(amount);
    const found = household.readClass();
    if (found !== expected) throw new Error(`with ${amount} đồng it is ${expected}, not ${found}`);
}

const openers = [await ours(process.argv[2]), await theirs()];
const engine = new URL("node_modules/@getodk/xforms-engine/package.json", import.meta.url);
const { name, version } = JSON.parse(readFileSync(engine, "utf8"));
const size = `${members.length} members, ${income.length} income lines`;
console.log(`${size}; ${name} ${version}, Node ${process.version}; medians:`);
say("an amount set, to its class", measure(openers.map((open) => open()), EDITS, WARM_UP, edit));
say("all fields set, to its class", measure(openers, OPENED, 3, (open, turn) => edit(open(), turn)));
