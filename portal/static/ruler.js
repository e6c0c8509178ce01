// The reading ruler: a band across the page that follows the mouse, the finger and the focus; where the focus is on its
// button, the arrow keys move it line by line. It takes no press away from the page. Fetched when wanted (view.js).
(function () {
  "use strict";
  var band = null;

  function line() {
    var text = document.querySelector("main p");
    return (text && parseFloat(window.getComputedStyle(text).lineHeight)) || 32;
  }

  function stand(middle) {
    if (band) {
      var most = window.innerHeight - band.offsetHeight;
      band.style.top = Math.max(0, Math.min(middle - band.offsetHeight / 2, most)) + "px";
    }
  }

  function show() {
    band = document.createElement("div");
    band.className = "ruler";
    band.setAttribute("aria-hidden", "true");
    band.style.height = line() * 1.5 + "px";
    document.body.appendChild(band);
    stand(window.innerHeight / 2);
  }

  function hide() {
    document.body.removeChild(band);
    band = null;
  }

  // The page moves along when the band comes to the edge of the window.
  function step(lines) {
    var box = band.getBoundingClientRect();
    var middle = box.top + box.height / 2 + lines * line();
    if (middle < window.innerHeight * 0.2 || middle > window.innerHeight * 0.8) {
      window.scrollBy(0, lines * line());
    } else {
      stand(middle);
    }
  }

  function follow(event) {
    stand(event.touches ? event.touches[0].clientY : event.clientY);
  }

  function watch(button) {
    function set(on) {
      window.portal.choose("ruler", on ? "on" : "");
    }
    function update() {
      var on = window.portal.chosen("ruler") === "on";
      button.setAttribute("aria-pressed", String(on));
      if (on && !band) {
        show();
      } else if (!on && band) {
        hide();
      } else if (band) {
        band.style.height = line() * 1.5 + "px";
      }
    }
    document.addEventListener("mousemove", follow, { passive: true });
    document.addEventListener("touchstart", follow, { passive: true });
    document.addEventListener("touchmove", follow, { passive: true });
    document.addEventListener("focusin", function (event) {
      var box = event.target.getBoundingClientRect();
      if (band && event.target !== button && box.height < window.innerHeight / 2) {
        stand(box.top + box.height / 2);
      }
    });
    document.addEventListener("keydown", function (event) {
      var lines = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!band) {
        return;
      }
      if (lines && document.activeElement === button) {
        event.preventDefault();
        step(lines);
      } else if (event.key === "Escape" && !document.querySelector("dialog[open], .selection")) {
        set(false);
      }
    });
    document.addEventListener("portal-display", update);
    update();
  }

  var watched = false;
  window.portal.rule = function (button) {
    if (!watched) {
      watched = true;
      watch(button);
    }
  };
})();
