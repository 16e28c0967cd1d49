// A first password: the token stands behind the hash of the link, which goes into the form and out of the history.

const link = document.getElementById("link");
const password = document.getElementById("new_password");
const peek = document.getElementById("peek");

if (location.hash.length > 1) {
  link.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
document.getElementById("link-field").hidden = link.value !== "";
(link.value ? password : link).focus();

peek.hidden = false;
peek.addEventListener("click", () => {
  const isShown = password.type === "text";
  password.type = isShown ? "password" : "text";
  peek.setAttribute("aria-pressed", String(!isShown));
});
