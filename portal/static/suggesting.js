// Under a suggestion: what it changes in the words that it is for, shown as one types.
(function () {
  "use strict";
  var PAUSE = 120; // milliseconds without a key, so that old devices keep up with the typing

  function following(suggestion) {
    var quote = suggestion.form.elements.quote;
    var box = document.createElement("div");
    var shown = document.createElement("div");
    var label = document.createElement("p");
    var waiting = 0;
    box.className = "suggested";
    label.className = "field__hint";
    label.textContent = "改动";
    box.appendChild(label);
    box.appendChild(shown);
    suggestion.parentNode.appendChild(box);

    function show() {
      var before = quote.value.trim();
      var after = suggestion.value.trim();
      box.hidden = !before || !after || before === after;
      if (!box.hidden) {
        window.portal.showDifference(shown, before, after);
      }
    }

    function soon() {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(show, PAUSE);
    }

    quote.addEventListener("input", soon);
    suggestion.addEventListener("input", soon);
    show();
  }

  document.addEventListener("DOMContentLoaded", function () {
    var suggestion = document.querySelector("main [name=suggestion]");
    if (suggestion && window.portal.showDifference) {
      following(suggestion);
    }
  });
})();
