// Signing in with a password, or enrolling a device with a code. Returns to the page named by `?to=`.

import { $, button, h, hamletName, onLanguage, places, readPlaces, request, showWays, stored, t, word } from "{{plain}}";

onLanguage(() => {
    say(null);
    showPeople();
    showKept();
});

// Shows what went wrong at the field where it can be corrected, and moves the focus there.
function say(problem, field) {
    const failure = $("failure");
    for (const marked of document.querySelectorAll("[aria-describedby=failure]")) {
        marked.removeAttribute("aria-describedby");
        marked.removeAttribute("aria-invalid");
    }
    failure.hidden = !problem;
    failure.textContent = problem ?? "";
    if (!problem || !field) return;
    const input = field.closest(".input");
    (input ?? field).before(failure);
    field.setAttribute("aria-describedby", "failure");
    if (input) field.setAttribute("aria-invalid", "true");
    field.focus();
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
const small = (text) => text[0].toLowerCase() + text.slice(1);

// Returns what went wrong, and what to do, in the server's words.
function words({ status, body }) {
    if (status === 422 && !body.field) return t("Hãy điền đủ các ô.", "Fill in all fields.");
    return `${capital(t(body.vi ?? body.detail, body.detail))}.`;
}

const unreachable = () => t("Chưa kết nối được máy chủ. Hãy kiểm tra mạng rồi thử lại.",
    "The server was not reached. Check the network and try again.");

// Returns the path of this site that was asked for, never another site's.
function wanted() {
    const to = new URLSearchParams(location.search).get("to") ?? "";
    try {
        const url = new URL(to, location.origin);
        // A path that begins with two slashes, such as that of `/.//elsewhere.vn`, is another site's address.
        const isOwn = to.startsWith("/") && url.origin === location.origin && !url.pathname.startsWith("//");
        return isOwn ? url.pathname + url.search : "";
    } catch {
        return "";
    }
}

// Returns the page where this role works, unless the account was on its way to another page that it may see.
function home({ role, areas }) {
    const to = wanted();
    const [volunteer, admin, department] = ["volunteer", "admin", "department"].map((one) => role === one);
    const partial = !areas.includes("83");
    if (to.startsWith("/survey/") ? !admin && !department
        : to.startsWith("/desk/people/") ? !volunteer && !department
        : to.startsWith("/desk/review/") ? !volunteer && !department && !admin
        : to.startsWith("/desk/figures/") ? !volunteer && (!partial || /[?&]area=(?!83(&|$))/.test(to))
        : to.startsWith("/desk/") ? !volunteer
        : to && to !== "/signin/") return to;
    return volunteer ? "/survey/" : admin ? "/desk/people/" : department ? "/desk/"
        : partial ? `/desk/figures/?area=${areas[0]}` : "/desk/figures/";
}

const cookiesBlocked = () => t("Trình duyệt đang chặn cookie của trang này nên không giữ được đăng nhập. Hãy cho phép cookie rồi đăng nhập lại.",
    "The browser blocks this site's cookies, so it cannot stay signed in. Allow cookies, then sign in again.");
const closeTabs = () => t("Hãy đóng các trang Rà soát đang mở trên máy này rồi thử lại.",
    "Close the survey's pages on this device and try again.");

// Name of the survey's database on this device (its book). Only the survey reads it, and it tells whose
// records wait in it, and how many.
const BOOK = "soho-survey";
const told = () => stored((s) => s.getItem("soho.kept"));
function kept() {
    const [owner, waiting] = (told() ?? "").split(" ");
    return { owner, waiting: Number(waiting ?? 0) };
}
// Returns whether there is a book at all.
async function hasBook() {
    try {
        return told() !== "" && (!indexedDB.databases || (await indexedDB.databases()).some(({ name }) => name === BOOK));
    } catch {
        return false;
    }
}

// Removes the records of whoever is no longer signed in. What waits to be sent stays.
const putAway = () => new Promise((done) => {
    const open = indexedDB.open(BOOK);
    // There was no book, and it must not be created here.
    open.onupgradeneeded = () => open.transaction.abort();
    open.onerror = done;
    open.onsuccess = () => {
        // An earlier version's book does not keep what was acknowledged.
        const stores = ["base", "acknowledged", "meta"].filter((name) => open.result.objectStoreNames.contains(name));
        const tx = open.result.transaction(stores, "readwrite");
        for (const name of stores.slice(0, -1)) tx.objectStore(name).clear();
        tx.objectStore("meta").delete(IDBKeyRange.bound("cursor/", "cursor/~"));
        tx.oncomplete = tx.onabort = done;
        open.result.close();
    };
});

// The account that is signed in.
let me = null;
// Names the account whose records wait here, when it is not the one signed in.
function showKept() {
    const { owner, waiting } = kept();
    $("kept").hidden = !owner || waiting === 0 || owner === me;
    $("kept").textContent = t(`Máy này còn giữ ${waiting} phiếu chưa gửi của tài khoản ${owner}. Không ai xem được; khi ${owner} đăng nhập lại và mở Rà soát thì phiếu được gửi.`,
        `This device keeps ${waiting} records of the account ${owner} that are not sent. Nobody can see them; they are sent when ${owner} signs in again and opens the survey.`);
}

// Stores what the apps need without a network: who is signed in, where and until when. The cookie ends
// together with the session's own.
function remember({ account, areas, idle }) {
    stored((s) => {
        s.setItem("soho.account", account);
        // Areas that the apps offer; what may be seen is decided by the server.
        s.setItem("soho.areas", areas.join(" "));
        if (idle) s.setItem("soho.idle", idle);
        else s.removeItem("soho.idle");
    });
    document.cookie = `soho_in=${Date.now()};path=/;samesite=strict`;
}

// Nobody is signed in: removes also the figures that the apps kept. The account stays known where it may come back.
function forget(...more) {
    const gone = (key) => ["soho.areas", ...more].includes(key) || key.startsWith("soho.province.");
    stored((s) => Object.keys(s).filter(gone).forEach((key) => s.removeItem(key)));
    document.cookie = "soho_in=;path=/;max-age=0";
}

// Does `work` while no page of the survey is open, since such a page would send waiting edits in another's
// name. Null where one is open.
async function withoutSurvey(work) {
    // Where a browser stores nothing there are no locks, and no survey.
    if (!await navigator.locks?.query().catch(() => null)) return work();
    // This page itself, or one that is closing, may hold the lock for a moment.
    const waiting = new AbortController();
    const limit = setTimeout(() => waiting.abort(), 3000);
    let free = false;
    try {
        return await navigator.locks.request("soho-book", { signal: waiting.signal }, () => { free = true; return work(); });
    } catch (error) {
        if (free) throw error;
        return null;
    } finally {
        clearTimeout(limit);
    }
}

// Signs in; otherwise returns what prevents it, and the field where that is corrected.
async function signIn(key) {
    // Checked before a code is used up.
    if (!navigator.cookieEnabled) return { problem: cookiesBlocked() };
    const { status, body } = await request("POST", "sessions", key);
    if (status !== 201) {
        // A password that works once was right: another one is chosen with it.
        if (body.type === "/problems/password") $("choosing").hidden = false;
        const at = { "/problems/wrong-password": "password", "/problems/wrong-code": "code", "/problems/password": "chosen" }[body.type] ?? body.field;
        return { problem: words({ status, body }), at };
    }
    if ((await request("GET", "sessions/current")).status === 401) return { problem: cookiesBlocked() };
    if (stored((s) => s.getItem("soho.account")) !== body.account && await hasBook()) await putAway();
    remember(body);
    return { body };
}

// Signs in with a key. `field` is the input or button that it came from; an error that names no other field
// is shown there.
async function enter(key, field) {
    const buttons = [...$("forms").querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    say(null);
    let done;
    try {
        const name = (key.account ?? key.demonstration)?.trim().toLowerCase();
        const again = name && name === stored((s) => s.getItem("soho.account"));
        done = (again ? await signIn(key) : await withoutSurvey(() => signIn(key))) ?? { problem: closeTabs() };
    } catch {
        done = { problem: unreachable() };
    }
    if (done.body) {
        showWays(done.body);
        location.replace(home(done.body));
        return;
    }
    for (const button of buttons) button.disabled = false;
    say(done.problem, (done.at && $(done.at)) || field);
}

// Accounts that a demonstration offers.
let people = [];

// Describes an account of a demonstration: `điều tra viên ấp 4, xã Lương Quới`.
function described({ role, areas }) {
    const title = small(word("roles", role));
    if (role === "province" || role === "admin") return title;
    const [code, hamlet] = areas[0].split("-");
    const { name } = places.get(code);
    return role === "volunteer"
        ? t(`${title} ${small(hamletName(code, hamlet))}, ${small(name)}`, `${title}, ${hamletName(code, hamlet)}, ${name}`)
        : t(`cán bộ ${small(name)}`, `${title}, ${name}`);
}

function showPeople() {
    $("demonstration").hidden = people.length === 0;
    $("people").replaceChildren(...people.map((person) => {
        const enters = button("", "second", () => enter({ demonstration: person.account }, enters));
        enters.append(t("Vào với vai ", "Enter as "), h("strong", {}, described(person)));
        enters.dataset.account = person.account;
        return h("li", {}, enters);
    }));
}

// Asks which accounts one tap can enter as; only a demonstration on its own machine offers any.
async function askPeople() {
    const { body } = await request("GET", "sessions/demonstration");
    if (!body.accounts?.length) return;
    await readPlaces();
    // On the way to the figures, those who see most of them come first.
    const roles = wanted().startsWith("/desk/figures/")
        ? ["province", "district", "commune", "admin", "department", "volunteer"]
        : ["volunteer", "commune", "district", "province", "admin", "department"];
    people = body.accounts.sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
    showPeople();
}

// Whether all these fields are filled in; otherwise says so at the first that is not.
function areFilled(...ids) {
    const empty = ids.map($).find((input) => !input.value.trim());
    if (empty) say(t("Ô này chưa điền.", "This is not filled in."), empty);
    return !empty;
}
$("with-password").addEventListener("submit", (event) => {
    event.preventDefault();
    const choosing = !$("choosing").hidden;
    if (!areFilled("name", "password", ...choosing ? ["chosen"] : [])) return;
    const [account, password] = [$("name").value, $("password").value];
    enter(choosing ? { account, current: password, password: $("chosen").value } : { account, password }, $("name"));
});
// Another account may have a password of its own.
$("name").addEventListener("input", () => { $("choosing").hidden = true; $("chosen").value = ""; });
$("with-code").addEventListener("submit", (event) => {
    event.preventDefault();
    if (areFilled("code", "device")) enter({ code: $("code").value, device: $("device").value }, $("code"));
});
$("own-password").addEventListener("submit", async (event) => {
    event.preventDefault();
    $("own-done").hidden = true;
    say(null);
    if (!areFilled("current", "changed")) return;
    try {
        const { status, body } = await request("PUT", "sessions/current/password", { current: $("current").value, password: $("changed").value });
        if (status === 401) return location.reload();
        if (status !== 204) return say(words({ status, body }), $(body.type === "/problems/password" ? "changed" : "current"));
        event.target.reset();
        $("own-done").hidden = false;
    } catch {
        say(unreachable(), $("changed"));
    }
});
$("sign-out").addEventListener("click", async () => {
    say(null);
    const { owner, waiting } = kept();
    // The survey counts what waits and wipes its book; what waits for somebody else stays.
    if (await hasBook() && !(waiting > 0 && owner && owner !== me)) {
        location.assign("/survey/#/leave");
        return;
    }
    try {
        await request("DELETE", "sessions/current");
        forget("soho.account");
        await begin();
    } catch {
        say(unreachable(), $("sign-out"));
    }
});

async function begin() {
    try {
        const { status, body } = await request("GET", "sessions/current");
        const known = status === 200 && !body.open;
        me = known ? body.account : null;
        if (known) remember(body);
        else if (status === 200) forget("soho.account", "soho.idle");
        else if (status === 401) {
            forget();
            // An enrolled device keeps its book.
            if (stored((s) => s.getItem("soho.idle")) && await hasBook()) await putAway();
            await askPeople();
        }
        // A register without accounts, for somebody who has no key: says what to do.
        // Nor does a form help a device that waits to be confirmed.
        const locked = ["/problems/no-key", "/problems/suspended"].includes(body.type);
        if (locked) say(words({ status, body }));
        showKept();
        if (body.revoked && await hasBook()) {
            $("taken").hidden = false;
            return;
        }
        if (body.revoked) {
            await request("DELETE", "sessions/current");
            forget("soho.account");
            $("withdrawn").hidden = false;
        }
        const inside = known && !body.revoked;
        $("who").hidden = !inside;
        $("open").hidden = !(status === 200 && body.open);
        $("forms").hidden = inside || locked || !$("open").hidden;
        showWays(status === 200 && !body.revoked ? body : {});
        if (inside) {
            $("account").textContent = body.full_name ? `${body.full_name} (${body.account})` : body.account;
            $("own").hidden = !body.password;
            $("go-on").href = home(body);
            $("admin").hidden = ["volunteer", "department"].includes(body.role);
            $("enrolled").hidden = !body.device;
            $("passing").hidden = !body.idle || body.role !== "volunteer";
        }
        if (!navigator.cookieEnabled) say(cookiesBlocked());
    } catch {
        $("forms").hidden = false;
        showKept();
        say(unreachable());
    }
}

const hash = decodeURIComponent(location.hash.slice(1));
$("withdrawn").hidden = hash !== "withdrawn";
if (/^[0-9A-Za-z -]{10,12}$/.test(hash)) {
    // The code comes from a scanned picture; it is removed from the address at once.
    history.replaceState(null, "", location.pathname + location.search);
    $("enrol").open = true;
    $("code").value = hash;
}
await begin();
if ($("code").value) $("device").focus();
