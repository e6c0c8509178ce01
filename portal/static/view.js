// Loaded blocking, before the first paint: applies the reader's choices of display, kept in this browser only; those
// in the address win. Then makes the links that change them work in place, shows the reading tools that this browser
// can do, and keeps Enter that confirms an input-method candidate from sending forms. Tells the other scripts how to
// choose, whether a key belongs to an input method, and whether single keys are of use on this device.
(function () {
  "use strict";
  var root = document.documentElement;
  var BLOCKS = "main h1, main h2, main h3, main h4, main p, main li, main dt, main dd, main td, main label";
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

  function ownSize() {
    return chosen("view") ? "22" : "18";
  }

  // The view's own size is no choice: it goes with the view.
  function apply(name, value) {
    if (allowed[name].indexOf(value) >= 0 && !(name === "size" && value === ownSize())) {
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

  function set(name, value) {
    apply(name, value);
    keep(name, chosen(name));
    forget(name);
    document.dispatchEvent(new CustomEvent("portal-display"));
  }

  // What stands at the top of the window stays there while all above it grows or shrinks.
  function steadily(change) {
    var first = Array.prototype.filter.call(document.querySelectorAll(BLOCKS), function (block) {
      return block.getBoundingClientRect().bottom > 0 && block.getClientRects().length;
    })[0];
    var before = first && first.getBoundingClientRect();
    change();
    var after = first && first.getBoundingClientRect();
    if (after && after.height && window.scrollY > 0) {
      // Of a block that the edge of the window cuts, the same share stays above it.
      window.scrollBy(0, after.top - before.top * (before.top < 0 ? after.height / before.height : 1));
    }
  }

  function choose(name, value) {
    steadily(function () {
      set(name, value);
    });
  }

  // Each view has a size of its own to start from.
  function chooseView(value) {
    steadily(function () {
      set("size", "");
      set("view", value);
      fold();
    });
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
    return chosen("size") || ownSize();
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
    made.hidden = false;
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

  // Reading aloud and the ruler are scripts of their own, fetched when they are wanted first: once, unless that fails.
  var asked = {};
  function lend(name, made) {
    function use() {
      window.portal[name](made);
    }
    if (window.portal[name]) {
      use();
      return;
    }
    if (asked[name]) {
      return;
    }
    asked[name] = true;
    var script = document.createElement("script");
    script.src = made.getAttribute("data-script");
    script.onload = use;
    script.onerror = function () {
      asked[name] = false;
    };
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
    var said = document.querySelector("[data-ruler-said]");
    document.addEventListener("portal-display", function () {
      said.textContent = chosen("ruler") ? "阅读尺跟着" + (keys ? "鼠标" : "手指") + "走，按“阅读尺”关闭。" : "";
    });
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

  // Where the reader will most likely go next is fetched as soon as they mean to, unless data is to be saved.
  function prefetching(link) {
    function fetch() {
      link.removeEventListener("mouseenter", fetch);
      link.removeEventListener("touchstart", fetch);
      var hint = document.createElement("link");
      hint.rel = "prefetch";
      hint.href = link.href;
      document.head.appendChild(hint);
    }
    if (!(navigator.connection && navigator.connection.saveData)) {
      link.addEventListener("mouseenter", fetch);
      link.addEventListener("touchstart", fetch, { passive: true });
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
    [".chapters a[rel=next]", ".result__title a"].map(document.querySelector, document).filter(Boolean).forEach(prefetching);
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
