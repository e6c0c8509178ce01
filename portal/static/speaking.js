// Reading aloud, sentence by sentence: the sentence that is heard is marked in the text. Fetched when it is wanted
// first (view.js). Pausing takes the voice away and begins the sentence anew, because some engines can't wait; long
// sentences are given in pieces, because some stop after a quarter of a minute.
(function () {
  "use strict";
  var MOST = 45; // characters of a piece
  var RATES = { slow: 0.7, normal: 1, fast: 1.5 };
  var BLOCKS = "h1, h2, h3, h4, h5, h6, p, li, dt, dd, th, td, figcaption";
  // Tools, marks and what only helps to find one's way.
  var UNSPOKEN = "nav, form, button, .tools, .corrections, .meta, .notice, .reading-tools, .related, .chapters, .erratum-mark,"
    + " .visually-hidden, .print-only, [data-unspoken], [aria-hidden=true]";
  var SENTENCE = /[^。！？；…!?\n]*(?:[。！？；…!?]+[”’』」》）\])]*|\n|$)/g;
  var speech = window.speechSynthesis;
  var still = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Where the sentences of a text begin and end, without the white space around them.
  function sentences(text) {
    var found = [];
    var from = 0;
    (text.match(SENTENCE) || []).forEach(function (part) {
      var start = from + part.search(/\S|$/);
      from += part.length;
      if (/[^\s。！？；…!?”’』」》）\])]/.test(part)) {
        found.push({ start: start, end: start + part.trim().length });
      }
    });
    return found;
  }

  // A sentence in pieces: they end after a comma where there is one, and never within a character.
  function pieces(text) {
    var found = [];
    while (text.length > MOST) {
      var comma = text.slice(0, MOST).search(/[，、：,][^，、：,]*$/);
      var length = comma > MOST / 3 ? comma + 1 : MOST;
      if (/[\uD800-\uDBFF]/.test(text.charAt(length - 1))) {
        length -= 1;
      }
      found.push(text.slice(0, length));
      text = text.slice(length);
    }
    return found.concat(text);
  }

  // What of a block is heard: its text nodes, a line break as "\n".
  function parts(block) {
    var walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    var found = [];
    var start = 0;
    while (walker.nextNode()) {
      var node = walker.currentNode;
      var text = node.nodeType === 3 ? node.data : node.tagName === "BR" ? "\n" : "";
      var inside = node.nodeType === 3 ? node.parentNode : node;
      if (text && inside.closest(BLOCKS) === block && !inside.closest(UNSPOKEN)) {
        found.push({ node: node.nodeType === 3 ? node : null, start: start, text: text });
        start += text.length;
      }
    }
    return found;
  }

  function textOf(block) {
    return parts(block).map(function (part) {
      return part.text;
    }).join("");
  }

  function listed(root) {
    var found = [];
    root.querySelectorAll(BLOCKS).forEach(function (block) {
      if (!block.closest(UNSPOKEN) && !block.closest("details:not([open])") && block.getClientRects().length) {
        var text = textOf(block);
        sentences(text).forEach(function (sentence) {
          found.push({ block: block, start: sentence.start, end: sentence.end, text: text.slice(sentence.start, sentence.end) });
        });
      }
    });
    return found;
  }

  // Words that the reader has selected stay selected when the text nodes around them are parted or joined.
  function keepingSelection(block, change) {
    var selection = document.getSelection();
    var range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
    if (!range || !block.contains(range.startContainer) || !block.contains(range.endContainer)) {
      change();
      return;
    }
    var before = document.createRange();
    before.selectNodeContents(block);
    before.setEnd(range.startContainer, range.startOffset);
    var start = before.toString().length;
    var end = start + range.toString().length;
    change();
    var from = place(block, start);
    var to = place(block, end);
    selection.setBaseAndExtent(from.node, from.offset, to.node, to.offset);
  }

  function place(block, offset) {
    var walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    var node = walker.nextNode();
    while (node.length < offset) {
      offset -= node.length;
      node = walker.nextNode();
    }
    return { node: node, offset: offset };
  }

  function wrap(sentence) {
    parts(sentence.block).forEach(function (part) {
      var from = Math.max(sentence.start - part.start, 0);
      var to = Math.min(sentence.end - part.start, part.text.length);
      if (!part.node || from >= to) {
        return;
      }
      var node = from ? part.node.splitText(from) : part.node;
      if (to - from < node.length) {
        node.splitText(to - from);
      }
      var span = document.createElement("span");
      span.className = "spoken";
      node.parentNode.insertBefore(span, node);
      span.appendChild(node);
    });
  }

  function unwrap(block) {
    block.querySelectorAll(".spoken").forEach(function (span) {
      var parent = span.parentNode;
      parent.insertBefore(span.firstChild, span);
      parent.removeChild(span);
      parent.normalize();
    });
  }

  // Into the middle part of the window, where no bar stands.
  function reveal(block) {
    var span = block.querySelector(".spoken");
    var box = span && span.getBoundingClientRect();
    if (box && (box.top < window.innerHeight * 0.12 || box.bottom > window.innerHeight * 0.7)) {
      span.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
    }
  }

  function voice() {
    var best = null;
    speech.getVoices().forEach(function (one) {
      var chinese = /^(zh|cmn)/i.test(one.lang);
      var rank = (/cn|hans/i.test(one.lang) ? 2 : 0) + (one.localService ? 1 : 0);
      if (chinese && (!best || rank > best.rank)) {
        best = { rank: rank, voice: one };
      }
    });
    return best && best.voice;
  }

  function reader(opener) {
    var bar = document.querySelector("[data-speaking]");
    var status = document.querySelector("[data-speaking-status]");
    var pause = bar.querySelector("[data-speaking-pause]");
    var rate = bar.querySelector("[data-speaking-rate]");
    var all = [];
    var now = 0;
    var paused = false;
    var run = 0; // goes up whenever the voice is taken away: what it still reports is of no interest
    var marked = null;
    var saying = null; // engines drop an utterance that nobody holds

    function mark(sentence) {
      if (marked) {
        keepingSelection(marked, unwrap.bind(null, marked));
      }
      marked = sentence && sentence.block;
      if (marked) {
        keepingSelection(marked, wrap.bind(null, sentence));
        reveal(marked);
      }
    }

    function hush() {
      run += 1;
      speech.cancel();
    }

    function failed(event) {
      status.textContent = event.error === "not-allowed" ? "浏览器没有允许朗读。请再按一次。" : "朗读中断了。请再按一次“继续”。";
      setPaused(true);
    }

    function say(left, mine) {
      if (mine !== run) {
        return;
      }
      if (!left.length) {
        go(now + 1);
        return;
      }
      saying = new window.SpeechSynthesisUtterance(left[0]);
      saying.lang = "zh-CN";
      saying.voice = voice();
      saying.rate = RATES[rate.value];
      saying.onend = function () {
        say(left.slice(1), mine);
      };
      saying.onerror = function (event) {
        if (mine === run) {
          failed(event);
        }
      };
      speech.speak(saying);
    }

    function setPaused(value) {
      paused = value;
      pause.textContent = paused ? "继续" : "暂停";
      if (paused) {
        hush();
      }
    }

    // Says the sentence of this number, or marks it while paused.
    function go(number) {
      hush();
      if (number >= all.length) {
        stop("读完了。");
        return;
      }
      now = Math.max(0, number);
      mark(all[now]);
      if (!paused) {
        say(pieces(all[now].text), run);
      }
    }

    // At the words selected, else at the first sentence in sight.
    function beginning() {
      var selection = document.getSelection();
      var range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
      for (var i = 0; i < all.length; i += 1) {
        var block = all[i].block;
        if (range && block.contains(range.startContainer)) {
          var before = document.createRange();
          before.selectNodeContents(block);
          before.setEnd(range.startContainer, range.startOffset);
          if (all[i].end > before.toString().length) {
            return i;
          }
        } else if (!range && block.getBoundingClientRect().bottom > window.innerHeight * 0.12) {
          return i;
        }
      }
      return 0;
    }

    function start() {
      all = listed(document.querySelector("main"));
      bar.hidden = false;
      document.documentElement.classList.add("speaks");
      opener.setAttribute("aria-pressed", "true");
      status.textContent = "开始朗读。";
      setPaused(false);
      go(beginning());
    }

    function stop(words) {
      hush();
      mark(null);
      if (bar.contains(document.activeElement)) {
        opener.focus();
      }
      bar.hidden = true;
      document.documentElement.classList.remove("speaks");
      opener.setAttribute("aria-pressed", "false");
      status.textContent = words;
    }

    pause.addEventListener("click", function () {
      setPaused(!paused);
      status.textContent = paused ? "已暂停。" : "继续朗读。";
      if (!paused) {
        go(now);
      }
    });
    bar.querySelectorAll("[data-speaking-step]").forEach(function (button) {
      button.addEventListener("click", function () {
        go(Math.min(now + Number(button.getAttribute("data-speaking-step")), all.length - 1));
      });
    });
    bar.querySelector("[data-speaking-stop]").addEventListener("click", function () {
      stop("已停止朗读。");
    });
    bar.addEventListener("keydown", function (event) {
      if (event.key === "Escape") {
        stop("已停止朗读。");
      }
    });
    rate.value = window.portal.chosen("speed") || "normal";
    rate.addEventListener("change", function () {
      window.portal.choose("speed", rate.value === "normal" ? "" : rate.value);
      go(now);
    });
    window.addEventListener("pagehide", hush);

    return function () {
      if (bar.hidden) {
        start();
      } else {
        stop("已停止朗读。");
      }
    };
  }

  var toggle = null;
  window.portal.speak = function (opener) {
    toggle = toggle || reader(opener);
    toggle();
  };
  window.portal.sentences = sentences; // for tests
  window.portal.pieces = pieces;
})();
