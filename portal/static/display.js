// The display settings: each choice acts at once, is kept in this browser, and is said.
(function () {
  "use strict";
  var portal = window.portal;

  function said(text) {
    document.querySelector("[data-display-said]").textContent = text;
  }

  function show(form) {
    form.querySelectorAll("input[type=radio]").forEach(function (radio) {
      radio.checked = radio.value === portal.chosen(radio.name);
    });
  }

  function settle(form) {
    form.addEventListener("change", function (event) {
      var radio = event.target;
      if (radio.name === "view") {
        portal.chooseView(radio.value);
      } else {
        portal.choose(radio.name, radio.value);
      }
      said("已改为：" + form.querySelector("label[for='" + radio.id + "']").textContent + "。");
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
    });
    form.querySelector("[data-display-reset]").addEventListener("click", function (event) {
      event.preventDefault();
      ["view", "size", "theme", "errata", "keys", "ruler", "speed"].forEach(function (name) {
        portal.choose(name, "");
      });
      said("已恢复默认显示。");
    });
    document.addEventListener("portal-display", function () {
      show(form);
    });
    document.querySelectorAll("[data-plain]").forEach(function (element) {
      element.hidden = true;
    });
    document.querySelectorAll("[data-scripts]").forEach(function (element) {
      element.hidden = false;
    });
    show(form);
  }

  document.addEventListener("DOMContentLoaded", function () {
    settle(document.querySelector("[data-display]"));
  });
})();
