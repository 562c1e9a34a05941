"use strict";
/* Forms stay in their dialog: what is refused, or has to be seen first, comes back into it, and the page behind keeps its place.
   Without this file, and for whatever a dialog cannot show, the same forms lead to pages of their own and back. */
(() => {
    const parsed = (html) => { const made = document.createElement("template"); made.innerHTML = html; return made.content; };
    const ask = (address, more = {}) => fetch(address, { credentials: "same-origin", ...more, headers: { "X-Dialog": "1", Accept: "text/html, application/json" } });
    const isForm = (answer) => answer.headers.get("X-Dialog") === "form";

    /* For forms that the page did not bring along: one dialog, filled as it is opened. */
    const shared = () => {
        const there = document.getElementById("wb-form");
        if (there) return there;
        const made = Object.assign(document.createElement("dialog"), { id: "wb-form", className: "wb-dialog" });
        document.body.append(made);
        return made;
    };
    const FIRST = "input:not([type=hidden]), select, textarea";
    const show = (dialog, html, first) => {
        dialog.replaceChildren(parsed(html));
        const title = dialog.querySelector(".wb-dialog-head h2");
        if (title) dialog.setAttribute("aria-labelledby", title.id);
        if (!dialog.open) dialog.showModal();
        dialog.scrollTop = 0;
        const to = first.map((each) => dialog.querySelector(each)).find(Boolean);
        if (to && !to.matches(`a, button, ${FIRST}`)) to.tabIndex = -1;
        to?.focus();
    };
    const allow = (form) => {
        delete form.dataset.sent;
        form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
    };
    const lost = (form) => {
        allow(form);
        const words = Object.assign(document.createElement("div"), { className: "wb-notice wb-notice-bad" });
        words.setAttribute("role", "alert");
        words.append(Object.assign(document.createElement("p"), {
            textContent: "No answer came. What you wrote is kept: send it again when the connection is back. If it was done after all, you are told so.",
        }));
        form.querySelector("[data-lost]")?.remove();
        words.dataset.lost = "";
        (form.querySelector(".wb-form") || form).prepend(words);
    };

    document.addEventListener("submit", async (event) => {
        const form = event.target;
        const dialog = form.closest("dialog.wb-dialog") || (form.matches("[data-stay]") ? shared() : null);
        if (!dialog || form.method !== "post" || event.defaultPrevented) return;
        event.preventDefault();
        try {
            const answer = await ask(form.getAttribute("action") || location.href, { method: "POST", body: new FormData(form) });
            if (isForm(answer)) {
                const html = await answer.text();
                if (!dialog.contains(form)) allow(form);
                show(dialog, html, ["[aria-invalid=true]", "[role=alert]", ".wb-letter", FIRST]);
            } else if (answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) location.assign((await answer.json()).next);
            else HTMLFormElement.prototype.submit.call(form); // it did nothing yet: what is in the way has a page
        } catch { lost(form); }
    });

    document.addEventListener("click", async (event) => {
        const opener = event.target.closest("a[data-form]");
        if (!opener || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        try {
            const answer = await ask(opener.href);
            if (!isForm(answer)) throw new Error(String(answer.status));
            show(shared(), await answer.text(), [FIRST, "a.wb-btn, .wb-dialog-head button"]);
        } catch { location.assign(opener.href); }
    });
})();
