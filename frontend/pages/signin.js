// Signing in: with a password, or a device with a code. Comes back to the page named by `?to=`.

import { $, button, h, onLanguage, places, readPlaces, request, showWays, stored, t } from "{{plain}}";

onLanguage(() => {
    say(null);
    showPeople();
    showKept();
});

// Says what went wrong, at the field where it can be mended, which takes the focus.
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

// What went wrong, and what to do.
function words({ status, body }) {
    const wait = /\d+/.exec(body.detail ?? "")?.[0] ?? "60";
    switch (body.type) {
        case "/problems/wrong-password":
            return t("Tài khoản hoặc mật khẩu chưa đúng. Hãy gõ lại; quên mật khẩu thì hỏi người quản trị.",
                "The account or the password is wrong. Type them again; if forgotten, ask the administrator.");
        case "/problems/wrong-code":
            return t("Mã chưa đúng, đã dùng rồi hoặc đã quá 15 phút. Hãy xin mã mới.",
                "The code is wrong, was used, or is older than 15 minutes. Ask for a new one.");
        case "/problems/too-often":
            return t(`Đã thử quá nhiều lần. Hãy chờ ${wait} giây rồi thử lại.`,
                `Tried too often. Wait ${wait} seconds and try again.`);
        default:
            return status === 422
                ? t("Hãy điền đủ các ô.", "Fill in all fields.")
                : t("Máy chủ chưa nhận được. Hãy thử lại sau.", "The server could not take it. Try again later.");
    }
}

const unreachable = () => t("Chưa gặp được máy chủ. Hãy kiểm tra mạng rồi thử lại.",
    "The server was not reached. Check the network and try again.");

// Only a path of this site, never another one.
function wanted() {
    const to = new URLSearchParams(location.search).get("to") ?? "";
    try {
        const url = new URL(to, location.origin);
        return to.startsWith("/") && url.origin === location.origin ? url.pathname + url.search : "";
    } catch {
        return "";
    }
}

// Where somebody works, unless they were on their way elsewhere and it is theirs to see.
function home({ role, areas }) {
    const to = wanted();
    const [volunteer, admin] = [role === "volunteer", role === "admin"];
    const partial = role === "commune" || role === "district";
    if (to.startsWith("/survey/") ? !admin
        : to.startsWith("/admin/") ? !volunteer
        : to.startsWith("/review/") ? !volunteer && !admin
        : to.startsWith("/province/") ? !volunteer && (!partial || /[?&]area=(?!83(&|$))/.test(to))
        : to && to !== "/signin/") return to;
    return volunteer ? "/survey/" : admin ? "/admin/" : partial ? `/province/?area=${areas[0]}` : "/province/";
}

const cookiesBlocked = () => t("Trình duyệt đang chặn cookie của trang này nên không giữ được đăng nhập. Hãy cho phép cookie rồi đăng nhập lại.",
    "The browser blocks this site's cookies, so it cannot stay signed in. Allow cookies, then sign in again.");
const closeTabs = () => t("Hãy đóng các trang Rà soát đang mở trên máy này rồi thử lại.",
    "Close the survey's pages on this device and try again.");

// Whose book the survey keeps on this device, and how many records wait in it: the survey tells, and reads it alone.
const BOOK = "soho-survey";
const told = () => stored((s) => s.getItem("soho.kept"));
function kept() {
    const [owner, waiting] = (told() ?? "").split(" ");
    return { owner, waiting: Number(waiting ?? 0) };
}
// Whether there is a book at all.
async function hasBook() {
    try {
        return told() !== "" && (!indexedDB.databases || (await indexedDB.databases()).some(({ name }) => name === BOOK));
    } catch {
        return false;
    }
}

// Forgets the records of whoever is not signed in any more. What waits to be sent stays.
const putAway = () => new Promise((done) => {
    const open = indexedDB.open(BOOK);
    // There was none: it must not be made here.
    open.onupgradeneeded = () => open.transaction.abort();
    open.onerror = done;
    open.onsuccess = () => {
        const tx = open.result.transaction(["base", "meta"], "readwrite");
        tx.objectStore("base").clear();
        tx.objectStore("meta").delete(IDBKeyRange.bound("cursor/", "cursor/~"));
        tx.oncomplete = tx.onabort = done;
        open.result.close();
    };
});

// Who is signed in.
let me = null;
// Names the account whose records wait here, where it is not signed in.
function showKept() {
    const { owner, waiting } = kept();
    $("kept").hidden = !owner || waiting === 0 || owner === me;
    $("kept").textContent = t(`Máy này còn giữ ${waiting} phiếu chưa gửi của tài khoản ${owner}. Không ai xem được; khi ${owner} đăng nhập lại và mở Rà soát thì phiếu được gửi.`,
        `This device keeps ${waiting} records of the account ${owner} that are not sent. Nobody can see them; they are sent when ${owner} signs in again and opens the survey.`);
}

// What the apps ask without a network: who is signed in, where, and until when. The cookie ends as the session's own does.
function remember({ account, areas, idle }) {
    stored((s) => {
        s.setItem("soho.account", account);
        // What the apps offer; what may be seen is the server's to say.
        s.setItem("soho.areas", areas.join(" "));
        if (idle) s.setItem("soho.idle", idle);
        else s.removeItem("soho.idle");
    });
    document.cookie = `soho_in=${Date.now()};path=/;samesite=strict`;
}

// Nobody is signed in: what the apps kept of others' figures goes, too. The account stays known where it may come back.
function forget(...more) {
    const gone = (key) => ["soho.areas", ...more].includes(key) || key.startsWith("soho.province.");
    stored((s) => Object.keys(s).filter(gone).forEach((key) => s.removeItem(key)));
    document.cookie = "soho_in=;path=/;max-age=0";
}

// Does something while no page of the survey is open: it would send what waits in it in another's name. Null where one is.
async function withoutSurvey(work) {
    // Where a browser lets nothing be stored there are no locks, and no survey.
    if (!await navigator.locks?.query().catch(() => null)) return work();
    // This page itself, or one that is just closing, may hold it for a moment.
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

// Signs in; or what stands against it, and the field where that is mended.
async function signIn(key) {
    // Before a code is used up.
    if (!navigator.cookieEnabled) return { problem: cookiesBlocked() };
    const { status, body } = await request("POST", "sessions", key);
    if (status !== 201) {
        const at = { "/problems/wrong-password": "password", "/problems/wrong-code": "code" }[body.type] ?? body.field;
        return { problem: words({ status, body }), at };
    }
    if ((await request("GET", "sessions/current")).status === 401) return { problem: cookiesBlocked() };
    if (stored((s) => s.getItem("soho.account")) !== body.account && await hasBook()) await putAway();
    remember(body);
    return { body };
}

// Signs in with a key, typed into `field` or given by it.
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

// The people of a demonstration.
let people = [];

// As whom somebody would enter: `điều tra viên ấp 4, xã Lương Quới`.
function described({ role, areas }) {
    const [code, hamlet] = areas[0].split("-");
    const { name, residence } = places.get(code);
    const vi = name[0].toLowerCase() + name.slice(1);
    switch (role) {
        case "volunteer": {
            const of = residence === "urban" ? t("khu phố", "Khu phố") : t("ấp", "Ấp");
            return t(`điều tra viên ${of} ${Number(hamlet)}, ${vi}`, `a volunteer of ${of} ${Number(hamlet)}, ${name}`);
        }
        case "admin": return t("người quản trị", "the administrator");
        case "province": return t("cán bộ tỉnh", "an officer of the province");
        default: return t(`cán bộ ${vi}`, `an officer of ${name}`);
    }
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

// Asks whom one tap enters as: only a demonstration on its own machine offers anybody.
async function askPeople() {
    const { body } = await request("GET", "sessions/demonstration");
    if (!body.accounts?.length) return;
    await readPlaces();
    // Whoever was on the way to the figures finds those first who see most of them.
    const roles = wanted().startsWith("/province/")
        ? ["province", "district", "commune", "admin", "volunteer"]
        : ["volunteer", "commune", "district", "province", "admin"];
    people = body.accounts.sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
    showPeople();
}

$("with-password").addEventListener("submit", (event) => {
    event.preventDefault();
    enter({ account: $("name").value, password: $("password").value }, $("name"));
});
$("with-code").addEventListener("submit", (event) => {
    event.preventDefault();
    enter({ code: $("code").value, device: $("device").value }, $("code"));
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
            // A device that is enrolled keeps its book.
            if (stored((s) => s.getItem("soho.idle")) && await hasBook()) await putAway();
            await askPeople();
        }
        // A register without accounts, and nobody who has its key: what to do.
        const locked = body.type === "/problems/no-key";
        if (locked) say(t(body.vi, body.detail));
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
            $("account").textContent = body.account;
            $("go-on").href = home(body);
            $("admin").hidden = body.role === "volunteer";
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
    // From the picture of a code. It goes out of the address at once.
    history.replaceState(null, "", location.pathname + location.search);
    $("enrol").open = true;
    $("code").value = hash;
}
await begin();
if ($("code").value) $("device").focus();
