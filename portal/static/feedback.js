// The forms at the foot of a page, in one step: the answer to a form is shown in a dialog in front of the page.
// Confirming posts as usual. Whatever fails here, the browser sends the form itself, as it does without scripts.
(function () {
  "use strict";
  var GUARD = 8000; // milliseconds during which a form is not sent a second time
  var REFERENCES = ["for", "aria-describedby", "aria-labelledby", "aria-controls", "form", "list"];
  var SENDING = "正在提交…";

  var dialog = null;

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
    box.addEventListener("click", follow);
    box.addEventListener("close", function () {
      box.remove();
      dialog = null;
    });
    return box;
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

  // Links of the error summary: to the field, without an address that the page behind does not have.
  function follow(event) {
    var link = event.target.closest("a[href^='#dialog-']");
    var field = link && document.getElementById(link.getAttribute("href").slice(1));
    if (field) {
      event.preventDefault();
      field.closest(".field").scrollIntoView();
      field.focus({ preventScroll: true });
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
    }
    dialog.scrollTop = 0;
    var first = content.querySelector(".error-summary") || heading;
    if (first) {
      first.focus();
    }
  }

  function send(form, done) {
    fetch(form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      credentials: "same-origin",
      headers: { Accept: "text/html" }
    }).then(function (response) {
      if (response.redirected || (response.status !== 200 && response.status !== 422)) {
        throw new Error("the answer is not a page of this form");
      }
      return response.text();
    }).then(function (text) {
      show(text);
      done();
    }).catch(function () {
      done();
      HTMLFormElement.prototype.submit.call(form);
    });
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.getAttribute("method") !== "post" || event.defaultPrevented) {
      return;
    }
    var done = busy(form, submitter(event));
    if (!done) {
      event.preventDefault();
      return;
    }
    if (oneStep(form)) {
      event.preventDefault();
      send(form, done);
    } else {
      window.setTimeout(done, GUARD);
      window.addEventListener("pagehide", done, { once: true });
    }
  });
})();
