// Reading a plan: a permalink copies its address, the contents show the section being read, the words searched
// for are gone through one by one, and paper says when it was printed.
(function () {
  "use strict";
  var COPIED_FOR = 2500; // milliseconds

  function copying(status) {
    document.querySelectorAll("[data-permalink]").forEach(function (link) {
      var words = "复制" + link.textContent;
      link.textContent = words;
      link.addEventListener("click", function (event) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) {
          return;
        }
        // The link still leads to its paragraph: copying comes on top.
        navigator.clipboard.writeText(link.href).then(function () {
          link.textContent = "已复制";
          status.textContent = words.replace("复制", "已复制");
          window.setTimeout(function () {
            link.textContent = words;
            status.textContent = "";
          }, COPIED_FOR);
        }, function () {
          // Refused: the address bar shows the address.
        });
      });
    });
  }

  function following(list) {
    var links = {};
    list.querySelectorAll("a[data-section]").forEach(function (link) {
      links[link.getAttribute("data-section")] = link;
    });
    var headings = Object.keys(links).map(function (id) {
      return document.getElementById(id);
    }).filter(Boolean);

    function show() {
      var current = headings.filter(function (heading) {
        return heading.getBoundingClientRect().top < window.innerHeight / 3;
      }).pop();
      Object.keys(links).forEach(function (id) {
        if (current && current.id === id) {
          links[id].setAttribute("aria-current", "true");
        } else {
          links[id].removeAttribute("aria-current");
        }
      });
    }

    var waiting = false;
    window.addEventListener("scroll", function () {
      if (!waiting) {
        waiting = true;
        window.requestAnimationFrame(function () {
          waiting = false;
          show();
        });
      }
    }, { passive: true });
    show();
  }

  // The bar says where the reader is among the marks, moves on and back, and takes them away in place.
  // Who comes from the results sees the first mark, however long its paragraph and small the screen.
  function marking(bar) {
    var marks = document.querySelectorAll(".plan mark");
    var steps = bar.querySelector("[data-marks-steps]");
    var count = bar.querySelector("[data-marks-count]");
    var place = bar.querySelector("[data-marks-place]");
    var clear = bar.querySelector("[data-marks-clear]");
    var now = 0;

    function show() {
      marks.forEach(function (mark, number) {
        mark.classList.toggle("mark--now", number === now);
      });
      count.textContent = "第" + (now + 1) + "处，共" + marks.length + "处";
      place.textContent = (now + 1) + "/" + marks.length;
    }

    // After coming from the results, the first mark is the one where the address leads.
    function start() {
      var target = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
      var first = target && target.querySelector("mark");
      now = Math.max(0, Array.prototype.indexOf.call(marks, first));
      show();
      if (first) {
        window.addEventListener("load", function () {
          window.requestAnimationFrame(function () {
            reveal(target);
          });
        });
      }
    }

    // Not where the reader has moved on before.
    function reveal(target) {
      var mark = marks[now].getBoundingClientRect();
      var top = target.getBoundingClientRect().top;
      var hidden = mark.top < steps.getBoundingClientRect().bottom || mark.bottom > window.innerHeight;
      if (hidden && top >= 0 && top < window.innerHeight) {
        marks[now].scrollIntoView({ block: "center" });
      }
    }

    if (!marks.length || !steps) {
      return;
    }
    steps.hidden = false;
    bar.querySelectorAll("[data-marks-step]").forEach(function (button) {
      button.addEventListener("click", function () {
        now = (now + Number(button.getAttribute("data-marks-step")) + marks.length) % marks.length;
        show();
        marks[now].scrollIntoView({ block: "center" });
      });
    });
    clear.addEventListener("click", function () {
      clear.hash = marks[now].closest("[id]").id;
    });
    start();
  }

  function dating(place) {
    window.addEventListener("beforeprint", function () {
      var today = new Date();
      place.textContent = "，打印于" + today.getFullYear() + "年" + (today.getMonth() + 1) + "月" + today.getDate() + "日";
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var status = document.querySelector("[data-copied]");
    if (status && navigator.clipboard) {
      copying(status);
    }
    document.querySelectorAll("[data-following]").forEach(following);
    document.querySelectorAll("[data-marks]").forEach(marking);
    document.querySelectorAll("[data-printed-on]").forEach(dating);
  });
})();
