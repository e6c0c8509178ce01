// Loaded blocking, before the first paint: applies the reader's choice of view, kept in this browser only.
// Then reveals the switches, and keeps Enter that confirms an input-method candidate from sending forms. Tells the
// other scripts whether a key belongs to an input method, and whether single keys are of use on this device.
(function () {
  "use strict";
  var root = document.documentElement;
  var allowed = { view: ["elder"], theme: ["light", "dark", "contrast"], keys: ["off"], errata: ["off"] };

  function stored(name) {
    try {
      return window.localStorage.getItem("portal-" + name);
    } catch (error) {
      return null; // Storage is switched off: the choice lasts for this page.
    }
  }

  function apply(name, value) {
    if (allowed[name].indexOf(value) >= 0) {
      root.setAttribute("data-" + name, value);
    } else {
      root.removeAttribute("data-" + name);
    }
  }

  function choose(name, value) {
    apply(name, value);
    try {
      if (value) {
        window.localStorage.setItem("portal-" + name, value);
      } else {
        window.localStorage.removeItem("portal-" + name);
      }
    } catch (error) {
      // As above.
    }
  }

  apply("view", stored("view"));
  apply("theme", stored("theme"));
  apply("keys", stored("keys"));
  apply("errata", stored("errata"));

  // Who touches the screen has no key to press.
  var keys = Boolean(window.matchMedia && window.matchMedia("(pointer: fine)").matches);

  function showView(button) {
    button.textContent = root.hasAttribute("data-view") ? "标准版" : "大字版";
    button.hidden = false;
  }

  function showThemes(group) {
    var now = root.getAttribute("data-theme") || "";
    group.querySelectorAll("button").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.value === now));
    });
    group.hidden = false;
  }

  function showKeys(button) {
    button.textContent = root.hasAttribute("data-keys") ? "打开快捷键“/”" : "关闭快捷键“/”";
    button.hidden = !keys;
  }

  function showErrata(button) {
    button.textContent = root.hasAttribute("data-errata") ? "显示勘误标记" : "隐藏勘误标记";
    button.hidden = false;
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-view-switch]").forEach(function (button) {
      showView(button);
      button.addEventListener("click", function () {
        choose("view", root.hasAttribute("data-view") ? "" : "elder");
        showView(button);
      });
    });
    document.querySelectorAll("[data-keys-switch]").forEach(function (button) {
      showKeys(button);
      button.addEventListener("click", function () {
        choose("keys", root.hasAttribute("data-keys") ? "" : "off");
        showKeys(button);
      });
    });
    document.querySelectorAll("[data-errata-switch]").forEach(function (button) {
      showErrata(button);
      button.addEventListener("click", function () {
        choose("errata", root.hasAttribute("data-errata") ? "" : "off");
        showErrata(button);
      });
    });
    document.querySelectorAll("[data-themes]").forEach(function (group) {
      showThemes(group);
      group.addEventListener("click", function (event) {
        if (event.target.tagName === "BUTTON") {
          choose("theme", event.target.value);
          showThemes(group);
        }
      });
    });
  });

  // Some browsers end the composition just before they report the key that ended it.
  var ENDED_JUST_NOW = 60; // milliseconds
  var ended = -Infinity;
  document.addEventListener("compositionend", function (event) {
    ended = event.timeStamp;
  }, true);

  function composing(event) {
    return event.isComposing || event.keyCode === 229 || event.timeStamp - ended < ENDED_JUST_NOW;
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && composing(event) && event.target.tagName === "INPUT") {
      event.preventDefault();
    }
  }, true);
  window.portal = { composing: composing, keys: keys };
})();
