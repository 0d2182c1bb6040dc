// What a commune's officer decides: differences and possible duplicates; and a household's history.

import {
    $, ask, both, button, day, h, hamletName, onLanguage, place, readPlaces, run, showWays, t, table, tell, time, word,
} from "{{plain}}";

// Whether the names of the heads differ and are only alike without diacritics.
function alike({ households }) {
    const [one, other] = households.map((side) => named(side.head_name).normalize("NFC").toLowerCase().split(/\s+/).join(" ").trim());
    return one !== other;
}
const reasonsOf = (pair) => pair.reasons.map((reason) => word("reasons", reason)
    + (reason === "head" && alike(pair) ? t(" (tên chỉ khác nhau ở dấu)", " (the names differ in their marks alone)") : "")).join("; ");

let me = null;
let areas = null;
const VIEWS = ["conflicts", "duplicates", "held"];

// Query of the address, which says what is shown.
const wanted = () => new URLSearchParams(location.search);
const address = (params) => `?${new URLSearchParams(params)}`;
const ofHousehold = (household) => address({ household });
const isCommune = (code) => /^\d{5}$/.test(code);

// A link that is followed without loading the page again.
const link = (href, text) => h("a", { href, onclick: follow }, text);
function follow(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(event.currentTarget.getAttribute("href"));
}
function go(href) {
    history.pushState(null, "", href);
    run(show);
}

const named = (name) => name || t("(chưa có tên)", "(no name yet)");
const where = (household, hamlet) => {
    const commune = household.split("-")[0];
    const of = place(commune).replace(/ \(\d+\)$/, "");
    return hamlet ? `${hamletName(commune, hamlet)}, ${of}` : of;
};
function by(author) {
    if (!author) return t("không có tên người ghi", "nobody named");
    return author.device ? `${author.account} (${author.device})` : author.account;
}
// The person who wrote something and the number to call, as far as the server tells the reader.
function reach(author) {
    const { full_name: name, telephone } = author ?? {};
    // Ten digits stand as people write them.
    const call = telephone ? h("a", { href: `tel:${telephone}` }, telephone.replace(/^(\d{4})(\d{3})(\d{3})$/, "$1 $2 $3")) : null;
    return name || call ? h("p", { className: "reach" }, name ?? null, name && call ? " · " : null, call) : null;
}
const reason = () => h("input", { maxLength: 300, autocomplete: "off" });
const reasonField = (input) => h("details", { className: "why" }, h("summary", {}, t("Ghi lý do (không bắt buộc)", "Say why (optional)")),
    h("label", { className: "field" }, t("Lý do", "Reason"), h("div", { className: "input" }, input)));
const said = (input) => (input.value.trim() ? { why: input.value.trim() } : {});

// Says what was done at the place that the reader looks at, and moves the keyboard's focus there.
function done(content, ...more) {
    tell("done", h("p", {}, ...content), ...(more.length ? [h("p", { className: "row" }, ...more)] : []));
    $("done").scrollIntoView({ block: "nearest" });
    $("done").focus({ preventScroll: true });
}
const count = (id, n, more) => { $(id).textContent = n === null ? "" : `(${n}${more ? "+" : ""})`; };
const empty = (text) => h("p", { className: "notice info" }, text);

let cursor = null;
let open = 0;
async function showConflicts(area, from) {
    const page = await ask("GET", `conflicts?${new URLSearchParams(from ? { area, cursor: from } : { area })}`);
    cursor = page.cursor;
    open = (from ? open : 0) + page.conflicts.length;
    const cards = page.conflicts.map(conflictCard);
    if (!from) $("conflicts-list").replaceChildren();
    $("conflicts-list").append(...cards);
    counted();
}
function counted() {
    count("conflicts-count", open, cursor);
    $("more").hidden = !cursor;
    $("conflicts-list").querySelector(":scope > .notice")?.remove();
    if (!open && !cursor) $("conflicts-list").replaceChildren(empty(t("Không có mục nào hai người ghi khác nhau.", "Nowhere have two people written different things.")));
}

function conflictCard(conflict) {
    const why = reason();
    const shown = [conflict.standing, ...conflict.lost];
    const decide = (side, seen, because) => run(async () => {
        const answer = await ask("POST", `conflicts/${conflict.id}/resolution`, { keep: side.stamp, seen, ...because });
        const listed = card.isConnected;
        if (answer.conflict) {
            const next = conflictCard(answer.conflict);
            if (listed) card.replaceWith(next);
            else { $("conflicts-list").prepend(next); open += 1; }
        } else if (listed) {
            card.remove();
            open -= 1;
        }
        counted();
        const kept = t(`Đã giữ “${both(side.text)}” cho mục “${both(conflict.label)}” của hộ ${named(conflict.head_name)}. Giá trị kia vẫn còn trong `,
            `Kept “${both(side.text)}” for “${both(conflict.label)}” of the household of ${named(conflict.head_name)}. The other value is still in `);
        const late = answer.conflict ? t(" Vừa có thêm một giá trị khác: hãy xem lại.", " Another value has just come: look again.") : "";
        // Offered in case of a wrong tap.
        const others = answer.conflict ? [] : shown.filter((other) => other !== side);
        const instead = others.map((other) => button(t(`Đổi lại: giữ “${both(other.text)}”`, `Instead keep “${both(other.text)}”`), "second",
            () => decide(other, answer.seen)));
        done([kept, link(ofHousehold(conflict.household), t("lịch sử của hộ", "its history")), `.${late}`], ...instead);
    });
    const sides = shown.map((side, i) => h("div", { className: i ? "side" : "side standing" },
        h("p", { className: "value" }, both(side.text)),
        side.class_text ? h("p", { className: "leads" }, `→ ${both(side.class_text)}`) : null,
        h("p", { className: "by" }, i ? null : h("span", { className: "mark" }, t("Đang dùng. ", "In use. ")), `${by(side.by)}, ${time(side.at)}`),
        reach(side.by),
        button(t("Giữ giá trị này", "Keep this value"), "second",
            () => decide(side, shown.map((one) => one.stamp), said(why)))));
    const isAllOne = Boolean(conflict.standing.class) && shown.every((side) => side.class === conflict.standing.class);
    const card = h("article", { className: "card" },
        h("h3", {}, `${named(conflict.head_name)}: ${both(conflict.label)}`),
        h("p", {}, `${where(conflict.household, conflict.hamlet)}, ${t("đợt", "round")} ${conflict.round}. `,
            // A record about a hamlet has no page of its own yet.
            ...(conflict.household.length > 10 ? [link(ofHousehold(conflict.household), t("Xem lịch sử của hộ", "The household's history"))] : [])),
        conflict.closed ? h("p", { className: "all-one" }, t("Đợt này đã khóa: giữ giá trị nào thì số liệu của đợt cũng không đổi.",
            "This round is closed: its figures stay the same, whichever value is kept.")) : null,
        isAllOne ? h("p", { className: "all-one" }, t("Chọn giá trị nào thì hạng cũng như nhau.", "Either value leads to the same class.")) : null,
        h("div", { className: "sides" }, ...sides), reasonField(why));
    card.dataset.conflict = conflict.id;
    return card;
}

async function showDuplicates(area) {
    if (!isCommune(area)) {
        count("duplicates-count", null);
        $("duplicates-list").replaceChildren(empty(t("Hãy chọn một xã: hộ chỉ được so sánh trong cùng một xã.", "Choose a commune: households are compared within one.")));
        return;
    }
    const { duplicates, more } = await ask("GET", `duplicates?${new URLSearchParams({ area })}`);
    count("duplicates-count", duplicates.length, more);
    $("duplicates-list").replaceChildren(...duplicates.map((pair) => duplicateCard(area, pair)));
    if (!duplicates.length) $("duplicates-list").replaceChildren(empty(t("Không thấy hộ nào có thể bị nhập hai lần.", "No household seems to have been entered twice.")));
}

function duplicateCard(area, pair) {
    const why = reason();
    const path = `duplicates/${pair.id}/decision`;
    const names = pair.households.map((side) => `${named(side.head_name)} (${where(side.household, side.hamlet)})`);
    const decide = (decision, words) => run(async () => {
        await ask("POST", path, { ...decision, ...said(why) });
        await showDuplicates(area);
        const undo = button(t("Hoàn tác", "Undo"), "second", () => run(async () => {
            await ask("DELETE", path);
            await showDuplicates(area);
            done([t("Đã hoàn tác. Hai hộ lại như trước.", "Undone. Both households are as before.")]);
        }));
        undo.id = "undo";
        done([words], undo);
    });
    const sides = pair.households.map((side, i) => {
        const members = side.members.map((member) => h("li", {}, `${named(member.name)}${member.birth_year ? ` (${member.birth_year})` : ""} `,
            member.shared ? h("span", { className: "mark" }, t("có ở cả hai hộ", "in both")) : null));
        const facts = [
            [word("fields", "head/birth_year"), side.birth_year],
            [word("fields", "head/identity_number"), side.identity_number],
            [t("Nơi ở", "Place"), where(side.household, side.hamlet)],
            [word("fields", "address"), side.address],
            [word("fields", "member_count"), members.length ? null : side.member_count],
            [t("Diện", "Class"), side.class_name ? both(side.class_name) : t("chưa đủ thông tin", "not enough is known")],
            [t("Các đợt", "Rounds"), side.rounds.join(", ")],
        ].filter(([, value]) => value !== null && value !== undefined);
        const stays = t(`Đã ghi: cùng một hộ. Giữ hộ ${names[i]}: hộ này còn phiếu thì chỉ tính hộ này; cả hai vẫn còn lịch sử.`,
            `Noted: one household. As long as ${names[i]} has a record, only that one counts; both keep their history.`);
        return h("div", { className: "side" }, h("h4", {}, named(side.head_name)),
            h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))])),
            members.length ? h("div", {}, h("p", { className: "by" }, t("Người trong hộ", "Members")), h("ul", {}, ...members)) : null,
            h("p", {}, link(ofHousehold(side.household), t("Xem lịch sử của hộ", "The household's history"))),
            button(t("Cùng một hộ: giữ hộ này", "One household: keep this one"), "second",
                () => decide({ same: true, survivor: side.household }, stays)));
    });
    const apart = t(`Đã ghi: ${names.join(" và ")} là hai hộ khác nhau. Máy sẽ không hỏi lại.`,
        `Noted: ${names.join(" and ")} are two households. It will not be asked again.`);
    const card = h("article", { className: "card" },
        h("h3", {}, [...new Set(pair.households.map((side) => named(side.head_name)))].join(" – ")),
        h("p", {}, `${t("Vì", "Because of")}: ${reasonsOf(pair)}.`),
        h("div", { className: "sides" }, ...sides),
        reasonField(why),
        h("div", { className: "row" }, button(t("Hai hộ khác nhau", "Two different households"), "", () => decide({ same: false }, apart))));
    card.dataset.pair = pair.id;
    return card;
}

let heldCursor = null;
// The server's time when the list was fetched: what came later, nobody has looked at.
let heldAt = 0;
let heldShown = 0;
async function showHeld(area, from) {
    if (!isCommune(area)) {
        count("held-count", null);
        $("held-list").replaceChildren(empty(t("Hãy chọn một xã.", "Choose a commune.")));
        $("held-all").hidden = $("held-more").hidden = true;
        return;
    }
    const page = await ask("GET", `held?${new URLSearchParams(from ? { commune: area, cursor: from } : { commune: area })}`);
    heldCursor = page.cursor;
    if (!from) heldAt = page.at;
    heldShown = (from ? heldShown : 0) + page.edits.length;
    if (!from) $("held-list").replaceChildren();
    $("held-list").append(...page.edits.map((edit) => heldCard(area, edit)));
    count("held-count", heldShown, heldCursor);
    $("held-more").hidden = !heldCursor;
    $("held-all").hidden = heldShown < 2;
    $("held-all").replaceChildren(
        button(t("Nhận tất cả của xã", "Take all of the commune"), "second", () => decideHeld(area, null, true)),
        button(t("Bỏ tất cả của xã", "Drop all of the commune"), "second", () => {
            if (confirm(t("Bỏ hẳn mọi lần ghi đang giữ lại của xã này?", "Drop all edits of this commune that are held back, for good?"))) decideHeld(area, null, false);
        }));
    if (!heldShown) $("held-list").replaceChildren(empty(t("Không có lần ghi nào đang giữ lại.", "Nothing is held back here.")));
}

const decideHeld = (area, edits, take) => run(async () => {
    const { done: decided, refused } = await ask("POST", "held/decision", { commune: area, take, ...(edits ? { edits } : { until: heldAt }) });
    await showHeld(area);
    const words = take ? t(`Đã nhận ${decided} lần ghi: từ nay được tính như mọi lần ghi khác.`, `Took ${decided}: they count like any others from now on.`)
        : t(`Đã bỏ ${decided} lần ghi.`, `Dropped ${decided}.`);
    const left = refused.length ? t(` Không nhận được ${refused.length} lần: `, ` ${refused.length} could not be taken: `)
        + (document.documentElement.lang === "vi" ? refused[0].problem.vi : refused[0].problem.detail) : "";
    done([words, left]);
});

function heldCard(area, edit) {
    const steps = edit.changes.map((change) => h("li", {}, `${both(change.label)}: `,
        ...(change.from === null ? [] : [h("del", {}, both(change.from_text)), " → "]), h("strong", {}, both(change.to_text))));
    const card = h("article", { className: "card" },
        h("h3", {}, named(edit.head_name ?? edit.changes.find((change) => /^(head|members\/head)\/name$/.test(change.field))?.to)),
        h("p", {}, `${where(edit.household)}, ${t("đợt", "round")} ${edit.round}. `,
            link(ofHousehold(edit.household), t("Xem lịch sử của hộ", "The household's history"))),
        h("p", { className: "by" }, `${by(edit.by)}: ${t("máy nói ghi lúc", "the device says written at")} ${time(edit.made)}, ${t("gửi đến lúc", "received at")} ${time(edit.received)}`),
        h("ul", {}, ...steps),
        h("div", { className: "row" },
            button(t("Nhận", "Take"), "", () => decideHeld(area, [edit.id], true)),
            button(t("Bỏ", "Drop"), "second", () => decideHeld(area, [edit.id], false))));
    card.dataset.held = edit.id;
    return card;
}

// A household, named by its head, whose name is asked for once. Until it is known, or where it may not be
// read, the end of the id stands for it. It is a link, unless it is the household shown.
const heads = new Map();
function household(id) {
    const el = id === story?.household ? h("span", {}) : link(ofHousehold(id), "");
    el.textContent = `…\u2060${id.slice(-6)}`;
    el.title = id;
    if (!heads.has(id)) {
        heads.set(id, ask("GET", `households/${id}`).then(({ records }) => headOf(records), () => null));
    }
    heads.get(id).then((head) => { if (head !== null) el.textContent = named(head); });
    return el;
}
const latestOf = (records) => records.at(-1)?.standing ?? {};
// The head is the member who is marked; without one, as earlier versions wrote.
const headIn = (fields) => {
    const isHead = (path) => /^members\/[^/]+\/head$/.test(path) && fields[path] === true;
    const mark = Object.keys(fields).find((path) => isHead(path) && fields[path.replace(/head$/, "removed")] !== true);
    return (mark ? fields[mark.replace(/head$/, "name")] : fields["head/name"]) ?? "";
};
const headOf = (records) => headIn(latestOf(records));

// The household that is shown, and the part of its history that was fetched.
let story = null;
async function tellStory(id) {
    story = { household: id, entries: [], cursor: null };
    $("story").replaceChildren();
    const { records } = await ask("GET", `households/${id}`);
    const latest = latestOf(records);
    heads.set(id, Promise.resolve(headOf(records)));
    const decided = records.at(-1)?.decided_by;
    $("decided").hidden = !decided;
    $("decided").textContent = decided ? t(`Kết quả đợt ${records.at(-1).round} tính theo bản ${decided.version}. Máy còn dùng bản ${decided.earlier} tính ra kết quả khác.`,
        `The class in round ${records.at(-1).round} is by version ${decided.version}. A tablet that still has version ${decided.earlier} shows another.`) : "";
    const page = await earlier();
    $("h-history").textContent = `${named(headIn(latest))}, ${where(id, latest.hamlet)}`;
    $("linked").hidden = page.linked.length === 0;
    $("linked").replaceChildren(t("Đã gộp với: ", "Joined with: "), ...page.linked.flatMap((other, i) => [i ? ", " : "", household(other)]));
    $("back").href = address({ area: id.split("-")[0], view: wanted().get("view") ?? "conflicts" });
}

async function earlier() {
    const query = new URLSearchParams(story.cursor ? { cursor: story.cursor, limit: 200 } : { limit: 200 });
    const page = await ask("GET", `households/${story.household}/history?${query}`);
    story.cursor = page.cursor;
    story.entries.push(...page.entries);
    $("story").replaceChildren(...visits(story.entries).map(visitItem));
    $("earlier").hidden = !page.cursor;
    return page;
}

// Edits of one person in one record within a few minutes are one visit; the entries of each visit, latest first.
const PAUSE = 5 * 60_000;
const HOUR = 60 * 60_000;
function visits(entries) {
    const found = [];
    for (const entry of entries) {
        const last = found.at(-1);
        const next = last?.at(-1);
        // Where there are no accounts, the run of the app stands for the person.
        const who = ({ by: author, stamp }) => (author ? `${author.account} ${author.session}` : stamp.slice(18));
        const goesOn = next && next.household === entry.household && next.round === entry.round && who(next) === who(entry)
            && (next.why ?? "") === (entry.why ?? "") && next.at - entry.at <= PAUSE;
        if (goesOn) last.push(entry);
        else found.push([entry]);
    }
    return found;
}

function visitItem(visit) {
    const [from, to] = [visit.at(-1), visit[0]].map((entry) => time(entry.at));
    const when = from === to ? from : `${from} – ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`;
    const [entry] = visit;
    // A tablet may have been without a network for weeks.
    const { at, made } = visit.at(-1);
    const offline = at - made > HOUR ? t(`, ghi trên máy từ ${time(made)}`, `, written on the device from ${time(made)}`) : "";
    const other = entry.household === story.household ? null : h("p", {}, t("Ở hộ đã gộp ", "In the joined household "), household(entry.household));
    return h("li", {}, h("p", {}, h("strong", {}, when), `, ${by(entry.by)}, ${t("đợt", "round")} ${entry.round}${offline}`), other,
        entry.why ? h("p", {}, `${t("Lý do", "Why")}: `, h("q", {}, entry.why)) : null,
        h("ul", {}, ...[...visit].reverse().flatMap(changeItems)));
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
// Whether a field records a decision about two households, not a fact about one of them.
const isTechnical = (field) => field === "same_as" || /^(merged|different)\//.test(field);
const quoted = (value, text) => (value === null ? both(text) : `“${both(text)}”`);

function changeItems(entry) {
    // That the record no longer counts is part of the joining.
    const joins = entry.changes.some((change) => change.field === "same_as");
    return entry.changes.filter((change) => !(joins && change.field === "duplicate"))
        .map((change) => h("li", {}, ...(isTechnical(change.field) ? aboutTwo(entry, change) : aboutField(entry, change))));
}

function aboutTwo(entry, { field, from, to, stands }) {
    const id = field === "same_as" ? to ?? from : `${entry.household.split("-")[0]}-${field.split("/")[1]}`;
    const different = field.startsWith("different/");
    const words = to
        ? different ? t("xác nhận là hộ khác với hộ ", "confirmed that it is not the household of ") : t("gộp với hộ ", "joined with the household of ")
        : different ? t("hoàn tác việc xác nhận là hộ khác với hộ ", "undid the confirmation that it is not the household of ")
            : t("hoàn tác việc gộp với hộ ", "undid the joining with the household of ");
    const goes = field === "same_as" && to && entry.changes.some((change) => change.field === "duplicate" && change.to === true);
    return [words, id ? household(id) : "?", goes ? t(" (phiếu này không tính nữa, hộ kia ở lại)", " (this record does not count any more, the other household stays)") : "",
        stands ? "" : t(" (không được dùng)", " (not in use)")];
}

function aboutField(entry, change) {
    const { from, to, stands } = change;
    const label = `${both(change.label)}: `;
    const [was, wrote] = [quoted(from, change.from_text), quoted(to, change.to_text)];
    // Only operations that decide a difference have an id of this UUID version.
    const decided = entry.operation[14] === "8";
    const verb = decided ? t("quyết định giữ ", "decided to keep ") : stands ? t("giữ ", "kept ") : t("ghi ", "wrote ");
    if (!stands) {
        return [label, verb, h("strong", {}, wrote), from === null ? t(" (không được dùng)", " (not in use)")
            : t(` (lúc đó giá trị ${was} đang được dùng)`, ` (${was} stayed in use)`)];
    }
    const step = [h("del", {}, both(change.from_text)), " → "];
    if (decided) return [label, verb, h("strong", {}, wrote), ...(same(from, to) ? [] : [" (", ...step, both(change.to_text), ")"])];
    if (from !== null && same(from, to)) return [label, verb, h("strong", {}, wrote)];
    return [label, ...(from === null ? [] : step), h("strong", {}, both(change.to_text))];
}

// Order in which people describe a household.
const ORDER = ["head/name", "head/birth_year", "head/sex", "hamlet", "address", "member_count", "members", "no_income", "income", "main_cause", "causes", "head"];
const PARTS = ["name", "birth_year", "sex", "relation", "source", "amount", "times", "costs"];
function rank(field) {
    const [list, item, part] = field.split("/");
    const at = (words, word) => (words.includes(word) ? words.indexOf(word) : words.length);
    return [at(ORDER, ORDER.includes(field) ? field : list), item ?? "", at(PARTS, part), field];
}
function inOrder(one, other) {
    const [a, b] = [rank(one), rank(other)];
    const i = a.findIndex((key, at) => key !== b[at]);
    return i < 0 ? 0 : a[i] < b[i] ? -1 : 1;
}

async function showDay(date) {
    const [year, month, dayOfMonth] = date.split("-").map(Number);
    const end = new Date(year, month - 1, dayOfMonth + 1).getTime() - 1;
    const { records } = await ask("GET", `households/${story.household}?at=${end}`);
    // The words for fields and values come with the history.
    while (story.cursor) await earlier();
    const rows = [...records].reverse().flatMap((record) => Object.entries(record.standing)
        .filter(([field, value]) => value !== null && !isTechnical(field)).sort(([one], [other]) => inOrder(one, other)).map(([field, value]) => {
        const told = story.entries.filter((entry) => entry.round === record.round && entry.household === story.household).flatMap((entry) => entry.changes).filter((change) => change.field === field);
        const text = told.find((change) => same(change.to, value));
        return [record.round, told.length ? both(told[0].label) : field, text ? both(text.to_text) : String(value)];
    }));
    $("h-as-it-was").textContent = t(`Hộ này vào cuối ngày ${day(end)}`, `This household at the end of ${day(end)}`);
    $("state").replaceChildren(rows.length ? table([t("Đợt", "Round"), t("Mục", "Field"), t("Giá trị", "Value")], rows)
        : empty(t("Ngày đó sổ chưa có hộ này.", "The register did not have it on that day.")));
    $("as-it-was").hidden = false;
}

// Fills the list of areas to choose from: the account's own areas and the communes in them.
function choices() {
    const own = me.open || me.role === "province" ? [areas.province.code] : me.areas;
    const covers = (commune) => own.includes(areas.province.code) || own.includes(commune.district) || own.includes(commune.code);
    const wide = [areas.province, ...areas.districts].filter((area) => own.includes(area.code));
    const option = (area) => h("option", { value: area.code }, area.name);
    const groups = areas.districts.map((district) => {
        const communes = areas.communes.filter((commune) => commune.district === district.code && covers(commune));
        return communes.length ? h("optgroup", { label: district.name }, ...communes.map(option)) : null;
    });
    $("area").replaceChildren(...wide.map(option), ...groups.filter(Boolean));
    $("of-area").hidden = $("area").options.length < 2;
}

async function showLists() {
    const area = wanted().get("area") ?? $("area").options[0]?.value;
    const view = VIEWS.includes(wanted().get("view")) ? wanted().get("view") : VIEWS[0];
    $("area").value = area;
    for (const other of VIEWS) {
        $(other).hidden = other !== view;
        $(`to-${other}`).href = address({ area, view: other });
        if (other === view) $(`to-${other}`).setAttribute("aria-current", "true");
        else $(`to-${other}`).removeAttribute("aria-current");
    }
    // A request that fails does not hide the other's result.
    $("lists").hidden = false;
    const failed = (await Promise.allSettled([showConflicts(area), showDuplicates(area), showHeld(area)])).find((one) => one.reason);
    if (failed) throw failed.reason;
}

async function show() {
    const [household, date] = [wanted().get("household"), wanted().get("at")];
    $("wait").hidden = false;
    $("lists").hidden = $("history").hidden = true;
    try {
        if (!household) {
            await showLists();
            return;
        }
        await tellStory(household);
        $("as-it-was").hidden = true;
        $("day").value = date ?? "";
        if (date) await showDay(date);
        $("history").hidden = false;
        $(date ? "h-as-it-was" : "h-history").focus({ preventScroll: Boolean(date) });
    } finally {
        $("wait").hidden = true;
    }
}

onLanguage(() => { if (me) run(show); });
addEventListener("popstate", () => run(show));
for (const id of [...VIEWS.map((view) => `to-${view}`), "back"]) $(id).addEventListener("click", follow);
$("area").addEventListener("change", () => go(address({ area: $("area").value, view: wanted().get("view") ?? "conflicts" })));
$("more").addEventListener("click", () => run(() => showConflicts($("area").value, cursor)));
$("held-more").addEventListener("click", () => run(() => showHeld($("area").value, heldCursor)));
$("earlier").addEventListener("click", () => run(earlier));
$("when").addEventListener("submit", (event) => {
    event.preventDefault();
    if ($("day").value) go(address({ household: story.household, at: $("day").value }));
});

await run(async () => {
    try {
        const who = await ask("GET", "sessions/current");
        showWays(who);
        const elsewhere = { volunteer: "/survey/", department: "/desk/", admin: "/desk/people/" };
        if (Object.hasOwn(elsewhere, who.role)) {
            const href = elsewhere[who.role];
            const way = h("a", { href }, t("Đến trang ", "Go to: "), word("pages", href));
            tell("failure", t("Trang này dành cho cán bộ xã, huyện, tỉnh. ", "This page is for officers of communes, districts and the province. "), way);
            return;
        }
        areas = await readPlaces();
        me = who;
        choices();
        await show();
    } finally {
        $("wait").hidden = true;
    }
});
