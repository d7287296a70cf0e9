// Shows the reason for not following the Advice only where the choice needs one.
const form = document.querySelector("[data-decision]");
const reason = form.querySelector("[data-override]");
const against = new Set((form.dataset.against || "").split(" ").filter(Boolean));
function follow() {
  const chosen = form.querySelector('[name="choice"]:checked');
  if (reason) reason.hidden = !(chosen && against.has(chosen.value));
}
form.addEventListener("change", follow);
follow();
