// Checks a certificate by its code on this device: nothing of it is sent anywhere. What a code holds is said in
// `soho_shared::paper::certificate`.

import { $, day, h, onLanguage, run, stored, t, word } from "{{plain}}";

// ── What is kept for times without a network ──

// Keys, withdrawn numbers and names of communes, as they were fetched at a time.
let kept = stored((s) => JSON.parse(s.getItem("soho.papers")));
const MINUTE = 60_000;

async function ask(path) {
    const answer = await fetch(`/api/v1/${path}`, { cache: "no-cache", signal: AbortSignal.timeout(8_000) });
    // A network's sign-in page answers, too.
    const isOurs = answer.ok && answer.headers.get("content-type")?.startsWith("application/json");
    if (!isOurs) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
}
// Fetches it anew; where that fails, what is kept stays.
async function refresh() {
    try {
        const [{ keys }, { withdrawn }, { communes }] =
            await Promise.all(["certificates/keys", "certificates/withdrawn", "areas"].map(ask));
        const names = Object.fromEntries(communes.map(({ code, name }) => [code, name]));
        kept = { at: Date.now(), keys: keys.map(({ key }) => key), withdrawn, names };
        stored((s) => s.setItem("soho.papers", JSON.stringify(kept)));
    } catch (error) {
        console.warn(error);
    }
    showFetched();
}
const isFresh = () => Date.now() - (kept?.at ?? 0) < MINUTE;

function showFetched() {
    $("fetched").textContent = kept
        ? t(`Khóa kiểm tra và danh sách giấy bị thu hồi: lấy ngày ${day(kept.at)}.`, `Keys and the list of withdrawn certificates were fetched on ${day(kept.at)}.`)
        : t("Máy này chưa có khóa kiểm tra: hãy mở trang này một lần khi có mạng.", "This device has no keys yet: open this page once with a network.");
}

// ── What a code says ──

const CLASSES = ["poor", "near_poor", "escaped_poor", "escaped_near_poor"];
const [SCANNED, TYPED] = [1, 2];
const HEAD = 9;
const SIGNATURE = 64;

// Base45. A number that its bytes cannot hold is refused, so that no two texts are one code.
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
function ofBase45(text) {
    const bytes = [];
    for (let at = 0; at < text.length; at += 3) {
        const digits = [...text.slice(at, at + 3)].map((sign) => SIGNS.indexOf(sign));
        const number = digits.reduceRight((sum, digit) => sum * 45 + digit, 0);
        const most = digits.length === 3 ? 65_535 : 255;
        if (digits.length === 1 || digits.includes(-1) || number > most) return null;
        if (digits.length === 3) bytes.push(number >> 8);
        bytes.push(number & 255);
    }
    return Uint8Array.from(bytes);
}

// Three lines of 39 signs for five bits each, and one by which a mistyped sign shows.
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LINE = 40;
function ofTyped(text) {
    const letters = text.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
    const strange = [...letters].find((letter) => !LETTERS.includes(letter));
    if (strange) throw new Error(t(`mã không có chữ “${strange}”, hãy xem lại.`, `no code has “${strange}” in it: look again.`));
    if (letters.length !== 3 * LINE) throw new Error(t(`mã có 120 chữ và số, ở đây có ${letters.length}.`, `a code has 120 letters and digits, these are ${letters.length}.`));
    const bytes = [];
    let [held, bits] = [0, 0];
    for (const line of [1, 2, 3]) {
        const values = [...letters.slice((line - 1) * LINE, line * LINE)].map((letter) => LETTERS.indexOf(letter));
        const last = values.pop();
        const sum = values.reduce((sum, value) => {
            const both = sum ^ value;
            return both << 1 ^ (both & 16 ? 0b100101 : 0);
        }, line);
        if (sum !== last) throw new Error(t(`dòng ${line} có chữ gõ sai, hãy so lại từng chữ.`, `a letter of line ${line} is wrong: compare it letter by letter.`));
        for (const value of values) {
            held = held << 5 | value;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            bytes.push(held >> bits);
            held &= (1 << bits) - 1;
        }
    }
    return held ? null : Uint8Array.from(bytes);
}

// Null for what is no code of a certificate.
function read(bytes, form) {
    const end = (bytes?.length ?? 0) - SIGNATURE;
    if (end < HEAD || bytes[0] >> 4 !== form || (form === TYPED) !== (end === HEAD)) return null;
    const said = bytes.slice(0, end);
    const [first, second, c0, c1, round, n0, n1, d0, d1] = said;
    const date = d0 << 8 | d1;
    const two = (number) => String(number).padStart(2, "0");
    try {
        return {
            form, said, second, signature: bytes.slice(end),
            class: CLASSES[first & 15],
            commune: String(c0 << 8 | c1),
            round: 2000 + round,
            number: n0 << 8 | n1,
            year: 2000 + (date >> 9),
            date: `${two(date & 31)}/${two(date >> 5 & 15)}/${2000 + (date >> 9)}`,
            name: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(said.slice(HEAD)),
        };
    } catch {
        return null;
    }
}

// One byte of a name's hash, over its letters from a to z without diacritics.
const ACCENTED = /[\u00c0-\u00ff\u0102\u0103\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]/;
function nameHash(name) {
    const plain = [...name.normalize("NFC")].map((letter) => {
        if ("ĐđÐðƉɖ".includes(letter)) return "d";
        const base = (ACCENTED.test(letter) ? letter.normalize("NFD")[0] : letter).toLowerCase();
        return (base === letter.toLowerCase() ? /[a-z]/ : /[aeiouy]/).test(base) ? base : "";
    }).join("");
    const hash = [...plain].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), 0x811c9dc5);
    return (hash ^ hash >>> 8 ^ hash >>> 16 ^ hash >>> 24) & 255;
}

// ── Whether it is genuine ──

const ED25519 = { name: "Ed25519" };
const PURPOSE = new TextEncoder().encode("So Ho certificate\0");
const ofBase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const signers = (code) => (kept?.keys ?? []).map(ofBase64).filter((key) => code.form === TYPED || key[0] === code.second);

async function isSigned(code) {
    const signed = Uint8Array.from([...PURPOSE, ...code.said]);
    for (const raw of signers(code)) {
        const key = await crypto.subtle.importKey("raw", raw, ED25519, false, ["verify"]);
        if (await crypto.subtle.verify(ED25519, key, code.signature, signed)) return true;
    }
    return false;
}

// What is to be said of a code; `name` is what was typed to compare.
async function judge(code, name) {
    if (!code) return "unread";
    // What was withdrawn since is to be known, where there is a network.
    if (!isFresh()) await refresh();
    if (code.class === undefined || !await isSigned(code)) {
        // A typed code does not say which key it is of: one that is not here yet, perhaps.
        const isKnown = code.form === SCANNED && signers(code).length > 0;
        return isKnown || isFresh() ? "false" : "unknown";
    }
    if (name && nameHash(name) !== code.second) return "name";
    const isWithdrawn = kept.withdrawn.some((of) => of.commune === code.commune && of.year === code.year && of.numbers.includes(code.number));
    return isWithdrawn ? "withdrawn" : "valid";
}

const WORDS = {
    valid: () => [t("Giấy thật, còn giá trị", "Genuine and valid"),
        t("Hãy so những điều dưới đây với giấy, và họ tên với giấy tờ của người cầm giấy.", "Compare what follows with the certificate, and the name with the papers of who holds it.")],
    withdrawn: () => [t("Giấy thật, nhưng đã bị thu hồi", "Genuine, but withdrawn"),
        t("Xã đã thu hồi giấy số này: giấy không còn giá trị.", "The commune has withdrawn this number: the certificate is not valid any more.")],
    false: () => [t("Không phải giấy thật", "Not genuine"),
        t("Chữ ký trong mã không đúng: mã đã bị sửa, hoặc không phải do tỉnh cấp. Hãy báo Ủy ban nhân dân xã.", "The signature does not fit: the code was changed, or the province did not give it. Tell the commune.")],
    name: () => [t("Họ tên không khớp", "The name does not fit"),
        t("Mã này được cấp cho hộ khác. Hãy xem lại họ tên đã gõ; nếu gõ đúng như trên giấy thì giấy đã bị sửa.", "This code was given to another household. Look at the name again: if it is as on the certificate, the certificate was changed.")],
    unknown: () => [t("Chưa kiểm tra được", "It cannot be checked yet"),
        t("Không có khóa nào trên máy này hợp với giấy: khóa ở đây đã cũ, hoặc giấy không thật. Hãy nối mạng rồi thử lại.", "No key on this device fits the certificate: the keys here are too old, or it is not genuine. Connect to a network, then try again.")],
    unread: () => [t("Không đọc được mã", "The code cannot be read"),
        t("Không thấy mã của giấy chứng nhận. Hãy chụp lại gần hơn, đủ sáng, chỉ lấy phần có mã; hoặc gõ các dòng in cạnh mã.", "There is no code of a certificate. Take the picture closer and well lit, with the code alone; or type what stands beside the code.")],
};

// What was found last: what is to be said, the code, and the name that was typed to compare.
let found = null;
function show() {
    const { verdict, code, name } = found;
    const [words, more] = WORDS[verdict]();
    const typed = name
        ? t("Họ tên đã gõ khớp với mã.", "The name that was typed fits the code.")
        : t("Mã gõ tay không ghi họ tên: muốn đối chiếu, hãy gõ cả họ tên.", "A typed code holds no name: to compare it, type the name, too.");
    const facts = ["valid", "withdrawn"].includes(verdict) ? [
        [word("fields", "head/name"), code.form === SCANNED ? code.name : name || "–"],
        [t("Được công nhận là", "Recognised as"), word("recognised", code.class)],
        [t("Đợt rà soát", "Round of review"), String(code.round)],
        [t("Nơi cấp", "Given by"), kept.names[code.commune] ?? code.commune],
        [t("Số", "Number"), `${code.number}/${code.year}`],
        [t("Ngày quyết định", "Date of the decision"), code.date],
    ] : [];
    const result = $("result");
    result.className = `notice ${verdict}`;
    result.dataset.verdict = verdict;
    result.replaceChildren(
        h("h2", {}, words), h("p", {}, more),
        facts.length && code.form === TYPED ? h("p", {}, typed) : "",
        facts.length ? h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])) : "");
    result.hidden = false;
}
async function tell(code, name = "") {
    found = { verdict: await judge(code, name), code, name };
    show();
    $("result").focus();
    $("result").scrollIntoView({ block: "nearest" });
}

// ── Pictures ──

// The middle of each dot and its eight neighbours: single wrong dots vanish.
function median({ grey, width, height }) {
    const out = grey.slice();
    const middle = (a, b, c) => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    const [low, mid, high] = [0, 0, 0].map(() => new Uint8Array(width));
    for (let row = width; row < (height - 1) * width; row += width) {
        for (let x = 0; x < width; x += 1) {
            const [a, b, c] = [grey[row - width + x], grey[row + x], grey[row + width + x]];
            low[x] = Math.min(a, b, c);
            mid[x] = middle(a, b, c);
            high[x] = Math.max(a, b, c);
        }
        for (let x = 1; x < width - 1; x += 1) {
            out[row + x] = middle(
                Math.max(low[x - 1], low[x], low[x + 1]),
                middle(mid[x - 1], mid[x], mid[x + 1]),
                Math.min(high[x - 1], high[x], high[x + 1]));
        }
    }
    return { grey: out, width, height };
}
function ofPixels({ data, width, height }) {
    const grey = new Uint8Array(width * height);
    for (let at = 0; at < grey.length; at += 1) {
        grey[at] = (data[4 * at] * 77 + data[4 * at + 1] * 150 + data[4 * at + 2] * 29) >> 8;
    }
    return { grey, width, height };
}
function toPixels({ grey, width, height }) {
    const picture = new ImageData(width, height);
    const dots = new Uint32Array(picture.data.buffer);
    for (let at = 0; at < grey.length; at += 1) dots[at] = grey[at] * 0x010101 | 0xff000000;
    return picture;
}

// The browser's own reader where it has one, then the one that comes with this page.
let own;
async function decode(picture) {
    own ??= globalThis.BarcodeDetector?.getSupportedFormats().then(
        (formats) => formats.includes("qr_code") && new BarcodeDetector({ formats: ["qr_code"] }), () => false) ?? false;
    const detector = await own;
    const seen = detector ? await detector.detect(picture).catch(() => []) : [];
    if (seen[0]?.rawValue) return seen[0].rawValue;
    await import("{{codes}}");
    // Without any text, it is a code that this reader cannot read.
    return jsQR(picture.data, picture.width, picture.height, { inversionAttempts: "dontInvert" })?.data || null;
}

// The text of the code in a picture, looked at in some sizes of its longer side; null when there is none.
async function look(source, width, height, sizes) {
    const longest = Math.max(width, height);
    if (!longest) return null;
    for (const size of new Set(sizes.map((size) => Math.min(size, longest)))) {
        const canvas = h("canvas", { width: Math.round(width * size / longest), height: Math.round(height * size / longest) });
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.fillStyle = "#fff";
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(source, 0, 0, canvas.width, canvas.height);
        const picture = ofPixels(context.getImageData(0, 0, canvas.width, canvas.height));
        const cleaned = median(picture);
        for (const one of [cleaned, picture, median(cleaned)]) {
            const text = await decode(toPixels(one));
            if (text) return text;
        }
    }
    return null;
}
const tellScanned = (text) => tell(read(ofBase45(text ?? ""), SCANNED));

async function readPhoto(file) {
    $("busy").textContent = t("Đang đọc ảnh…", "Reading the picture…");
    try {
        const picture = await createImageBitmap(file).catch(() => {
            throw new Error(t("ảnh này không mở được, hãy chọn ảnh JPEG hoặc PNG.", "this picture cannot be opened: choose a JPEG or PNG."));
        });
        await tellScanned(await look(picture, picture.width, picture.height, [1_600, 4_000, 900]));
    } finally {
        $("busy").textContent = "";
    }
}

let stream = null;
function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    $("camera").hidden = true;
}
async function scan() {
    stop();
    try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1_280 } } });
    } catch {
        throw new Error(t("không mở được máy ảnh. Hãy cho phép trang này dùng máy ảnh, hoặc chọn ảnh đã chụp.", "the camera cannot be opened. Allow this page to use it, or choose a photo."));
    }
    const [video, mine] = [$("video"), stream];
    $("camera").hidden = false;
    video.srcObject = mine;
    await video.play();
    while (stream === mine) {
        const text = await look(video, video.videoWidth, video.videoHeight, [960]);
        if (text && stream === mine) {
            stop();
            await tellScanned(text);
        }
        await new Promise((done) => { setTimeout(done, 100); });
    }
}

// ── The page ──

// What was found before does not stand beside what is asked now.
const check = (work) => run(async () => {
    found = null;
    $("result").hidden = true;
    await work();
});
$("scan").addEventListener("click", () => check(scan));
$("stop").addEventListener("click", stop);
document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); });
$("choose").addEventListener("click", () => $("photo").click());
$("photo").addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) check(() => readPhoto(file));
});
$("form").addEventListener("submit", (event) => {
    event.preventDefault();
    check(async () => {
        try {
            await tell(read(ofTyped($("typed").value), TYPED), $("name").value.trim());
        } catch (error) {
            // Somebody may paste what another program read in the QR.
            const pasted = read(ofBase45($("typed").value.replace(/\n+$/, "")), SCANNED);
            if (!pasted) throw Object.assign(error, { field: "typed" });
            await tell(pasted);
        }
    });
});

const unable = () => (globalThis.isSecureContext
    ? t("Trình duyệt này cũ quá, không kiểm tra được chữ ký. Hãy cập nhật trình duyệt (Chrome hay Edge từ bản 137, Firefox từ bản 129, Safari từ bản 17), hoặc mở trang này trên máy khác.", "This browser is too old to check a signature. Update it (Chrome or Edge 137, Firefox 129, Safari 17, or later), or open this page on another device.")
    : t("Trang này chỉ kiểm tra được qua địa chỉ https://. Hãy mở lại bằng địa chỉ đó.", "This page works at an address with https:// alone. Open it at that address."));
const canCheck = await globalThis.crypto?.subtle?.generateKey(ED25519, false, ["sign", "verify"]).then(() => true, () => false);
function showAll() {
    showFetched();
    if (found) show();
    $("unable").hidden = Boolean(canCheck);
    $("unable").textContent = canCheck ? "" : unable();
    for (const id of ["scan", "choose"]) $(id).disabled = !canCheck;
    $("by-hand").hidden = !canCheck;
}
onLanguage(showAll);
showAll();
refresh();
addEventListener("online", refresh);

// The page itself is kept as the apps are.
const container = navigator.serviceWorker;
if (container) {
    const keep = () => container.ready.then((worker) => worker.active.postMessage({ keep: "check-paper" }));
    container.addEventListener("message", ({ data }) => {
        if (data?.kept === "check-paper") document.documentElement.dataset.offline = "ready";
    });
    container.addEventListener("controllerchange", keep);
    addEventListener("online", keep);
    container.register("/sw.js", { updateViaCache: "none" }).then(keep, console.warn);
}
