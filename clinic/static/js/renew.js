// Renews the moving part of a page; when nothing moves any more, the page is loaded anew.
const part = document.querySelector("[data-renew]");
const every = Number(part.dataset.every || 1500);

async function renew() {
  try {
    const answer = await fetch(part.dataset.renew, { headers: { "X-Requested-With": "fetch" } });
    if (answer.redirected || !answer.ok) return window.location.reload();
    const html = await answer.text();
    if (html.trim() !== part.innerHTML.trim()) part.innerHTML = html;
    if (part.querySelector("[data-over]")) return window.location.reload();
  } catch {
    // the server is away for a moment: ask again
  }
  setTimeout(renew, document.hidden ? every * 4 : every);
}

setTimeout(renew, every);
