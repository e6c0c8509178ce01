// On a receipt: copy its number and code, print it, and forget the draft of what was sent.
(function () {
  "use strict";
  var SAID_FOR = 2500; // milliseconds

  function copying(button, status) {
    button.hidden = false;
    button.addEventListener("click", function () {
      window.portal.copy(button.value, function () {
        status.textContent = "已复制";
        window.setTimeout(function () {
          status.textContent = "";
        }, SAID_FOR);
      }, function () {
        status.textContent = "没有复制成功，请抄下来";
      });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var print = document.querySelector("[data-receipt-print]");
    copying(document.querySelector("[data-receipt-copy]"), document.querySelector("[data-receipt-said]"));
    print.hidden = false;
    print.addEventListener("click", function () {
      window.print();
    });
    try {
      window.localStorage.removeItem(window.sessionStorage.getItem("portal-checked"));
    } catch (error) {
      // No storage, no draft.
    }
  });
})();
