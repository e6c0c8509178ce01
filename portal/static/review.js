// The final wording of a paragraph: what it changes is marked at once while it is typed, and a moment later the
// server says the rest (how it will look, what to look at again, the same error elsewhere) as 预览改动 would.
// The button works without this, and whatever goes wrong here is left to it.
(function () {
  "use strict";
  var PAUSE = 600; // milliseconds without a key before the server is asked
  var form = document.getElementById("decision") || document.getElementById("wording");
  var text = form && form.querySelector("[name=text]");
  if (!text || !window.fetch || !window.FormData || !window.DOMParser || !window.URLSearchParams) {
    return;
  }
  var timer = null;
  var asked = 0;
  var shown = text.defaultValue; // of this the server spoke; one may have typed before this script ran

  function mark() {
    var difference = document.getElementById("review-difference");
    var before = difference && difference.getAttribute("data-before");
    if (before !== null && difference && window.portal.showDifference) {
      window.portal.showDifference(difference, before, text.value);
    }
  }

  // Ticks that were made while the server was thinking stay.
  function keepTicks(panel, fresh) {
    Array.prototype.forEach.call(panel.querySelectorAll("[type=checkbox]"), function (box) {
      var same = Array.prototype.filter.call(fresh.querySelectorAll("[type=checkbox]"), function (other) {
        return other.value === box.value;
      })[0];
      if (same) {
        same.checked = box.checked;
      }
    });
  }

  function keepOpen(panel, fresh) {
    Array.prototype.forEach.call(panel.querySelectorAll("details[id]"), function (part) {
      var same = fresh.querySelector("#" + part.id);
      if (same) {
        same.open = part.open;
      }
    });
  }

  function replace(answer, id) {
    var old = document.getElementById(id);
    var fresh = answer.getElementById(id);
    if (!old || !fresh) {
      return;
    }
    keepTicks(old, fresh);
    keepOpen(old, fresh);
    old.replaceWith(document.adoptNode(fresh));
  }

  function ask() {
    var turn = asked += 1;
    var sent = text.value;
    var data = new URLSearchParams(new FormData(form));
    data.set("decision", "preview");
    fetch(form.getAttribute("action") || window.location.pathname, {
      method: "POST", body: data, credentials: "same-origin", headers: { Accept: "text/html" }
    }).then(function (response) {
      if ([200, 422].indexOf(response.status) < 0 || response.redirected) {
        throw new Error("not a page to look at: pressing a button says why");
      }
      return response.text();
    }).then(function (page) {
      if (turn !== asked || sent !== text.value) {
        return;
      }
      var answer = new DOMParser().parseFromString(page, "text/html");
      ["review", "review-outcome"].forEach(function (id) {
        replace(answer, id);
      });
      shown = sent;
    }).catch(function () {
      // The page stays as it is.
    });
  }

  function typed(event) {
    if (event && event.isComposing) {
      return;
    }
    window.clearTimeout(timer);
    mark();
    if (text.value !== shown) {
      timer = window.setTimeout(ask, PAUSE);
    }
  }

  text.addEventListener("input", typed);
  text.addEventListener("compositionend", function () {
    typed(null);
  });
  // A browser may put back what was typed before the page was left.
  window.addEventListener("pageshow", function () {
    if (text.value !== shown) {
      typed(null);
    }
  });
})();
