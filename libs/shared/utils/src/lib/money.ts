/** Amounts as people write and read them. The API's amounts are numbers with at most two decimals, in US dollars. */

const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** 1234.5 → "$1,234.50". */
export function dollars(amount: number): string {
    return DOLLARS.format(amount);
}

/** What somebody typed: "1,234.50", "$ 1234.5". Undefined where it is no amount, is negative, or has parts of a cent. */
export function amountOf(text: string): number | undefined {
    const plain = text.trim().replace(/^\$\s*/, "");
    if (!/^(\d{1,3}(,\d{3})+|\d{1,13})(\.\d{1,2})?$/.test(plain)) return undefined;
    return Number(plain.replaceAll(",", ""));
}
