// Reading a plan: the contents, the progress and the address follow; what an address leads to is shown and focused;
// addresses and references are copied; the words searched for are gone through; on phones a bar and a drawer.
(function () {
  "use strict";
  var SAID_FOR = 2500; // milliseconds
  var SHOWN_FOR = 3000; // the bar beside what the address leads to
  var SETTLED = 250; // without scrolling, until the address follows
  var ANCHOR = /^s\d+(-\d+)*(-p\d+)?$/;
  var root = document.documentElement;

  function all(selector, within) {
    return Array.prototype.slice.call((within || document).querySelectorAll(selector));
  }

  function say(words) {
    var status = document.querySelector("[data-copied]");
    if (status) {
      status.textContent = words;
      window.setTimeout(function () {
        status.textContent = "";
      }, SAID_FOR);
    }
  }

  // Plan, section and address of a heading or paragraph: what a quotation names as its source.
  function source(block, article) {
    var section = "";
    all("h1[id], h2[id], h3[id]", article).forEach(function (heading) {
      var follows = heading.compareDocumentPosition(block) & Node.DOCUMENT_POSITION_FOLLOWING;
      section = follows || heading === block ? heading.textContent : section;
    });
    var place = window.location.origin + window.location.pathname + "#" + block.id;
    return article.getAttribute("data-title") + "，" + section + "\n" + place;
  }

  function told(button, words) {
    var before = button.textContent;
    button.textContent = words;
    say(words);
    window.setTimeout(function () {
      button.textContent = before;
    }, SAID_FOR);
  }

  function permalinks(article) {
    all("[data-permalink]", article).forEach(function (link) {
      link.textContent = "复制" + link.textContent;
      link.addEventListener("click", function (event) {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
          // The link still leads to its paragraph: copying comes on top.
          window.portal.copy(source(document.getElementById(link.hash.slice(1)), article), function () {
            told(link, link.textContent.replace("复制", "已复制"));
          });
        }
      });
    });
  }

  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }

  // A reference names the day on which the source was looked at, which only the browser knows.
  function sharing() {
    var today = new Date();
    all("[data-today]").forEach(function (place) {
      place.textContent = [today.getFullYear(), two(today.getMonth() + 1), two(today.getDate())].join("-");
    });
    all("[data-today-note]").forEach(function (note) {
      note.hidden = true;
    });
    all("[data-copy]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        window.portal.copy(document.getElementById(button.getAttribute("data-copy")).textContent, function () {
          told(button, button.textContent.replace("复制", "已复制"));
        });
      });
    });
    all("[data-print]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () {
        window.print();
      });
    });
    all("[data-printed-on]").forEach(function (place) {
      window.addEventListener("beforeprint", function () {
        var now = new Date();
        place.textContent = "，打印于" + now.getFullYear() + "年" + (now.getMonth() + 1) + "月" + now.getDate() + "日";
      });
    });
  }

  // The line below which the reading begins: what stands above it has been read.
  function readingLine() {
    return window.innerHeight / 3;
  }

  function showIn(list, link) {
    var box = list.getBoundingClientRect();
    var own = link.getBoundingClientRect();
    if (list.scrollHeight > list.clientHeight && (own.top < box.top || own.bottom > box.bottom)) {
      list.scrollTop += own.top - box.top - (list.clientHeight - own.height) / 2;
    }
  }

  // The list marks the section that is being read, and keeps it in sight.
  function following(list) {
    var links = {};
    all("a[data-section]", list).forEach(function (link) {
      links[link.getAttribute("data-section")] = link;
    });
    var headings = Object.keys(links).map(function (id) {
      return document.getElementById(id);
    }).filter(Boolean);
    var shown = null;
    return function () {
      var current = headings.filter(function (heading) {
        return heading.getBoundingClientRect().top < readingLine();
      }).pop();
      var link = current ? links[current.id] : null;
      if (shown && shown !== link) {
        shown.removeAttribute("aria-current");
      }
      if (link && shown !== link) {
        link.setAttribute("aria-current", "true");
        showIn(list, link);
      }
      shown = link;
    };
  }

  function progressing(article) {
    var line = document.querySelector("[data-progress]");
    return function () {
      var box = article.getBoundingClientRect();
      var way = box.height - window.innerHeight;
      line.hidden = way <= 0;
      var read = way > 0 ? Math.round(Math.min(1, Math.max(0, -box.top / way)) * 100) : 0;
      line.value = read;
      all("[data-progress-words]").forEach(function (place) {
        place.textContent = way > 0 ? "，已读" + read + "%" : "";
      });
    };
  }

  // The address names what is being read, so that it can be passed on and found again; going back still leaves
  // the page at once.
  function addressing(article) {
    var blocks = all("[id]", article).filter(function (block) {
      return ANCHOR.test(block.id) && block.textContent;
    });
    var waiting = 0;
    function write() {
      if (!document.getSelection().isCollapsed) {
        return;
      }
      var current = blocks.filter(function (block) {
        return block.getBoundingClientRect().top < readingLine();
      }).pop();
      var named = window.scrollY > 0 && current && current.tagName !== "H1" ? "#" + current.id : "";
      if (named !== window.location.hash) {
        window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search + named);
      }
    }
    return function () {
      window.clearTimeout(waiting);
      waiting = window.setTimeout(write, SETTLED);
    };
  }

  function follow(article) {
    var steps = all("[data-following]").map(following);
    steps.push(progressing(article));
    var address = addressing(article);
    var waiting = false;
    function step() {
      waiting = false;
      steps.forEach(function (one) {
        one();
      });
    }
    function soon() {
      if (!waiting) {
        waiting = true;
        window.requestAnimationFrame(step);
      }
    }
    window.addEventListener("scroll", function () {
      soon();
      address();
    }, { passive: true });
    window.addEventListener("resize", soon);
    step();
  }

  // What the address leads to gets the focus, and a bar at its side for a while. Of what never was, the page says so.
  function targets(article) {
    var notice = document.querySelector("[data-departed]");
    var calming = 0;
    function arrive() {
      var name = window.location.hash.slice(1);
      var target = name && document.getElementById(name);
      root.removeAttribute("data-calm");
      window.clearTimeout(calming);
      notice.classList.toggle("departed__notice--shown", ANCHOR.test(name) && !target);
      if (ANCHOR.test(name) && !target) {
        elsewhere(notice, name);
        notice.scrollIntoView({ block: "center" });
      }
      if (target && article.contains(target) && ANCHOR.test(name)) {
        focusOn(target);
        calming = window.setTimeout(function () {
          root.setAttribute("data-calm", "");
        }, SHOWN_FOR);
      }
    }
    window.addEventListener("hashchange", arrive);
    arrive();
  }

  // An anchor begins with that of its chapter: it may be looked for in another one.
  function elsewhere(notice, name) {
    var chapter = document.querySelector("[data-chapter='" + name.split("-")[0] + "']:not([aria-current])");
    var place = notice.querySelector("[data-elsewhere]");
    place.hidden = !chapter;
    if (chapter) {
      var link = place.querySelector("a");
      link.href = chapter.href;
      link.hash = name;
      link.textContent = chapter.textContent;
    }
  }

  // A paragraph takes the focus only when it is led to: a press into the text must not.
  function focusOn(block) {
    block.tabIndex = -1;
    block.addEventListener("blur", function left() {
      block.removeAttribute("tabindex");
      block.removeEventListener("blur", left);
    });
    block.focus({ preventScroll: true });
  }

  // The contents in front of the page, as high as the screen. Back, Esc and a press outside close them; a section
  // that is chosen takes the drawer's place in the history.
  function drawer(list, opener) {
    var home = list.parentNode;
    var box = document.createElement("dialog");
    box.className = "drawer";
    box.setAttribute("aria-label", "目录");
    var close = document.createElement("button");
    close.type = "button";
    close.className = "button button--text drawer__close";
    close.textContent = "关闭目录";
    box.appendChild(close);
    document.body.appendChild(box);
    var chosen = "";
    var leaving = false; // the entry in the history goes with the drawer

    close.addEventListener("click", function () {
      box.close();
    });
    box.addEventListener("click", function (event) {
      var link = event.target.closest("a[href]");
      if (event.target === box) {
        box.close();
      } else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        chosen = link.href;
        box.close();
      }
    });
    // Beside the page, where its scrollbar was.
    root.addEventListener("click", function (event) {
      if (event.target === root && box.open) {
        box.close();
      }
    });
    box.addEventListener("close", function () {
      home.appendChild(list);
      root.classList.remove("behind");
      if (chosen) {
        window.location.replace(chosen);
      } else if (window.history.state && window.history.state.drawer) {
        leaving = true;
        window.history.back();
      }
      chosen = "";
    });
    window.addEventListener("popstate", function () {
      if (box.open) {
        box.close();
      }
      if (leaving) {
        // Going back has taken the focus away again.
        leaving = false;
        window.setTimeout(function () {
          opener.focus();
        });
      }
    });
    return function () {
      box.appendChild(list);
      box.showModal();
      root.classList.add("behind");
      window.history.pushState({ drawer: true }, "");
      var current = all("[aria-current]", list).pop();
      if (current) {
        showIn(box, current);
      }
    };
  }

  function openDetails(details) {
    details.open = true;
    details.scrollIntoView();
    details.querySelector("summary").focus({ preventScroll: true });
  }

  // The size is chosen where the reader is: a strip takes the place of the bar.
  function sizing(bar) {
    var strip = document.querySelector("[data-sizing]");
    function show(open) {
      strip.hidden = !open;
      root.classList.toggle("sizes", open);
      (open ? strip.querySelector("[data-size-step='1']") : bar.querySelector("[data-bar=size]")).focus();
    }
    strip.addEventListener("click", function (event) {
      if (event.target.closest("[data-sizing-close]")) {
        show(false);
      }
    });
    strip.addEventListener("keydown", function (event) {
      if (event.key === "Escape") {
        show(false);
      }
    });
    return show.bind(null, true);
  }

  // On phones: what is far away on a long page, at the foot of the screen.
  function bottomBar(bar) {
    var list = document.querySelector(".contents--side");
    var open = window.HTMLDialogElement && HTMLDialogElement.prototype.showModal ? drawer(list, bar.querySelector("[data-bar=contents]")) : null;
    var doing = {
      contents: open || function () {
        openDetails(document.querySelector(".contents--top"));
      },
      search: function () {
        var field = document.querySelector(".search input");
        field.scrollIntoView({ block: "center" });
        field.focus();
      },
      size: sizing(bar),
      correction: function () {
        openDetails(document.getElementById("report-correction"));
      }
    };
    bar.addEventListener("click", function (event) {
      var name = event.target.getAttribute("data-bar");
      if (name) {
        doing[name]();
      }
    });
    // While something is typed, the keyboard needs the room.
    function typing(event) {
      var field = event.type === "focusin" && event.target.matches("input, textarea, select");
      bar.classList.toggle("bottom-bar--away", field);
    }
    document.addEventListener("focusin", typing);
    document.addEventListener("focusout", typing);
    bar.hidden = false;
    root.classList.add("with-bottom-bar");
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
      var target = document.getElementById(window.location.hash.slice(1));
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
    all("[data-marks-step]", bar).forEach(function (button) {
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

  document.addEventListener("DOMContentLoaded", function () {
    var article = document.querySelector("[data-correction]");
    if (article) {
      permalinks(article);
      targets(article);
      follow(article);
    }
    sharing();
    all("[data-marks]").forEach(marking);
    all("[data-bottom-bar]").forEach(bottomBar);
  });
  window.portal.source = source;
  window.portal.focusOn = focusOn;
})();
