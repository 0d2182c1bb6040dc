// Signing in: with a password, or a device with a code. Comes back to the page named by `?to=`.

import { $, button, h, onLanguage, places, readPlaces, request, showWays, stored, t } from "{{plain}}";

onLanguage(() => {
    say(null);
    showPeople();
});

function say(problem) {
    $("failure").hidden = !problem;
    $("failure").textContent = problem ?? "";
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

// What the survey keeps on this device belongs to who is signed in: nobody else finds it here.
const KEPT = "soho-survey";

// How many edits wait to be sent, and how many the server has refused.
function waiting() {
    return new Promise((done) => {
        const open = indexedDB.open(KEPT);
        // There was none: it must not be made here.
        open.onupgradeneeded = () => open.transaction.abort();
        open.onerror = () => done({ unsent: 0, refused: 0 });
        open.onsuccess = () => {
            const all = open.result.transaction("outbox").objectStore("outbox").getAll();
            all.onsuccess = () => {
                open.result.close();
                const refused = all.result.filter((entry) => JSON.parse(entry).problem).length;
                done({ unsent: all.result.length - refused, refused });
            };
            all.onerror = () => { open.result.close(); done({ unsent: 1, refused: 0 }); };
        };
    });
}

// Removes it; false while another tab holds it.
function forget() {
    return new Promise((done) => {
        const gone = indexedDB.deleteDatabase(KEPT);
        gone.onsuccess = () => done(true);
        gone.onerror = () => done(false);
        // A page kept for the back button lets go a little later.
        gone.onblocked = () => setTimeout(() => done(false), 5000);
    });
}

const closeTabs = () => t("Hãy đóng các trang Rà soát đang mở trên máy này rồi thử lại.",
    "Close the survey's pages on this device and try again.");
const stillUnsent = () => t("Máy này còn phiếu chưa gửi. Hãy mở trang Rà soát cho gửi hết rồi mới đăng xuất.",
    "Records on this device are not sent yet. Open the survey to send them before signing out.");

const dropRefused = (n) => t(`Đăng xuất sẽ xoá khỏi máy này ${n} lần sửa mà máy chủ đã từ chối. Vẫn đăng xuất?`,
    `Signing out removes ${n} edits that the server has refused from this device. Sign out all the same?`);

// Who was signed in, and where.
const forgetWho = () => stored((s) => ["soho.account", "soho.areas", "soho.role"].forEach((key) => s.removeItem(key)));

// Makes room for somebody else's records; says what stands against it.
async function handOver({ account, areas }) {
    const before = stored((s) => s.getItem("soho.account"));
    if (before && before !== account) {
        const { unsent, refused } = await waiting();
        if (unsent + refused > 0) {
            return t(`Máy này còn phiếu chưa gửi của tài khoản ${before}. Người đó phải đăng nhập để gửi trước.`,
                `Records of the account ${before} on this device are not sent yet. Its owner must sign in and send them first.`);
        }
        if (!await forget()) return closeTabs();
    }
    stored((s) => s.setItem("soho.account", account));
    // What the apps offer; what may be seen is the server's to say.
    stored((s) => s.setItem("soho.areas", areas.join(" ")));
    return null;
}

// Signs in with a key; returns to `field` when it does not open.
async function enter(key, field) {
    const buttons = [...$("forms").querySelectorAll("button")];
    for (const button of buttons) button.disabled = true;
    say(null);
    try {
        const answer = await request("POST", "sessions", key);
        const problem = answer.status === 201 ? await handOver(answer.body) : words(answer);
        if (!problem) {
            showWays(answer.body);
            location.replace(home(answer.body));
            return;
        }
        if (answer.status === 201) await request("DELETE", "sessions/current");
        say(problem);
    } catch {
        say(unreachable());
    }
    for (const button of buttons) button.disabled = false;
    field.focus();
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
    try {
        const { unsent, refused } = await waiting();
        if (unsent > 0) return say(stillUnsent());
        if (refused > 0 && !confirm(dropRefused(refused))) return;
        if (!await forget()) return say(closeTabs());
        await request("DELETE", "sessions/current");
        forgetWho();
        await begin();
    } catch {
        say(unreachable());
    }
});

// The server has taken this device away: what it would take goes first, then nothing stays here.
async function leave() {
    if ((await waiting()).unsent > 0) return location.replace("/survey/");
    if (!await forget()) return say(closeTabs());
    forgetWho();
    await request("DELETE", "sessions/current");
    $("withdrawn").hidden = false;
    $("forms").hidden = false;
}

async function begin() {
    try {
        const { status, body } = await request("GET", "sessions/current");
        if (body.revoked) return await leave();
        const known = status === 200 && !body.open;
        if (status === 401) await askPeople();
        $("who").hidden = !known;
        $("open").hidden = !(status === 200 && body.open);
        $("forms").hidden = known || !$("open").hidden;
        showWays(status === 200 ? body : {});
        if (known) {
            $("account").textContent = body.account;
            $("go-on").href = home(body);
            $("admin").hidden = body.role === "volunteer";
        }
    } catch {
        $("forms").hidden = false;
        say(unreachable());
    }
}

const hash = decodeURIComponent(location.hash.slice(1));
if (/^[0-9A-Za-z -]{10,12}$/.test(hash)) {
    // From the picture of a code. It goes out of the address at once.
    history.replaceState(null, "", location.pathname + location.search);
    $("enrol").open = true;
    $("code").value = hash;
}
await begin();
if ($("code").value) $("device").focus();
