// The search box suggests words and headings while one types: an editable combobox with a list, from which one
// chooses by hand (ARIA Authoring Practices). The key "/" leads into the box. Without an answer nothing opens, and
// the form works as it does without scripts.
(function () {
  "use strict";
  var WAIT = 200; // milliseconds after the last input
  var GIVE_UP = 5000; // milliseconds for an answer
  var HAN = /[\u3400-\u9fff\uf900-\ufaff\ud840-\ud87f]/;
  var FIELDS = "input, select, textarea, [contenteditable]";

  // One Han character, or two of anything else: one letter begins too much.
  function enough(text) {
    return HAN.test(text) || text.length >= 2;
  }

  function element(name, className, attributes, text) {
    var made = document.createElement(name);
    made.className = className;
    Object.keys(attributes).forEach(function (key) {
      made.setAttribute(key, attributes[key]);
    });
    made.textContent = text || "";
    return made;
  }

  function Box(form) {
    this.form = form;
    this.input = form.querySelector(".search__input");
    this.key = form.querySelector(".search__key");
    // It is a sign for the eyes: fields say their keys by aria-keyshortcuts.
    this.key.setAttribute("aria-hidden", "true");
    this.list = element("div", "search__list", { id: this.input.id + "-list", role: "listbox", "aria-label": "搜索建议" });
    this.status = element("p", "visually-hidden", { role: "status" });
    this.options = [];
    this.now = -1;
    this.composing = false;
    this.timer = 0;
    this.request = null;
    this.list.hidden = true;
    form.appendChild(this.list);
    form.appendChild(this.status);
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-controls", this.list.id);
  }

  Box.prototype.forget = function () {
    window.clearTimeout(this.timer);
    if (this.request) {
      this.request.abort();
      this.request = null;
    }
  };

  Box.prototype.close = function () {
    this.forget();
    this.mark(-1);
    this.list.hidden = true;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
  };

  Box.prototype.later = function () {
    var box = this;
    this.close();
    if (!this.composing && enough(this.input.value.trim())) {
      this.timer = window.setTimeout(function () {
        box.ask();
      }, WAIT);
    }
  };

  Box.prototype.ask = function () {
    var box = this;
    var request = new XMLHttpRequest();
    this.forget();
    this.request = request;
    request.open("GET", this.form.getAttribute("data-suggestions") + "?q=" + encodeURIComponent(this.input.value.trim()));
    request.timeout = GIVE_UP;
    request.onload = function () {
      if (request === box.request && request.status === 200 && document.activeElement === box.input) {
        box.show(request.responseText);
      }
    };
    request.send();
  };

  Box.prototype.show = function (text) {
    var offered;
    try {
      offered = JSON.parse(text);
    } catch (error) {
      return; // Something on the way answered in place of the site.
    }
    this.options = [];
    this.list.textContent = "";
    this.group("词语", offered.words);
    this.group("标题", offered.headings);
    if (!this.options.length) {
      return;
    }
    this.status.textContent = "有" + this.options.length + "条建议" + (window.portal.keys ? "，按上下键选择。" : "。");
    this.list.appendChild(this.option({
      text: "搜索“" + offered.query.replace(/“([^“”]*)”|"([^"]*)"/g, "‘$1$2’") + "”的全部结果",
      url: this.form.getAttribute("action") + "?q=" + encodeURIComponent(offered.query)
    }, "search__option search__all"));
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
  };

  Box.prototype.group = function (name, rows) {
    if (!rows.length) {
      return;
    }
    var id = this.list.id + "-" + (this.options.length ? "headings" : "words");
    var group = element("div", "search__group", { role: "group", "aria-labelledby": id });
    group.appendChild(element("div", "search__kind", { id: id, role: "presentation" }, name));
    rows.forEach(function (row) {
      group.appendChild(this.option(row, "search__option"));
    }, this);
    this.list.appendChild(group);
  };

  // A link, so that it can be opened in a tab of its own too.
  Box.prototype.option = function (row, className) {
    var id = this.list.id + "-" + this.options.length;
    var link = element("a", className, { id: id, role: "option", href: row.url, tabindex: "-1", "aria-selected": "false" });
    link.appendChild(element("span", "", {}, row.text || row.title));
    if (row.path) {
      link.appendChild(element("span", "search__path", {}, row.path.join(" › ")));
    }
    this.options.push(link);
    return link;
  };

  // The option that the keys are on; -1 is the box itself.
  Box.prototype.mark = function (number) {
    if (this.options[this.now]) {
      this.options[this.now].setAttribute("aria-selected", "false");
    }
    this.now = number;
    if (!this.options[number]) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    this.options[number].setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", this.options[number].id);
    this.reveal(this.options[number]);
  };

  // Scrolls the list alone, never the page.
  Box.prototype.reveal = function (option) {
    var row = option.getBoundingClientRect();
    var view = this.list.getBoundingClientRect();
    if (row.top < view.top) {
      this.list.scrollTop -= view.top - row.top;
    } else if (row.bottom > view.bottom) {
      this.list.scrollTop += row.bottom - view.bottom;
    }
  };

  // Through all options and the box itself, round and round.
  Box.prototype.step = function (by) {
    var stops = this.options.length + 1;
    if (!this.list.hidden) {
      this.mark((this.now + 1 + by + stops) % stops - 1);
    } else if (enough(this.input.value.trim())) {
      this.ask();
    }
  };

  Box.prototype.escape = function (event) {
    event.preventDefault();
    if (this.list.hidden) {
      this.input.value = "";
      this.hint();
    }
    this.close();
  };

  Box.prototype.press = function (event) {
    var modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (window.portal.composing(event)) {
      return;
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !modified) {
      event.preventDefault();
      this.step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      this.escape(event);
    } else if (event.key === "Enter" && this.options[this.now]) {
      event.preventDefault();
      window.location.href = this.options[this.now].href;
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.close();
    } else if (/^(Home|End|ArrowLeft|ArrowRight)$/.test(event.key)) {
      this.mark(-1); // The caret moves, so the keys are in the box again.
    }
  };

  Box.prototype.hint = function () {
    this.key.hidden = !window.portal.keys || this.input.value !== "";
  };

  Box.prototype.listen = function () {
    var box = this;
    function on(target, name, act) {
      target.addEventListener(name, act);
    }
    on(this.input, "keydown", function (event) { box.press(event); });
    on(this.input, "input", function () { box.hint(); box.later(); });
    on(this.input, "compositionstart", function () { box.composing = true; box.close(); });
    on(this.input, "compositionend", function () { box.composing = false; box.later(); });
    on(this.input, "blur", function () { box.composing = false; box.forget(); });
    on(this.form, "submit", function () { box.close(); });
    // The box keeps the focus, and its list stays open, while an option is pressed.
    on(this.list, "mousedown", function (event) { event.preventDefault(); });
    function leave(event) {
      if (!box.form.contains(event.target)) {
        box.close();
      }
    }
    on(document, "mousedown", leave);
    on(document, "focusin", leave);
    on(window, "pagehide", function () { box.close(); });
    this.hint();
  };

  function shortcut(box) {
    box.input.setAttribute("aria-keyshortcuts", "/");
    document.addEventListener("keydown", function (event) {
      var off = document.documentElement.hasAttribute("data-keys");
      var busy = event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || window.portal.composing(event);
      if (event.key === "/" && !off && !busy && !document.activeElement.closest(FIELDS) && !document.querySelector("dialog[open]")) {
        event.preventDefault();
        box.input.focus();
        box.input.select();
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var form = document.querySelector("[data-suggestions]");
    if (!form) {
      return;
    }
    var box = new Box(form);
    box.listen();
    if (window.portal.keys) {
      shortcut(box);
    }
  });
})();
