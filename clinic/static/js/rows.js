// Adds and removes steps of a plan without a round trip.
const form = document.querySelector("[data-opinion]");
const rows = form.querySelector("[data-rows]");
const total = form.querySelector('[name="items-TOTAL_FORMS"]');
const model = form.querySelector("[data-row-template]").innerHTML;
const MOST = 30;

function renumber() {
  const all = rows.querySelectorAll("[data-row]");
  all.forEach((row, n) => {
    row.setAttribute("aria-label", `Step ${n + 1}`);
    row.querySelector(".place").textContent = n + 1;
    const remove = row.querySelector("[data-remove]");
    remove.value = `remove-${n}`;
    remove.setAttribute("aria-label", `Remove step ${n + 1}`);
    row.querySelectorAll("[name^='items-'], [id*='items-'], [for*='items-'], [aria-describedby]").forEach((one) => {
      for (const name of ["name", "id", "for", "aria-describedby"]) {
        if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).replace(/items-(\d+|__prefix__)-/g, `items-${n}-`));
      }
    });
  });
  total.value = all.length;
}

form.addEventListener("click", (event) => {
  const add = event.target.closest("[data-add]");
  const remove = event.target.closest("[data-remove]");
  if (add) {
    event.preventDefault();
    if (rows.children.length >= MOST) return;
    rows.insertAdjacentHTML("beforeend", model);
    renumber();
    rows.lastElementChild.querySelector("select").focus();
  } else if (remove) {
    event.preventDefault();
    remove.closest("[data-row]").remove();
    if (!rows.children.length) rows.insertAdjacentHTML("beforeend", model);
    renumber();
    (rows.querySelector("select") || form).focus();
  } else return;
  form.dispatchEvent(new Event("input", { bubbles: true }));
});
