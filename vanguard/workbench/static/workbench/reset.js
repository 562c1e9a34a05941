// The letter's link carries its token in the fragment. It goes into the form, and out of the address bar and the history.
"use strict";
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (token) {
  document.getElementById("id_token").value = token;
  history.replaceState(null, "", location.pathname);
}
