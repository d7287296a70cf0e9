// Fills in a demonstration login.
const form = document.querySelector("[data-login]");
document.documentElement.classList.add("js");
document.querySelectorAll("[data-fill]").forEach((pick) => pick.addEventListener("click", () => {
  form.querySelector('[name="username"]').value = pick.dataset.fill;
  form.querySelector('[name="password"]').value = document.querySelector("[data-password]").textContent;
  form.querySelector("button").focus();
}));
