// Opens the printer once the page is there.
document.querySelectorAll("details.reasons").forEach((one) => { one.open = true; });
window.addEventListener("load", () => window.print());
