"use strict";
/* Open pages that follow what others do. A WebSocket says that something happened; the server is then asked what that is for this page,
   at most once a second, and once more after a lost connection. Rows keep their places, nothing moves under the pointer, and what is being
   typed is never touched. Without this file a page is as it was drawn. */
(() => {
    const box = document.querySelector("[data-live]");
    if (!box) return;
    const { live: kind, socket: path, url } = box.dataset;
    const SOON = 150, APART = 1000, LONGEST = 30_000, PING = 30_000, SILENCE = 10_000;
    let since = box.dataset.since;

    /* ---- Words at the corner: one toast for each matter, said politely */
    const toast = (matter, words, action) => {
        let shown = box.querySelector(`[data-matter="${matter}"]`);
        if (!words) { shown?.remove(); return; }
        if (!shown) {
            shown = Object.assign(document.createElement("div"), { className: "wb-toast" });
            shown.dataset.matter = matter;
            shown.append(document.createElement("p"));
            box.append(shown);
        }
        if (shown.firstChild.textContent !== words) shown.firstChild.textContent = words;
        shown.querySelector("a")?.remove();
        if (action) shown.append(action);
    };
    const link = (words, href, blank) => {
        const made = Object.assign(document.createElement("a"), { className: "wb-btn wb-btn-s", href, textContent: words });
        if (blank) made.target = "_blank";
        else made.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
        return made;
    };
    /* What was done a moment ago is not said to be so an hour later. */
    const timed = new Map();
    const ago = (at) => {
        const minutes = Math.floor((Date.now() - new Date(at)) / 60_000);
        return minutes < 1 ? "just now" : minutes < 60 ? `${minutes} min ago` : `at ${new Date(at).toTimeString().slice(0, 5)}`;
    };
    const say = (el, words, at, then) => {
        if (!el) return;
        timed.set(el, [words, at, then]);
        el.textContent = (at ? `${words} ${ago(at)}. ${then}` : `${words} ${then}`).trim();
    };
    setInterval(() => {
        for (const [el, parts] of timed) { if (el.isConnected) say(el, ...parts); else timed.delete(el); }
    }, 30_000);
    const here = () => location.pathname + location.search;

    /* ---- Parts of the page, as the server draws them */
    const parsed = (html) => { const made = document.createElement("template"); made.innerHTML = html; return made.content; };
    const figure = (el, number) => { if (el && el.textContent.trim() !== String(number)) el.textContent = number; };
    const line = (row) => row.querySelector(".wb-act")?.parentElement.querySelector("small");
    const mark = (row, { says, at }) => { row.dataset.changed = ""; if (says) say(line(row), says, at, ""); };
    const fill = (row, cells) => {
        const tick = row.querySelector(":scope > .action-checkbox");
        [...row.children].forEach((cell) => { if (cell !== tick) cell.remove(); });
        row.append(...parsed(`<table><tbody><tr>${cells}</tr></tbody></table>`).querySelector("tr").children);
    };
    const leave = (row, { says, at, gone }) => {
        row.dataset.gone = "";
        const tick = row.querySelector("input[type=checkbox]");
        if (tick) { if (tick.checked) tick.click(); tick.disabled = true; }
        say(line(row), says || "", at, gone);
    };
    const menu = (counts) => {
        for (const [href, count] of Object.entries(counts)) {
            const line = [...document.querySelectorAll(".wb-nav a")].find((each) => each.getAttribute("href") === href);
            const shown = line?.querySelector(".wb-count");
            if (shown) figure(shown, count);
            else if (line && count) line.append(Object.assign(document.createElement("span"), { className: "wb-count", textContent: count }));
        }
    };

    /* ---- The three kinds of pages */
    const rows = () => [...document.querySelectorAll("tr[data-record]")];
    const ask = async (address, type) => {
        const answer = await fetch(address, { headers: { Accept: type }, credentials: "same-origin" });
        if (answer.redirected && new URL(answer.url).pathname.endsWith("/login/")) throw new LoggedOut();
        if (answer.status === 404) throw new Gone();
        if (!answer.ok) throw new Error(String(answer.status));
        return type === "text/html" ? answer.text() : answer.json();
    };
    class LoggedOut extends Error {}
    class Gone extends Error {}
    const question = (more) => {
        const query = new URLSearchParams(kind === "list" ? location.search : "");
        for (const [name, value] of Object.entries(more)) query.set(name, value);
        return `${url}?${query}`;
    };
    let came = 0;
    const list = async () => {
        const known = rows().map((row) => `${row.dataset.record}.${row.dataset.version}`).join(",");
        const told = await ask(question({ rows: known, since }), "application/json");
        since = told.at;
        for (const row of rows()) {
            const news = told.rows[row.dataset.record];
            if (!news) continue;
            if (news.cells) { fill(row, news.cells); row.dataset.version = news.version; }
            delete row.dataset.gone;
            const tick = row.querySelector("input[type=checkbox]");
            if (tick) tick.disabled = false;
            if (news.gone) leave(row, news);
            else mark(row, news);
        }
        for (const [view, count] of Object.entries(told.tabs)) {
            const shown = document.querySelector(`[data-count="${view}"]`);
            if (!shown || count === null) continue;
            figure(shown, count);
            if (shown.dataset.late !== undefined) shown.classList.toggle("wb-count-bad", count > 0);
        }
        menu(told.nav);
        came += told.came;
        toast("came", came ? `${came} new ${came === 1 ? box.dataset.one : box.dataset.several} in this list` : "", link("Show", here()));
    };
    const main = document.getElementById("main") || document.body;
    // Where no choice is marked as the default, a list begins with its first.
    const chosen = (field) => {
        const options = [...field.options];
        const first = field.multiple || options.some((each) => each.defaultSelected) ? null : options[0];
        return options.some((each) => each.selected !== (each.defaultSelected || each === first));
    };
    const typed = (field) => (field.type === "file" ? field.files.length > 0 : field.tagName === "SELECT"
        ? chosen(field) : field.value !== field.defaultValue);
    const busy = () => kind === "form" || document.querySelector("dialog[open], details.wb-menu[open]:not(#user-tools *)") !== null
        || [...main.querySelectorAll("form[method=post] :is(textarea, select, input:not([type=hidden], [type=checkbox], [type=radio]))")].some(typed);
    const offered = () => [...document.querySelectorAll(".wb-decide [data-command]")].map((each) => each.dataset.command).join(",");
    let said = [];
    const record = async () => {
        const told = await ask(question({ since, had: offered() }), "application/json");
        const writes = busy();
        said = told.news;
        if (!writes) {
            const old = document.querySelector(".wb-record"), focused = old?.contains(document.activeElement) && document.activeElement;
            const command = focused && focused.closest("[data-command]")?.dataset.command;
            old?.replaceWith(parsed(told.head));
            document.querySelector("[data-dialogs]")?.replaceChildren(parsed(told.dialogs));
            if (command) {
                const again = document.querySelector(`.wb-decide [data-command="${command}"]`);
                (again?.querySelector("button") || again)?.focus();
            }
        }
        if (!said.length) return;
        const { says, at } = said.at(-1);
        const more = said.length > 1 ? `${said.length - 1} more ${said.length === 2 ? "change" : "changes"} before. ` : "";
        const safe = writes ? "What you are writing stays; if you save it, you are shown the difference first." : "";
        toast("news", `${says}.`, link(writes ? "Show it in a new tab" : "Show it", kind === "form" ? recordPage() : here(), writes));
        say(box.querySelector("[data-matter=news] > p"), says, at, more + safe);
    };
    const recordPage = () => url.replace(/since\/$/, "change/");
    const home = async () => {
        const fresh = new DOMParser().parseFromString(await ask(here(), "text/html"), "text/html");
        for (const part of [".wb-stats", ".wb-nav"]) {
            const old = document.querySelector(part), now = fresh.querySelector(part);
            if (old && now && !old.contains(document.activeElement) && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.children);
        }
        const now = new Map([...fresh.querySelectorAll("tr[data-record]")].map((row) => [row.dataset.record, row]));
        for (const row of rows()) {
            const drawn = now.get(row.dataset.record);
            if (!drawn) leave(row, { gone: "It is no longer in this queue." });
            else if (drawn.innerHTML !== row.innerHTML) { delete row.dataset.gone; row.replaceChildren(...drawn.children); mark(row, {}); }
            now.delete(row.dataset.record);
        }
        const others = (page) => [...page.querySelectorAll("#content .wb-panel:not(:has(tr[data-record]))")].map((each) => each.textContent).join();
        const words = now.size ? "Your queue has changed" : others(fresh) === others(document) ? "" : "More on this page has changed";
        toast("came", words, link("Show", here()));
    };
    const refresh = { list, record, form: record, home }[kind];

    /* ---- When to ask: soon for what is on the page, later for the rest, never twice within a second, not while nobody looks */
    let timer = 0, due = Infinity, lastAt = 0, asking = false, unseen = false;
    const want = (within) => {
        if (document.hidden) { unseen = true; return; }
        const at = Math.max(performance.now() + within, lastAt + APART);
        if (at >= due) return;
        clearTimeout(timer);
        due = at;
        timer = setTimeout(look, at - performance.now());
    };
    const look = async () => {
        due = Infinity;
        if (asking) { want(APART); return; }
        asking = true;
        lastAt = performance.now();
        try { await refresh(); toast("lost", ""); }
        catch (error) {
            if (error instanceof LoggedOut) stop("You are logged out. Log in again to go on.");
            else if (error instanceof Gone) { stop("It was deleted, or you may not see it any more."); }
            else { toast("lost", "This page could not be brought up to date. Trying again…"); setTimeout(() => want(0), 5000); }
        } finally { asking = false; }
    };
    const hear = ({ type, claimId }) => {
        if (kind === "record" || kind === "form" || type === "events.missed") want(SOON);
        else if (kind === "list" && document.querySelector(`tr[data-record="${CSS.escape(claimId)}"]`)) want(SOON);
        else want(2000 + Math.random() * 2000);
    };

    /* ---- The connection */
    let socket = null, tries = 0, stopped = false, lost = false, again = 0, pings = 0, silent = 0;
    const stop = (words) => { stopped = true; toast("lost", words); socket?.close(); };
    const open = () => {
        if (stopped || socket) return;
        const started = performance.now();
        socket = new WebSocket(path.startsWith("/") ? `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}` : path);
        socket.addEventListener("open", () => {
            tries = 0;
            toast("lost", "");
            if (lost || started > 5000) want(Math.random() * 500); // what happened meanwhile
            lost = false;
            pings = setInterval(() => { socket?.send("ping"); silent = setTimeout(() => socket?.close(), SILENCE); }, PING);
        });
        socket.addEventListener("message", ({ data }) => {
            const told = JSON.parse(data);
            clearTimeout(silent);
            if (told.type !== "pong") hear(told);
        });
        socket.addEventListener("close", ({ code }) => {
            clearInterval(pings);
            clearTimeout(silent);
            socket = null;
            lost = true;
            if (stopped || code === 1000 && document.visibilityState === "hidden") return;
            if (code === 4401) { want(0); if (tries++ > 2) return; } // the question finds out whether we are logged out
            // A deploy ends all sockets at once: they come back one by one.
            const wait = Math.min(LONGEST, 500 * 2 ** tries++) * (0.5 + Math.random());
            if (tries > 2) toast("lost", "The connection is lost. This page follows again as soon as it is back.");
            again = setTimeout(open, code === 1012 ? Math.random() * 3000 : wait);
        });
    };
    document.addEventListener("visibilitychange", () => { if (!document.hidden && unseen) { unseen = false; want(0); } });
    document.addEventListener("close", () => { if (said.length) want(SOON); }, true); // a dialog: nobody is writing any more
    window.addEventListener("pagehide", () => {
        clearTimeout(again);
        if (socket?.readyState === WebSocket.OPEN) socket.close(1000); // one that is still opening ends with the page, and without a complaint
    });
    window.addEventListener("pageshow", (event) => { if (event.persisted) { lost = true; open(); } });
    window.addEventListener("online", () => { clearTimeout(again); open(); });
    open();
})();
