// Accounts, devices and the audit trail.

import {
    $, ask, button, day, h, onLanguage, place, places, readPlaces, run, showWays, t, table, tell, time, word,
} from "{{plain}}";

// From the narrowest to the widest.
const ROLES = ["volunteer", "commune", "district", "province", "admin"];

let me = null;
// Communes in which each account works.
const communesOf = new Map();
const isAdmin = () => me.role === "admin";

async function showAccounts() {
    const { accounts } = await ask("GET", "accounts");
    communesOf.clear();
    for (const { name, areas } of accounts) communesOf.set(name, [...new Set(areas.map((area) => area.slice(0, 5)).filter((code) => /^\d{5}$/.test(code)))]);
    const change = (account, body, done) => () =>
        run(async () => { await ask("PATCH", `accounts/${account.name}`, body()); await showAccounts(); await showDevices(); }, done);
    const rows = accounts.map((account) => {
        const acts = h("div", { className: "row" },
            account.disabled ? null : button(t("Cấp mã cho máy", "Code for a device"), "second", () => run(() => enrol(account.name))),
            isAdmin() && account.areas[0] !== "83" ? button(t("Sửa địa bàn", "Change areas"), "second", () => {
                const given = prompt(`${account.name}: ${word("role_areas", account.role)}`, account.areas.join(" "));
                if (given !== null) change(account, () => ({ areas: codes(given) }), t("Đã đổi địa bàn.", "Areas changed."))();
            }) : null,
            isAdmin() && account.name !== me.account
                ? button(account.disabled ? t("Mở lại", "Open again") : t("Khóa", "Shut"), account.disabled ? "second" : "danger",
                    change(account, () => ({ disabled: !account.disabled }), t("Đã đổi.", "Changed.")))
                : null);
        const state = account.disabled ? t("Đã khóa", "Shut") : account.password ? t("Có mật khẩu", "Has a password") : t("Chỉ dùng trên máy đã đăng ký", "Enrolled devices only");
        return [account.name, word("roles", account.role), account.areas.map(place).join("; "), state, acts];
    });
    const heads = [t("Tên", "Name"), t("Vai trò", "Role"), t("Địa bàn", "Areas"), t("Tình trạng", "State"), ""];
    $("accounts").replaceChildren(rows.length ? table(heads, rows) : h("p", {}, t("Chưa có tài khoản nào dưới quyền.", "No accounts yet.")));
}

// Puts back, in all communes of an account, what stood before one of its devices wrote, from a day on.
async function undo(device) {
    const asked = prompt(t(`Hoàn tác mọi lần ghi của “${device.device}” (${device.account}) gửi đến máy chủ từ ngày (ngày/tháng/năm):`,
        `Undo everything of “${device.device}” (${device.account}) that reached the server from (day/month/year):`), day(Date.now()));
    const [, dayOfMonth, month, year] = asked?.match(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/)?.map(Number) ?? [];
    if (asked === null) return null;
    if (!year) throw new Error(t("ngày phải viết như 28/11/2026.", "write the day like 28/11/2026."));
    const since = new Date(year, month - 1, dayOfMonth).getTime();
    let [undone, refused] = [0, 0];
    for (const commune of communesOf.get(device.account) ?? []) {
        let cursor = null;
        do {
            const answer = await ask("POST", "undo", { commune, account: device.account, session: device.id, since, cursor });
            cursor = answer.cursor;
            undone += answer.records;
            refused += answer.refused;
            tell("done", h("p", {}, t(`Đang hoàn tác: ${undone} phiếu…`, `Undoing: ${undone} records…`)));
        } while (cursor);
    }
    return { undone, refused };
}

const confirmed = async (devices) => {
    for (const { id } of devices) await ask("POST", `devices/${id}/confirmation`);
    await showDevices();
};

// Devices that wait since the register was restored from a backup.
function showSuspended(suspended) {
    $("suspended").hidden = suspended.length === 0;
    const many = suspended.length;
    $("suspended").replaceChildren(
        h("p", {}, t(`Sổ vừa được phục hồi từ bản sao lưu. ${many} máy chờ xác nhận: dữ liệu vẫn còn trên máy và chưa gửi được. Máy đã thu hồi hoặc mất sau ngày sao lưu thì đừng xác nhận, hãy thu hồi hay báo mất lần nữa.`,
            `The register was restored from a backup. ${many} ${many === 1 ? "device waits" : "devices wait"} to be confirmed, and cannot send what they hold. Do not confirm one that was withdrawn or lost since the backup: withdraw it again, or mark it as lost.`)),
        many > 1 ? button(t(`Xác nhận cả ${many} máy`, `Confirm all ${many}`), "second", () => {
            const names = suspended.map(({ account, device }) => `${account}: ${device}`).join("\n");
            if (confirm(t(`Xác nhận các máy này?\n${names}`, `Confirm these devices?\n${names}`))) run(() => confirmed(suspended), t("Đã xác nhận.", "Confirmed."));
        }) : "");
}

async function showDevices() {
    const { devices } = await ask("GET", "devices");
    showSuspended(devices.filter((device) => device.state === "suspended"));
    const rows = devices.filter((device) => device.device || device.state !== "over").map((device) => {
        const admit = device.state === "suspended"
            ? button(t("Xác nhận", "Confirm"), "second", () => run(() => confirmed([device]), t("Đã xác nhận.", "Confirmed.")))
            : null;
        const take = ["active", "suspended"].includes(device.state) && !device.current
            ? button(t("Thu hồi", "Withdraw"), "danger", () => {
                const sure = t(`Thu hồi “${device.device ?? t("trình duyệt", "browser")}” của ${device.account}? Máy sẽ gửi nốt dữ liệu rồi tự xóa.`,
                    `Withdraw “${device.device ?? "browser"}” of ${device.account}? It will send what it holds and wipe itself.`);
                if (confirm(sure)) run(async () => { await ask("DELETE", `devices/${device.id}`); await showDevices(); }, t("Đã thu hồi.", "Withdrawn."));
            })
            : null;
        const lose = device.device && !device.current && !device.lost && device.state !== "over"
            ? button(t("Báo mất", "Lost"), "danger", () => {
                const sure = t(`Máy “${device.device}” của ${device.account} đã mất? Mọi thứ máy đó còn gửi sẽ được giữ lại, chờ cán bộ xã xem.`,
                    `Is “${device.device}” of ${device.account} lost? Everything it still sends is held back until an officer of the commune looks at it.`);
                if (confirm(sure)) run(async () => { await ask("DELETE", `devices/${device.id}?lost=true`); await showDevices(); }, t("Đã báo mất.", "Marked as lost."));
            })
            : null;
        const many = device.device && device.state === "active" && me.role !== "volunteer"
            ? device.many_until ? null : button(t("Cho thêm nhiều hộ", "Let it add many"), "second", () => run(async () => {
                await ask("POST", `devices/${device.id}/many`);
                await showDevices();
            }, t("Trong một ngày, máy này được thêm bao nhiêu hộ mới cũng được.", "For a day this device may add any number of new households.")))
            : null;
        const back = device.device && !isAdmin() && communesOf.get(device.account)?.length && !device.current
            ? button(t("Hoàn tác…", "Undo…"), "second", () => run(async () => {
                const done = await undo(device);
                if (!done) return;
                const left = done.refused ? t(` ${done.refused} chỗ không trả lại được vì phiếu đã đầy: hãy xem lại các hộ đó.`, ` ${done.refused} could not be put back, since their records are full: look at them.`) : "";
                tell("done", h("p", {}, t(`Đã hoàn tác trong ${done.undone} phiếu. Lịch sử từng hộ có ghi lại.`, `Undone in ${done.undone} records. Each household's history tells of it.`), left));
            }))
            : null;
        const state = [word("device_states", device.state), device.lost ? t("đã báo mất", "lost") : ""].filter(Boolean).join(", ");
        const name = device.device ?? t("Trình duyệt", "Browser");
        return [device.account, device.current ? `${name} (${t("đang dùng đây", "this one")})` : name, time(device.used), state, h("div", { className: "row" }, admit, take, lose, many, back)];
    });
    const heads = [t("Tài khoản", "Account"), t("Máy", "Device"), t("Dùng lần cuối", "Last used"), t("Tình trạng", "State"), ""];
    $("devices").replaceChildren(table(heads, rows));
}

async function enrol(account) {
    const made = await ask("POST", "devices/enrolments", { account });
    const picture = h("img", { className: "qr", alt: t("Mã QR để đăng ký máy", "QR code that enrols the device"), src: `data:image/svg+xml,${encodeURIComponent(made.qr)}` });
    $("code").replaceChildren(
        h("p", {}, `${t("Mã cho", "Code for")} ${account}: `, h("strong", { className: "big" }, made.code)),
        h("p", {}, t(`Trên máy cần đăng ký, quét mã QR này hoặc mở ${location.origin}/signin/ rồi gõ mã. Dùng một lần, đến ${time(made.expires)}.`,
            `On the device, scan this QR code, or open ${location.origin}/signin/ and type the code. It works once, until ${time(made.expires)}.`)),
        picture);
    $("code").hidden = false;
    $("code").scrollIntoView({ block: "nearest" });
}

let cursor = null;
async function showTrail(from) {
    const query = new URLSearchParams();
    if ($("audit-area").value) query.set("area", $("audit-area").value);
    if (from) query.set("cursor", from);
    const page = await ask("GET", `audit?${query}`);
    cursor = page.cursor;
    $("more").hidden = !cursor;
    const rows = page.entries.map((entry) => {
        const households = entry.households.length;
        const what = [word("actions", entry.action), entry.subject ?? ""].join(" ");
        const ids = households ? h("details", {}, h("summary", {}, `${households} ${t("hộ", households === 1 ? "household" : "households")}`), entry.households.join(", ")) : "";
        return [time(entry.at), entry.by?.account ?? (entry.action === "sign_in_failed" ? t("chưa rõ", "unknown") : t("dòng lệnh", "command line")), what, entry.commune ? place(entry.commune) : "", ids];
    });
    const heads = [t("Lúc", "When"), t("Ai", "Who"), t("Việc", "What"), t("Xã", "Commune"), t("Hộ", "Households")];
    const made = table(heads, rows);
    if (from) $("audit").querySelector("tbody").append(...made.querySelector("tbody").children);
    else $("audit").replaceChildren(made);
}

const codes = (text) => text.split(/[\s,;]+/).filter(Boolean);

// Offers by name the areas that an account of the chosen role can have.
const named = (code) => {
    const of = places.get(places.get(code).district);
    return [place(code), of?.name].filter(Boolean).join(", ");
};
function offerPlaces() {
    const codes = { volunteer: /^\d{5}$/, commune: /^\d{5}$/, district: /^\d{3}$/ }[$("role").value];
    const offered = codes ? [...places.keys()].filter((code) => codes.test(code)) : [];
    $("by-name").hidden = offered.length === 0;
    $("places").replaceChildren(...offered.map((code) => h("option", { value: named(code) })));
}
// Adds what was chosen by name. A volunteer has hamlets of it: their numbers are still to be typed.
function addPlace() {
    const code = [...places.keys()].find((code) => named(code) === $("place").value);
    if (!code) return;
    const isVolunteer = $("role").value === "volunteer";
    $("areas").value = [...codes($("areas").value), isVolunteer ? `${code}-` : code].join(" ");
    $("place").value = "";
    if (isVolunteer) $("areas").focus();
}

// Fills the lists to choose from, in the current language.
function choices() {
    const role = $("role").value || "volunteer";
    $("role").replaceChildren(...ROLES.map((value) => h("option", { value }, word("roles", value))));
    $("role").value = role;
    $("areas-hint").textContent = word("role_areas", role);
    offerPlaces();
    if (!me) return;
    const area = $("audit-area").value;
    const options = isAdmin() ? [h("option", { value: "" }, t("Tất cả", "All"))] : me.areas.map((value) => h("option", { value }, place(value)));
    $("audit-area").replaceChildren(...options);
    $("audit-area").value = area || options[0].value;
    $("of-area").hidden = options.length < 2;
}

async function show() {
    choices();
    await showAccounts();
    await showDevices();
    await showTrail();
}

onLanguage(() => {
    tell(null);
    $("code").hidden = true;
    if (me) run(show);
    else choices();
});
$("role").addEventListener("change", () => {
    $("areas-hint").textContent = word("role_areas", $("role").value);
    offerPlaces();
});
$("place").addEventListener("input", addPlace);
$("audit-area").addEventListener("change", () => run(() => showTrail()));
$("more").addEventListener("click", () => run(() => showTrail(cursor)));
$("make").addEventListener("submit", (event) => {
    event.preventDefault();
    const password = $("password").value || null;
    run(async () => {
        await ask("POST", "accounts", { name: $("name").value, role: $("role").value, areas: codes($("areas").value), password });
        event.target.reset();
        choices();
        await showAccounts();
        await showTrail();
    }, t("Đã tạo tài khoản.", "The account was made."));
});

choices();
await run(async () => {
    const who = await ask("GET", "sessions/current");
    showWays(who);
    if (who.open) {
        $("none").hidden = false;
        return;
    }
    if (who.role === "volunteer") throw new Error(t("trang này dành cho cán bộ.", "this page is for officers."));
    me = who;
    await readPlaces();
    $("new").hidden = !isAdmin();
    $("trail").hidden = false;
    $("desk").hidden = false;
    await show();
});
