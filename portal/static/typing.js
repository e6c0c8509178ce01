// For those who write: how much room a field has left, and a draft that stays on this device for a week.
// feedback.js loads it when somebody begins to write, or has a draft. What says who somebody is is never kept.
(function () {
  "use strict";
  var TELL_FROM = 0.75; // of what a field takes
  var PAUSE = 1000; // milliseconds without a key before the count is read out
  var SAVE_AFTER = 300; // milliseconds without a key before the draft is kept
  var WEEK = 7 * 24 * 3600 * 1000;
  var DRAFT = "portal-draft ";
  var NEVER_KEPT = ["name", "contact", "website", "csrf_token", "check"];
  var counters = [];
  var saving = 0;

  // As the server counts: code points, a line break once.
  function length(text) {
    return text.replace(/\r\n?/g, "\n").replace(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g, "_").length;
  }

  function counterOf(field) {
    var known = counters.filter(function (counter) {
      return counter.field === field;
    })[0];
    if (known) {
      return known;
    }
    var shown = document.createElement("p");
    var spoken = document.createElement("p");
    shown.className = "field__count";
    shown.setAttribute("aria-hidden", "true");
    spoken.className = "visually-hidden";
    spoken.setAttribute("role", "status");
    field.insertAdjacentElement("afterend", shown);
    shown.insertAdjacentElement("afterend", spoken);
    counters.push({ field: field, shown: shown, spoken: spoken, waiting: 0 });
    return counters[counters.length - 1];
  }

  function count(field) {
    var most = Number(field.getAttribute("data-most"));
    var left = most - length(field.value);
    var counter = counterOf(field);
    var words = left < 0 ? "超出" + -left + "字，请删去" : left <= most * (1 - TELL_FROM) ? "还可输入" + left + "字" : "";
    counter.shown.textContent = words;
    counter.shown.classList.toggle("field__count--over", left < 0);
    window.clearTimeout(counter.waiting);
    counter.waiting = window.setTimeout(function () {
      counter.spoken.textContent = words;
    }, PAUSE);
  }

  function keyOf(form) {
    return DRAFT + form.getAttribute("action") + " " + window.location.pathname + window.location.search;
  }

  function kept(field) {
    return field.name && field.type !== "hidden" && NEVER_KEPT.indexOf(field.name) < 0;
  }

  function usual(field) {
    if (field.type === "checkbox") {
      return field.checked === field.defaultChecked;
    }
    if (field.options) {
      var first = Array.prototype.filter.call(field.options, function (option) {
        return option.defaultSelected;
      })[0] || field.options[0];
      return field.value === first.value;
    }
    return field.value === field.defaultValue;
  }

  // What the server sent back counts as usual too, so whatever is in the draft already stays in it.
  function save(form) {
    var before = (stored(form) || { values: {} }).values;
    var values = {};
    Array.prototype.forEach.call(form.elements, function (field) {
      var value = field.type === "checkbox" ? field.checked : field.value;
      if (kept(field) && value && (!usual(field) || field.name in before)) {
        values[field.name] = value;
      }
    });
    try {
      if (Object.keys(values).length) {
        window.localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values: values }));
      } else {
        window.localStorage.removeItem(keyOf(form));
      }
    } catch (error) {
      // No storage, or it is full: what is typed still stands in the form.
    }
  }

  function fresh(text) {
    var draft = JSON.parse(text);
    return draft && Date.now() - draft.at < WEEK ? draft : null;
  }

  function stored(form) {
    try {
      return fresh(window.localStorage.getItem(keyOf(form)));
    } catch (error) {
      return null;
    }
  }

  function discard(form, notice) {
    try {
      window.localStorage.removeItem(keyOf(form));
    } catch (error) {
      // As above.
    }
    form.reset();
    notice.textContent = "草稿已清除。";
    form.querySelector("select, input:not([type=hidden]), textarea").focus();
  }

  function tell(form, at) {
    var when = new Date(at);
    var minutes = ("0" + when.getMinutes()).slice(-2);
    var notice = document.createElement("p");
    var button = document.createElement("button");
    notice.className = "notice";
    notice.setAttribute("role", "status");
    notice.textContent = "已恢复" + when.getFullYear() + "年" + (when.getMonth() + 1) + "月" + when.getDate() + "日"
      + when.getHours() + ":" + minutes + "的草稿。姓名和联系方式没有保存。草稿只存在这台设备上，公用电脑请清除。";
    button.type = "button";
    button.className = "button button--text";
    button.textContent = "清除草稿";
    button.addEventListener("click", function () {
      discard(form, notice);
    });
    notice.appendChild(button);
    form.insertBefore(notice, form.firstChild);
  }

  // Only into a form as the page brought it: what the server sent back is newer.
  function restore(form) {
    var draft = stored(form);
    var fields = Array.prototype.filter.call(form.elements, kept);
    if (!draft || document.querySelector("main .error-summary") || !fields.every(usual)) {
      return;
    }
    fields.forEach(function (field) {
      if (Object.prototype.hasOwnProperty.call(draft.values, field.name)) {
        if (field.type === "checkbox") {
          field.checked = draft.values[field.name];
        } else {
          field.value = draft.values[field.name];
        }
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    tell(form, draft.at);
    if (form.closest("details")) {
      form.closest("details").open = true;
    }
  }

  document.addEventListener("input", function (event) {
    var form = event.target.form;
    if (event.target.hasAttribute("data-most")) {
      count(event.target);
    }
    if (form && form.hasAttribute("data-typing")) {
      window.clearTimeout(saving);
      saving = window.setTimeout(function () {
        save(form);
      }, SAVE_AFTER);
    }
  });

  // The receipt takes away the draft that was sent.
  document.addEventListener("submit", function (event) {
    if (event.target.hasAttribute("data-typing")) {
      window.clearTimeout(saving);
      save(event.target);
      try {
        window.sessionStorage.setItem("portal-checked", keyOf(event.target));
      } catch (error) {
        // Then the draft stays for its week.
      }
    }
  });

  // Drafts of other pages too: nobody may come there again.
  function forgetOld() {
    try {
      Object.keys(window.localStorage).forEach(function (key) {
        if (key.indexOf(DRAFT) === 0 && !fresh(window.localStorage.getItem(key))) {
          window.localStorage.removeItem(key);
        }
      });
    } catch (error) {
      // As above.
    }
  }

  forgetOld();
  document.querySelectorAll("form[data-typing]").forEach(function (form) {
    restore(form);
    // Somebody may have been quicker than this script.
    form.querySelectorAll("[data-most]").forEach(function (field) {
      if (!usual(field)) {
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
  });
})();
