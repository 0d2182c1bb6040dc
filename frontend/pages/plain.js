// What the plain pages share. Texts from the server are always inserted as text, never as HTML.

// The printed address contains the key of the server's machine. It is removed from the address at once, and
// kept as a cookie.
const key = /^#key=([0-9a-f]{64})$/.exec(location.hash)?.[1];
if (key) {
    history.replaceState(null, "", location.pathname + location.search);
    const body = JSON.stringify({ key });
    await fetch("/api/v1/sessions", { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => {});
}

export const $ = (id) => document.getElementById(id);

// Runs an action on the local storage, where the apps keep the language too; null where storage is blocked.
export const stored = (action) => { try { return action(localStorage); } catch { return null; } };
let lang = stored((s) => s.getItem("soho.lang")) === "en" ? "en" : "vi";
export const t = (vi, en) => (lang === "en" ? en : vi);
// The right language of a text that the server gives in both.
export const both = (text) => t(text.vi, text.en);
// The words that `soho_shared::pages` gives: by group, and by what stands for each in the server's answers.
const WORDS = {{words}};
export const word = (group, key) => (WORDS[group][key] ? both(WORDS[group][key]) : key);
// What stands for each of a group, in their order.
export const wordKeys = (group) => Object.keys(WORDS[group]);
const vietnamese = new Map([...document.querySelectorAll("[data-en]")].map((el) => [el, el.textContent]));
const labels = new Map([...document.querySelectorAll("[data-en-label]")].map((el) => [el, el.ariaLabel]));
function speak() {
    document.documentElement.lang = lang;
    for (const [el, vi] of vietnamese) el.textContent = t(vi, el.dataset.en);
    for (const [el, vi] of labels) el.ariaLabel = t(vi, el.dataset.enLabel);
    $("language").textContent = t("English", "Tiếng Việt");
    $("language").lang = t("en", "vi");
}
speak();
// Calls `then` whenever the other language is chosen.
export function onLanguage(then) {
    $("language").addEventListener("click", () => {
        lang = t("en", "vi");
        stored((s) => s.setItem("soho.lang", lang));
        speak();
        then();
    });
}

// Which links a role sees is decided by rules for the role that stands on the root element: at first who was here last.
document.documentElement.dataset.role = stored((s) => s.getItem("soho.role")) ?? "";
export function showWays({ open, account, role }) {
    const kept = open ? "open" : role ?? "";
    document.documentElement.dataset.role = kept;
    // For the apps, which open without a network too.
    stored((s) => s.setItem("soho.role", kept));
    $("me").textContent = account ?? "";
    $("me").hidden = !account;
}

// Makes an element with properties, listeners and children.
export function h(tag, props, ...children) {
    const el = Object.assign(document.createElement(tag), props);
    el.append(...children.filter((child) => child !== null));
    return el;
}
export const button = (text, kind, act) => h("button", { type: "button", className: `button ${kind}`, onclick: act }, text);
export const table = (heads, rows) =>
    h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head || h("span", { className: "sr" }, t("Thao tác", "Actions")))))),
        h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((cell, i) => {
            const td = h("td", {}, cell ?? "");
            // On a narrow screen a row is a card, so each cell says what it is.
            td.dataset.head = heads[i];
            return td;
        })))));

const two = (n) => String(n).padStart(2, "0");
export function day(millis) {
    const d = new Date(millis);
    return `${two(d.getDate())}/${two(d.getMonth() + 1)}/${d.getFullYear()}`;
}
export function time(millis) {
    const d = new Date(millis);
    return `${day(millis)} ${two(d.getHours())}:${two(d.getMinutes())}`;
}

// Names of the areas by code.
export const places = new Map();
export async function readPlaces() {
    const areas = await ask("GET", "areas");
    for (const area of [areas.province, ...areas.districts, ...areas.communes]) places.set(area.code, area);
    return areas;
}
export const hamletName = (commune, number) =>
    `${word("hamlets", places.get(commune)?.residence ?? "rural")} ${Number(number)}`;
export function place(code) {
    const [commune, hamlet] = code.split("-");
    const name = places.get(commune)?.name;
    return name ? `${hamlet ? `${hamletName(commune, hamlet)}, ` : ""}${name} (${code})` : code;
}

// A typed or pasted value without its invisible characters; passwords, and texts of several lines, stay as they are.
const visible = (key, value) => (typeof value !== "string" || ["password", "current", "text"].includes(key) ? value
    : value.replace(/[\t\r\n]+/g, " ").replace(/[\p{Cc}\p{Cf}]/gu, ""));
// Sends a request to the server; returns the status and the body. An answer of something else, such as a
// proxy or a network's sign-in page, counts as not reached.
export async function request(method, path, body) {
    const headers = body ? { "content-type": "application/json" } : {};
    const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body, visible), cache: "no-store" });
    const { status, ok } = answer;
    if (status === 204) return { status, body: {} };
    const media = answer.headers.get("content-type") ?? "";
    const said = media.startsWith(ok ? "application/json" : "application/problem+json") && await answer.json().catch(() => null);
    if (!said || !ok && !said.type?.startsWith("/problems/")) throw new TypeError(`not the server: ${status} ${media}`);
    return { status, body: said };
}
// Sends a request of somebody who is signed in; a refusal becomes an error with the server's words.
export async function ask(method, path, body) {
    const answer = await request(method, path, body);
    if (answer.status === 401) {
        location.assign(`/signin/?to=${encodeURIComponent(location.pathname + location.search)}`);
        await new Promise(() => {});
    }
    if (answer.status >= 400) {
        const { vi, detail, field } = answer.body;
        throw Object.assign(new Error(t(vi, detail) ?? `HTTP ${answer.status}`), { field });
    }
    return answer.body;
}

// Says what was done, or what was not; without an id it clears the message. The message may offer more to do.
export function tell(id, ...content) {
    for (const other of ["failure", "done"]) $(other).hidden = other !== id;
    if (id) $(id).replaceChildren(...content);
}
// Nobody can tap on paper: what is folded is printed open, and folded again afterwards.
let opened = [];
addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => { for (const details of opened) details.open = false; });

// The element that was tapped or sent last; an error is shown beside it.
let tapped = null;
for (const event of ["click", "submit", "change"]) {
    addEventListener(event, ({ target }) => { tapped = target.closest?.("main :is(a, button, form, select)") ?? null; }, true);
}

// Shows an error at the field that the server names, or beside what was tapped, or at the top, and moves the
// focus there.
function fail(words, at, field) {
    const input = at instanceof HTMLFormElement && field ? at.elements[field.split(/[.[]/)[0]] : null;
    if (input) {
        input.closest(".field").classList.add("wrong");
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", "wrong-here");
        input.closest(".input").before(h("p", { id: "wrong-here", className: "error", role: "alert" }, words));
        return input.focus();
    }
    // A list that was redrawn or left has no place for it.
    const place = at?.checkVisibility?.() ?? at?.offsetParent ? at.closest(".row") ?? at : null;
    if (!place) {
        tell("failure", words);
        return $("failure").focus();
    }
    const said = h("p", { id: "wrong-here", className: "error", role: "alert", tabIndex: -1 }, words);
    place.after(said);
    said.focus();
}
function forgetFailure() {
    $("failure").hidden = true;
    $("wrong-here")?.remove();
    for (const input of document.querySelectorAll("[aria-invalid]")) {
        input.closest(".field").classList.remove("wrong");
        for (const name of ["aria-invalid", "aria-describedby"]) input.removeAttribute(name);
    }
}

// Runs what a button asks for, and shows what went wrong in the server's words.
export async function run(work, done) {
    const at = tapped;
    tapped = null;
    forgetFailure();
    // The button that undoes what was done stays until it has been undone.
    if (!$("done").contains(at)) tell(null);
    try {
        await work();
        if (done) {
            tell("done", done);
            $("done").scrollIntoView({ block: "nearest" });
        }
    } catch (error) {
        const why = error instanceof TypeError ? t("chưa kết nối được máy chủ, hãy kiểm tra mạng rồi thử lại.", "the server was not reached; check the network and try again.") : error.message;
        fail(`${t("Chưa làm được", "Not done")}: ${why}`, at, error.field);
    }
}
