// Keeps each visited app whole on the device, so that it opens without a network.
//
// What a page can count on:
// - An app is stored whole or not at all, and opened from the store: never an old page with new files.
// - Visiting one app stores that one only; the others cost nothing until they are opened.
// - Only pages and files named in APPS, and /assets/, are ever answered from here: never /api/.
// - A page that is not here and cannot be fetched says so in the words of this site, and which pages are here.
//
// A page sends { keep: "check" } and gets { kept: "check" } when the app would open offline.

const APPS = {{apps}};

// One store for each app and version, so that an update fetches only the apps that changed.
const storeOf = (name) => `soho/${name}/${APPS[name].version}`;
const stored = (name, path) => caches.match(path, { cacheName: storeOf(name) });
const isHashed = (path) => path.startsWith("/assets/");

async function get(path) {
    const response = await fetch(path, { cache: isHashed(path) ? "default" : "no-cache" });
    // A sign-in page of a network in place of a file would be kept for good.
    const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
    const strange = response.redirected || isPage !== path.endsWith("/");
    if (!response.ok || strange) throw new Error(`${path}: ${response.status}`);
    return response;
}

// Two pages, or a page and an update, may ask at the same time: they share one answer.
const underway = {};
const keep = (name) => (underway[name] ??= keepOnce(name).finally(() => delete underway[name]));

async function keepOnce(name) {
    const app = APPS[name];
    if (await stored(name, app.page)) return;
    const page = await get(app.page);
    // A newer server (or a hotel's sign-in page) may have answered. The newer server's worker will come too.
    if (!(await page.clone().text()).includes(app.version)) throw new Error(`${app.page} is not ${app.version}`);
    const store = await caches.open(storeOf(name));
    await Promise.all(app.files.map(async (path) => {
        // Names with a hash never change their content, so a file stored by an earlier version can be used.
        const earlier = isHashed(path) && (await caches.match(path));
        await store.put(path, earlier || (await get(path)));
    }));
    // Stored last: whoever finds the page finds everything it needs.
    await store.put(app.page, page);
}

self.addEventListener("install", (event) => {
    event.waitUntil((async () => {
        // What opened offline before the update still does so after it, without another visit.
        const names = (await caches.keys()).map((key) => key.split("/")[1]);
        await Promise.all(Object.keys(APPS).filter((name) => names.includes(name)).map(keep));
        await self.skipWaiting();
    })());
});

self.addEventListener("activate", (event) => {
    event.waitUntil((async () => {
        const keys = await caches.keys();
        for (const name in APPS) {
            const old = keys.filter((key) => key.startsWith(`soho/${name}/`) && key !== storeOf(name));
            // The latest of the old stores stays: a page that is loading right now may still ask for its files.
            await Promise.all(old.slice(0, -1).map((key) => caches.delete(key)));
        }
        await self.clients.claim();
    })());
});

self.addEventListener("message", (event) => {
    const name = event.data?.keep;
    if (!Object.hasOwn(APPS, name)) return;
    event.waitUntil(keep(name).then(() => event.source.postMessage({ kept: name }), console.warn));
});

// Addresses in version 0.1, and where their pages are now.
const MOVED = {{moved}};
// Pages that lie beside the desk's app, below its address.
const BESIDE = {{beside}};

// The app that shows a page.
function appOf(pathname) {
    const own = Object.keys(APPS).find((name) => APPS[name].page === pathname);
    // Its pages have addresses of their own, and one file.
    const isDesk = pathname.startsWith("/desk/") && !BESIDE.some((page) => `${pathname}/`.startsWith(page));
    return own ?? (isDesk ? "desk" : undefined);
}

async function openPage({ pathname, search }, request) {
    const to = MOVED[pathname.replace(/\/*$/, "/")];
    const name = appOf(to ?? pathname);
    const kept = name && (await stored(name, APPS[name].page));
    if (kept && to) return Response.redirect(to + search, 308);
    return kept || fetch(request).catch(notHere);
}

// Names of pages: by their address, in Vietnamese and English.
const NAMES = {{names}};

// In both languages, because the one chosen is not known here.
async function notHere() {
    const ways = await Promise.all(Object.keys(APPS).map(async (name) => {
        if (!(await stored(name, APPS[name].page))) return "";
        const [vi, en] = NAMES[APPS[name].page];
        return `<li><a href="${APPS[name].page}">${vi} · <span lang="en">${en}</span></a></li>`;
    }));
    const here = ways.join("");
    const body = [
        '<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="color-scheme" content="light dark">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Sổ Hộ – Chưa có mạng</title>',
        "<style>body{font:1.0625rem/1.5 system-ui,sans-serif;max-width:36rem;margin:2rem auto;padding:0 1rem}",
        "h1,h2{font-size:1.375rem;line-height:1.3}a{display:inline-block;padding:.625rem 0}ul{padding-left:1.25rem}</style>",
        "<h1>Chưa mở được trang này vì chưa kết nối được máy chủ</h1>",
        "<p>Không có gì bị mất: phiếu đã ghi vẫn ở trên máy này. Khi có mạng, hãy mở lại trang.</p>",
        '<h2 lang="en">This page cannot be opened: the server is not reached</h2>',
        '<p lang="en">Nothing is lost: records stay on this device. Open the page again when there is a network.</p>',
        '<p><a href="">Thử lại · <span lang="en">Try again</span></a></p>',
        here && `<p>Mở được khi không có mạng · <span lang="en">Ready without a network</span>:</p><ul>${here}</ul>`,
    ].join("");
    return new Response(body, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } });
}

async function openFile(path, request) {
    for (const name in APPS) {
        const file = await stored(name, path);
        if (file) return file;
    }
    return (await caches.match(path)) || fetch(request);
}

const FILES = new Set(Object.values(APPS).flatMap((app) => app.files));

self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    const { origin, pathname } = url;
    if (request.method !== "GET" || origin !== location.origin) return;
    if (request.mode === "navigate") {
        if (!pathname.startsWith("/api/")) event.respondWith(openPage(url, request));
    } else if (isHashed(pathname) || FILES.has(pathname)) {
        event.respondWith(openFile(pathname, request));
    }
});
