// Accounts, devices and the audit trail.

import {
    $, ask, button, day, h, onLanguage, place, places, readPlaces, run, showWays, t, table, tell, time, word, wordKeys,
} from "{{plain}}";

// From the narrowest to the widest, and those beside them.
const ROLES = ["volunteer", "commune", "district", "province", "department", "admin"];
// Codes of the areas that a role is given: of a volunteer the communes, whose hamlets are chosen next.
const CODES = { volunteer: /^\d{5}$/, commune: /^\d{5}$/, district: /^\d{3}$/, department: /^\d{2,3}$/ };
// Most lines that a field offers.
const OFFERED = 8;
// Hamlets of a commune that are offered; any other number can be typed.
const HAMLETS = 20;
// Accounts of a list that are made in one request.
const AT_ONCE = 50;

let me = null;
const isAdmin = () => me.role === "admin";

// Small letters without their marks, as the server compares names.
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase().replace(/[\s,-]+/g, " ").trim();

// A field in which areas are found by a few letters of their names. What was chosen stands above it, each with a button
// that takes it off. `codes` says which areas are offered, `most` how many can be chosen.
function picker(input, codes, most, changed = () => {}) {
    let chosen = [];
    let offered = [];
    let at = -1;
    const chips = h("ul", { className: "chips" });
    const list = h("ul", { id: `${input.id}-list`, hidden: true });
    list.setAttribute("role", "listbox");
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) input.setAttribute(name, value);
    input.closest(".input").classList.add("combo");
    input.closest(".input").before(chips);
    input.after(list);

    const hamlets = () => codes() === CODES.volunteer;
    const full = (code) => [place(code), places.get(places.get(code.slice(0, 5))?.district)?.name].filter(Boolean).join(", ");
    function matching() {
        const words = folded(input.value).split(" ").filter(Boolean);
        if (!words.length || !codes()) return [];
        const found = [...places.keys()].filter((code) => codes().test(code))
            .map((code) => ({ code, name: folded(full(code)) }));
        // Those in which the letters stand together, from the beginning of a word on, come first.
        const closest = (words, fits) => {
            const together = ({ name }) => Number(` ${name}`.includes(` ${words.join(" ")}`));
            return found.filter(fits).sort((a, b) => together(b) - together(a));
        };
        if (!hamlets()) return closest(words, ({ name }) => words.every((word) => name.includes(word))).slice(0, OFFERED).map(({ code }) => code);
        // The number of the hamlet may stand before or after the commune's name; "ấp" and "khu phố" go without saying.
        const number = words.find((word) => /^\d{1,2}$/.test(word));
        const rest = words.filter((word) => word !== number && word !== "ap");
        const communes = closest(rest, ({ name }) => rest.length && rest.every((word) => name.includes(word) || ["khu", "pho"].includes(word)));
        const two = (n) => String(n).padStart(2, "0");
        if (number > 0) return communes.slice(0, OFFERED).map(({ code }) => `${code}-${two(number)}`);
        return communes.length === 1
            ? Array.from({ length: HAMLETS }, (_, i) => `${communes[0].code}-${two(i + 1)}`)
            : communes.slice(0, OFFERED).map(({ code }) => code);
    }
    function close() {
        list.hidden = true;
        at = -1;
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
    }
    function point(to) {
        at = to;
        [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
        const option = list.children[at];
        if (!option) return;
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
    }
    function open() {
        offered = matching();
        list.replaceChildren(...offered.map((code, i) => {
            const option = h("li", { id: `${list.id}-${i}` }, full(code));
            option.setAttribute("role", "option");
            // A finger or mouse chooses before the field loses the focus; screen readers only click.
            for (const kind of ["pointerdown", "click"]) option.addEventListener(kind, (event) => { event.preventDefault(); choose(code); });
            return option;
        }));
        if (!offered.length) return close();
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
        point(0);
    }
    function choose(code) {
        // Of a commune without a number the hamlets are offered next.
        if (hamlets() && !code.includes("-")) {
            input.value = places.get(code).name;
            return open();
        }
        input.value = "";
        close();
        set(most === 1 ? [code] : [...new Set([...chosen, code])]);
        changed();
    }
    function draw() {
        chips.replaceChildren(...chosen.map((code) => {
            const name = place(code).replace(/ \([\d-]+\)$/, "");
            const off = button("×", "second", () => {
                set(chosen.filter((other) => other !== code));
                input.focus();
                changed();
            });
            off.ariaLabel = t(`Bỏ ${name}`, `Take off ${name}`);
            return h("li", {}, name, off);
        }));
    }
    function set(codes) {
        chosen = codes;
        draw();
    }
    input.addEventListener("input", open);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
        if (event.key === "Backspace" && !input.value && chosen.length) {
            set(chosen.slice(0, -1));
            changed();
        }
        if (event.key === "ArrowDown" && list.hidden) open();
        else if (list.hidden) return;
        else if (event.key === "ArrowDown") point((at + 1) % offered.length);
        else if (event.key === "ArrowUp") point((at + offered.length - 1) % offered.length);
        else if (event.key === "Escape") close();
        else if (event.key === "Enter") choose(offered[at]);
        else return;
        event.preventDefault();
        event.stopPropagation();
    });
    return {
        // Codes that were typed count too; letters that were typed and not chosen do not.
        codes() {
            const typed = input.value.split(/[\s,;]+/).filter(Boolean);
            if (typed.length && !typed.every((word) => /^\d/.test(word))) {
                const why = t("địa bàn chưa được chọn: hãy chọn một dòng trong danh sách hiện ra", "the area is not chosen: choose one of the lines that appear");
                throw Object.assign(new Error(why), { field: "areas" });
            }
            return [...chosen, ...typed];
        },
        chosen: () => chosen,
        set(codes) { input.value = ""; close(); set(codes); },
        draw,
    };
}

// A check box for each support, by its name.
function supportBoxes(box) {
    const chosen = () => [...box.querySelectorAll(":checked")].map(({ value }) => value);
    return {
        chosen,
        draw(ticked = chosen()) {
            const named = wordKeys("supports").map((id) => [id, word("supports", id)]);
            named.sort(([, a], [, b]) => a.localeCompare(b, "vi"));
            box.replaceChildren(h("legend", {}, t("Các chính sách hỗ trợ mà ngành cấp", "Supports that the department gives")),
                ...named.map(([id, name]) => h("label", { className: "tick" },
                    h("input", { type: "checkbox", value: id, checked: ticked.includes(id) }), h("span", {}, name))));
        },
    };
}
const supportsOfNew = supportBoxes($("supports"));
const supportsOfEdit = supportBoxes($("edit-supports"));

const roleAreas = (select) => () => CODES[select.value];
// Any area from the district to the commune, of those that an account may work in.
const anyPlace = () => /^\d{3,5}$/;
const forNew = picker($("areas"), roleAreas($("role")), 50);
const forEdit = picker($("edit-areas"), roleAreas($("edit-role")), 50);
const ofPlace = picker($("of-place"), anyPlace, 1, () => run(() => showAccounts()));

// What the fields above the accounts ask for. What was typed is posted, since no name stands in an address.
let accountCursor = null;
let asked = 0;
async function accountPage(cursor) {
    const [text, role, area] = [$("q").value.trim(), $("of-role").value, ofPlace.chosen()[0]];
    if (text) return ask("POST", "accounts/search", { text, role: role || null, area: area ?? null, cursor });
    const query = new URLSearchParams(Object.entries({ role, area, cursor }).filter(([, value]) => value));
    return ask("GET", `accounts?${query}`);
}

async function showAccounts(cursor = null) {
    const number = ++asked;
    const page = await accountPage(cursor);
    // Another letter was typed meanwhile.
    if (number !== asked) return;
    accountCursor = page.cursor;
    $("more-accounts").hidden = !page.cursor;
    $("how-many").textContent = t(`${page.total} tài khoản`, `${page.total} ${page.total === 1 ? "account" : "accounts"}`);
    const change = (account, body, done) => () =>
        run(async () => { await ask("PATCH", `accounts/${account.name}`, body()); await showAccounts(); await showDevices(); }, done);
    const rows = page.accounts.map((account) => {
        const acts = h("div", { className: "row" },
            account.disabled ? null : button(t("Cấp mã cho máy", "Code for a device"), "second", () => run(() => enrol(account.name))),
            isAdmin() ? button(t("Sửa", "Change"), "second", () => edit(account)) : null,
            isAdmin() && account.name !== me.account ? button(t("Mật khẩu mới", "New password"), "second", () => renew(account)) : null,
            isAdmin() && account.name !== me.account
                ? button(account.disabled ? t("Mở lại", "Open again") : t("Khóa", "Shut"), account.disabled ? "second" : "danger",
                    change(account, () => ({ disabled: !account.disabled }), t("Đã đổi.", "Changed.")))
                : null);
        const state = account.disabled ? t("Đã khóa", "Shut")
            : account.once ? t("Có mật khẩu dùng một lần", "Has a password that works once")
            : account.password ? t("Có mật khẩu", "Has a password") : t("Chỉ dùng trên máy đã đăng ký", "Enrolled devices only");
        const call = account.telephone ? h("a", { href: `tel:${account.telephone}` }, account.telephone) : "";
        const role = [word("roles", account.role), (account.supports ?? []).map((id) => word("supports", id)).join("; ")].filter(Boolean).join(": ");
        return [account.name, account.full_name, call, role, account.areas.map(place).join("; "), state, acts];
    });
    const heads = [t("Tài khoản", "Account"), t("Họ tên", "Name"), t("Điện thoại", "Telephone"), t("Vai trò", "Role"), t("Địa bàn", "Areas"), t("Tình trạng", "State"), ""];
    const made = table(heads, rows);
    const body = cursor && $("accounts").querySelector("tbody");
    if (body) body.append(...made.querySelector("tbody").children);
    else $("accounts").replaceChildren(rows.length ? made : h("p", {}, t("Không có tài khoản nào như vậy.", "There is no such account.")));
}

let edited = null;
function edit(account) {
    edited = account.name;
    $("h-edit").textContent = t(`Sửa tài khoản ${account.name}`, `Change the account ${account.name}`);
    const fields = $("edit-form").elements;
    fields.full_name.value = account.full_name ?? "";
    fields.telephone.value = account.telephone ?? "";
    fields.role.value = account.role;
    forEdit.set(CODES[account.role] ? account.areas : []);
    supportsOfEdit.draw(account.supports ?? []);
    hints();
    $("edit").showModal();
}

// Shows passwords that are told once.
function give(passwords) {
    const heads = [t("Tài khoản", "Account"), t("Họ tên", "Name"), t("Mật khẩu dùng một lần", "Password that works once")];
    $("given").replaceChildren(
        h("p", {}, h("strong", {}, t("Chỉ hiện lần này: hãy in ra hoặc chép lại ngay.", "Shown only now: print or copy it at once.")), " ",
            t(`Mở ${location.origin}/signin/, gõ tài khoản và mật khẩu này, rồi đặt mật khẩu của mình.`, `Open ${location.origin}/signin/, type the account and this password, then choose one of your own.`)),
        h("div", { className: "scroll" }, table(heads, passwords.map(({ account, name, password }) => [account, name, h("code", {}, password)]))),
        h("p", { className: "row" }, button(t("In", "Print"), "second", () => print()),
            button(t("Đã chép xong, ẩn đi", "Copied: hide it"), "second", () => { $("given").hidden = true; $("given").replaceChildren(); })));
    $("given").hidden = false;
    $("given").focus();
    $("given").scrollIntoView({ block: "nearest" });
}

function renew(account) {
    const sure = t(`Cấp mật khẩu mới cho ${account.name}? Mật khẩu cũ hết dùng được, các trình duyệt đang đăng nhập bị thoát ra.`,
        `Give ${account.name} a new password? The old one ends, and browsers that are signed in are signed out.`);
    if (!confirm(sure)) return;
    run(async () => {
        const { password } = await ask("POST", `accounts/${account.name}/password`);
        await showAccounts();
        await showDevices();
        give([{ account: account.name, name: account.full_name, password }]);
    });
}

// Rows of the list that was checked and can be made.
let checked = [];
const faults = (row) => h("ul", {}, ...row.faults.map((fault) => h("li", {}, t(fault.vi, fault.en))));
function showListed({ rows, wrong }) {
    const heads = [t("Dòng", "Row"), t("Tài khoản", "Account"), t("Họ tên", "Name"), t("Điện thoại", "Telephone"), t("Vai trò", "Role"), t("Địa bàn", "Areas"), t("Hỗ trợ", "Supports"), t("Xem thử", "Check")];
    $("listed").replaceChildren(table(heads, rows.map((row, i) => {
        const { account, name, telephone, role, areas, supports } = row.row;
        return [i + 1, account, name, telephone, row.role ? word("roles", row.role) : role, row.areas.length ? row.areas.map(place).join("; ") : areas,
            row.supports.length ? row.supports.map((id) => word("supports", id)).join("; ") : supports,
            row.faults.length ? faults(row) : t("Được", "Good")];
    })));
    [...$("listed").querySelectorAll("tbody tr")].forEach((tr, i) => tr.classList.toggle("faulty", rows[i].faults.length > 0));
    $("listed-so").textContent = wrong
        ? t(`${wrong} trong ${rows.length} dòng chưa đúng. Hãy sửa trong bảng tính rồi dán lại.`, `${wrong} of ${rows.length} rows are wrong. Mend them in the spreadsheet and paste it again.`)
        : t(`Cả ${rows.length} dòng đều được.`, `All ${rows.length} rows are good.`);
    checked = wrong ? [] : rows.map(({ row }) => row);
    $("make-listed").hidden = !checked.length;
    $("make-listed").textContent = t(`Tạo ${checked.length} tài khoản`, `Make ${checked.length} ${checked.length === 1 ? "account" : "accounts"}`);
}
function forgetListed() {
    checked = [];
    $("make-listed").hidden = true;
    $("listed-so").textContent = "";
    $("listed").replaceChildren();
}
async function makeListed() {
    const made = [];
    const left = [];
    try {
        while (checked.length) {
            const { rows } = await ask("POST", "accounts/list", { rows: checked.slice(0, AT_ONCE), dry: false });
            checked = checked.slice(AT_ONCE);
            made.push(...rows.filter((row) => row.password).map(({ row, password }) => ({ ...row, password })));
            left.push(...rows.filter((row) => !row.password).map(({ row }) => row.account));
            $("listed-so").textContent = t(`Đã tạo ${made.length} tài khoản…`, `${made.length} accounts made…`);
        }
    } finally {
        // What was made is told even where a later part failed.
        if (made.length) {
            forgetListed();
            $("paste").reset();
            await showAccounts();
            give(made);
        }
    }
    if (left.length) throw new Error(t(`chưa tạo được tài khoản ${left.join(", ")}: hãy xem thử lại danh sách.`, `not made: ${left.join(", ")}. Check the list again.`));
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
    // The account may stand on another page of the list.
    const { accounts } = await ask("POST", "accounts/search", { text: device.account, limit: 100 });
    const areas = accounts.find(({ name }) => name === device.account)?.areas ?? [];
    const communes = new Set(areas.map((area) => area.slice(0, 5)).filter((code) => /^\d{5}$/.test(code)));
    if (!communes.size) throw new Error(t(`tài khoản ${device.account} không phụ trách xã hay ấp nào nên chưa hoàn tác gì.`, `the account ${device.account} is of no commune or hamlet, so nothing was undone.`));
    for (const commune of communes) {
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
        const back = device.device && !isAdmin() && !device.current
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

// What the fields above the trail ask for.
function wanted() {
    const fields = Object.fromEntries(new FormData($("filter")));
    return new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, value.trim().toLowerCase()]).filter(([, value]) => value));
}
let cursor = null;
async function showTrail(from) {
    const query = wanted();
    if ($("audit-names").checked) query.set("names", "true");
    if (from) query.set("cursor", from);
    const page = await ask("GET", `audit?${query}`);
    cursor = page.cursor;
    $("more").hidden = !cursor;
    const rows = page.entries.map((entry) => {
        const households = entry.households.length;
        const about = [entry.subject, entry.subject_name && `(${entry.subject_name})`].filter(Boolean).join(" ");
        const named = (id) => h("li", {}, entry.heads?.[id] ? `${entry.heads[id]} – ` : "", h("code", {}, id));
        const ids = households ? h("details", {}, h("summary", {}, `${households} ${t("hộ", households === 1 ? "household" : "households")}`), h("ul", {}, ...entry.households.map(named))) : "";
        const who = entry.by ? [entry.by.account, entry.full_name && ` (${entry.full_name})`].filter(Boolean).join("")
            : entry.action === "sign_in_failed" ? t("chưa rõ", "unknown") : t("dòng lệnh", "command line");
        return [time(entry.at), who, [word("actions", entry.action), about].filter(Boolean).join(" "), entry.commune ? place(entry.commune) : "", ids];
    });
    const heads = [t("Lúc", "When"), t("Ai", "Who"), t("Việc", "What"), t("Đơn vị", "Unit"), t("Hộ", "Households")];
    const made = table(heads, rows);
    if (from) $("audit").querySelector("tbody")?.append(...made.querySelector("tbody").children);
    else if (rows.length || cursor) $("audit").replaceChildren(made);
    else $("audit").replaceChildren(h("p", {}, t("Không có việc nào như vậy được ghi.", "Nothing like that is noted.")));
}

async function saveTrail() {
    const query = wanted();
    query.set("format", "csv");
    const answer = await fetch(`/api/v1/audit?${query}`, { cache: "no-store" });
    if (!answer.ok) {
        const { vi, detail, field } = await answer.json();
        throw Object.assign(new Error(t(vi ?? detail, detail)), { field });
    }
    const file = URL.createObjectURL(await answer.blob());
    h("a", { href: file, download: t("nhat-ky.csv", "audit.csv") }).click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(file), 60_000);
    await showTrail();
}

// What the fields for areas say, and whether they are needed.
function hints() {
    for (const [role, areas, supports] of [["role", "areas", "supports"], ["edit-role", "edit-areas", "edit-supports"]]) {
        const isNeeded = Boolean(CODES[$(role).value]);
        $(areas).closest(".field").hidden = !isNeeded;
        $(supports).closest(".field").hidden = $(role).value !== "department";
        $(`${areas}-hint`).textContent = $(role).value === "volunteer"
            ? t("Gõ vài chữ của tên xã và số ấp, rồi chọn: “an duc 4”.", "Type a few letters of the commune and the hamlet's number, then choose: “an duc 4”.")
            : $(role).value === "department" ? t("Gõ vài chữ của tên huyện rồi chọn; cả tỉnh thì gõ “ben tre”.", "Type a few letters of the district, then choose; for the whole province type “ben tre”.")
            : t("Gõ vài chữ của tên rồi chọn.", "Type a few letters of the name, then choose.");
    }
}

// Fills the lists to choose from, in the current language.
function choices() {
    const fill = (id, options) => {
        const was = $(id).value;
        $(id).replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
        if (options.some(([value]) => value === was)) $(id).value = was;
    };
    const roles = ROLES.map((value) => [value, word("roles", value)]);
    fill("role", roles);
    fill("edit-role", roles);
    fill("of-role", [["", t("Tất cả", "All")], ...roles]);
    fill("audit-action", [["", t("Tất cả", "All")], ...wordKeys("actions").map((value) => [value, word("actions", value)])]);
    hints();
    for (const each of [supportsOfNew, supportsOfEdit]) each.draw();
    if (!me) return;
    for (const each of [forNew, forEdit, ofPlace]) each.draw();
    const areas = me.areas.map((value) => [value, place(value)]);
    fill("audit-area", isAdmin() ? [["", t("Tất cả", "All")]] : areas);
    $("of-area").hidden = areas.length < 2 || isAdmin();
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
    forgetListed();
    if (me) run(show);
    else choices();
});
$("role").addEventListener("change", () => { forNew.set([]); hints(); });
$("edit-role").addEventListener("change", () => { forEdit.set([]); hints(); });
$("find").addEventListener("submit", (event) => { event.preventDefault(); run(() => showAccounts()); });
$("of-role").addEventListener("change", () => run(() => showAccounts()));
let typing = 0;
$("q").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => run(() => showAccounts()), 250);
});
$("more-accounts").addEventListener("click", () => run(() => showAccounts(accountCursor)));
$("filter").addEventListener("submit", (event) => { event.preventDefault(); run(() => showTrail()); });
$("audit-area").addEventListener("change", () => run(() => showTrail()));
$("more").addEventListener("click", () => run(() => showTrail(cursor)));
$("export").addEventListener("click", () => run(saveTrail, t("Đã lưu tệp; việc này cũng được ghi lại.", "The file is saved; this is noted too.")));
$("make").addEventListener("submit", (event) => {
    event.preventDefault();
    const password = $("password").value || null;
    run(async () => {
        const areas = CODES[$("role").value] ? forNew.codes() : [];
        const supports = $("role").value === "department" ? supportsOfNew.chosen() : [];
        await ask("POST", "accounts", { name: $("name").value, full_name: $("full-name").value, telephone: $("telephone").value, role: $("role").value, areas, supports, password });
        event.target.reset();
        forNew.set([]);
        choices();
        await showAccounts();
        await showTrail();
    }, t("Đã tạo tài khoản.", "The account was made."));
});
$("edit-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const { full_name: name, telephone, role } = event.target.elements;
    run(async () => {
        const areas = CODES[role.value] ? forEdit.codes() : [];
        const supports = role.value === "department" ? supportsOfEdit.chosen() : [];
        await ask("PATCH", `accounts/${edited}`, { full_name: name.value, telephone: telephone.value, role: role.value, areas, supports });
        $("edit").close();
        await showAccounts();
        await showTrail();
    }, t("Đã đổi tài khoản.", "The account was changed."));
});
$("edit-cancel").addEventListener("click", () => $("edit").close());
$("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    forgetListed();
    run(async () => showListed(await ask("POST", "accounts/list", { text: $("list").value, dry: true })));
});
$("list").addEventListener("input", forgetListed);
$("make-listed").addEventListener("click", () => run(makeListed));

choices();
await run(async () => {
    const who = await ask("GET", "sessions/current");
    showWays(who);
    if (who.open) {
        $("none").hidden = false;
        return;
    }
    if (["volunteer", "department"].includes(who.role)) throw new Error(t("trang này dành cho cán bộ xã, huyện, tỉnh và người quản trị.", "this page is for officers of communes, districts and the province, and for administrators."));
    me = who;
    await readPlaces();
    for (const id of ["new", "many"]) $(id).hidden = !isAdmin();
    $("of-names").hidden = isAdmin();
    $("trail").hidden = false;
    $("desk").hidden = false;
    await show();
});
