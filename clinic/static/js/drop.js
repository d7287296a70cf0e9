// Files may be dropped on the form; what was chosen is listed, and sending shows how far it is. Without it the form works as it is.
function attach(form) {
  const zone = form.querySelector(".dropzone");
  const input = form.querySelector("input[type=file]");
  const chosen = form.querySelector("[data-chosen]");
  const trouble = form.querySelector("[data-trouble]");
  const sent = form.querySelector("[data-sent]");
  const most = Number(form.dataset.most) * 1e6;
  form.querySelector("[data-hint]").hidden = false;

  function list() {
    const files = [...input.files];
    chosen.replaceChildren(...files.map((file) => {
      const line = document.createElement("li");
      const size = file.size < 1e6 ? `${Math.ceil(file.size / 1e3)} kB` : `${(file.size / 1e6).toFixed(1)} MB`;
      line.textContent = `${file.name}, ${size}${file.size > most ? ": too large" : ""}`;
      return line;
    }));
    trouble.textContent = files.some((file) => file.size > most) ? `At most ${form.dataset.most} MB a file: take the large one out, or split it.` : "";
  }

  input.addEventListener("change", list);
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.remove("over"); });
  zone.addEventListener("drop", (event) => { input.files = event.dataTransfer.files; list(); });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (trouble.textContent) return;
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    button.disabled = true;
    sent.hidden = false;
    request.upload.addEventListener("progress", (news) => { if (news.lengthComputable) sent.value = (100 * news.loaded) / news.total; });
    request.addEventListener("load", () => {
      if (request.status < 400) return window.location.assign(request.responseURL);
      const answer = new DOMParser().parseFromString(request.responseText, "text/html");
      document.querySelector("main").replaceWith(answer.querySelector("main"));
      window.scrollTo(0, 0);
      document.querySelector("main").focus();
      const again = document.querySelector("[data-drop]");
      if (again) attach(again);
    });
    request.addEventListener("error", () => {
      trouble.textContent = "The connection broke while sending. Nothing was taken; send it again.";
      button.disabled = false;
      sent.hidden = true;
    });
    request.open("POST", form.action || window.location.href);
    request.send(new FormData(form));
  });
}

attach(document.querySelector("[data-drop]"));
// A file let go beside the form must not replace the page.
for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => { event.preventDefault(); });
