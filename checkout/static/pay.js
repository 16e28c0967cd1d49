// Pays by Stripe's own element: what is typed into it goes to Stripe and never to us. We get the name of a payment
// method, put it into the ordinary form, and send that.
"use strict";

(() => {
  const box = document.querySelector("[data-stripe-key]");
  const told = document.querySelector("[data-stripe-problem]");
  const tell = (text) => {
    told.textContent = text;
    told.hidden = false;
  };
  if (!window.Stripe) {
    tell("The card form could not be loaded. Check your connection, or what blocks js.stripe.com, and reload this page.");
    return;
  }
  const stripe = window.Stripe(box.dataset.stripeKey);
  const button = document.querySelector("[data-stripe-button]");
  const work = async (task) => {
    told.hidden = true;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await task();
    } catch (problem) {
      tell(problem.message || "That did not work. Try again.");
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  };
  const sound = (result) => {
    if (result.error) throw result.error;
    return result;
  };

  if (box.dataset.clientSecret) {
    // The bank asks the buyer; whatever came of it, our own server asks Stripe.
    const goOn = () => work(async () => {
      const { error } = await stripe.handleNextAction({ clientSecret: box.dataset.clientSecret });
      // Where the bank still waits another try may help; whatever else came of it is known to our server by asking.
      const waits = error && (error.payment_intent?.status ?? "requires_action") === "requires_action";
      if (waits) throw error;
      box.submit();
    });
    button.addEventListener("click", goOn);
    button.hidden = false;
    goOn();
    return;
  }

  const elements = stripe.elements({
    mode: "payment",
    amount: Number(box.dataset.amount),
    currency: box.dataset.currency,
    captureMethod: "manual",
    paymentMethodCreation: "manual",
    allowedPaymentMethodTypes: ["card"],
    appearance: { theme: matchMedia("(prefers-color-scheme: dark)").matches ? "night" : "stripe" },
  });
  const element = elements.create("payment");
  element.on("loaderror", () => tell("The card form could not be loaded. Reload this page."));
  element.mount("#payment-element");
  button.disabled = false;
  box.addEventListener("submit", (event) => {
    event.preventDefault();
    work(async () => {
      sound(await elements.submit());
      const made = sound(await stripe.createPaymentMethod({ elements }));
      box.elements.payment_method.value = made.paymentMethod.id;
      box.submit();
    });
  });
  // A page that the browser kept comes back with its button alive.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
