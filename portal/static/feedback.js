// The forms at the foot of a page, in one step: the answer to a form is shown in a dialog in front of the page.
// Confirming posts as usual. An answer that is not expected makes the browser send the form itself, as it does
// without scripts. Without a network nothing is sent, and everything typed stays where it is. Copies for other scripts.
(function () {
  "use strict";
  var GUARD = 8000; // milliseconds during which a form is not sent a second time
  var REFERENCES = ["for", "aria-describedby", "aria-labelledby", "aria-controls", "form", "list"];
  var SENDING = "正在提交…";
  var OFFLINE = "网络已断开，内容还在。请联网后再提交。";

  var dialog = null;
  var source = null; // the page's own form, which the dialog belongs to

  function able() {
    return Boolean(window.fetch && window.DOMParser && window.URLSearchParams && window.HTMLDialogElement
      && HTMLDialogElement.prototype.showModal);
  }

  // The check page carries a token: it is confirmed in the ordinary way.
  function oneStep(form) {
    return able() && form.getAttribute("method") === "post" && !form.querySelector("[name=csrf_token]")
      && Boolean(form.closest(".report, .dialog"));
  }

  function busy(form, button) {
    if (form.hasAttribute("data-sending")) {
      return null;
    }
    form.setAttribute("data-sending", "");
    var words = button ? button.textContent : "";
    // Afterwards, so that the button's own value is sent as it is.
    window.setTimeout(function () {
      if (button && form.hasAttribute("data-sending")) {
        button.textContent = SENDING;
        button.setAttribute("aria-disabled", "true");
      }
    });
    return function () {
      form.removeAttribute("data-sending");
      if (button) {
        button.textContent = words;
        button.removeAttribute("aria-disabled");
      }
    };
  }

  function submitter(event) {
    return event.submitter || event.target.querySelector("button[type=submit], button:not([type])");
  }

  // The page keeps its form, so what is shown in front of it gets identifiers of its own.
  function rename(content) {
    content.querySelectorAll("[id]").forEach(function (element) {
      element.id = "dialog-" + element.id;
    });
    REFERENCES.forEach(function (name) {
      content.querySelectorAll("[" + name + "]").forEach(function (element) {
        element.setAttribute(name, element.getAttribute(name).replace(/\S+/g, "dialog-$&"));
      });
    });
    content.querySelectorAll("a[href^='#']").forEach(function (link) {
      link.setAttribute("href", "#dialog-" + link.getAttribute("href").slice(1));
    });
  }

  function demote(content) {
    var heading = content.querySelector("h1");
    if (!heading) {
      return null;
    }
    var smaller = document.createElement("h2");
    smaller.id = "dialog-heading";
    smaller.tabIndex = -1;
    while (heading.firstChild) {
      smaller.appendChild(heading.firstChild);
    }
    heading.replaceWith(smaller);
    return smaller;
  }

  function makeDialog() {
    var box = document.createElement("dialog");
    box.className = "dialog";
    box.setAttribute("aria-labelledby", "dialog-heading");
    box.addEventListener("close", function () {
      keep(box.querySelector("form"));
      box.remove();
      dialog = null;
      document.documentElement.classList.remove("behind");
    });
    return box;
  }

  // What the dialog holds goes back into the page's form: closing loses nothing.
  function keep(form) {
    if (!form || !source) {
      return;
    }
    var typed = new FormData(form);
    Array.prototype.forEach.call(source.elements, function (field) {
      if (field.type === "checkbox" || field.type === "radio") {
        field.checked = typed.getAll(field.name).indexOf(field.value) >= 0;
      } else if (field.name && typed.has(field.name)) {
        field.value = typed.get(field.name);
      }
    });
  }

  // Back from the check page to the questions, which are those of the page's own form.
  function edit() {
    var first = source.querySelector("select, input:not([type=hidden]), textarea");
    dialog.close();
    goTo(first);
  }

  function closeRow(box) {
    var row = document.createElement("div");
    row.className = "dialog__close";
    var button = document.createElement("button");
    button.type = "button";
    button.className = "button button--text";
    button.textContent = "关闭";
    button.addEventListener("click", function () {
      box.close();
    });
    row.appendChild(button);
    return row;
  }

  function goTo(field) {
    (field.closest(".field") || field).scrollIntoView();
    field.focus({ preventScroll: true });
  }

  // Links of the error summary: to the field with its label, and without leaving an address behind.
  function follow(event) {
    var link = event.target.closest(".error-summary a[href^='#']");
    var field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (field) {
      event.preventDefault();
      goTo(field);
    }
  }

  function show(text) {
    var answer = new DOMParser().parseFromString(text, "text/html").querySelector("main");
    if (!answer) {
      throw new Error("the answer has no main part");
    }
    var content = document.createElement("div");
    while (answer.firstChild) {
      content.appendChild(document.adoptNode(answer.firstChild));
    }
    rename(content);
    var heading = demote(content);
    dialog = dialog || makeDialog();
    while (dialog.firstChild) {
      dialog.firstChild.remove();
    }
    dialog.appendChild(closeRow(dialog));
    dialog.appendChild(content);
    if (!dialog.isConnected) {
      document.body.appendChild(dialog);
    }
    if (!dialog.open) {
      dialog.showModal();
      document.documentElement.classList.add("behind");
    }
    dialog.scrollTop = 0;
    var first = content.querySelector(".error-summary") || heading;
    if (first) {
      first.focus();
    }
  }

  function sayOffline(form) {
    var notice = document.createElement("p");
    notice.className = "notice notice--error";
    notice.setAttribute("role", "alert");
    notice.setAttribute("data-offline", "");
    notice.textContent = OFFLINE;
    var button = form.querySelector("button");
    button.parentNode.insertBefore(notice, button);
  }

  function takeBack(form) {
    var notice = form.querySelector("[data-offline]");
    if (notice) {
      notice.remove();
    }
  }

  function send(form, done) {
    fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      credentials: "same-origin",
      headers: { Accept: "text/html" }
    }).then(function (response) {
      return response.text().then(function (text) {
        return { response: response, text: text };
      });
    }).then(function (answer) {
      if (answer.response.redirected || [200, 422].indexOf(answer.response.status) < 0) {
        throw new Error("the answer is not a page of this form");
      }
      if (!form.closest(".dialog")) {
        source = form;
      }
      show(answer.text);
      done();
    }, function () {
      done();
      sayOffline(form);
    }).catch(function () {
      done();
      HTMLFormElement.prototype.submit.call(form);
    });
  }

  // A browser may think itself offline where the site can still be reached: the site itself is asked.
  function sendOnceReached(form, button, done) {
    fetch(window.location.pathname, { method: "HEAD", cache: "no-store" }).then(function () {
      done();
      form.setAttribute("data-reached", "");
      form.requestSubmit(button);
    }, function () {
      done();
      sayOffline(form);
    });
  }

  // What helps while writing is loaded when somebody writes, or has written here before.
  function helpTyping() {
    var form = document.querySelector("form[data-typing]");
    if (form && !document.querySelector("[data-typing-script]")) {
      var script = document.createElement("script");
      script.src = form.getAttribute("data-typing");
      script.setAttribute("data-typing-script", "");
      document.head.appendChild(script);
    }
  }

  // Drafts of forms that stand on this page.
  function hasDraft() {
    try {
      return Object.keys(window.localStorage).some(function (key) {
        return /^portal-draft /.test(key) && key.split(" ")[2] === window.location.pathname + window.location.search;
      });
    } catch (error) {
      return false;
    }
  }

  document.addEventListener("focusin", function (event) {
    if (event.target.form && event.target.form.hasAttribute("data-typing")) {
      helpTyping();
    }
  });
  document.addEventListener("DOMContentLoaded", function () {
    if (hasDraft()) {
      helpTyping();
    }
  });

  document.addEventListener("click", follow);

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = submitter(event);
    if (form.getAttribute("method") !== "post" || event.defaultPrevented) {
      return;
    }
    if (form.closest(".dialog") && button && button.name === "edit") {
      event.preventDefault();
      edit();
      return;
    }
    var done = busy(form, button);
    if (!done) {
      event.preventDefault();
      return;
    }
    takeBack(form);
    if (oneStep(form)) {
      event.preventDefault();
      send(form, done);
    } else if (navigator.onLine === false && form.requestSubmit && !form.hasAttribute("data-reached")) {
      event.preventDefault();
      sendOnceReached(form, button, done);
    } else {
      form.removeAttribute("data-reached");
      window.setTimeout(done, GUARD);
      window.addEventListener("pagehide", done, { once: true });
    }
  });

  // Where the page is not served safely there is only the old way, which needs the words selected in a field.
  function copyOldWay(text) {
    var selection = document.getSelection();
    var range = selection.rangeCount ? selection.getRangeAt(0) : null;
    var focused = document.activeElement;
    var field = document.createElement("textarea");
    field.className = "visually-hidden";
    field.value = text;
    document.body.appendChild(field);
    field.select();
    var copied = document.execCommand("copy");
    field.remove();
    if (focused && focused.focus) {
      focused.focus({ preventScroll: true });
    }
    if (range) {
      selection.removeAllRanges();
      selection.addRange(range);
    }
    return copied;
  }

  window.portal.copy = function (text, done, failed) {
    function old() {
      if (copyOldWay(text)) {
        done();
      } else if (failed) {
        failed();
      }
    }
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(done, old);
    } else {
      old();
    }
  };
})();
