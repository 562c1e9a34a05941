"use strict";
/* What forms gain from script: one send, figures that follow the typing, suggestions, a timeline that can be narrowed.
   Each works without it: the server says the same, one step later. */
(() => {
    /* A second click sends nothing; the server would refuse it too. */
    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (!form.matches("[data-once]")) return;
        if (form.dataset.sent) { event.preventDefault(); return; }
        form.dataset.sent = "yes";
        form.querySelectorAll("button").forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
    window.addEventListener("pageshow", () => {
        document.querySelectorAll("[data-sent]").forEach((form) => {
            delete form.dataset.sent;
            form.querySelectorAll("button").forEach((button) => button.removeAttribute("aria-disabled"));
        });
    });

    /* The authority bar: in cents, so that no figure is off by a rounding. */
    const cents = (text) => {
        const found = /^\s*\$?\s*(\d[\d,]*)(?:\.(\d{1,2}))?\s*$/.exec(text);
        return found ? Number(found[1].replaceAll(",", "")) * 100 + Number((found[2] || "").padEnd(2, "0")) : null;
    };
    const words = (amount) => (amount / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const put = (box, name, text) => { const el = box.querySelector(`[data-${name}-figure]`); if (el) el.textContent = text; };
    const follow = (form) => {
        const box = form.querySelector("[data-authority]");
        const amount = cents(form.querySelector("[data-money]").value);
        if (!box || amount === null) return;
        const used = cents(box.dataset.used) || 0;
        const limit = box.dataset.limit === "" ? null : cents(box.dataset.limit);
        const over = limit === null ? 0 : Math.max(used + amount - limit, 0);
        const whole = Math.max(limit || 0, used + amount) || 1;
        const length = (part) => Math.round((1000 * part) / whole);
        const [usedBar, thisBar, overBar] = box.querySelectorAll("rect");
        usedBar.setAttribute("width", length(used));
        thisBar.setAttribute("x", length(used));
        thisBar.setAttribute("width", length(Math.max(amount - over, 0)));
        overBar.setAttribute("x", length(used + amount - over));
        overBar.setAttribute("width", length(over));
        put(box, "this", words(amount));
        put(box, "left", words(Math.max((limit || 0) - used - amount, 0)));
        put(box, "over", words(over));
        const show = (selector, on) => form.querySelectorAll(selector).forEach((el) => { el.hidden = !on; });
        const payable = cents(box.dataset.payable);
        const tooMuch = payable !== null && amount > payable; // then nobody can approve it, a second person neither
        show("[data-over]", over > 0);
        show("[data-needs-second]", over > 0 && !tooMuch);
        show("[data-left]", over === 0);
        // Whatever the amount, where something else about the claim takes a second person.
        const second = over > 0 || "second" in box.dataset;
        form.querySelector("[data-submit]").textContent =
            tooMuch ? "Approve this amount" : second ? "Send to a second person" : `Approve $${words(amount)}`;
        form.querySelector("[data-payable-hint]").classList.toggle("wb-tone-bad", tooMuch);
    };
    document.addEventListener("input", (event) => {
        const form = event.target.closest("form.wb-command");
        if (form && event.target.matches("[data-money]")) follow(form);
        if (event.target.matches("[data-suggest]")) suggest(event.target);
    });

    document.addEventListener("click", (event) => {
        const use = event.target.closest("[data-use]");
        if (!use) return;
        const field = use.form.querySelector("[data-money]");
        field.value = use.dataset.use;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
    });

    /* Suggestions under a text field: a list of the browser's own, filled from the server. */
    let asked = 0;
    const suggest = (field) => {
        clearTimeout(asked);
        const term = field.value.trim();
        if (term.length < 2 || field.list === null) return;
        asked = setTimeout(async () => {
            const answer = await fetch(`${field.dataset.url}?q=${encodeURIComponent(term)}`, { headers: { Accept: "application/json" } });
            if (!answer.ok) return;
            const { offers } = await answer.json();
            field.list.replaceChildren(...offers.map(({ value, label }) => Object.assign(document.createElement("option"), { value, textContent: label })));
        }, 200);
    };

    document.addEventListener("click", (event) => {
        const chosen = event.target.closest("[data-show]");
        if (!chosen) return;
        chosen.parentElement.querySelectorAll("[data-show]").forEach((each) => each.setAttribute("aria-pressed", String(each === chosen)));
        document.querySelectorAll("[data-kinds] > [data-kind]").forEach((each) => {
            each.hidden = chosen.dataset.show !== "all" && each.dataset.kind !== chosen.dataset.show;
        });
    });
})();
