// Reading a plan: a permalink copies its address, and the contents show the section being read.
(function () {
  "use strict";
  var COPIED_FOR = 2500; // milliseconds

  function copying(status) {
    document.querySelectorAll("[data-permalink]").forEach(function (link) {
      var words = link.textContent;
      link.addEventListener("click", function (event) {
        if (event.ctrlKey || event.metaKey || event.shiftKey) {
          return;
        }
        // The link still leads to its paragraph: copying comes on top.
        navigator.clipboard.writeText(link.href).then(function () {
          link.textContent = "已复制";
          status.textContent = words + "已复制";
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

  document.addEventListener("DOMContentLoaded", function () {
    var status = document.querySelector("[data-copied]");
    if (status && navigator.clipboard) {
      copying(status);
    }
    document.querySelectorAll("[data-following]").forEach(following);
  });
})();
