// Appended to the glue of each app by xtask, which fills in the names.
const root = document.documentElement;
// The key of the server's machine goes out of the printed address at once, and is kept as a cookie.
const [, opens] = location.hash.split("#key=");
if (opens) {
    history.replaceState(null, "", location.pathname + location.search);
    await fetch("/api/v1/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ key: opens }) }).catch(() => {});
}
// The role that was last signed in here, for the menu: style.css says what it shows to whom.
const stored = (action) => { try { return action(localStorage); } catch { return null; } };
root.dataset.role = stored((s) => s.getItem("soho.role")) ?? "";

__wbg_init({ module_or_path: "{{wasm}}" }).then(
    () => {
        root.dataset.app = "ready";
        // Only now: every file of the app is in the browser's own cache, and is not downloaded twice.
        keepForOffline("{{app}}");
    },
    (error) => {
        root.dataset.app = "failed";
        console.error(error);
    },
);

// The officers' pages lead to the page that signs in. (The survey does so itself, once it has put away what nobody may see.)
if ("{{app}}" !== "check") fetch("/api/v1/sessions/current").then(async (answer) => {
    // Others on the line answer 401 too.
    const itself = answer.headers.get("content-type")?.startsWith("application/problem+json");
    if (["province", "desk"].includes("{{app}}") && answer.status === 401 && itself) location.replace(`/signin/?to=${encodeURIComponent(location.pathname + location.search)}`);
    if (!answer.ok) return;
    const { open, role } = await answer.json();
    if (!open && !role) return;
    root.dataset.role = open ? "open" : role;
    stored((s) => s.setItem("soho.role", root.dataset.role));
}).catch(() => {});

// Asks the service worker to store this app, and says on the root element when it has.
function keepForOffline(app) {
    const container = navigator.serviceWorker;
    // Absent without HTTPS (but for localhost) and in some private windows: the app works, online.
    if (!container) return;
    const ask = () => container.ready.then((worker) => worker.active.postMessage({ keep: app }));
    container.addEventListener("message", (event) => {
        if (event.data?.kept === app) root.dataset.offline = "ready";
    });
    // Again when a new worker takes over or the network returns: it may have failed before.
    container.addEventListener("controllerchange", ask);
    addEventListener("online", ask);
    container.register("/sw.js", { updateViaCache: "none" }).then(ask, console.warn);
}
