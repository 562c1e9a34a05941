// ReDoc writes its styles into the page; under a strict policy they need the page's nonce.
const nonce = document.currentScript.nonce;
const place = document.getElementById("redoc");

// Its search runs in a worker made from a blob, which the policy forbids; the browser's own search finds as much.
Redoc.init(place.dataset.schema, { nonce, disableSearch: true, hideDownloadButtons: true }, place);
