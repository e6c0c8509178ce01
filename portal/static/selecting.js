// Words that a reader selects in a plan can be corrected or quoted: a bar beside them, a strip at the foot of a
// touch screen. It opens when the selection is made, not while it is being drawn, and leaves what is copied alone.
(function () {
  "use strict";
  var FEWEST = 2; // characters
  var MOST = 300;
  var CONTEXT = 32; // characters before and after the words, by which they are found again
  var GAP = 8; // pixels between the words and the bar
  var SETTLED = 100; // milliseconds without a change while handles are drawn with a finger
  var PRESSED_FOR = 400; // milliseconds until a press has become a click, on slow devices too
  var COPIED_FOR = 2500;
  var ANCHOR = /^s\d+(-\d+)*(-p\d+)?$/;

  function characters(text) {
    return text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]|[\s\S]/g) || [];
  }

  // The part of a range that lies within an element.
  function within(range, element) {
    var part = document.createRange();
    part.selectNodeContents(element);
    if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) {
      part.setStart(range.startContainer, range.startOffset);
    }
    if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) {
      part.setEnd(range.endContainer, range.endOffset);
    }
    return part;
  }

  // Paragraphs and headings; of a table or a list its cells or items.
  function units(block) {
    var cells = block.querySelectorAll("td, th, li");
    return cells.length ? Array.prototype.slice.call(cells) : [block];
  }

  // Where the selected words stand, if they are all of one unit of the plan's text. Ends in the white space
  // around it do not count: a triple click selects as far as the next paragraph.
  function find(range, article) {
    var found = [];
    article.querySelectorAll("[id]").forEach(function (block) {
      if (!ANCHOR.test(block.id) || !range.intersectsNode(block)) {
        return;
      }
      units(block).forEach(function (unit) {
        var part = range.intersectsNode(unit) && within(range, unit);
        if (part && part.toString().trim()) {
          found.push({ block: block, range: part, quote: part.toString().trim() });
        }
      });
    });
    return found.length === 1 && found[0].quote === range.toString().trim() ? found[0] : null;
  }

  function address(found, article) {
    var text = found.block.textContent;
    var before = document.createRange();
    before.selectNodeContents(found.block);
    before.setEnd(found.range.startContainer, found.range.startOffset);
    var start = text.indexOf(found.quote, before.toString().length);
    var fields = {
      plan: article.getAttribute("data-plan"),
      page: found.block.closest("[data-page]").getAttribute("data-page"),
      anchor: found.block.id,
      quote: found.quote,
      prefix: characters(text.slice(0, start)).slice(-CONTEXT).join(""),
      suffix: characters(text.slice(start + found.quote.length)).slice(0, CONTEXT).join(""),
      release: article.getAttribute("data-release")
    };
    return article.getAttribute("data-correction") + "?" + Object.keys(fields).map(function (name) {
      return name + "=" + encodeURIComponent(fields[name]);
    }).join("&");
  }

  // The words with their source.
  function citation(found, article) {
    return "“" + found.quote + "”\n" + window.portal.source(found.block, article);
  }

  // Below the words, above them where there is no room below; wherever it stands, it goes along with the text.
  function stand(bar, range) {
    var words = range.getBoundingClientRect();
    var origin = (bar.offsetParent || document.body).getBoundingClientRect();
    var top = words.bottom + GAP;
    if (top + bar.offsetHeight > window.innerHeight) {
      var above = words.top - GAP - bar.offsetHeight;
      top = above >= 0 ? above : window.innerHeight - bar.offsetHeight - GAP;
    }
    var right = document.documentElement.clientWidth - bar.offsetWidth - GAP;
    bar.style.top = top - origin.top + "px";
    bar.style.left = Math.max(GAP, Math.min(words.left, right)) - origin.left + "px";
  }

  function element(name, text) {
    var made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function watch(article) {
    var touch = Boolean(window.matchMedia && window.matchMedia("(pointer: coarse)").matches);
    var selection = document.getSelection();
    var bar = null;
    var seen = null; // the range that was looked at last
    var drawing = false;
    var held = false; // the bar is being pressed: on touch screens that takes the selection away first
    var settling = 0;
    var status = element("p", "");
    status.className = "visually-hidden";
    status.setAttribute("role", "status");
    article.appendChild(status);

    function hide() {
      if (bar) {
        bar.remove();
        bar = null;
        status.textContent = "";
      }
    }

    // Who was in the bar goes on from its paragraph, not from the top of the page.
    function leave() {
      var block = bar && bar.contains(document.activeElement) ? bar.previousSibling : null;
      hide();
      if (block) {
        window.portal.focusOn(block);
      }
    }

    function quoting(found) {
      var button = element("button", "复制引文");
      button.type = "button";
      button.addEventListener("click", function () {
        window.portal.copy(citation(found, article), function () {
          button.textContent = status.textContent = "已复制引文";
          window.setTimeout(function () {
            button.textContent = "复制引文";
          }, COPIED_FOR);
        });
      });
      return button;
    }

    function fill(found, count) {
      if (count > MOST) {
        bar.appendChild(element("span", "请缩小到一句话"));
        return;
      }
      var link = element("a", touch ? "纠错这段" : "纠错");
      link.href = address(found, article);
      if (touch) {
        bar.appendChild(element("span", "已选" + count + "字"));
        bar.appendChild(quoting(found));
        bar.appendChild(link);
      } else {
        bar.appendChild(link);
        bar.appendChild(quoting(found));
      }
    }

    function show(found, count) {
      hide();
      bar = document.createElement("div");
      bar.className = touch ? "selection selection--strip" : "selection";
      bar.setAttribute("role", "group");
      bar.setAttribute("aria-label", "选中的文字");
      // A press must not take the selection away.
      bar.addEventListener("mousedown", function (event) {
        event.preventDefault();
      });
      fill(found, count);
      // Right after its paragraph, so that the Tab key leads there.
      found.block.parentNode.insertBefore(bar, found.block.nextSibling);
      if (!touch) {
        stand(bar, found.range);
      }
      status.textContent = count > MOST ? "请缩小到一句话" : "已选" + count + "字" + (touch ? "" : "，按Tab键可以纠错");
    }

    function look() {
      var range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
      seen = range && range.cloneRange();
      var found = range && find(range, article);
      var count = found ? characters(found.quote).length : 0;
      if (count < FEWEST) {
        hide();
      } else {
        show(found, count);
      }
    }

    function changed() {
      var range = selection.rangeCount ? selection.getRangeAt(0) : null;
      return !range || !seen || range.startContainer !== seen.startContainer || range.startOffset !== seen.startOffset
        || range.endContainer !== seen.endContainer || range.endOffset !== seen.endOffset;
    }

    document.addEventListener("pointerdown", function (event) {
      held = Boolean(bar && bar.contains(event.target));
      drawing = !held;
      // A finger may only scroll; whether it takes the selection away is for the browser to say.
      if (drawing && !touch) {
        hide();
      }
    }, true);
    document.addEventListener("pointerup", function () {
      drawing = false;
      // Afterwards the browser has taken back a selection that was clicked into.
      window.setTimeout(function () {
        if (!held && !drawing) {
          look();
        }
      }, 10);
      window.setTimeout(function () {
        held = false;
      }, PRESSED_FOR);
    }, true);
    // The finger scrolls, or the mouse drags the words somewhere else.
    document.addEventListener("pointercancel", function () {
      drawing = false;
    }, true);
    document.addEventListener("keyup", function () {
      if (!drawing && changed() && !(bar && bar.contains(document.activeElement))) {
        look();
      }
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" || event.key === "Esc") {
        leave();
      } else if (event.key === "Tab" && !event.shiftKey && bar && document.activeElement.contains(bar)) {
        // Who pressed into the text has the focus on all of it: the way on begins at the words.
        var first = bar.querySelector("a");
        if (first) {
          event.preventDefault();
          first.focus();
        }
      }
    });
    document.addEventListener("selectionchange", function () {
      if (held || (bar && bar.contains(document.activeElement))) {
        return;
      }
      if (selection.isCollapsed) {
        hide();
      }
      if (touch) {
        window.clearTimeout(settling);
        settling = window.setTimeout(look, SETTLED);
      }
    });
    window.addEventListener("resize", function () {
      if (bar && !touch) {
        look();
      }
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var article = document.querySelector("[data-correction]");
    if (article && document.getSelection) {
      watch(article);
    }
  });
})();
