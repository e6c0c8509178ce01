// Loaded blocking, before the first paint: applies the reader's choices of display, kept in this browser only; those
// in the address win. Then makes the links that change them work in place, shows the reading tools that this browser
// can do, and keeps Enter that confirms an input-method candidate from sending forms. Tells the other scripts how to
// choose, whether a key belongs to an input method, and whether single keys are of use on this device.
(function () {
  "use strict";
  var root = document.documentElement;
  var SIZES = ["18", "20", "22", "24", "26", "28", "30"];
  var allowed = {
    view: ["elder"], theme: ["light", "dark", "contrast"], size: SIZES, keys: ["off"], errata: ["off"],
    ruler: ["on"], speed: ["slow", "fast"]
  };

  function stored(name) {
    try {
      return window.localStorage.getItem("portal-" + name);
    } catch (error) {
      return null; // Storage is switched off: the choice lasts for this page.
    }
  }

  function chosen(name) {
    return root.getAttribute("data-" + name) || "";
  }

  function apply(name, value) {
    if (allowed[name].indexOf(value) >= 0) {
      root.setAttribute("data-" + name, value);
    } else {
      root.removeAttribute("data-" + name);
    }
  }

  function keep(name, value) {
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

  // The address of this page may carry the old choice, and with it every link and form that the server wrote.
  function forget(name) {
    var carried = new RegExp("([?&])" + name + "=[a-z0-9]*(&|(?=#|$))");
    function without(address) {
      return address.replace(carried, "$1").replace(/[?&](?=#|$)/, "");
    }
    if (!carried.test(window.location.search)) {
      return;
    }
    window.history.replaceState(window.history.state, "", without(window.location.href));
    document.querySelectorAll("a[href], form[action]").forEach(function (element) {
      var attribute = element.tagName === "A" ? "href" : "action";
      var address = element.getAttribute(attribute);
      if (/^[/?]/.test(address)) {
        element.setAttribute(attribute, without(address));
      }
    });
    document.querySelectorAll("input[type=hidden][name=" + name + "]").forEach(function (field) {
      field.remove();
    });
  }

  function choose(name, value) {
    apply(name, value);
    keep(name, value);
    forget(name);
    document.dispatchEvent(new CustomEvent("portal-display"));
  }

  // Each view has a size of its own to start from.
  function chooseView(value) {
    choose("size", "");
    choose("view", value);
    fold();
  }

  Object.keys(allowed).forEach(function (name) {
    if (!chosen(name)) {
      apply(name, stored(name));
    }
  });
  // What elder view folds is open as the server sent it: closed by style until it can be closed in truth.
  root.classList.toggle("folding", chosen("view") === "elder");

  function fold() {
    document.querySelectorAll(".fold").forEach(function (details) {
      details.open = chosen("view") !== "elder";
    });
    root.classList.remove("folding");
  }

  function size() {
    return chosen("size") || (chosen("view") ? "22" : "18");
  }

  function say(text) {
    document.querySelectorAll("[data-display-status]").forEach(function (status) {
      status.textContent = text;
    });
  }

  // A link that shows this page another way becomes a button that does so in place.
  function button(link, press) {
    var made = document.createElement("button");
    Array.prototype.forEach.call(link.attributes, function (attribute) {
      if (["href", "rel", "role"].indexOf(attribute.name) < 0) {
        made.setAttribute(attribute.name, attribute.value);
      }
    });
    made.type = "button";
    made.innerHTML = link.innerHTML;
    made.addEventListener("click", press);
    link.parentNode.replaceChild(made, link);
    return made;
  }

  function switching(link) {
    var made = button(link, function () {
      var elder = chosen("view") === "elder";
      chooseView(elder ? "" : "elder");
      say(elder ? "已换成标准版。" : "已换成大字版（关怀版）。");
    });
    function show() {
      made.textContent = chosen("view") ? "标准版" : "大字版";
    }
    document.addEventListener("portal-display", show);
    show();
  }

  function sizing(link) {
    var step = Number(link.getAttribute("data-size-step"));
    var made = button(link, function () {
      var next = SIZES[SIZES.indexOf(size()) + step];
      if (next) {
        choose("size", next);
      }
      say(next ? "字号" + next + "。" : step > 0 ? "字号已是最大。" : "字号已是最小。");
    });
    function show() {
      made.setAttribute("aria-disabled", String(!SIZES[SIZES.indexOf(size()) + step]));
    }
    document.addEventListener("portal-display", show);
    show();
  }

  // Buttons that turn a choice on and off; a word for each state.
  function toggling(selector, name, value, words) {
    document.querySelectorAll(selector).forEach(function (made) {
      function show() {
        made.textContent = chosen(name) ? words[1] : words[0];
      }
      made.addEventListener("click", function () {
        choose(name, chosen(name) ? "" : value);
      });
      document.addEventListener("portal-display", show);
      made.hidden = false;
      show();
    });
  }

  function theming(group) {
    function show() {
      group.querySelectorAll("button").forEach(function (made) {
        made.setAttribute("aria-pressed", String(made.value === chosen("theme")));
      });
    }
    group.addEventListener("click", function (event) {
      if (event.target.tagName === "BUTTON") {
        choose("theme", event.target.value);
      }
    });
    document.addEventListener("portal-display", show);
    group.hidden = false;
    show();
  }

  function showSize(place) {
    function show() {
      place.textContent = size();
    }
    document.addEventListener("portal-display", show);
    show();
  }

  // Reading aloud and the ruler are scripts of their own, fetched when they are wanted first.
  function lend(name, made) {
    function use() {
      window.portal[name](made);
    }
    if (window.portal[name]) {
      use();
      return;
    }
    var script = document.createElement("script");
    script.src = made.getAttribute("data-script");
    script.onload = use;
    document.head.appendChild(script);
  }

  // Voices arrive late in some browsers; without a Chinese one there is nothing to offer.
  function offerSpeech(made) {
    var speech = window.speechSynthesis;
    function look() {
      made.hidden = !speech.getVoices().some(function (voice) {
        return /^(zh|cmn)/i.test(voice.lang);
      });
    }
    if (!speech || !window.SpeechSynthesisUtterance) {
      return;
    }
    made.addEventListener("click", function () {
      if (!window.portal.speak) {
        // Some browsers let speech begin only within the press itself.
        speech.speak(new window.SpeechSynthesisUtterance(""));
      }
      lend("speak", made);
    });
    speech.onvoiceschanged = look;
    look();
  }

  function offerRuler(made) {
    made.addEventListener("click", function () {
      choose("ruler", chosen("ruler") ? "" : "on");
      lend("rule", made);
    });
    made.hidden = false;
    made.setAttribute("aria-pressed", String(Boolean(chosen("ruler"))));
    if (chosen("ruler")) {
      lend("rule", made);
    }
  }

  // Who touches the screen has no key to press.
  var keys = Boolean(window.matchMedia && window.matchMedia("(pointer: fine)").matches);

  document.addEventListener("DOMContentLoaded", function () {
    fold();
    document.querySelectorAll("[data-view-switch]").forEach(switching);
    document.querySelectorAll("[data-size-step]").forEach(sizing);
    document.querySelectorAll("[data-size-now]").forEach(showSize);
    document.querySelectorAll("[data-themes]").forEach(theming);
    document.querySelectorAll("[data-speak]").forEach(offerSpeech);
    document.querySelectorAll("[data-ruler-switch]").forEach(offerRuler);
    toggling("[data-errata-switch]", "errata", "off", ["隐藏勘误标记", "显示勘误标记"]);
    if (keys) {
      toggling("[data-keys-switch]", "keys", "off", ["关闭快捷键“/”", "打开快捷键“/”"]);
    }
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
  window.portal = { composing: composing, keys: keys, choose: choose, chooseView: chooseView, chosen: chosen };
})();
